package fit

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/workload"
)

// noRoom says that pods find no node: at rest, while something is updated, or
// with a node gone.
func (s *setup) noRoom(d *diag.Diagnostic, t trouble) {
	h := t.pending[0]
	for _, other := range t.pending {
		if other.work == t.subject {
			h = other
		}
	}
	w := s.work[h.work]
	resource := s.binding(t, h)
	s.at(h.work, resource).mark(d)
	asks := "it asks for " + asked(w)
	if len(h.pods) > 1 {
		asks = "each asks for " + asked(w)
	}
	verb := s.heldAre(h, "finds", "find")
	who := s.pendingText(h)
	switch {
	case t.code == "MG2003" && t.subject == h.work && !w.PerNode:
		d.Message = fmt.Sprintf("an update of %s never ends: a new pod has to start before an old one stops, and finds no node: it asks for %s", s.name(h.work), asked(w))
	case t.code == "MG2003" && t.subject == h.work:
		d.Message = fmt.Sprintf("an update of %s never ends: a second pod has to start beside the first, and finds no room on %s: it asks for %s", s.name(h.work), ranges(nodesOf(h)), asked(w))
	case t.code == "MG2003":
		s.at(t.subject, s.binding(t, h)).mark(d)
		d.Message = fmt.Sprintf("while %s is updated, %s, and %s no other node: %s", s.name(t.subject), s.pushed(t, h, who), verb, asks)
		if w.PerNode {
			d.Message = fmt.Sprintf("while %s is updated, %s has no room: %s", s.name(t.subject), who, asks)
		}
	case t.node >= 0:
		gone := []string{s.nodes[t.node].Name}
		for _, n := range t.alike {
			gone = append(gone, s.nodes[n].Name)
		}
		slices.SortFunc(gone, byNode(s))
		which := gone[0] + " gone"
		if len(gone) > 1 {
			which = "one of " + ranges(gone) + " gone"
		}
		d.Message = fmt.Sprintf("with %s, %s %s no node: %s", which, who, verb, asks)
	case s.evicted(t, h) != "":
		d.Message = fmt.Sprintf("%s, and %s no other node: %s", s.pushed(t, h, who), verb, asks)
	case w.PerNode:
		d.Message = fmt.Sprintf("%s has no room: %s", who, asks)
	default:
		d.Message = fmt.Sprintf("%s %s no node%s: %s", who, verb, s.outranked(t, h), asks)
	}
	if !t.typical {
		d.Related = append(d.Related, diag.Note{Message: "it depends on the order in which pods start; here " + s.order(t, h)})
	}
	s.explainNodes(d, t, h)
	var also []string
	for _, other := range t.pending {
		if other.work != h.work {
			also = append(also, s.pendingText(other))
		}
	}
	if len(also) > 0 {
		d.Related = append(d.Related, diag.Note{Message: "left without a node as well: " + some(also, 4)})
	}
}

// pendingText names pending pods: "istiod", or "2 of the 6 pods of shop".
func (s *setup) pendingText(h held) string {
	w, n := s.work[h.work], len(h.pods)
	name := s.name(h.work)
	total := max(s.least(h.work), n)
	switch {
	case w.PerNode:
		var on []string
		for _, p := range h.pods {
			if !slices.Contains(on, p.Node) {
				on = append(on, p.Node)
			}
		}
		return name + " on " + ranges(on)
	case total == 1:
		return name
	case w.Role == workload.Application && n == total:
		return pick(n-1, "both", "all "+strconv.Itoa(n)) + " pods of " + w.Namespace
	case w.Role == workload.Application:
		return fmt.Sprintf("%d of the %d pods of %s", n, total, w.Namespace)
	case n >= total:
		return pick(n-1, "both", "all "+strconv.Itoa(n)) + " replicas of " + name
	}
	return fmt.Sprintf("%d of the %d replicas of %s", n, total, name)
}

// heldAre is how pendingText goes on in a sentence. What has a pod on each node
// is named as one.
func (s *setup) heldAre(h held, one, more string) string {
	if s.work[h.work].PerNode {
		return one
	}
	return pick(len(h.pods), one, more)
}

// anyOf names pods of which no node takes one: "istiod", or "any of the 6 pods of
// shop".
func (s *setup) anyOf(h held) string {
	w, n := s.work[h.work], len(h.pods)
	switch {
	case n == 1 || w.PerNode:
		return s.pendingText(h)
	case w.Role == workload.Application:
		return fmt.Sprintf("%s of the %d pods of %s", pick(n-1, "either", "any"), n, w.Namespace)
	}
	return fmt.Sprintf("%s of the %d replicas of %s", pick(n-1, "either", "any"), n, s.name(h.work))
}

// binding is the resource that the pods of a trouble are short of, on most
// nodes; empty if it is none.
func (s *setup) binding(t trouble, h held) string {
	found := map[string]int{}
	for _, g := range s.reasons(t, h) {
		for resource := range g.short {
			found[resource] += len(g.nodes)
		}
	}
	if found[memory] == 0 && found[cpu] == 0 {
		return ""
	}
	if found[cpu] > found[memory] {
		return cpu
	}
	return memory
}

// at is the place of a workload's request of a resource, as near as the intent
// has it.
func (s *setup) at(i int, resource string) spot {
	w := s.work[i]
	if resource == "" {
		return spot{path: w.Path}
	}
	sidecar := w.Sidecar && of(w.Mesh, resource) > of(w.Requests, resource)/2 // which asks for more than the rest
	if by, ok := s.overrules(i, sidecar, "requests", resource); ok {
		return spot{path: by.Path, position: by.Position}
	}
	if path := s.typed(i, "requests", resource, of(w.Requests.Sub(ownless(w)), resource)); path != "" {
		return spot{path: path}
	}
	return spot{path: cmp.Or(w.Path, "cluster.nodePools")}
}

func nodesOf(h held) []string {
	var on []string
	for _, p := range h.pods {
		if p.Node != "" && !slices.Contains(on, p.Node) {
			on = append(on, p.Node)
		}
	}
	return on
}

// byNode orders nodes' names as the nodes are.
func byNode(s *setup) func(a, b string) int {
	at := map[string]int{}
	for n, node := range s.nodes {
		at[node.Name] = n
	}
	return func(a, b string) int { return at[a] - at[b] }
}
