package overlay

import (
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// PatchPlace returns the place in the text of a patch that brings a field of an
// object, by the keys of the field and its value: the line of the field itself,
// or of what holds it in the patch. Lists are merged by their elements' names,
// so that an index says nothing; of several places that of the same value is
// meant. False means that the patch says nothing of the field.
func PatchPlace(p model.Patch, id object.ID, keys []string, value any) (Step, bool) {
	parsed, _ := parsePatch(p)
	s := sought{names: withoutIndexes(keys), value: value}
	for _, part := range parsed.parts {
		if part.merge != nil {
			if p.Target != nil || sameObject(part.merge, id) {
				s.look(part, nil, nil, part.merge)
			}
			continue
		}
		for i, op := range part.ops {
			names := pointerNames(op.Path)
			s.consider(part, []string{strconv.Itoa(i), "path"}, names, op.Value)
			s.look(part, []string{strconv.Itoa(i), "value"}, names, op.Value)
		}
	}
	if s.depth == 0 {
		return Step{}, false
	}
	at := parsed.placeOf(s.part, s.at...)
	return Step{Of: p.Path, Patch: p.Name, Path: at.path, Position: at.position, line: at.line}, true
}

// sought is a field that is looked for in a patch, and the best place so far.
type sought struct {
	names []string
	value any

	depth int // how many of the names lead there
	same  bool
	part  part
	at    []string
}

// look considers all that a value of the patch holds. Keys lead to it in the
// text, and names in the object.
func (s *sought) look(part part, keys, names []string, value any) {
	switch v := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			k, n := append(slices.Clone(keys), key), append(slices.Clone(names), key)
			s.consider(part, k, n, v[key])
			s.look(part, k, n, v[key])
		}
	case []any:
		for i, e := range v {
			s.look(part, append(slices.Clone(keys), strconv.Itoa(i)), names, e)
		}
	}
}

func (s *sought) consider(part part, keys, names []string, value any) {
	if len(names) == 0 || len(names) > len(s.names) || !slices.Equal(names, s.names[:len(names)]) {
		return
	}
	same := len(names) == len(s.names) && reflect.DeepEqual(value, s.value)
	if len(names) > s.depth || len(names) == s.depth && same && !s.same {
		s.depth, s.same, s.part, s.at = len(names), same, part, keys
	}
}

// sameObject says whether a merge patch without a target is for an object.
func sameObject(merge map[string]any, id object.ID) bool {
	of := object.Object{Value: merge}.ID()
	return of.Kind == id.Kind && of.Group == id.Group && of.Name == id.Name && (of.Namespace == "" || of.Namespace == id.Namespace)
}

// withoutIndexes are keys without those of lists.
func withoutIndexes(keys []string) []string {
	var names []string
	for _, key := range keys {
		if _, err := strconv.Atoi(key); err != nil && key != "-" {
			names = append(names, key)
		}
	}
	return names
}

// pointerNames are the keys of a JSON pointer without those of lists (RFC 6901).
func pointerNames(pointer string) []string {
	var keys []string
	for _, key := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		keys = append(keys, strings.NewReplacer("~1", "/", "~0", "~").Replace(key))
	}
	return withoutIndexes(keys)
}
