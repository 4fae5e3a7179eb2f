package load

import (
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
)

// Setting is a value that takes the place of what people wrote at a path, to see
// what the cluster would be with it. CUE itself overrules nothing, so that the
// value replaces the one in the syntax of the files: what they make of it, and
// the schema's defaults, follow. Where the value comes out of an expression that
// cannot be replaced, such as a pattern or another package, it is replaced in
// the evaluated values instead.
type Setting struct {
	Path string // the intent's, such as gateways.public.replicas

	// Value is CUE for a value without references, or a text that needs no
	// quotes where the field takes text. Empty takes the field away.
	Value string

	// Name is what diagnostics call the setting, such as --compare mode=ambient.
	Name string
}

// change is a setting that has been understood.
type change struct {
	names []string
	value ast.Expr // nil takes the field away
	json  json.RawMessage
}

// loadSet loads a cluster with the settings of the source. Without them the
// cluster must be sound.
func (s *Source) loadSet(b *batch, name string) Result {
	r, person := s.loadWith(b, name)
	if r.Intent == nil || len(s.Set) == 0 {
		return r
	}
	changes, problems := s.understand(b, name, r.Intent, person)
	if problems.HasErrors() {
		return Result{Cluster: name, Diagnostics: append(r.Diagnostics, problems...)}
	}
	edited, err := s.newBatch(false)
	if err != nil {
		return Result{Cluster: name, Diagnostics: diag.List{schemaFault(name, err)}}
	}
	edited.changes = changes
	changed, now := s.loadWith(edited, name)
	if changed.Intent == nil || !holds(now, changes) {
		if other, ok := s.overwritten(b, name, r, person, changes); ok {
			changed = other
		}
	}
	if in := changed.Intent; in != nil {
		written := in.Written
		in.Written = func(path string) bool {
			names := intent.Names(path)
			return written(path) || slices.ContainsFunc(changes, func(c change) bool {
				return c.value != nil && len(c.names) >= len(names) && slices.Equal(c.names[:len(names)], names)
			})
		}
	}
	return changed
}

// understand holds the settings against the language and the cluster.
func (s *Source) understand(b *batch, cluster string, in *intent.Intent, person cue.Value) ([]change, diag.List) {
	var changes []change
	var list diag.List
	for _, set := range s.Set {
		refuse := func(message, suggestion string) {
			list = append(list, diag.Diagnostic{
				Code: codeSetting, Severity: diag.Error, Cluster: cluster,
				Message: set.Name + ": " + message, Suggestion: suggestion, Position: in.Position(set.Path),
			})
		}
		names := intent.Names(set.Path)
		f, message, suggestion := s.language.find(person, names, set.Value)
		if message != "" {
			refuse(message, suggestion)
			continue
		}
		value, text, message, suggestion := s.language.read(b, set, f)
		if message != "" {
			refuse(message, suggestion)
			continue
		}
		changes = append(changes, change{names, value, text})
	}
	return changes, list
}

// find returns the field at a path. A name that people choose, such as a
// gateway's, must be there if more follows: a slip would make a second one. The
// value is for what to type instead.
func (l *language) find(person cue.Value, names []string, value string) (f field, message, suggestion string) {
	f = field{kind: l.mesh}
	if len(names) == 0 {
		return f, "there is no path before the =", "write the intent's path, as in mode=ambient"
	}
	v := person
	for i, name := range names {
		around, last := intent.Join("", names[:i]...), i == len(names)-1
		if around == "" {
			around = "the mesh"
		}
		v = child(v, name)
		if list := l.list(f.kind); list != nil && isIndex(name) {
			if !v.Exists() {
				return f, fmt.Sprintf("%s has no element %s", around, name), "name one that is there, or give the whole list"
			}
			f = field{name: f.name, doc: f.doc, kind: list.elem}
			continue
		}
		if l.isAny(f.kind) {
			return field{name: names[len(names)-1], kind: &kind{form: formAny}}, "", ""
		}
		sub, found, open := l.lookup(f.kind, name)
		switch {
		case !found && open:
			return field{name: names[len(names)-1], kind: &kind{form: formAny}}, "", ""
		case !found:
			known := l.names(f.kind)
			slices.Sort(known)
			suggestion := "look the field up in docs/reference/intent.md"
			if near := diag.Nearest(name, known); near != "" {
				suggestion = "write " + intent.Join("", append(slices.Clone(names[:i]), near)...)
			} else if elsewhere := l.elsewhere(names[:i+1]); len(elsewhere) > 0 {
				suggestion = "write " + or(elsewhere)
			}
			return f, fmt.Sprintf("%s has no field %q", around, name), suggestion
		}
		if chosen := !slices.Contains(l.names(f.kind), name); chosen && !last && !v.Exists() {
			there, whole := fieldsOf(parentOf(person, names[:i])), intent.Join("", names[:i+1]...)
			anew := ", or give a new one whole, as '" + whole + "=" + nested(names[i+1:], value) + "'"
			suggestion := "name one that the cluster has" + anew
			if near := diag.Nearest(name, there); near != "" {
				suggestion = "write " + intent.Join("", append(slices.Clone(names[:i]), near)...)
			} else if len(there) > 0 && len(there) <= maxNames {
				suggestion = "write " + or(there) + " in its place" + anew
			}
			return f, "the cluster has no " + whole, suggestion
		}
		f = sub
	}
	return f, "", ""
}

