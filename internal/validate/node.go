package validate

import (
	"maps"
	"slices"
	"strconv"

	"github.com/meshgen/meshgen/internal/object"
)

// node is a value of an object and the way to it. A field that is not there has
// a node as well, without a value.
type node struct {
	value any
	up    *node
	key   string
}

// get returns a field.
func (n *node) get(keys ...string) *node {
	for _, key := range keys {
		var value any
		if m, ok := n.value.(map[string]any); ok {
			value = m[key]
		}
		n = &node{value, n, key}
	}
	return n
}

// elements returns the elements of a list.
func (n *node) elements() []*node {
	list, _ := n.value.([]any)
	out := make([]*node, len(list))
	for i, e := range list {
		out[i] = &node{e, n, strconv.Itoa(i)}
	}
	return out
}

// each returns the elements of all lists at a field, of the field's elements
// and so on: n.each("a", "b") are the elements of b of the elements of a.
func (n *node) each(keys ...string) []*node {
	at := []*node{n}
	for _, key := range keys {
		var next []*node
		for _, a := range at {
			next = append(next, a.get(key).elements()...)
		}
		at = next
	}
	return at
}

// fields returns what a map holds, in the order of its keys.
func (n *node) fields() []*node {
	m, _ := n.value.(map[string]any)
	out := make([]*node, 0, len(m))
	for _, key := range slices.Sorted(maps.Keys(m)) {
		out = append(out, &node{m[key], n, key})
	}
	return out
}

// has says whether there is a value, be it empty.
func (n *node) has(keys ...string) bool { return n.get(keys...).value != nil }

// text returns the text, or "".
func (n *node) text(keys ...string) string {
	s, _ := n.get(keys...).value.(string)
	return s
}

// whole returns the whole number, or 0.
func (n *node) whole(keys ...string) int64 {
	i, _ := wholeOf(n.get(keys...).value)
	return i
}

// truth returns the truth value, or false.
func (n *node) truth(keys ...string) bool {
	b, _ := n.get(keys...).value.(bool)
	return b
}

// count returns how many elements a list or a map has.
func (n *node) count(keys ...string) int {
	switch v := n.get(keys...).value.(type) {
	case []any:
		return len(v)
	case map[string]any:
		return len(v)
	}
	return 0
}

// present returns the names of those fields that are there.
func (n *node) present(names ...string) []string {
	var found []string
	for _, name := range names {
		if n.has(name) {
			found = append(found, name)
		}
	}
	return found
}

// root returns the object.
func (n *node) root() *node {
	for n.up != nil {
		n = n.up
	}
	return n
}

// keys returns the way from the object to the node.
func (n *node) keys() []string {
	var keys []string
	for ; n.up != nil; n = n.up {
		keys = append(keys, n.key)
	}
	slices.Reverse(keys)
	return keys
}

// wholeOf returns a number that is whole.
func wholeOf(v any) (int64, bool) {
	switch v := v.(type) {
	case int64:
		return v, true
	case float64:
		whole := int64(v)
		return whole, float64(whole) == v
	}
	return 0, false
}

// pathOf writes keys as people do: elements of lists by where they stand, from 0.
func pathOf(value any, keys []string) string {
	path := ""
	for _, key := range keys {
		switch v := value.(type) {
		case []any:
			path, value = object.ElementPath(path, key), nil
			if i, err := strconv.Atoi(key); err == nil && i >= 0 && i < len(v) {
				value = v[i]
			}
		case map[string]any:
			path, value = object.ChildPath(path, key), v[key]
		default:
			path, value = object.ChildPath(path, key), nil
		}
	}
	return path
}
