package fit

import (
	"slices"

	"github.com/meshgen/meshgen/internal/hardware"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/schedule"
	"github.com/meshgen/meshgen/internal/workload"
)

// fill writes the report of what was found.
func (s *setup) fill(f *findings) Report {
	r := Report{
		Declared: true, Nodes: []Node{}, Workloads: s.workloads(), Answers: slices.Clone(f.answers[:]), Budgets: []Budget{},
		Sizings: sizings(s.mesh),
	}
	if len(s.leastSizes()) > 0 { // as describe has it
		for _, t := range f.troubles {
			for k := range r.Answers {
				if t.crowded() && r.Answers[k].Code == t.code {
					r.Answers[k].Code = "MG2012"
				}
			}
		}
	}
	r.Total = Total{Nodes: len(s.nodes), Worst: Amount(f.total)}
	for n := range s.nodes {
		node := s.node(n, f.rest)
		node.Worst = Amount(f.worst[n])
		r.Total.Pods += node.Pods
		r.Total.Capacity = r.Total.Capacity.add(node.Capacity)
		r.Total.Allocatable = r.Total.Allocatable.add(node.Allocatable)
		r.Total.Used = r.Total.Used.add(node.Used)
		r.Total.Mesh = r.Total.Mesh.add(node.Mesh)
		r.Nodes = append(r.Nodes, node)
	}
	for _, b := range f.bounds {
		line := Budget{Path: b.path, Resource: b.resource, Bound: b.most, Used: b.used, Kept: b.kept()}
		if b.node >= 0 {
			line.Node = s.nodes[b.node].Name
		}
		r.Budgets = append(r.Budgets, line)
	}
	return r
}

func (a Amount) add(b Amount) Amount { return Amount{a.CPU + b.CPU, a.Memory + b.Memory} }

// node is one node with what sits on it.
func (s *setup) node(n int, run *schedule.Run) Node {
	h := s.nodes[n]
	node := Node{
		Name: h.Name, Pool: h.Pool, Role: h.Role, Zone: h.Zone, Arch: h.Arch,
		Capacity: Amount(h.Capacity), Reserved: []Reserve{}, Allocatable: Amount(h.Allocatable), MaxPods: h.MaxPods, Items: []Item{},
	}
	for _, r := range h.Reserved {
		node.Reserved = append(node.Reserved, Reserve{What: r.What, Amount: Amount(r.Amount), Source: r.Source})
	}
	counts := map[int]int{}
	for _, p := range run.On(n) {
		counts[s.of(p)]++
	}
	var mesh hardware.Amount
	for _, i := range sortedInts(counts) { // the platform's, the mesh's, the applications': the workloads' order
		w := s.work[i]
		node.Items = append(node.Items, Item{Workload: i, Pods: counts[i], Requests: Amount(w.Requests.Times(counts[i]))})
		node.Pods += counts[i]
		mesh = mesh.Add(w.Mesh.Times(counts[i]))
	}
	node.Used, node.Mesh = Amount(used(run, n)), Amount(mesh)
	return node
}

func (s *setup) workloads() []Workload {
	list := []Workload{}
	for i, w := range s.work {
		list = append(list, describeWorkload(w, s.least(i), s.most(i)))
	}
	return list
}

func describeWorkload(w workload.Workload, least, most int) Workload {
	return Workload{
		Kind: w.Kind, Namespace: w.Namespace, Name: w.Name, Role: string(w.Role), Path: w.Path, PerNode: w.PerNode,
		Min: least, Max: most, Requests: Amount(w.Requests), Limits: Amount(w.Limits), Mesh: Amount(w.Mesh),
	}
}

// sizings are the resources that sizes stood for.
func sizings(m model.Mesh) []Sizing {
	list := []Sizing{}
	for _, z := range m.Sizings {
		list = append(list, Sizing{
			Path: z.Path, Size: string(z.Size), Reason: z.Reason,
			Requests: resources(z.Resources.Requests), Limits: resources(z.Resources.Limits),
		})
	}
	return list
}

func resources(r intent.ResourceList) Resources { return Resources{CPU: r.CPU, Memory: r.Memory} }
