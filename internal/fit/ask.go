package fit

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/meshgen/meshgen/internal/hardware"
	"github.com/meshgen/meshgen/internal/schedule"
	"github.com/meshgen/meshgen/internal/workload"
)

// trouble is one thing that does not fit. What it says in words is made later,
// and only for what people are shown: advice asks all of this many times over.
type trouble struct {
	code    string
	subject int           // the workload that it is about; -1 for none
	node    int           // the node that is lost; -1 for none
	alike   []int         // other nodes whose loss does the same
	pending []held        // what stays pending, the mesh's first
	run     *schedule.Run // in which it does
	typical bool          // the run is the scheduler's usual order
	bound   *bound        // the budget that is not kept
	warning bool
}

// held is a workload some of whose pods are pending.
type held struct {
	work int
	pods []*schedule.Pod
}

// key tells troubles apart, and knows the same one again in a changed setup.
func (t trouble) key() string {
	switch {
	case t.bound != nil:
		return t.code + " " + t.bound.path
	case t.subject >= 0:
		return fmt.Sprintf("%s %d", t.code, t.subject)
	}
	return t.code
}

// findings are the answers of one setup.
type findings struct {
	troubles []trouble
	answers  [4]Answer     // in the order of the questions
	rest     *schedule.Run // how the pods usually sit at rest
	full     *schedule.Run // the same with every autoscaler at its maximum; nil if there is none
	worst    []hardware.Amount
	total    hardware.Amount // the worst for all nodes together
	bounds   []bound

	stop func(trouble) bool // ends the asking: somebody has seen enough
	done bool
}

func (f *findings) add(t trouble) {
	f.troubles = append(f.troubles, t)
	if f.stop != nil && f.stop(t) {
		f.done = true
	}
}

// ask asks everything that depends on who sits where. It stops at a trouble
// that stop, if not nil, has seen enough of.
func (s *setup) ask(stop func(trouble) bool) *findings {
	f := &findings{stop: stop, worst: make([]hardware.Amount, len(s.nodes))}
	for q := range f.answers {
		f.answers[q] = Answer{Question: questions[q], Verdict: NotAsked, Reason: "the pods do not fit at rest", Cases: []Case{}}
	}
	for _, step := range []func(*findings){s.hopeless, s.atRest} {
		if step(f); f.done {
			return f
		}
	}
	if f.answers[0].Verdict == Refused {
		return f
	}
	for _, step := range []func(*findings){s.budgets, s.rolling, s.together, s.nodeLost, s.scaled} {
		if step(f); f.done {
			return f
		}
	}
	return f
}

var questions = [4]Question{AtRest, Scaled, Rolling, NodeLost}

// The indices of the answers.
const (
	atRest = iota
	scaled
	rolling
	nodeLost
)

// hopeless finds the workloads that no node would ever take, and those that are
// too big for every node that would. They are troubles of their own, so that
// the others are asked about without them.
func (s *setup) hopeless(f *findings) {
	agents := s.agents()
	for i, w := range s.work {
		if w.PerNode || len(s.pods[i]) == 0 {
			continue
		}
		lands, fits := s.suits(i, agents)
		if lands && fits {
			continue
		}
		t := trouble{code: "MG2001", subject: i, node: -1, pending: []held{{i, s.pods[i]}}, run: s.alone(i), typical: true}
		if !lands {
			t.code = "MG2013"
		}
		s.leave(i)
		f.add(t)
	}
}

// agents is what must be on each node. Agents that are too much for a node by
// themselves are no reason to call the other pods hopeless there: which of them
// stays pending is for the question at rest, and they are counted as nothing.
func (s *setup) agents() []hardware.Amount {
	agents := make([]hardware.Amount, len(s.nodes))
	for i, w := range s.work {
		for _, n := range s.on[i] {
			agents[n] = agents[n].Add(w.Requests)
		}
	}
	for n := range agents {
		if !agents[n].Fits(s.nodes[n].Allocatable) {
			agents[n] = hardware.Amount{}
		}
	}
	return agents
}

// suits says whether a workload's pods may land on a node at all, and whether one
// of these could take a pod beside the agents.
func (s *setup) suits(i int, agents []hardware.Amount) (lands, fits bool) {
	w := s.work[i]
	for n, ok := range s.landings(i) {
		lands = lands || ok
		fits = fits || ok && w.Requests.Add(agents[n]).Fits(s.nodes[n].Allocatable)
	}
	return lands, fits || w.Requests.IsZero()
}

// overfull says whether the pods ask for more than all nodes have, those left out
// that have no place anyway. It costs next to nothing beside asking.
func (s *setup) overfull() bool {
	agents := s.agents()
	var asked, have hardware.Amount
	for n, node := range s.nodes {
		asked, have = asked.Add(agents[n]), have.Add(node.Allocatable)
	}
	for i, w := range s.work {
		if w.PerNode || len(s.pods[i]) == 0 {
			continue
		}
		if lands, fits := s.suits(i, agents); lands && fits {
			asked = asked.Add(w.Requests.Times(len(s.pods[i])))
		}
	}
	return !asked.Fits(have)
}

