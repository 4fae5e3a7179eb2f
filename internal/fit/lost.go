package fit

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/schedule"
)

// together finds workloads that should survive the loss of a node and whose
// replicas sit on one: because no other node takes them, or because nothing
// keeps them apart and this is how they come to sit.
func (s *setup) together(f *findings) {
	for i, w := range s.work {
		if !s.claims(i) || len(s.pods[i]) < 2 || w.PerNode {
			continue
		}
		lands := 0
		for _, ok := range s.landings(i) {
			if ok {
				lands++
			}
		}
		t := trouble{code: "MG2004", subject: i, node: -1, run: f.rest, typical: true}
		for n := range s.nodes {
			here := 0
			for _, p := range f.rest.On(n) {
				if s.of(p) == i {
					here++
				}
			}
			if here == len(s.pods[i]) {
				t.node = n
			}
		}
		if t.node < 0 {
			continue
		}
		t.warning = lands > 1
		if f.add(t); f.done {
			return
		}
	}
}

// nodeLost asks about the loss of each node, where the intent claims that
// something survives it: then the pods of what is claimed must find a node
// again. Whoever claims nothing may stay pending, and the report says so.
func (s *setup) nodeLost(f *findings) {
	a := &f.answers[nodeLost]
	*a = Answer{Question: NodeLost, Verdict: NotAsked, Reason: "nothing claims to survive the loss of a node", Cases: []Case{}}
	var claim []int
	var names []string
	for i := range s.work {
		if s.claims(i) && !f.together(i) {
			claim = append(claim, i)
			names = append(names, s.name(i))
		}
	}
	if k := slices.IndexFunc(f.troubles, func(t trouble) bool { return t.code == "MG2004" && !t.warning }); k >= 0 {
		a.Verdict, a.Basis, a.Code = Refused, Witnessed, "MG2004"
		a.Reason = s.name(f.troubles[k].subject) + " can only run on " + s.nodes[f.troubles[k].node].Name
	}
	switch {
	case len(claim) == 0:
		return
	case len(s.nodes) == 1:
		if a.Verdict == NotAsked {
			a.Reason = "there is but one node"
		}
		return
	case a.Verdict == Refused:
	default:
		a.Verdict, a.Reason = Fits, "with any node gone, "+and(names)+" still "+pick(len(names), "finds", "find")+" room"
	}
	all := make([]int, len(s.nodes))
	for n := range all {
		all[n] = n
	}
	rest := s.rest()
	known := map[string]int{} // by what is pending: the trouble
	for _, same := range s.alike(f.rest, all) {
		n := same[0]
		lost := rest.Drop(n)
		v := lost.Judge()
		run, typical := v.Typical, true
		if !v.Fits {
			run, typical = s.unkept(lost, v, claim)
		}
		f.note(s, run)
		c := Case{Subject: s.nodes[n].Name, Same: len(same) - 1, Fits: true, Pending: []Pending{}, Free: s.freeWithout(run, n)}
		t := trouble{code: "MG2004", subject: -1, node: n, pending: s.held(run), run: run, typical: typical}
		c.Pending = s.report(t)
		b := basis(v)
		for _, h := range t.pending {
			if slices.Contains(claim, h.work) {
				c.Fits, t.subject = false, h.work
				break
			}
		}
		if c.Fits && !v.Fits {
			b = Tried // others are pending; that none of the claimed is was tried, not proven
		}
		a.Basis = weaker(a.Basis, b)
		a.Cases = append(a.Cases, c)
		if c.Fits {
			continue
		}
		a.Verdict, a.Code, a.Reason = Refused, "MG2004", "with "+s.nodes[n].Name+" gone, "+s.name(t.subject)+" finds no room"
		if k, ok := known[t.key()]; ok {
			f.troubles[k].alike = append(f.troubles[k].alike, same...)
			continue
		}
		f.apart(t.subject)
		t.alike = same[1:]
		known[t.key()] = len(f.troubles)
		if f.add(t); f.done {
			return
		}
	}
}

// together says whether all of a workload's replicas can only sit on one node.
func (f *findings) together(i int) bool {
	return slices.ContainsFunc(f.troubles, func(t trouble) bool {
		return t.code == "MG2004" && t.pending == nil && t.subject == i && !t.warning
	})
}

// apart takes back the warning that replicas come to sit on one node: that they
// find no room when it is gone says more.
func (f *findings) apart(i int) {
	f.troubles = slices.DeleteFunc(f.troubles, func(t trouble) bool {
		return t.code == "MG2004" && t.pending == nil && t.subject == i && t.warning
	})
}

// unkept is a run in which a pod of what is claimed stays pending, or else the
// usual one.
func (s *setup) unkept(lost *schedule.Scenario, v schedule.Verdict, claim []int) (run *schedule.Run, typical bool) {
	breaks := func(r *schedule.Run) bool {
		return r != nil && slices.ContainsFunc(r.Pending(), func(p *schedule.Pod) bool { return slices.Contains(claim, s.of(p)) })
	}
	if breaks(v.Typical) {
		return v.Typical, true
	}
	if breaks(v.Witness) {
		return v.Witness, false
	}
	for order := range orders {
		if r := lost.Run(order); breaks(r) {
			return r, false
		}
	}
	return v.Typical, true
}

// orders is how many orders are tried for one in which what is claimed is the
// one that stays pending.
const orders = 12

// freeWithout is what is left on the fullest of the other nodes.
func (s *setup) freeWithout(run *schedule.Run, gone int) Amount {
	var least Amount
	found := false
	for n, node := range s.nodes {
		if n == gone {
			continue
		}
		left := Amount(node.Allocatable.Sub(used(run, n)))
		if !found {
			least, found = left, true
		}
		least = Amount{CPU: min(least.CPU, left.CPU), Memory: min(least.Memory, left.Memory)}
	}
	return least
}

// pick chooses between a word for one and a word for more.
func pick(n int, one, more string) string {
	if n == 1 {
		return one
	}
	return more
}

// sameNode says that all replicas sit on one node.
func (s *setup) sameNode(d *diag.Diagnostic, t trouble) {
	i := t.subject
	w, node := s.work[i], s.nodes[t.node].Name
	d.Path = w.Path
	if at := s.scaleSpot(i, false); at.path != "" {
		at.mark(d)
	}
	n := len(s.pods[i])
	if !t.warning {
		d.Message = fmt.Sprintf("%s replicas of %s can only run on %s, and go down with it", pick(n-1, "both", "all "+strconv.Itoa(n)), s.name(i), node)
		return
	}
	d.Message = fmt.Sprintf("%s replicas of %s come to sit on %s, and go down with it: nothing keeps them apart", pick(n-1, "both", "all "+strconv.Itoa(n)), s.name(i), node)
	if at, ok := s.wish(i, "topologySpreadConstraints"); ok {
		d.Suggestion = "spread them over nodes with " + at.there()
	} else if s.placement(i) != "" {
		d.Suggestion = set(w.Path+".placement.spread", `"node"`)
	} else {
		d.Suggestion = "spread them over nodes with topologySpreadConstraints, in a patch"
	}
}
