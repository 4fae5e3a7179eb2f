package schedule

import "slices"

// others are what can stand against one pod of a demand: all other pods. Of those
// that it would evict only what they bar counts.
type others struct {
	*proof
	target int
	k      *class
	away   map[int32][]int // by class: topologies in which it must not share the pod's domain
}

// elsewhere says that pods of a class pay for nothing on a node: where they are, the
// node is barred anyway.
func (o *others) elsewhere(class, node int32) bool {
	for _, topology := range o.away[class] {
		if o.c.domains[topology].values[node] >= 0 {
			return true
		}
	}
	return false
}

// present is how many of a demand's pods are there beside the one.
func (o *others) present(i int) int64 {
	if i == o.target {
		return o.all[i].pods - 1
	}
	return o.all[i].pods
}

// pods is how many of a demand's pods it would not evict.
func (o *others) pods(i int) int64 {
	if o.c.classes[o.all[i].class].priority < o.k.priority && !o.k.never {
		return 0
	}
	return o.present(i)
}

// conflicts are what the others bar that must not be near the pod: so many domains
// of a topology, and certain domains.
func (o *others) conflicts() (tokens []token, closed []domain) {
	for _, of := range o.kinds {
		topologies := o.c.conflicts(o.k, o.c.classes[of.class])
		if len(topologies) > 0 {
			if o.away == nil {
				o.away = map[int32][]int{}
			}
			o.away[of.class] = topologies
		}
		for _, topology := range topologies {
			for _, i := range of.demands {
				pods := o.present(i)
				if pods == 0 {
					continue
				}
				if pin := o.all[i].pin; pin >= 0 {
					if v := o.c.domains[topology].values[pin]; v >= 0 {
						closed = append(closed, domain{topology, v})
					}
					continue
				}
				at := slices.IndexFunc(tokens, func(t token) bool { return t.topology == topology })
				if at < 0 {
					at = len(tokens)
					tokens = append(tokens, token{topology: topology})
				}
				tokens[at].pods += pods
			}
		}
	}
	return tokens, closed
}

// domain is one domain of a topology.
type domain struct {
	topology int
	value    int32
}

// closes says whether a node is in one of the domains.
func (c *Cluster) closes(closed []domain, node int32) bool {
	for _, x := range closed {
		if c.domains[x.topology].values[node] == x.value {
			return true
		}
	}
	return false
}

// price is what it costs the others to refuse the pod on a node; false if those
// made for the node suffice.
func (o *others) price(node int32) (price, bool) {
	c, k, n := o.c, o.k, &o.c.nodes[node]
	left := load{cpu: n.CPU - k.cpu, memory: n.Memory - k.memory, pods: int64(n.Pods) - 1}
	var most load
	for _, i := range o.pinned[node] {
		q, pods := c.classes[o.all[i].class], o.pods(i)
		left.cpu -= pods * q.cpu
		left.memory -= pods * q.memory
		left.pods -= pods
	}
	for _, i := range o.free {
		q, pods := c.classes[o.all[i].class], o.pods(i)
		if pods > 0 && q.verdict[node] == Fits && !o.elsewhere(o.all[i].class, node) {
			pods = o.atNode(i, pods, node)
			most.cpu += pods * q.cpu
			most.memory += pods * q.memory
			most.pods += pods
		}
	}
	if !o.hasOther(node) {
		return price{}, false
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

// hasOther says whether a node has enough of what is neither CPU nor memory, even
// if all others that want it were there.
func (o *others) hasOther(node int32) bool {
	if len(o.k.other) == 0 {
		return true
	}
	left := make([]int64, len(o.k.other))
	for i, want := range o.k.other {
		left[i] = o.c.allocated[node][want.resource] - want.value
	}
	for _, list := range [][]int{o.pinned[node], o.free} {
		for _, i := range list {
			for _, taken := range o.c.classes[o.all[i].class].other {
				for j := range o.k.other {
					if o.k.other[j].resource == taken.resource {
						left[j] -= o.pods(i) * taken.value
					}
				}
			}
		}
	}
	return !slices.ContainsFunc(left, func(rest int64) bool { return rest < 0 })
}
