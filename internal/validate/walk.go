package validate

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
)

// walk holds a value against what a field may be, and everything below it.
func (r *report) walk(n *node, m member) {
	s, l := m.shape, m.limit
	if n.value == nil {
		return // the API server takes null for a field that is not there
	}
	switch s.form {
	case text:
		v, ok := n.value.(string)
		if !ok {
			r.wrongType(n, "a text", "put {} into quotes")
			return
		}
		if s.enum != nil && (v != "" || m.given) && !slices.Contains(s.enum, v) {
			r.oneOf(n, v, s.enum)
			return
		}
		if first, ok := s.since[v]; ok && r.tooNewValue(n, first) {
			return
		}
		if s.format != nil && (v != "" || m.given) {
			if wrong := s.format(v); wrong != nil {
				r.format(n, wrong)
				return
			}
		}
	case whole:
		v, ok := wholeOf(n.value)
		if !ok {
			r.wrongType(n, "a whole number", "set {} to a whole number, without quotes")
			return
		}
		if s.bits < 64 && (v > math.MaxInt32 || v < math.MinInt32) {
			r.value(n, "must be a number of 32 bits")
			return
		}
	case fraction:
		switch n.value.(type) {
		case int64, float64:
		default:
			r.wrongType(n, "a number", "set {} to a number, without quotes")
			return
		}
	case truth:
		if _, ok := n.value.(bool); !ok {
			r.wrongType(n, "true or false", "set {} to true or false, without quotes")
			return
		}
	case special:
		if wrong := s.special(n.value); wrong != "" {
			r.add(n, codeType, fmt.Sprintf("{} is %s, but %s", r.show(n.value), wrong), "change {}: it "+wrong)
			return
		}
	case list:
		r.walkList(n, s, l)
	case dict:
		values, ok := n.value.(map[string]any)
		if !ok {
			r.wrongType(n, "a map", "write {} as names and values")
			return
		}
		if len(values) > 0 {
			for _, f := range n.fields() {
				if f.value == nil && (s.elem.form == special || r.crd) {
					r.wrongType(f, "a value", "remove {}")
					continue
				}
				r.walk(f, member{shape: s.elem})
			}
		}
	case fields:
		r.walkFields(n, s)
	}
	if l != nil {
		l.check(r, n, m.given)
	}
}

func (r *report) wrongType(n *node, want, try string) {
	r.add(n, codeType, fmt.Sprintf("{} is %s, but must be %s", describe(n.value), want), try)
}

// oneOf reports a text that is none of the allowed ones, and what was meant.
func (r *report) oneOf(n *node, v string, allowed []string) {
	if nearest := diag.Nearest(v, allowed); nearest != "" {
		r.add(n, codeValue, fmt.Sprintf("{} is %s, but must be %s", r.show(v), orList(allowed)), fmt.Sprintf("set {} to %q", nearest))
		return
	}
	r.among(n, allowed)
}

func (r *report) walkFields(n *node, s *shape) {
	m, ok := n.value.(map[string]any)
	if !ok {
		r.wrongType(n, "a map", "write {} as a map")
		return
	}
	for _, f := range n.fields() {
		member, ok := s.members[f.key]
		if !ok {
			r.unknown(f, s.names)
			continue
		}
		if member.experimental && r.standard {
			r.channel(f)
			continue
		}
		if member.release > r.release.oldest && r.release.oldest != 0 && r.laterRelease(f, member.release) {
			continue
		}
		if member.since != nil && f.value != nil && r.tooNew(f, *member.since) {
			continue
		}
		if f.value == nil && r.crd {
			r.wrongType(f, "a value", "remove {}")
			continue
		}
		r.walk(f, member)
	}
	for _, name := range s.needed {
		member := s.members[name]
		blank := member.limit != nil && member.limit.blank || member.form == fields
		if v := m[name]; v == nil || isBlank(v) && !blank {
			r.missing(n.get(name))
		}
	}
	r.independent(func() {
		for _, rule := range s.rules {
			rule(r, n)
		}
	})
}

// unknown reports a field that is not there to be set.
func (r *report) unknown(n *node, known []string) {
	try := "remove {}"
	if nearest := diag.Nearest(n.key, known); nearest != "" {
		try = "rename {} to " + nearest
	}
	r.add(n, codeUnknown, "there is no field {}", try)
}

func (r *report) walkList(n *node, s *shape, l *limit) {
	if _, ok := n.value.([]any); !ok {
		r.wrongType(n, "a list", "write {} as a list")
		return
	}
	keys := s.elem.keys
	if l != nil && l.keys != nil {
		keys = l.keys
	}
	var seen map[string]bool
	for _, e := range n.elements() {
		if e.value == nil {
			r.wrongType(e, "something", "remove the empty element {}")
			continue
		}
		r.walk(e, member{shape: s.elem, given: true})
		if keys == nil {
			continue
		}
		name := keyOf(e, keys)
		if name == "" {
			continue
		}
		if seen == nil {
			seen = map[string]bool{}
		}
		if seen[name] {
			r.add(e, codeTwice, fmt.Sprintf("{} stands in the list a second time: %s", name), "remove one of the two")
		}
		seen[name] = true
	}
}

// keyOf writes what tells an element from the others, "" if that is missing.
func keyOf(e *node, keys []string) string {
	parts := make([]string, 0, len(keys))
	for _, key := range keys {
		v := e.get(key).value
		if isBlank(v) && key == "protocol" {
			v = "TCP" // its default
		}
		if isBlank(v) {
			return ""
		}
		parts = append(parts, fmt.Sprintf("%s %v", key, v))
	}
	return strings.Join(parts, ", ")
}
