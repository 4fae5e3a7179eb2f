package schedule

// Roll replaces the pods of a workload as its controller does. When it returns,
// no pending pod fits anywhere; what is pending then stays so.
func (r *Run) Roll(w Roll) {
	if len(w.New) > 0 && w.New[0].Node != "" {
		r.rollDaemons(w)
		return
	}
	old, coming := w.Old, w.New
	for {
		begun := len(coming)
		if room := len(w.New) + w.Surge - len(old) - (len(w.New) - len(coming)); room > 0 && len(coming) > 0 {
			n := min(room, len(coming))
			r.Add(coming[:n]...)
			coming = coming[n:]
		}
		// Old pods that sit nowhere go first, and cost nothing.
		var rest, leave []*Pod
		available := 0
		for _, p := range old {
			if r.Node(p) < 0 {
				leave = append(leave, p)
			} else {
				rest = append(rest, p)
				available++
			}
		}
		for _, p := range w.New[:len(w.New)-len(coming)] {
			if r.Node(p) >= 0 {
				available++
			}
		}
		if spare := min(available-(len(w.New)-w.Unavailable), len(rest)); spare > 0 {
			leave, rest = append(leave, rest[:spare]...), rest[spare:]
		}
		if len(leave) == 0 && begun == len(coming) {
			return
		}
		r.Remove(leave...)
		old = rest
	}
}

// rollDaemons replaces the pods of a DaemonSet node by node.
func (r *Run) rollDaemons(w Roll) {
	old := map[string]*Pod{}
	for _, p := range w.Old {
		old[p.Node] = p
	}
	for _, p := range w.New {
		before := old[p.Node]
		if before != nil && w.Surge == 0 {
			r.Remove(before)
		}
		r.Add(p)
		if before != nil && w.Surge > 0 && r.Node(p) >= 0 {
			r.Remove(before)
		}
	}
}
