package schedule

import "slices"

// Run is one way in which pods come to sit on nodes.
type Run struct {
	c    *Cluster
	pick policy

	node      []int32 // by pod: its node, or one of the below
	nominated []int32 // by pod: the node that it emptied and waits for; -1 for none
	since     []int32 // by pod: when it was placed; the older is the more important victim
	clock     int32
	start     int // where the next look around the nodes begins

	load    []load
	rooms   []room    // by node: what load leaves
	on      [][]int32 // by node: its pods
	gone    []bool    // by node
	left    int       // nodes that are not gone
	taken   [][]int64 // by node and other resource
	counts  []tally   // by counter
	viewed  []int32   // counters whose arrays stand for lists
	total   []int64   // by counter
	floor   []floor   // by counter: of those that keep it
	waiting []int32   // pods that wait for a node they emptied
	pending []int32   // in the order in which they came
	levels  []level
	evicted []Eviction
	freed   int32 // counts what left nodes: a pod that fitted nowhere may fit then
	placed  int32 // counts what came onto nodes
	failed  []failure
	changed []int32  // by node: counts its changes
	holds   []uint64 // by node: a hash of what sits there, whatever the order

	// What follows is room to work in, and is not shared with clones.
	base   map[load][]base
	floats []float64
	ints   []int64
	out    []int64
	found  []int32
	top    []int32
	flags  []bool
	blank  []int64 // counts to come, all zero
}

// Where a pod is that sits on no node.
const (
	absent  = int32(-2) // not part of this run
	waits   = int32(-1) // pending
	unbound = int32(-1) // no nomination
)

// load is what pods ask of a node, together.
type load struct {
	cpu, memory           int64
	scoreCPU, scoreMemory int64
	pods                  int64
}

// room is what is left of a node.
type room struct{ cpu, memory, pods int64 }

// floor is the least count among the domains of a spread constraint.
type floor struct {
	least   int64
	live    int     // domains that have a node
	domains []int32 // by count: how many domains have it
}

// failure is when a class fitted nowhere, so that its next pod need not look
// again while nothing left.
type failure struct {
	failed        bool
	freed, placed int32
}

// Eviction is a pod that made room for one of higher priority. Its controller
// makes it anew, so that it is scheduled again.
type Eviction struct {
	Victim, By *Pod
	Node       int
}

// Start returns an empty run. Order 0 takes pods as the scheduler's queue hands
// them out, by priority and then as they were added, and the first of equal
// nodes. Each other number is another order of arrival with another choice among
// equal nodes, the same for the same number; the first of them are those that
// most often end badly.
func (c *Cluster) Start(order int) *Run {
	r := &Run{
		c: c, pick: policyOf(order), left: len(c.nodes),
		load: make([]load, len(c.nodes)), rooms: make([]room, len(c.nodes)), on: make([][]int32, len(c.nodes)), gone: make([]bool, len(c.nodes)), changed: make([]int32, len(c.nodes)), holds: make([]uint64, len(c.nodes)),
	}
	for i := range c.nodes {
		r.rooms[i] = room{c.nodes[i].CPU, c.nodes[i].Memory, int64(c.nodes[i].Pods)}
	}
	return r
}

