package schedule

import (
	"cmp"
	"slices"
)

// enough says that the others cannot pay for refusing a pod on all of the nodes.
func (p *proof) enough(prices []price, theirs totals, tokens []token) bool {
	if len(prices) == 0 {
		return false
	}
	for _, x := range prices {
		if x.cpu == never && x.memory == never && x.pods == never && len(tokens) == 0 {
			return true
		}
	}
	return p.weighed(prices, theirs, tokens) || p.searched(prices, theirs, tokens)
}

// weighed adds CPU, memory and pods up with weights: a node costs at least the
// cheapest of its three prices. What tokens bar is taken off at its dearest.
func (p *proof) weighed(prices []price, theirs totals, tokens []token) bool {
	cost := make([]float64, len(prices))
	for _, pods := range []float64{0.02, 0.1, 0.25, 0.5} {
		for _, share := range []float64{0.03, 0.15, 0.3, 0.4, 0.5, 0.6, 0.7, 0.85, 0.97} {
			weight := [3]float64{(1 - pods) * share, (1 - pods) * (1 - share), pods}
			sum := 0.0
			for i, x := range prices {
				cost[i] = cheapest(weight, x, theirs)
				sum += cost[i]
			}
			for _, t := range tokens {
				sum -= p.dearest(prices, cost, t)
			}
			// Whole numbers were divided: leave room for what was rounded.
			if sum > 1.000001 {
				return true
			}
		}
	}
	return false
}

// cheapest is the least share of what the others have that a node costs them.
func cheapest(weight [3]float64, x price, theirs totals) float64 {
	// No node counts for more than refuses everything: sums stay comparable.
	least := 4.0
	for j, pair := range [3][2]int64{{x.cpu, theirs.cpu}, {x.memory, theirs.memory}, {x.pods, theirs.pods}} {
		if pair[0] == never || pair[1] < pair[0] {
			continue
		}
		least = min(least, weight[j]*float64(pair[0])/float64(pair[1]))
	}
	return least
}

// dearest is the most that the token's pods take off.
func (p *proof) dearest(prices []price, cost []float64, t token) float64 {
	values := p.c.domains[t.topology].values
	by := make([]float64, len(p.c.domains[t.topology].names))
	for i, x := range prices {
		if v := values[x.node]; v >= 0 {
			by[v] += cost[i]
		}
	}
	slices.Sort(by)
	sum := 0.0
	for i := len(by) - 1; i >= 0 && int64(len(by)-i) <= t.pods; i-- {
		sum += by[i]
	}
	return sum
}

// searchWork bounds the search below; a few nodes need far less.
const searchWork = 20_000

// searched tries every way to pay, node by node.
func (p *proof) searched(prices []price, theirs totals, tokens []token) bool {
	if len(prices) > 24 {
		return false
	}
	s := payment{c: p.c, prices: slices.Clone(prices), left: searchWork, tokens: slices.Clone(tokens)}
	// Nodes that cost alike stand together, so that their order does not matter.
	slices.SortStableFunc(s.prices, func(a, b price) int {
		if d := cmp.Compare(a.cpu, b.cpu); d != 0 {
			return -d
		}
		if d := cmp.Compare(a.memory, b.memory); d != 0 {
			return -d
		}
		return -cmp.Compare(a.pods, b.pods)
	})
	for range tokens {
		s.barred = append(s.barred, map[int32]bool{})
	}
	return !s.pay(0, theirs, 0) && s.left > 0
}

// payment is a search for a way to refuse a pod on every node.
type payment struct {
	c      *Cluster
	prices []price
	tokens []token
	barred []map[int32]bool // by token: domains
	left   int
}

// pay says whether the nodes from the i-th on can be paid for.
func (s *payment) pay(i int, rest totals, mode int) bool {
	s.left--
	if i == len(s.prices) || s.left <= 0 {
		return true
	}
	x := s.prices[i]
	if i == 0 || !alike(s.prices[i-1], x) {
		mode = 0
	}
	for t := range s.tokens {
		v := s.c.domains[s.tokens[t].topology].values[x.node]
		switch {
		case v < 0:
		case s.barred[t][v]:
			return s.pay(i+1, rest, 0)
		case s.tokens[t].pods > 0:
			s.tokens[t].pods--
			s.barred[t][v] = true
			found := s.pay(i+1, rest, 0)
			delete(s.barred[t], v)
			s.tokens[t].pods++
			if found {
				return true
			}
		}
	}
	if len(s.tokens) > 0 {
		mode = 0
	}
	return mode <= 0 && x.cpu <= rest.cpu && s.pay(i+1, totals{rest.cpu - x.cpu, rest.memory, rest.pods}, 0) ||
		mode <= 1 && x.memory <= rest.memory && s.pay(i+1, totals{rest.cpu, rest.memory - x.memory, rest.pods}, 1) ||
		x.pods <= rest.pods && s.pay(i+1, totals{rest.cpu, rest.memory, rest.pods - x.pods}, 2)
}

// alike says whether two nodes cost the same.
func alike(a, b price) bool {
	return a.cpu == b.cpu && a.memory == b.memory && a.pods == b.pods
}
