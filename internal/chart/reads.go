package chart

import (
	"slices"
	"text/template/parse"
)

// reads is what a template's text can depend on: paths of values, and whether
// it may look at all of them. It is found by reading the template, and errs on
// one side only: what is not understood counts as all.
type reads struct {
	paths [][]string // below .Values, sorted, none below another
	all   bool
}

// restrict returns the part of the values that is read.
func (r reads) restrict(values map[string]any) map[string]any {
	if r.all {
		return values
	}
	part := map[string]any{}
	for _, path := range r.paths {
		copyPath(part, values, path)
	}
	return part
}

// copyPath puts what stands at a path of values into part.
func copyPath(part, values map[string]any, path []string) {
	value, ok := values[path[0]]
	if !ok {
		return
	}
	below, isMap := value.(map[string]any)
	if len(path) == 1 || !isMap {
		part[path[0]] = value
		return
	}
	inner, ok := part[path[0]].(map[string]any)
	if !ok {
		inner = map[string]any{}
		part[path[0]] = inner
	}
	copyPath(inner, below, path[1:])
}

// meet says whether one of the paths is read, or a part or the whole of it.
func (r reads) meet(paths [][]string) bool {
	return slices.ContainsFunc(paths, func(written []string) bool {
		return r.all || slices.ContainsFunc(r.paths, func(read []string) bool {
			n := min(len(read), len(written))
			return slices.Equal(read[:n], written[:n])
		})
	})
}

// tidy sorts the paths and drops those below another.
func (r reads) tidy() reads {
	if r.all {
		return reads{all: true}
	}
	slices.SortFunc(r.paths, slices.Compare)
	var kept [][]string
	for _, path := range r.paths {
		if len(kept) > 0 {
			last := kept[len(kept)-1]
			if len(path) >= len(last) && slices.Equal(path[:len(last)], last) {
				continue
			}
		}
		kept = append(kept, path)
	}
	r.paths = kept
	return r
}

// finder walks a template and the definitions that it includes.
type finder struct {
	// trees are the templates' texts and definitions by name. A name may be
	// defined by several templates; Helm takes the one that it reads last.
	trees map[string][]definition

	out     reads
	needs   map[string]bool // the templates that hold an included definition
	helpers map[string]bool // the helpers that do
	any     bool            // what is included is not known
	writes  [][]string      // paths of values that the template may change
	lost    bool            // it may change values, and it is not clear which
	fresh   map[string]bool // variables that hold a map that the template made
	seen    map[visit]bool  // definitions, so that recursion ends
}

// visit is a template that has been walked, with the root or with something else.
type visit struct {
	name string
	root bool
}

// definition is a text, or a part of it with a name of its own.
type definition struct {
	file string
	tree *parse.Tree
}

// start forgets the last template.
func (f *finder) start() {
	*f = finder{trees: f.trees, needs: map[string]bool{}, helpers: map[string]bool{}, fresh: map[string]bool{}, seen: map[visit]bool{}}
}

// scope says what the root of the template's data, which holds the values, is
// called at a place.
type scope struct{ dot, dollar bool }

// template walks a template or a definition. With the root it is called with
// the root; without, the caller has counted what it is called with.
func (f *finder) template(name string, root bool) {
	if f.seen[visit{name, true}] || f.seen[visit{name, root}] {
		return // once with the root is enough; once without is not
	}
	f.seen[visit{name, root}] = true
	definitions, ok := f.trees[name]
	f.any, f.out.all = f.any || !ok, f.out.all || !ok
	for _, d := range definitions {
		switch {
		case isHelper(d.file):
			f.helpers[d.file] = true
		case !isPrelude(d.file):
			f.needs[d.file] = true
		}
		if d.tree.Root != nil {
			f.list(d.tree.Root, scope{root, root})
		}
	}
}

func (f *finder) list(list *parse.ListNode, s scope) {
	if list == nil {
		return
	}
	for _, node := range list.Nodes {
		switch node := node.(type) {
		case *parse.ActionNode:
			f.pipe(node.Pipe, s)
		case *parse.IfNode:
			f.branch(&node.BranchNode, s, s)
		case *parse.RangeNode:
			f.branch(&node.BranchNode, s, scope{false, s.dollar})
		case *parse.WithNode:
			f.branch(&node.BranchNode, s, scope{false, s.dollar})
		case *parse.TemplateNode:
			f.call(node.Name, node.Pipe, s)
		case *parse.TextNode, *parse.CommentNode, *parse.BreakNode, *parse.ContinueNode:
		default:
			f.out.all = true
		}
	}
}

// branch walks an if, with or range; inner is the scope of its body.
func (f *finder) branch(b *parse.BranchNode, s, inner scope) {
	f.pipe(b.Pipe, s)
	f.list(b.List, inner)
	f.list(b.ElseList, s)
}

func (f *finder) pipe(pipe *parse.PipeNode, s scope) {
	if pipe == nil {
		return
	}
	for _, command := range pipe.Cmds {
		f.command(command, s)
	}
	for _, variable := range pipe.Decl {
		name := variable.Ident[0]
		made := f.isFresh(pipe)
		if known, ok := f.fresh[name]; ok {
			made = made && known
		}
		f.fresh[name] = made
	}
}

// makers are the functions that return a map of their own.
var makers = []string{"pick", "omit", "dict", "deepCopy", "mustDeepCopy", "fromYaml", "fromJson"}

// isFresh says whether a pipeline gives a map that is not the values'.
func (f *finder) isFresh(pipe *parse.PipeNode) bool {
	last := pipe.Cmds[len(pipe.Cmds)-1].Args
	id, ok := last[0].(*parse.IdentifierNode)
	if !ok {
		return false
	}
	if slices.Contains(writers, id.Ident) && len(last) > 1 {
		variable, ok := last[1].(*parse.VariableNode)
		return ok && len(variable.Ident) == 1 && f.fresh[variable.Ident[0]]
	}
	return slices.Contains(makers, id.Ident)
}

