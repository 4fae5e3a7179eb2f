package check_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/meshgen/meshgen/internal/check"
	"github.com/meshgen/meshgen/internal/diag"
)

// TestSeverities: the page of a code says which severities it has. What they are
// is read from the sources: the literals of diagnostics and of what becomes one,
// and what is assigned to their severity afterwards.
func TestSeverities(t *testing.T) {
	pages := map[string]diag.Severity{}
	want := map[string][]string{}
	for _, d := range check.Docs() {
		pages[d.Code] = d.Severity
		want[d.Code] = []string{string(d.Severity)}
		if d.Also != "" {
			want[d.Code] = append(want[d.Code], string(d.Also))
			slices.Sort(want[d.Code])
		}
	}
	found := map[string]map[string]bool{}
	files, err := filepath.Glob("../*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for code, severities := range emitted(f, name, pages) {
			if found[code] == nil {
				found[code] = map[string]bool{}
			}
			maps.Copy(found[code], severities)
		}
	}
	for _, code := range slices.Sorted(maps.Keys(want)) {
		got := slices.Sorted(maps.Keys(found[code]))
		if len(got) > 0 && !slices.Equal(got, want[code]) { // none: it is put together elsewhere
			t.Errorf("%s is %v in the sources, and its page says %v", code, got, want[code])
		}
	}
	if len(found) < 100 {
		t.Errorf("severities of only %d codes were found: the sources are not as this test reads them", len(found))
	}
}

var codePattern = regexp.MustCompile(`^MG[0-9]{4}$`)

// emitted returns the severities of the codes that a file gives.
func emitted(f *ast.File, name string, pages map[string]diag.Severity) map[string]map[string]bool {
	found := map[string]map[string]bool{}
	add := func(code, severity string) {
		if found[code] == nil {
			found[code] = map[string]bool{}
		}
		found[code][severity] = true
	}
	constants := constantsOf(filepath.Dir(name))
	var own []string // the code of the one check in the file
	ast.Inspect(f, func(n ast.Node) bool {
		if lit, ok := n.(*ast.CompositeLit); ok {
			fields := fieldsOf(lit)
			if code := codeOf(fields, constants); code != "" && fields["Text"] != nil {
				own = append(own, code)
			}
		}
		return true
	})
	if len(own) == 1 {
		add(own[0], string(pages[own[0]]))
	}
	for _, d := range f.Decls {
		var last string // the code of the literal before an assignment
		ast.Inspect(d, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CompositeLit:
				fields := fieldsOf(n)
				code := codeOf(fields, constants)
				if fields["Text"] != nil {
					return false // a page
				}
				severity := fields["Severity"]
				if severity == nil {
					severity = fields["severity"]
				}
				if code == "" && len(own) == 1 && (severity != nil || fields["Message"] != nil) {
					code = own[0]
				}
				if code == "" {
					return true
				}
				last = code
				switch {
				case fields["warning"] != nil: // fit's way to say so
					add(code, "warning")
				case severity == nil && code != only(own):
					add(code, "error")
				case severity == nil:
				case named(severity) != "":
					add(code, named(severity))
				}
			case *ast.AssignStmt:
				for i, left := range n.Lhs {
					sel, ok := left.(*ast.SelectorExpr)
					if !ok || i >= len(n.Rhs) || !strings.EqualFold(sel.Sel.Name, "severity") || named(n.Rhs[i]) == "" {
						continue
					}
					if code := last; code != "" {
						add(code, named(n.Rhs[i]))
					} else if len(own) == 1 {
						add(own[0], named(n.Rhs[i]))
					}
				}
			case *ast.ReturnStmt: // of a function that says how bad it is
				if len(own) == 1 {
					for _, e := range n.Results {
						if s := named(e); s != "" {
							add(own[0], s)
						}
					}
				}
			case *ast.CallExpr: // of one that reports with the severity given
				for _, e := range n.Args {
					if s := named(e); s != "" && len(own) == 1 {
						add(own[0], s)
					}
				}
			}
			return true
		})
	}
	return found
}

// only returns the one element of a list, or "".
func only(list []string) string {
	if len(list) == 1 {
		return list[0]
	}
	return ""
}

// named returns the severity that an expression is, or "".
func named(e ast.Expr) string {
	if sel, ok := e.(*ast.SelectorExpr); ok {
		switch sel.Sel.Name {
		case "Error":
			return "error"
		case "Warning":
			return "warning"
		}
	}
	return ""
}

// fieldsOf returns the fields of a struct's literal by name.
func fieldsOf(lit *ast.CompositeLit) map[string]ast.Expr {
	fields := map[string]ast.Expr{}
	for _, e := range lit.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			if id, ok := kv.Key.(*ast.Ident); ok {
				fields[id.Name] = kv.Value
			}
		}
	}
	return fields
}

// codeOf returns the code among the fields of a literal, or "".
func codeOf(fields map[string]ast.Expr, constants map[string]string) string {
	for _, name := range []string{"Code", "code"} {
		switch e := fields[name].(type) {
		case *ast.BasicLit:
			if code, err := strconv.Unquote(e.Value); err == nil && codePattern.MatchString(code) {
				return code
			}
		case *ast.Ident:
			return constants[e.Name]
		}
	}
	return ""
}

// constantsOf returns the codes that a package has names for.
func constantsOf(dir string) map[string]string {
	found := map[string]string{}
	text, err := os.ReadFile(filepath.Join(dir, "codes.go"))
	if err != nil {
		return found
	}
	for _, m := range regexp.MustCompile(`(?m)^\s*(\w+)\s*=\s*"(MG[0-9]{4})"`).FindAllStringSubmatch(string(text), -1) {
		found[m[1]] = m[2]
	}
	return found
}
