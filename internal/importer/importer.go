// Package importer turns what a cluster says of itself into the intent's words:
// the list that kubectl get nodes prints into node pools.
//
// What it writes is a proposal that people read, correct and keep. So it errs on
// the careful side: a pool has the memory of its smallest node, rounded down,
// and what the API does not know, such as the size of a page, is said in a
// comment instead of being passed over. Equal nodes become one pool, and the
// order in which they are listed does not show.
package importer

import (
	"fmt"
	"slices"

	"github.com/meshgen/meshgen/internal/diag"
)

// The codes of this package. A code is for ever; package check documents them.
const (
	codeUnread  = "MG6006" // the input is no list of nodes
	codeLeftOut = "MG6007" // a node that no pool can hold
)

// MaxBytes is the most that Nodes reads as JSON: 5,000 nodes with the images
// that they hold take a third of it.
const MaxBytes = 256 << 20

// maxYAML is the most that Nodes reads as YAML, whose reader keeps the place of
// every value.
const maxYAML = 32 << 20

// most is how many diagnostics are worth reading.
const most = 20

// Nodes reads a list of nodes, as JSON or YAML: what kubectl get nodes -o json
// prints, a NodeList, a single Node, or several of these. name is what the input
// is called in diagnostics. The result is empty when there are errors; there is
// no input that makes it panic.
func Nodes(name string, data []byte) (Result, diag.List) {
	items, list := read(name, data)
	var nodes []node
	first := map[string]item{}
	for _, it := range items {
		n, problems := it.node()
		list = append(list, problems...)
		if problems.HasErrors() || n.name == "" {
			continue
		}
		if before, twice := first[n.name]; twice {
			list = append(list, diag.Diagnostic{
				Code: codeUnread, Severity: diag.Error,
				Message:    fmt.Sprintf("node %s stands here a second time", n.name),
				Suggestion: "give the nodes of one cluster, each once",
				Position:   it.place.of("metadata", "name"),
				Related:    []diag.Note{{Message: "the first one", Position: before.place.of("metadata", "name")}},
			})
			continue
		}
		first[n.name] = it
		nodes = append(nodes, n)
	}
	if len(nodes) == 0 && !list.HasErrors() {
		list = append(list, diag.Diagnostic{
			Code: codeUnread, Severity: diag.Error,
			Message:    name + " holds no node",
			Suggestion: wanted,
			Position:   diag.Position{File: name},
		})
	}
	list = shortened(list.Sorted())
	if list.HasErrors() {
		return Result{}, list
	}
	slices.SortFunc(nodes, compareNodes)
	return result(nodes), list
}

// wanted says what to give.
const wanted = "give what kubectl get nodes -o json prints"

// shortened keeps the first diagnostics of many, and says how many there are.
// Errors go before warnings where not all can stay.
func shortened(list diag.List) diag.List {
	if len(list) <= most {
		return list
	}
	slices.SortStableFunc(list, func(a, b diag.Diagnostic) int {
		if a.Severity == b.Severity {
			return 0
		}
		if a.Severity == diag.Error {
			return -1
		}
		return 1
	})
	last := list[most-1]
	last.Related = append(slices.Clone(last.Related), diag.Note{Message: fmt.Sprintf("and %d more of the kind", len(list)-most)})
	return append(list[:most-1:most-1], last)
}
