package load

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/format"

	"github.com/meshgen/meshgen/internal/diag"
)

// maxShown is the longest source of a value that a message shows.
const maxShown = 60

// sourceOf returns the CUE source of an expression, on one line, or "".
func sourceOf(e ast.Expr) string {
	text, err := format.Node(e)
	if err != nil || strings.Contains(string(text), "\n") {
		return ""
	}
	return string(text)
}

// shownValue returns an expression as a message shows it.
func shownValue(e ast.Expr) string {
	if text := sourceOf(e); text != "" && len(text) <= maxShown {
		return text
	}
	switch e.(type) {
	case *ast.StructLit:
		return "a struct"
	case *ast.ListLit:
		return "a list"
	}
	return "an expression"
}

// contradictions reports the errors that people's files have without the
// schema: places that say different things, and expressions without a meaning.
func (e *explainer) contradictions(errs []errors.Error) {
	for _, err := range errs {
		names := unquotedPath(err.Path())
		names = e.wholeList(names)
		if e.reported(names) {
			continue
		}
		text := words(err)
		switch {
		case e.nearCompileError(e.placeOf(err, names)):
			// A name that means nothing is the cause, and has been reported.
		case strings.Contains(text, "structural cycle"):
			e.circular = true
			if p, ok := e.x.best(names); ok && root(p.value) != nil && !e.isAny(e.fieldAt(names).kind) && e.takesText(e.fieldAt(names).kind, strconv.Quote(sourceOf(p.value))) {
				e.add(codeOther, names, p.position(), fmt.Sprintf("%s is a field around this one here, not a text", sourceOf(p.value)),
					"put quotes around it: "+strconv.Quote(sourceOf(p.value)))
				continue
			}
			e.add(codeOther, names, e.placeOf(err, names), e.text(names)+" contains itself, without an end",
				"break the circle: "+e.outright(names))
		case strings.Contains(text, "cycle"):
			e.add(codeOther, names, e.placeOf(err, names), e.text(names)+" depends on itself", "break the circle: "+e.outright(names))
		case e.conflict(err, names):
		default:
			message, suggestion := plainError(text)
			if suggestion == outright {
				suggestion = e.outright(names)
			}
			if message == vague && len(names) > 0 {
				message = e.text(names) + " has no value: the expression cannot be worked out"
			}
			e.add(codeOther, names, e.placeOf(err, names), message, suggestion)
		}
	}
}

// wholeList moves a path from a list's element to the list when two places
// give the whole list: then the lists disagree, not their elements.
func (e *explainer) wholeList(names []string) []string {
	for n := range names {
		lists := 0
		for _, p := range e.x.at(names[:n]) {
			if _, ok := p.value.(*ast.ListLit); ok {
				lists++
			}
		}
		if lists > 1 {
			return names[:n]
		}
	}
	return names
}

// conflict reports places that say different things of one value. It returns
// false if the error is of another kind.
func (e *explainer) conflict(err errors.Error, names []string) bool {
	var all []said
	hear := func(text string, at diag.Position, plain bool) {
		if !slices.ContainsFunc(all, func(o said) bool { return o.text == text }) {
			all = append(all, said{text, at, plain})
		}
	}
	for _, p := range e.x.at(names) {
		hear(shownValue(p.value), p.position(), isPlain(p.value))
	}
	if len(all) < 2 {
		if !disagrees(err) {
			return false
		}
		all = nil
		for _, p := range errors.Positions(err) {
			if lit := e.x.literals[position(p)]; lit != nil {
				hear(sourceOf(lit), position(p), false)
			}
		}
	}
	at := e.text(names)
	if len(all) < 2 {
		e.farConflict(err, names)
		return true
	}
	slices.SortStableFunc(all, func(a, b said) int {
		return cmp.Compare(e.x.distanceOf(a.at.File), e.x.distanceOf(b.at.File))
	})
	texts := []string{all[0].text}
	var related []diag.Note
	for _, s := range all[1:] {
		texts = append(texts, s.text)
		related = append(related, diag.Note{Message: fmt.Sprintf("%s is set to %s here", at, s.text), Position: s.at})
	}
	last := all[len(all)-1]
	suggestion := e.outright(names)
	switch kept, within := e.taken(names, texts), e.within(names); {
	case within != "":
		suggestion = within
	case last.plain && path.Dir(last.at.File) != path.Dir(all[0].at.File):
		suggestion = fmt.Sprintf("remove one of them, or write %s: *%s | _ in %s, a default that a cluster may replace",
			names[len(names)-1], last.text, last.at.File)
	case kept < 0:
	case all[0].at.File == last.at.File && all[0].at.Line == last.at.Line:
		if known := e.declared(e.fieldAt(names), names); len(known) == 0 || slices.Contains(known, texts[kept]) {
			suggestion = fmt.Sprintf("set %s to %s", at, texts[kept])
		}
	default:
		others := slices.Delete(slices.Clone(all), kept, kept+1)
		gone := others[len(others)-1]
		suggestion = fmt.Sprintf("remove %s: %s from %s", names[len(names)-1], strings.TrimPrefix(gone.text, "a "), gone.at.File)
	}
	e.add(codeConflict, names, all[0].at, fmt.Sprintf("%s is set to both %s", at, and(texts)), suggestion, related...)
	return true
}

// within says what to type where a value is outside of what another place allows,
// as 1 is of >=2, or "".
func (e *explainer) within(names []string) string {
	f := e.fieldAt(names)
	value, all := scalar{}, &kind{form: formAll, parts: []*kind{f.kind}}
	for _, p := range e.x.at(names) {
		if v, ok := scalarOf(sourceOf(p.value)); ok {
			value = v
		} else if k, err := readKind(p.value); err == nil && (k.form == formBound || k.form == formEither || k.form == formMatch) {
			all.parts = append(all.parts, k)
			if values := e.values(k); len(values) > 0 {
				all = k
				break
			}
		}
	}
	if value.kind == "" || len(all.parts) < 2 {
		return ""
	}
	f.kind = all
	return e.remedy(e.text(names), f, value)
}

