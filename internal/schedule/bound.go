package schedule

import (
	"cmp"
	"math"
	"slices"
)

// How many pods of one kind a domain can come to hold. Who must be apart from
// their like sit one a domain. A constraint on the spread is a rule of the moment
// in which a pod is placed: the domain then holds at most maxSkew more than the
// emptiest, so that with n pods that count and d domains it holds at most
// (n + (d-1) maxSkew) / d. Pods that leave later do not add to any domain, and
// domains that go away were more before, when the bound was lower. n is therefore
// all pods that ever were there.

// bound is the most pods of a demand that one domain of a topology holds.
type bound struct {
	topology int
	pods     int64
}

// bounds works out the bounds of all demands that may go to several nodes.
func (p *proof) bounds() {
	p.apart = make([][]bound, len(p.all))
	for _, i := range p.free {
		k := p.c.classes[p.all[i].class]
		if len(k.ports)+len(k.away) > 0 {
			for _, topology := range p.c.conflicts(k, k) {
				p.apart[i] = append(p.apart[i], bound{topology, 1})
			}
		}
		for j := range k.hard {
			s := &k.hard[j]
			if s.self == 0 {
				continue // its own pods do not count
			}
			var n int64
			for _, d := range p.ever {
				n += d.ever * p.c.worth(d.class, s.counter)
			}
			if _, d := p.live(s); n > s.maxSkew && d > 0 {
				n = (n + int64(d-1)*s.maxSkew) / int64(d)
			}
			p.apart[i] = append(p.apart[i], bound{s.topology, n})
		}
	}
}

// counted is how many of the others a counter of a spread constraint counts, those
// included that the pod would evict: they are there until it does.
func (o *others) counted(counter int32) int64 {
	var sum int64
	for _, of := range o.kinds {
		if worth := o.c.worth(of.class, counter); worth != 0 {
			for _, i := range of.demands {
				sum += o.present(i) * worth
			}
		}
	}
	return sum
}

// worth is what a pod of the class counts for.
func (c *Cluster) worth(class, counter int32) int64 {
	for _, a := range c.classes[class].adds {
		if a.counter == counter {
			return a.value
		}
	}
	return 0
}

// countAlike says whether two counters count the same pods.
func (p *proof) countAlike(a, b int32) bool {
	return !slices.ContainsFunc(p.kinds, func(of kind) bool { return p.c.worth(of.class, a) != p.c.worth(of.class, b) })
}

// live are the domains of a constraint that have a node, and how many they are.
func (p *proof) live(s *spreadCheck) (live []bool, count int) {
	values := p.c.domains[s.topology].values
	live = make([]bool, len(p.c.domains[s.topology].names))
	for n, v := range values {
		if v >= 0 && s.eligible[n] && !p.gone[n] && !live[v] {
			live[v] = true
			count++
		}
	}
	return live, count
}

// atNode is how many of a demand's pods a node can come to hold.
func (p *proof) atNode(i int, pods int64, node int32) int64 {
	for _, b := range p.apart[i] {
		if p.c.domains[b.topology].values[node] >= 0 {
			pods = min(pods, b.pods)
		}
	}
	return pods
}

// purse is what the others that may go anywhere can bring onto the nodes. Of those
// that a constraint counts, if one is given, at most so many are there.
func (o *others) purse(on []price, s *spreadCheck, most int64) purse {
	p := o.proof
	out := purse{within: most}
	var within []payer
	distinct := map[int]int64{} // by topology: domains of the nodes; -1 if a node has none
	for _, i := range p.free {
		if topologies := o.away[p.all[i].class]; len(topologies) > 0 && !slices.ContainsFunc(on, func(x price) bool { return !o.elsewhere(p.all[i].class, x.node) }) {
			continue
		}
		q := p.c.classes[p.all[i].class]
		y := payer{cpu: q.cpu, memory: q.memory, pods: o.pods(i), node: math.MaxInt64}
		for _, b := range p.apart[i] {
			if y.pods <= b.pods {
				continue
			}
			n, ok := distinct[b.topology]
			if !ok {
				n = p.domainsOf(b.topology, on)
				distinct[b.topology] = n
			}
			if n >= 0 {
				y.pods, y.node = min(y.pods, n*b.pods), min(y.node, b.pods)
			}
		}
		if s != nil && p.c.worth(p.all[i].class, s.counter) > 0 {
			y.within, y.node = true, min(y.node, most)
			within = append(within, y)
		}
		if y.pods == 0 || y.node == 0 {
			continue
		}
		out.payers = append(out.payers, y)
		if !y.within {
			out.totals.cpu += y.pods * q.cpu
			out.totals.memory += y.pods * q.memory
			out.totals.pods += y.pods
		}
	}
	for mode, sum := range [3]*int64{&out.totals.cpu, &out.totals.memory, &out.totals.pods} {
		slices.SortStableFunc(within, func(a, b payer) int { return cmp.Compare(b.of(mode), a.of(mode)) })
		left := most
		for _, y := range within {
			n := min(y.pods, left)
			*sum += n * y.of(mode)
			left -= n
		}
	}
	return out
}

// domainsOf is how many domains of a topology the nodes are in; -1 if one has none.
func (p *proof) domainsOf(topology int, on []price) int64 {
	values := p.c.domains[topology].values
	seen := map[int32]bool{}
	for _, x := range on {
		if values[x.node] < 0 {
			return -1
		}
		seen[values[x.node]] = true
	}
	return int64(len(seen))
}