// Clone returns a run that goes on from here by itself.
func (r *Run) Clone() *Run {
	n := *r
	// A clone goes on with what the cluster learned since: room for that, too.
	pods, counters := len(r.c.pods), len(r.c.counters)
	n.node, n.nominated, n.since = copied(r.node, pods), copied(r.nominated, pods), copied(r.since, pods)
	n.load, n.rooms = slices.Clone(r.load), slices.Clone(r.rooms)
	n.gone, n.changed, n.holds = slices.Clone(r.gone), slices.Clone(r.changed), slices.Clone(r.holds)
	n.base, n.floats, n.ints, n.out, n.found, n.top, n.flags, n.blank = nil, nil, nil, nil, nil, nil, nil, nil
	n.on = slices.Clone(r.on)
	for i, pods := range n.on {
		// Neither run may append into what both see.
		n.on[i] = slices.Clip(pods)
		r.on[i] = n.on[i]
	}
	if r.taken != nil {
		n.taken = make([][]int64, len(r.taken))
		for i := range r.taken {
			n.taken[i] = slices.Clone(r.taken[i])
		}
	}
	n.counts, n.viewed, n.floor = r.tallies(), nil, copied(r.floor, counters)
	for i := range n.floor {
		if n.floor[i].domains != nil {
			n.floor[i].domains = slices.Clone(n.floor[i].domains)
		}
	}
	n.total, n.waiting, n.pending = copied(r.total, counters), slices.Clone(r.waiting), slices.Clone(r.pending)
	n.evicted, n.failed = slices.Clip(r.evicted), copied(r.failed, len(r.c.classes))
	r.evicted = n.evicted
	n.levels = slices.Clone(r.levels)
	return &n
}

// copied is a copy with room for so many.
func copied[T any](s []T, room int) []T {
	return append(make([]T, 0, max(room, len(s))), s...)
}

// sync makes room for what the cluster learned since.
func (r *Run) sync() {
	c := r.c
	if len(r.node) < len(c.pods) {
		more := len(c.pods) - len(r.node)
		r.node, r.nominated, r.since = slices.Grow(r.node, more), slices.Grow(r.nominated, more), slices.Grow(r.since, more)
	}
	if len(r.counts) < len(c.counters) {
		more := len(c.counters) - len(r.counts)
		r.counts, r.total, r.floor = slices.Grow(r.counts, more), slices.Grow(r.total, more), slices.Grow(r.floor, more)
		sum := 0
		for _, n := range c.counters[len(r.counts):] {
			if domains := len(c.domains[n.topology].names); domains <= narrow {
				sum += domains
			}
		}
		r.blank = make([]int64, sum)
	}
	for len(r.node) < len(c.pods) {
		r.node, r.nominated, r.since = append(r.node, absent), append(r.nominated, unbound), append(r.since, 0)
	}
	for len(r.failed) < len(c.classes) {
		r.failed = append(r.failed, failure{})
	}
	if len(c.others) > 0 && (len(r.taken) == 0 || len(r.taken[0]) < len(c.others)) {
		r.retake()
	}
	for len(r.counts) < len(c.counters) {
		id := int32(len(r.counts))
		n := c.counters[id]
		r.counts = append(r.counts, r.newTally(len(c.domains[n.topology].names)))
		r.total = append(r.total, 0)
		f := floor{}
		if n.least {
			f.domains = []int32{0}
		}
		for domain := range r.c.domains[n.topology].names {
			if n.least && r.alive(n, int32(domain)) {
				f.live++
				f.domains[0]++
			}
		}
		r.floor = append(r.floor, f)
		for node, pods := range r.on {
			for _, p := range pods {
				if v := n.value(c.classes[c.pods[p].class].Spec); v != 0 {
					r.count(id, int32(node), v)
				}
			}
		}
	}
}

// alive says whether a domain has a node that counts and is there.
func (r *Run) alive(n *counter, domain int32) bool {
	for node, v := range r.c.domains[n.topology].values {
		if v == domain && n.eligible[node] && !r.gone[node] {
			return true
		}
	}
	return false
}

// retake adds up the other resources anew.
func (r *Run) retake() {
	r.taken = make([][]int64, len(r.c.nodes))
	for node := range r.taken {
		r.taken[node] = make([]int64, len(r.c.others))
		for _, p := range r.on[node] {
			for _, o := range r.classOf(p).other {
				r.taken[node][o.resource] += o.value
			}
		}
	}
}

func (r *Run) classOf(pod int32) *class { return r.c.classes[r.c.pods[pod].class] }

