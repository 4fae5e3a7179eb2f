package load

import (
	"fmt"
	"regexp"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/literal"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"
)

// language is the schema as a reader sees it: its definitions with their
// comments. It serves messages alone; what is right and wrong is CUE's to say.
type language struct {
	mesh        *kind            // #Mesh
	defaults    *kind            // _defaults; only its required fields are of use
	definitions map[string]*kind // by name, such as #CPU
}

// form says what a kind is.
type form int

const (
	formAny     form = iota
	formBasic        // name is string, int, number or bool
	formLiteral      // text is the value as CUE source
	formMatch        // text is a regular expression
	formBound        // op and text, such as >= and 1
	formCall         // name is a builtin, such as time.Duration
	formStruct
	formList
	formAll    // every one of parts
	formEither // one of parts
	formNamed  // name is a definition
)

// kind is what a value may be.
type kind struct {
	form  form
	name  string
	text  string
	op    token.Token
	match *regexp.Regexp // of text
	parts []*kind

	fields   []field // of a struct, in the schema's order
	patterns []pattern
	open     bool

	elem  *kind // of a list
	least int   // elements that a list must have

	doc string // the comment of a definition
}

// field is a field of a struct.
type field struct {
	name     string
	required bool
	optional bool
	doc      string
	kind     *kind
}

// pattern is what a struct says of all fields whose names match.
type pattern struct {
	key  *kind
	kind *kind
}

// readLanguage reads the embedded schema.
func readLanguage() (*language, error) {
	files, err := schemaFiles()
	if err != nil {
		return nil, err
	}
	l := &language{definitions: map[string]*kind{}, defaults: &kind{form: formStruct}}
	for _, name := range files.Paths() {
		f, err := parser.ParseFile(schemaPrefix+name, files[name], parser.ParseComments, parser.Version(languageVersion))
		if err != nil {
			return nil, err
		}
		for _, d := range f.Decls {
			fd, ok := d.(*ast.Field)
			if !ok {
				continue
			}
			label, _, _ := ast.LabelName(fd.Label)
			k, err := readKind(fd.Value)
			if err != nil {
				return nil, fmt.Errorf("%s: %s: %w", name, label, err)
			}
			switch {
			case label == "_defaults":
				l.defaults.parts = append(l.defaults.parts, k)
				l.defaults.form = formAll
			case strings.HasPrefix(label, "#"):
				k.doc = comment(fd)
				l.definitions[label] = k
			}
		}
	}
	if l.mesh = l.definitions["#Mesh"]; l.mesh == nil {
		return nil, fmt.Errorf("the schema has no #Mesh")
	}
	return l, nil
}

// readKind reads an expression of the schema.
func readKind(e ast.Expr) (*kind, error) {
	switch x := e.(type) {
	case *ast.ParenExpr:
		return readKind(x.X)
	case *ast.Ident:
		switch {
		case strings.HasPrefix(x.Name, "#"):
			return &kind{form: formNamed, name: x.Name}, nil
		case x.Name == "string", x.Name == "int", x.Name == "number", x.Name == "bool":
			return &kind{form: formBasic, name: x.Name}, nil
		case strings.HasPrefix(x.Name, "_"):
			return &kind{form: formAny}, nil
		}
	case *ast.BasicLit:
		return &kind{form: formLiteral, text: x.Value}, nil
	case *ast.UnaryExpr:
		switch x.Op {
		case token.MUL:
			return readKind(x.X)
		case token.MAT:
			lit, ok := x.X.(*ast.BasicLit)
			if !ok {
				break
			}
			text, err := literal.Unquote(lit.Value)
			if err != nil {
				return nil, err
			}
			match, err := regexp.Compile(text)
			return &kind{form: formMatch, text: text, match: match}, err
		case token.GEQ, token.LEQ, token.GTR, token.LSS, token.NEQ:
			if lit, ok := x.X.(*ast.BasicLit); ok {
				return &kind{form: formBound, op: x.Op, text: lit.Value}, nil
			}
		}
	case *ast.BinaryExpr:
		a, err := readKind(x.X)
		if err != nil {
			return nil, err
		}
		b, err := readKind(x.Y)
		if err != nil {
			return nil, err
		}
		switch x.Op {
		case token.AND:
			return joined(formAll, a, b), nil
		case token.OR:
			return joined(formEither, a, b), nil
		}
	case *ast.CallExpr:
		if sel, ok := x.Fun.(*ast.SelectorExpr); ok {
			pkg, isName := sel.X.(*ast.Ident)
			name, isLabel := sel.Sel.(*ast.Ident)
			if isName && isLabel {
				return &kind{form: formCall, name: pkg.Name + "." + name.Name}, nil
			}
		}
	case *ast.ListLit:
		return readList(x)
	case *ast.StructLit:
		return readStruct(x)
	}
	return nil, fmt.Errorf("an expression of a kind that messages do not know: %T", e)
}

// joined makes one kind of two, flattening chains of the same form.
func joined(f form, a, b *kind) *kind {
	k := &kind{form: f}
	for _, part := range []*kind{a, b} {
		if part.form == f {
			k.parts = append(k.parts, part.parts...)
		} else {
			k.parts = append(k.parts, part)
		}
	}
	return k
}

// readList reads [...T] and [T, ...T].
func readList(x *ast.ListLit) (*kind, error) {
	k := &kind{form: formList, elem: &kind{form: formAny}}
	for _, e := range x.Elts {
		if rest, ok := e.(*ast.Ellipsis); ok {
			if rest.Type == nil {
				continue
			}
			e = rest.Type
		} else {
			k.least++
		}
		elem, err := readKind(e)
		if err != nil {
			return nil, err
		}
		k.elem = elem
	}
	return k, nil
}

// readStruct reads a struct; what it embeds becomes a part beside it.
func readStruct(x *ast.StructLit) (*kind, error) {
	k := &kind{form: formStruct}
	all := &kind{form: formEither, parts: []*kind{k}}
	for _, d := range x.Elts {
		switch d := d.(type) {
		case *ast.Ellipsis:
			k.open = true
		case *ast.EmbedDecl:
			part, err := readKind(d.Expr)
			if err != nil {
				return nil, err
			}
			all.parts = append(all.parts, part)
		case *ast.Field:
			value, err := readKind(d.Value)
			if err != nil {
				return nil, err
			}
			if list, ok := d.Label.(*ast.ListLit); ok && len(list.Elts) == 1 {
				key, err := readKind(list.Elts[0])
				if err != nil {
					return nil, err
				}
				k.patterns = append(k.patterns, pattern{key, value})
				continue
			}
			name, _, err := ast.LabelName(d.Label)
			if err != nil {
				return nil, err
			}
			k.fields = append(k.fields, field{name: name, required: d.Constraint == token.NOT, optional: d.Constraint == token.OPTION, doc: comment(d), kind: value})
		}
	}
	if len(all.parts) > 1 {
		all.form = formAll
		return all, nil
	}
	return k, nil
}

// comment returns the comment above a field as one line.
func comment(f *ast.Field) string {
	var lines []string
	for _, g := range ast.Comments(f) {
		if !g.Doc {
			continue
		}
		for _, c := range g.List {
			lines = append(lines, strings.TrimSpace(strings.TrimPrefix(c.Text, "//")))
		}
	}
	return strings.Join(lines, " ")
}
