package schedule

import (
	"fmt"
	"slices"
	"strings"
)

// Reason is why one node does not take a pod.
type Reason struct {
	Node  int
	Code  Code
	Text  string
	Short int64 // how much is missing: millicores, bytes, pods; 0 where nothing is counted
}

// Why says for each node why it does not take a pod now, every resource that is
// short on its own. A node that would take it has the one reason Fits.
func (r *Run) Why(p *Pod) []Reason {
	id := r.c.pod(p)
	r.sync()
	k, pin := r.classOf(id), r.c.pods[id].pin
	var reasons []Reason
	for n := range r.c.nodes {
		node := int32(n)
		code, _ := r.takes(id, node)
		switch code {
		case TooManyPods, CPU, Memory, OtherResource:
			reasons = append(reasons, r.short(k, id, node)...)
		default:
			reasons = append(reasons, Reason{Node: n, Code: code, Text: r.explain(k, pin, node, code)})
		}
	}
	return reasons
}

// short are the resources that the node lacks for the pod.
func (r *Run) short(k *class, pod, node int32) []Reason {
	n, l := &r.c.nodes[node], r.load[node]
	for _, w := range r.waiting {
		if w != pod && r.nominated[w] == node && r.classOf(w).priority >= k.priority {
			l.cpu += r.classOf(w).cpu
			l.memory += r.classOf(w).memory
			l.pods++
		}
	}
	var reasons []Reason
	add := func(code Code, missing int64, text string) {
		if missing > 0 {
			reasons = append(reasons, Reason{int(node), code, text, missing})
		}
	}
	if k.cpu > 0 {
		missing := k.cpu - (n.CPU - l.cpu)
		add(CPU, missing, fmt.Sprintf("%dm of CPU short", missing))
	}
	if k.memory > 0 {
		missing := k.memory - (n.Memory - l.memory)
		add(Memory, missing, fmt.Sprintf("%dMi of memory short", (missing+1<<20-1)>>20))
	}
	add(TooManyPods, l.pods+1-int64(n.Pods), fmt.Sprintf("it takes %d pods and has %d", n.Pods, l.pods))
	for _, o := range k.other {
		missing := o.value - (r.c.allocated[node][o.resource] - r.taken[node][o.resource])
		name := r.c.others[o.resource]
		if strings.Contains(string(name), "/") { // a device
			add(OtherResource, missing, fmt.Sprintf("%d of %s short", missing, name))
		} else {
			add(OtherResource, missing, fmt.Sprintf("%dMi of %s short", (missing+1<<20-1)>>20, name))
		}
	}
	return reasons
}

// explain puts a reason other than a lack of resources into words.
func (r *Run) explain(k *class, pin, node int32, code Code) string {
	n := &r.c.nodes[node]
	switch code {
	case Fits:
		return "it fits"
	case Gone:
		return "the node is gone"
	case Gated:
		return "the pod has scheduling gates"
	case Unschedulable:
		return "the node is cordoned"
	case OtherNode:
		return "the pod is made for another node"
	case Taint:
		var taints []string
		for i := range n.Taints {
			if untolerated(n.Taints[i:i+1], k.tolerations) {
				taints = append(taints, n.Taints[i].ToString())
			}
		}
		return "the pod does not tolerate the taint " + strings.Join(taints, ", ")
	case NodeAffinity:
		return "the pod's node selector or affinity does not match it"
	case Volume:
		if v, elsewhere := k.elsewhere(r.c.objects[node]); elsewhere {
			return "the volume of claim " + v.Claim + " is on nodes with " + v.String()
		}
		claim, by, at := r.claimed(k.shared)
		return "the volume of claim " + claim + " is on " + at + ", where " + by + " uses it"
	case InUse:
		claim, by, _ := r.claimed(k.anti)
		return "claim " + claim + " is for one pod at a time, and " + by + " has it"
	case HostPort:
		var ports []string
		for _, ours := range k.ports {
			for _, p := range r.on[node] {
				for _, theirs := range r.classOf(p).ports {
					if ours.conflicts(theirs) {
						ports = append(ports, fmt.Sprintf("host port %d is taken by %s", ours.number, r.c.pods[p].pod.Name))
					}
				}
			}
		}
		return strings.Join(ports, ", ")
	case NoTopology:
		var keys []string
		for i := range k.hard {
			if t := &r.c.domains[k.hard[i].topology]; t.values[node] < 0 {
				keys = append(keys, t.key)
			}
		}
		return "it lacks the label " + strings.Join(keys, ", ") + " of a topology spread constraint"
	case Spread:
		return r.skewed(k, pin, node)
	case Affinity:
		for _, t := range k.affinity {
			if r.c.domains[r.c.topology(t.topology)].values[node] < 0 {
				return "it lacks the label " + t.topology + " of the pod's affinity to other pods"
			}
		}
		return "no pod that it has affinity to is there"
	case AntiAffinity:
		return "a pod that it has anti-affinity to is there" + r.named(node, func(other *class) []*term { return k.anti }, func(t *term, other *class) bool { return t.matches(r.c.namespaces, other.Spec) })
	case AntiAffinityOfOthers:
		return "a pod is there that has anti-affinity to it" + r.named(node, func(other *class) []*term { return other.anti }, func(t *term, other *class) bool { return t.matches(r.c.namespaces, k.Spec) })
	}
	return code.String()
}

// skewed says which constraint on the spread one more pod on a node would break,
// with the numbers that it compares.
func (r *Run) skewed(k *class, pin, node int32) string {
	for i := range k.hard {
		s := &k.hard[i]
		count, least, domains := r.skew(s, pin, node)
		if count+s.self-least <= s.maxSkew {
			continue
		}
		text := fmt.Sprintf("one more pod there breaks the spread over %s: its domain has %d", r.c.domains[s.topology].key, count)
		if domains < s.minDomains {
			return text + fmt.Sprintf(", there are %d of the %d domains that minDomains wants, and maxSkew is %d", domains, s.minDomains, s.maxSkew)
		}
		return text + fmt.Sprintf(", the emptiest %d, and maxSkew is %d", least, s.maxSkew)
	}
	return "one more pod there breaks a topology spread constraint"
}

// named names the pods in a node's domains that a term of anti-affinity speaks of,
// as namespace/name; terms are those to ask for each other pod.
func (r *Run) named(node int32, terms func(other *class) []*term, speaks func(*term, *class) bool) string {
	var names []string
	for n := range r.c.nodes {
		for _, p := range r.on[n] {
			other := r.classOf(p)
			name := other.namespace + "/" + r.c.pods[p].pod.Name
			for _, t := range terms(other) {
				values := r.c.domains[r.c.topology(t.topology)].values
				if values[node] >= 0 && values[node] == values[n] && speaks(t, other) && !slices.Contains(names, name) {
					names = append(names, name)
				}
			}
		}
	}
	if len(names) == 0 {
		return ""
	}
	slices.Sort(names)
	const most = 3
	if len(names) > most {
		names = append(names[:most], fmt.Sprintf("and %d more", len(names)-most))
	}
	return ": " + strings.Join(names, ", ")
}
