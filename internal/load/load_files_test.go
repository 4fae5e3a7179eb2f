package load_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/load"
)

// small is a repository with one cluster, whose text is given.
func small(t testing.TB, cluster string) fstest.MapFS {
	t.Helper()
	return repository(t, &txtar.Archive{Files: []txtar.File{
		{Name: "overlays/mesh.cue", Data: []byte("package mesh\n\nimport \"meshgen.dev/schema\"\n\nschema.#Mesh\n")},
		{Name: "overlays/a/mesh.cue", Data: []byte("package mesh\n\ncluster: {platform: \"k3s\", kubernetes: \"1.35\"}\n" + cluster)},
	}})
}

// TestLargeFile refuses a large file before CUE reads it.
func TestLargeFile(t *testing.T) {
	fsys := small(t, "// "+strings.Repeat("x", 10<<20)+"\n")
	start := time.Now()
	_, list := everything(fsys)
	took := time.Since(start)
	want := `overlays/a/mesh.cue: error MG1013 [a] ()
    overlays/a/mesh.cue has 10485825 bytes; the most that meshgen reads is 1048576
    try: remove it, or put a plain file of text in its place, readable and of at most 1 MiB
`
	if diff := cmp.Diff(want, text(list)); diff != "" {
		t.Errorf("diagnostics differ (-want +got):\n%s", diff)
	}
	if took > 100*time.Millisecond {
		t.Errorf("refusing took %v, more than 100 ms", took)
	}
}

// TestHostile loads files that are made to break a compiler. Each must be
// refused, quickly and without a panic.
func TestHostile(t *testing.T) {
	for name, cluster := range map[string]string{
		"braces":            "values: istiod: " + strings.Repeat("{a: ", 10_000) + "1" + strings.Repeat("}", 10_000) + "\n",
		"brackets":          "values: istiod: x: " + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + "\n",
		"labels":            "values: istiod: " + strings.Repeat("a: ", 10_000) + "1\n",
		"unary":             "controlPlane: replicas: " + strings.Repeat("-", 10_000) + "1\n",
		"binary":            "controlPlane: replicas: 1" + strings.Repeat("+1", 10_000) + "\n",
		"open braces":       strings.Repeat("{", 100_000),
		"self":              "x: x + 1\n",
		"structural cycle":  "_a: {b: _a}\nvalues: istiod: _a\n",
		"mutual":            "controlPlane: replicas: gateways.x.replicas\ngateways: x: replicas: controlPlane.replicas\n",
		"many alternatives": "mode: " + strings.Repeat(`"x" | `, 900) + `"y"` + "\n",
		"wide disjunctions": "_d: {a: 1} | {b: 2} | {c: 3} | {d: 4}\nvalues: istiod: _d & _d & _d & _d & _d\n",
	} {
		t.Run(name, func(t *testing.T) {
			// Each takes milliseconds; what must not be is that one never ends.
			type loaded struct {
				results []load.Result
				list    diag.List
			}
			done := make(chan loaded, 1)
			go func() {
				results, list := everything(small(t, cluster))
				done <- loaded{results, list}
			}()
			var results []load.Result
			var list diag.List
			select {
			case l := <-done:
				results, list = l.results, l.list
			case <-time.After(time.Minute):
				t.Fatal("loading does not end")
			}
			if !list.HasErrors() || results[0].Intent != nil {
				t.Error("no error was reported")
			}
			for _, d := range list {
				if d.Code == "" || d.Message == "" || d.Suggestion == "" || !d.Position.IsValid() {
					t.Errorf("a diagnostic lacks a part: %+v", d)
				}
			}
		})
	}
}

