package object

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var plainKey = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// ChildPath returns the path of a key of the map at a path: keys stand behind
// dots, or in brackets where they have other characters than letters, digits, -
// and _. A path that ends in a slash is inside of a text, see Embedded.
func ChildPath(path, key string) string {
	switch {
	case !plainKey.MatchString(key):
		return ElementPath(path, key)
	case path == "" || strings.HasSuffix(path, "/"):
		return path + key
	}
	return path + "." + key
}

// ElementPath returns the path of an element of the list at a path, by its key
// or its index.
func ElementPath(path, key string) string { return path + "[" + key + "]" }

// Field is a field of an object.
type Field struct {
	// Path is written as ChildPath and ElementPath do.
	Path string

	// Keys lead to the field from the object down: keys, and indexes of lists.
	// What stands behind a text is inside of it.
	Keys []string

	Value any
}

// FieldError says how far a path leads.
type FieldError struct {
	At    Field    // the last field that is there
	Name  string   // what it does not have
	Known []string // the paths of the fields that it has, in order
}

// Error returns what is not there.
func (e *FieldError) Error() string {
	if e.At.Path == "" {
		return fmt.Sprintf("there is no field %s", e.Name)
	}
	return fmt.Sprintf("%s has no %s", e.At.Path, e.Name)
}

// Find returns the field of an object at a path. It takes paths as Field has
// them, and some that people type: elements by their index though they have a
// key, and keys with dots without brackets around them. An error is a
// *FieldError.
func Find(value map[string]any, path string) (Field, error) {
	at, name, rest := Field{Value: value}, "", path
	for rest != "" {
		next, after, ok := step(at, name, rest)
		if !ok {
			return Field{}, &FieldError{At: at, Name: token(rest), Known: known(at, name)}
		}
		name = ""
		if _, isList := at.Value.([]any); !isList {
			name = next.Keys[len(next.Keys)-1]
		}
		at, rest = next, after
	}
	return at, nil
}

// step goes one key down, and returns what is left of the path. Name is the
// name of the field that it starts from.
func step(at Field, name, rest string) (next Field, after string, ok bool) {
	switch v := at.Value.(type) {
	case map[string]any:
		key, after, ok := stepKey(v, strings.TrimPrefix(rest, "."))
		return Field{ChildPath(at.Path, key), below(at, key), v[key]}, after, ok
	case []any:
		end := strings.Index(rest, "]")
		if !strings.HasPrefix(rest, "[") || end < 0 {
			return Field{}, "", false
		}
		i, ok := find(v, name, rest[1:end])
		if !ok {
			return Field{}, "", false
		}
		return Field{elementPath(at.Path, v, name, i), below(at, strconv.Itoa(i)), v[i]}, rest[end+1:], true
	case string:
		inner, ok := Embedded(v)
		if !ok || !strings.HasPrefix(rest, "/") || len(rest) == 1 {
			return Field{}, "", false
		}
		key, after, ok := stepKey(inner, rest[1:])
		return Field{ChildPath(at.Path+"/", key), below(at, key), inner[key]}, after, ok
	}
	return Field{}, "", false
}

func below(at Field, key string) []string { return append(slices.Clone(at.Keys), key) }

// stepKey returns the longest key of a map that a path begins with.
func stepKey(m map[string]any, rest string) (key, after string, ok bool) {
	for k := range m {
		cut, fits := strings.CutPrefix(rest, "["+k+"]")
		if !fits {
			cut, fits = strings.CutPrefix(rest, k)
			fits = fits && (cut == "" || strings.ContainsRune(".[/", rune(cut[0])))
		}
		if fits && k != "" && len(k) > len(key) {
			key, after, ok = k, cut, true
		}
	}
	return key, after, ok
}

// find returns the index of the element that a key or an index names.
func find(list []any, field, name string) (int, bool) {
	if keyed := Keyed(field, list); keyed != nil {
		if i := slices.IndexFunc(keyed[0], func(e Element) bool { return e.Key == name }); i >= 0 {
			return i, true
		}
	}
	i, err := strconv.Atoi(name)
	return i, err == nil && i >= 0 && i < len(list)
}

// elementPath returns the path of an element, by its key if the list has one.
func elementPath(path string, list []any, field string, i int) string {
	if keyed := Keyed(field, list); keyed != nil {
		return ElementPath(path, keyed[0][i].Key)
	}
	return ElementPath(path, strconv.Itoa(i))
}

// known returns the paths of what stands below a field.
func known(at Field, name string) []string {
	var paths []string
	switch v := at.Value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			paths = append(paths, ChildPath(at.Path, key))
		}
	case []any:
		for i := range v {
			paths = append(paths, elementPath(at.Path, v, name, i))
		}
	case string:
		inner, _ := Embedded(v)
		for _, key := range slices.Sorted(maps.Keys(inner)) {
			paths = append(paths, ChildPath(at.Path+"/", key))
		}
	}
	return paths
}

// token returns the first name of a path.
func token(path string) string {
	if trimmed := strings.TrimLeft(path, "./"); trimmed != "" {
		path = trimmed
	}
	if strings.HasPrefix(path, "[") {
		if end := strings.Index(path, "]"); end > 0 {
			return path[:end+1]
		}
	}
	if end := strings.IndexAny(path, ".[/"); end > 0 {
		return path[:end]
	}
	return path
}

// In returns what another object has in the field's place: at its path, or,
// where elements of lists have other keys there, at their indexes.
func (f Field) In(value map[string]any) (any, bool) {
	if same, err := Find(value, f.Path); err == nil {
		return same.Value, true
	}
	var at any = value
	for _, key := range f.Keys {
		if text, ok := at.(string); ok {
			inner, _ := Embedded(text)
			at = inner
		}
		switch v := at.(type) {
		case map[string]any:
			below, ok := v[key]
			if !ok {
				return nil, false
			}
			at = below
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i >= len(v) {
				return nil, false
			}
			at = v[i]
		default:
			return nil, false
		}
	}
	return at, true
}
