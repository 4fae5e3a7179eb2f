package schedule

// How many nodes that take a pod the scheduler looks for before it chooses
// (numFeasibleNodesToFind in pkg/scheduler/schedule_one.go).
func enough(nodes int) int {
	const least, floor = 100, 5
	if nodes < least {
		return nodes
	}
	return max(nodes*max(50-nodes/125, floor)/100, least)
}

// takes says whether a node takes a pod, with the pods that wait for it counted
// as if they were there and as if they were not: both must hold
// (RunFilterPluginsWithNominatedPods).
func (r *Run) takes(pod, node int32) (Code, bool) {
	return r.takesAlone(pod, node, len(r.waiting) > 0 && r.alone(r.classOf(pod)))
}

// alone says that pod affinity plays no part for a class, so far. The scheduler
// then skips that plugin altogether, and does not see that a pod that waits for a
// node does not want this one beside it.
func (r *Run) alone(k *class) bool {
	for _, a := range k.awayFrom {
		if r.total[a.counter] > 0 {
			return false
		}
	}
	return len(k.near)+len(k.beside)+len(k.away) == 0
}

// takesAlone is takes where alone is known.
func (r *Run) takesAlone(pod, node int32, alone bool) (Code, bool) {
	k, pin := r.classOf(pod), r.c.pods[pod].pin
	if len(r.waiting) > 0 {
		var ahead []int32
		for _, w := range r.waiting {
			if w != pod && r.nominated[w] == node && r.classOf(w).priority >= k.priority {
				ahead = append(ahead, w)
			}
		}
		if len(ahead) > 0 {
			for _, w := range ahead {
				r.put(w, node, r.classOf(w))
			}
			code, hopeless := r.filter(k, pin, node)
			for _, w := range ahead {
				r.lift(w, node, r.classOf(w))
			}
			if code != Fits && (code != AntiAffinityOfOthers || !alone) {
				return code, hopeless
			}
		}
	}
	return r.filter(k, pin, node)
}

// feasible are the nodes that the scheduler would choose from, in a slice that the
// next call uses again. Those that it refused, and could empty, go to emptiable.
func (r *Run) feasible(pod int32, emptiable *[]int32) []int32 {
	c := r.c
	c.effort++
	if n := r.nominated[pod]; n != unbound {
		if code, _ := r.takes(pod, n); code == Fits {
			return []int32{n}
		}
	}
	if pin := c.pods[pod].pin; pin != anyNode {
		if pin == noNode || r.gone[pin] {
			return nil
		}
		code, hopeless := r.takes(pod, pin)
		r.start = (r.start + 1) % len(c.order)
		if code == Fits {
			return []int32{pin}
		}
		if emptiable != nil && !hopeless {
			*emptiable = append(*emptiable, pin)
		}
		return nil
	}
	limit := enough(r.left)
	nodes := r.found[:0]
	k := r.classOf(pod)
	looked := 0
	at := r.start
	simple := len(r.waiting) == 0 && r.simple(k)
	for range c.order {
		n := c.order[at]
		if at++; at == len(c.order) {
			at = 0
		}
		looked++
		if r.gone[n] {
			continue
		}
		var code Code
		var hopeless bool
		if simple && k.verdict[n] == Fits && r.roomy(k, n) {
			code = Fits
		} else if len(r.waiting) == 0 {
			code, hopeless = r.filter(k, anyNode, n)
		} else {
			code, hopeless = r.takes(pod, n)
		}
		if code == Fits {
			nodes = append(nodes, n)
			if len(nodes) == limit {
				break
			}
		} else if emptiable != nil && !hopeless {
			*emptiable = append(*emptiable, n)
		}
	}
	r.start = (r.start + looked) % max(len(c.order), 1)
	c.effort += int64(looked)
	r.found = nodes
	return nodes
}

// best are the nodes with the highest score, in a slice that the next call uses
// again.
func (r *Run) best(k *class, nodes []int32) []int32 {
	if len(nodes) < 2 {
		return nodes
	}
	scores := r.out[:0]
	for range nodes {
		scores = append(scores, 0)
	}
	r.out = scores
	r.scores(k, nodes, scores)
	top := r.top[:0]
	for i, n := range nodes {
		switch {
		case len(top) == 0 || scores[i] > scores[0]:
			scores[0] = scores[i]
			top = append(top[:0], n)
		case scores[i] == scores[0]:
			top = append(top, n)
		}
	}
	r.top = top
	return top
}

// try schedules one pod: it is placed, or it empties a node and is placed there,
// or it stays pending. It returns the pods that had to make room.
func (r *Run) try(pod int32) (ok bool, victims []int32) {
	k := r.classOf(pod)
	if r.hopeless(pod, k) {
		return false, nil
	}
	var emptiable []int32
	if nodes := r.feasible(pod, &emptiable); len(nodes) > 0 {
		top := r.best(k, nodes)
		r.place(pod, top[r.pick.choose(r, pod, top)])
		return true, nil
	}
	if c := r.preempt(pod, emptiable); c != nil {
		r.evict(pod, c)
		// The scheduler tries the emptied node first. What it must share it with
		// may have come in between; then the pod is tried again with the rest.
		if code, _ := r.takes(pod, c.node); code == Fits {
			r.place(pod, c.node)
			return true, c.victims
		}
		return false, c.victims
	}
	// A pod for which nothing can be emptied waits for no node any more.
	r.denominate(pod)
	if r.c.pods[pod].pin == anyNode {
		r.failed[r.c.pods[pod].class] = failure{true, r.freed, r.placed}
	}
	return false, nil
}

// hopeless says that a pod of the class fitted nowhere, and that nothing happened
// since that could help.
func (r *Run) hopeless(pod int32, k *class) bool {
	f := r.failed[r.c.pods[pod].class]
	if !f.failed || f.freed != r.freed || r.c.pods[pod].pin != anyNode {
		return false
	}
	if f.placed == r.placed {
		return true
	}
	// More pods may bring near what it wants near, lift the least count of a
	// spread, or be victims.
	return len(k.near)+len(k.beside) == 0 && len(k.hard) == 0 && !r.outranks(k)
}

// outranks says whether any placed pod is of lower priority.
func (r *Run) outranks(k *class) bool {
	if k.never {
		return false
	}
	for _, l := range r.levels {
		if l.pods > 0 && l.priority < k.priority {
			return true
		}
	}
	return false
}
