package object

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// mergeKeys are the keys by which elements of a list are the same element, by
// the list's field: those of Kubernetes' strategic merge (patchMergeKey in
// k8s.io/api) and its list-map keys, and what stands in the same place in
// Istio's and the Prometheus Operator's kinds. A list that is not named here is
// tried by name. The first key that every element has, once, is taken; names
// before numbers, because people know them.
var mergeKeys = map[string][]string{
	"ports":                     {"name", "containerPort", "port", "number"},
	"volumeMounts":              {"mountPath"},
	"volumeDevices":             {"devicePath"},
	"conditions":                {"type"},
	"hostAliases":               {"ip"},
	"ownerReferences":           {"uid"},
	"topologySpreadConstraints": {"topologyKey"},
	"tolerations":               {"key"},
	"taints":                    {"key"},
	"endpoints":                 {"port", "address"},
	"podMetricsEndpoints":       {"port", "path"},
	"jwtRules":                  {"issuer"},
	"metrics":                   {"type"},
	"listeners":                 {"name"},
	"subjects":                  {"name"},
}

// Element is an element of a list, with the value of the key that names it.
type Element struct {
	Key   string
	Value any
}

// Keyed returns the elements of lists that stand in a field of that name, by
// the first key that names every element of each of them, once. Without such a
// key it returns nil: then an element is known by its index.
func Keyed(field string, lists ...[]any) [][]Element {
	keys, ok := mergeKeys[field]
	if !ok {
		keys = []string{"name"}
	}
	for _, key := range keys {
		var out [][]Element
		for _, list := range lists {
			if elements, ok := byKey(list, key); ok {
				out = append(out, elements)
			}
		}
		if len(out) == len(lists) {
			return out
		}
	}
	return nil
}

// byKey returns the elements by the value of a key; false if an element has no
// such key, or two have the same.
func byKey(list []any, key string) ([]Element, bool) {
	out := make([]Element, 0, len(list))
	seen := make(map[string]bool, len(list))
	for _, e := range list {
		m, ok := e.(map[string]any)
		if !ok {
			return nil, false
		}
		v, ok := m[key]
		if !ok || !IsScalar(v) {
			return nil, false
		}
		name := fmt.Sprint(v)
		if seen[name] {
			return nil, false
		}
		seen[name] = true
		out = append(out, Element{name, e})
	}
	return out, true
}

// IsScalar says whether a value is neither a map nor a list.
func IsScalar(v any) bool {
	switch v.(type) {
	case map[string]any, []any:
		return false
	}
	return true
}

// Embedded returns the one mapping that a text of several lines, or a JSON
// object, holds, as texts of ConfigMaps do; false when there is none.
func Embedded(text string) (map[string]any, bool) {
	trimmed := strings.TrimSpace(text)
	if !strings.Contains(trimmed, "\n") && !strings.HasPrefix(trimmed, "{") && !strings.HasSuffix(text, "\n") {
		return nil, false
	}
	docs, err := Parse([]byte(text))
	if err != nil || len(docs) != 1 {
		return nil, false
	}
	return docs[0], true
}

// Equal says whether two values are the same: maps and lists by what they hold,
// which Go's == panics on.
func Equal(a, b any) bool { return reflect.DeepEqual(a, b) }

// Has says whether a value is among others.
func Has(list []any, v any) bool {
	return slices.ContainsFunc(list, func(e any) bool { return Equal(e, v) })
}
