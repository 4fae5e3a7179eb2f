package load

import (
	"encoding/json"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/literal"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/object"
)

// leftOut among the choices of a value means that the field is not set.
type leftOut struct{}

// choose returns what stands in a guess for a value that is wrong, or false
// where the field is left out.
func (m *mender) choose(f field, v cue.Value, names []string) (any, bool) {
	k := key(names)
	if _, ok := m.choices[k]; !ok {
		m.lose(v, names)
		m.choices[k] = m.candidates(f, v, names)
		m.longest = max(m.longest, len(m.choices[k]))
	}
	if m.supposed != "" && len(m.values(f.kind)) == 0 && !m.isAny(f.kind) && m.takes(f.kind, scalar{"string", m.supposed}) {
		m.fits = true
		return jsonOf(scalar{"string", m.supposed}), true
	}
	choices := m.choices[k]
	choice := choices[min(m.way, len(choices)-1)]
	_, none := choice.(leftOut)
	return choice, !none
}

// candidates returns what may stand for a value that is wrong or missing, each
// once and the likeliest first: what people wrote or most likely meant, the
// schema's default, the other values of an enumeration, samples.
func (m *mender) candidates(f field, v cue.Value, names []string) []any {
	var sources []string
	for _, p := range m.x.at(names) {
		source := sourceOf(p.value)
		if _, bare := p.value.(*ast.Ident); bare {
			source = strconv.Quote(source) // a name that means nothing is most likely text
		}
		sources = append(sources, source)
	}
	values := m.values(f.kind)
	d, _ := v.Default()
	if s, ok := m.scalar(d, names); ok {
		sources = append(sources, m.repair(f.kind, s, m.text(names))...)
		if near := diag.Nearest(s.text, unquoted(values)); near != "" {
			sources = append(sources, strconv.Quote(near))
		}
	}
	var found []any
	seen := map[string]bool{}
	add := func(choice any) {
		text, err := json.Marshal(choice)
		if err == nil && !seen[string(text)] {
			seen[string(text)] = true
			found = append(found, choice)
		}
	}
	take := func(sources []string) {
		for _, source := range sources {
			if s, ok := scalarOf(source); ok && source != "" && m.takes(f.kind, s) && !m.isAny(f.kind) {
				add(jsonOf(s))
			}
		}
	}
	take(sources)
	if !m.needed(names) {
		found = append(found, leftOut{})
	}
	take(values)
	if len(values) == 0 {
		take(append([]string{m.example(f.kind, f.doc)}, m.samples(f.kind)...))
	}
	if len(found) < 2 && len(m.structs(f.kind)) > 0 {
		if text, err := cuecontext.New().CompileString(m.example(f.kind, f.doc)).MarshalJSON(); err == nil {
			add(json.RawMessage(text))
		}
	}
	if len(found) < 2 {
		if made, ok := m.made(f); ok {
			add(made)
		}
	}
	if len(found) == 0 {
		return []any{leftOut{}}
	}
	return found
}

// samples are texts and numbers of which every kind of the language takes some,
// as CUE source; of most kinds two that are as different as they can be.
var samples = []string{
	`1`, `2`, `65535`, `0.5`, `true`, `false`, `"1.33"`, `"1.35"`, `"1.31.1"`, `"50m"`, `"2"`, `"128Mi"`, `"2Gi"`, `"1s"`, `"1h"`, `"10.0.0.1"`, `"10.0.0.0/8"`,
	`"https://a.example.com"`, `"https://b.example.com"`, `"a.example.com"`, `"b.example.com"`, `"a"`, `"b"`, `"a/b"`, `"/a"`, `"/b"`, `"A"`, `"B"`, `"ConfigMap/a/b"`,
}

// samples returns the samples for a kind. What takes any name has no use for
// those that are no text in YAML, which another rule would refuse.
func (m *mender) samples(k *kind) []string {
	if !m.takes(k, scalar{"string", "a"}) {
		return samples
	}
	return slices.DeleteFunc(slices.Clone(samples), func(source string) bool {
		s, ok := scalarOf(source)
		return ok && s.kind == "string" && !object.IsPlainText(s.text)
	})
}

