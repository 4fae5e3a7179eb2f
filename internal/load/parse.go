package load

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"

	"github.com/meshgen/meshgen/internal/diag"
)

// maxDepth bounds how deep the syntax of a file nests. CUE's evaluation
// recurses with it, and a Go program that runs out of stack cannot recover.
const maxDepth = 1000

// parseFile reads one CUE file. The file is nil when it is not part of package
// pkg, or when there are errors.
func (s *Source) parseFile(name, pkg string) (*ast.File, diag.List) {
	content, problem := readFile(s.fsys, name, maxCUE)
	if problem != nil {
		suggestion := "write the file anew as UTF-8 text"
		if problem.position.Line == 0 {
			suggestion = "remove it, or put a plain file of text in its place, readable and of at most 1 MiB"
		}
		return nil, diag.List{problem.diagnostic(codeUnreadable, suggestion)}
	}
	if line := longChain(name, content); line > 0 {
		return nil, diag.List{tooDeep(name, line)}
	}
	f, err := parser.ParseFile(name, content, parser.ParseComments, parser.AllErrors, parser.Version(s.version))
	if err != nil || f.PackageName() == "" {
		if list := unmerged(name, content); len(list) > 0 {
			return nil, list
		}
	}
	if f != nil && err == nil && f.PackageName() != pkg || f != nil && excluded(f) {
		return nil, nil
	}
	if err != nil {
		return nil, syntaxErrors(err, content)
	}
	if depth(f) > maxDepth {
		return nil, diag.List{tooDeep(name, 1)}
	}
	if list := bounded(f); len(list) > 0 {
		return nil, list
	}
	return f, nil
}

// tooDeep reports a file whose values nest too deep.
func tooDeep(name string, line int) diag.Diagnostic {
	return diag.Diagnostic{
		Code: codeOther, Severity: diag.Error,
		Message:    fmt.Sprintf("%s nests more than the %d levels that meshgen reads", name, maxDepth),
		Suggestion: "write the value with fewer levels",
		Position:   diag.Position{File: name, Line: line, Column: 1},
	}
}

// packageFiles returns the files of a package: those in its folder, and those
// of the same package in the folders above, outermost first.
func (s *Source) packageFiles(dir, pkg string) ([]*ast.File, diag.List) {
	var files []*ast.File
	var list diag.List
	for _, d := range above(dir) {
		entries, err := fs.ReadDir(s.fsys, d)
		if err != nil {
			continue // a missing folder has no files; the caller sees that
		}
		for _, e := range entries {
			if !source(e.Name()) || s.isFolder(path.Join(d, e.Name())) {
				continue
			}
			f, problems := s.parseFile(path.Join(d, e.Name()), pkg)
			list = append(list, problems...)
			if f != nil {
				files = append(files, f)
			}
		}
	}
	return files, list
}

// above returns a folder and the folders around it, outermost first.
func above(dir string) []string {
	dirs := []string{dir}
	for dir != "." {
		dir = path.Dir(dir)
		dirs = append(dirs, dir)
	}
	slices.Reverse(dirs)
	return dirs
}

// depth returns how many syntax nodes stand inside each other at most.
func depth(f *ast.File) int {
	now, most := 0, 0
	ast.Walk(f, func(ast.Node) bool {
		now++
		most = max(most, now)
		return true
	}, func(ast.Node) { now-- })
	return most
}

// excluded says whether a build attribute keeps the file out. meshgen sets no
// tags: what a repository compiles to depends on its files alone.
func excluded(f *ast.File) bool {
	for _, d := range f.Decls {
		switch x := d.(type) {
		case *ast.CommentGroup:
		case *ast.Attribute:
			switch key, body := x.Split(); key {
			case "ignore":
				return true
			case "if":
				expr, err := parser.ParseExpr("", body)
				return err == nil && !holdsUntagged(expr)
			}
		default:
			return false
		}
	}
	return false
}

// holdsUntagged evaluates the condition of an @if attribute with no tag set.
func holdsUntagged(e ast.Expr) bool {
	switch x := e.(type) {
	case *ast.ParenExpr:
		return holdsUntagged(x.X)
	case *ast.UnaryExpr:
		return x.Op == token.NOT && !holdsUntagged(x.X)
	case *ast.BinaryExpr:
		a, b := holdsUntagged(x.X), holdsUntagged(x.Y)
		return x.Op == token.LAND && a && b || x.Op == token.LOR && (a || b)
	}
	return false
}

// firstLine returns a text up to its first line break.
func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}

// position turns CUE's position into ours; names are relative already, because
// the files are parsed under such names.
func position(p token.Pos) diag.Position {
	if !p.IsValid() {
		return diag.Position{}
	}
	return diag.Position{File: p.Filename(), Line: p.Line(), Column: p.Column()}
}