// nested writes a value below names as one struct: {pods: {count: 400}}.
func nested(names []string, value string) string {
	if !asItIs.MatchString(value) {
		value = strconv.Quote(value)
	}
	for _, name := range slices.Backward(names) {
		value = "{" + intent.Join("", name) + ": " + value + "}"
	}
	return value
}

// asItIs are values that need no quotes in CUE. 4Gi is a number there, and meant
// as text.
var asItIs = regexp.MustCompile(`^(-?[0-9]+(\.[0-9]+)?|true|false|[\[{"].*)$`)

// parentOf returns the value at a path.
func parentOf(v cue.Value, names []string) cue.Value {
	for _, name := range names {
		v = child(v, name)
	}
	return v
}

// read reads a setting's value for a field.
func (l *language) read(b *batch, set Setting, f field) (value ast.Expr, text json.RawMessage, message, suggestion string) {
	source := strings.TrimSpace(set.Value)
	if source == "" {
		return nil, nil, "", ""
	}
	v, plain := scalarOf(source)
	quoted := strconv.Quote(source)
	switch {
	case plain && l.takes(f.kind, v):
	case l.takes(f.kind, scalar{"string", source}) && !l.isAny(f.kind):
		source = quoted
	case plain || !strings.ContainsAny(source[:1], "[{"):
		if l.isAny(f.kind) { // text without quotes
			source = quoted
			break
		}
		if !plain {
			v = scalar{"string", source}
		}
		return nil, nil, fmt.Sprintf("%s is %s; want %s", set.Path, source, l.describe(f.kind, f.doc)), l.remedy(set.Path, f, v)
	}
	value, err := parser.ParseExpr(set.Name, source)
	if err != nil || !constant(value) {
		return nil, nil, "the value is no CUE without references", "write a text, a number, true, false, a list or a struct"
	}
	built := b.ctx.BuildExpr(value)
	text, err = built.MarshalJSON()
	if err != nil {
		return nil, nil, "the value is not complete: " + firstLine(err.Error()), "write all of it"
	}
	return value, text, "", ""
}

// constant says whether an expression holds nothing but values.
func constant(e ast.Expr) bool {
	ok := true
	ast.Walk(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BasicLit, *ast.ListLit, *ast.StructLit, *ast.CommentGroup, *ast.Comment:
		case *ast.UnaryExpr:
			ok = ok && (n.Op == token.SUB || n.Op == token.ADD)
		case *ast.Field:
			_, named := fieldName(n)
			ok = ok && named && constant(n.Value)
			return false
		default:
			ok = false
		}
		return ok
	}, nil)
	return ok
}

// replace puts changes into the files of a cluster's package, which are this
// call's own. What stands nowhere is added in a file of its own.
func replace(files []*ast.File, folder string, changes []change) []*ast.File {
	for _, c := range changes {
		found := false
		for _, f := range files {
			f.Decls = replaceIn(f.Decls, c.names, c, &found)
		}
		if found || c.value == nil {
			continue
		}
		value := at(c.value, token.NoPos)
		for _, name := range slices.Backward(c.names) {
			value = ast.NewStruct(ast.NewString(name), value)
		}
		files = append(files, &ast.File{
			Filename: path.Join(folder, "mesh.cue"),
			Decls:    append([]ast.Decl{&ast.Package{Name: ast.NewIdent(packageName)}}, value.(*ast.StructLit).Elts...),
		})
	}
	return files
}

// replaceIn replaces a value below some declarations.
func replaceIn(decls []ast.Decl, names []string, c change, found *bool) []ast.Decl {
	kept := decls[:0:0]
	for _, d := range decls {
		switch d := d.(type) {
		case *ast.EmbedDecl:
			d.Expr = replaceBelow(d.Expr, names, c, found)
		case *ast.Comprehension:
			d.Value = replaceBelow(d.Value, names, c, found)
		case *ast.Field:
			name, ok := fieldName(d)
			if !ok || d.Constraint != token.ILLEGAL || name != names[0] {
				break
			}
			switch {
			case len(names) > 1:
				d.Value = replaceBelow(d.Value, names[1:], c, found)
			case c.value == nil:
				continue
			default:
				*found = true
				d.Value = at(c.value, d.Value.Pos())
			}
		}
		kept = append(kept, d)
	}
	return kept
}

