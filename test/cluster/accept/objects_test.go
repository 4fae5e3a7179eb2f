package accept

import (
	"bytes"
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/meshgen/meshgen/internal/check"
	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/render/rendertest"
	"github.com/meshgen/meshgen/test/cluster/kube"
	"github.com/meshgen/meshgen/test/cluster/mesh"
	"github.com/meshgen/meshgen/test/cluster/report"
	"github.com/meshgen/meshgen/test/cluster/twice"
)

// base is the mesh beside which single objects are tried: that of the tests of
// package refs, whose broken objects refer to it.
const base = `package mesh

import "meshgen.dev/schema"

schema.#Mesh

cluster: {platform: "k3s", kubernetes: "1.34", disabled: ["traefik"]}
namespaces: shop: mesh: true
services: web: {namespace: "shop", port: 80}
gateways: {
	public: {service: type: "ClusterIP", servers: web: hosts: ["www.example.com"]}
	modern: {api: "gateway-api", servers: web: hosts: ["modern.example.com"]}
}
telemetry: {
	providers: otel: opentelemetry: {service: "otel.observability.svc.cluster.local", port: 4317}
	tracing: provider: "otel"
}
`

// TestObjects tries single objects on one cluster, on which the base mesh runs.
func TestObjects(t *testing.T) {
	made, list := mesh.Compile(t, rendertest.Repository(t, fstest.MapFS{
		"overlays/mesh.cue":     {Data: []byte(base)},
		"overlays/box/mesh.cue": {Data: []byte("package mesh\n")},
	}))
	if list.HasErrors() {
		t.Fatal(text(list))
	}
	c := kube.Start(t, kube.Options{})
	layers := kube.Layers(t, filepath.Join(mesh.Write(t, made), "box"))
	twice.Prepare(t, c, layers)
	for _, l := range layers {
		c.ApplyAll(t, twice.Manager, l.Objects)
		if twice.HasIstiod(l.Objects) {
			c.StartIstiod(t, "")
		}
	}
	if t.Failed() {
		t.FailNow()
	}
	t.Run("valid", func(t *testing.T) { valid(t, c) })
	t.Run("broken", func(t *testing.T) { broken(t, c) })
	t.Run("gaps", func(t *testing.T) { gaps(t, c) })
}

// ask asks the API server and istiod what they say of an object; "" if nothing.
func ask(c *kube.Cluster, o *unstructured.Unstructured) string {
	if _, err := c.Apply(context.Background(), o, kube.ApplyOptions{Manager: twice.Manager, DryRun: true}); err != nil {
		return err.Error()
	}
	return ""
}

// text writes diagnostics as the command does.
func text(list diag.List) string {
	var out bytes.Buffer
	if err := diag.Text(&out, list, false); err != nil {
		return err.Error()
	}
	return out.String()
}

// vet returns what meshgen says of files that stand in manifests, each on a
// cluster of its own with the base mesh, by the file's name. intents add to a
// file's intent.
func vet(t *testing.T, files, intents map[string][]byte) map[string]diag.List {
	t.Helper()
	in := fstest.MapFS{"overlays/mesh.cue": {Data: []byte(base)}}
	for name, content := range files {
		in["overlays/"+name+"/mesh.cue"] = &fstest.MapFile{Data: append([]byte("package mesh\n\nmanifests: objects: path: \"objects.yaml\"\n"), intents[name]...)}
		in["overlays/"+name+"/objects.yaml"] = &fstest.MapFile{Data: content}
	}
	_, list := mesh.Compile(t, rendertest.Repository(t, in))
	out := map[string]diag.List{}
	for _, d := range list {
		out[d.Cluster] = append(out[d.Cluster], d)
	}
	return out
}

