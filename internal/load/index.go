package load

import (
	"cmp"
	"path"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/literal"
	"cuelang.org/go/cue/token"

	"github.com/meshgen/meshgen/internal/diag"
)

// place is one place where people write a value.
type place struct {
	name  diag.Position // of the field's name; of the value for a list's element
	value ast.Expr
	mild  bool // the value is a default, which another place may replace
}

// position returns where the place is: a struct is where its name stands, and
// everything else where its value stands.
func (p place) position() diag.Position {
	if _, ok := p.value.(*ast.StructLit); ok {
		return p.name
	}
	return position(p.value.Pos())
}

// index finds the places of a cluster's values by their paths. It is made from
// the syntax: a value that a reference brings is found where CUE says it is.
type index struct {
	folder   string                          // the cluster's folder
	start    diag.Position                   // where the cluster's own files begin
	places   map[string][]place              // by path, joined with NUL
	idents   map[diag.Position][]string      // the paths of values that are a bare name, by its place
	chains   map[diag.Position]string        // what stands there: a name, or names with dots between, such as shop.example.com
	literals map[diag.Position]*ast.BasicLit // of all files
	value    cue.Value                       // the evaluated files
}

// newIndex reads the files of a cluster's instance, and those of packages that
// it embeds as a whole.
func newIndex(folder string, inst *build.Instance, value cue.Value) *index {
	files := embedded(inst, map[*build.Instance]bool{})
	x := &index{folder: folder, start: startOf(folder, inst.Files), places: map[string][]place{}, idents: map[diag.Position][]string{}, chains: map[diag.Position]string{}, literals: map[diag.Position]*ast.BasicLit{}, value: value}
	for _, f := range files {
		x.declarations(nil, f.Decls)
		ast.Walk(f, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok {
				x.literals[position(lit.Pos())] = lit
			}
			return true
		}, nil)
	}
	for _, places := range x.places {
		slices.SortStableFunc(places, func(a, b place) int {
			return cmp.Or(cmp.Compare(x.distance(a), x.distance(b)), a.position().Compare(b.position()))
		})
	}
	return x
}

// embedded returns the files of an instance, and of the packages of which one
// stands in them as a bare name, as what the instance is too. Packages that import
// each other are an error, which others report.
func embedded(inst *build.Instance, seen map[*build.Instance]bool) []*ast.File {
	if seen[inst] {
		return nil
	}
	seen[inst] = true
	files := slices.Clone(inst.Files)
	for _, f := range inst.Files {
		for _, d := range f.Decls {
			embed, ok := d.(*ast.EmbedDecl)
			if !ok {
				continue
			}
			id, ok := embed.Expr.(*ast.Ident)
			if !ok {
				continue
			}
			spec, ok := id.Node.(*ast.ImportSpec)
			if !ok {
				continue
			}
			if name, err := literal.Unquote(spec.Path.Value); err == nil {
				for _, of := range inst.Imports {
					if of.ImportPath == name {
						files = append(files, embedded(of, seen)...)
					}
				}
			}
		}
	}
	return files
}

// distance orders files by how much they are the cluster's own: its folder
// first, then the folders above it from the inside out, then all others.
func (x *index) distance(p place) int { return x.distanceOf(p.position().File) }

// distanceOf is distance for a file.
func (x *index) distanceOf(file string) int {
	dirs := above(x.folder)
	if i := slices.Index(dirs, path.Dir(file)); i >= 0 {
		return len(dirs) - 1 - i
	}
	return len(dirs)
}

// declarations records the fields of a struct at a path.
func (x *index) declarations(names []string, decls []ast.Decl) {
	for _, d := range decls {
		switch d := d.(type) {
		case *ast.EmbedDecl:
			x.expression(names, d.Expr, nil, false)
		case *ast.Comprehension:
			x.expression(names, d.Value, nil, false)
		case *ast.Field:
			name, ok := fieldName(d)
			if !ok || d.Constraint != token.ILLEGAL {
				continue
			}
			below := append(slices.Clone(names), name)
			at := position(d.Label.Pos())
			x.expression(below, d.Value, &at, false)
		}
	}
}

// fieldName returns the name of a regular field that is written out.
func fieldName(f *ast.Field) (string, bool) {
	switch l := f.Label.(type) {
	case *ast.Ident:
		return l.Name, true
	case *ast.BasicLit:
		name, err := literal.Unquote(l.Value)
		return name, err == nil
	}
	return "", false
}

