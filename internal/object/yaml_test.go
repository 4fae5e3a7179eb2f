package object_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/object"
)

func TestSplit(t *testing.T) {
	for _, test := range []struct {
		text string
		want []string
	}{
		{"", nil},
		{"---\n---\n", nil},
		{"a: 1\n", []string{"a: 1\n"}},
		{"a: 1", []string{"a: 1"}},
		{"---\na: 1\n---\nb: 2\n", []string{"a: 1\n", "b: 2\n"}},
		{"a: 1\n---  \nb: 2\n", []string{"a: 1\n", "b: 2\n"}},
		{"a: 1\n--- # the second\nb: 2\n", []string{"a: 1\n", "b: 2\n"}},
		{"a: |\n  ---\n  text\n", []string{"a: |\n  ---\n  text\n"}},
		{"a: ---\n", []string{"a: ---\n"}},
		{"----\n", []string{"----\n"}},
		{"---#no\n", []string{"---#no\n"}},
	} {
		var got []string
		for _, part := range object.Split([]byte(test.text)) {
			got = append(got, string(part))
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%q: -want +got:\n%s", test.text, diff)
		}
	}
}

// TestParse: YAML 1.1, as the API server reads it, into what JSON would hold.
func TestParse(t *testing.T) {
	docs, err := object.Parse([]byte("# nothing\n---\non: yes\n1: 0x10\nlist: [1.5, ~, '2']\nmap: {a: {}}\n"))
	want := []map[string]any{{
		"true": true, "1": int64(16), "list": []any{1.5, nil, "2"}, "map": map[string]any{"a": map[string]any{}},
	}}
	if diff := cmp.Diff(want, docs); diff != "" || err != nil {
		t.Errorf("%v -want +got:\n%s", err, diff)
	}
	for _, text := range []string{"a: 1\na: 2\n", "- a list\n", "text\n", "a: [\n"} {
		if docs, err := object.Parse([]byte(text)); err == nil {
			t.Errorf("%q is read as %v", text, docs)
		}
	}
	docs, err = object.ParseLast([]byte("a: 1\na: 2\n"))
	if diff := cmp.Diff([]map[string]any{{"a": int64(2)}}, docs); diff != "" || err != nil {
		t.Errorf("of a template: %v -want +got:\n%s", err, diff)
	}
}

// TestEncode: keys sorted, a separator between objects, the same bytes read back.
func TestEncode(t *testing.T) {
	objects := []object.Object{
		{Value: map[string]any{"kind": "B", "apiVersion": "v1", "metadata": map[string]any{"name": "yes"}}},
		{Value: map[string]any{"kind": "A", "n": int64(1), "text": "a\nb\n", "list": []any{"x", map[string]any{"y": true}}}},
	}
	want := `apiVersion: v1
kind: B
metadata:
  name: "yes"
---
kind: A
list:
- x
- "y": true
"n": 1
text: |
  a
  b
`
	got, err := object.Encode(objects)
	if diff := cmp.Diff(want, string(got)); diff != "" || err != nil {
		t.Errorf("%v -want +got:\n%s", err, diff)
	}
	docs, err := object.Parse(got)
	if err != nil || len(docs) != 2 || !cmp.Equal(docs[0], objects[0].Value) || !cmp.Equal(docs[1], objects[1].Value) {
		t.Errorf("what is read back differs: %v %v", docs, err)
	}
}

// TestCompare: things come after what they refer to.
func TestCompare(t *testing.T) {
	of := func(kind, namespace, name string) object.Object {
		return object.Object{Value: map[string]any{"kind": kind, "metadata": map[string]any{"namespace": namespace, "name": name}}}
	}
	ordered := []object.Object{
		of("Namespace", "", "b"), of("CustomResourceDefinition", "", "a"), of("ServiceAccount", "x", "a"),
		of("Deployment", "a", "z"), of("Deployment", "b", "a"), of("Deployment", "b", "b"),
		of("ValidatingWebhookConfiguration", "", "a"), of("Gateway", "a", "a"), of("VirtualService", "a", "a"),
	}
	for i, a := range ordered {
		for j, b := range ordered {
			if got := a.Compare(b); got < 0 != (i < j) || got > 0 != (i > j) {
				t.Errorf("%s and %s compare as %d", a.ID(), b.ID(), got)
			}
		}
	}
}
