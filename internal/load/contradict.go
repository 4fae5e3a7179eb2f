package load

import (
	"cmp"
	"fmt"
	"path"
	"slices"
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
			e.add(codeOther, names, e.placeOf(err, names), e.text(names)+" contains itself, without an end",
				"break the circle: let the inner value refer to something else")
		case strings.Contains(text, "cycle"):
			e.add(codeOther, names, e.placeOf(err, names), e.text(names)+" depends on itself", "break the circle: give one of the values in it outright")
		case e.conflict(err, names):
		default:
			message, suggestion := plainError(text)
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
	suggestion := "keep one of them"
	if last := all[len(all)-1]; last.plain && path.Dir(last.at.File) != path.Dir(all[0].at.File) {
		suggestion = fmt.Sprintf("remove one of them, or write %s: *%s | _ in %s, a default that a cluster may replace",
			names[len(names)-1], last.text, last.at.File)
	}
	e.add(codeConflict, names, all[0].at, fmt.Sprintf("%s is set to both %s", at, and(texts)), suggestion, related...)
	return true
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
	at := e.x.positionOr(names)
	for _, p := range errors.Positions(err) {
		if q := position(p); q != at && q.IsValid() && !strings.HasPrefix(q.File, schemaPrefix) {
			related = append(related, diag.Note{Message: "this has to do with it", Position: q})
		}
	}
	e.add(codeConflict, names, at, e.text(names)+" is set to values that contradict each other", "keep one of them", related...)
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

// vague is what is said of an error that has no better words.
const vague = "the files cannot be resolved to values that the language takes"

// plainError says an error of CUE's in words that need no knowledge of how CUE
// works inside.
func plainError(text string) (message, suggestion string) {
	suggestion = "write the value outright, or mend the expression"
	if name, ok := unset(text); ok {
		return fmt.Sprintf("the expression needs the field %s, which these files do not set", name),
			"correct the name, or set the field: an expression does not see the schema's defaults"
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
