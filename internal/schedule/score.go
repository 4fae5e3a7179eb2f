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

// scores fills r.c's scratch with the score of each node for a class, over the
// nodes that take it.
func (r *Run) scores(k *class, nodes []int32, out []int64) {
	var most int64
	for i, n := range nodes {
		out[i] = r.leastAllocated(k, n) + r.balanced(k, n)
	}
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
	ignored := func(n int32) bool {
		if !k.spreads {
			return false
		}
		for i := range k.soft {
			if c.domains[k.soft[i].label].values[n] < 0 {
				return true
			}
		}
		return false
	}
	weights := make([]float64, len(k.soft))
	for i := range k.soft {
		s := &k.soft[i]
		size := 0
		seen := make([]bool, len(c.domains[s.topology].names)+1)
		for _, n := range nodes {
			if ignored(n) {
				continue
			}
			if s.topology == itself {
				size++
			} else if v := c.domains[s.topology].values[n] + 1; !seen[v] {
				seen[v] = true
				size++
			}
		}
		weights[i] = math.Log(float64(size + 2))
	}
	raw := make([]int64, len(nodes))
	least, most := int64(math.MaxInt64), int64(0)
	for i, n := range nodes {
		if ignored(n) {
			raw[i] = -1
			continue
		}
		var score float64
		for j := range k.soft {
			s := &k.soft[j]
			if c.domains[s.label].values[n] < 0 {
				continue
			}
			count := r.counts[s.counter][c.domains[s.topology].values[n]]
			score += float64(count)*weights[j] + float64(s.maxSkew-1)
		}
		raw[i] = int64(math.Round(score))
		least, most = min(least, raw[i]), max(most, raw[i])
	}
	for i := range nodes {
		switch {
		case raw[i] < 0:
		case most == 0:
			out[i] += spreadWeight * maxScore
		default:
			out[i] += spreadWeight * (maxScore * (most + least - raw[i]) / most)
		}
	}
}

// pullScores prefers nodes near pods that want each other near
// (interpodaffinity/scoring.go).
func (r *Run) pullScores(k *class, nodes []int32, out []int64) {
	raw := make([]int64, len(nodes))
	least, most := int64(math.MaxInt64), int64(math.MinInt64)
	for i, n := range nodes {
		for _, p := range k.pull {
			if v := r.c.domains[p.topology].values[n]; v >= 0 {
				raw[i] += p.weight * r.counts[p.counter][v]
			}
		}
		least, most = min(least, raw[i]), max(most, raw[i])
	}
	if most <= least {
		return
	}
	for i := range nodes {
		out[i] += pullWeight * int64(maxScore*(float64(raw[i]-least)/float64(most-least)))
	}
}
