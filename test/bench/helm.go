//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"
	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"istio.io/istio/manifests"

	"github.com/meshgen/meshgen/internal/component"
	"github.com/meshgen/meshgen/internal/load"
	"github.com/meshgen/meshgen/internal/resolve"
)

// release is a chart that a cluster gets, as Helm is told.
type release struct {
	Name, Namespace, Chart, Kubernetes string
	Values                             map[string]any
}

// printReleases prints the releases of all clusters of a repository as JSON:
// what meshgen hands to the charts, but for base.enableCRDTemplates. meshgen
// switches it off and sets the labels of the CRDs itself; Helm needs it on, as it
// is by default, to give the same objects.
func printReleases(dir string) error {
	source, list := load.Open(os.DirFS(dir))
	if list.HasErrors() {
		return fmt.Errorf("%s: %s", dir, list[0].Message)
	}
	var releases []release
	for _, loaded := range source.Load(source.Clusters()) {
		if loaded.Intent == nil {
			return fmt.Errorf("%s: %s", loaded.Cluster, loaded.Diagnostics[0].Message)
		}
		mesh, list := resolve.Mesh(loaded.Intent.Mesh)
		if list.HasErrors() {
			return fmt.Errorf("%s: %s", loaded.Cluster, list[0].Message)
		}
		for _, r := range component.Releases(mesh) {
			if r.Chart == "base" {
				r.Values = component.Merge(r.Values, map[string]any{"base": map[string]any{"enableCRDTemplates": true}})
			}
			releases = append(releases, release{
				Name: r.Name, Namespace: r.Namespace, Chart: r.Chart, Values: r.Values,
				Kubernetes: "v1." + strconv.Itoa(int(mesh.Cluster.Kubernetes)) + ".0",
			})
		}
	}
	return json.NewEncoder(os.Stdout).Encode(releases)
}

// helmInProcess renders the releases with Helm's engine, on all cores, and
// remembers nothing but the parsed charts.
func helmInProcess(in io.Reader) error {
	var releases []release
	if err := json.NewDecoder(in).Decode(&releases); err != nil {
		return err
	}
	charts := map[string]*chart.Chart{}
	for name, folder := range chartFolders {
		c, err := loadChart(folder)
		if err != nil {
			return fmt.Errorf("chart %s: %w", name, err)
		}
		charts[name] = c
	}
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, r := range releases {
		group.Go(func() error {
			capabilities := chartutil.DefaultCapabilities.Copy()
			version, err := chartutil.ParseKubeVersion(r.Kubernetes)
			if err != nil {
				return err
			}
			capabilities.KubeVersion = *version
			options := chartutil.ReleaseOptions{Name: r.Name, Namespace: r.Namespace, Revision: 1, IsInstall: true}
			values, err := chartutil.ToRenderValues(charts[r.Chart], r.Values, options, capabilities)
			if err != nil {
				return fmt.Errorf("%s: %w", r.Name, err)
			}
			_, err = engine.Render(charts[r.Chart], values)
			return err
		})
	}
	return group.Wait()
}

func loadChart(folder string) (*chart.Chart, error) {
	var files []*loader.BufferedFile
	err := fs.WalkDir(manifests.FS, folder, func(p string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(manifests.FS, p)
		files = append(files, &loader.BufferedFile{Name: strings.TrimPrefix(p, folder+"/"), Data: text})
		return err
	})
	if err != nil {
		return nil, err
	}
	return loader.LoadFiles(files)
}
