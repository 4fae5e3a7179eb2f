package schedule

import (
	"fmt"
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
		add(OtherResource, missing, fmt.Sprintf("%d of %s short", missing, r.c.others[o.resource]))
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
		return "one more pod there breaks a topology spread constraint"
	case Affinity:
		return "no pod that it has affinity to is there"
	case AntiAffinity:
		return "a pod that it has anti-affinity to is there"
	case AntiAffinityOfOthers:
		return "a pod is there that has anti-affinity to it"
	}
	return code.String()
}
