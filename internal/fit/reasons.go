package fit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/schedule"
)

// group is nodes that do not take a pod, all for the same reasons.
type group struct {
	nodes []string
	first int // the first node's index
	code  string
	codes []schedule.Code
	text  string
	short map[string]int64 // by resource: how much is missing on the first node
}

// reasons says why no node takes a pod of a pending workload, node by node,
// equal answers together. A pod that was made for one node is asked about that
// node alone.
func (s *setup) reasons(t trouble, h held) []group {
	var groups []group
	byNode := map[int][]schedule.Reason{}
	var order []int
	for _, pod := range first(h.pods) {
		for _, r := range t.run.Why(pod) {
			if r.Code == schedule.Fits || r.Code == schedule.OtherNode || r.Code == schedule.Gone {
				continue
			}
			if byNode[r.Node] == nil {
				order = append(order, r.Node)
			}
			byNode[r.Node] = append(byNode[r.Node], r)
		}
	}
	slices.Sort(order)
	at := map[string]int{}
	for _, n := range order {
		g := s.group(h.work, n, byNode[n])
		k, ok := at[g.text]
		if !ok {
			at[g.text] = len(groups)
			groups = append(groups, g)
			continue
		}
		groups[k].nodes = append(groups[k].nodes, s.nodes[n].Name)
	}
	return groups
}

// first returns one pod of those that may go anywhere, or all that were made for
// a node, since each has a node of its own.
func first(pods []*schedule.Pod) []*schedule.Pod {
	if pods[0].Node == "" {
		return pods[:1]
	}
	return pods
}

// group puts one node's reasons together.
func (s *setup) group(i, n int, reasons []schedule.Reason) group {
	g := group{nodes: []string{s.nodes[n].Name}, first: n, short: map[string]int64{}}
	var texts []string
	for _, r := range reasons {
		text := r.Text
		switch r.Code {
		case schedule.CPU:
			text, g.short[cpu] = short(cpu, r.Short), r.Short
		case schedule.Memory:
			text, g.short[memory] = short(memory, r.Short), r.Short
		case schedule.NodeAffinity:
			text = s.lacks(i, n)
		}
		g.codes = append(g.codes, r.Code)
		if g.code == "" {
			g.code = r.Code.String()
		}
		texts = append(texts, text)
	}
	g.text = strings.Join(texts, ", ")
	return g
}

// has says whether a reason is among those of the group.
func (g group) has(code schedule.Code) bool { return slices.Contains(g.codes, code) }

// lacks says which labels a node lacks for a workload's pods.
func (s *setup) lacks(i, n int) string {
	if text := s.missing(i, n); text != "" {
		return text
	}
	return "its labels do not match the pod's node affinity"
}

// missing says which labels of a workload's node selector a node lacks; empty
// for none.
func (s *setup) missing(i, n int) string {
	pod, labels := s.work[i].Pod, s.nodes[n].Labels
	var missing []string
	for _, key := range sortedKeys(pod.NodeSelector) {
		want := pod.NodeSelector[key]
		switch have, ok := labels[key]; {
		case !ok:
			missing = append(missing, fmt.Sprintf("it has no label %s=%s", key, want))
		case have != want:
			missing = append(missing, fmt.Sprintf("its label %s is %s, not %s", key, have, want))
		}
	}
	return strings.Join(missing, ", ")
}