// TestPositions asks an intent where its values were written.
func TestPositions(t *testing.T) {
	fsys := repository(t, &txtar.Archive{Files: []txtar.File{
		{Name: "overlays/mesh.cue", Data: []byte(`package mesh

import "meshgen.dev/schema"

schema.#Mesh

telemetry: tracing: {sampling: *1 | _, provider: *"otel" | _}
telemetry: providers: otel: zipkin: {service: "z.obs", port: 9411}
_small: replicas: 2
gateways: public: kind: "ingress"
`)},
		{Name: "overlays/a/mesh.cue", Data: []byte(`package mesh

cluster: {platform: "k3s", kubernetes: "1.35"}
gateways: public: servers: shop: {
	hosts: [
		"a.example",
		"b.example",
	]
}
gateways: admin: _small
telemetry: tracing: sampling: 10
namespaces: "e-commerce": mesh: true
services: x: {namespace: "e-commerce", port: 80}
routes: r: {gateway: "public", hosts: ["a.example"], rules: [{to: [{service: "x", weight: 50}, {service: "x", weight: 50}]}]}
`)},
	}})
	results, list := everything(fsys)
	if len(list) > 0 {
		t.Fatal(text(list))
	}
	in := results[0].Intent
	for _, c := range []struct {
		path    string
		want    diag.Position
		written bool
	}{
		{"cluster.platform", diag.Position{File: "overlays/a/mesh.cue", Line: 3, Column: 21}, true},
		{"cluster", diag.Position{File: "overlays/a/mesh.cue", Line: 3, Column: 1}, true},
		{"cluster.cni.provider", diag.Position{File: "overlays/a/mesh.cue", Line: 3, Column: 1}, false},
		{"gateways.public", diag.Position{File: "overlays/a/mesh.cue", Line: 4, Column: 11}, true},
		{"gateways.public.kind", diag.Position{File: "overlays/mesh.cue", Line: 10, Column: 25}, true},
		{"gateways.public.servers.shop.hosts[1]", diag.Position{File: "overlays/a/mesh.cue", Line: 7, Column: 3}, true},
		{"gateways.public.servers.shop.hosts.1", diag.Position{File: "overlays/a/mesh.cue", Line: 7, Column: 3}, true},
		{"gateways.public.servers.shop.hosts[7]", diag.Position{File: "overlays/a/mesh.cue", Line: 5, Column: 9}, false},
		{"gateways.admin.replicas", diag.Position{File: "overlays/mesh.cue", Line: 9, Column: 19}, true},
		{"telemetry.tracing.sampling", diag.Position{File: "overlays/a/mesh.cue", Line: 11, Column: 31}, true},
		{"telemetry.tracing.provider", diag.Position{File: "overlays/mesh.cue", Line: 7, Column: 51}, true},
		{`namespaces."e-commerce".mesh`, diag.Position{File: "overlays/a/mesh.cue", Line: 12, Column: 33}, true},
		{`namespaces.e-commerce.mesh`, diag.Position{File: "overlays/a/mesh.cue", Line: 12, Column: 33}, true},
		{`namespaces["e-commerce"].mesh`, diag.Position{File: "overlays/a/mesh.cue", Line: 12, Column: 33}, true},
		{"routes.r.rules[0].to[1].weight", diag.Position{File: "overlays/a/mesh.cue", Line: 14, Column: 119}, true},
		{"mtls.stage", diag.Position{File: "overlays/a/mesh.cue", Line: 1, Column: 1}, false},
		{"", diag.Position{File: "overlays/a/mesh.cue", Line: 1, Column: 1}, true},
	} {
		if got := in.Position(c.path); got != c.want {
			t.Errorf("Position(%q) = %v, want %v", c.path, got, c.want)
		}
		if got := in.Written(c.path); got != c.written {
			t.Errorf("Written(%q) = %v, want %v", c.path, got, c.written)
		}
	}
}

// TestIntent shows that people's values, their defaults and the schema's
// defaults come out in this order.
func TestIntent(t *testing.T) {
	fsys := small(t, `
mode: *"ambient" | _
istio: version: *"1.30.3" | _
controlPlane: disruptionBudget: minAvailable: 2
gateways: public: disruptionBudget: maxUnavailable: "25%"
values: istiod: {a: 1, b: 1.5, c: [2, {d: 3}], e: null}
patches: one: path: "p/one.yaml"
manifests: two: path: "two.yaml"
`)
	fsys["overlays/patches.cue"] = &fstest.MapFile{Data: []byte("package mesh\n\npatches: base: path: \"../shared/base.yaml\"\n")}
	fsys["shared/base.yaml"] = &fstest.MapFile{Data: []byte("kind: Job\n")}
	fsys["overlays/a/p/one.yaml"] = &fstest.MapFile{Data: []byte("kind: Service\n")}
	fsys["overlays/a/two.yaml"] = &fstest.MapFile{Data: []byte("kind: ConfigMap\n")}
	results, list := everything(fsys)
	if len(list) > 0 {
		t.Fatal(text(list))
	}
	m := results[0].Intent.Mesh
	got := map[string]any{
		"folder": results[0].Intent.Folder, "name": m.Cluster.Name, "mode": string(m.Mode), "version": m.Istio.Version,
		"variant": m.Istio.Variant, "balancer": m.Cluster.LoadBalancer, "namespace": m.Gateways["public"].Namespace,
		"min": m.ControlPlane.DisruptionBudget.MinAvailable, "max": m.Gateways["public"].DisruptionBudget.MaxUnavailable,
		"values": m.Values.Istiod, "patch": m.Patches["one"].Patch, "patch file": m.Patches["one"].File,
		"base patch": m.Patches["base"].Patch, "base patch file": m.Patches["base"].File,
		"manifest": string(m.Manifests["two"].Text), "manifest file": m.Manifests["two"].File,
	}
	want := map[string]any{
		"folder": "overlays/a", "name": "a", "mode": "ambient", "version": "1.30.3",
		"variant": "distroless", "balancer": "servicelb", "namespace": "istio-ingress",
		"min": int64(2), "max": "25%",
		"values": map[string]any{"a": int64(1), "b": 1.5, "c": []any{int64(2), map[string]any{"d": int64(3)}}, "e": nil},
		"patch":  "kind: Service\n", "patch file": "overlays/a/p/one.yaml",
		"base patch": "kind: Job\n", "base patch file": "shared/base.yaml",
		"manifest": "kind: ConfigMap\n", "manifest file": "overlays/a/two.yaml",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("intent differs (-want +got):\n%s", diff)
	}
}

