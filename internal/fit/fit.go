// Package fit holds a mesh against the hardware that it will run on, before
// anything is committed: what finds no node is refused, and the refusal names
// the pod, why each node does not take it, and the smallest changes that would
// do, each tried before it is printed.
//
// What runs is read from the rendered objects (package workload), what nodes
// have from the intent (package hardware), and who sits where is the scheduler's
// own doing (package schedule). Four questions are asked, each with an answer of
// its own:
//
//	at rest      every workload at its least replicas
//	scaled       every autoscaler at its maximum; a warning
//	rolling      each of the mesh's workloads while it is updated, one at a time
//	node lost    any one node gone, where the intent claims to survive that
//
// A question that follows from another is not asked: what does not fit at rest
// is one mistake, and not four. Beside the questions stand rules about the nodes
// themselves: budgets, limits, kernels.
//
// The direction of error is package schedule's: that pods fit is said only if no
// order of arrival that was tried leaves one pending, and a refusal has an order
// behind it that the scheduler could take. What the intent does not declare is
// not there: applications count as far as namespaces.*.pods says.
package fit

import (
	"fmt"
	"slices"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/hardware"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
	"github.com/meshgen/meshgen/internal/workload"
)

// Check holds the objects of a cluster against its nodes. A cluster that
// declares none gets a report that says so, and no diagnostics but for a budget. Of
// one whose report is Tight nothing else is told: it is to be made anew with
// smaller sizes, and held against its nodes again.
func Check(m model.Mesh, objects []object.Object, around Around) (Report, diag.List) {
	if len(m.Cluster.Pools) == 0 {
		return undeclared(m, objects), idleBudget(m)
	}
	if list := manyNodes(m.Cluster); len(list) > 0 {
		return unjudged(m), list
	}
	if list := keptWhole(m.Cluster); len(list) > 0 {
		return unjudged(m), list
	}
	nodes := hardware.Nodes(m.Cluster)
	work, problems := workload.Of(m, objects, nodes)
	if list := manyPods(work); len(list) > 0 {
		return unjudged(m), list
	}
	var list diag.List
	for _, p := range problems {
		list = append(list, unread(p))
	}
	s, err := newSetup(m, nodes, work, workload.Namespaces(objects))
	if err != nil {
		return unjudged(m), append(list, diag.Diagnostic{
			Code: "MG2014", Severity: diag.Error, Message: "the pods cannot be held against the nodes: " + err.Error(),
			Suggestion: "correct the selector",
		})
	}
	s.around, s.objects = around, objects
	f := s.ask(nil)
	if f.crowded() && slices.ContainsFunc(m.Sizings, func(z model.Sizing) bool { return z.Size == intent.Auto && !z.Least }) {
		r := s.fill(f)
		r.Tight = true
		return r, list
	}
	floor := s.floor()
	for k, t := range f.troubles {
		s.allowed = (mostEffort - s.spent) / int64(len(f.troubles)-k)
		d := s.describe(f, t)
		if len(floor) > 0 && t.crowded() { // the same machine is too small for both
			d.Related = append(d.Related, diag.Note{Message: floor[0].Message + " (" + floor[0].Code + ")"})
			floor = nil
		}
		list = append(list, d)
	}
	for _, more := range []diag.List{floor, s.unserved(), s.drains(), s.guesses(), s.limits(f), s.addresses(), s.pages(), s.kernels()} {
		list = append(list, more...)
	}
	r := s.fill(f)
	r.Roomy = s.roomy(f)
	return r, list
}

// crowded says whether there is a trouble that smaller requests might end.
func (f *findings) crowded() bool {
	return slices.ContainsFunc(f.troubles, func(t trouble) bool { return t.crowded() })
}

// crowded says whether smaller requests might end the trouble.
func (t trouble) crowded() bool {
	switch {
	case t.warning, t.code == "MG2013", t.code == "MG3014", t.code == "MG2004" && t.pending == nil:
		return false
	}
	return true
}

// empty is the report of a cluster without nodes.
func empty(m model.Mesh) Report {
	return Report{Nodes: []Node{}, Workloads: []Workload{}, Answers: []Answer{}, Budgets: []Budget{}, Sizings: sizings(m)}
}

// undeclared is the report of a cluster that declares no nodes: what will run, and
// nothing about where.
func undeclared(m model.Mesh, objects []object.Object) Report {
	r := empty(m)
	work, _ := workload.Of(m, objects, nil)
	for _, w := range work {
		most := max(w.Replicas.Min, w.Replicas.Max)
		if w.PerNode {
			w.Replicas.Min, most = 0, 0
		}
		r.Workloads = append(r.Workloads, describeWorkload(w, w.Replicas.Min, most))
	}
	return r
}

// unjudged is the report of nodes that nothing could be held against.
func unjudged(m model.Mesh) Report {
	r := empty(m)
	r.Declared = true
	return r
}

// The largest clusters that are held against their nodes, several times what
// Kubernetes supports: 5,000 nodes and 150,000 pods
// (kubernetes.io/docs/setup/best-practices/cluster-large).
const (
	mostNodes = 20_000
	mostPods  = 500_000
)

// manyNodes refuses more nodes than a cluster can have.
func manyNodes(c model.Cluster) diag.List {
	nodes := 0
	for _, pool := range c.Pools {
		if nodes += min(pool.Count, mostNodes+1); nodes > mostNodes {
			return tooMany(poolPath(pool.Name)+".count", "nodes", mostNodes, "declare fewer nodes")
		}
	}
	return nil
}

// manyPods refuses more pods than a cluster can have.
func manyPods(work []workload.Workload) diag.List {
	pods := 0
	for _, w := range work {
		if pods += min(max(w.Replicas.Min, w.Replicas.Max), mostPods+1); pods > mostPods {
			return tooMany(w.Path, "pods", mostPods, "declare fewer pods or replicas")
		}
	}
	return nil
}

func tooMany(path, what string, most int, suggestion string) diag.List {
	return diag.List{{
		Code: "MG2015", Severity: diag.Error, Path: path, Suggestion: suggestion,
		Message: fmt.Sprintf("the cluster has more than %d %s, and Kubernetes supports 5000 nodes and 150000 pods", most, what),
	}}
}

// unread says that an object is not counted.
func unread(p workload.Problem) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "MG2014", Severity: diag.Error, Path: p.Object.Origin.Path,
		Message:    fmt.Sprintf("%s cannot be read, and so not held against the nodes: %v", p.Object.ID(), p.Err),
		Suggestion: "correct the object",
	}
}
