package schedule

// Scenario is what happens to a cluster, step by step. A step makes a new
// scenario, so that several go on from one, and share what was worked out for it.
type Scenario struct {
	c      *Cluster
	before *Scenario
	step   step
	runs   map[int]*Run

	present *demands // what is there after the step; see certain
	proven  int8     // 0 unknown, 1 proven, -1 not
	failed  int32    // the first class for which the proof failed, -1 for none in particular
	rest    []*Run   // all states at rest after the step
	all     bool     // these are all
	looked  bool
}

// step is one thing that happens.
type step struct {
	add, remove []*Pod
	roll        *Roll
	drop        int // the node's index, -1 for none
}

// Roll is the rolling update of a workload: old pods leave as new ones are
// placed. The pods of a DaemonSet are those that name a node; each new one takes
// the place of the old one of its node.
type Roll struct {
	Old, New    []*Pod
	Surge       int // how many pods more than New there may be meanwhile; of a DaemonSet, on how many nodes at once
	Unavailable int // how many pods fewer than New may be placed meanwhile
}

// Verdict is what became of a scenario.
type Verdict struct {
	// Fits says that no pod stays pending. If Certain or Exhaustive is set, this
	// is so for every order in which the scheduler may do its work; else for each
	// order that was tried.
	Fits       bool
	Certain    bool
	Exhaustive bool
	Orders     int // how many orders were tried

	// Typical is the run in the queue's own order.
	Typical *Run
	// Witness is a run at whose end a pod is pending; nil if Fits.
	Witness *Run
}

// Scenario returns the scenario in which nothing has happened yet.
func (c *Cluster) Scenario() *Scenario {
	return &Scenario{c: c, step: step{drop: -1}, runs: map[int]*Run{}}
}

func (s *Scenario) then(st step) *Scenario {
	return &Scenario{c: s.c, before: s, step: st, runs: map[int]*Run{}}
}

// Add brings pods, in any order.
func (s *Scenario) Add(pods ...*Pod) *Scenario { return s.then(step{add: pods, drop: -1}) }

// Remove takes pods away.
func (s *Scenario) Remove(pods ...*Pod) *Scenario { return s.then(step{remove: pods, drop: -1}) }

// Roll updates a workload.
func (s *Scenario) Roll(r Roll) *Scenario { return s.then(step{roll: &r, drop: -1}) }

// Drop takes a node away, whose pods are scheduled again on the others.
func (s *Scenario) Drop(node int) *Scenario { return s.then(step{drop: node}) }

// Run returns the scenario in one order of arrival, see Cluster.Start. It is
// shared: Clone it before adding to it.
func (s *Scenario) Run(order int) *Run {
	if r, ok := s.runs[order]; ok {
		return r
	}
	var r *Run
	if s.before == nil {
		r = s.c.Start(order)
	} else {
		before := s.before.Run(order)
		s.step.introduce(s.c) // so that the clone has room for them
		r = before.Clone()
		r.step(s.step)
	}
	s.runs[order] = r
	return r
}

// introduce lets the cluster know of a step's pods.
func (st step) introduce(c *Cluster) {
	for _, p := range st.add {
		c.pod(p)
	}
	if st.roll != nil {
		for _, p := range st.roll.New {
			c.pod(p)
		}
	}
}

// step does one step.
func (r *Run) step(st step) {
	r.Remove(st.remove...)
	if len(st.add) > 0 {
		r.Add(st.add...)
	}
	if st.drop >= 0 {
		r.Drop(st.drop)
	}
	if st.roll != nil {
		r.Roll(*st.roll)
	}
}

// How much Judge does where nothing is proven: states to look at, and pods beyond
// which it does not look at states; orders to try, at least and at most, and how
// many times it may look at a node for a pod in all of them.
const (
	searched      = 6000
	hurriedStates = 1500 // in a hurry
	searchMax     = 64
	leastTried    = 2
	mostTried     = 10
	looks         = 900_000
)

// searched is how many states Judge may look at.
func (c *Cluster) searched() int {
	if c.hurry {
		return hurriedStates
	}
	return searched
}

// Judge says whether every pod of the scenario finds its node.
func (s *Scenario) Judge() Verdict {
	v := Verdict{Typical: s.Run(0), Orders: 1}
	if len(v.Typical.pending) > 0 {
		v.Witness = v.Typical
		return v
	}
	if s.certain() {
		v.Fits, v.Certain = true, true
		return v
	}
	once := len(v.Typical.node) * min(enough(len(s.c.nodes)), len(s.c.nodes))
	tried := min(max(looks/max(once, 1), leastTried), mostTried)
	for _, order := range s.orders(tried) {
		v.Orders++
		if r := s.Run(order); len(r.pending) > 0 {
			v.Witness = r
			return v
		}
	}
	rest, all := s.atRest()
	for _, r := range rest {
		if r.restPending(); len(r.pending) > 0 {
			v.Witness = r
			return v
		}
	}
	if !all {
		if v.Witness = s.press(); v.Witness != nil {
			return v
		}
	}
	v.Fits, v.Exhaustive = true, all
	return v
}

// designed is how many orders are designed to end badly, the usual one included.
const designed = 7

// orders are the orders to try beside the usual one: those designed to end badly,
// those directed against pods that are not proven to find a node, and then any.
func (s *Scenario) orders(tried int) []int {
	var list []int
	for order := 1; order < designed; order++ {
		list = append(list, order)
	}
	if s.failed >= 0 {
		for _, order := range against(s.failed) {
			list = append(list, order)
		}
	}
	for order := designed; len(list)+1 < tried; order++ {
		list = append(list, order)
	}
	return list[:min(len(list), tried-1)]
}

// restPending lists the pending pods of a state that the search reached.
func (r *Run) restPending() {
	r.pending = nil
	for id, at := range r.node {
		if at == waits {
			r.pending = append(r.pending, int32(id))
		}
	}
}
