package schedule

import "math"

// The weights of the default profile (getDefaultPlugins in
// pkg/scheduler/apis/config/v1/default_plugins.go). ImageLocality counts
// nothing: nobody knows which images nodes hold.
const (
	taintWeight    = 3
	affinityWeight = 2
	spreadWeight   = 2
	pullWeight     = 2
	maxScore       = 100
)

// scores fills out with the score of each node for a class, over the nodes that
// take it.
func (r *Run) scores(k *class, nodes []int32, out []int64) {
	var base []base
	if len(nodes) >= baseWorth {
		base = r.baseFor(k)
	}
	for i, n := range nodes {
		if base == nil {
			out[i] = r.leastAllocated(k, n) + r.balanced(k, n)
			continue
		}
		b := &base[n]
		if b.at != r.changed[n] {
			b.at, b.score = r.changed[n], int32(r.leastAllocated(k, n)+r.balanced(k, n))
		}
		out[i] = int64(b.score)
	}
	var most int64
	if k.avoids != nil {
		for _, n := range nodes {
			most = max(most, k.avoids[n])
		}
		for i, n := range nodes {
			if most > 0 {
				out[i] += taintWeight * (maxScore - maxScore*k.avoids[n]/most)
			}
		}
	}
	if k.prefers != nil {
		most = 0
		for _, n := range nodes {
			most = max(most, k.prefers[n])
		}
		for i, n := range nodes {
			if most > 0 {
				out[i] += affinityWeight * (maxScore * k.prefers[n] / most)
			}
		}
	}
	if len(k.soft) > 0 {
		r.spreadScores(k, nodes, out)
	}
	if len(k.pull) > 0 {
		r.pullScores(k, nodes, out)
	}
}

// base is what the requests alone score on a node. It is computed again when the
// node changed.
type base struct{ at, score int32 }

// bases bounds how many of them a run keeps, in nodes; for fewer nodes than
// baseWorth it keeps none.
const (
	bases     = 1 << 20
	baseWorth = 32
)

// baseFor returns the base of what the class requests.
func (r *Run) baseFor(k *class) []base {
	key := load{cpu: k.cpu, memory: k.memory, scoreCPU: k.scoreCPU, scoreMemory: k.scoreMemory}
	b := r.base[key]
	if b == nil {
		if r.base == nil || (len(r.base)+1)*len(r.c.nodes) > bases {
			r.base = map[load][]base{}
		}
		b = make([]base, len(r.c.nodes))
		for n := range b {
			b[n].at = -1
		}
		r.base[key] = b
	}
	return b
}

// leastAllocated prefers empty nodes (noderesources/least_allocated.go).
func (r *Run) leastAllocated(k *class, node int32) int64 {
	n, l := &r.c.nodes[node], &r.load[node]
	var sum, weights int64
	add := func(asked, have int64) {
		if have == 0 {
			return
		}
		weights++
		if asked <= have {
			sum += (have - asked) * maxScore / have
		}
	}
	add(l.scoreCPU+k.scoreCPU, n.CPU)
	add(l.scoreMemory+k.scoreMemory, n.Memory)
	if weights == 0 {
		return 0
	}
	return sum / weights
}

// balanced prefers nodes on which CPU and memory are used alike
// (noderesources/balanced_allocation.go); a pod that asks for neither is not asked.
func (r *Run) balanced(k *class, node int32) int64 {
	if k.cpu == 0 && k.memory == 0 {
		return 0
	}
	n, l := &r.c.nodes[node], &r.load[node]
	with := balance(l.cpu+k.cpu, n.CPU, l.memory+k.memory, n.Memory)
	without := balance(l.cpu, n.CPU, l.memory, n.Memory)
	return maxScore/2 + (maxScore/2+with-without)/2
}

