package load

import (
	"slices"

	"cuelang.org/go/cue/ast"
)

// blankOut replaces the values that use a name which means nothing by _, and
// drops imports that nothing uses, so that the rest of a file can be looked at.
// The name alone cannot go: CUE refuses to compile an operation on _.
func (b *batch) blankOut(f *ast.File) {
	b.blankDeclarations(f.Decls)
	for _, d := range f.Decls {
		if imports, ok := d.(*ast.ImportDecl); ok {
			imports.Specs = slices.DeleteFunc(imports.Specs, func(s *ast.ImportSpec) bool { return b.blank[position(s.Pos())] })
		}
	}
}

// blankDeclarations replaces values in the declarations of a struct, in place.
func (b *batch) blankDeclarations(decls []ast.Decl) {
	for i, d := range decls {
		switch d := d.(type) {
		case *ast.Field:
			if b.hasBlank(d.Label) {
				b.blind = true
				decls[i] = &ast.EmbedDecl{Expr: ast.NewIdent("_")}
				continue
			}
			d.Value = b.blankValue(d.Value)
		case *ast.EmbedDecl:
			d.Expr = b.blankValue(d.Expr)
			if id, ok := d.Expr.(*ast.Ident); ok && id.Name == "_" {
				b.blind = true
			}
		case *ast.LetClause:
			d.Expr = b.blankValue(d.Expr)
		case *ast.Comprehension:
			if b.hasBlank(d) {
				b.blind = true
				decls[i] = &ast.EmbedDecl{Expr: ast.NewIdent("_")}
			}
		}
	}
}

// blankValue returns a value with what uses a blank name replaced, as far
// inside as a struct's fields and a list's elements allow.
func (b *batch) blankValue(e ast.Expr) ast.Expr {
	if !b.hasBlank(e) {
		return e
	}
	switch x := e.(type) {
	case *ast.StructLit:
		b.blankDeclarations(x.Elts)
		return x
	case *ast.ListLit:
		for i, elem := range x.Elts {
			x.Elts[i] = b.blankValue(elem)
		}
		return x
	}
	return ast.NewIdent("_")
}

// hasBlank says whether a name that means nothing stands in a node.
func (b *batch) hasBlank(n ast.Node) bool {
	found := false
	ast.Walk(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && b.blank[position(id.Pos())] {
			found = true
		}
		return !found
	}, nil)
	return found
}
