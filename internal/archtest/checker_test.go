package archtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	gotypes "go/types"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

// checker reads one package and lists its breaches.
type checker struct {
	dir      string // the package's folder below the module's root
	fset     *token.FileSet
	breaches []string
}

// check returns the breaches of a package: its folder, and its files' texts by
// name. Each is a line with its place and the rule's reason.
func check(dir string, files map[string]string) []string {
	c := &checker{dir: dir, fset: token.NewFileSet()}
	var shipped []*ast.File
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f, err := parser.ParseFile(c.fset, path.Join(dir, name), files[name], parser.SkipObjectResolution)
		if err != nil {
			c.breaches = append(c.breaches, err.Error())
			continue
		}
		test := strings.HasSuffix(name, "_test.go")
		c.imports(f, test)
		c.functions(f, test)
		if !test {
			shipped = append(shipped, f)
		}
	}
	c.globals(shipped)
	return c.breaches
}

func (c *checker) breach(at token.Pos, format string, args ...any) {
	p := c.fset.Position(at)
	c.breaches = append(c.breaches, fmt.Sprintf("%s:%d: ", p.Filename, p.Line)+fmt.Sprintf(format, args...))
}

// imports holds a file's imports to the tables.
func (c *checker) imports(f *ast.File, test bool) {
	at := slices.IndexFunc(layers, func(l layer) bool { return l.path == c.dir })
	if at < 0 {
		c.breach(f.Package, "no rule speaks of package %s: say in layers what it may import", c.dir)
		return
	}
	for _, spec := range f.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			c.breach(spec.Pos(), "%v", err)
			continue
		}
		first, _, _ := strings.Cut(p, "/")
		ours, isOurs := strings.CutPrefix(p, module+"/")
		switch {
		case test && !slices.ContainsFunc(forTests, func(g string) bool { return within(p, g) }):
		case isOurs:
			if !slices.Contains(layers[at].may, ours) {
				c.breach(spec.Pos(), "%s may not import %s: %s", c.dir, ours, layers[at].note)
			}
		case strings.Contains(first, "."):
			rule, ok := longest(owners, p)
			if !ok {
				c.breach(spec.Pos(), "no package owns %s: say in owners which one, and why", p)
			} else {
				c.owned(spec.Pos(), p, rule)
			}
		default:
			if rule, ok := longest(guarded, p); ok {
				c.owned(spec.Pos(), p, rule)
			}
		}
	}
}

func (c *checker) owned(at token.Pos, p string, rule owner) {
	if !slices.Contains(rule.may, everybody) && !slices.Contains(rule.may, c.dir) {
		c.breach(at, "%s may not import %s: %s", c.dir, p, rule.note)
	}
}

// longest returns the rule with the longest path that an import is within.
func longest(rules []owner, p string) (owner, bool) {
	var found owner
	for _, rule := range rules {
		if within(p, rule.path) && len(rule.path) > len(found.path) {
			found = rule
		}
	}
	return found, found.path != ""
}

// within says whether an import path is another, or below it.
func within(p, above string) bool { return p == above || strings.HasPrefix(p, above+"/") }

// functions looks for init, and for the clock.
func (c *checker) functions(f *ast.File, test bool) {
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
			c.breach(fn.Pos(), "func init: what happens at the start of a program must be written where the program starts")
		}
	}
	name := importName(f, "time")
	if test || name == "" || slices.Contains(clocked, c.dir) {
		return
	}
	ast.Inspect(f, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := sel.X.(*ast.Ident); ok && x.Name == name && slices.Contains(clock, sel.Sel.Name) {
				c.breach(sel.Pos(), "%s may not call time.%s: no byte depends on when meshgen runs", c.dir, sel.Sel.Name)
			}
		}
		return true
	})
}

// importName returns the name by which a file calls a package, or "".
func importName(f *ast.File, p string) string {
	for _, spec := range f.Imports {
		if spec.Path.Value == strconv.Quote(p) {
			if spec.Name != nil {
				return spec.Name.Name
			}
			return path.Base(p)
		}
	}
	return ""
}

