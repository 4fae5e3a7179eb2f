package check_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/render/rendertest"
)

// TestMeshes holds each cluster of testdata/meshes to all that is said of it, in
// the file of the same name that ends in .txt. MESHGEN_UPDATE=1 writes those. An
// empty file says that nothing is wrong.
func TestMeshes(t *testing.T) {
	files := fstest.MapFS{
		"overlays/mesh.cue": {Data: []byte("package mesh\n\nimport \"meshgen.dev/schema\"\n\nschema.#Mesh\n\ncluster: {platform: *\"k3s\" | _, kubernetes: \"1.34\", disabled: *[\"traefik\"] | _}\n")},
	}
	cases, err := filepath.Glob("testdata/meshes/*.cue")
	if err != nil || len(cases) == 0 {
		t.Fatal("no cases", err)
	}
	lists := map[string]diag.List{}
	for _, c := range cases {
		name := strings.TrimSuffix(filepath.Base(c), ".cue")
		text, err := os.ReadFile(c)
		if err != nil {
			t.Fatal(err)
		}
		lists[name] = nil
		files["overlays/"+name+"/mesh.cue"] = &fstest.MapFile{Data: text}
	}
	list := rendertest.Vet(t, files)
	for _, d := range list {
		lists[d.Cluster] = append(lists[d.Cluster], d)
	}
	for name, list := range lists {
		t.Run(name, func(t *testing.T) {
			got := rendertest.Text(t, list)
			file := filepath.Join("testdata/meshes", name+".txt")
			if os.Getenv("MESHGEN_UPDATE") != "" {
				if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
