//go:build unix

package render

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"

	"github.com/meshgen/meshgen/schema"
)

// generator writes intents: it walks the schema's own syntax, and takes each
// decision from the next byte of an input.
type generator struct {
	definitions map[string]ast.Expr
}

func newGenerator(f *testing.F) *generator {
	f.Helper()
	g := &generator{definitions: map[string]ast.Expr{}}
	names, err := schema.FS.ReadDir(".")
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range names {
		text, err := schema.FS.ReadFile(e.Name())
		if err != nil {
			f.Fatal(err)
		}
		file, err := parser.ParseFile(e.Name(), text)
		if err != nil {
			f.Fatal(err)
		}
		for _, d := range file.Decls {
			if field, ok := d.(*ast.Field); ok {
				if name, _, _ := ast.LabelName(field.Label); strings.HasPrefix(name, "#") {
					g.definitions[name] = field.Value
				}
			}
		}
	}
	if g.definitions["#Mesh"] == nil {
		f.Fatal("the schema has no #Mesh")
	}
	return g
}

// writer is one intent that is being written.
type writer struct {
	g       *generator
	choices []byte
	depth   int
}

// next returns a number below n. Without choices left it is 0.
func (w *writer) next(n int) int {
	if len(w.choices) == 0 {
		return 0
	}
	c := int(w.choices[0])
	w.choices = w.choices[1:]
	return c % n
}

// intent writes an intent.
func (g *generator) intent(choices []byte) string {
	w := &writer{g: g, choices: choices}
	text := w.expr(g.definitions["#Mesh"])
	return strings.TrimSuffix(strings.TrimPrefix(text, "{"), "}") + "\n"
}

// texts are what strings may be: sound values of many kinds first, then odd ones.
var texts = []string{
	"a", "shop", "istio-system", "public", "1.31.1", "1.34", "100m", "1", "128Mi", "1Gi", "5s", "10.0.0.1", "10.0.0.0/24", "example.com", "*.example.com",
	"shop.shop.svc.cluster.local", "http", "https", "/", "/api", "GET", "cluster.local", "istio", "STRICT", "ReadWriteOnce", "app", "50%", "x-user",
	"", " ", "A", "..", "../..", "/etc/passwd", "a b", "a\nb", "{{ now }}", "${VAR}", "é", "-1", "0", "1e309", "99999999999999999999", "null", "true", "a: b", "#", "'\"`\\", strings.Repeat("a", 300),
}

var numbers = []string{"1", "2", "80", "443", "15012", "100", "0", "-1", "65535", "65536", "1.5", "9223372036854775807", "1e100", "2147483648"}

func (w *writer) text() string { return strconv.Quote(texts[w.next(len(texts))]) }

// expr writes a value of what the schema says.
func (w *writer) expr(e ast.Expr) string {
	if w.depth++; w.depth > 60 {
		w.depth--
		return "_"
	}
	defer func() { w.depth-- }()
	switch x := e.(type) {
	case *ast.ParenExpr:
		return w.expr(x.X)
	case *ast.Ident:
		switch x.Name {
		case "string":
			return w.text()
		case "int", "number":
			return numbers[w.next(len(numbers))]
		case "bool":
			return []string{"true", "false"}[w.next(2)]
		}
		if d := w.g.definitions[x.Name]; d != nil {
			return w.expr(d)
		}
		return []string{`"a"`, "1", "{}", "[]", "null", "true", `{a: "b"}`, `["a"]`}[w.next(8)]
	case *ast.BasicLit:
		return x.Value
	case *ast.UnaryExpr:
		switch x.Op {
		case token.MUL:
			return w.expr(x.X)
		case token.MAT, token.NMAT:
			return w.text()
		}
		return numbers[w.next(len(numbers))]
	case *ast.BinaryExpr:
		sides := []ast.Expr{x.X, x.Y}
		if x.Op == token.AND { // the part that says more, as a rule
			if id, ok := x.X.(*ast.Ident); ok && !strings.HasPrefix(id.Name, "#") {
				return w.expr(sides[1])
			}
			return w.expr(sides[w.next(5)/4])
		}
		return w.expr(sides[w.next(2)])
	case *ast.CallExpr:
		return w.text()
	case *ast.ListLit:
		var elems []string
		for range w.next(3) {
			for _, elt := range x.Elts {
				if rest, ok := elt.(*ast.Ellipsis); ok && rest.Type != nil {
					elt = rest.Type
				}
				elems = append(elems, w.expr(elt))
			}
		}
		return "[" + strings.Join(elems, ", ") + "]"
	case *ast.StructLit:
		return w.structure(x)
	}
	return "_"
}

// structure writes some of a struct's fields.
func (w *writer) structure(x *ast.StructLit) string {
	var fields []string
	for _, d := range x.Elts {
		switch d := d.(type) {
		case *ast.EmbedDecl:
			inner := w.expr(d.Expr)
			fields = append(fields, strings.TrimSuffix(strings.TrimPrefix(inner, "{"), "}"))
		case *ast.Field:
			if _, ok := d.Label.(*ast.ListLit); ok {
				for range w.next(3) {
					name := w.text()
					fields = append(fields, name+": "+w.expr(d.Value))
				}
				continue
			}
			name, _, err := ast.LabelName(d.Label)
			if err != nil {
				continue
			}
			if d.Constraint == token.NOT && w.next(16) != 15 || w.next(4) == 1 {
				fields = append(fields, fmt.Sprintf("%q: %s", name, w.expr(d.Value)))
			}
		}
	}
	kept := fields[:0]
	for _, f := range fields {
		if strings.TrimSpace(f) != "" {
			kept = append(kept, f)
		}
	}
	return "{" + strings.Join(kept, ", ") + "}"
}
