package chart

import (
	"slices"
	"strconv"
	"text/template/parse"
)

// The functions that metering puts into templates.
const (
	enterFunction   = "meshgenEnter"
	leaveFunction   = "meshgenLeave"
	tickFunction    = "meshgenTick"
	showFunction    = "meshgenShow"
	rangeFunction   = "meshgenRange"
	compareFunction = "meshgenCompare"
)

// comparisons are Go's own, which know types that cannot be written down; so
// their arguments are paid for instead of their calls.
var comparisons = []string{"eq", "ne", "lt", "le", "gt", "ge"}

// meter puts the meter into a template that has been parsed: whatever is run
// again and again, printed, ranged over or compared is paid for first.
func meter(t *parse.Tree) {
	if t == nil || t.Root == nil {
		return
	}
	nodes := meterList(t.Root)
	t.Root.Nodes = slices.Concat([]parse.Node{action(t.Root, enterFunction, nodes)}, t.Root.Nodes, []parse.Node{action(t.Root, leaveFunction)})
}

// meterList meters what stands in a list, and returns what it takes to run it
// once: its nodes, and its texts by 32 bytes. What a loop's body takes, the loop
// pays itself.
func meterList(list *parse.ListNode) int {
	if list == nil {
		return 0
	}
	nodes := 0
	for _, node := range list.Nodes {
		nodes++
		switch node := node.(type) {
		case *parse.TextNode:
			nodes += len(node.Text) / 32
		case *parse.ActionNode:
			nodes += meterPipe(node.Pipe)
			if len(node.Pipe.Decl) == 0 {
				node.Pipe.Cmds = append(node.Pipe.Cmds, command(node, showFunction))
			}
		case *parse.TemplateNode:
			nodes += meterPipe(node.Pipe)
		case *parse.IfNode:
			nodes += meterPipe(node.Pipe) + meterList(node.List) + meterList(node.ElseList)
		case *parse.WithNode:
			nodes += meterPipe(node.Pipe) + meterList(node.List) + meterList(node.ElseList)
		case *parse.RangeNode:
			nodes += meterPipe(node.Pipe) + meterList(node.ElseList)
			node.Pipe.Cmds = append(node.Pipe.Cmds, command(node, rangeFunction))
			body := meterList(node.List)
			node.List.Nodes = slices.Insert(node.List.Nodes, 0, parse.Node(action(node.List, tickFunction, body)))
		}
	}
	return nodes
}

// meterPipe meters the comparisons of a pipeline.
func meterPipe(pipe *parse.PipeNode) int {
	if pipe == nil {
		return 0
	}
	nodes := len(pipe.Decl)
	for _, c := range pipe.Cmds {
		id, _ := c.Args[0].(*parse.IdentifierNode)
		compares := id != nil && slices.Contains(comparisons, id.Ident)
		for i, arg := range c.Args {
			nodes += 1 + meterArgument(arg)
			if !compares || i == 0 {
				continue
			}
			switch arg.(type) {
			case *parse.StringNode, *parse.NumberNode, *parse.BoolNode, *parse.NilNode: // counted, or of no size
			default:
				call := command(arg, compareFunction)
				call.Args = append(call.Args, arg)
				c.Args[i] = pipeline(arg, call)
			}
		}
	}
	return nodes
}

func meterArgument(arg parse.Node) int {
	switch arg := arg.(type) {
	case *parse.PipeNode:
		return meterPipe(arg)
	case *parse.ChainNode:
		return len(arg.Field) + meterArgument(arg.Node)
	case *parse.FieldNode:
		return len(arg.Ident)
	case *parse.StringNode:
		return len(arg.Text) / 32
	}
	return 0
}

// command is a call of one of the meter's functions, at the place of a node.
func command(at parse.Node, function string, arguments ...int) *parse.CommandNode {
	c := &parse.CommandNode{NodeType: parse.NodeCommand, Pos: at.Position(), Args: []parse.Node{parse.NewIdentifier(function).SetPos(at.Position())}}
	for _, n := range arguments {
		c.Args = append(c.Args, &parse.NumberNode{NodeType: parse.NodeNumber, Pos: at.Position(), IsInt: true, Int64: int64(n), Text: strconv.Itoa(n)})
	}
	return c
}

func pipeline(at parse.Node, c *parse.CommandNode) *parse.PipeNode {
	return &parse.PipeNode{NodeType: parse.NodePipe, Pos: at.Position(), Cmds: []*parse.CommandNode{c}}
}

// action is a call that stands by itself.
func action(at parse.Node, function string, arguments ...int) *parse.ActionNode {
	return &parse.ActionNode{NodeType: parse.NodeAction, Pos: at.Position(), Pipe: pipeline(at, command(at, function, arguments...))}
}
