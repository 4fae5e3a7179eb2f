package schedule

import "slices"

// steered is how many choices are weighed in all orders that are steered.
const steered = 60_000

// steer looks for a run that ends with a pod of a suspect kind pending among orders
// in which of all pods that may come next, and all nodes that they may go to, that
// is taken which leaves the suspect's pod the least room; or nearly so: a little
// noise, another each time, leads away from what is the best for one step only.
// What evicts others is left to chance.
func (s *Scenario) steer(kinds []demand) *Run {
	left, idle := steered, 0
	for turn := 0; left > 0 && idle < len(kinds); turn++ {
		r := s.before.Run(0).Clone()
		r.change(s.step)
		p := presser{kind: kinds[turn%len(kinds)], left: left}
		if !p.hold(r) { // none of the kind is still to come
			left -= len(r.node)
			idle++
			continue
		}
		noise := 1.0
		if turn/len(kinds)%3 == 0 {
			noise = 0.3
		}
		p.steer(r, uint64(turn), noise)
		if len(r.pending) > 0 {
			return r
		}
		if p.left == left { // there was nothing to choose, and never will be
			idle++
			continue
		}
		left, idle = p.left, 0
	}
	return nil
}

// steer lets the others come, and then the pod that is held.
func (p *presser) steer(r *Run, turn uint64, noise float64) {
	r.node[p.held] = absent
	for step := uint64(0); ; {
		var tried [][2]int32
		pod, at, least := int32(-1), int32(-1), 0.0
		for id, on := range r.node {
			if on != waits {
				continue
			}
			info := r.c.pods[id]
			if kind := [2]int32{info.class, info.pin}; !slices.Contains(tried, kind) {
				tried = append(tried, kind)
			} else {
				continue
			}
			nodes := r.feasible(int32(id), nil)
			for _, n := range slices.Clone(r.best(r.classOf(int32(id)), nodes)) {
				step++
				p.left--
				r.place(int32(id), n)
				room := r.roomFor(p.held) + noise*float64(mix(turn<<32+step)>>44)/(1<<20)
				r.unplace(int32(id))
				if pod < 0 || room < least {
					pod, at, least = int32(id), n, room
				}
			}
		}
		if pod < 0 {
			break
		}
		r.place(pod, at)
	}
	r.node[p.held] = waits
	r.restPending()
	queue := r.pending
	r.pending = nil
	r.settle(queue)
}
