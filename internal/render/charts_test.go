package render_test

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/chart/charttest"
	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/render"
	"github.com/meshgen/meshgen/internal/render/rendertest"
	"github.com/meshgen/meshgen/internal/tree"
)

// charted is a repository of one cluster that asks for an Istio release.
func charted(t *testing.T, version string) fstest.MapFS {
	t.Helper()
	return rendertest.Repository(t, fstest.MapFS{
		"overlays/mesh.cue": {Data: []byte("package mesh\n\nimport \"meshgen.dev/schema\"\n\nschema.#Mesh\n\nistio: version: *\"" + version + "\" | _\n")},
		"overlays/box/mesh.cue": {Data: []byte("package mesh\n\ncluster: {platform: \"kind\", kubernetes: \"1.35\", nodePools: node: {role: \"server\", count: 1, cpu: \"4\", memory: \"8Gi\"}}\nmode: \"ambient\"\n" +
			"gateways: public: service: type: \"NodePort\"\ngateways: public: servers: http: {port: 80, protocol: \"HTTP\", hosts: [\"shop.example\"]}\n")},
	})
}

// bring adds the charts of a release to a repository; change changes the files
// of one of them before it is packed.
func bring(t *testing.T, repository fstest.MapFS, version string, change func(name string, files map[string]string)) {
	t.Helper()
	var sources []render.ChartSource
	for _, name := range charttest.Names() {
		files := charttest.Files(t, name, version)
		change(name, files)
		sources = append(sources, render.ChartSource{Name: name, Archive: charttest.Pack(t, name, files)})
	}
	a, list, err := render.AddCharts(repository, sources, false)
	if err != nil || len(list) > 0 {
		t.Fatal(list, err)
	}
	for path, content := range a.Files {
		repository[path] = &fstest.MapFile{Data: content}
	}
}

func unchanged(string, map[string]string) {}

// TestRepositoryCharts: charts of the repository give what the built-in ones of
// the same release give, but for their digests; and clusters of two releases
// stand side by side.
func TestRepositoryCharts(t *testing.T) {
	builtin, list := compile(t, charted(t, "1.31.1"), 1)
	if len(list) > 0 {
		t.Fatal(list)
	}
	own := charted(t, "1.31.1")
	bring(t, own, "1.31.1", unchanged)
	brought, list := compile(t, own, 1)
	if len(list) > 0 {
		t.Fatal(list)
	}
	locks := func(files tree.Tree) tree.Tree {
		out := maps.Clone(files)
		maps.DeleteFunc(out, func(path string, _ []byte) bool { return strings.HasSuffix(path, "/meshgen.lock") })
		return out
	}
	if diff := cmp.Diff(locks(builtin), locks(brought)); diff != "" {
		t.Error("-built in +brought", diff)
	}
	if bytes.Equal(builtin["box/meshgen.lock"], brought["box/meshgen.lock"]) {
		t.Error("the lock does not tell the charts apart")
	}

	fleet := charted(t, "1.31.1")
	bring(t, fleet, "1.31.2", unchanged)
	fleet["overlays/next/mesh.cue"] = &fstest.MapFile{Data: append(slices.Clone(fleet["overlays/box/mesh.cue"].Data), "istio: version: \"1.31.2\"\n"...)}
	both, list := compile(t, fleet, 2)
	if len(list) > 0 {
		t.Fatal(list)
	}
	for path, content := range builtin {
		if !bytes.Equal(both[path], content) {
			t.Errorf("%s is another one beside a cluster of the next release", path)
		}
		next := strings.Replace(path, "box/", "next/", 1)
		next = strings.Replace(next, "1.31.1", "1.31.2", 1)
		if !strings.HasSuffix(path, "/meshgen.lock") && !bytes.Equal(both[next], bytes.ReplaceAll(content, []byte("1.31.1"), []byte("1.31.2"))) {
			t.Errorf("%s differs from %s in more than the release", next, path)
		}
	}
}

// TestRepositoryChartsBroken: what is wrong with charts is said where the intent
// asks for them, with the file and a way out, beside what else is wrong.
func TestRepositoryChartsBroken(t *testing.T) {
	for name, test := range map[string]struct {
		change  func(files map[string]string)
		breakIt func(repository fstest.MapFS)
		code    string
		file    string // of the note
	}{
		"edited":          {nil, func(r fstest.MapFS) { r["charts/1.31.2/istiod/values.yaml"] = &fstest.MapFile{Data: []byte("a: b\n")} }, "MG4020", "charts/1.31.2/istiod"},
		"missing":         {nil, func(r fstest.MapFS) { delete(r, "charts/1.31.2/istiod/templates/service.yaml") }, "MG4020", "charts/1.31.2/istiod"},
		"no lock":         {nil, func(r fstest.MapFS) { delete(r, "charts/1.31.2/charts.lock") }, "MG4020", "charts/1.31.2/charts.lock"},
		"does not end":    {func(f map[string]string) { f["templates/service.yaml"] = "{{ range 1000000000 }}{{ end }}" }, nil, "MG4022", "charts/1.31.2/istiod/templates/service.yaml"},
		"fails":           {func(f map[string]string) { f["templates/service.yaml"] = "{{ fail `no` }}" }, nil, "MG4022", "charts/1.31.2/istiod/templates/service.yaml"},
		"an object twice": {func(f map[string]string) { f["templates/more.yaml"] = f["templates/service.yaml"] }, nil, "MG4022", ""},
		"an object of another chart": {func(f map[string]string) {
			f["templates/more.yaml"] = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: ztunnel, namespace: istio-system}\n"
		}, nil, "MG4022", ""},
		"an object of ours": {func(f map[string]string) {
			f["templates/more.yaml"] = "apiVersion: v1\nkind: Namespace\nmetadata: {name: istio-system}\n"
		}, nil, "MG4022", ""},
		"no namespace": {func(f map[string]string) {
			f["templates/more.yaml"] = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n"
		}, nil, "MG4022", ""},
		"a secret": {func(f map[string]string) {
			f["templates/more.yaml"] = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, namespace: istio-system}\ndata: {db.conf: \"host=db\\npassword=Tr0ub4dor&3\\n\"}\n"
		}, nil, "MG5072", ""},
		"an old chart": {func(f map[string]string) {
			f["values.yaml"] = strings.ReplaceAll(f["values.yaml"], "waypoint:", "wayfarer:")
			for name, text := range f {
				f[name] = strings.ReplaceAll(text, "Values.global.waypoint", "Values.global.wayfarer")
			}
		}, nil, "MG4022", "charts/1.31.2/istiod"},
	} {
		t.Run(name, func(t *testing.T) {
			r := charted(t, "1.31.2")
			bring(t, r, "1.31.2", func(name string, files map[string]string) {
				if name == "istiod" && test.change != nil {
					test.change(files)
				}
			})
			if test.breakIt != nil {
				test.breakIt(r)
			}
			files, list := compile(t, r, 1)
			i := slices.IndexFunc(list, func(d diag.Diagnostic) bool { return d.Code == test.code })
			if i < 0 || len(files) > 0 {
				t.Fatalf("it gives %d files, and says\n%s", len(files), text(list))
			}
			d, file := list[i], ""
			if len(d.Related) > 0 {
				file = d.Related[0].Position.File
			}
			if d.Position.File != "overlays/mesh.cue" || d.Position.Line != 7 || d.Suggestion == "" || file != test.file {
				t.Errorf("it has no place, or no way out: %+v", d)
			}
		})
	}
}