// taken returns which of some values is the first that the field at a path
// takes, or -1.
func (e *explainer) taken(names, texts []string) int {
	k := e.fieldAt(names).kind
	return slices.IndexFunc(texts, func(text string) bool {
		_, plain := scalarOf(text)
		return text != "" && (e.takesText(k, text) || !plain && (e.language.list(k) != nil || len(e.structs(k)) > 0))
	})
}

// said is what one place says of a value.
type said struct {
	text  string
	at    diag.Position
	plain bool // the text may stand as a default
}

// isPlain says whether a value is written out, as opposed to an expression.
func isPlain(e ast.Expr) bool {
	switch e.(type) {
	case *ast.BasicLit, *ast.ListLit:
		return len(sourceOf(e)) <= maxShown && sourceOf(e) != ""
	}
	return false
}

// disagrees says whether an error of CUE's means that values exclude each other.
func disagrees(err errors.Error) bool {
	text, _ := err.Msg()
	return strings.HasPrefix(text, "conflicting values") || strings.HasPrefix(text, "invalid value") || strings.Contains(text, "empty disjunction")
}

// farConflict reports a conflict of values that references bring together.
func (e *explainer) farConflict(err errors.Error, names []string) {
	var related []diag.Note
	at := e.placeOf(err, names)
	if _, found, _ := e.lookup(e.mesh, names[0]); !found {
		e.unnamed = true // it is of an imported package, and what refers to it has no value
	}
	for _, p := range errors.Positions(err) {
		if q := position(p); q != at && q.IsValid() && !strings.HasPrefix(q.File, schemaPrefix) {
			related = append(related, diag.Note{Message: "this has to do with it", Position: q})
		}
	}
	e.add(codeConflict, names, at, e.text(names)+" is set to values that contradict each other", e.outright(names), related...)
}

// placeOf returns where an error is: at its path, or where CUE says.
func (e *explainer) placeOf(err errors.Error, names []string) diag.Position {
	if p := e.x.position(names); p.IsValid() {
		return p
	}
	for _, p := range errors.Positions(err) {
		if q := position(p); q.IsValid() && !strings.HasPrefix(q.File, schemaPrefix) {
			return q
		}
	}
	return e.x.start
}

// rest reports errors that nothing else has explained, in general words.
func (e *explainer) rest(errs []errors.Error) {
	for _, err := range errs {
		if message, _ := plainError(words(err)); message == vague && e.placeOf(err, nil) == e.x.start && len(errs) > 1 {
			continue // it has no place, and the others are its causes
		}
		names := unquotedPath(err.Path())
		if e.reported(names) {
			continue
		}
		if len(names) > 0 && strings.HasPrefix(names[0], "#") {
			names = nil // a path of the schema's
		}
		text := words(err)
		message, suggestion := plainError(text)
		code := codeOther
		if _, ok := unset(text); ok {
			code = codeUnresolved
		}
		if suggestion == outright {
			suggestion = e.outright(names)
		}
		if at := e.text(names); at != "" && message == vague {
			message = at + " cannot be resolved to a value that the language takes"
		}
		e.add(code, names, e.placeOf(err, names), message, suggestion)
	}
}

// words returns what an error of CUE's says, its cause included, on one line and
// without the path.
func words(err errors.Error) string {
	format, args := err.Msg()
	text := fmt.Sprintf(format, args...)
	if whole := err.Error(); text != "" && strings.Contains(whole, text) {
		text = whole[strings.Index(whole, text):]
	}
	return firstLine(text)
}

// outright is what to type where nobody can tell which value is meant.
const outright = "write the value outright, or mend the expression"

// outright says what to type in the place of an expression that has no value.
func (e *explainer) outright(names []string) string {
	if f := e.fieldAt(names); len(names) > 0 && !e.isAny(f.kind) {
		return e.offer(f, scalar{}, names)
	}
	return outright
}

// vague is what is said of an error that has no better words.
const vague = "the files cannot be resolved to values that the language takes"

// plainError says an error of CUE's in words that need no knowledge of how CUE
// works inside.
func plainError(text string) (message, suggestion string) {
	suggestion = outright
	if name, ok := unset(text); ok {
		return fmt.Sprintf("the expression needs the field %s, which these files do not set", name),
			"correct the name, or set the field: an expression does not see the schema's defaults"
	}
	switch {
	case strings.Contains(text, "field not allowed"):
		return "a definition that is used here has no such field", "remove it, correct its name, or add it to the definition"
	case strings.Contains(text, "incompatible list lengths"):
		return "a list has another number of elements than it may have here", "add the elements that are missing, or remove those too many"
	}
	if rest, ok := strings.CutPrefix(text, "incomplete value "); ok {
		return fmt.Sprintf("the value is left open: it is %s, and nothing says which", rest), suggestion
	}
	for _, inner := range []string{"#", "disjunction", "conflicting values", "mismatched types", "out of bound", "closed", "non-concrete", "conjunct", "vertex", "_|_"} {
		if strings.Contains(text, inner) {
			return vague, suggestion
		}
	}
	return "the expression has no value: " + text, suggestion
}

// unquotedPath returns the names of a path as CUE's errors have it.
func unquotedPath(parts []string) []string {
	var names []string
	for _, p := range parts {
		names = append(names, strings.Trim(p, `"`))
	}
	return names
}
