package load

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/errors"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
)

// wrong reports a value that does not fit its field.
func (e *explainer) wrong(f field, v scalar, names []string) {
	at := e.text(names)
	shown := v.text
	if v.kind == "string" {
		shown = strconv.Quote(v.text)
	}
	message := fmt.Sprintf("%s is %s", at, shown)
	if v.kind != "struct" && v.kind != "list" && v.kind != "null" && !slices.Contains(e.kinds(f.kind), v.kind) {
		message += ", " + kindName(v.kind) + ","
	}
	want, suggestion := e.describe(f.kind, f.doc), e.offer(f, v, names)
	if _, ok := e.numbers(f.kind); ok && huge(v) {
		want = "a smaller number"
	}
	message = strings.TrimSuffix(message, ",") + "; want " + want
	e.add(codeWrongValue, names, e.x.positionOr(names), message, suggestion)
}

// kinds returns the kinds of scalars that a kind takes some of.
func (l *language) kinds(k *kind) []string {
	k = l.resolve(k)
	switch k.form {
	case formBasic:
		if k.name == "number" {
			return []string{"number", "int"}
		}
		return []string{k.name}
	case formLiteral:
		v, _ := scalarOf(k.text)
		return []string{v.kind}
	case formMatch, formCall:
		return []string{"string"}
	case formAll:
		if len(k.parts) > 0 {
			return l.kinds(k.parts[0])
		}
	case formEither:
		var all []string
		for _, p := range k.parts {
			all = append(all, l.kinds(p)...)
		}
		return all
	}
	return nil
}

// kindName names the kind of a value that stands where another is wanted.
func kindName(kind string) string {
	switch kind {
	case "int", "number":
		return "a number"
	case "bool":
		return "a truth value"
	case "bytes":
		return "bytes"
	}
	return "a " + kind
}

// missing reports a field that must be set and is not.
func (e *explainer) missing(f field, parent cue.Value, names []string) {
	if child(parent, f.name).Exists() || e.reported(names) || len(e.x.at(names)) > 0 {
		return
	}
	at := e.text(names)
	e.absent = append(e.absent, names)
	e.add(codeMissing, names, e.x.positionOr(names[:len(names)-1]), at+" is missing", e.offer(f, scalar{}, names))
}

// unknown reports a field that the language does not have, or a name that is
// not one of those that people may choose.
func (e *explainer) unknown(parent field, names []string) {
	name := names[len(names)-1]
	around := e.text(names[:len(names)-1])
	if around == "" {
		around = "the mesh"
	}
	at := e.x.positionOr(names)
	if places := e.x.at(names); len(places) > 0 {
		at = places[0].name
	}
	known := e.names(parent.kind)
	if free := e.freeKey(parent.kind); free != nil && len(known) == 0 {
		like := unquoted(append(e.repair(free, scalar{"string", name}, ""), e.example(free, "")))[0]
		like = e.fresh(free, names[:len(names)-1], like)
		e.renamed[key(names)] = like
		suggestion := "rename it to " + strconv.Quote(like)
		e.add(codeWrongValue, names, at, fmt.Sprintf("%s cannot hold the name %q; want %s", around, name, e.describe(free, parent.doc)), suggestion)
		return
	}
	slices.Sort(known)
	elsewhere, out := e.elsewhere(names), e.wayOut(names)
	suggestion := "remove it"
	switch near := diag.Nearest(name, known); {
	case near != "":
		suggestion = "rename it to " + near
		e.meant[e.text(append(slices.Clone(names[:len(names)-1]), near))] = true
		e.renamed[key(names)] = near
	case out != "":
		suggestion = out
	case len(names) > 1 && e.inside(parent.kind, name) != "":
		suggestion = fmt.Sprintf("move it to %s.%s.%s", around, e.inside(parent.kind, name), name)
	case len(elsewhere) > 0:
		suggestion = "move it to " + or(elsewhere)
	case len(known) > 0:
		suggestion = "remove it, or use " + or(known)
	}
	e.add(codeUnknownField, names, at, fmt.Sprintf("%s has no field %q", around, name), suggestion)
}

// inside returns the first field of a struct that has a field of a name itself,
// as requests has cpu, or "".
func (l *language) inside(k *kind, name string) string {
	for _, s := range l.structs(k) {
		for _, f := range s.fields {
			if slices.Contains(l.names(f.kind), name) {
				return f.name
			}
		}
	}
	return ""
}