func balance(cpu, haveCPU, memory, haveMemory int64) int64 {
	if haveCPU == 0 || haveMemory == 0 {
		return maxScore
	}
	deviation := math.Abs((min(float64(cpu)/float64(haveCPU), 1) - min(float64(memory)/float64(haveMemory), 1)) / 2)
	return int64((1 - deviation) * maxScore)
}

// spreadScores prefers domains with few pods (podtopologyspread/scoring.go).
func (r *Run) spreadScores(k *class, nodes []int32, out []int64) {
	c := r.c
	sums := r.floats[:0]
	ignored := 0
	for _, n := range nodes {
		if k.ignores != nil && k.ignores[n] {
			ignored++
		}
		sums = append(sums, 0)
	}
	r.floats = sums
	for j := range k.soft {
		s := &k.soft[j]
		values := c.domains[s.topology].values
		size := len(nodes) - ignored
		if s.topology != itself {
			size = r.distinctDomains(k, s.topology, nodes)
		}
		weight, base := math.Log(float64(size+2)), float64(s.maxSkew-1)
		counts, labelled := r.at(s.counter), c.domains[s.label].values
		if len(counts) > narrow || s.topology != s.label {
			for i, n := range nodes {
				if labelled[n] >= 0 {
					sums[i] += float64(counts[values[n]])*weight + base
				}
			}
			continue
		}
		// Few domains: what each adds is worked out once.
		var adds [narrow]float64
		for v, count := range counts {
			adds[v] = float64(count)*weight + base
		}
		for i, n := range nodes {
			if v := labelled[n]; v >= 0 {
				sums[i] += adds[v]
			}
		}
	}
	raws := r.ints[:0]
	least, most := int64(math.MaxInt64), int64(0)
	for i, n := range nodes {
		raw := int64(sums[i] + 0.5) // as math.Round rounds what is not negative
		raws = append(raws, raw)
		if k.ignores == nil || !k.ignores[n] {
			least, most = min(least, raw), max(most, raw)
		}
	}
	r.ints = raws
	last, score := int64(-1), int64(0) // many nodes are alike
	for i, n := range nodes {
		switch raw := raws[i]; {
		case k.ignores != nil && k.ignores[n]:
		case most == 0:
			out[i] += spreadWeight * maxScore
		default:
			if raw != last {
				last, score = raw, spreadWeight*(maxScore*(most+least-raw)/most)
			}
			out[i] += score
		}
	}
}

// distinctDomains counts the domains of the nodes, those without the label as one.
func (r *Run) distinctDomains(k *class, topology int, nodes []int32) int {
	t := &r.c.domains[topology]
	values, all := t.values, len(t.names)
	if t.partial {
		all++
	}
	seen := append(r.flags[:0], make([]bool, len(t.names)+1)...)
	r.flags = seen
	size := 0
	for _, n := range nodes {
		if v := values[n] + 1; (k.ignores == nil || !k.ignores[n]) && !seen[v] {
			seen[v] = true
			if size++; size == all {
				break // there are no more
			}
		}
	}
	return size
}

// pullScores prefers nodes near pods that want each other near
// (interpodaffinity/scoring.go).
func (r *Run) pullScores(k *class, nodes []int32, out []int64) {
	raw := r.ints[:0]
	for range nodes {
		raw = append(raw, 0)
	}
	r.ints = raw
	for _, p := range k.pull {
		if r.total[p.counter] == 0 && !r.c.counters[p.counter].signed {
			continue
		}
		values, counts := r.c.domains[p.topology].values, r.at(p.counter)
		for i, n := range nodes {
			if v := values[n]; v >= 0 {
				raw[i] += p.weight * counts[v]
			}
		}
	}
	least, most := int64(math.MaxInt64), int64(math.MinInt64)
	for _, v := range raw {
		least, most = min(least, v), max(most, v)
	}
	if most <= least {
		return
	}
	for i := range nodes {
		out[i] += pullWeight * int64(maxScore*(float64(raw[i]-least)/float64(most-least)))
	}
}
