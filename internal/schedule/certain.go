package schedule

import "slices"

// The proof. Take a state in which nothing moves any more, and in it a pending
// pod p. Each node that p may go to then refuses it: too much CPU, too much
// memory or too many pods are there, or a pod that p must not be near. Each of
// these costs something: so much CPU, memory, or so many of the other pods. If
// what all other pods ask for together does not pay for refusing p everywhere,
// there is no such state, whatever the order and whichever nodes the scheduler
// chose. Pods of lower priority pay for nothing: p would evict them. That
// evictions come to an end follows from priority alone: pods of the highest never
// leave, and so on down.

// demand is a number of pods that are alike.
type demand struct {
	class, pin int32
	pods       int64
}

// Certain is a proof, and a cheap one, that each of the pods finds a node,
// whatever the order in which they come and whichever node the scheduler chooses
// for the others. False means that it is not proven.
func (c *Cluster) Certain(pods []*Pod) bool {
	var d demands
	for _, p := range pods {
		d.add(c, p, 1)
	}
	return c.certain(d.list(), make([]bool, len(c.nodes)))
}

// demands collects pods that are alike.
type demands struct {
	index map[[2]int32]int
	all   []demand
}

func (d *demands) add(c *Cluster, p *Pod, n int64) {
	info := c.pods[c.pod(p)]
	key := [2]int32{info.class, info.pin}
	if d.index == nil {
		d.index = map[[2]int32]int{}
	}
	i, ok := d.index[key]
	if !ok {
		i = len(d.all)
		d.index[key] = i
		d.all = append(d.all, demand{class: info.class, pin: info.pin})
	}
	d.all[i].pods += n
}

// list leaves out what is not there.
func (d *demands) list() []demand {
	return slices.DeleteFunc(slices.Clone(d.all), func(x demand) bool { return x.pods <= 0 })
}

func (d *demands) clone() demands {
	n := demands{index: map[[2]int32]int{}, all: slices.Clone(d.all)}
	for k, v := range d.index {
		n.index[k] = v
	}
	return n
}

// proofWork bounds demands by demands by nodes: beyond it, a run is cheaper than
// the proof.
const proofWork = 40_000_000

// certain is the proof for pods on the nodes that are not gone.
func (c *Cluster) certain(all []demand, gone []bool) bool {
	p, ok := c.proof(all, gone)
	if !ok {
		return false
	}
	for i := range all {
		if !p.placed(i) {
			return false
		}
	}
	return true
}

// unproven are the demands for which the proof fails.
func (c *Cluster) unproven(all []demand, gone []bool) []demand {
	p, ok := c.proof(all, gone)
	if !ok {
		return nil
	}
	var out []demand
	for i := range all {
		if !p.placed(i) {
			out = append(out, all[i])
		}
	}
	return out
}

// proof sorts pods by whether they are made for a node; false if there are too
// many to prove anything, or one is made for a node that is not there.
func (c *Cluster) proof(all []demand, gone []bool) (*proof, bool) {
	free := 0
	for _, d := range all {
		if d.pin == anyNode {
			free++
		}
	}
	if free*free*len(c.nodes) > proofWork {
		return nil, false
	}
	p := &proof{c: c, all: all, gone: gone, pinned: make([][]int, len(c.nodes))}
	for i, d := range all {
		switch {
		case d.pin == noNode || d.pin >= 0 && gone[d.pin]:
			return nil, false
		case d.pin >= 0:
			p.pinned[d.pin] = append(p.pinned[d.pin], i)
		default:
			p.free = append(p.free, i)
		}
	}
	return p, true
}

// proof is what the proof knows of all pods.
type proof struct {
	c      *Cluster
	all    []demand
	gone   []bool
	free   []int   // demands that may go to several nodes
	pinned [][]int // by node: demands made for it
}

// price is what refusing a pod on a node costs the others.
type price struct {
	node              int32
	cpu, memory, pods int64 // never where it cannot be
}

const never = int64(1) << 61

// placed proves one demand's pods.
func (p *proof) placed(target int) bool {
	c, d := p.c, p.all[target]
	k := c.classes[d.class]
	if len(k.near) > 0 || d.pin == anyNode && len(k.hard) > 1 {
		return false
	}
	nodes := []int32{d.pin}
	if d.pin == anyNode {
		nodes = c.order
	}
	own, theirs, tokens, barred, ok := p.others(target)
	if !ok {
		return false
	}
	var prices []price
	for _, n := range nodes {
		if p.gone[n] || k.verdict[n] != Fits || barred(n) {
			continue
		}
		if x, ok := p.price(target, n, own); ok {
			prices = append(prices, x)
		}
	}
	// A constraint on the spread lets the pod into the emptiest domain, whichever
	// that is: each must do by itself.
	if len(k.hard) > 0 {
		s := &k.hard[0]
		if d.pin != anyNode {
			for i := range k.hard {
				if k.hard[i].minDomains > 1 || c.domains[k.hard[i].topology].values[d.pin] < 0 {
					return false
				}
			}
		} else {
			return p.eachDomain(s, prices, theirs, tokens)
		}
	}
	return p.enough(prices, theirs, tokens)
}