// freeKey returns what names a struct takes where people choose them, or nil.
func (l *language) freeKey(k *kind) *kind {
	for _, s := range l.structs(k) {
		for _, p := range s.patterns {
			return p.key
		}
	}
	return nil
}

// maxElsewhere is how many places of a field's name are worth naming.
const maxElsewhere = 3

// elsewhere returns the paths at which the language has a field of a name, if
// they are few and likely meant: those of the same section, with the names that
// people chose there; those of any section for what stands at the top; and else
// the only one.
func (l *language) elsewhere(names []string) []string {
	name, around := names[len(names)-1], names[:len(names)-1]
	var found, near []string
	l.visit(field{kind: l.mesh}, "", func(path string, f field) {
		if f.name != name {
			return
		}
		found = append(found, path)
		if len(around) > 0 && strings.HasPrefix(path, around[0]+".") {
			near = append(near, l.chosen(path, around))
		}
	})
	switch {
	case len(near) > 0:
		found = near
	case len(around) > 0 && len(found) > 1:
		return nil
	}
	slices.SortStableFunc(found, func(a, b string) int { return strings.Count(a, ".") - strings.Count(b, ".") })
	if len(found) > maxElsewhere {
		return nil
	}
	return found
}

// chosen writes the names that people chose, where a path of fields begins as
// another does, in the place of <name>.
func (l *language) chosen(path string, around []string) string {
	steps := strings.Split(path, ".")
	for i := range steps {
		if i >= len(around) || steps[i] != around[i] && steps[i] != "<name>" {
			break
		}
		if steps[i] == "<name>" {
			steps[i] = intent.Join("", around[i])
		}
	}
	return strings.Join(steps, ".")
}

// visit calls a function for each field of the language with its path.
func (l *language) visit(f field, path string, call func(path string, f field)) {
	if list := l.list(f.kind); list != nil {
		l.visit(field{kind: list.elem}, path+"[0]", call)
	}
	for _, s := range l.structs(f.kind) {
		for _, sub := range s.fields {
			at := path + dot(len(path)) + sub.name
			call(at, sub)
			l.visit(sub, at, call)
		}
		for _, p := range s.patterns {
			l.visit(field{kind: p.kind}, path+dot(len(path))+"<name>", call)
		}
	}
}

// unresolved reports a value that is not one value.
func (e *explainer) unresolved(f field, v cue.Value, names []string) {
	s := e.strict
	for _, name := range names {
		s = child(s, name)
	}
	if s.IsConcrete() && s.Err() == nil || e.unnamed || e.circular && len(e.structs(f.kind)) > 0 {
		return
	}
	at := e.text(names)
	var defaults []string
	var related []diag.Note
	for _, p := range e.x.at(names) {
		if text := shownValue(p.value); p.mild && !slices.Contains(defaults, text) {
			defaults = append(defaults, text)
			related = append(related, diag.Note{Message: "the default " + text + " stands here", Position: p.position()})
		}
	}
	if len(defaults) > 1 {
		e.add(codeUnresolved, names, related[0].Position, fmt.Sprintf("%s has the defaults %s and no value of its own", at, and(defaults)),
			fmt.Sprintf("write %s without * and | _ in one of the places", defaults[0]), related[1:]...)
		return
	}
	message := at + " is left open"
	if p, ok := e.x.best(names); !ok || depends(p.value) {
		message = at + " has no value: it depends on one that nobody set"
	}
	for _, err := range errors.Errors(v.Validate(cue.Concrete(true))) {
		if name, ok := unset(words(err)); ok {
			message = fmt.Sprintf("%s has no value: it needs the field %s, which these files do not set", at, name)
			break
		}
	}
	e.add(codeUnresolved, names, e.x.positionOr(names), message+"; want "+e.describe(f.kind, f.doc), e.offer(f, scalar{}, names))
}

// depends says whether a value is taken from elsewhere, as opposed to a type
// such as string that stands for itself.
func depends(value ast.Expr) bool {
	found := false
	ast.Walk(value, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && id.Node != nil {
			found = true
		}
		return !found
	}, nil)
	return found
}

// unset returns the field that an expression needs and does not find.
func unset(text string) (string, bool) {
	for _, words := range []string{"undefined field: ", "cannot reference optional field: "} {
		if _, name, ok := strings.Cut(text, words); ok && !strings.HasPrefix(name, "#") {
			return name, true
		}
	}
	return "", false
}

// and joins things for a sentence.
func and(parts []string) string {
	if len(parts) < 2 {
		return strings.Join(parts, "")
	}
	return strings.Join(parts[:len(parts)-1], ", ") + " and " + parts[len(parts)-1]
}
