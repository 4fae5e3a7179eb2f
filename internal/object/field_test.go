package object_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/object"
)

func deployment() map[string]any {
	return map[string]any{
		"metadata": map[string]any{"labels": map[string]any{"app": "a", "app.kubernetes.io/name": "b"}},
		"spec": map[string]any{
			"containers": []any{
				map[string]any{"name": "one", "args": []any{"x", "y"}},
				map[string]any{"name": "two"},
			},
			"rules": []any{map[string]any{"to": "a"}, map[string]any{"to": "b"}},
		},
		"data": map[string]any{"mesh": "trust: domain\nlist:\n- name: a\n  x.y: 1\n", "plain": "text"},
	}
}

// TestFind: paths lead to fields, and come back as diff writes them.
func TestFind(t *testing.T) {
	for _, test := range []struct {
		path string
		want object.Field
	}{
		{"", object.Field{Value: deployment()}},
		{"metadata.labels.app", object.Field{Path: "metadata.labels.app", Keys: []string{"metadata", "labels", "app"}, Value: "a"}},
		{"metadata.labels[app.kubernetes.io/name]", object.Field{Path: "metadata.labels[app.kubernetes.io/name]", Keys: []string{"metadata", "labels", "app.kubernetes.io/name"}, Value: "b"}},
		{"metadata.labels.app.kubernetes.io/name", object.Field{Path: "metadata.labels[app.kubernetes.io/name]", Keys: []string{"metadata", "labels", "app.kubernetes.io/name"}, Value: "b"}},
		{"spec.containers[one].args[1]", object.Field{Path: "spec.containers[one].args[1]", Keys: []string{"spec", "containers", "0", "args", "1"}, Value: "y"}},
		{"spec.containers[1].name", object.Field{Path: "spec.containers[two].name", Keys: []string{"spec", "containers", "1", "name"}, Value: "two"}},
		{"spec.rules[1].to", object.Field{Path: "spec.rules[1].to", Keys: []string{"spec", "rules", "1", "to"}, Value: "b"}},
		{"data.mesh/trust", object.Field{Path: "data.mesh/trust", Keys: []string{"data", "mesh", "trust"}, Value: "domain"}},
		{"data.mesh/list[a][x.y]", object.Field{Path: "data.mesh/list[a][x.y]", Keys: []string{"data", "mesh", "list", "0", "x.y"}, Value: int64(1)}},
	} {
		got, err := object.Find(deployment(), test.path)
		if err != nil {
			t.Errorf("%s: %v", test.path, err)
		} else if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", test.path, diff)
		}
	}
}

// TestFindNot: a path that leads nowhere says how far it led.
func TestFindNot(t *testing.T) {
	for _, test := range []struct {
		path, want string
		known      []string
	}{
		{"spek.containers", "there is no field spek", []string{"data", "metadata", "spec"}},
		{"spec.containers[three].args", "spec.containers has no [three]", []string{"spec.containers[one]", "spec.containers[two]"}},
		{"spec.containers.one", "spec.containers has no one", []string{"spec.containers[one]", "spec.containers[two]"}},
		{"spec.containers[one", "spec.containers has no [one", []string{"spec.containers[one]", "spec.containers[two]"}},
		{"spec.rules[2]", "spec.rules has no [2]", []string{"spec.rules[0]", "spec.rules[1]"}},
		{"spec.rules[-1]", "spec.rules has no [-1]", []string{"spec.rules[0]", "spec.rules[1]"}},
		{"metadata.labels.app.x", "metadata.labels.app has no x", nil},
		{"data.mesh/trusty", "data.mesh has no trusty", []string{"data.mesh/list", "data.mesh/trust"}},
		{"data.plain/x", "data.plain has no x", nil},
		{"spec.", "spec has no .", []string{"spec.containers", "spec.rules"}},
		{"data.mesh/", "data.mesh has no /", []string{"data.mesh/list", "data.mesh/trust"}},
	} {
		_, err := object.Find(deployment(), test.path)
		var missing *object.FieldError
		if !errors.As(err, &missing) {
			t.Errorf("%s: %v", test.path, err)
			continue
		}
		if missing.Error() != test.want {
			t.Errorf("%s: %q, want %q", test.path, missing, test.want)
		}
		if diff := cmp.Diff(test.known, missing.Known); diff != "" {
			t.Errorf("%s: -want +got:\n%s", test.path, diff)
		}
	}
}

// TestFieldIn: the same field of another object, whose lists may have other elements.
func TestFieldIn(t *testing.T) {
	for _, test := range []struct {
		name, path string
		other      map[string]any
		want       any
		ok         bool
	}{
		{"the same key at another index", "spec.containers[two].name", map[string]any{"spec": map[string]any{"containers": []any{map[string]any{"name": "two"}}}}, "two", true},
		{"another key at the same index", "spec.containers[two].name", map[string]any{"spec": map[string]any{"containers": []any{map[string]any{"name": "one"}, map[string]any{"name": "three"}}}}, "three", true},
		{"a shorter list", "spec.rules[1].to", map[string]any{"spec": map[string]any{"rules": []any{map[string]any{"to": "a"}}}}, nil, false},
		{"no such key", "metadata.labels.app", map[string]any{"metadata": map[string]any{}}, nil, false},
		{"a text in the map's place", "metadata.labels.app", map[string]any{"metadata": "text"}, nil, false},
		{"inside of a text", "data.mesh/list[a][x.y]", map[string]any{"data": map[string]any{"mesh": "list:\n- name: b\n  x.y: 2\n"}}, int64(2), true},
	} {
		f, err := object.Find(deployment(), test.path)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := f.In(test.other)
		if diff := cmp.Diff(test.want, got); ok != test.ok || diff != "" {
			t.Errorf("%s: %t; -want +got:\n%s", test.name, ok, diff)
		}
	}
}
