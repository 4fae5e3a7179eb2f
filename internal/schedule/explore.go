package schedule

import (
	"encoding/binary"
	"slices"
)

// The search. A state is who sits where, who is pending, and who waits for a
// node that it emptied. From each, any pending pod may be tried next, any of the
// best nodes taken, any of the cheapest nodes emptied; pods that are alike and
// nodes that are alike are interchangeable. A state from which nothing moves is
// at rest. This is more than the real scheduler does, which looks at pods by
// priority when several are waiting: but they may arrive one by one in any order,
// and that is the same.

// explorer searches all states that can be reached.
type explorer struct {
	c     *Cluster
	left  int // how many states may still be looked at
	alike []int32
	seen  map[state]bool
}

// explore returns all states at rest that can be reached from these, and whether
// these are all.
func (e *explorer) explore(from []*Run) (rest []*Run, all bool) {
	var stack []*Run
	for _, r := range from {
		if key := r.state(e.alike); !e.seen[key] {
			e.seen[key] = true
			stack = append(stack, r)
		}
	}
	for len(stack) > 0 {
		r := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if e.left--; e.left < 0 {
			return rest, false
		}
		next, moved, all := r.moves(e.alike, e.seen)
		if !all {
			return rest, false
		}
		if !moved {
			rest = append(rest, r)
		}
		stack = append(stack, next...)
	}
	return rest, true
}

// moves are the states one step away that were not seen yet, and are now. moved
// says whether there is any step; all is false if there are too many to tell.
func (r *Run) moves(alike []int32, seen map[state]bool) (next []*Run, moved, all bool) {
	var tried [][3]int32
	for id, at := range r.node {
		pod := int32(id)
		if at != waits {
			continue
		}
		info := r.c.pods[pod]
		kind := [3]int32{info.class, info.pin, r.nominated[pod]}
		if slices.Contains(tried, kind) {
			continue
		}
		tried = append(tried, kind)
		var emptiable []int32
		if nodes := r.feasible(pod, &emptiable); len(nodes) > 0 {
			moved = true
			waited := r.nominated[pod]
			for _, n := range r.distinct(r.best(r.classOf(pod), nodes), alike) {
				// Most states were seen: look before it costs a copy.
				r.place(pod, n)
				key := r.state(alike)
				r.c.effort += int64(len(r.holds)) // that many were hashed
				if !seen[key] {
					seen[key] = true
					next = append(next, r.Clone())
				}
				r.unplace(pod)
				if waited != unbound {
					r.nominate(pod, waited)
				}
			}
			continue
		}
		candidates, sure := r.everyCandidate(pod, emptiable)
		if !sure {
			return nil, true, false
		}
		add := func(change func(*Run)) {
			moved = true
			m := r.Clone()
			change(m)
			if key := m.state(alike); !seen[key] {
				seen[key] = true
				next = append(next, m)
			}
		}
		for i := range candidates {
			add(func(m *Run) { m.evict(pod, &candidates[i]) })
		}
		if len(candidates) == 0 && r.nominated[pod] != unbound {
			add(func(m *Run) { m.denominate(pod) })
		}
	}
	return next, moved, true
}

// distinct leaves one of nodes that are alike and hold the same.
func (r *Run) distinct(nodes []int32, alike []int32) []int32 {
	if len(nodes) < 2 {
		return nodes
	}
	hashes := r.hashes(alike)
	var out []int32
	for i, n := range nodes {
		if !slices.ContainsFunc(nodes[:i], func(before int32) bool { return hashes[before] == hashes[n] }) {
			out = append(out, n)
		}
	}
	return out
}

// everyOrder bounds the orders of pods of one priority in which they come back to
// a node.
const everyOrder = 24

// everyCandidate are the nodes that the scheduler may empty for a pod. Which pods
// started first decides between victims of one priority: here any may have.
func (r *Run) everyCandidate(pod int32, nodes []int32) ([]candidate, bool) {
	k := r.classOf(pod)
	if !r.outranks(k) {
		return nil, true
	}
	var all []candidate
	for _, n := range nodes {
		var lesser []int32
		for _, p := range r.on[n] {
			if r.classOf(p).priority < k.priority {
				lesser = append(lesser, p)
			}
		}
		orders := r.importances(lesser)
		if len(orders) > everyOrder {
			return nil, false
		}
		seen := map[string]bool{}
		for _, order := range orders {
			if victims := r.victimsOf(pod, n, order); len(victims) > 0 && !seen[r.names(victims)] {
				seen[r.names(victims)] = true
				all = append(all, candidate{n, victims})
			}
		}
	}
	// Nodes may be compared with any of their victims' orders: one that is the
	// cheapest beside any choice for the others may be taken.
	return r.perhapsCheapest(all), true
}

