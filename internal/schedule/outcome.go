package schedule

import "slices"

// Pending are the pods that sit nowhere, in the order in which they came.
func (r *Run) Pending() []*Pod {
	var pods []*Pod
	for _, p := range r.pending {
		pods = append(pods, r.c.pods[p].pod)
	}
	return pods
}

// Node is the index of a pod's node, -1 if it is pending or not in the run.
func (r *Run) Node(p *Pod) int {
	if id, ok := r.c.podOf[p]; ok && int(id) < len(r.node) && r.node[id] >= 0 {
		return int(r.node[id])
	}
	return -1
}

// Order are the pods that sit somewhere, in the order in which they were placed.
func (r *Run) Order() []*Pod {
	var ids []int32
	for id, at := range r.node {
		if at >= 0 {
			ids = append(ids, int32(id))
		}
	}
	slices.SortFunc(ids, func(a, b int32) int { return int(r.since[a] - r.since[b]) })
	pods := make([]*Pod, len(ids))
	for i, id := range ids {
		pods[i] = r.c.pods[id].pod
	}
	return pods
}

// On are the pods on a node, in the order in which they came.
func (r *Run) On(node int) []*Pod {
	var pods []*Pod
	for _, p := range r.on[node] {
		pods = append(pods, r.c.pods[p].pod)
	}
	return pods
}

// Evicted are all evictions so far, in their order.
func (r *Run) Evicted() []Eviction { return slices.Clone(r.evicted) }

// Used is what the pods on a node ask for: millicores, bytes, and how many they are.
func (r *Run) Used(node int) (cpu, memory int64, pods int) {
	l := r.load[node]
	return l.cpu, l.memory, int(l.pods)
}
