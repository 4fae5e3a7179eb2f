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
	ever       int64 // how many of them there were at any time, those that left included
}

// Certain is a proof, and a cheap one, that each of the pods finds a node,
// whatever the order in which they come and whichever node the scheduler chooses
// for the others. False means that it is not proven.
func (c *Cluster) Certain(pods []*Pod) bool {
	var d demands
	for _, p := range pods {
		d.add(c, p, 1)
	}
	ok, _ := c.certain(&d, make([]bool, len(c.nodes)))
	return ok
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
	d.all[i].ever += max(n, 0)
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

// certain is the proof for pods on the nodes that are not gone. Where it fails, it
// returns the class of the first pods for which it does; -1 for none in particular.
func (c *Cluster) certain(d *demands, gone []bool) (ok bool, failed int32) {
	p, ok := c.proof(d, gone)
	if !ok {
		return false, -1
	}
	for i := range p.all {
		if !p.placed(i) {
			return false, p.all[i].class
		}
	}
	return true, -1
}

// unproven are the demands for which the proof fails.
func (c *Cluster) unproven(d *demands, gone []bool) []demand {
	p, ok := c.proof(d, gone)
	if !ok {
		return nil
	}
	var out []demand
	for i := range p.all {
		if !p.placed(i) {
			out = append(out, p.all[i])
		}
	}
	return out
}

// proof sorts pods by whether they are made for a node; false if there are too
// many to prove anything, or one is made for a node that is not there.
func (c *Cluster) proof(among *demands, gone []bool) (*proof, bool) {
	all, free := among.list(), 0
	for _, d := range all {
		if d.pin == anyNode {
			free++
		}
	}
	if free*free*len(c.nodes) > proofWork {
		return nil, false
	}
	p := &proof{c: c, all: all, ever: among.all, gone: gone, pinned: make([][]int, len(c.nodes))}
	at := map[int32]int{}
	for i, d := range all {
		switch {
		case d.pin == noNode || d.pin >= 0 && gone[d.pin]:
			return nil, false
		case d.pin >= 0:
			p.pinned[d.pin] = append(p.pinned[d.pin], i)
		default:
			p.free = append(p.free, i)
		}
		of, ok := at[d.class]
		if !ok {
			of = len(p.kinds)
			at[d.class] = of
			p.kinds = append(p.kinds, kind{class: d.class})
		}
		p.kinds[of].demands = append(p.kinds[of].demands, i)
	}
	p.bounds()
	return p, true
}

// proof is what the proof knows of all pods.
type proof struct {
	c      *Cluster
	all    []demand
	ever   []demand // those that left included
	gone   []bool
	free   []int     // demands that may go to several nodes
	pinned [][]int   // by node: demands made for it
	apart  [][]bound // by demand: how many of its pods a domain can hold
	kinds  []kind    // the demands by class, pinned or not
}

// kind is the demands of one class.
type kind struct {
	class   int32
	demands []int
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
	if len(k.near)+len(k.beside) > 0 {
		return false
	}
	nodes := []int32{d.pin}
	if d.pin == anyNode {
		nodes = c.order
	} else if !p.pinnedSpread(k, d.pin) {
		return false
	}
	o := others{proof: p, target: target, k: k}
	tokens, closed := o.conflicts()
	prices := make([]price, 0, len(nodes))
	for _, n := range nodes {
		if p.gone[n] || k.verdict[n] != Fits || c.closes(closed, n) {
			continue
		}
		if x, ok := o.price(n); ok {
			prices = append(prices, x)
		}
	}
	if len(k.hard) > 0 && d.pin == anyNode {
		for i := range k.hard {
			if o.eachDomain(i, prices, tokens) {
				return true
			}
		}
		return false
	}
	return p.enough(prices, o.purse(prices, nil, 0), tokens)
}

// pinnedSpread says whether constraints on the spread let a pod onto the one node
// that it is made for, which is then the only domain that counts.
func (p *proof) pinnedSpread(k *class, node int32) bool {
	for i := range k.hard {
		if k.hard[i].minDomains > 1 || p.c.domains[k.hard[i].topology].values[node] < 0 {
			return false
		}
	}
	return true
}

// eachDomain proves a pod with constraints on the spread. One of them lets the pod
// into the emptiest domain, whichever that is: each must do by itself. That domain
// holds no more of the pods that count than the mean. The other constraints bar
// domains of theirs, and for that so many of the pods that count must be there.
func (o *others) eachDomain(first int, prices []price, tokens []token) bool {
	p, k := o.proof, o.k
	s := &k.hard[first]
	values := p.c.domains[s.topology].values
	by := make([][]price, len(p.c.domains[s.topology].names))
	for _, x := range prices {
		if v := values[x.node]; v >= 0 && p.labelled(k, x.node) {
			by[v] = append(by[v], x)
		}
	}
	live, count := p.live(s)
	if count < s.minDomains || count == 0 {
		return false
	}
	mean := o.counted(s.counter) / int64(count)
	for i := range k.hard {
		if t := &k.hard[i]; i != first {
			bars := o.counted(t.counter)
			if p.countAlike(t.counter, s.counter) {
				bars = min(bars, mean)
			}
			tokens = append(slices.Clip(tokens), token{topology: t.topology, pods: bars / (t.maxSkew + 1 - t.self)})
		}
	}
	for v := range by {
		if live[v] && !p.enough(by[v], o.purse(by[v], s, mean), tokens) {
			return false
		}
	}
	return true
}

// labelled says whether a node has the labels of all constraints.
func (p *proof) labelled(k *class, node int32) bool {
	for i := range k.hard {
		if p.c.domains[k.hard[i].topology].values[node] < 0 {
			return false
		}
	}
	return true
}

// token is a number of pods that each bar one domain of a topology.
type token struct {
	topology int
	pods     int64
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