// importances are the orders by priority in which pods of equal priority and
// different kinds stand in any way; more than everyOrder if they are too many.
func (r *Run) importances(pods []int32) [][]int32 {
	orders := [][]int32{nil}
	rest := slices.Clone(pods)
	for len(orders[0]) < len(pods) {
		var longer [][]int32
		for _, order := range orders {
			top := int32(-1 << 31)
			for _, p := range rest {
				if !slices.Contains(order, p) {
					top = max(top, r.classOf(p).priority)
				}
			}
			used := map[int32]bool{}
			for _, p := range rest {
				if slices.Contains(order, p) || r.classOf(p).priority != top || used[r.c.pods[p].class] {
					continue
				}
				used[r.c.pods[p].class] = true
				longer = append(longer, append(slices.Clone(order), p))
			}
		}
		if orders = longer; len(orders) > everyOrder {
			return orders
		}
	}
	return orders
}

// perhapsCheapest leaves out candidates that are dearer than the cheapest whatever
// the orders.
func (r *Run) perhapsCheapest(all []candidate) []candidate {
	by := map[int32][]candidate{}
	for _, c := range all {
		by[c.node] = append(by[c.node], c)
	}
	var out []candidate
	for _, c := range all {
		against := []candidate{c}
		for node, list := range by {
			if node != c.node {
				against = append(against, r.dearest(list))
			}
		}
		if best := r.cheapest(against); slices.ContainsFunc(best, func(b candidate) bool { return b.node == c.node }) {
			out = append(out, c)
		}
	}
	return out
}

// dearest is the candidate that the scheduler would like least.
func (r *Run) dearest(list []candidate) candidate {
	worst := list[0]
	for _, c := range list[1:] {
		if best := r.cheapest([]candidate{worst, c}); len(best) == 1 && best[0].node == worst.node && slices.Equal(best[0].victims, worst.victims) {
			worst = c
		}
	}
	return worst
}

// names tells sets of pods apart by their classes.
func (r *Run) names(pods []int32) string {
	classes := make([]int32, len(pods))
	for i, p := range pods {
		classes[i] = r.c.pods[p].class
	}
	slices.Sort(classes)
	return string(encode(nil, classes...))
}

func encode(b []byte, values ...int32) []byte {
	for _, v := range values {
		b = binary.AppendVarint(b, int64(v))
	}
	return b
}

// state is what tells states apart: nodes that are alike may change places, and
// pods of a class. It is a hash of twice 64 bits.
type state [2]uint64

// state returns the run's state.
func (r *Run) state(alike []int32) state {
	var s state
	add := func(h uint64) {
		s[0] += mix(h)
		s[1] += mix(h ^ 0x5bd1e9955bd1e995)
	}
	for _, h := range r.hashes(alike) {
		add(h)
	}
	for id, at := range r.node {
		if at == waits && r.nominated[id] == unbound && r.c.pods[id].pin == anyNode {
			add(r.classOf(int32(id)).hash ^ 1)
		}
	}
	return s
}

// hashes tell nodes apart by what they are, and hold: placed, pending for them
// alone, and waiting for them.
func (r *Run) hashes(alike []int32) []uint64 {
	out := make([]uint64, len(r.holds))
	for n, h := range r.holds {
		out[n] = h + mix(uint64(alike[n])<<8|2)
		if r.gone[n] {
			out[n] += 3
		}
	}
	for id, at := range r.node {
		if at != waits {
			continue
		}
		if n := r.nominated[id]; n != unbound {
			out[n] += mix(r.classOf(int32(id)).hash ^ 4)
		}
		if n := r.c.pods[id].pin; n >= 0 {
			out[n] += mix(r.classOf(int32(id)).hash ^ 8)
		}
	}
	return out
}

// alikeNodes numbers nodes so that those with the same number may change places:
// the same for every class, in the same domains or each alone in its own.
func (c *Cluster) alikeNodes() []int32 {
	numbers := map[string]int32{}
	out := make([]int32, len(c.nodes))
	for i := range c.nodes {
		n := &c.nodes[i]
		b := binary.AppendVarint(nil, n.CPU)
		b = binary.AppendVarint(b, n.Memory)
		b = encode(b, int32(n.Pods))
		for _, have := range c.allocated[i] {
			b = binary.AppendVarint(b, have)
		}
		for _, k := range c.classes {
			b = append(b, byte(k.verdict[i]))
			if k.prefers != nil {
				b = binary.AppendVarint(b, k.prefers[i])
			}
			if k.avoids != nil {
				b = binary.AppendVarint(b, k.avoids[i])
			}
			for j := range k.hard {
				if k.hard[j].eligible[i] {
					b = append(b, 1)
				} else {
					b = append(b, 0)
				}
			}
		}
		for j := range c.counters {
			if e := c.counters[j].eligible; e != nil && e[i] {
				b = append(b, 1)
			} else {
				b = append(b, 0)
			}
		}
		for j := range c.domains {
			t := &c.domains[j]
			switch v := t.values[i]; {
			case v >= 0 && t.nodes[v] == 1:
				b = encode(b, -2)
			default:
				b = encode(b, v)
			}
		}
		number, ok := numbers[string(b)]
		if !ok {
			number = int32(len(numbers))
			numbers[string(b)] = number
		}
		out[i] = number
	}
	return out
}
