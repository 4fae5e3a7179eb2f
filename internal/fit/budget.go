package fit

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/hardware"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/schedule"
)

// bound is one bound of the budget, on the node that is nearest to it.
type bound struct {
	path     string
	resource string
	share    float64 // of what is allocatable; zero for an amount
	node     int     // -1 for the whole cluster
	most     int64
	used     int64
	scaled   bool // used with every autoscaler at its maximum, not at rest
}

func (b bound) kept() bool { return b.used <= b.most }

// part is how much of the bound is used: 1 for all of it.
func (b bound) part() float64 { return float64(b.used) / float64(max(b.most, 1)) }

// budgets holds what the mesh takes at rest against the budget.
func (s *setup) budgets(f *findings) {
	f.bounds = s.bounds(f.rest)
	for k := range f.bounds {
		if b := &f.bounds[k]; !b.kept() {
			if f.add(trouble{code: "MG2006", subject: -1, node: b.node, bound: b, run: f.rest, typical: true}); f.done {
				return
			}
		}
	}
}

// budgetsScaled warns of what is kept at rest and not with every autoscaler at
// its maximum.
func (s *setup) budgetsScaled(f *findings) {
	full := s.bounds(f.full)
	for k := range full {
		if b := &full[k]; !b.kept() && f.bounds[k].kept() {
			b.scaled = true
			if f.add(trouble{code: "MG2006", subject: -1, node: b.node, bound: b, run: f.full, typical: true, warning: true}); f.done {
				return
			}
		}
	}
}

// bounds are the bounds that the budget sets, each with what the mesh takes of
// it in a run.
func (s *setup) bounds(run *schedule.Run) []bound {
	limits := s.mesh.Budget
	if limits == nil {
		return nil
	}
	mesh := make([]hardware.Amount, len(s.nodes))
	var all, allocatable hardware.Amount
	for n, node := range s.nodes {
		for _, p := range run.On(n) {
			mesh[n] = mesh[n].Add(s.work[s.of(p)].Mesh)
		}
		all, allocatable = all.Add(mesh[n]), allocatable.Add(node.Allocatable)
	}
	var list []bound
	for _, resource := range []string{memory, cpu} {
		share, amount := limits.Share.Memory, limits.PerNode.Memory
		ofAll, amountOfAll := limits.Cluster.Share.Memory, limits.Cluster.Memory
		if resource == cpu {
			share, amount = limits.Share.CPU, limits.PerNode.CPU
			ofAll, amountOfAll = limits.Cluster.Share.CPU, limits.Cluster.CPU
		}
		if share > 0 {
			list = append(list, s.nearest(bound{path: "budget.share." + resource, resource: resource, share: share}, mesh))
		}
		if amount != "" {
			list = append(list, s.nearest(bound{path: "budget.perNode." + resource, resource: resource, most: parse(resource, amount)}, mesh))
		}
		if ofAll > 0 {
			list = append(list, bound{
				path: "budget.cluster.share." + resource, resource: resource, share: ofAll, node: -1,
				most: int64(ofAll * float64(of(allocatable, resource))), used: of(all, resource),
			})
		}
		if amountOfAll != "" {
			list = append(list, bound{path: "budget.cluster." + resource, resource: resource, node: -1, most: parse(resource, amountOfAll), used: of(all, resource)})
		}
	}
	return list
}

// parse reads a quantity that the schema has checked.
func parse(resource, text string) int64 {
	list := intent.ResourceList{Memory: text}
	if resource == cpu {
		list = intent.ResourceList{CPU: text}
	}
	a, _ := hardware.ParseAmount(list)
	return of(a, resource)
}

// nearest completes a bound of each node with the node that uses the largest part
// of its bound.
func (s *setup) nearest(b bound, mesh []hardware.Amount) bound {
	worst := b
	for n, node := range s.nodes {
		at := b
		at.node, at.used = n, of(mesh[n], b.resource)
		if b.share > 0 {
			at.most = int64(b.share * float64(of(node.Allocatable, b.resource)))
		}
		if n == 0 || at.part() > worst.part() {
			worst = at
		}
	}
	return worst
}

// overBudget says that the mesh takes more than its budget.
func (s *setup) overBudget(d *diag.Diagnostic, t trouble) {
	b := t.bound
	d.Path = b.path
	where := "in the cluster"
	if b.node >= 0 {
		where = "on " + s.nodes[b.node].Name
	}
	when := ""
	if b.scaled {
		when = " with every autoscaler at its maximum"
	}
	share := ""
	if b.share > 0 {
		share = fmt.Sprintf(", %s%% of what pods can have there", strconv.FormatFloat(b.share*100, 'f', -1, 64))
	}
	d.Message = fmt.Sprintf("the mesh asks for %s %s%s, and its budget is %s%s", amount(b.resource, b.used), where, when, unit(b.resource, b.most), share)
	counts, sizes := map[int]int{}, map[int]int64{}
	for n := range s.nodes {
		if b.node >= 0 && n != b.node {
			continue
		}
		for _, p := range t.run.On(n) {
			i := s.of(p)
			counts[i]++
			sizes[i] += of(s.work[i].Mesh, b.resource)
		}
	}
	var order []int
	for _, i := range sortedInts(counts) {
		if sizes[i] > 0 {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case sizes[a] > sizes[b]:
			return -1
		case sizes[a] < sizes[b]:
			return 1
		}
		return 0
	})
	var words []string
	for _, i := range order {
		name := s.several(i, counts[i])
		if s.work[i].Sidecar {
			name = pick(counts[i], "1 sidecar of ", strconv.Itoa(counts[i])+" sidecars of ") + s.work[i].Namespace
		}
		words = append(words, name+" "+listed(b.resource, sizes[i]))
	}
	if b.node >= 0 && len(s.nodes) > 1 && slices.ContainsFunc(order, func(i int) bool { return !s.work[i].PerNode }) {
		where += ", as pods usually come to sit" // another order may put them elsewhere
	}
	d.Related = append(d.Related, diag.Note{Message: where + ": " + some(words, 5)})
}
