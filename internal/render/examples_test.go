package render_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/meshgen/meshgen/internal/check"
	"github.com/meshgen/meshgen/internal/diag"

	"github.com/meshgen/meshgen/internal/render/rendertest"
)

// TestExamples holds the page of every check of the mesh, charts and escape hatches to
// its word: what stands under Before gives the code, what stands under After
// gives no error at all.
func TestExamples(t *testing.T) {
	if testing.Short() {
		t.Skip("slow, and writes nothing")
	}
	for _, page := range check.Docs() {
		if !strings.HasPrefix(page.Code, "MG2") && !strings.HasPrefix(page.Code, "MG3") && !strings.HasPrefix(page.Code, "MG4") && !strings.HasPrefix(page.Code, "MG5") {
			continue
		}
		if strings.HasPrefix(page.Code, "MG402") {
			continue // of charts in the repository, which TestRepositoryCharts and the script charts.txtar break
		}
		t.Run(page.Code, func(t *testing.T) {
			before := example(t, page.Before)
			if !slices.ContainsFunc(before, func(d diag.Diagnostic) bool { return d.Code == page.Code }) {
				t.Errorf("the example does not give the code, but\n%s", text(before))
			}
			for _, d := range before {
				if d.Code == page.Code && (d.Position.File != "overlays/box/mesh.cue" || d.Position.Line == 0 || d.Suggestion == "") {
					t.Errorf("the diagnostic has no place, or no way out: %+v", d)
				}
			}
			if after := example(t, page.After); after.HasErrors() {
				t.Errorf("the mended example gives\n%s", text(after))
			}
		})
	}
}

// example compiles one K3s cluster without Traefik, with the fields of an example.
func example(t *testing.T, fields string) diag.List {
	t.Helper()
	in := fstest.MapFS{
		"overlays/mesh.cue":     {Data: []byte("package mesh\n\nimport \"meshgen.dev/schema\"\n\nschema.#Mesh\n\ncluster: {platform: *\"k3s\" | _, kubernetes: *\"1.34\" | _, disabled: *[\"traefik\"] | _}\n")},
		"overlays/box/mesh.cue": {Data: []byte("package mesh\n\n" + fields + "\n")},
	}
	_, list := compile(t, rendertest.Repository(t, in), 1)
	return list
}
