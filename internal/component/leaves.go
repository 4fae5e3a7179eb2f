package component

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/meshgen/meshgen/internal/intent"
)

// Leaf is a value that holds no other: a scalar, or an empty map or list.
type Leaf struct {
	// Key is where the value stands, written as a path of the intent:
	// service.annotations."metallb.io/address-pool", service.ports[0].port.
	Key string

	// Keys are the same place as keys of maps and indexes of lists.
	Keys []string

	Value any
}

// Leaves returns the leaves of values as JSON holds them, in the order of their keys.
func Leaves(values map[string]any) []Leaf {
	var out []Leaf
	for _, name := range slices.Sorted(maps.Keys(values)) {
		out = append(out, leavesAt(Leaf{intent.Join("", name), []string{name}, values[name]})...)
	}
	return out
}

func leavesAt(at Leaf) []Leaf {
	var out []Leaf
	switch v := at.Value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			out = append(out, leavesAt(Leaf{intent.Join(at.Key, name), append(slices.Clone(at.Keys), name), v[name]})...)
		}
	case []any:
		for i, e := range v {
			out = append(out, leavesAt(Leaf{fmt.Sprintf("%s[%d]", at.Key, i), append(slices.Clone(at.Keys), strconv.Itoa(i)), e})...)
		}
	}
	if out == nil {
		return []Leaf{at}
	}
	return out
}
