package validate

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"

	core "k8s.io/api/core/v1"
	storage "k8s.io/api/storage/v1"
)

// form says what kind of value a type takes.
type form int

const (
	anything form = iota
	text
	whole
	fraction
	truth
	list
	dict
	fields
	special // a type that reads itself
)

// shape is a Go type of upstream's, as the walk over a value needs it.
type shape struct {
	form    form
	bits    int                    // of a whole number
	enum    []string               // that a text is one of
	since   map[string]since       // those of the enum that not every minor takes
	format  func(string) []string  // what is wrong with a text
	special func(value any) string // what is wrong with a value, or ""
	elem    *shape                 // of a list or a dict
	members map[string]member      // of fields
	names   []string               // their names, sorted
	needed  []string               // those that must be there, sorted
	rules   []rule                 // about the struct as a whole
	keys    []string               // by which an element of a list of these stands there once
}

// member is a field of a struct.
type member struct {
	*shape
	limit *limit

	// given says that an empty text is a value, and not the same as none: the
	// field is a pointer, or a CRD holds it, which knows no such sameness.
	given bool

	// experimental says that only Gateway API's experimental channel has the field.
	experimental bool

	// since says which minors of Kubernetes have the field; nil for all.
	since *since

	// release is the minor of Gateway API whose standard channel first had the
	// field; 0 for all that we render for.
	release int
}

// rule looks at a struct as a whole.
type rule func(r *report, n *node)

// shapes remembers the shapes of types. It is safe for concurrent use.
type shapes struct {
	mu    sync.Mutex
	known map[reflect.Type]*shape
}

// of returns the shape of a type.
func (s *shapes) of(t reflect.Type) *shape {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.make(t)
}

// make builds a shape, and those below it.
func (s *shapes) make(t reflect.Type) *shape {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if known, ok := s.known[t]; ok {
		return known
	}
	made := &shape{rules: rules[t], keys: listKeys[t]}
	s.known[t] = made // before what is below, which may lead back here
	if read, ok := specials[t]; ok {
		made.form, made.special = special, read
		return made
	}
	switch t.Kind() {
	case reflect.String:
		made.form, made.enum, made.format, made.since = text, enums[t], formats[t], valuesSince[t]
	case reflect.Bool:
		made.form = truth
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		made.form, made.bits = whole, t.Bits()
	case reflect.Float32, reflect.Float64:
		made.form = fraction
	case reflect.Map:
		made.form, made.elem = dict, s.make(t.Elem())
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			made.form, made.special = special, base64Text
			break
		}
		made.form, made.elem = list, s.make(t.Elem())
	case reflect.Struct:
		made.form, made.members = fields, map[string]member{}
		s.addMembers(made, t, t)
		made.names = slices.Sorted(maps.Keys(made.members))
		slices.Sort(made.needed)
	}
	return made
}

// addMembers adds the fields of a struct, and of those that it embeds. The
// tables know a field by the struct that has it, or by the outer one.
func (s *shapes) addMembers(made *shape, t, outer reflect.Type) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-" || f.PkgPath != "":
		case name == "" && f.Anonymous:
			made.rules = append(made.rules, rules[f.Type]...)
			s.addMembers(made, f.Type, outer)
		case name != "":
			key := place{t, name}
			if own := (place{outer, name}); forced[own] || optional[own] || hasLimit(own) {
				key = own
			}
			m := member{shape: s.make(f.Type), given: (f.Type.Kind() == reflect.Pointer || strings.HasPrefix(t.PkgPath(), "sigs.k8s.io/gateway-api/")) && !blankIsNone[key], experimental: experimental[key]}
			if l, ok := limits[key]; ok {
				m.limit = &l
			}
			if first, ok := fieldsSince[key]; ok {
				m.since = &first
			}
			m.release = standardSince[key]
			made.members[name] = m
			if isNeeded(key, f.Type, options, m.limit) {
				made.needed = append(made.needed, name)
			}
		}
	}
}

func hasLimit(p place) bool {
	_, ok := limits[p]
	return ok
}

// place is a field of a Go type.
type place struct {
	of   reflect.Type
	name string
}

// blankIsNone are the pointers to texts of which the API server takes an empty
// one for none, as kubectl prints it.
var blankIsNone = map[place]bool{
	in[core.HostPathVolumeSource]("type"):     true,
	in[storage.StorageClass]("reclaimPolicy"): true,
}

// isNeeded says whether a field must be there. Upstream's types say so by
// leaving omitempty out, but for the exceptions listed in table.go; of pointers
// and numbers that is true only where it is listed.
func isNeeded(key place, t reflect.Type, options string, l *limit) bool {
	if forced[key] {
		return true
	}
	if strings.Contains(options, "omitempty") || strings.Contains(options, "omitzero") || optional[key] {
		return false
	}
	switch t.Kind() {
	case reflect.String, reflect.Slice, reflect.Struct:
		return true
	case reflect.Pointer:
		return neededPointers[t.Elem()]
	case reflect.Int32, reflect.Int64:
		return l != nil && l.low > 0
	}
	return false
}