// count adds to a counter what a pod on the node is worth.
func (r *Run) count(id, node int32, value int64) {
	n := r.c.counters[id]
	domain := r.c.domains[n.topology].values[node]
	if domain < 0 || n.eligible != nil && !n.eligible[node] {
		return
	}
	before := r.counts[id].add(domain, value, len(r.c.domains[n.topology].names))
	r.total[id] += value
	if n.least {
		r.floor[id].move(before, before+value)
	}
}

// move notes that a domain's count changed.
func (f *floor) move(from, to int64) {
	for int64(len(f.domains)) <= to {
		f.domains = append(f.domains, 0)
	}
	f.domains[from]--
	f.domains[to]++
	f.least = min(f.least, to)
	f.settle()
}

// settle lets the least count rise to what a domain has.
func (f *floor) settle() {
	for f.least < int64(len(f.domains))-1 && f.domains[f.least] == 0 {
		f.least++
	}
}

// place puts a pod on a node.
func (r *Run) place(pod, node int32) {
	k := r.classOf(pod)
	r.put(pod, node, k)
	r.node[pod] = node
	r.clock++
	r.since[pod] = r.clock
	r.rank(k.priority, 1)
	r.placed++
	r.denominate(pod)
}

// level is how many placed pods have a priority.
type level struct {
	priority int32
	pods     int
}

// rank counts placed pods by priority.
func (r *Run) rank(priority int32, by int) {
	for i := range r.levels {
		if r.levels[i].priority == priority {
			r.levels[i].pods += by
			return
		}
	}
	r.levels = append(r.levels, level{priority, by})
}

// put adds a pod to what is counted on a node.
func (r *Run) put(pod, node int32, k *class) {
	r.changed[node]++
	l := &r.load[node]
	l.cpu += k.cpu
	l.memory += k.memory
	l.scoreCPU += k.scoreCPU
	l.scoreMemory += k.scoreMemory
	l.pods++
	left := &r.rooms[node]
	left.cpu -= k.cpu
	left.memory -= k.memory
	left.pods--
	for _, o := range k.other {
		r.taken[node][o.resource] += o.value
	}
	r.on[node] = append(r.on[node], pod)
	r.holds[node] += k.hash
	for _, a := range k.adds {
		r.count(a.counter, node, a.value)
	}
}

// lift takes a pod out of what is counted on a node.
func (r *Run) lift(pod, node int32, k *class) {
	r.changed[node]++
	l := &r.load[node]
	l.cpu -= k.cpu
	l.memory -= k.memory
	l.scoreCPU -= k.scoreCPU
	l.scoreMemory -= k.scoreMemory
	l.pods--
	left := &r.rooms[node]
	left.cpu += k.cpu
	left.memory += k.memory
	left.pods++
	for _, o := range k.other {
		r.taken[node][o.resource] -= o.value
	}
	rest := make([]int32, 0, len(r.on[node]))
	for _, p := range r.on[node] {
		if p != pod {
			rest = append(rest, p)
		}
	}
	r.on[node] = rest
	r.holds[node] -= k.hash
	for _, a := range k.adds {
		r.count(a.counter, node, -a.value)
	}
}

// unplace takes a pod off its node for good.
func (r *Run) unplace(pod int32) {
	k := r.classOf(pod)
	r.lift(pod, r.node[pod], k)
	r.node[pod] = waits
	r.rank(k.priority, -1)
	r.freed++
}

// nominate notes that a pod waits for a node that it emptied.
func (r *Run) nominate(pod, node int32) {
	r.denominate(pod)
	r.nominated[pod] = node
	r.waiting = append(r.waiting, pod)
}

func (r *Run) denominate(pod int32) {
	if r.nominated[pod] == unbound {
		return
	}
	r.nominated[pod] = unbound
	r.waiting = slices.DeleteFunc(slices.Clone(r.waiting), func(p int32) bool { return p == pod })
	r.freed++
}
