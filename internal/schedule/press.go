package schedule

import "slices"

// The pressure. Where there are too many states to look at all, the ones worth
// looking at are those that leave a certain pod no room: of all that may happen
// next, what brings the nodes that it could go to nearest to refusing it is tried
// first. One of its pods comes last. What is found is a way that the scheduler may
// go; that nothing is found proves nothing.

// How many states the search looks at for one pod, and for how many kinds of pods.
const (
	pressed    = 250
	pressKinds = 12
)

// press looks for a run that ends with a pod of a suspect kind pending.
func (s *Scenario) press() *Run {
	if s.before == nil || len(s.Run(0).node) > searchMax {
		return nil
	}
	kinds := s.suspects()
	if r := s.shake(kinds); r != nil || s.step.roll != nil {
		return r
	}
	if !s.c.hurry {
		if r := s.steer(kinds); r != nil {
			return r
		}
	}
	alike := s.c.alikeNodes()
	for _, kind := range kinds[:min(len(kinds), pressKinds)] {
		p := presser{alike: alike, left: pressed, seen: map[state]bool{}, kind: kind}
		for _, order := range []int{0, 1, 3} {
			from := s.before.Run(order).Clone()
			from.change(s.step)
			if p.hold(from) {
				if r := p.search(from); r != nil {
					return r
				}
			}
		}
	}
	return nil
}

// How many orders shake tries at most, and how many pods it may place in all; and
// how many orders it tries in a hurry.
const (
	shaken     = 2500
	shakenPods = 50_000
	hurried    = 240
)

// shake looks for such a run among orders in which a suspect kind comes last, or
// the pods of each kind together, or neither.
func (s *Scenario) shake(kinds []demand) *Run {
	turns := min(shaken, shakenPods/max(len(s.Run(0).node), 1))
	if s.c.hurry {
		turns = hurried
	}
	for i := range turns {
		p := policy{number: 1000 + i, last: -1, mixed: true}
		if i%8 != 7 && len(kinds) > 0 {
			p.last, p.mixed = kinds[i%len(kinds)].class, i/len(kinds)%2 == 0
		}
		r := s.before.Run(i % leastTried).Clone()
		r.pick = p
		if r.step(s.step); len(r.pending) > 0 {
			return r
		}
	}
	return nil
}

// suspects are the kinds of pods that are not proven to find a node, those that
// are there after the last step.
func (s *Scenario) suspects() []demand {
	var d demands
	r := s.Run(0)
	for id, at := range r.node {
		if at != absent {
			d.add(s.c, s.c.pods[id].pod, 1)
		}
	}
	return s.c.unproven(&d, s.gone())
}

// presser is a search against one kind of pod.
type presser struct {
	alike []int32
	left  int
	seen  map[state]bool
	kind  demand
	held  int32 // the pod that comes last
}

// hold chooses a pod of the kind that is still to come.
func (p *presser) hold(r *Run) bool {
	for id, at := range r.node {
		if info := r.c.pods[id]; at == waits && info.class == p.kind.class && info.pin == p.kind.pin {
			p.held = int32(id)
			return true
		}
	}
	return false
}

// search goes on from a state, and returns one at rest in which a pod is pending.
func (p *presser) search(from *Run) *Run {
	stack := []*Run{from}
	for len(stack) > 0 && p.left > 0 {
		r := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		p.left--
		r.node[p.held] = absent
		next, moved, all := r.moves(p.alike, p.seen)
		r.node[p.held] = waits
		if !all {
			return nil
		}
		if !moved {
			// All others sit or cannot: now the pod itself, and whoever it evicts.
			e := explorer{c: r.c, left: pressed, alike: p.alike, seen: map[state]bool{}}
			rest, _ := e.explore([]*Run{r})
			for _, end := range rest {
				if end.restPending(); len(end.pending) > 0 {
					return end
				}
			}
			continue
		}
		type option struct {
			run  *Run
			room float64
		}
		var options []option
		for _, n := range next {
			n.node[p.held] = waits
			options = append(options, option{n, n.roomFor(p.held)})
		}
		// The least room on top of the stack.
		slices.SortStableFunc(options, func(a, b option) int {
			switch {
			case a.room > b.room:
				return -1
			case a.room < b.room:
				return 1
			}
			return 0
		})
		for _, o := range options {
			stack = append(stack, o.run)
		}
	}
	return nil
}

// roomFor is how far the nodes are from refusing a pod, together.
func (r *Run) roomFor(pod int32) float64 {
	k, pin := r.classOf(pod), r.c.pods[pod].pin
	sum := 0.0
	for n := range r.c.nodes {
		node := int32(n)
		if code, _ := r.filter(k, pin, node); code != Fits {
			continue
		}
		have, l := &r.c.nodes[n], &r.load[n]
		left := 1.0
		if k.cpu > 0 {
			left = min(left, float64(have.CPU-l.cpu-k.cpu)/float64(have.CPU))
		}
		if k.memory > 0 {
			left = min(left, float64(have.Memory-l.memory-k.memory)/float64(have.Memory))
		}
		left = min(left, float64(int64(have.Pods)-l.pods-1)/float64(have.Pods))
		sum += 0.2 + left
	}
	return sum
}
