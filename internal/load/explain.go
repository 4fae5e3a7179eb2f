package load

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/errors"

	"github.com/meshgen/meshgen/internal/diag"
)

// explainer finds out what is wrong with a cluster whose evaluation failed.
type explainer struct {
	*language
	cluster  string
	x        *index
	strict   cue.Value         // the evaluation that failed
	broken   map[string]bool   // paths that have been reported
	around   map[string]bool   // paths around those
	meant    map[string]bool   // paths, as text, that misspelt fields are likely meant to be
	renamed  map[string]string // what misspelt names, by their paths, are likely meant to be
	absent   [][]string        // paths of fields that must be set and are not
	unnamed  bool              // names that mean nothing were taken out
	circular bool              // a struct contains itself, and what refers to it has no value
	blind    bool              // names that the files give may not have been seen
	list     diag.List
}

// explain adds every problem of a cluster whose strict evaluation failed to a
// result, with guesses at what is meant. It says whether it has found any.
func (b *batch) explain(r *Result, inst *build.Instance, strict cue.Value) bool {
	e := b.explained(r.Cluster, inst, strict)
	r.Diagnostics = append(r.Diagnostics, e.list...)
	if e.list.HasErrors() && len(b.source.Set) == 0 {
		b.guess(r, e)
	}
	return e.list.HasErrors()
}

// explained finds every problem of a cluster whose strict evaluation failed.
func (b *batch) explained(cluster string, inst *build.Instance, strict cue.Value) *explainer {
	e := &explainer{language: b.source.language, cluster: cluster, strict: strict, broken: map[string]bool{}, around: map[string]bool{}, meant: map[string]bool{}, renamed: map[string]string{}, blind: true}
	blank := map[diag.Position]bool{}
	for _, err := range errors.Errors(inst.Err) {
		blank[position(err.Position())] = true
	}
	loose, err := b.loosely(blank)
	if err != nil {
		e.list = diag.List{schemaFault(cluster, err)}
		return e
	}
	raw, problems := loose.instance(cluster)
	if e.list = problems; problems.HasErrors() {
		return e
	}
	folder := path.Join(overlays, cluster)
	value := loose.ctx.BuildInstance(raw)
	e.x = newIndex(folder, inst, value)
	for _, err := range errors.Errors(inst.Err) {
		e.unnamed = true
		e.list = append(e.list, e.compileError(err))
	}
	e.definitions(inst.Files)
	if raw.Err == nil {
		e.blind = loose.blind
		e.contradictions(errors.Errors(value.Validate()))
		e.checkStruct(field{kind: e.mesh}, value, nil)
		e.insist(e.defaults, value, nil)
	}
	// A required field that is there under a misspelt name is one mistake.
	e.list = slices.DeleteFunc(e.list, func(d diag.Diagnostic) bool { return d.Code == codeMissing && e.meant[d.Path] })
	if !e.list.HasErrors() {
		e.rest(errors.Errors(strict.Validate(cue.Concrete(true))))
	}
	return e
}

// loosely returns a batch whose schema allows everything, and in which values
// that use blank names are gone. Without such names the clusters of a call
// share it.
func (b *batch) loosely(blank map[diag.Position]bool) (*batch, error) {
	if len(blank) == 0 && b.shared != nil {
		return b.shared, nil
	}
	loose, err := b.source.newBatch(true)
	if err != nil {
		return nil, err
	}
	loose.changes = b.changes
	loose.blank = blank
	if len(blank) == 0 {
		b.shared = loose
	}
	return loose, nil
}

// add records a diagnostic at a path.
func (e *explainer) add(code string, names []string, at diag.Position, message, suggestion string, related ...diag.Note) {
	e.broken[key(names)] = true
	for n := range names {
		e.around[key(names[:n])] = true
	}
	e.list = append(e.list, diag.Diagnostic{
		Code: code, Severity: diag.Error, Cluster: e.cluster, Path: e.text(names),
		Message: message, Suggestion: suggestion, Position: at, Related: related,
	})
}

// key is a path as a map's key.
func key(names []string) string { return strings.Join(names, "\x00") }

// text is a path as people write it.
func (e *explainer) text(names []string) string { return e.x.text(names) }

// reported says whether a path or one around it has been reported.
func (e *explainer) reported(names []string) bool {
	for n := range names {
		if e.broken[key(names[:n+1])] {
			return true
		}
	}
	return false
}

// value checks one value against what its field may be.
func (e *explainer) value(f field, v cue.Value, names []string) {
	if e.reported(names) || e.isAny(f.kind) {
		return
	}
	d, _ := v.Default()
	if e.brokenBelow(names) {
		e.checkBelow(f, v, names)
		return
	}
	switch d.IncompleteKind() {
	case cue.StructKind:
		if len(e.structs(f.kind)) == 0 {
			e.wrong(f, scalar{kind: "struct", text: "a struct"}, names)
			return
		}
		e.checkStruct(f, d, names)
	case cue.ListKind:
		e.checkList(f, d, names)
	default:
		s, ok := e.scalar(d, names)
		switch {
		case !ok:
			e.unresolved(f, v, names)
		case !e.takes(f.kind, s):
			e.wrong(f, s, names)
		}
	}
}

