package schedule

import "slices"

// Roll replaces the pods of a workload as its controller does. When it returns,
// no pending pod fits anywhere; what is pending then stays so.
func (r *Run) Roll(w Roll) {
	for _, p := range slices.Concat(w.Old, w.New) {
		r.c.pod(p)
	}
	for {
		r.sync()
		steps := r.updates(&w, nil)
		if len(steps) == 0 {
			return
		}
		st := steps[r.pick.chooseStep(r, len(steps))]
		r.Remove(st.remove...)
		r.Add(st.add...)
	}
}

// present says whether a pod is part of the run, placed or pending.
func (r *Run) present(p *Pod) bool {
	id, ok := r.c.podOf[p]
	return ok && int(id) < len(r.node) && r.node[id] != absent
}

// updates are the steps that the controller of a workload may take now; none when
// it is done, or cannot go on. With alike, those that differ in nothing else than
// which of equal pods leaves are one.
func (r *Run) updates(w *Roll, alike []int32) []step {
	if len(w.New) > 0 && w.New[0].Node != "" {
		return r.daemonUpdates(w)
	}
	var old, idle, coming []*Pod
	available, total := 0, 0
	for _, p := range w.Old {
		switch {
		case !r.present(p):
			continue
		case r.Node(p) >= 0:
			old = append(old, p)
			available++
		default:
			idle = append(idle, p)
		}
		total++
	}
	for _, p := range w.New {
		if !r.present(p) {
			coming = append(coming, p)
			continue
		}
		total++
		if r.Node(p) >= 0 {
			available++
		}
	}
	// More of the new first, then fewer of the old; of these, those that sit
	// nowhere cost nothing (pkg/controller/deployment/rolling.go).
	if room := min(len(w.New)+w.Surge-total, len(coming)); room > 0 {
		return []step{{add: coming[:room], drop: -1}}
	}
	if len(idle) > 0 {
		return []step{{remove: idle, drop: -1}}
	}
	if len(old) == 0 || available-(len(w.New)-w.Unavailable) <= 0 {
		return nil
	}
	// Any may leave. They leave one by one, and come back at once.
	var steps []step
	var hashes []uint64
	if alike != nil {
		hashes = r.hashes(alike)
	}
	seen := map[uint64]bool{}
	for _, p := range old {
		if alike != nil {
			key := mix(hashes[r.Node(p)]) ^ r.classOf(r.c.podOf[p]).hash
			if seen[key] {
				continue
			}
			seen[key] = true
		}
		steps = append(steps, step{remove: []*Pod{p}, drop: -1})
	}
	return steps
}

// daemonUpdates are the steps of a DaemonSet's update: at a node the new pod comes
// after the old one left, or with a surge before it leaves
// (pkg/controller/daemon/update.go). So many nodes are under way at once.
func (r *Run) daemonUpdates(w *Roll) []step {
	old := map[string]*Pod{}
	for _, p := range w.Old {
		if r.present(p) {
			old[p.Node] = p
		}
	}
	var done, begin []step
	unavailable, surging := 0, 0
	for _, p := range w.New {
		before, here := old[p.Node], r.present(p)
		switch {
		case here && r.Node(p) < 0 && before == nil:
			unavailable++
		case here && r.Node(p) < 0:
			surging++
		case here && before != nil:
			done = append(done, step{remove: []*Pod{before}, drop: -1})
		case !here && before == nil:
			begin = append(begin, step{add: []*Pod{p}, drop: -1})
		case !here && w.Surge > 0:
			begin = append(begin, step{add: []*Pod{p}, drop: -1})
		case !here:
			begin = append(begin, step{remove: []*Pod{before}, add: []*Pod{p}, drop: -1})
		}
	}
	if len(done) > 0 {
		return done[:1]
	}
	if w.Surge > 0 && surging >= w.Surge || w.Surge == 0 && unavailable >= max(w.Unavailable, 1) {
		return nil
	}
	return begin
}
