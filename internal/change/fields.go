package change

import (
	"cmp"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/object"
)

// fields returns how the fields of two versions of an object differ, by path.
func fields(old, new map[string]any) []Field {
	w := &walker{kind: object.String(new, "kind")}
	w.maps("", old, new)
	slices.SortStableFunc(w.out, func(a, b Field) int { return cmp.Compare(a.Path, b.Path) })
	return w.out
}

type walker struct {
	kind string
	out  []Field
}

func (w *walker) put(path string, change Kind, old, new any) {
	w.out = append(w.out, Field{Path: path, Change: change, Old: old, New: new})
}

func (w *walker) maps(path string, old, new map[string]any) {
	for _, key := range slices.Sorted(maps.Keys(new)) {
		was, ok := old[key]
		if !ok {
			w.put(object.ChildPath(path, key), Added, nil, new[key])
			continue
		}
		w.values(object.ChildPath(path, key), key, was, new[key])
	}
	for _, key := range slices.Sorted(maps.Keys(old)) {
		if _, ok := new[key]; !ok {
			w.put(object.ChildPath(path, key), Removed, old[key], nil)
		}
	}
}

// values compares two values; field is the name of the field that holds them.
func (w *walker) values(path, field string, old, new any) {
	if reflect.DeepEqual(old, new) {
		return
	}
	switch was := old.(type) {
	case map[string]any:
		if is, ok := new.(map[string]any); ok {
			w.maps(path, was, is)
			return
		}
	case []any:
		if is, ok := new.([]any); ok {
			w.lists(path, field, was, is)
			return
		}
	case string:
		if is, ok := new.(string); ok && w.embedded(path, was, is) {
			return
		}
	}
	w.put(path, Changed, old, new)
}

// embedded compares two strings that hold YAML or JSON, as ConfigMaps do; false
// means that they do not, or that they differ in the text alone.
func (w *walker) embedded(path, old, new string) bool {
	if w.kind == "Secret" {
		return false
	}
	was, ok := object.Embedded(old)
	if !ok {
		return false
	}
	is, ok := object.Embedded(new)
	if !ok || reflect.DeepEqual(was, is) {
		return false
	}
	inner := &walker{kind: w.kind}
	inner.maps("", was, is)
	for _, f := range inner.out {
		f.Path = path + "/" + f.Path
		w.out = append(w.out, f)
	}
	return true
}

// under says whether a path is the field at a path of plain keys, or below it.
func under(path, field string) bool {
	rest, ok := strings.CutPrefix(path, field)
	return ok && (rest == "" || strings.ContainsRune(".[/", rune(rest[0])))
}