// globals looks for package variables that change. Types are checked with empty
// packages in the place of the imported ones: all that is asked is which name
// means which variable, and the errors that follow are of no interest.
func (c *checker) globals(files []*ast.File) {
	info := &gotypes.Info{Uses: map[*ast.Ident]gotypes.Object{}}
	config := gotypes.Config{Importer: empty{}, Error: func(error) {}}
	pkg, _ := config.Check(c.dir, c.fset, files, info)
	for _, f := range files {
		for _, d := range f.Decls {
			if decl, ok := d.(*ast.GenDecl); ok && decl.Tok == token.VAR {
				c.remembers(f, decl)
			}
		}
		// global returns the name of the package variable that an expression
		// leads to, through fields, elements and pointers.
		global := func(e ast.Expr) (string, bool) { return c.root(info, pkg, e) }
		report := func(e ast.Expr, what string) {
			if name, ok := global(e); ok {
				c.breach(e.Pos(), "%s %s, a variable of a package: what a function remembers, its callers cannot see", what, name)
			}
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				if n.Tok != token.DEFINE {
					for _, e := range n.Lhs {
						report(e, "this changes")
					}
				}
			case *ast.IncDecStmt:
				report(n.X, "this changes")
			case *ast.RangeStmt:
				if n.Tok == token.ASSIGN {
					report(n.Key, "this changes")
					report(n.Value, "this changes")
				}
			case *ast.UnaryExpr:
				if n.Op == token.AND {
					report(n.X, "this takes the address of")
				}
			case *ast.CallExpr:
				if fn, ok := n.Fun.(*ast.Ident); ok && slices.Contains([]string{"delete", "clear", "copy"}, fn.Name) && len(n.Args) > 0 {
					report(n.Args[0], "this changes")
				}
			}
			return true
		})
	}
}

// remembers reports variables that are there to change.
func (c *checker) remembers(f *ast.File, decl *ast.GenDecl) {
	for _, s := range decl.Specs {
		spec := s.(*ast.ValueSpec)
		for _, e := range append([]ast.Expr{spec.Type}, spec.Values...) {
			if e == nil {
				continue
			}
			ast.Inspect(e, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.FuncLit:
					return false // its own variables
				case *ast.ChanType:
					c.breach(n.Pos(), "%s is a channel for the whole package: pass it to those who need it", spec.Names[0].Name)
				case *ast.SelectorExpr:
					x, ok := n.X.(*ast.Ident)
					if ok && (x.Name == importName(f, "sync") || x.Name == importName(f, "sync/atomic")) {
						c.breach(n.Pos(), "%s is there to change (%s.%s): keep it in a value that its users hold", spec.Names[0].Name, x.Name, n.Sel.Name)
					}
				}
				return true
			})
		}
	}
}

// root returns the package variable that an expression is, or is a part of.
func (c *checker) root(info *gotypes.Info, pkg *gotypes.Package, e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.Ident:
		v, ok := info.Uses[e].(*gotypes.Var)
		return e.Name, ok && pkg != nil && v.Parent() == pkg.Scope()
	case *ast.SelectorExpr:
		if x, ok := e.X.(*ast.Ident); ok {
			if _, ok := info.Uses[x].(*gotypes.PkgName); ok {
				return x.Name + "." + e.Sel.Name, ast.IsExported(e.Sel.Name)
			}
		}
		return c.root(info, pkg, e.X)
	case *ast.IndexExpr:
		return c.root(info, pkg, e.X)
	case *ast.SliceExpr:
		return c.root(info, pkg, e.X)
	case *ast.StarExpr:
		return c.root(info, pkg, e.X)
	case *ast.ParenExpr:
		return c.root(info, pkg, e.X)
	}
	return "", false
}

// empty imports every package as one that holds nothing.
type empty struct{}

func (empty) Import(p string) (*gotypes.Package, error) {
	pkg := gotypes.NewPackage(p, path.Base(p))
	pkg.MarkComplete()
	return pkg, nil
}