// writers are the functions that change their first argument.
var writers = []string{"set", "unset", "merge", "mergeOverwrite", "mustMerge", "mustMergeOverwrite"}

// choosers are the functions that read single keys of their first argument.
var choosers = []string{"pick", "hasKey", "get", "index"}

// command walks a call, whose first argument is the function.
func (f *finder) command(c *parse.CommandNode, s scope) {
	args := c.Args
	if id, ok := args[0].(*parse.IdentifierNode); ok && len(args) > 1 {
		switch {
		case id.Ident == "tpl":
			f.any, f.out.all = true, true
		case id.Ident == "lookup":
			f.out.all = true
		case id.Ident == "include":
			f.include(args[1:], s)
			return
		case slices.Contains(writers, id.Ident):
			f.write(args)
		case slices.Contains(choosers, id.Ident) && f.chosen(args[1], args[2:]):
			return
		case id.Ident == "dig" && len(args) > 3 && f.dug(args[len(args)-1], args[1:len(args)-2]):
			f.node(args[len(args)-2], s) // the default
			return
		}
	}
	for _, arg := range args {
		f.node(arg, s)
	}
}

// include walks an included definition, and what it is called with.
func (f *finder) include(args []parse.Node, s scope) {
	name, ok := args[0].(*parse.StringNode)
	if !ok || len(args) != 2 {
		f.any, f.out.all = true, true
		return
	}
	root := isRoot(args[1], s)
	if !root {
		f.node(args[1], s)
	}
	f.template(name.Text, root)
}

// call walks a definition that stands in place of {{template}}.
func (f *finder) call(name string, pipe *parse.PipeNode, s scope) {
	root := pipe != nil && len(pipe.Cmds) == 1 && len(pipe.Cmds[0].Args) == 1 && isRoot(pipe.Cmds[0].Args[0], s)
	if !root {
		f.pipe(pipe, s)
	}
	f.template(name, root)
}

// write notes that a call may change its first argument.
func (f *finder) write(args []parse.Node) {
	if path, ok := values(args[1]); ok {
		if key, ok := args[len(args)-1].(*parse.StringNode); ok && len(args) == 3 { // unset
			path = append(path, key.Text)
		} else if key, ok := args[min(2, len(args)-1)].(*parse.StringNode); ok && len(args) == 4 { // set
			path = append(path, key.Text)
		}
		f.writes = append(f.writes, path)
		f.lost = f.lost || len(path) == 0
		return
	}
	switch node := args[1].(type) {
	case *parse.VariableNode:
		f.lost = f.lost || len(node.Ident) != 1 || !f.fresh[node.Ident[0]]
	case *parse.PipeNode:
		f.lost = f.lost || !f.isFresh(node)
	default:
		f.lost = true
	}
}

// chosen takes single keys of a part of the values, when they are constants.
func (f *finder) chosen(from parse.Node, keys []parse.Node) bool {
	path, ok := values(from)
	if !ok || len(keys) == 0 {
		return false
	}
	var found [][]string
	for _, key := range keys {
		text, ok := key.(*parse.StringNode)
		if !ok {
			return false
		}
		found = append(found, append(slices.Clone(path), text.Text))
	}
	f.out.paths = append(f.out.paths, found...)
	return true
}

// dug takes the one path of a part of the values, when it is constant.
func (f *finder) dug(from parse.Node, keys []parse.Node) bool {
	path, ok := values(from)
	if !ok {
		return false
	}
	for _, key := range keys {
		text, ok := key.(*parse.StringNode)
		if !ok {
			return false
		}
		path = append(path, text.Text)
	}
	f.out.paths = append(f.out.paths, path)
	return true
}

func (f *finder) node(node parse.Node, s scope) {
	if path, ok := values(node); ok {
		if len(path) == 0 {
			f.out.all = true
			return
		}
		f.out.paths = append(f.out.paths, path)
		return
	}
	switch node := node.(type) {
	case *parse.PipeNode:
		f.pipe(node, s)
	case *parse.ChainNode:
		f.node(node.Node, s)
	case *parse.CommandNode:
		f.command(node, s)
	default:
		f.out.all = f.out.all || isRoot(node, s)
	}
}

// isRoot says whether a node hands on the root as a whole.
func isRoot(node parse.Node, s scope) bool {
	switch node := node.(type) {
	case *parse.DotNode:
		return s.dot
	case *parse.VariableNode:
		return s.dollar && slices.Equal(node.Ident, []string{"$"})
	}
	return false
}

// values returns the path below .Values that a node reads: .Values.a,
// $.Values.a and ($.Values).a alike.
func values(node parse.Node) ([]string, bool) {
	idents := names(node)
	if len(idents) > 0 && idents[0] == "$" {
		idents = idents[1:]
	}
	if len(idents) == 0 || idents[0] != "Values" {
		return nil, false
	}
	return idents[1:], true
}

// names returns the names that a chain of fields is made of, or nil.
func names(node parse.Node) []string {
	switch node := node.(type) {
	case *parse.FieldNode:
		return slices.Clone(node.Ident)
	case *parse.VariableNode:
		return slices.Clone(node.Ident)
	case *parse.ChainNode:
		if inner := names(node.Node); inner != nil {
			return append(inner, node.Field...)
		}
	case *parse.PipeNode:
		if len(node.Cmds) == 1 && len(node.Decl) == 0 && len(node.Cmds[0].Args) == 1 {
			return names(node.Cmds[0].Args[0])
		}
	}
	return nil
}
