package schedule

import "slices"

// Add brings pods and schedules them. Pods of higher priority may evict others;
// those are scheduled again, as their controllers make them anew. When Add
// returns, no pending pod fits anywhere.
func (r *Run) Add(pods ...*Pod) {
	ids := make([]int32, len(pods))
	for i, p := range pods {
		ids[i] = r.c.pod(p)
	}
	r.sync()
	ids = slices.DeleteFunc(ids, func(id int32) bool { return r.node[id] != absent })
	for _, id := range ids {
		r.node[id] = waits
	}
	r.settle(r.pick.order(r, ids))
}

// Remove takes pods away, and lets those that were pending use the room.
func (r *Run) Remove(pods ...*Pod) {
	r.sync()
	for _, p := range pods {
		id, ok := r.c.podOf[p]
		if !ok || int(id) >= len(r.node) || r.node[id] == absent {
			continue
		}
		if r.node[id] >= 0 {
			r.unplace(id)
		} else {
			r.denominate(id)
			r.pending = slices.DeleteFunc(slices.Clone(r.pending), func(p int32) bool { return p == id })
		}
		r.node[id] = absent
	}
	r.settle(r.again())
}

// again takes the pending pods, to try them again: something has changed.
func (r *Run) again() []int32 {
	pods := r.pick.retry(r, r.pending)
	r.pending = nil
	return pods
}

// Drop takes a node away. Its pods are scheduled again and returned, but for
// those made for this node, which go with it.
func (r *Run) Drop(node int) []*Pod {
	r.sync()
	ids := r.vacate(int32(node))
	var pods []*Pod
	for _, id := range ids {
		pods = append(pods, r.c.pods[id].pod)
	}
	r.settle(append(r.pick.order(r, ids), r.again()...))
	return pods
}

// vacate empties a node that goes away, and returns the pods that look for another.
func (r *Run) vacate(node int32) []int32 {
	var ids []int32
	for _, id := range slices.Clone(r.on[node]) {
		r.unplace(id)
		ids = append(ids, id)
	}
	for id := range r.node {
		if r.node[id] != absent && r.nominated[id] == node {
			r.denominate(int32(id))
		}
		if r.node[id] != absent && r.c.pods[id].pin == node {
			r.node[id] = absent
		}
	}
	made := func(id int32) bool { return r.c.pods[id].pin == node }
	r.pending = slices.DeleteFunc(slices.Clone(r.pending), made)
	r.lose(node)
	return slices.DeleteFunc(ids, made)
}

// lose marks a node as gone: domains without a node no longer count.
func (r *Run) lose(node int32) {
	if r.gone[node] {
		return
	}
	r.gone[node] = true
	r.left--
	r.freed++
	for id, n := range r.c.counters {
		if v := r.c.domains[n.topology].values[node]; n.least && v >= 0 && n.eligible[node] && !r.alive(n, v) {
			f := &r.floor[id]
			f.live--
			f.domains[r.at(int32(id))[v]]--
			f.settle()
		}
	}
}

// settle schedules the pods in this order, then those that were evicted, and then
// all pending ones again until none fits.
func (r *Run) settle(queue []int32) {
	for {
		var again, failed []int32
		freed, placed := r.freed, r.placed
		for len(queue) > 0 {
			pod := queue[0]
			queue = queue[1:]
			ok, victims := r.try(pod)
			if !ok {
				failed = append(failed, pod)
			}
			again = append(again, victims...)
			if len(queue) == 0 {
				queue, again = r.pick.order(r, again), nil
			}
		}
		r.pending = append(r.pending, failed...)
		if len(r.pending) == 0 || freed == r.freed && placed == r.placed {
			return
		}
		queue = r.again()
	}
}