// replaceBelow replaces what stands at a path below an expression.
func replaceBelow(e ast.Expr, names []string, c change, found *bool) ast.Expr {
	switch v := e.(type) {
	case *ast.ParenExpr:
		v.X = replaceBelow(v.X, names, c, found)
	case *ast.BinaryExpr:
		if v.Op == token.AND || v.Op == token.OR {
			v.X, v.Y = replaceBelow(v.X, names, c, found), replaceBelow(v.Y, names, c, found)
		}
	case *ast.UnaryExpr:
		if v.Op == token.MUL {
			v.X = replaceBelow(v.X, names, c, found)
		}
	case *ast.StructLit:
		v.Elts = replaceIn(v.Elts, names, c, found)
	case *ast.ListLit:
		i, err := strconv.Atoi(names[0])
		if err != nil || i < 0 || i >= len(v.Elts) || c.value == nil {
			break
		}
		if len(names) > 1 {
			v.Elts[i] = replaceBelow(v.Elts[i], names[1:], c, found)
		} else if _, rest := v.Elts[i].(*ast.Ellipsis); !rest {
			*found = true
			v.Elts[i] = at(c.value, v.Elts[i].Pos())
		}
	}
	return e
}

// at returns a copy of a constant expression that stands at a place.
func at(e ast.Expr, pos token.Pos) ast.Expr {
	switch v := e.(type) {
	case *ast.BasicLit:
		return &ast.BasicLit{ValuePos: pos, Kind: v.Kind, Value: v.Value}
	case *ast.UnaryExpr:
		return &ast.UnaryExpr{OpPos: pos, Op: v.Op, X: at(v.X, pos)}
	case *ast.ListLit:
		list := &ast.ListLit{Lbrack: pos, Rbrack: pos}
		for _, elem := range v.Elts {
			list.Elts = append(list.Elts, at(elem, pos))
		}
		return list
	case *ast.StructLit:
		s := &ast.StructLit{Lbrace: pos, Rbrace: pos}
		for _, d := range v.Elts {
			if f, ok := d.(*ast.Field); ok {
				name, _ := fieldName(f)
				s.Elts = append(s.Elts, &ast.Field{Label: ast.NewString(name), Value: at(f.Value, pos)})
			}
		}
		return s
	}
	return e
}

// holds says whether the evaluated values are those of the changes.
func holds(person cue.Value, changes []change) bool {
	for _, c := range changes {
		v := parentOf(person, c.names)
		if c.value == nil {
			if v.Exists() {
				return false
			}
			continue
		}
		text, err := v.MarshalJSON()
		if err != nil || string(text) != string(c.json) {
			return false
		}
	}
	return true
}

// overwritten loads a cluster with the changes in its evaluated values.
func (s *Source) overwritten(b *batch, name string, plain Result, person cue.Value, changes []change) (Result, bool) {
	text, err := person.MarshalJSON()
	if err != nil {
		return Result{}, false
	}
	var values any
	if json.Unmarshal(text, &values) != nil {
		return Result{}, false
	}
	for _, c := range changes {
		if values = overwrite(values, c.names, c.json); values == nil {
			return Result{}, false
		}
	}
	if text, err = json.Marshal(values); err != nil {
		return Result{}, false
	}
	mesh, ok := b.meshOf(text, name)
	if !ok {
		return Result{}, false
	}
	in := *plain.Intent
	in.Mesh = *mesh
	r := Result{Cluster: name, Intent: &in}
	r.Diagnostics = append(s.nameOf(r.Intent, name), s.readHatches(r.Intent)...)
	return r, true
}

// overwrite returns values with another one at a path, or nil where the path
// leads through something that holds nothing.
func overwrite(values any, names []string, text json.RawMessage) any {
	if len(names) == 0 {
		return text
	}
	switch v := values.(type) {
	case nil:
		return overwrite(map[string]any{}, names, text)
	case map[string]any:
		if len(names) == 1 && text == nil {
			delete(v, names[0])
			return v
		}
		if v[names[0]] = overwrite(v[names[0]], names[1:], text); v[names[0]] != nil {
			return v
		}
	case []any:
		i, err := strconv.Atoi(names[0])
		if err == nil && i >= 0 && i < len(v) && text != nil {
			if v[i] = overwrite(v[i], names[1:], text); v[i] != nil {
				return v
			}
		}
	}
	return nil
}
