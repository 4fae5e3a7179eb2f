package change

import (
	"fmt"
	"reflect"
	"slices"
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

func (w *walker) lists(path, field string, old, new []any) {
	if scalars(old) && scalars(new) {
		w.scalarLists(path, old, new)
		return
	}
	keys, ok := mergeKeys[field]
	if !ok {
		keys = []string{"name"}
	}
	for _, key := range keys {
		was, ok := byKey(old, key)
		if !ok {
			continue
		}
		is, ok := byKey(new, key)
		if !ok {
			continue
		}
		if !w.keyedLists(path, was, is) {
			// The elements are the same and only their order is not.
			w.put(path, Changed, order(was), order(is))
		}
		return
	}
	w.indexedLists(path, old, new)
}

type keyed struct {
	key   string
	value any
}

// byKey returns the elements by the value of a key; false if an element has no
// such key, or two have the same.
func byKey(list []any, key string) ([]keyed, bool) {
	out := make([]keyed, 0, len(list))
	seen := map[string]bool{}
	for _, e := range list {
		m, ok := e.(map[string]any)
		if !ok {
			return nil, false
		}
		v, ok := m[key]
		if !ok || !scalar(v) {
			return nil, false
		}
		name := fmt.Sprint(v)
		if seen[name] {
			return nil, false
		}
		seen[name] = true
		out = append(out, keyed{name, e})
	}
	return out, true
}

func order(list []keyed) []any {
	var out []any
	for _, e := range list {
		out = append(out, e.key)
	}
	return out
}

// keyedLists says whether it found a difference.
func (w *walker) keyedLists(path string, old, new []keyed) bool {
	before := len(w.out)
	find := func(list []keyed, key string) (any, bool) {
		i := slices.IndexFunc(list, func(e keyed) bool { return e.key == key })
		if i < 0 {
			return nil, false
		}
		return list[i].value, true
	}
	for _, e := range new {
		if was, ok := find(old, e.key); ok {
			w.values(element(path, e.key), "", was, e.value)
		} else {
			w.put(element(path, e.key), Added, nil, e.value)
		}
	}
	for _, e := range old {
		if _, ok := find(new, e.key); !ok {
			w.put(element(path, e.key), Removed, e.value, nil)
		}
	}
	return len(w.out) > before
}

// scalarLists compares lists of plain values. Elements of lists that are
// equally long stand for each other; otherwise the list is taken as a set.
func (w *walker) scalarLists(path string, old, new []any) {
	if len(old) == len(new) {
		for i := range new {
			w.values(index(path, i), "", old[i], new[i])
		}
		return
	}
	before := len(w.out)
	for _, e := range without(new, old) {
		w.put(path+"[]", Added, nil, e)
	}
	for _, e := range without(old, new) {
		w.put(path+"[]", Removed, e, nil)
	}
	if len(w.out) == before {
		w.put(path, Changed, old, new) // an element stands there another number of times
	}
}

// without returns the elements that the other list does not have.
func without(list, other []any) []any {
	return slices.DeleteFunc(slices.Clone(list), func(e any) bool {
		return slices.ContainsFunc(other, func(o any) bool { return reflect.DeepEqual(e, o) })
	})
}

// indexedLists compares lists whose elements have no key. What both lists begin
// and end with is set aside, so that an element put in between is one addition.
func (w *walker) indexedLists(path string, old, new []any) {
	start := 0
	for start < len(old) && start < len(new) && reflect.DeepEqual(old[start], new[start]) {
		start++
	}
	endOld, endNew := len(old), len(new)
	for endOld > start && endNew > start && reflect.DeepEqual(old[endOld-1], new[endNew-1]) {
		endOld--
		endNew--
	}
	i := start
	for ; i < endOld && i < endNew; i++ {
		w.values(index(path, i), "", old[i], new[i])
	}
	for j := i; j < endNew; j++ {
		w.put(index(path, j), Added, nil, new[j])
	}
	for j := i; j < endOld; j++ {
		w.put(index(path, j), Removed, old[j], nil)
	}
}

func scalars(list []any) bool {
	return !slices.ContainsFunc(list, func(e any) bool { return !scalar(e) })
}

func scalar(v any) bool {
	switch v.(type) {
	case map[string]any, []any:
		return false
	}
	return true
}
