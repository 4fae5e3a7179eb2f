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
	seen  map[string]bool
}

// explore returns all states at rest that can be reached from these, and whether
// these are all.
func (e *explorer) explore(from []*Run) (rest []*Run, all bool) {
	stack := slices.Clone(from)
	for len(stack) > 0 {
		r := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if e.seen[r.state(e.alike)] {
			continue
		}
		e.seen[r.state(e.alike)] = true
		if e.left--; e.left < 0 {
			return rest, false
		}
		next, all := r.moves(e.alike)
		if !all {
			return rest, false
		}
		if len(next) == 0 {
			rest = append(rest, r)
		}
		stack = append(stack, next...)
	}
	return rest, true
}

// moves are the states one step away; false if there are too many to tell.
func (r *Run) moves(alike []int32) (next []*Run, all bool) {
	tried := map[[3]int32]bool{}
	for id, at := range r.node {
		pod := int32(id)
		if at != waits {
			continue
		}
		info := r.c.pods[pod]
		kind := [3]int32{info.class, info.pin, r.nominated[pod]}
		if tried[kind] {
			continue
		}
		tried[kind] = true
		var emptiable []int32
		if nodes := r.feasible(pod, &emptiable); len(nodes) > 0 {
			for _, n := range r.distinct(r.best(r.classOf(pod), nodes), alike) {
				m := r.Clone()
				m.place(pod, n)
				next = append(next, m)
			}
			continue
		}
		candidates, sure := r.everyCandidate(pod, emptiable)
		if !sure {
			return nil, false
		}
		for i := range candidates {
			m := r.Clone()
			m.evict(pod, &candidates[i])
			next = append(next, m)
		}
		if len(candidates) == 0 && r.nominated[pod] != unbound {
			m := r.Clone()
			m.denominate(pod)
			next = append(next, m)
		}
	}
	return next, true
}

// distinct leaves one of nodes that are alike and hold the same.
func (r *Run) distinct(nodes []int32, alike []int32) []int32 {
	if len(nodes) < 2 {
		return nodes
	}
	seen := map[string]bool{}
	var out []int32
	for _, n := range nodes {
		if key := r.holds(n, alike); !seen[key] {
			seen[key] = true
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

// holds is what a node holds: placed, pending for it alone, and waiting for it.
func (r *Run) holds(node int32, alike []int32) string {
	var kinds []int32
	for _, p := range r.on[node] {
		kinds = append(kinds, r.c.pods[p].class*4)
	}
	for id, at := range r.node {
		if at == waits && r.nominated[id] == node {
			kinds = append(kinds, r.c.pods[id].class*4+1)
		}
		if at == waits && r.c.pods[id].pin == node {
			kinds = append(kinds, r.c.pods[id].class*4+2)
		}
	}
	if r.gone[node] {
		kinds = append(kinds, -1)
	}
	slices.Sort(kinds)
	return string(encode(nil, append([]int32{alike[node]}, kinds...)...))
}

// state is what tells states apart: nodes that are alike may change places.
func (r *Run) state(alike []int32) string {
	nodes := make([]string, len(r.on))
	for n := range r.on {
		nodes[n] = r.holds(int32(n), alike)
	}
	slices.Sort(nodes)
	var pending []int32
	for id, at := range r.node {
		if at == waits && r.nominated[id] == unbound && r.c.pods[id].pin == anyNode {
			pending = append(pending, r.c.pods[id].class)
		}
	}
	slices.Sort(pending)
	b := encode(nil, pending...)
	for _, n := range nodes {
		b = encode(b, int32(len(n)))
		b = append(b, n...)
	}
	return string(b)
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
