package change

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/tree"
)

func service1(name, spec string) string {
	return "apiVersion: v1\nkind: Service\nmetadata: {name: " + name + ", namespace: ns}\nspec: " + spec + "\n"
}

// With names, the other clusters and the bases that only they use are left alone.
func TestCompareNames(t *testing.T) {
	old := tree.Tree{
		"a/x.yaml":           []byte(service1("x", "{a: 1}")),
		"b/x.yaml":           []byte(service1("x", "{a: 1}")),
		"shared/crds/README": []byte("b alone"),
	}
	new := tree.Tree{"a/x.yaml": []byte(service1("x", "{a: 2}"))}
	want := Diff{Compared: 1, Files: []File{}, Clusters: []Cluster{{
		Name: "a", Change: Changed, Files: []File{},
		Objects: []Object{{
			Kind: "Service", Namespace: "ns", Name: "x", Change: Changed, Effects: []Effect{},
			Fields: []Field{{Path: "spec.a", Change: Changed, Old: int64(1), New: int64(2)}},
		}},
	}}}
	if diff := cmp.Diff(want, Compare(old, new, []string{"a"})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A file that a hand has spoilt, or whose text alone changed, is told as a file.
func TestCompareFiles(t *testing.T) {
	same := service1("x", "{a: 1}")
	old := tree.Tree{
		"a/broken.yaml":  []byte("a: [\n"),
		"a/comment.yaml": []byte("# by hand\n" + same),
		"a/notes.yaml":   []byte("just: a mapping\n"),
		"README":         []byte("1"),
	}
	new := tree.Tree{
		"a/broken.yaml":  []byte(service1("y", "{}")),
		"a/comment.yaml": []byte(same),
		"a/notes.yaml":   []byte("just: another\n"),
		"README":         []byte("2"),
	}
	want := Diff{
		Compared: 1,
		Clusters: []Cluster{{Name: "a", Change: Changed, Objects: []Object{}, Files: []File{
			{"a/broken.yaml", Changed}, {"a/comment.yaml", Changed}, {"a/notes.yaml", Changed},
		}}},
		Files: []File{{"README", Changed}},
	}
	if diff := cmp.Diff(want, Compare(old, new, nil)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLists(t *testing.T) {
	tests := []struct {
		name     string
		field    string
		old, new []any
		want     []Field
	}{
		{"a name twice falls back to the index", "env",
			[]any{m("name", "A", "value", "1"), m("name", "A", "value", "2")},
			[]any{m("name", "A", "value", "1"), m("name", "A", "value", "3")},
			[]Field{{"f[1].value", Changed, "2", "3"}}},
		{"mounts by their path", "volumeMounts",
			[]any{m("name", "v", "mountPath", "/a"), m("name", "v", "mountPath", "/b")},
			[]any{m("name", "v", "mountPath", "/b", "readOnly", true)},
			[]Field{{"f[/b].readOnly", Added, nil, true}, {"f[/a]", Removed, m("name", "v", "mountPath", "/a"), nil}}},
		{"only the order", "containers",
			[]any{m("name", "a"), m("name", "b")}, []any{m("name", "b"), m("name", "a")},
			[]Field{{"f", Changed, []any{"a", "b"}, []any{"b", "a"}}}},
		{"ports without names", "ports",
			[]any{m("port", int64(80)), m("port", int64(443))}, []any{m("port", int64(443))},
			[]Field{{"f[80]", Removed, m("port", int64(80)), nil}}},
		{"a scalar once more", "args", []any{"a"}, []any{"a", "a"},
			[]Field{{"f", Changed, []any{"a"}, []any{"a", "a"}}}},
		{"scalars as a set", "hosts", []any{"a", "b"}, []any{"b", "c", "d"},
			[]Field{{"f[]", Added, nil, "c"}, {"f[]", Added, nil, "d"}, {"f[]", Removed, "a", nil}}},
		{"an element goes from the middle", "rules",
			[]any{m("to", "a"), m("to", "b"), m("to", "c")}, []any{m("to", "a"), m("to", "c")},
			[]Field{{"f[1]", Removed, m("to", "b"), nil}}},
		{"mixed elements", "x", []any{"a", m("b", "c")}, []any{"a", m("b", "d")},
			[]Field{{"f[1].b", Changed, "c", "d"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := &walker{}
			w.lists("f", test.field, test.old, test.new)
			if diff := cmp.Diff(test.want, w.out); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func m(pairs ...any) map[string]any {
	out := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i].(string)] = pairs[i+1]
	}
	return out
}

// A field that the API server fills by itself may be set once.
func TestEffectsOfService(t *testing.T) {
	tests := []struct {
		name, old, new string
		want           []string
	}{
		{"a clusterIP is asked for", "{type: ClusterIP}", "{type: ClusterIP, clusterIP: 10.0.0.1}", nil},
		{"a clusterIP changes", "{clusterIP: 10.0.0.1}", "{clusterIP: 10.0.0.2}", []string{immutable}},
		{"a class is asked for", "{type: LoadBalancer}", "{type: LoadBalancer, loadBalancerClass: a/b}", []string{addressChanges}},
		{"a class changes", "{type: LoadBalancer, loadBalancerClass: a/b}", "{type: LoadBalancer, loadBalancerClass: a/c}", []string{immutable, addressChanges}},
		{"a port more", "{type: LoadBalancer, ports: [{port: 80}]}", "{type: LoadBalancer, ports: [{port: 80}, {port: 443}]}", []string{portsChange}},
		{"another type", "{type: LoadBalancer}", "{type: NodePort}", []string{addressChanges}},
		{"not a gateway's", "{type: ClusterIP, ports: [{port: 80}]}", "{type: ClusterIP, ports: [{port: 81}]}", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := Compare(tree.Tree{"a/x.yaml": []byte(service1("x", test.old))}, tree.Tree{"a/x.yaml": []byte(service1("x", test.new))}, nil)
			var got []string
			for _, e := range d.Clusters[0].Objects[0].Effects {
				got = append(got, e.Code)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Of a Secret not even the names within a value are told.
func TestSecret(t *testing.T) {
	secret := func(password string) tree.Tree {
		return tree.Tree{"a/x.yaml": []byte("apiVersion: v1\nkind: Secret\nmetadata: {name: x, labels: {v: " + password + "}}\n" +
			"stringData:\n  config: |\n    password: " + password + "\n    user: me\n")}
	}
	d := Compare(secret("one"), secret("two"), nil)
	want := []Field{
		{"metadata.labels.v", Changed, "one", "two"},
		{"stringData.config", Changed, "(hidden, before)", "(hidden, after)"},
	}
	if diff := cmp.Diff(want, d.Clusters[0].Objects[0].Fields); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestVersions(t *testing.T) {
	tests := []struct {
		old, new any
		want     string
	}{
		{"istiod-1.31.0", "istiod-1.31.1", "1.31.0 1.31.1"},
		{"docker.io/istio/pilot:1.31.0-distroless", "docker.io/istio/pilot:1.32.0-rc.1-distroless", "1.31.0 1.32.0-rc.1"},
		{"a:1.0.0 b:1.0.0", "a:2.0.0 b:2.0.0", "1.0.0 2.0.0"},
		{"a:1.0.0 b:1.0.0", "a:2.0.0 b:3.0.0", ""}, // two changes
		{"pilot:1.31.0", "proxyv2:1.31.1", ""},     // more than the version
		{"1.31", "1.32", ""},                       // any number
		{int64(1), int64(2), ""},
	}
	for _, test := range tests {
		old, new, _ := versions(Field{Change: Changed, Old: test.old, New: test.new})
		if got := strings.TrimSpace(old + " " + new); got != test.want {
			t.Errorf("%v -> %v: got %q, want %q", test.old, test.new, got, test.want)
		}
	}
}

func TestShow(t *testing.T) {
	tests := []struct {
		value any
		width int
		want  string
	}{
		{"plain", 20, "plain"},
		{"", 20, `""`},
		{"2", 20, `"2"`},
		{int64(2), 20, "2"},
		{"true", 20, `"true"`},
		{" x", 20, `" x"`},
		{"a\x1b[31mb", 20, `"a\x1b[31mb"`},
		{"a\nb", 20, `"a\nb"`},
		{[]any{"a", nil, 1.5}, 20, `["a",null,1.5]`},
		{"docker.io/istio/pilot:1.31.0", 20, "docker.io/is....31.0"},
	}
	for _, test := range tests {
		if got := Show(test.value, test.width); got != test.want {
			t.Errorf("Show(%#v, %d) = %q, want %q", test.value, test.width, got, test.want)
		}
	}
}

func TestMarkdownEscapes(t *testing.T) {
	tests := []struct{ text, want string }{
		{"a|b", "`a\\|b`"},
		{"a`b", "``a`b``"},
		{"`", "`` ` ``"},
		{"a\nb\x1b", "`a b `"},
		{"", ""},
	}
	for _, test := range tests {
		if got := code(test.text, 80); got != test.want {
			t.Errorf("code(%q) = %q, want %q", test.text, got, test.want)
		}
	}
	if got, want := plainText("@a <b> *c* d|e\nf"), `&#64;a \<b\> \*c\* d\|e f`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A comment that GitHub would refuse helps nobody.
func TestMarkdownFits(t *testing.T) {
	old, new := tree.Tree{}, tree.Tree{}
	for i := range 2000 {
		name := fmt.Sprintf("x%d", i)
		old["a/"+name+".yaml"] = []byte(service1(name, fmt.Sprintf("{a: %d}", i)))
		new["a/"+name+".yaml"] = []byte(service1(name, fmt.Sprintf("{a: %d}", i+1)))
	}
	got := write2(t, Compare(old, new, nil))
	if len(got) > 65_536 {
		t.Errorf("the comment has %d bytes", len(got))
	}
	if want := "more rows are left out; `meshgen diff` shows them.\n\n</details>\n"; !strings.HasSuffix(got, want) {
		t.Errorf("the comment ends with %q", got[len(got)-100:])
	}
}

func write2(t *testing.T, d Diff) string {
	t.Helper()
	var b strings.Builder
	if err := Markdown(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTextLines(t *testing.T) {
	got := lines(Field{Old: "a\nb\nc\nd\n", New: "a\nc\nx\nd\n"})
	want := []line{{Removed, "b"}, {Added, "x"}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(line{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func BenchmarkCompare(b *testing.B) {
	old, new := tree.Tree{}, tree.Tree{}
	for c := range 1000 {
		for f := range 15 {
			p := fmt.Sprintf("c%d/x%d.yaml", c, f)
			old[p] = []byte(service1("x", "{a: 1}"))
			new[p] = []byte(service1("x", "{a: 2}"))
		}
	}
	for b.Loop() {
		Fold(Compare(old, new, nil))
	}
}
