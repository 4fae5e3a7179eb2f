package load

import (
	"encoding/json"
	"path"
	"slices"
	"strconv"

	"cuelang.org/go/cue"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
)

// Guess is a cluster with errors as it may be once they are mended, so that the
// later stages can look at what is sound of it. Each value that is wrong or
// missing is replaced by one that its field takes. Nobody knows which one is
// meant, so a cluster has several guesses, as different as its fields allow: what
// the stages say of all of them does not follow from a value that was replaced.
type Guess struct {
	Intent      *intent.Intent
	Diagnostics diag.List // of the cluster's name and the files that it names
}

// maxGuesses is how many guesses a cluster has at most: enough for every value of
// the longest enumeration, the platforms'.
const maxGuesses = 16

// mender puts together what is sound of a cluster's values, with a choice of
// what each of the others may be.
type mender struct {
	*explainer
	way     int              // which of the choices is taken
	longest int              // the most choices that a value has
	choices map[string][]any // by path
	lost    []string         // names and texts in what was taken out
	opaque  bool             // nobody can tell which names were taken out

	supposed string // what every wrong text and name is supposed to be, or ""
	fits     bool   // there is a wrong text or name that it could be
}

// guess fills in the guesses of a cluster whose errors have been explained.
// There are none where the errors leave open which names the cluster has: a later
// stage would miss them.
func (b *batch) guess(r *Result, e *explainer) {
	if e.blind || e.circular || e.broken[key(nil)] {
		return
	}
	m := &mender{explainer: e, longest: 1, choices: map[string][]any{}}
	var guesses []Guess
	for m.way = 0; m.way < min(m.longest, maxGuesses); m.way++ {
		values, ok := m.mesh()
		if !ok {
			return
		}
		if in := b.intentOf(values, e); in != nil {
			guesses = append(guesses, Guess{in, append(b.source.nameOf(in, e.cluster), b.source.readHatches(in)...)})
		}
	}
	// One guess of several that were tried says nothing of what follows from it.
	if len(guesses) >= min(m.longest, 2) {
		r.Guesses, r.Doubts = guesses, m.doubts
		r.Suppose = func(text string) *Guess { return b.supposed(m, text) }
	}
}

// supposed returns the guess at a cluster in which each wrong text and name was
// meant to be the given one, or nil where none could be.
func (b *batch) supposed(m *mender, text string) *Guess {
	m.way, m.supposed, m.fits = 0, text, false
	values, ok := m.mesh()
	if !ok || !m.fits {
		return nil
	}
	in := b.intentOf(values, m.explainer)
	if in == nil {
		return nil
	}
	return &Guess{in, append(b.source.nameOf(in, m.cluster), b.source.readHatches(in)...)}
}

// intentOf returns the intent that values make, or nil.
func (b *batch) intentOf(values any, e *explainer) *intent.Intent {
	text, err := json.Marshal(values)
	if err != nil {
		return nil
	}
	mesh, ok := b.meshOf(text, e.cluster)
	if !ok {
		return nil
	}
	return newIntent(*mesh, path.Join(overlays, e.cluster), e.x)
}

// meshOf returns the mesh that values make, given as JSON.
func (b *batch) meshOf(text []byte, cluster string) (*intent.Mesh, bool) {
	data := b.definition("#Mesh").Unify(b.ctx.CompileBytes(text))
	if data.Validate(cue.Concrete(true)) != nil {
		return nil, false
	}
	full, ok := b.complete(data, cluster)
	if !ok {
		return nil, false
	}
	mesh, _, err := decode(full)
	return mesh, err == nil
}

// mesh returns the values of the cluster, each a map, a slice or JSON.
func (m *mender) mesh() (any, bool) {
	var values any = m.fields(field{kind: m.language.mesh}, m.x.value, nil)
	for _, names := range m.absent {
		if m.reported(names[:len(names)-1]) || there(values, names) {
			continue
		}
		v, chosen := m.choose(m.fieldAt(names), cue.Value{}, names)
		text, err := json.Marshal(v)
		if !chosen || err != nil {
			continue
		}
		if whole := overwrite(values, names, text); whole != nil {
			values = whole
		}
	}
	return values, !m.opaque
}

