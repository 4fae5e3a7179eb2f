package load

import (
	"fmt"
	"path"
	"slices"
	"strconv"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/literal"
	"cuelang.org/go/cue/scanner"
	"cuelang.org/go/cue/token"

	"github.com/meshgen/meshgen/internal/diag"
)

// CUE's evaluation cannot be stopped, and a Go program that asks the system for
// more memory than there is ends on the spot. So what makes much of little in
// one step is refused before it is evaluated: the calls below, and products of
// texts. What grows step by step is Watch's to see.

// multipliers are the functions of CUE's packages whose result is as large as
// the product of two arguments, with what may stand there all the same. A
// function is named by its package's path and its own name.
var multipliers = map[string]struct {
	fits    func(args []ast.Expr) bool // nil when nothing does
	message string                     // what is wrong with it
	instead string                     // what to type
}{
	"encoding/json.Indent":     {nil, "can make a text without an end", "write the text outright, or use json.Marshal"},
	"list.Range":               {shortRange, "makes a list of a length that cannot be seen before it is made", fmt.Sprintf("give it three whole numbers outright, for at most %d elements", maxElements)},
	"list.Repeat":              {nil, "can make a list without an end", "write the list outright, or with a comprehension over list.Range"},
	"math/bits.Lsh":            {nil, "can make a number without an end", "write the number outright"},
	"math/bits.SetBit":         {nil, "can make a number without an end", "write the number outright"},
	"regexp.ReplaceAll":        {shortReplacement(2), "can make a text without an end", replacement},
	"regexp.ReplaceAllLiteral": {shortReplacement(2), "can make a text without an end", replacement},
	"strconv.FormatFloat":      {nil, "can make a text without an end", `write the number into a text, as in "\(x)"`},
	"strings.Join":             {shortSeparator, "can make a text without an end", fmt.Sprintf("give it the separator outright, of at most %d bytes", maxSeparator)},
	"strings.Repeat":           {nil, "can make a text without an end", "write the text outright"},
	"strings.Replace":          {shortReplacement(2), "can make a text without an end", replacement},
}

const (
	maxElements  = 10_000
	maxSeparator = 64
)

// replacement is what to type where a text is replaced.
var replacement = fmt.Sprintf("give it the replacement outright, of at most %d bytes", maxSeparator)

// shortReplacement returns what says whether an argument, which takes the place
// of what a text has any number of times, is short.
func shortReplacement(at int) func(args []ast.Expr) bool {
	return func(args []ast.Expr) bool { return len(args) <= at || shortText(args[at]) }
}

// shortRange says whether list.Range makes few elements.
func shortRange(args []ast.Expr) bool {
	var n [3]int64
	for i := range n {
		var ok bool
		if n[i], ok = wholeNumber(args, i); !ok {
			return false
		}
	}
	return n[2] != 0 && (n[1]-n[0])/n[2] <= maxElements
}

// wholeNumber returns an argument that is a number, written outright.
func wholeNumber(args []ast.Expr, i int) (n int64, ok bool) {
	if i >= len(args) {
		return 0, false
	}
	e, sign := args[i], int64(1)
	if u, ok := e.(*ast.UnaryExpr); ok && u.Op == token.SUB {
		e, sign = u.X, -1
	}
	lit, ok := e.(*ast.BasicLit)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseInt(lit.Value, 10, 32) // which has no 1K, nor other forms
	return sign * n, err == nil
}

// shortSeparator says whether strings.Join puts little between the elements.
func shortSeparator(args []ast.Expr) bool {
	if len(args) < 2 {
		return true // CUE says what is missing
	}
	return shortText(args[1])
}

// shortText says whether an expression is a short text, written outright.
func shortText(e ast.Expr) bool {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return false
	}
	text, err := literal.Unquote(lit.Value)
	return err == nil && len(text) <= maxSeparator
}

// outside are the packages that act on the world, and formatters those whose
// texts can be of any size: a template has loops, and a column pads every row.
var (
	outside    = []string{"tool", "tool/cli", "tool/exec", "tool/file", "tool/http", "tool/os"}
	formatters = []string{"text/tabwriter", "text/template"}
)

