package chart

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/template/parse"
)

// maxTemplate is the most bytes of one template: Istio's largest has 12,000.
const maxTemplate = 128 << 10

// problem is what is wrong with a file of a chart.
type problem struct {
	file string // below the chart
	line int    // from 1; 0 for the file as a whole
	said string // what the file does, as in "calls now, which ..."
}

// forbidden returns what a template does that no chart from outside may do. What
// a chart may call is a list, so that a function that a later Helm brings is not
// run before somebody has looked at it.
func forbidden(file, text string) []problem {
	if len(text) > maxTemplate {
		return []problem{{file, 0, fmt.Sprintf("has %d bytes; the most that meshgen takes of a template is %d", len(text), maxTemplate)}}
	}
	all := map[string]*parse.Tree{}
	tree := parse.New(file)
	tree.Mode = parse.SkipFuncCheck
	if _, err := tree.Parse(text, "", "", all); err != nil {
		return []problem{unparsed(file, err)}
	}
	var found []problem
	for _, t := range all {
		everyNode(t.Root, func(n parse.Node) {
			id, ok := n.(*parse.IdentifierNode)
			if !ok || mayCall(id.Ident) {
				return
			}
			said := fmt.Sprintf("calls %s, which is none of the functions that meshgen runs", id.Ident)
			if reason := refusedFunctions[id.Ident]; reason != "" {
				said = fmt.Sprintf("calls %s, which %s", id.Ident, reason)
			}
			found = append(found, problem{file, 1 + strings.Count(text[:min(int(id.Position()), len(text))], "\n"), said})
		})
	}
	slices.SortFunc(found, func(a, b problem) int { return a.compare(b) })
	return slices.Compact(found)
}

// unparsed is an error of the parser's, which begins with the template's name
// and the line.
func unparsed(file string, err error) problem {
	p := problem{file: file, said: "is no template: " + err.Error()}
	rest, ok := strings.CutPrefix(err.Error(), "template: "+file+":")
	if number, said, cut := strings.Cut(rest, ": "); ok && cut {
		if line, err := strconv.Atoi(number); err == nil {
			p.line, p.said = line, "is no template: "+said
		}
	}
	return p
}

// everyNode visits a node and all below it.
func everyNode(n parse.Node, visit func(parse.Node)) {
	visit(n)
	branch := func(b *parse.BranchNode) {
		everyNode(b.Pipe, visit)
		everyNode(b.List, visit)
		if b.ElseList != nil {
			everyNode(b.ElseList, visit)
		}
	}
	switch n := n.(type) {
	case *parse.ListNode:
		if n != nil {
			for _, child := range n.Nodes {
				everyNode(child, visit)
			}
		}
	case *parse.ActionNode:
		everyNode(n.Pipe, visit)
	case *parse.PipeNode:
		for _, c := range n.Cmds {
			everyNode(c, visit)
		}
	case *parse.CommandNode:
		for _, arg := range n.Args {
			everyNode(arg, visit)
		}
	case *parse.ChainNode:
		everyNode(n.Node, visit)
	case *parse.IfNode:
		branch(&n.BranchNode)
	case *parse.WithNode:
		branch(&n.BranchNode)
	case *parse.RangeNode:
		branch(&n.BranchNode)
	case *parse.TemplateNode:
		if n.Pipe != nil {
			everyNode(n.Pipe, visit)
		}
	}
}

// compare orders problems by file, line and text.
func (p problem) compare(q problem) int {
	if c := strings.Compare(p.file, q.file); c != 0 {
		return c
	}
	if p.line != q.line {
		return p.line - q.line
	}
	return strings.Compare(p.said, q.said)
}