// expression records a value at a path, if it has a name there, and what it
// holds.
func (x *index) expression(names []string, e ast.Expr, name *diag.Position, mild bool) {
	switch v := e.(type) {
	case *ast.ParenExpr:
		x.expression(names, v.X, name, mild)
		return
	case *ast.BinaryExpr:
		switch v.Op {
		case token.AND:
			x.expression(names, v.X, name, mild)
			x.expression(names, v.Y, name, mild)
			return
		case token.OR:
			if chosen, ok := marked(v); ok {
				x.expression(names, chosen, name, true)
				return
			}
			x.expression(names, v.X, nil, mild)
			x.expression(names, v.Y, nil, mild)
		}
	}
	if name != nil {
		x.places[key(names)] = append(x.places[key(names)], place{name: *name, value: e, mild: mild})
		if root(e) != nil {
			x.idents[position(e.Pos())] = names
			x.chains[position(e.Pos())] = sourceOf(e)
		}
	}
	switch v := e.(type) {
	case *ast.StructLit:
		x.declarations(names, v.Elts)
	case *ast.ListLit:
		for i, elem := range v.Elts {
			if _, ok := elem.(*ast.Ellipsis); ok {
				continue
			}
			at := position(elem.Pos())
			x.expression(append(slices.Clone(names), strconv.Itoa(i)), elem, &at, mild)
		}
	}
}

// root returns the name that a name, or a chain of names with dots between them,
// begins with, or nil.
func root(e ast.Expr) *ast.Ident {
	switch v := e.(type) {
	case *ast.Ident:
		return v
	case *ast.SelectorExpr:
		return root(v.X)
	}
	return nil
}

// marked returns the alternative of a disjunction that is marked as its default.
func marked(e ast.Expr) (ast.Expr, bool) {
	switch v := e.(type) {
	case *ast.ParenExpr:
		return marked(v.X)
	case *ast.UnaryExpr:
		return v.X, v.Op == token.MUL
	case *ast.BinaryExpr:
		if v.Op == token.OR {
			if chosen, ok := marked(v.X); ok {
				return chosen, true
			}
			return marked(v.Y)
		}
	}
	return nil, false
}

// at returns the places of a path, the cluster's own first.
func (x *index) at(names []string) []place { return x.places[key(names)] }

// best returns the place that decides a value: a plain value before a default,
// the cluster's own before the base's, and of one file the last.
func (x *index) best(names []string) (place, bool) {
	places := x.at(names)
	if len(places) == 0 {
		return place{}, false
	}
	return slices.MinFunc(places, func(a, b place) int {
		if a.mild != b.mild {
			if a.mild {
				return 1
			}
			return -1
		}
		order := a.position().Compare(b.position())
		if _, isStruct := a.value.(*ast.StructLit); !isStruct {
			order = -order
		}
		return cmp.Or(cmp.Compare(x.distance(a), x.distance(b)), order)
	}), true
}

// position returns where the value at a path was written, or the nearest value
// around it; without any, the cluster's first file.
func (x *index) position(names []string) diag.Position {
	for n := len(names); n > 0; n-- {
		if p, ok := x.best(names[:n]); ok && p.position().IsValid() {
			return p.position()
		}
		if p := x.evaluated(names[:n]); p.IsValid() {
			return p
		}
	}
	return diag.Position{}
}

// evaluated returns where CUE says that a value comes from, if people wrote it.
func (x *index) evaluated(names []string) diag.Position {
	v := x.lookup(names)
	if !v.Exists() {
		return diag.Position{}
	}
	return written(v, 3)
}

// written returns the position of a value, or of one of the values that it is
// put together from, outside of the schema.
func written(v cue.Value, levels int) diag.Position {
	if p := position(v.Pos()); p.IsValid() && !strings.HasPrefix(p.File, schemaPrefix) {
		return p
	}
	if op, parts := v.Expr(); levels > 0 && (op == cue.AndOp || op == cue.OrOp) {
		for _, part := range parts {
			if p := written(part, levels-1); p.IsValid() {
				return p
			}
		}
	}
	return diag.Position{}
}

// lookup returns the evaluated value at a path.
func (x *index) lookup(names []string) cue.Value {
	v := x.value
	for _, name := range names {
		v = child(v, name)
	}
	return v
}

// child returns a field of a struct or an element of a list.
func child(v cue.Value, name string) cue.Value {
	if i, err := strconv.Atoi(name); err == nil && i >= 0 && v.IncompleteKind() == cue.ListKind {
		return v.LookupPath(cue.MakePath(cue.Index(i)))
	}
	return v.LookupPath(cue.MakePath(cue.Str(name)))
}

// text writes a path as people do: names that are not plain stand in quotes, a
// list's elements in brackets.
func (x *index) text(names []string) string {
	var b strings.Builder
	v := x.value
	for i, name := range names {
		switch {
		case isIndex(name) && (v.IncompleteKind() == cue.ListKind || x.listed(names[:i])):
			b.WriteString("[" + name + "]")
		case ast.IsValidIdent(name):
			b.WriteString(dot(b.Len()) + name)
		default:
			b.WriteString(dot(b.Len()) + strconv.Quote(name))
		}
		v = child(v, name)
	}
	return b.String()
}

// listed says whether a list is written at a path.
func (x *index) listed(names []string) bool {
	return slices.ContainsFunc(x.at(names), func(p place) bool {
		_, ok := p.value.(*ast.ListLit)
		return ok
	})
}

// dot is what separates a name from those before it.
func dot(before int) string {
	if before == 0 {
		return ""
	}
	return "."
}

// isIndex says whether a name is a list's index.
func isIndex(name string) bool {
	_, err := strconv.Atoi(name)
	return err == nil
}
