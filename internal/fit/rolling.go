package fit

import (
	"fmt"
	"slices"

	"github.com/meshgen/meshgen/internal/schedule"
	"github.com/meshgen/meshgen/internal/workload"
)

// rolling asks about the rolling update of each of the mesh's workloads, and of
// people's manifests, one at a time. How applications are updated is not
// declared. An update must end with every pod on a node; and one of node agents,
// which pushes others off to make room for a second agent beside the first, must
// leave everybody on a node meanwhile, or the update is an outage.
func (s *setup) rolling(f *findings) {
	a := &f.answers[rolling]
	*a = Answer{Question: Rolling, Verdict: NotAsked, Reason: "nothing is updated by rolling", Cases: []Case{}}
	rest := s.rest()
	for i, w := range s.work {
		if len(s.pods[i]) == 0 || w.Update.OnDelete || w.Role != workload.Manifest && !slices.Contains(ours, w.Role) {
			continue
		}
		var c Case
		var t *trouble
		var b Basis
		if w.PerNode {
			c, t, b = s.rollAgents(f, rest, i)
		} else {
			c, t, b = s.roll(f, rest, i)
		}
		if a.Verdict == NotAsked {
			a.Verdict, a.Reason = Fits, "every update finds room"
		}
		c.Subject, c.Fits = s.name(i), t == nil
		a.Basis = weaker(a.Basis, b)
		if t != nil {
			c.Pending = s.report(*t)
			if a.Verdict != Refused {
				a.Verdict, a.Code, a.Reason = Refused, t.code, "the update of "+s.name(i)+" finds no room"
			}
		}
		a.Cases = append(a.Cases, c)
		if t != nil {
			if f.add(*t); f.done {
				return
			}
		}
	}
}

// roll asks about the update of replicas: new pods come, as many more as the
// surge allows, and old ones go as new ones are placed.
func (s *setup) roll(f *findings, rest *schedule.Scenario, i int) (Case, *trouble, Basis) {
	w, old := s.work[i], s.pods[i]
	coming := s.make(i, w.Next, len(old))
	v := w.Updated(rest, old, coming).Judge()
	during := v.Typical
	if surge, _ := w.Update.For(w.Kind, len(old)); surge > 0 && !w.Update.Recreate { // the fullest moment
		during = rest.Run(0).Clone()
		during.Add(coming[:min(surge, len(coming))]...)
		f.note(s, during)
	}
	c := Case{Pending: []Pending{}, Free: s.free(during)}
	if v.Fits {
		return c, nil, basis(v)
	}
	run, typical := outcome(v)
	return c, &trouble{code: "MG2003", subject: i, node: -1, pending: s.held(run), run: run, typical: typical}, Witnessed
}

// rollAgents asks about the update of a pod on each node. Without a surge the
// old pod makes the room that the new one needs. With one, both are there for a
// while, on as many nodes at a time as the surge says: if all nodes can have
// both at once there is nothing more to ask, and else each is asked for itself.
func (s *setup) rollAgents(f *findings, rest *schedule.Scenario, i int) (Case, *trouble, Basis) {
	w := s.work[i]
	surge, _ := w.Update.For(w.Kind, len(s.pods[i]))
	c := Case{Pending: []Pending{}, Free: s.free(f.rest)}
	if surge == 0 {
		return c, nil, Proven
	}
	coming := s.make(i, w.Next, len(s.pods[i]))
	everywhere := rest.Add(coming...)
	if v := everywhere.Judge(); v.Fits {
		s.surged(f, coming)
		c.Free = s.free(v.Typical)
		return c, nil, basis(v)
	}
	b := Proven
	for _, some := range s.batches(f.rest, coming, s.on[i], surge) {
		v := rest.Add(some...).Judge()
		b = weaker(b, basis(v))
		free := s.free(v.Typical)
		c.Free = Amount{CPU: min(c.Free.CPU, free.CPU), Memory: min(c.Free.Memory, free.Memory)}
		f.note(s, v.Typical)
		if !v.Fits {
			run, typical := outcome(v)
			return c, &trouble{code: "MG2003", subject: i, node: -1, pending: s.held(run), run: run, typical: typical}, Witnessed
		}
	}
	return c, nil, b
}

// surged notes what the nodes carry with a second agent, one node at a time.
func (s *setup) surged(f *findings, coming []*schedule.Pod) {
	for k, p := range coming {
		n := s.on[s.of(p)][k]
		cpu, memory := p.Requests()
		more := used(f.rest, n)
		more.CPU, more.Memory = more.CPU+cpu, more.Memory+memory
		f.worst[n] = f.worst[n].Max(more)
	}
}

// batches are the sets of agents that may be there twice at the same time. Of
// nodes that are filled alike, one stands for the others.
func (s *setup) batches(rest *schedule.Run, coming []*schedule.Pod, on []int, surge int) [][]*schedule.Pod {
	if surge > 1 {
		return slices.Collect(slices.Chunk(coming, surge))
	}
	var list [][]*schedule.Pod
	for _, same := range s.alike(rest, on) {
		list = append(list, []*schedule.Pod{coming[slices.Index(on, same[0])]})
	}
	return list
}

// tries is the most nodes that a question is asked about one by one. Where more
// differ, those that are fullest by one measure or another stand for the rest.
const tries = 16

// alike groups nodes that are equal but for their names: the same hardware with
// the same pods on it. Of more groups than tries, it returns those whose nodes
// are the fullest.
func (s *setup) alike(rest *schedule.Run, nodes []int) [][]int {
	var groups [][]int
	at := map[string]int{}
	for _, n := range nodes {
		counts := map[int]int{}
		for _, p := range rest.On(n) {
			counts[s.of(p)]++
		}
		node := s.nodes[n]
		key := fmt.Sprint(node.Pool, "/", node.Zone, counts)
		k, ok := at[key]
		if !ok {
			at[key] = len(groups)
			groups = append(groups, []int{n})
			continue
		}
		groups[k] = append(groups[k], n)
	}
	if len(groups) <= tries {
		return groups
	}
	kept := map[int]bool{}
	var out [][]int
	for _, measure := range []func(n int) int64{
		func(n int) int64 { return used(rest, n).Memory },
		func(n int) int64 { return used(rest, n).CPU },
		func(n int) int64 { return -s.nodes[n].Allocatable.Sub(used(rest, n)).Memory },
		func(n int) int64 { return -s.nodes[n].Allocatable.Sub(used(rest, n)).CPU },
	} {
		order := slices.Clone(groups)
		slices.SortStableFunc(order, func(a, b []int) int {
			switch x, y := measure(a[0]), measure(b[0]); {
			case x > y:
				return -1
			case x < y:
				return 1
			}
			return 0
		})
		for _, g := range order[:tries/4] {
			if !kept[g[0]] {
				kept[g[0]] = true
				out = append(out, g)
			}
		}
	}
	return out
}
