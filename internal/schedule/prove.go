package schedule

import "slices"

// certain proves that after each step every pod finds a node.
func (s *Scenario) certain() bool {
	if s.proven != 0 {
		return s.proven > 0
	}
	s.proven, s.failed = -1, -1
	if s.before == nil {
		s.present = &demands{}
		s.proven = 1
		return true
	}
	if !s.before.certain() {
		s.failed = s.before.failed
		return false
	}
	present := s.before.present.clone()
	for _, p := range s.step.remove {
		present.add(s.c, p, -1)
	}
	for _, p := range s.step.add {
		present.add(s.c, p, 1)
	}
	gone := s.gone()
	if s.step.drop >= 0 {
		for i := range present.all {
			if present.all[i].pin == int32(s.step.drop) {
				present.all[i].pods = 0
			}
		}
	}
	if s.step.roll != nil && !s.certainRoll(&present, gone) {
		return false
	}
	s.present = &present
	var ok bool
	if ok, s.failed = s.c.certain(&present, gone); ok {
		s.proven = 1
	}
	return ok
}

// certainRoll proves an update for all that may be there together, and leaves the
// new pods in the place of the old.
func (s *Scenario) certainRoll(present *demands, gone []bool) bool {
	w := s.step.roll
	meanwhile := present.clone()
	extra := w.New
	if s.c.interchangeable(w) {
		// A new pod is to everybody what an old one is.
		daemons := len(w.New) > 0 && w.New[0].Node != ""
		switch {
		case daemons && w.Surge == 0:
			extra = nil
		case !daemons:
			extra = w.New[:min(len(w.New), max(0, len(w.New)+w.Surge-len(w.Old)))]
		}
	}
	for _, p := range extra {
		meanwhile.add(s.c, p, 1)
	}
	var ok bool
	if ok, s.failed = s.c.certain(&meanwhile, gone); !ok {
		return false
	}
	for _, p := range w.Old {
		present.add(s.c, p, -1)
	}
	for _, p := range w.New {
		present.add(s.c, p, 1)
	}
	return true
}

// interchangeable says that old and new pods ask for the same and count for the
// same everywhere.
func (c *Cluster) interchangeable(w *Roll) bool {
	var first *class
	for _, pods := range [][]*Pod{w.Old, w.New} {
		for _, p := range pods {
			k := c.classes[c.pods[c.pod(p)].class]
			if first == nil {
				first = k
			}
			if k.cpu != first.cpu || k.memory != first.memory || k.priority != first.priority || k.never != first.never ||
				!slices.Equal(k.ports, first.ports) || !slices.Equal(k.other, first.other) || !slices.Equal(k.verdict, first.verdict) ||
				!sameChecks(k.adds, first.adds) || !sameChecks(k.away, first.away) || !sameChecks(k.awayFrom, first.awayFrom) ||
				len(k.hard)+len(first.hard)+len(k.near)+len(first.near)+len(k.beside)+len(first.beside) > 0 && k != first {
				return false
			}
		}
	}
	return true
}

// sameChecks says whether the lists hold the same, in any order.
func sameChecks[T comparable](a, b []T) bool {
	if len(a) != len(b) {
		return false
	}
	for _, x := range a {
		if !slices.Contains(b, x) {
			return false
		}
	}
	return true
}

// gone are the nodes that went away so far.
func (s *Scenario) gone() []bool {
	gone := make([]bool, len(s.c.nodes))
	for at := s; at != nil; at = at.before {
		if at.step.drop >= 0 {
			gone[at.step.drop] = true
		}
	}
	return gone
}

// atRest returns every state at rest after the scenario, and whether these are
// all: false if they are too many.
func (s *Scenario) atRest() ([]*Run, bool) {
	if s.looked {
		return s.rest, s.all
	}
	s.looked = true
	if s.before == nil {
		s.rest, s.all = []*Run{s.c.Start(0)}, true
		return s.rest, s.all
	}
	before, all := s.before.atRest()
	if !all || len(s.Run(0).node) > searchMax {
		return nil, false
	}
	e := &explorer{c: s.c, left: s.c.searched(), alike: s.c.alikeNodes(), seen: map[state]bool{}}
	if s.step.roll != nil {
		s.rest, s.all = e.roll(before, s.step.roll)
		return s.rest, s.all
	}
	var from []*Run
	for _, r := range before {
		r = r.Clone()
		r.change(s.step)
		from = append(from, r)
	}
	s.rest, s.all = e.explore(from)
	return s.rest, s.all
}

// change does a step without scheduling anything.
func (r *Run) change(st step) {
	for _, p := range st.add {
		r.c.pod(p)
	}
	r.sync()
	for _, p := range st.remove {
		if id, ok := r.c.podOf[p]; ok && r.node[id] != absent {
			if r.node[id] >= 0 {
				r.unplace(id)
			}
			r.denominate(id)
			r.node[id] = absent
		}
	}
	for _, p := range st.add {
		if id := r.c.podOf[p]; r.node[id] == absent {
			r.node[id] = waits
		}
	}
	if st.drop >= 0 {
		r.vacate(int32(st.drop))
	}
}

// roll explores an update: between two moves of the controller the pods come to
// rest.
func (e *explorer) roll(from []*Run, w *Roll) (rest []*Run, all bool) {
	stack := slices.Clone(from)
	known := map[state]bool{}
	for len(stack) > 0 {
		r := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		steps := r.updates(w, e.alike)
		if len(steps) == 0 {
			rest = append(rest, r)
			continue
		}
		var begun []*Run
		for _, st := range steps {
			m := r.Clone()
			m.change(st)
			begun = append(begun, m)
		}
		// What was seen on the way to another rest leads there again.
		e.seen = map[state]bool{}
		found, all := e.explore(begun)
		if !all {
			return nil, false
		}
		for _, m := range found {
			if key := m.state(e.alike); !known[key] {
				known[key] = true
				stack = append(stack, m)
			}
		}
	}
	return rest, true
}
