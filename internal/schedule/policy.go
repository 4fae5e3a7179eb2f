package schedule

import (
	"cmp"
	"slices"
)

// policy is what the real scheduler leaves to chance, decided.
type policy struct {
	number int
	last   int32 // a class whose pods come last, -1 for none
	mixed  bool  // pods of a class do not come together
}

func policyOf(order int) policy { return policy{number: order, last: -1, mixed: true} }

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

// retry is the order in which pending pods are tried again.
func (p policy) retry(r *Run, pods []int32) []int32 { return p.order(r, pods) }

// choose picks one of equal nodes.
func (p policy) choose(r *Run, pod int32, nodes []int32) int {
	switch {
	case len(nodes) == 1 || p.number == 0:
		return 0
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