// TestSymbolicLinks refuses files that a link brings from outside.
func TestSymbolicLinks(t *testing.T) {
	outside := t.TempDir()
	root := t.TempDir()
	for name, f := range small(t, "patches: {one: path: \"out.yaml\", two: path: \"dir/in.yaml\", three: path: \"in.yaml\"}\n") {
		file := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{filepath.Join(outside, "in.yaml"), filepath.Join(root, "overlays", "shared.yaml")} {
		if err := os.WriteFile(file, []byte("kind: Service\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	a := filepath.Join(root, "overlays", "a")
	for link, target := range map[string]string{
		"out.yaml": filepath.Join(outside, "in.yaml"), "dir": outside, "in.yaml": "../shared.yaml",
	} {
		if err := os.Symlink(target, filepath.Join(a, link)); err != nil {
			t.Fatal(err)
		}
	}
	_, list := everything(os.DirFS(root))
	want := `overlays/a/mesh.cue:4:22: error MG1017 [a] (patches.one.path)
    overlays/a/out.yaml is a symbolic link that leaves the repository
    try: give another file
overlays/a/mesh.cue:4:45: error MG1017 [a] (patches.two.path)
    overlays/a/dir/in.yaml is a symbolic link that leaves the repository
    try: give another file
`
	if diff := cmp.Diff(want, text(list)); diff != "" {
		t.Errorf("diagnostics differ (-want +got):\n%s", diff)
	}
}

// TestSharedMistake says a mistake of the base once for seven clusters.
func TestSharedMistake(t *testing.T) {
	fsys := small(t, "")
	for _, name := range []string{"b", "c", "d", "e", "f", "g"} {
		fsys["overlays/"+name+"/mesh.cue"] = fsys["overlays/a/mesh.cue"]
	}
	fsys["overlays/mesh.cue"] = &fstest.MapFile{Data: []byte("package mesh\n\nimport \"meshgen.dev/schema\"\n\nschema.#Mesh\n\nmode: \"ambiant\"\n")}
	_, list := everything(fsys)
	if len(list) != 7 {
		t.Errorf("%d diagnostics for seven clusters", len(list))
	}
	want := `overlays/mesh.cue:7:7: error MG1003 [] (mode)
    mode is "ambiant"; want "sidecar" or "ambient"
    try: set mode to "ambient"
`
	if diff := cmp.Diff(want, text(list.Fold())); diff != "" {
		t.Errorf("folded diagnostics differ (-want +got):\n%s", diff)
	}
}

// TestMistakeOfAnEmbeddedCluster: a mistake in a cluster that another one takes
// over is one mistake, at one place.
func TestMistakeOfAnEmbeddedCluster(t *testing.T) {
	fsys := small(t, "mode: \"ambiant\"\n")
	fsys["overlays/b/mesh.cue"] = &fstest.MapFile{Data: []byte("package mesh\n\nimport a \"example.com/fleet/overlays/a:mesh\"\n\na\n")}
	fsys["overlays/c/mesh.cue"] = &fstest.MapFile{Data: []byte("package mesh\n\nimport b \"example.com/fleet/overlays/b:mesh\"\n\nb\n")}
	_, list := everything(fsys)
	if len(list) != 3 {
		t.Errorf("%d diagnostics for three clusters", len(list))
	}
	want := `overlays/a/mesh.cue:4:7: error MG1003 [] (mode)
    mode is "ambiant"; want "sidecar" or "ambient"
    try: set mode to "ambient"
`
	if diff := cmp.Diff(want, text(list.Fold())); diff != "" {
		t.Errorf("folded diagnostics differ (-want +got):\n%s", diff)
	}
}

// TestConcurrent loads the same clusters side by side.
func TestConcurrent(t *testing.T) {
	s, list := load.Open(os.DirFS("../.."))
	if list.HasErrors() {
		t.Fatal(text(list))
	}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			results := s.Load(s.Clusters())
			for i, r := range results {
				if r.Cluster != s.Clusters()[i] || r.Intent == nil {
					t.Errorf("cluster %s: %s", r.Cluster, text(r.Diagnostics))
				}
			}
		})
	}
	group.Wait()
}
