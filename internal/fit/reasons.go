package fit

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/schedule"
)

// group is nodes that do not take a pod, all for the same reasons.
type group struct {
	nodes []string
	at    []int // the nodes' indexes
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
		groups[k].nodes, groups[k].at = append(groups[k].nodes, s.nodes[n].Name), append(groups[k].at, n)
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
	g := group{nodes: []string{s.nodes[n].Name}, at: []int{n}, short: map[string]int64{}}
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
		case schedule.Taint:
			for _, t := range s.work[i].Pod.Tolerations {
				if t.TolerationSeconds != nil && slices.ContainsFunc(s.nodes[n].Taints, func(taint corev1.Taint) bool { return tolerates(t, taint) }) {
					text += fmt.Sprintf(" for longer than %s, after which it is thrown out and made anew", diag.Plural(int(*t.TolerationSeconds), "second"))
					break
				}
			}
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

// tolerates says whether a toleration speaks of a taint that throws pods out.
func tolerates(t corev1.Toleration, taint corev1.Taint) bool {
	return taint.Effect == corev1.TaintEffectNoExecute && t.Effect == taint.Effect && (t.Key == "" || t.Key == taint.Key) &&
		(t.Operator == corev1.TolerationOpExists || t.Value == taint.Value)
}

// has says whether a reason is among those of the group.
func (g group) has(code schedule.Code) bool { return slices.Contains(g.codes, code) }

// lacks says which labels a node lacks for a workload's pods.
func (s *setup) lacks(i, n int) string {
	if text := s.missing(i, n); text != "" {
		return text
	}
	return s.unmatched(i, n)
}

// unmatched says what a workload's required node affinity wants that a node has
// not: of one term each expression, and of several that it is none of them.
func (s *setup) unmatched(i, n int) string {
	const plain = "its labels do not match the pod's node affinity"
	affinity := s.work[i].Pod.Affinity
	if affinity == nil || affinity.NodeAffinity == nil || affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution == nil {
		return plain
	}
	terms := affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms
	if len(terms) > 1 {
		return fmt.Sprintf("it matches none of the %d terms of the pod's node affinity", len(terms))
	}
	var wants []string
	for _, term := range terms {
		if len(term.MatchExpressions)+len(term.MatchFields) == 0 {
			return "the pod's node affinity has an empty term, which no node matches"
		}
		for _, want := range term.MatchExpressions {
			have, ok := s.nodes[n].Labels[want.Key]
			if satisfies(want, have, ok) {
				continue
			}
			is := "it has no label " + want.Key
			if ok {
				is = "its label " + want.Key + " is " + have
			}
			wants = append(wants, is+", and the pod's node affinity wants "+operation(want))
		}
		for _, want := range term.MatchFields { // metadata.name is the only field
			if !satisfies(want, s.nodes[n].Name, true) {
				wants = append(wants, "the pod's node affinity wants "+want.Key+" "+operation(want))
			}
		}
	}
	if len(wants) == 0 {
		return plain
	}
	return strings.Join(wants, "; ")
}

// satisfies says whether a label meets one requirement of node affinity.
func satisfies(want corev1.NodeSelectorRequirement, have string, ok bool) bool {
	switch want.Operator {
	case corev1.NodeSelectorOpIn:
		return ok && slices.Contains(want.Values, have)
	case corev1.NodeSelectorOpNotIn:
		return !ok || !slices.Contains(want.Values, have)
	case corev1.NodeSelectorOpExists:
		return ok
	case corev1.NodeSelectorOpDoesNotExist:
		return !ok
	}
	is, err := strconv.ParseInt(have, 10, 64)
	if err != nil || len(want.Values) != 1 {
		return false
	}
	bound, err := strconv.ParseInt(want.Values[0], 10, 64)
	return err == nil && (want.Operator == corev1.NodeSelectorOpGt && is > bound || want.Operator == corev1.NodeSelectorOpLt && is < bound)
}

// operation is a requirement of node affinity in words: one of a, b.
func operation(want corev1.NodeSelectorRequirement) string {
	values := strings.Join(want.Values, ", ")
	switch want.Operator {
	case corev1.NodeSelectorOpIn:
		if len(want.Values) > 1 {
			return "one of " + values
		}
		return values
	case corev1.NodeSelectorOpNotIn:
		if len(want.Values) > 1 {
			return "none of " + values
		}
		return "any but " + values
	case corev1.NodeSelectorOpExists:
		return "one"
	case corev1.NodeSelectorOpDoesNotExist:
		return "none"
	case corev1.NodeSelectorOpGt:
		return "more than " + values
	}
	return "less than " + values
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
