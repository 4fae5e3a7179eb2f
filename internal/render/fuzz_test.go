//go:build unix

package render

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"
	"unicode/utf8"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/load"
	"github.com/meshgen/meshgen/internal/tree"
	"github.com/meshgen/meshgen/schema"
)

// The targets of this file take an intent through all stages. Nothing may
// panic, everything ends within two seconds of work, every diagnostic has its
// parts, and no file stands outside the folders of the cluster.

// base is what the cluster of every target begins with.
const base = "package mesh\n\nimport \"meshgen.dev/schema\"\n\nschema.#Mesh\n\ncluster: {platform: *\"k3s\" | _, kubernetes: *\"1.34\" | _, disabled: *[\"traefik\"] | _}\n"

// limit is how much of the processor an input may take, and cold how much each
// of the first few, which find charts and patterns that nobody has read yet.
const (
	limit = 2 * time.Second
	cold  = 10 * time.Second
	few   = 20
)

// fuzzer compiles one input after another, and keeps the charts.
type fuzzer struct {
	charts *compiler
	files  fstest.MapFS
	tried  int
}

func newFuzzer(f *testing.F) *fuzzer {
	f.Helper()
	c, err := newCompiler("v0.0.0")
	if err != nil {
		f.Fatal(err)
	}
	files := fstest.MapFS{
		"cue.mod/module.cue": {Data: []byte("module: \"meshgen.dev@v0\"\nlanguage: version: \"v0.16.0\"\n")},
		"overlays/mesh.cue":  {Data: []byte(base)},
	}
	names, err := schema.FS.ReadDir(".")
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range names {
		text, err := schema.FS.ReadFile(e.Name())
		if err != nil {
			f.Fatal(err)
		}
		files["schema/"+e.Name()] = &fstest.MapFile{Data: text}
	}
	return &fuzzer{charts: c, files: files}
}

// try compiles the cluster box, whose folder holds the files.
func (z *fuzzer) try(t *testing.T, files map[string]string) {
	t.Helper()
	in := fstest.MapFS{}
	for name, file := range z.files {
		in[name] = file
	}
	for name, text := range files {
		in["overlays/box/"+name] = &fstest.MapFile{Data: []byte(text)}
	}
	done := make(chan struct{})
	if os.Getenv("MESHGEN_FUZZ") == "1" { // a test's verdict does not depend on the machine's speed
		most := limit
		if z.tried++; z.tried <= few {
			most = cold
		}
		go hang(done, most)
	}
	defer close(done)
	c := &compiler{charts: z.charts.charts, renderer: z.charts.renderer, builder: z.charts.builder, validator: z.charts.validator, version: "v0.0.0", shared: map[string]digested{}}
	var list diag.List
	c.fsys = in
	c.source, list = load.Open(in)
	if list.HasErrors() {
		z.parts(t, list)
		return
	}
	var results []result
	for _, loaded := range c.source.Load(c.source.Clusters()) {
		compiled, err := c.cluster(loaded)
		if err != nil {
			t.Fatalf("meshgen blames itself: %v", err)
		}
		results = append(results, compiled)
	}
	out, list, err := collect(results, list)
	if err != nil {
		t.Fatalf("meshgen blames itself: %v", err)
	}
	z.parts(t, list)
	for path := range out.Tree {
		if !tree.Valid(path) || !filepath.IsLocal(path) || !strings.HasPrefix(path, "box/") && !strings.HasPrefix(path, "shared/") || strings.ContainsAny(path, "\\:\x00\n") {
			t.Errorf("the file %q is not the cluster's", path)
		}
	}
	if !list.HasErrors() && len(out.Tree) == 0 {
		t.Error("neither an error nor a tree")
	}
}

// parts holds diagnostics to what people need of them.
func (z *fuzzer) parts(t *testing.T, list diag.List) {
	t.Helper()
	for _, d := range list {
		if d.Code == "" || d.Message == "" || d.Suggestion == "" || !utf8.ValidString(d.Message+d.Suggestion) {
			t.Errorf("a diagnostic lacks a part: %+v", d)
		}
		if d.Code == "MG1099" {
			t.Errorf("meshgen blames itself: %+v", d)
		}
	}
}