// brokenBelow says whether something inside a value has been reported.
func (e *explainer) brokenBelow(names []string) bool { return e.around[key(names)] }

// checkBelow checks what a value holds that has an error in it: CUE then
// does not say whether it is a struct or a list.
func (e *explainer) checkBelow(f field, v cue.Value, names []string) {
	if e.language.list(f.kind) != nil {
		e.checkList(f, v, names)
	} else if len(e.structs(f.kind)) > 0 {
		e.checkStruct(f, v, names)
	}
}

// checkStruct checks the fields of a struct.
func (e *explainer) checkStruct(f field, v cue.Value, names []string) {
	for _, name := range fieldsOf(v) {
		below := append(slices.Clone(names), name)
		sub, found, open := e.lookup(f.kind, name)
		switch {
		case found:
			e.value(sub, child(v, name), below)
		case !open:
			e.unknown(f, below)
		}
	}
	for _, sub := range e.required(f.kind) {
		e.missing(sub, v, append(slices.Clone(names), sub.name))
	}
}

// fieldsOf returns the names of a struct's regular fields, in order.
func fieldsOf(v cue.Value) []string {
	// Hidden fields are asked for because CUE then also lists a struct in
	// which a field is in error.
	fields, err := v.Fields(cue.Hidden(true))
	if err != nil {
		return nil
	}
	var names []string
	for fields.Next() {
		if sel := fields.Selector(); sel.IsString() && sel.LabelType() == cue.StringLabel {
			names = append(names, sel.Unquoted())
		}
	}
	return names
}

// checkList checks the elements of a list.
func (e *explainer) checkList(f field, v cue.Value, names []string) {
	k := e.language.list(f.kind)
	if k == nil {
		e.wrong(f, scalar{kind: "list", text: "a list"}, names)
		return
	}
	n := 0
	for ; ; n++ {
		elem := v.LookupPath(cue.MakePath(cue.Index(n)))
		if !elem.Exists() && elem.Err() != nil && !e.brokenBelow(append(slices.Clone(names), fmt.Sprint(n))) {
			break
		}
		e.value(field{name: f.name, doc: f.doc, kind: k.elem}, elem, append(slices.Clone(names), fmt.Sprint(n)))
	}
	if n < k.least {
		at := e.text(names)
		e.add(codeWrongValue, names, e.x.positionOr(names), at+" is an empty list; want at least one element",
			e.offer(f, scalar{}, names))
	}
}

// scalar returns a concrete value, in the words of the file where it stands.
func (e *explainer) scalar(v cue.Value, names []string) (scalar, bool) {
	switch v.Kind() {
	case cue.StringKind:
		text, err := v.String()
		return scalar{"string", text}, err == nil
	case cue.BytesKind:
		return scalar{"bytes", fmt.Sprint(v)}, true
	case cue.BoolKind, cue.NullKind:
		return scalarOf(fmt.Sprint(v))
	case cue.IntKind, cue.FloatKind, cue.NumberKind:
		s, ok := scalarOf(fmt.Sprint(v))
		if v.Kind() == cue.FloatKind {
			s.kind = "number"
		}
		if p, found := e.x.best(names); found {
			if source := sourceOf(p.value); isNumber(source) && compareNumbers(source, s.text) == 0 {
				s.text = source
			}
		}
		return s, ok
	}
	return scalar{}, false
}

// isNumber says whether a value's source is a plain decimal number.
func isNumber(source string) bool {
	return strings.Trim(source, "-.0123456789") == "" && source != ""
}

// insist checks the fields that _defaults requires.
func (e *explainer) insist(k *kind, v cue.Value, names []string) {
	for _, s := range e.structs(k) {
		for _, f := range s.fields {
			below := append(slices.Clone(names), f.name)
			switch {
			case f.required:
				e.missing(e.fieldAt(below), v, below)
			case !f.optional || child(v, f.name).Exists():
				e.insist(f.kind, child(v, f.name), below)
			}
		}
	}
}

// fieldAt returns what #Mesh says of a path.
func (e *explainer) fieldAt(names []string) field {
	f := field{kind: e.mesh}
	for _, name := range names {
		if k := e.language.list(f.kind); k != nil && isIndex(name) {
			f = field{name: f.name, doc: f.doc, kind: k.elem}
			continue
		}
		sub, found, _ := e.lookup(f.kind, name)
		if !found {
			return field{name: name, kind: &kind{form: formAny}}
		}
		f = sub
	}
	return f
}
