package load

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/errors"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/schema"
)

// compileError says what a name or import that means nothing is.
func (e *explainer) compileError(err errors.Error) diag.Diagnostic {
	at := position(err.Position())
	d := compileDiagnostic(err, at)
	d.Cluster = e.cluster
	format, args := err.Msg()
	if format != "reference %q not found" || len(args) != 1 {
		return d
	}
	name := fmt.Sprint(args[0])
	d.Code = codeUnresolved
	d.Message = fmt.Sprintf("nothing is called %s here", name)
	d.Suggestion = "correct the name, or put quotes around it if it is text"
	if _, found, _ := e.lookup(e.mesh, name); found {
		d.Suggestion = fmt.Sprintf("write %s: _ at the top of the file, and set what the expression needs: it does not see the schema's defaults", name)
		return d
	}
	for _, p := range append(builtins(), schema.ImportPath) {
		if path.Base(p) == name {
			d.Suggestion = fmt.Sprintf("add import %q at the top of the file", p)
			return d
		}
	}
	if names, ok := e.x.idents[at]; ok {
		f := e.fieldAt(names)
		d.Path = e.text(names)
		if text := strconv.Quote(e.x.chains[at]); !e.isAny(f.kind) && e.takesText(f.kind, text) {
			d.Suggestion = "put quotes around it: " + text
			return d
		}
		if near := diag.Nearest(name, unquoted(e.values(f.kind))); near != "" {
			d.Suggestion = fmt.Sprintf("write %q", near)
			return d
		}
		if !e.isAny(f.kind) {
			d.Suggestion = e.offer(f, scalar{}, names)
		}
	}
	if near := diag.Nearest(name, append(fieldsOf(e.x.value), "true", "false", "string", "int", "number", "bool", "schema")); near != "" {
		d.Suggestion = "write " + near
	}
	return d
}

// definitions reports references to definitions that the schema does not have.
func (e *explainer) definitions(files []*ast.File) {
	known := slices.Sorted(maps.Keys(e.language.definitions))
	for _, f := range files {
		ast.Walk(f, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			from, isName := sel.X.(*ast.Ident)
			name, isLabel := sel.Sel.(*ast.Ident)
			if !isName || !isLabel || slices.Contains(known, name.Name) {
				return true
			}
			if spec, ok := from.Node.(*ast.ImportSpec); !ok || spec.Path.Value != strconv.Quote(schema.ImportPath) {
				return true
			}
			suggestion := "use one of its definitions, such as " + from.Name + ".#Mesh"
			if near := diag.Nearest(name.Name, known); near != "" {
				suggestion = "write " + from.Name + "." + near
			}
			e.unnamed = true
			e.list = append(e.list, diag.Diagnostic{
				Code: codeUnresolved, Severity: diag.Error, Cluster: e.cluster,
				Message: "the schema has no " + name.Name, Suggestion: suggestion, Position: position(sel.Pos()),
			})
			return true
		}, nil)
	}
}

// nearCompileError says whether a name that means nothing stands on the line.
func (e *explainer) nearCompileError(at diag.Position) bool {
	return e.unnamed && slices.ContainsFunc(e.list, func(d diag.Diagnostic) bool {
		return d.Path == "" && d.Position.File == at.File && d.Position.Line == at.Line
	})
}

// buildErrors turns the errors of putting a package together into diagnostics.
func (b *batch) buildErrors(err error) diag.List {
	var list diag.List
	for _, e := range errors.Errors(err) {
		list = append(list, compileDiagnostic(e, position(e.Position())))
	}
	return list
}

// compileDiagnostic translates an error of names and imports.
func compileDiagnostic(err errors.Error, at diag.Position) diag.Diagnostic {
	text := words(err)
	d := diag.Diagnostic{Code: codeUnresolved, Severity: diag.Error, Position: at}
	switch {
	case strings.Contains(text, "unreferenced alias or let clause "):
		_, name, _ := strings.Cut(text, "clause ")
		d.Message, d.Suggestion = "nothing uses "+name+", which is given a value here", fmt.Sprintf("remove the line, or write %s: with a colon if it is a field", name)
	case strings.HasPrefix(text, "imported and not used"):
		d.Code = codeImport
		_, name, _ := strings.Cut(text, ": ")
		d.Message, d.Suggestion = "the import "+name+" is not used", "remove the import"
	case strings.Contains(text, "redeclared as imported package name"):
		d.Code = codeImport
		d.Message, d.Suggestion = "a field has the name of an imported package: "+strings.Fields(text)[0], "give the import another name: import other \"...\""
	default:
		d.Code = codeOther
		d.Message, d.Suggestion = plainError(text)
	}
	return d
}
