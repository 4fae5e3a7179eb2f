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

// We write YAML by one library and kustomize reads it by another, by other
// rules; a text must not become a number on the way.
func TestKustomizeReadsWhatWeWrite(t *testing.T) {
	data := map[string]any{}
	for _, text := range []string{
		"", " ", "~", "null", "Null", "true", "yes", "on", "off", "y", "n", "No", "=", "<<", "*a", "&a", "!a", "%a", "@a", "`a`", "- a", "a: b", "a #b", "#a", "?", "---", "...",
		"1", "01", "0o14", "014", "0x1F", "0b11", "1_000", "1e3", "1E+3", ".5", "1.", "+1", "-0", ".inf", "-.Inf", ".nan", "190:20:30", "12345678901234567890",
		"2024-01-01", "2024-01-01T00:00:00Z", "a\nb", "a\n", "\na", "a\n\n", " a\nb", "a \nb", "\ta", "a\tb", "é", "\u2028", "\u0085", "😀", "\x7f", "{{ .A }}", "[a]", "'a'", "\"a\"", "a\\b", "a\r\nb",
		"a long text of words that goes on and on until a line is longer than eighty characters and may be folded by somebody",
	} {
		data["k"+string(rune('a'+len(data)/26))+string(rune('a'+len(data)%26))] = text
	}
	in := cluster(t)
	in.Objects = append(in.Objects, object.Object{Origin: object.Origin{Component: "odd"}, Value: map[string]any{
		"apiVersion": "example.com/v1", "kind": "Odd", "metadata": map[string]any{"name": "odd", "namespace": "shop"},
		"data": data,
		"spec": map[string]any{
			"0": int64(1), "yes": "key", "1e3": "key", "0o14": "key", "null": "key", "": "empty", "a: b": "c",
			"big": int64(1) << 62, "fraction": 0.1, "large": 1.5e300, "no": false, "none": nil, "list": []any{}, "map": map[string]any{},
		},
	}})
	for _, c := range []struct {
		name     string
		metadata map[string]any
	}{
		{"labels", map[string]any{"labels": map[string]any{}, "annotations": map[string]any{}}},
		{"nothing", map[string]any{"labels": nil, "annotations": nil}},
	} {
		c.metadata["name"], c.metadata["namespace"] = c.name, "shop"
		in.Objects = append(in.Objects, object.Object{Origin: object.Origin{Component: "odd"}, Value: map[string]any{
			"apiVersion": "example.com/v1", "kind": "Odd", "metadata": c.metadata,
		}})
	}
	out, list := build(t, in)
	if len(list) > 0 {
		t.Error(lines(list))
	}
	builds(t, out, "edge")
}