// eachDomain proves a pod with a spread constraint.
func (p *proof) eachDomain(s *spreadCheck, prices []price, theirs totals, tokens []token) bool {
	values := p.c.domains[s.topology].values
	by := make([][]price, len(p.c.domains[s.topology].names))
	for _, x := range prices {
		if v := values[x.node]; v >= 0 {
			by[v] = append(by[v], x)
		}
	}
	live := make([]bool, len(by))
	count := 0
	for n, v := range values {
		if v >= 0 && s.eligible[n] && !p.gone[n] && !live[v] {
			live[v] = true
			count++
		}
	}
	if count < s.minDomains || count == 0 {
		return false
	}
	for v := range by {
		if live[v] && !p.enough(by[v], theirs, tokens) {
			return false
		}
	}
	return true
}

// totals is what the other pods have to pay with.
type totals struct{ cpu, memory, pods int64 }

// token is a number of pods that each bar one domain of a topology.
type token struct {
	topology int
	pods     int64
}

// others adds up what can stand against one pod of the target: own are the
// demands that count, theirs what those of them ask for that may go anywhere,
// tokens and barred what those bar that must not be near it.
func (p *proof) others(target int) (own []demand, theirs totals, tokens []token, barred func(int32) bool, ok bool) {
	c := p.c
	k := c.classes[p.all[target].class]
	var closed []check // counter unused: topology and domain
	own = slices.Clone(p.all)
	own[target].pods--
	for i := range own {
		d := &own[i]
		q := c.classes[d.class]
		if d.pods == 0 {
			continue
		}
		for _, topology := range c.conflicts(k, q) {
			if d.pin >= 0 {
				if v := c.domains[topology].values[d.pin]; v >= 0 {
					closed = append(closed, check{v, topology})
				}
				continue
			}
			at := slices.IndexFunc(tokens, func(t token) bool { return t.topology == topology })
			if at < 0 {
				at = len(tokens)
				tokens = append(tokens, token{topology: topology})
			}
			tokens[at].pods += d.pods
		}
		if q.priority < k.priority && !k.never {
			d.pods = 0
			continue
		}
		if d.pin == anyNode {
			theirs.cpu += d.pods * q.cpu
			theirs.memory += d.pods * q.memory
			theirs.pods += d.pods
		}
	}
	barred = func(n int32) bool {
		for _, x := range closed {
			if c.domains[x.topology].values[n] == x.counter {
				return true
			}
		}
		return false
	}
	return own, theirs, tokens, barred, true
}

// conflicts are the topologies in which pods of two classes must not share a
// domain.
func (c *Cluster) conflicts(k, q *class) []int {
	var topologies []int
	note := func(topology int) {
		if !slices.Contains(topologies, topology) {
			topologies = append(topologies, topology)
		}
	}
	for _, ours := range k.ports {
		for _, theirs := range q.ports {
			if ours.conflicts(theirs) {
				note(itself)
			}
		}
	}
	if len(k.away)+len(k.awayFrom) == 0 {
		return topologies
	}
	for _, a := range q.adds {
		for _, list := range [][]check{k.away, k.awayFrom} {
			for _, x := range list {
				if x.counter == a.counter {
					note(x.topology)
				}
			}
		}
	}
	return topologies
}

// price is what it costs the others to refuse the pod on a node; false if those
// made for the node suffice.
func (p *proof) price(target int, node int32, own []demand) (price, bool) {
	c := p.c
	k, n := c.classes[p.all[target].class], &c.nodes[node]
	left := load{cpu: n.CPU - k.cpu, memory: n.Memory - k.memory, pods: int64(n.Pods) - 1}
	other := make([]int64, len(k.other))
	for i, o := range k.other {
		other[i] = c.allocated[node][o.resource] - o.value
	}
	var most load
	for _, i := range p.pinned[node] {
		q := c.classes[own[i].class]
		left.cpu -= own[i].pods * q.cpu
		left.memory -= own[i].pods * q.memory
		left.pods -= own[i].pods
	}
	for _, i := range p.free {
		q := c.classes[own[i].class]
		if own[i].pods > 0 && q.verdict[node] == Fits {
			most.cpu += own[i].pods * q.cpu
			most.memory += own[i].pods * q.memory
			most.pods += own[i].pods
		}
	}
	if len(k.other) > 0 {
		for _, list := range [][]int{p.pinned[node], p.free} {
			for _, i := range list {
				for _, o := range c.classes[own[i].class].other {
					for j := range k.other {
						if k.other[j].resource == o.resource {
							other[j] -= own[i].pods * o.value
						}
					}
				}
			}
		}
		for _, rest := range other {
			if rest < 0 {
				return price{}, false
			}
		}
	}
	x := price{node, left.cpu + 1, left.memory + 1, left.pods + 1}
	if k.cpu == 0 || most.cpu < x.cpu && left.cpu >= 0 {
		x.cpu = never
	}
	if k.memory == 0 || most.memory < x.memory && left.memory >= 0 {
		x.memory = never
	}
	if most.pods < x.pods && left.pods >= 0 {
		x.pods = never
	}
	return x, x.cpu > 0 && x.memory > 0 && x.pods > 0
}