// codes returns the codes of errors, or of all diagnostics, each once.
func codes(list diag.List, errorsOnly bool) []string {
	var out []string
	for _, d := range list {
		if !errorsOnly || d.Severity == diag.Error {
			out = append(out, d.Code)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// corpus returns the YAML files of testdata folders of the compiler, by package
// and name: validate-port-name.
func corpus(t *testing.T, folder string, packages ...string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for _, p := range packages {
		maps.Copy(out, files(t, p+"-", filepath.Join(kube.Root(), "internal", p, "testdata", folder), ".yaml"))
	}
	return out
}

// files returns a folder's files with an ending, by what is before it.
func files(t *testing.T, prefix, folder, ending string) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "*"+ending))
	if err != nil || len(names) == 0 {
		t.Errorf("%s has no files: %v", folder, err)
	}
	out := map[string][]byte{}
	for _, n := range names {
		if out[prefix+strings.TrimSuffix(filepath.Base(n), ending)], err = os.ReadFile(n); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// valid tries the objects of which validate's tests want no diagnostic: the
// cluster must take them as well.
func valid(t *testing.T, c *kube.Cluster) {
	for name, content := range corpus(t, "valid", "validate") {
		objects, err := kube.Parse(content)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, o := range objects {
			if why := ask(c, o); why != "" {
				t.Errorf("%s: %s, which meshgen takes, is refused: %s", name, kube.Describe(o), why)
			}
		}
	}
}

// verdict is what became of a broken file.
type verdict struct {
	File    string
	Codes   []string // meshgen's errors, or its warnings if it has none
	Warning bool     // it only warned
	Server  string   // "" if it takes the file, "API server" or "istiod"
}

// verdicts are what broken found, for the page.
var verdicts []verdict

// broken tries the broken objects of the compiler's tests, and those that stand
// here because it takes an intent of their own to break them. Each must be refused
// by meshgen, or at least warned of where the cluster takes it, or where it would
// if others brought the kind.
func broken(t *testing.T, c *kube.Cluster) {
	all := corpus(t, "broken", "validate", "refs")
	maps.Copy(all, files(t, "accept-", "testdata/broken", ".yaml"))
	said := vet(t, all, files(t, "accept-", "testdata/broken", ".cue"))
	seen := map[string]bool{}
	for name, content := range all {
		v := verdict{File: name, Codes: codes(said[name], true)}
		if len(v.Codes) == 0 {
			v.Codes, v.Warning = codes(said[name], false), true
		}
		why := ""
		objects, err := kube.Parse(content)
		if err != nil {
			v.Server, why = "API server", err.Error()
		}
		for _, o := range objects {
			if answer := ask(c, o); answer != "" && v.Server == "" {
				v.Server, why = refuser(answer), answer
			}
		}
		// What stands between objects is not why the cluster refuses this one.
		if strings.HasPrefix(name, "validate-") && !slices.ContainsFunc(v.Codes, ofOne) {
			t.Errorf("%s: meshgen says nothing of the object by itself, but %v; %s says: %s", name, v.Codes, v.Server, why)
		}
		if len(v.Codes) == 0 || v.Warning && v.Server != "" && !strings.HasPrefix(why, "no matches for kind") {
			t.Errorf("%s: meshgen lets it through; %s says: %s", name, v.Server, why)
		}
		verdicts = append(verdicts, v)
		for _, code := range v.Codes {
			seen[code] = true
		}
	}
	for _, d := range check.Docs() {
		if ofObjects(d.Code) && !seen[d.Code] {
			t.Errorf("no broken object is one for %s, %s: put one into testdata/broken", d.Code, d.Title)
		}
	}
	slices.SortFunc(verdicts, func(a, b verdict) int { return strings.Compare(a.File, b.File) })
}

// ofObjects says whether a code is about single objects, or about what is between
// them; the codes below are about escape hatches as such, those above about files.
func ofObjects(code string) bool { return code >= "MG5030" && code < "MG6000" }

// ofOne says whether a code is about a manifest or an object by itself, which is
// what package validate looks at.
func ofOne(code string) bool { return code >= "MG5000" && code < "MG5050" }

// refuser says who gave an answer.
func refuser(answer string) string {
	if strings.Contains(answer, "admission webhook \"") && strings.Contains(answer, "istio.io\" denied") {
		return "istiod"
	}
	return "API server"
}

// brokenTable is the page's table of verdicts.
func brokenTable() report.Table {
	table := report.Table{Head: []string{"broken object", "meshgen", "refused in the cluster by"}}
	for _, v := range verdicts {
		ours, theirs := "refuses", v.Server
		if v.Warning {
			ours = "warns"
		}
		if theirs == "" {
			theirs = "nobody"
		}
		table.Rows = append(table.Rows, []string{v.File, ours + ": " + strings.Join(v.Codes, " "), theirs})
	}
	return table
}
