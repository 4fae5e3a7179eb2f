package fit

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/hardware"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/workload"
)

// unserved finds Services of type LoadBalancer for which ServiceLB has no node:
// they never get an address. Labels choose the nodes, and both sides of them are
// written by hand.
func (s *setup) unserved() diag.List {
	var list diag.List
	for _, i := range s.nowhere() {
		w := s.work[i]
		service := strings.TrimPrefix(w.Name, "svclb-")
		d := diag.Diagnostic{
			Code: "MG2013", Severity: diag.Error, Path: w.Path,
			Message: fmt.Sprintf("ServiceLB has no node for Service %s, which so never gets an address", service),
		}
		if d.Path == "" {
			d.Path = "cluster.nodePools"
		}
		d.Related = s.refusals(i)
		selector := w.Pod.NodeSelector
		pool, label := selector[workload.PoolLabel], workload.PoolLabel
		values := s.labelValues(label)
		for _, p := range s.mesh.Cluster.Pools {
			var parts []string
			for _, key := range sortedKeys(selector) {
				if p.Labels[key] != selector[key] {
					parts = append(parts, set(intent.Join(poolPath(p.Name), "labels", key), fmt.Sprintf("%q", selector[key])))
				}
			}
			if len(parts) > 0 && len(d.Alternatives) < 3 && s.serves(i, labelled(p.Name, selector)) {
				d.Alternatives = append(d.Alternatives, and(parts))
			}
		}
		switch near := diag.Nearest(pool, values); {
		case pool != "" && len(values) > 0:
			if near == "" {
				near = values[0]
			}
			d.Suggestion = fmt.Sprintf("set the label %s of Service %s to %q, where %s sets it", label, service, near, origin(w.Origin))
		case len(d.Alternatives) > 0:
			d.Suggestion, d.Alternatives = d.Alternatives[0], d.Alternatives[1:]
		default:
			d.Suggestion = "declare a pool in cluster.nodePools without taints that keep ServiceLB's pods off"
		}
		list = append(list, d)
	}
	return list
}

// nowhere are the pods of ServiceLB that no node takes.
func (s *setup) nowhere() []int {
	var list []int
	for i, w := range s.work {
		if w.Role == workload.ServiceLB && len(s.on[i]) == 0 {
			list = append(list, i)
		}
	}
	return list
}

// serves says whether a change gives ServiceLB's pods a node, and takes no other
// Service's away.
func (s *setup) serves(i int, e edit) bool {
	changed := e(s)
	return changed != nil && !slices.Contains(changed.nowhere(), i) && len(changed.nowhere()) < len(s.nowhere())
}

// labelled gives the nodes of a pool other labels.
func labelled(pool string, labels map[string]string) edit {
	return pools(func(list []model.Pool) []model.Pool {
		for k := range list {
			if list[k].Name == pool {
				all := maps.Clone(list[k].Labels)
				if all == nil {
					all = map[string]string{}
				}
				maps.Copy(all, labels)
				list[k].Labels = all
			}
		}
		return list
	})
}

// refusals says which labels the nodes lack for a workload, or which taints it
// does not tolerate, equal answers together.
func (s *setup) refusals(i int) []diag.Note {
	const most = 5
	on := map[string][]string{}
	var order []string
	for n, node := range s.nodes {
		text := s.missing(i, n)
		if text == "" {
			var taints []string
			for _, t := range node.Taints {
				taints = append(taints, t.ToString())
			}
			text = "its taints are not tolerated: " + and(taints)
		}
		if on[text] == nil {
			order = append(order, text)
		}
		on[text] = append(on[text], node.Name)
	}
	var notes []diag.Note
	for _, text := range order[:min(most, len(order))] {
		notes = append(notes, diag.Note{Message: onEach(on[text]) + ": " + text})
	}
	return notes
}

// labelValues are the values that nodes have for a label, in order.
func (s *setup) labelValues(key string) []string {
	found := map[string]bool{}
	for _, n := range s.nodes {
		if value, ok := n.Labels[key]; ok {
			found[value] = true
		}
	}
	return sortedKeys(found)
}

// nearLabel suggests the value of a node selector that nodes have, where the one
// asked for looks like a slip; empty if it does not.
func (s *setup) nearLabel(i int) string {
	at := s.placement(i)
	if _, overruled := s.wish(i, "nodeSelector"); at == "" || overruled {
		return ""
	}
	selector := s.work[i].Pod.NodeSelector
	for _, key := range sortedKeys(selector) {
		values := s.labelValues(key)
		if slices.Contains(values, selector[key]) {
			continue
		}
		if near := diag.Nearest(selector[key], values); near != "" {
			return set(intent.Join(at+".placement.nodeSelector", key), fmt.Sprintf("%q", near))
		}
		if len(values) > 0 {
			continue
		}
		var keys []string
		for _, n := range s.nodes {
			keys = append(keys, sortedKeys(n.Labels)...)
		}
		slices.Sort(keys)
		if near := diag.Nearest(key, slices.Compact(keys)); near != "" && slices.Contains(s.labelValues(near), selector[key]) {
			return fmt.Sprintf("write %s in the place of %s", intent.Join(at+".placement.nodeSelector", near), intent.Join("", key))
		}
	}
	return ""
}

// keptWhole finds pools whose nodes keep all that they have, by the intent's own
// word: nothing could run there, which is not what anybody means.
func keptWhole(c model.Cluster) diag.List {
	var list diag.List
	for _, pool := range c.Pools {
		if pool.Reserved == nil {
			continue
		}
		has := hardware.Capacity(pool)
		kept, err := hardware.ParseAmount(*pool.Reserved)
		if err != nil {
			continue // the schema has said so
		}
		for _, r := range []string{memory, cpu} {
			if of(kept, r) < of(has, r) || of(kept, r) == 0 {
				continue
			}
			at := poolPath(pool.Name) + ".reserved." + r
			list = append(list, diag.Diagnostic{
				Code: "MG2017", Severity: diag.Error, Path: at,
				Message: fmt.Sprintf("%s %s %s for %s, and %s %s, so that nothing is left for pods", theNodes(pool), pick(pool.Count, "keeps", "keep"),
					amount(r, of(kept, r)), pick(pool.Count, "itself", "themselves"), pick(pool.Count, "has", "have"), unit(r, of(has, r))),
				Suggestion: fmt.Sprintf("set %s to less than %s, or remove it for what the platform is known to keep", at, quoted(r, of(has, r))),
			})
		}
	}
	return list
}

// idleBudget says that a budget is held against nothing.
func idleBudget(m model.Mesh) diag.List {
	b := m.Budget
	if b == nil || *b == (intent.Budget{}) {
		return nil
	}
	return diag.List{{
		Code: "MG2016", Severity: diag.Warning, Path: "budget",
		Message:    "the budget is held against nothing: the cluster declares no nodes",
		Suggestion: `declare them, such as cluster.nodePools.worker: {count: 3, cpu: "4", memory: "8Gi"}, or remove budget`,
	}}
}