// there says whether values have something at a path.
func there(values any, names []string) bool {
	for _, name := range names {
		switch v := values.(type) {
		case map[string]any:
			values = v[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i < 0 || i >= len(v) {
				return false
			}
			values = v[i]
		default:
			return false
		}
	}
	return values != nil
}

// value returns a value, or what may stand in its place. False means that the
// field is left out.
func (m *mender) value(f field, v cue.Value, names []string) (any, bool) {
	if m.broken[key(names)] {
		return m.choose(f, v, names)
	}
	return m.sound(f, v, names)
}

// sound returns a value of which nothing has been reported, although something
// inside it may be.
func (m *mender) sound(f field, v cue.Value, names []string) (any, bool) {
	d, _ := v.Default()
	below, free := m.brokenBelow(names), m.isAny(f.kind)
	if free && !below {
		if text, err := d.MarshalJSON(); err == nil {
			return json.RawMessage(text), true
		}
	}
	switch isStruct, isList := d.IncompleteKind() == cue.StructKind, d.IncompleteKind() == cue.ListKind; {
	case isStruct && free, len(m.structs(f.kind)) > 0 && (isStruct || below):
		return m.fields(f, d, names), true
	case isList && free, m.language.list(f.kind) != nil && (isList || below):
		return m.elements(f, d, names)
	}
	if s, ok := m.scalar(d, names); ok && m.takes(f.kind, s) {
		text, err := d.MarshalJSON()
		return json.RawMessage(text), err == nil
	}
	return m.choose(f, v, names)
}

// fields returns what is sound of a struct. A misspelt field is taken for the one
// that is likely meant, and in every second guess for none.
func (m *mender) fields(f field, v cue.Value, names []string) map[string]any {
	out, misspelt := map[string]any{}, []string{}
	for _, name := range fieldsOf(v) {
		below := append(slices.Clone(names), name)
		sub, found, open := m.lookup(f.kind, name)
		switch {
		case found:
		case open || m.isAny(f.kind):
			sub = field{name: name, kind: &kind{form: formAny}}
		default:
			misspelt = append(misspelt, name)
			continue
		}
		if value, ok := m.value(sub, child(v, name), below); ok {
			out[name] = value
		}
	}
	for _, name := range misspelt {
		below := append(slices.Clone(names), name)
		m.lose(child(v, name), below)
		as := m.renamed[key(below)]
		if free := m.freeKey(f.kind); m.supposed != "" && free != nil && m.takes(free, scalar{"string", m.supposed}) {
			as, m.fits = m.supposed, true
		}
		sub, found, _ := m.lookup(f.kind, as)
		if !found {
			continue
		}
		if m.longest = max(m.longest, 2); m.way%2 == 1 {
			continue
		}
		if value, ok := m.sound(sub, child(v, name), below); ok {
			out[as] = value // which may have stood there as another file has it
		}
	}
	return out
}

// elements returns the elements of a list. Where one of them must be left out all
// are, because paths count them.
func (m *mender) elements(f field, v cue.Value, names []string) (any, bool) {
	elem := field{name: f.name, doc: f.doc, kind: &kind{form: formAny}}
	if list := m.language.list(f.kind); list != nil {
		elem.kind = list.elem
	}
	out := []any{}
	for n := 0; ; n++ {
		below := append(slices.Clone(names), strconv.Itoa(n))
		x := v.LookupPath(cue.MakePath(cue.Index(n)))
		if !x.Exists() && x.Err() != nil && !m.brokenBelow(below) && !m.broken[key(below)] {
			return out, true
		}
		value, ok := m.value(elem, x, below)
		if !ok {
			m.lose(v, names)
			return nil, false
		}
		out = append(out, value)
	}
}
