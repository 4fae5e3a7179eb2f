package upstream

import (
	"fmt"
	"maps"
	"slices"
)

// holdExample returns what differs between a value and an example of it: keys
// that the example has not, and values of another type.
func holdExample(got, example any, path string) []string {
	want, ok := example.(map[string]any)
	if !ok {
		if g, w := fmt.Sprintf("%T", got), fmt.Sprintf("%T", example); g != w {
			return []string{fmt.Sprintf("%s is of type %s, not %s", path, g, w)}
		}
		return nil
	}
	m, ok := got.(map[string]any)
	if !ok {
		return []string{fmt.Sprintf("%s is of type %T, not an object", path, got)}
	}
	var problems []string
	for _, key := range slices.Sorted(maps.Keys(m)) {
		at := key
		if path != "" {
			at = path + "." + key
		}
		if known, ok := want[key]; ok {
			problems = append(problems, holdExample(m[key], known, at)...)
		} else {
			problems = append(problems, "unknown field "+at)
		}
	}
	return problems
}
