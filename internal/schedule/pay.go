package schedule

import (
	"cmp"
	"slices"
)

// payer is pods that are alike and may pay for refusing another one.
type payer struct {
	cpu, memory int64 // of each
	pods        int64
	node        int64 // how many of them one node can hold
	within      bool  // counted by the constraint that limits them together
}

// purse is what all others have to pay with on some nodes.
type purse struct {
	payers []payer
	within int64 // how many of those that are counted together there may be
	totals totals
}

// totals is what the pods ask for together.
type totals struct{ cpu, memory, pods int64 }

// enough says that the others cannot pay for refusing a pod on all of the nodes.
func (p *proof) enough(prices []price, theirs purse, tokens []token) bool {
	if len(prices) == 0 {
		return false
	}
	for _, x := range prices {
		if x.cpu == never && x.memory == never && x.pods == never && len(tokens) == 0 {
			return true
		}
	}
	return p.weighed(prices, theirs, tokens) || p.searched(prices, theirs.totals, tokens)
}

// weighed gives each pod a worth, CPU, memory and its place added up with weights.
// Refusing a pod on a node by CPU takes pods that have so much of it together, and
// these have at least a certain worth; by memory and by number likewise. A node
// costs the least of the three. No pod pays on two nodes: all nodes together cannot
// cost more than all pods are worth. What tokens bar is taken off at its dearest.
func (p *proof) weighed(prices []price, theirs purse, tokens []token) bool {
	cost := make([]float64, len(prices))
	known := make(map[price]float64, 8)
	w := weighing{payers: theirs.payers, worth: make([]float64, len(theirs.payers))}
	for _, pods := range []float64{0, 0.02, 0.1, 0.25, 0.5} {
		for _, share := range []float64{0.03, 0.15, 0.3, 0.4, 0.5, 0.6, 0.7, 0.85, 0.97} {
			w.set(&theirs, [3]float64{(1 - pods) * share, (1 - pods) * (1 - share), pods})
			clear(known)
			sum := 0.0
			for i, x := range prices {
				x.node = 0
				c, ok := known[x]
				if !ok {
					c = w.cheapest(x)
					known[x] = c
				}
				cost[i] = c
				sum += c
			}
			for _, t := range tokens {
				sum -= p.dearest(prices, cost, t)
			}
			// Fractions were added up: leave room for what was rounded.
			if sum > w.all*1.000001+1e-12 {
				return true
			}
		}
	}
	return false
}

// weighing is the worth of pods under some weights.
type weighing struct {
	payers []payer
	worth  []float64 // of one pod, by payer
	order  [3][]int  // the payers by worth for their CPU, memory, place: the cheapest first
	all    float64   // what all are worth
	within []int     // room for those that are counted together
}

// set works out the worth of all under these weights.
func (w *weighing) set(theirs *purse, weights [3]float64) {
	t := theirs.totals
	w.all, w.within = 0, w.within[:0]
	for i := range w.payers {
		q := &w.payers[i]
		w.worth[i] = weights[0]*float64(q.cpu)/float64(max(t.cpu, 1)) + weights[1]*float64(q.memory)/float64(max(t.memory, 1)) + weights[2]/float64(max(t.pods, 1))
		if q.within {
			w.within = append(w.within, i)
		} else {
			w.all += float64(q.pods) * w.worth[i]
		}
	}
	slices.SortStableFunc(w.within, func(a, b int) int { return cmp.Compare(w.worth[b], w.worth[a]) })
	left := theirs.within
	for _, i := range w.within {
		n := min(w.payers[i].pods, left)
		w.all += float64(n) * w.worth[i]
		left -= n
	}
	for mode := range w.order {
		order := w.order[mode][:0]
		for i := range w.payers {
			if w.payers[i].of(mode) > 0 {
				order = append(order, i)
			}
		}
		slices.SortStableFunc(order, func(a, b int) int {
			return cmp.Compare(w.worth[a]*float64(w.payers[b].of(mode)), w.worth[b]*float64(w.payers[a].of(mode)))
		})
		w.order[mode] = order
	}
}

// of is what one pod has of CPU, of memory, or of places.
func (q *payer) of(mode int) int64 {
	switch mode {
	case 0:
		return q.cpu
	case 1:
		return q.memory
	}
	return 1
}

// cheapest is the least worth of pods that refuse on a node.
func (w *weighing) cheapest(x price) float64 {
	least := 4*w.all + 1e-9 // no node counts for more than all have several times: sums stay comparable
	for mode, need := range [3]int64{x.cpu, x.memory, x.pods} {
		if need == never {
			continue
		}
		sum := 0.0
		for _, i := range w.order[mode] {
			q := &w.payers[i]
			have := min(q.pods, q.node) * q.of(mode)
			if have >= need {
				sum += w.worth[i] * float64(need) / float64(q.of(mode))
				need = 0
				break
			}
			sum += w.worth[i] * float64(min(q.pods, q.node))
			need -= have
		}
		if need == 0 {
			least = min(least, sum)
		}
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
