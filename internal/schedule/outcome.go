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

// Choices are the nodes of which the scheduler takes one for the pod now, as indexes:
// those with the highest score of those that take it. Which of them it takes is
// luck: up to Kubernetes 1.34 it draws, since then it takes the first that its
// threads happened to be done with (sortedNodeScores in schedule_one.go).
func (r *Run) Choices(p *Pod) []int {
	id := r.c.pod(p)
	r.sync()
	start := r.start
	var nodes []int
	for _, n := range r.best(r.classOf(id), r.feasible(id, nil)) {
		nodes = append(nodes, int(n))
	}
	r.start = start
	slices.Sort(nodes)
	return nodes
}

// Hold puts a pod that sits nowhere onto a node, whatever the scheduler would do.
func (r *Run) Hold(p *Pod, node int) {
	id := r.c.pod(p)
	r.sync()
	if r.node[id] < 0 {
		r.pending = slices.DeleteFunc(slices.Clone(r.pending), func(other int32) bool { return other == id })
		r.place(id, int32(node))
	}
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
