package overlay

import (
	"path"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/meshgen/meshgen/internal/object"
)

// krustyBuild runs kustomize itself on a folder of a tree.
func krustyBuild(t testing.TB, files map[string][]byte, folder string) ([]object.Object, error) {
	t.Helper()
	fs := filesys.MakeFsInMemory()
	for p, text := range files {
		if err := fs.WriteFile("/"+p, text); err != nil {
			t.Fatal(err)
		}
	}
	m, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(fs, "/"+folder)
	if err != nil {
		return nil, err
	}
	var objects []object.Object
	for _, r := range m.Resources() {
		value, err := decode(r)
		if err != nil {
			t.Fatal(err)
		}
		objects = append(objects, object.Object{Value: value})
	}
	slices.SortFunc(objects, object.Object.Compare)
	return objects, nil
}

func encode(t testing.TB, objects []object.Object) string {
	t.Helper()
	text, err := object.Encode(objects)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// builds holds what kustomize builds of the output to the output's objects: the
// whole cluster, and each folder that is a kustomization of its own.
func builds(t *testing.T, out Output, cluster string) {
	t.Helper()
	got, err := krustyBuild(t, out.Tree, cluster)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(encode(t, out.Objects), encode(t, got)); diff != "" {
		t.Errorf("kustomize builds other objects (-ours +kustomize's):\n%s", diff)
	}
	var layered []object.Object
	for _, p := range out.Tree.Paths() {
		if path.Base(p) != kustomization || path.Dir(p) == cluster {
			continue
		}
		built, err := krustyBuild(t, out.Tree, path.Dir(p))
		if err != nil {
			t.Errorf("%s: %v", p, err)
		}
		if path.Base(path.Dir(p)) != "delivery" && path.Dir(path.Dir(p)) == cluster {
			layered = append(layered, built...)
		}
	}
	slices.SortFunc(layered, object.Object.Compare)
	if diff := cmp.Diff(encode(t, out.Objects), encode(t, layered)); diff != "" {
		t.Errorf("the layers together build other objects (-ours +kustomize's):\n%s", diff)
	}
}