// made returns a struct or list that a field takes, with as little in it as
// there must be.
func (m *mender) made(f field) (any, bool) {
	if structs := m.structs(f.kind); len(structs) > 0 {
		out := map[string]any{}
		for _, sub := range m.required(f.kind) {
			value, ok := m.made(sub)
			if !ok {
				return nil, false
			}
			out[sub.name] = value
		}
		return out, true
	}
	if list := m.language.list(f.kind); list != nil {
		if list.least == 0 {
			return []any{}, true
		}
		value, ok := m.made(field{kind: list.elem, doc: f.doc})
		return []any{value}, ok
	}
	for _, source := range slices.Concat(m.values(f.kind), []string{m.example(f.kind, f.doc)}, samples) {
		if s, ok := scalarOf(source); ok && source != "" && m.takes(f.kind, s) {
			return jsonOf(s), true
		}
	}
	return nil, false
}

// jsonOf writes a scalar as JSON.
func jsonOf(s scalar) json.RawMessage {
	if s.kind == "string" {
		text, _ := json.Marshal(s.text) // a string is always written
		return text
	}
	return json.RawMessage(s.text)
}

// needed says whether a field must be set: by the type of what is around it, by
// the schema's defaults, or because it is an element of a list.
func (m *mender) needed(names []string) bool {
	if len(names) == 0 || isIndex(names[len(names)-1]) || m.fieldAt(names).required {
		return true
	}
	f := field{kind: m.defaults}
	for _, name := range names {
		next, found, _ := m.lookup(f.kind, name)
		if !found {
			return false
		}
		f = next
	}
	return f.required
}

// lose remembers the names and texts of a value that is taken out: what a later
// stage says of one of them may follow from that. A value that is not written out
// may hold any names.
func (m *mender) lose(v cue.Value, names []string) {
	known := false
	for _, p := range m.x.at(names) {
		known = known || constant(p.value)
		ast.Walk(p.value, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BasicLit:
				if text, err := literal.Unquote(n.Value); err == nil {
					m.lost = append(m.lost, text)
				}
			case *ast.Field:
				if name, ok := fieldName(n); ok {
					m.lost = append(m.lost, name)
				}
			}
			return true
		}, nil)
	}
	if text, err := v.MarshalJSON(); v.Exists() && err == nil {
		known = true
		var value any
		if json.Unmarshal(text, &value) == nil {
			m.loseAll(value)
		}
	}
	if len(names) > 0 {
		m.lost = append(m.lost, names[len(names)-1])
	}
	if f := m.fieldAt(names); !known && v.Exists() && m.namesThings(f.kind) {
		m.opaque = true
	}
}

// loseAll remembers the names and texts of a plain value.
func (m *mender) loseAll(value any) {
	switch v := value.(type) {
	case string:
		m.lost = append(m.lost, v)
	case []any:
		for _, elem := range v {
			m.loseAll(elem)
		}
	case map[string]any:
		for name, elem := range v { // the order is of no account: lost is a set
			m.lost = append(m.lost, name)
			m.loseAll(elem)
		}
	}
}

// namesThings says whether people choose names in a kind, for other places of an
// intent to refer to, as opposed to labels and the like.
func (m *mender) namesThings(k *kind) bool {
	for _, s := range m.structs(k) {
		for _, p := range s.patterns {
			if len(m.structs(p.kind)) > 0 {
				return true
			}
		}
	}
	return false
}

// doubts says whether what a later stage says of the guesses may follow from a
// value that was replaced: it stands at the value's path or inside it, around it
// where all guesses have the same there, or speaks of a name that was taken out.
func (m *mender) doubts(d diag.Diagnostic) bool {
	names := intent.Names(d.Path)
	for _, paths := range []iter.Seq[string]{maps.Keys(m.choices), maps.Keys(m.broken)} {
		for k := range paths {
			at := strings.Split(k, "\x00")
			if related(names, at) && (len(names) >= len(at) || len(m.choices[k]) < 2) {
				return true
			}
		}
	}
	for k := range m.broken {
		if at := m.text(strings.Split(k, "\x00")); strings.Contains(at, ".") && slices.Contains(strings.FieldsFunc(d.Suggestion, between), at) {
			return true // it is to be mended where something is wrong anyway
		}
	}
	return slices.ContainsFunc(m.lost, func(text string) bool { return strings.Contains(d.Message, strconv.Quote(text)) })
}

// between says whether a character stands between the paths of a sentence.
func between(r rune) bool { return r == ' ' || r == ',' || r == ':' }

// related says whether one of two paths lies inside the other; the path of no
// field lies nowhere.
func related(a, b []string) bool {
	n := min(len(a), len(b))
	return len(a) > 0 && slices.Equal(a[:n], b[:n])
}
