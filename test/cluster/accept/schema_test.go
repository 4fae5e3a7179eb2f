package accept

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/meshgen/meshgen/test/cluster/kube"
)

// shapes is what the API server publishes of the fields of its kinds, custom
// resources among them: OpenAPI, as JSON.
type shapes struct {
	kinds map[schema.GroupVersionKind]map[string]any
	named map[string]map[string]any // by reference
}

// published reads the shapes of every kind that the API server serves.
func published(t *testing.T, c *kube.Cluster) *shapes {
	t.Helper()
	s := &shapes{map[schema.GroupVersionKind]map[string]any{}, map[string]map[string]any{}}
	for name, shape := range c.Schemas(t) {
		s.named["#/components/schemas/"+name] = shape
		kinds, _ := shape["x-kubernetes-group-version-kind"].([]any)
		for _, k := range kinds {
			k := k.(map[string]any)
			s.kinds[schema.GroupVersionKind{Group: k["group"].(string), Version: k["version"].(string), Kind: k["kind"].(string)}] = shape
		}
	}
	return s
}

// resolve follows references.
func (s *shapes) resolve(shape map[string]any) map[string]any {
	for {
		ref, _ := shape["$ref"].(string)
		if all, ok := shape["allOf"].([]any); ok && ref == "" && len(all) == 1 {
			ref, _ = all[0].(map[string]any)["$ref"].(string)
		}
		if ref == "" {
			return shape
		}
		shape = s.named[ref]
	}
}

// field returns the shape of a field of an object, or of an element of a list;
// nil if nothing is said of it.
func (s *shapes) field(shape map[string]any, key any) map[string]any {
	if shape == nil {
		return nil
	}
	shape = s.resolve(shape)
	if _, element := key.(int); element {
		items, _ := shape["items"].(map[string]any)
		return items
	}
	properties, _ := shape["properties"].(map[string]any)
	if p, ok := properties[key.(string)].(map[string]any); ok {
		return p
	}
	more, _ := shape["additionalProperties"].(map[string]any)
	return more
}

// fields are the names of an object's fields.
func (s *shapes) fields(shape map[string]any) []string {
	if shape == nil {
		return nil
	}
	properties, _ := s.resolve(shape)["properties"].(map[string]any)
	return slices.Sorted(maps.Keys(properties))
}

// samples are values of a shape, most of which make little sense where they
// come to stand: empty and odd ones, and, down to a depth, objects of one field.
func (s *shapes) samples(shape map[string]any, depth int) []any {
	shape = s.resolve(shape)
	kind, _ := shape["type"].(string)
	if kind == "" && (shape["x-kubernetes-int-or-string"] == true || shape["oneOf"] != nil || strings.Contains(toString(shape["format"]), "int-or-string")) {
		return []any{"x", int64(-1), "101%"}
	}
	switch kind {
	case "string":
		if values, ok := shape["enum"].([]any); ok {
			return append(slices.Clone(values), "Other", "")
		}
		return []any{"x", "Not_A valid!Value", ""}
	case "integer", "number":
		return []any{int64(-1), int64(1), int64(100000)}
	case "boolean":
		return []any{true, false}
	case "array":
		out := []any{[]any{}}
		items, _ := shape["items"].(map[string]any)
		if items != nil && depth > 0 {
			for _, v := range s.samples(items, depth-1) {
				out = append(out, []any{v})
			}
		}
		return out
	default:
		out := []any{map[string]any{}}
		if depth == 0 {
			return out
		}
		for _, name := range s.fields(shape) {
			for _, v := range s.samples(s.field(shape, name), depth-1) {
				out = append(out, map[string]any{name: v})
			}
		}
		if more, ok := shape["additionalProperties"].(map[string]any); ok {
			for _, v := range s.samples(more, depth-1) {
				out = append(out, map[string]any{"x": v})
			}
		}
		return out
	}
}

func toString(v any) string {
	s, _ := v.(string)
	return s
}
