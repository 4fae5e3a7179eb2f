// Package chart holds Istio's official charts and renders them with Helm's
// engine, offline. A rendering is a pure function of the chart's digest, the
// release, its values and the Kubernetes version, so each distinct one is
// computed once and its objects are shared.
//
// The charts come through go.mod, where they are development charts: hub, tag
// and version are placeholders. A release stamps the version into Chart.yaml;
// so does Builtin. Hub and tag are values. Nothing else is touched.
//
// Other patch releases of the same minor come from the user's repository, where
// Add puts them and Repository reads them, pinned by digest. Nobody has read
// those charts for us: their files are held against what a chart of Istio's is
// (admit), and their templates run in an engine of our own that gives them
// little (metered). They render as the built-in ones do, in one piece.
package chart

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"istio.io/istio/manifests"

	"github.com/meshgen/meshgen/internal/tree"
)

// BuiltinVersion is the Istio release whose charts go.mod brings.
const BuiltinVersion = "1.31.1"

// folders are where the charts stand in istio.io/istio/manifests.
var folders = map[string]string{
	"base":    "charts/base",
	"istiod":  "charts/istio-control/istio-discovery",
	"cni":     "charts/istio-cni",
	"ztunnel": "charts/ztunnel",
	"gateway": "charts/gateway",
}

// Chart is one chart, stamped with its version.
type Chart struct {
	Name    string
	Version string

	// Digest is the SHA-256 of the chart's files as they were published.
	Digest string

	helm *chart.Chart
	keys *keys

	// division divides the chart, once.
	division func() division

	// folder is where the repository keeps the chart; empty for a built-in one.
	folder string

	// metered runs the templates of a chart that is not built in.
	metered *metered

	// capabilities says whether a template reads the Kubernetes version.
	capabilities bool
}

// Set is the charts of one Istio release, by name.
type Set map[string]*Chart

// Builtin returns the charts that go.mod brings. An error is meshgen's own fault.
func Builtin() (Set, error) {
	set := Set{}
	for _, name := range slices.Sorted(maps.Keys(folders)) {
		c, err := load(name, BuiltinVersion, manifests.FS, folders[name])
		if err != nil {
			return nil, fmt.Errorf("chart %s: %w", name, err)
		}
		set[name] = c
	}
	return set, nil
}

// load reads a chart's folder and stamps the version as Istio's release does.
func load(name, version string, fsys fs.FS, folder string) (*Chart, error) {
	files := tree.Tree{}
	err := fs.WalkDir(fsys, folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files[strings.TrimPrefix(path, folder+"/")], err = fs.ReadFile(fsys, path)
		return err
	})
	if err != nil {
		return nil, err
	}
	helm, err := loader.LoadFiles(buffered(files))
	if err != nil {
		return nil, err
	}
	helm.Metadata.Version, helm.Metadata.AppVersion = version, version
	dropNotes(helm)
	if err := guard(helm); err != nil {
		return nil, err
	}
	return &Chart{
		Name: name, Version: version, Digest: "sha256:" + files.Digest(), helm: helm, keys: readKeys(helm), division: sync.OnceValue(func() division { return divide(helm.Templates) }),
		capabilities: readsCapabilities(helm),
	}, nil
}

// buffered returns files as Helm's loader takes them.
func buffered(files tree.Tree) []*loader.BufferedFile {
	var list []*loader.BufferedFile
	for _, path := range files.Paths() {
		list = append(list, &loader.BufferedFile{Name: path, Data: files[path]})
	}
	return list
}

// dropNotes takes out what a chart says to a terminal.
func dropNotes(c *chart.Chart) {
	c.Templates = slices.DeleteFunc(c.Templates, func(f *chart.File) bool { return strings.HasSuffix(f.Name, "NOTES.txt") })
}

// readsCapabilities says whether a template looks at the Kubernetes version.
func readsCapabilities(c *chart.Chart) bool {
	return slices.ContainsFunc(c.Templates, func(f *chart.File) bool { return strings.Contains(string(f.Data), "Capabilities") })
}