// alone is the run with one workload beside what is on every node anyway.
func (s *setup) alone(i int) *schedule.Run {
	var pods []*schedule.Pod
	for k := range s.work {
		if s.work[k].PerNode {
			pods = append(pods, s.pods[k]...)
		}
	}
	return s.cluster.Scenario().Add(append(pods, s.pods[i]...)...).Run(0)
}

// atRest asks whether all pods find a node. Ports of nodes that two want are a
// trouble of their own, and asked about once more without.
func (s *setup) atRest(f *findings) {
	a := &f.answers[atRest]
	for {
		rest := s.rest()
		v := rest.Judge()
		a.Verdict, a.Basis, a.Reason = Fits, basis(v), "every pod finds a node"
		f.rest = v.Typical
		if v.Fits {
			break
		}
		run, typical := outcome(v)
		pending := s.held(run)
		clashes := s.clashes(run, pending)
		if len(clashes) == 0 {
			a.Verdict, a.Code, a.Reason = Refused, "MG2001", "a pod finds no node"
			f.rest = run
			f.add(trouble{code: "MG2001", subject: pending[0].work, node: -1, pending: pending, run: run, typical: typical})
			break
		}
		for _, h := range clashes {
			f.add(trouble{code: "MG3014", subject: h.work, node: -1, pending: []held{h}, run: run, typical: typical})
			s.leave(h.work)
		}
	}
	if len(f.troubles) > 0 {
		a.Verdict, a.Code, a.Reason = Refused, f.troubles[0].code, "a pod finds no node"
		if f.troubles[0].code == "MG3014" {
			a.Reason = "a port of the nodes is asked for twice"
		}
	}
	f.note(s, f.rest)
	c := Case{Fits: a.Verdict == Fits, Pending: []Pending{}, Free: s.free(f.rest)}
	for _, t := range f.troubles {
		c.Pending = append(c.Pending, s.report(t)...)
	}
	a.Cases = []Case{c}
}

// outcome is the run to show for a verdict that refuses: the usual one, if it
// ends badly too.
func outcome(v schedule.Verdict) (run *schedule.Run, typical bool) {
	if len(v.Typical.Pending()) > 0 {
		return v.Typical, true
	}
	return v.Witness, false
}

// basis says how sure a verdict is.
func basis(v schedule.Verdict) Basis {
	switch {
	case !v.Fits:
		return Witnessed
	case v.Certain:
		return Proven
	case v.Exhaustive:
		return Exhaustive
	}
	return Tried
}

// weaker returns the less sure of two bases.
func weaker(a, b Basis) Basis {
	order := []Basis{Witnessed, Tried, Exhaustive, Proven, ""}
	if slices.Index(order, a) < slices.Index(order, b) {
		return a
	}
	return b
}

// held returns the pending pods by workload: the mesh's first, and of these the
// control plane.
func (s *setup) held(run *schedule.Run) []held {
	var list []held
	at := map[int]int{}
	for _, p := range run.Pending() {
		i := s.of(p)
		k, ok := at[i]
		if !ok {
			k = len(list)
			at[i] = k
			list = append(list, held{work: i})
		}
		list[k].pods = append(list[k].pods, p)
	}
	rank := func(h held) int {
		if r := slices.Index(ours, s.work[h.work].Role); r >= 0 {
			return r
		}
		return len(ours)
	}
	slices.SortStableFunc(list, func(a, b held) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.work, b.work))
	})
	return list
}

// note keeps what the run asks of the nodes, if it is more than any before.
func (f *findings) note(s *setup, run *schedule.Run) {
	var total hardware.Amount
	for n := range s.nodes {
		used := used(run, n)
		total = total.Add(used)
		f.worst[n] = f.worst[n].Max(used)
	}
	f.total = f.total.Max(total)
}

func used(run *schedule.Run, node int) hardware.Amount {
	cpu, memory, _ := run.Used(node)
	return hardware.Amount{CPU: cpu, Memory: memory}
}

// free is what is left on the fullest node.
func (s *setup) free(run *schedule.Run) Amount {
	var least hardware.Amount
	for n, node := range s.nodes {
		left := node.Allocatable.Sub(used(run, n))
		if n == 0 {
			least = left
		}
		least.CPU, least.Memory = min(least.CPU, left.CPU), min(least.Memory, left.Memory)
	}
	return Amount(least)
}

// report puts what is pending into the report's form.
func (s *setup) report(t trouble) []Pending {
	var list []Pending
	for _, h := range t.pending {
		p := Pending{Workload: h.work, Pods: len(h.pods), Reasons: []Reason{}}
		for _, g := range s.reasons(t, h) {
			p.Reasons = append(p.Reasons, Reason{Nodes: g.nodes, Code: g.code, Text: g.text})
		}
		list = append(list, p)
	}
	return list
}

// claims says whether the intent claims that a workload survives the loss of a
// node: it is the mesh's, and has two replicas or a disruption budget.
func (s *setup) claims(i int) bool {
	w := s.work[i]
	if !slices.Contains([]workload.Role{workload.Istiod, workload.Gateway, workload.Waypoint}, w.Role) || len(s.pods[i]) == 0 {
		return false
	}
	return w.Replicas.Min > 1 || len(w.Budgets) > 0
}
