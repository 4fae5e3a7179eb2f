// Package preset is what meshgen init begins a repository with: an intent for
// each kind of user, and the files around it. It makes trees in memory; the
// command line writes them.
//
// The presets are CUE packages of this module, so that cue vet and the tests
// check them as they stand, against the schema beside them: presets/<name>/ is
// the base, presets/<name>/cluster/ the cluster laid over it.
package preset

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"github.com/meshgen/meshgen/internal/tree"
	"github.com/meshgen/meshgen/schema"
)

//go:embed presets files
var content embed.FS

// Preset is a beginning for one kind of user.
type Preset struct {
	Name    string // what stands behind --preset
	Title   string // one line, for help
	Cluster string // the cluster's name, if none is given
}

// All returns the presets, smallest hardware first.
func All() []Preset {
	return []Preset{
		{"k3s-sidecar", "one K3s server, sidecars, one gateway; Flux", "edge-1"},
		{"k3s-ambient", "two K3s nodes, ambient, one gateway; Flux", "edge-1"},
		{"homelab", "Raspberry Pis on K3s, Cilium, MetalLB, ambient, two gateways; Flux", "homelab"},
		{"production", "three zones, strict mTLS, deny by default, declared egress; Argo CD", "production"},
	}
}

// Names returns the names of the presets, in their order.
func Names() []string {
	var names []string
	for _, p := range All() {
		names = append(names, p.Name)
	}
	return names
}

// Find returns the preset of a name, and whether there is one.
func Find(name string) (Preset, bool) {
	for _, p := range All() {
		if p.Name == name {
			return p, true
		}
	}
	return Preset{}, false
}

// Options are what a new repository is called.
type Options struct {
	Cluster string // the cluster's name; empty means the preset's
	Module  string // the CUE module's path, such as fleet.example@v0
}

// Repository returns the files of a new repository, by their path in it.
func (p Preset) Repository(o Options) (tree.Tree, error) {
	if o.Cluster == "" {
		o.Cluster = p.Cluster
	}
	out := tree.Tree{ModuleFile: []byte(fmt.Sprintf("module: %q\nlanguage: version: %q\n", o.Module, language))}
	for from, to := range map[string]string{
		path.Join("presets", p.Name, "mesh.cue"):            "overlays/mesh.cue",
		path.Join("presets", p.Name, "cluster", "mesh.cue"): path.Join("overlays", o.Cluster, "mesh.cue"),
		"files/gitattributes":                               ".gitattributes",
		"files/gitignore":                                   ".gitignore",
		"files/pre-commit-config.yaml":                      ".pre-commit-config.yaml",
	} {
		data, err := content.ReadFile(from)
		if err != nil {
			return nil, fmt.Errorf("the preset %s: %w", p.Name, err)
		}
		out[to] = data
	}
	readme, err := content.ReadFile("files/README.md")
	if err != nil {
		return nil, err
	}
	out["README.md"] = []byte(strings.ReplaceAll(string(readme), "{{cluster}}", o.Cluster))
	vendored, err := Schema()
	if err != nil {
		return nil, err
	}
	return out, out.Merge(vendored)
}

// language is the version of CUE that the files are written in, and the oldest
// cue command that reads them.
const language = "v0.16.0"

// ModuleFile is where CUE looks for the module of a repository.
const ModuleFile = "cue.mod/module.cue"

// SchemaFolder is where plain CUE finds the schema's package in a repository
// that has no registry: the folder of vendored packages.
const SchemaFolder = "cue.mod/pkg/" + schema.ImportPath

// Schema returns the files of this binary's schema, by their path in a repository.
func Schema() (tree.Tree, error) {
	files, err := fs.Glob(schema.FS, "*.cue")
	if err != nil {
		return nil, err
	}
	out := tree.Tree{}
	for _, name := range files {
		data, err := schema.FS.ReadFile(name)
		if err != nil {
			return nil, err
		}
		out[path.Join(SchemaFolder, name)] = data
	}
	return out, nil
}

var (
	// An element is what a registry's repository may be called; CUE allows no _ in the first.
	moduleElement = regexp.MustCompile(`^[a-z0-9]+((\.|__?|-+)[a-z0-9]+)*$`)
	moduleVersion = regexp.MustCompile(`^v(0|[1-9][0-9]*)$`)
	notInModule   = regexp.MustCompile(`[^a-z0-9.-]+`)
)

// ModuleFor returns a module's path for a repository in a folder of that name.
// CUE wants a dot in the first element; the domain example belongs to nobody.
func ModuleFor(folder string) string {
	name := strings.Trim(notInModule.ReplaceAllString(strings.ToLower(folder), "-"), "-.")
	if !moduleElement.MatchString(name) {
		name = "fleet"
	}
	if !strings.Contains(name, ".") {
		name += ".example"
	}
	return name + "@v0"
}

// Module returns a module's path as a module file holds it, with its major
// version, or an error that says what CUE would refuse.
func Module(name string) (string, error) {
	base, major, ok := strings.Cut(name, "@")
	if !ok {
		major = "v0"
	}
	elements := strings.Split(base, "/")
	for i, e := range elements {
		if !moduleElement.MatchString(e) || (i == 0 && strings.Contains(e, "_")) {
			return "", fmt.Errorf("the module %q is no path of lower-case letters, digits, dots, - and _", name)
		}
	}
	switch {
	case !strings.Contains(elements[0], "."):
		return "", fmt.Errorf("the module %q has no dot before its first slash", name)
	case !moduleVersion.MatchString(major):
		return "", fmt.Errorf("the module %q ends with @%s, which is no major version such as @v0", name, major)
	}
	if base == schema.Module {
		return "", fmt.Errorf("the module %s is meshgen's own", schema.Module)
	}
	return base + "@" + major, nil
}

var label = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)

// ClusterName says whether a cluster may have the name: a DNS label, because
// objects carry it, and not that of the folder for what clusters share.
func ClusterName(name string) bool { return label.MatchString(name) && name != "shared" }
