package schedule

import (
	"cmp"
	"math"
	"slices"
)

// policy is what the real scheduler leaves to chance, decided.
type policy struct {
	number   int
	last     int32 // a class whose pods come last, -1 for none
	mixed    bool  // pods of a class do not come together
	directed bool  // against the class that comes last
}

// directed is the number of the first order that is directed against a class:
// there are two for each, see against.
const directed = 1 << 30

func policyOf(order int) policy {
	if order >= directed {
		return policy{number: order, last: int32(order-directed) / 2, directed: true}
	}
	return policy{number: order, last: -1, mixed: true}
}

// against are the numbers of the orders directed against a class. Its pods come
// last. Before them come those that can take the nodes that it could go to, those
// first that can go nowhere else; the small ahead in the one order, the big in the
// other. Of equal nodes they take the one that has the least left for the class.
func against(class int32) [2]int { return [2]int{directed + 2*int(class), directed + 2*int(class) + 1} }

// mix is splitmix64: the same number for the same input, and no relation between
// near ones (https://prng.di.unimi.it/splitmix64.c).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// order is the order in which pods that come together are tried.
func (p policy) order(r *Run, pods []int32) []int32 {
	pods = slices.Clone(pods)
	size := func(id int32) int64 { k := r.classOf(id); return k.cpu*1<<20 + k.memory/1000 }
	roam := func(id int32) int {
		if r.c.pods[id].pin != anyNode {
			return 1
		}
		nodes := 0
		for _, v := range r.classOf(id).verdict {
			if v == Fits {
				nodes++
			}
		}
		return nodes
	}
	if p.directed {
		p.sort(r, pods, size)
		return pods
	}
	switch p.number {
	case 0:
		slices.SortStableFunc(pods, func(a, b int32) int { return cmp.Compare(int64(r.classOf(b).priority), int64(r.classOf(a).priority)) })
	case 1:
		// One by one, whatever the priority.
	case 2:
		slices.Reverse(pods)
	case 3:
		// The small first, all over the nodes; then the big find no room.
		slices.SortStableFunc(pods, func(a, b int32) int { return cmp.Compare(size(a), size(b)) })
	case 4:
		// Those that could go elsewhere first, the small ahead.
		slices.SortStableFunc(pods, func(a, b int32) int {
			if d := cmp.Compare(int64(roam(b)), int64(roam(a))); d != 0 {
				return d
			}
			return cmp.Compare(size(a), size(b))
		})
	case 5:
		slices.SortStableFunc(pods, func(a, b int32) int { return cmp.Compare(int64(r.classOf(a).priority), int64(r.classOf(b).priority)) })
	case 6:
		slices.SortStableFunc(pods, func(a, b int32) int { return cmp.Compare(size(b), size(a)) })
	default:
		key := func(id int32) uint64 {
			class := r.c.pods[id].class
			switch {
			case class == p.last:
				return 1<<64 - 1
			case p.mixed:
				return mix(uint64(p.number)<<32+uint64(id)) >> 1
			}
			return mix(uint64(p.number)<<32+uint64(class)) >> 1
		}
		slices.SortStableFunc(pods, func(a, b int32) int { return cmp.Compare(key(a), key(b)) })
	}
	return pods
}

// sort puts pods into the order directed against a class.
func (p policy) sort(r *Run, pods []int32, size func(int32) int64) {
	target := r.c.classes[p.last].verdict
	taking := map[int32]float64{} // by class: which part of its nodes the target could go to
	key := func(id int32) float64 {
		info := r.c.pods[id]
		if info.class == p.last {
			return 2 // after all others
		}
		if info.pin >= 0 {
			if target[info.pin] == Fits {
				return -1
			}
			return 0
		}
		part, ok := taking[info.class]
		if !ok {
			mine, both := 0, 0
			for n, v := range r.c.classes[info.class].verdict {
				if v == Fits {
					mine++
					if target[n] == Fits {
						both++
					}
				}
			}
			part = -float64(both) / float64(max(mine, 1))
			taking[info.class] = part
		}
		return part
	}
	slices.SortStableFunc(pods, func(a, b int32) int {
		by := cmp.Compare(size(a), size(b))
		if p.number%2 == 1 {
			by = -by
		}
		return cmp.Or(cmp.Compare(key(a), key(b)), by)
	})
}

// tightest picks the node that has the least left for the class that comes last.
func (p policy) tightest(r *Run, nodes []int32) int {
	k := r.c.classes[p.last]
	best, least := 0, math.Inf(1)
	for i, n := range nodes {
		if k.verdict[n] != Fits {
			continue
		}
		have, l := &r.c.nodes[n], &r.load[n]
		left := min(float64(have.CPU-l.cpu)/float64(max(k.cpu, 1)), float64(have.Memory-l.memory)/float64(max(k.memory, 1)))
		if left < least {
			best, least = i, left
		}
	}
	return best
}

// retry is the order in which pending pods are tried again.
func (p policy) retry(r *Run, pods []int32) []int32 { return p.order(r, pods) }

// choose picks one of equal nodes.
func (p policy) choose(r *Run, pod int32, nodes []int32) int {
	switch {
	case len(nodes) == 1 || p.number == 0:
		return 0
	case p.directed:
		return p.tightest(r, nodes)
	case p.number%2 == 1:
		return len(nodes) - 1
	}
	return int(mix(uint64(p.number)<<32+uint64(r.clock)) % uint64(len(nodes)))
}

// chooseCandidate picks one of equal nodes to empty.
func (p policy) chooseCandidate(r *Run, pod int32, all []candidate) int {
	if len(all) == 1 || p.number == 0 {
		return 0
	}
	return int(mix(uint64(p.number)<<32+uint64(r.clock)) % uint64(len(all)))
}

// chooseStep picks one of the steps that a controller may take.
func (p policy) chooseStep(r *Run, n int) int {
	switch {
	case n == 1 || p.number == 0:
		return 0
	case p.number%2 == 1:
		return n - 1
	}
	return int(mix(uint64(p.number)<<32+uint64(r.clock)+7) % uint64(n))
}
