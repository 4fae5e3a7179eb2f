package load

import (
	"fmt"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/format"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"
)

// given is what _defaults says of a field.
type given struct {
	values    []string // as CUE source; several when it depends
	depends   bool     // whether there is a condition
	mandatory bool     // whether _defaults insists on the person's value
}

// defaults reads the hidden fields of the schema.
type defaults struct {
	hidden map[string][]ast.Expr
	found  map[string]given // by path
}

// readDefaults returns what _defaults says, by the path of the field.
func readDefaults() (map[string]given, error) {
	files, err := schemaFiles()
	if err != nil {
		return nil, err
	}
	d := &defaults{hidden: map[string][]ast.Expr{}, found: map[string]given{}}
	for _, name := range files.Paths() {
		f, err := parser.ParseFile(name, files[name], parser.Version(languageVersion))
		if err != nil {
			return nil, err
		}
		for _, decl := range f.Decls {
			if field, ok := decl.(*ast.Field); ok {
				if label, _, _ := ast.LabelName(field.Label); strings.HasPrefix(label, "_") {
					d.hidden[label] = append(d.hidden[label], field.Value)
				}
			}
		}
	}
	for _, e := range d.hidden["_defaults"] {
		if err := d.read("", e, false); err != nil {
			return nil, err
		}
	}
	return d.found, nil
}

// read reads what an expression of _defaults says of a path.
func (d *defaults) read(path string, e ast.Expr, depends bool) error {
	switch e := e.(type) {
	case *ast.StructLit:
		for _, decl := range e.Elts {
			if err := d.declaration(path, decl, depends); err != nil {
				return err
			}
		}
	case *ast.Ident:
		for _, hidden := range d.hidden[e.Name] {
			if err := d.read(path, hidden, depends); err != nil {
				return err
			}
		}
	case *ast.ListLit:
		for _, elem := range e.Elts {
			if rest, ok := elem.(*ast.Ellipsis); ok {
				elem = rest.Type
			}
			if err := d.read(path+"[]", elem, depends); err != nil {
				return err
			}
		}
	case *ast.BinaryExpr:
		for _, side := range []ast.Expr{e.X, e.Y} {
			marked, ok := side.(*ast.UnaryExpr)
			if !ok || marked.Op != token.MUL {
				if err := d.read(path, side, depends); err != nil {
					return err
				}
				continue
			}
			text, err := format.Node(marked.X)
			if err != nil {
				return err
			}
			g := d.found[path]
			g.values, g.depends = append(g.values, string(text)), g.depends || depends
			d.found[path] = g
		}
	case nil:
	default:
		return fmt.Errorf("_defaults says of %s what the reference cannot read: %T", path, e)
	}
	return nil
}

func (d *defaults) declaration(path string, decl ast.Decl, depends bool) error {
	switch decl := decl.(type) {
	case *ast.Field:
		name := "<name>"
		if _, pattern := decl.Label.(*ast.ListLit); !pattern {
			var err error
			if name, _, err = ast.LabelName(decl.Label); err != nil {
				return err
			}
		}
		at := strings.TrimPrefix(path+"."+name, ".")
		if decl.Constraint == token.NOT {
			g := d.found[at]
			g.mandatory = true
			d.found[at] = g
		}
		return d.read(at, decl.Value, depends)
	case *ast.Comprehension:
		return d.read(path, decl.Value, true)
	case *ast.LetClause:
		return nil
	}
	return fmt.Errorf("_defaults says of %s what the reference cannot read: %T", path, decl)
}
