package schedule

import "slices"

// candidate is a node, and the pods that would have to leave it.
type candidate struct {
	node    int32
	victims []int32 // the most important first
}

// Preemption looks at this share of the nodes, or so many
// (DefaultPreemptionArgs).
const (
	candidateShare = 10 // percent
	candidateLeast = 100
)

// preempt returns the node that the scheduler would empty for a pod, nil if none
// would help (DefaultPreemption). Disruption budgets are only a preference of the
// scheduler's, and are not known here.
func (r *Run) preempt(pod int32, nodes []int32) *candidate {
	all := r.candidates(pod, nodes)
	if len(all) == 0 {
		return nil
	}
	best := r.cheapest(all)
	return &best[r.pick.chooseCandidate(r, pod, best)]
}

// candidates are the nodes that would take the pod if lesser pods left.
func (r *Run) candidates(pod int32, nodes []int32) []candidate {
	k := r.classOf(pod)
	if !r.outranks(k) || len(nodes) == 0 {
		return nil
	}
	limit := min(max(len(nodes)*candidateShare/100, candidateLeast), len(nodes))
	var all []candidate
	for _, n := range nodes {
		if victims := r.victims(pod, n); len(victims) > 0 {
			all = append(all, candidate{n, victims})
			if len(all) == limit {
				break
			}
		}
	}
	return all
}

// victims are the pods that must leave a node for the pod to fit
// (SelectVictimsOnNode). Of equal priority, those that came first are the more
// important.
func (r *Run) victims(pod, node int32) []int32 {
	k := r.classOf(pod)
	var lesser []int32
	for _, p := range r.on[node] {
		if r.classOf(p).priority < k.priority {
			lesser = append(lesser, p)
		}
	}
	slices.SortStableFunc(lesser, func(a, b int32) int {
		if d := int(r.classOf(b).priority) - int(r.classOf(a).priority); d != 0 {
			return d
		}
		return int(r.since[a] - r.since[b])
	})
	return r.victimsOf(pod, node, lesser)
}

// victimsOf lets all lesser pods leave, and come back in this order, as long as
// the pod still fits; those that cannot are the victims.
func (r *Run) victimsOf(pod, node int32, lesser []int32) []int32 {
	if len(lesser) == 0 {
		return nil
	}
	before, alone := r.on[node], r.alone(r.classOf(pod))
	for _, p := range lesser {
		r.lift(p, node, r.classOf(p))
	}
	var leave []int32
	if code, _ := r.takesAlone(pod, node, alone); code == Fits {
		for _, p := range lesser {
			r.put(p, node, r.classOf(p))
			if code, _ := r.takesAlone(pod, node, alone); code != Fits {
				r.lift(p, node, r.classOf(p))
				leave = append(leave, p)
			}
		}
		for _, p := range leave {
			r.put(p, node, r.classOf(p))
		}
	} else {
		for _, p := range lesser {
			r.put(p, node, r.classOf(p))
		}
	}
	r.on[node] = before
	return leave
}

// cheapest are the candidates that hurt least (pickOneNodeForPreemption): whose
// highest victim is the lowest, whose sum of priorities is the least, whose
// victims are the fewest, and started last.
func (r *Run) cheapest(all []candidate) []candidate {
	least := func(in []candidate, cost func(candidate) int64) []candidate {
		var out []candidate
		var low int64
		for _, c := range in {
			v := cost(c)
			if len(out) == 0 || v < low {
				out, low = out[:0:0], v
			}
			if v == low {
				out = append(out, c)
			}
		}
		return out
	}
	all = least(all, func(c candidate) int64 { return int64(r.classOf(c.victims[0]).priority) })
	all = least(all, func(c candidate) int64 {
		var sum int64
		for _, v := range c.victims {
			sum += int64(r.classOf(v).priority) + 1<<31
		}
		return sum
	})
	return least(all, func(c candidate) int64 { return int64(len(c.victims)) })
}

// evict lets the victims leave and the pod wait for the node. Lesser pods that
// waited for it look elsewhere.
func (r *Run) evict(pod int32, c *candidate) {
	for _, v := range c.victims {
		r.unplace(v)
		r.evicted = append(r.evicted, Eviction{Victim: r.c.pods[v].pod, By: r.c.pods[pod].pod, Node: int(c.node)})
	}
	for _, w := range slices.Clone(r.waiting) {
		if r.nominated[w] == c.node && r.classOf(w).priority < r.classOf(pod).priority {
			r.denominate(w)
		}
	}
	r.nominate(pod, c.node)
}