// hang ends the process, so that the input is kept, when it takes too much of
// the processor; a machine that does other things does not count.
func hang(done chan struct{}, most time.Duration) {
	used := func() time.Duration {
		var u syscall.Rusage
		_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	for before := used(); ; {
		select {
		case <-done:
			return
		case <-time.After(50 * time.Millisecond):
		}
		if used()-before > most {
			panic("the input takes more than " + most.String())
		}
	}
}

// FuzzIntent compiles intents that are made of the schema's own fields.
func FuzzIntent(f *testing.F) {
	g := newGenerator(f)
	z := newFuzzer(f)
	for i := range 24 {
		seed := make([]byte, 400)
		for j := range seed {
			seed[j] = byte((i*31 + j*j*(i+7)) % 251)
		}
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, choices []byte) {
		z.try(t, map[string]string{"mesh.cue": "package mesh\n\n" + g.intent(choices)})
	})
}

// FuzzHatch compiles a person's manifest, and a patch, of any bytes.
func FuzzHatch(f *testing.F) {
	for _, seed := range []string{
		"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: istio-system}\ndata: {a: b}\n",
		"apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: a, namespace: istio-system}\nspec: {hosts: [a], http: [{route: [{destination: {host: a}, weight: 90}, {destination: {host: b}, weight: 10}]}]}\n",
		"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a, namespace: istio-system}\nspec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: b, ports: [{containerPort: 80}], resources: {limits: {cpu: 1}}}]}}}\n",
		"apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: as.b.c}\nspec: {group: b.c, names: {kind: A, plural: as}, scope: Cluster, versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]}\n---\napiVersion: b.c/v1\nkind: A\nmetadata: {name: a}\n",
		"kind: Deployment\nmetadata: {name: istiod}\nspec: {template: {spec: {containers: [{name: discovery, $patch: delete}]}}}\n",
		"- {op: add, path: /spec/template/spec/containers/0/env/-, value: {name: A, value: b}}\n",
		"a: &a [*a]\n", "? {a: b}\n: c\n", "--- !!set {a, b}\n",
	} {
		f.Add([]byte(seed))
	}
	z := newFuzzer(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		z.try(t, map[string]string{
			"mesh.cue": "package mesh\n\nmanifests: a: path: \"a.yaml\"\npatches: b: {path: \"a.yaml\", target: kind: \"Deployment\"}\n",
			"a.yaml":   string(text),
		})
	})
}

// FuzzValues compiles raw values for each chart, and raw mesh config.
func FuzzValues(f *testing.F) {
	for _, seed := range []string{
		`{"pilot": {"replicaCount": 2, "env": {"A": "b"}, "initContainers": [{"name": "a", "image": "{{ .Values.global.hub }}"}]}}`,
		`{"global": {"proxy": {"resources": {"limits": {"cpu": "1"}}}, "hub": "a\nb"}, "meshConfig": {"accessLogFile": "/dev/stdout"}}`,
		`{"service": {"ports": [{"name": "a", "port": 80}]}, "autoscaling": {"enabled": false}, "labels": {"a": null}}`,
		`{"env": {"A": 1}, "resources": [], "podAnnotations": "a"}`,
		`{"sidecarInjectorWebhook": {"templates": {"a": "{{ .Spec"}}}`,
	} {
		for chart := range uint8(6) {
			f.Add(chart, []byte(seed))
		}
	}
	z := newFuzzer(f)
	f.Fuzz(func(t *testing.T, chart uint8, text []byte) {
		var values map[string]any
		if json.Unmarshal(text, &values) != nil {
			return
		}
		plain, err := json.Marshal(values)
		if err != nil {
			return
		}
		at := []string{"values: base: ", "values: istiod: ", "values: cni: ", "values: ztunnel: ", "gateways: public: {}\nvalues: gateways: public: ", "meshConfig: "}
		z.try(t, map[string]string{"mesh.cue": "package mesh\n\nmode: \"ambient\"\n" + at[int(chart)%len(at)] + string(plain) + "\n"})
	})
}