// bounded reports what a file holds that could take without end, or from
// outside. It also makes every product one of numbers.
func bounded(f *ast.File) diag.List {
	var list diag.List
	add := func(code string, at ast.Node, message, suggestion string) {
		list = append(list, diag.Diagnostic{
			Code: code, Severity: diag.Error, Message: message, Suggestion: suggestion, Position: position(at.Pos()),
		})
	}
	packages := map[string]string{}
	for d := range f.ImportSpecs() {
		p, err := literal.Unquote(d.Path.Value)
		if err != nil {
			continue // CUE says so
		}
		name := ast.ParseImportPath(p)
		local := name.Qualifier
		if d.Name != nil {
			local = d.Name.Name
		}
		packages[local] = name.Path
		switch {
		case slices.Contains(outside, name.Path):
			add(codeOutside, d, fmt.Sprintf("the package %q runs programs or reads the machine, and an intent is its files alone", name.Path),
				"remove the import, and write the value outright")
		case slices.Contains(formatters, name.Path):
			add(codeMultiplies, d, fmt.Sprintf("the package %q can make a text without an end", name.Path),
				`remove the import, and write the text with interpolations, as in "\(x)"`)
		}
	}
	called := map[ast.Expr]*ast.CallExpr{}
	ast.Walk(f, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.CallExpr:
			called[x.Fun] = x
		case *ast.SelectorExpr:
			id, ok := x.X.(*ast.Ident)
			name, _, _ := ast.LabelName(x.Sel)
			if !ok || packages[id.Name] == "" {
				break
			}
			full := packages[id.Name] + "." + name
			m, ok := multipliers[full]
			if call := called[x]; !ok || call != nil && m.fits != nil && m.fits(call.Args) {
				break
			}
			add(codeMultiplies, x, full+" "+m.message, m.instead)
		case *ast.BinaryExpr:
			if x.Op != token.MUL {
				break
			}
			if isText(x.X) || isText(x.Y) {
				add(codeMultiplies, x, "a text is multiplied, which can make one without an end", "write the text outright")
				break
			}
			for _, operand := range []*ast.Expr{&x.X, &x.Y} {
				if _, ok := (*operand).(*ast.BasicLit); !ok { // CUE takes the sign of a number alone
					*operand = &ast.UnaryExpr{Op: token.ADD, OpPos: (*operand).Pos(), X: *operand}
				}
			}
		case *ast.Attribute:
			if name, _ := x.Split(); slices.Contains([]string{"embed", "extern", "tag"}, name) {
				add(codeOutside, x, fmt.Sprintf("@%s takes a value from outside, and an intent is its CUE files alone", name),
					"remove the attribute, and write the value outright")
			}
		}
		return true
	}, nil)
	return list
}

// isText says whether an expression is a text, or bytes, written outright.
func isText(e ast.Expr) bool {
	lit, ok := e.(*ast.BasicLit)
	_, inter := e.(*ast.Interpolation)
	return inter || ok && lit.Kind == token.STRING
}

// longChain returns where fields nest in each other without braces, a: b: c:
// and so on, for longer than maxDepth, or 0. CUE's parser bounds other nesting
// by itself.
func longChain(name string, content []byte) (line int) {
	var s scanner.Scanner
	s.Init(token.NewFile(name, -1, len(content)), content, func(token.Pos, string, []any) {}, 0)
	for run := 0; ; {
		pos, tok, _ := s.Scan()
		switch tok {
		case token.EOF:
			return 0
		case token.COLON:
			if run++; run > maxDepth {
				return pos.Line()
			}
		case token.COMMA, token.LBRACE, token.RBRACE:
			run = 0
		}
	}
}

// Watch is told that the evaluation of a cluster begins. The channel that it
// returns gives, if ever, what there has been too much of, such as "5 s"; stop
// says that the evaluation has ended. It is called from several goroutines.
type Watch func() (tooMuch <-chan string, stop func())

// watched loads a cluster, and gives up when the watch says so: the evaluation
// is then left to itself, and the rest of the repository is not looked at, for
// there may be nothing left to do it with.
func (s *Source) watched(b *batch, name string) (r Result, whole bool) {
	if s.Watch == nil {
		return s.loadSafely(b, name)
	}
	if s.runaway.Load() {
		return Result{Cluster: name}, true
	}
	tooMuch, stop := s.Watch()
	defer stop()
	done := make(chan struct{})
	go func() {
		defer close(done)
		r, whole = s.loadSafely(b, name)
	}()
	select {
	case <-done:
		return r, whole
	case much := <-tooMuch:
		s.runaway.Store(true)
		return Result{Cluster: name, Diagnostics: diag.List{{
			Code: codeRunaway, Severity: diag.Error, Cluster: name,
			Message:    fmt.Sprintf("the evaluation of this cluster's files was stopped: it has taken %s, and does not end", much),
			Suggestion: "take out what was added last: comprehensions inside each other, values that double at each step, or many choices with |",
			Position:   diag.Position{File: path.Join(overlays, name)},
		}}}, false
	}
}
