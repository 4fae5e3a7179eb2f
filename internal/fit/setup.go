package fit

import (
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/meshgen/meshgen/internal/hardware"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
	"github.com/meshgen/meshgen/internal/schedule"
	"github.com/meshgen/meshgen/internal/workload"
)

// setup is nodes and what shall run on them. A change that advice tries is
// another setup. Asking leaves out what was found to have no place at all, and
// remembers what was worked out; otherwise a setup does not change.
type setup struct {
	mesh  model.Mesh
	nodes []hardware.Node
	work  []workload.Workload

	namespaces map[string]map[string]string // labels

	allowed, spent int64 // effort for advice, see mostEffort

	around  Around          // of the setup that is reported on
	objects []object.Object // likewise

	cluster *schedule.Cluster
	on      [][]int           // by workload with a pod on each node: those nodes
	pods    [][]*schedule.Pod // by workload: its pods at rest
	owner   map[*schedule.Spec]int
	lands   [][]bool // by workload, where asked for: the nodes that it can land on
	base    *schedule.Scenario
}

// newSetup digests workloads on nodes. The namespaces' labels are read by
// selectors. An error is a selector that Kubernetes would refuse.
func newSetup(m model.Mesh, nodes []hardware.Node, work []workload.Workload, namespaces map[string]map[string]string) (*setup, error) {
	s := &setup{
		mesh: m, nodes: nodes, work: work, namespaces: namespaces,
		on: make([][]int, len(work)), pods: make([][]*schedule.Pod, len(work)),
		owner: make(map[*schedule.Spec]int, 2*len(work)), lands: make([][]bool, len(work)),
	}
	machines := make([]schedule.Node, len(nodes))
	for i, n := range nodes {
		machines[i] = schedule.Node{
			Name: n.Name, Labels: n.Labels, Taints: n.Taints,
			CPU: n.Allocatable.CPU, Memory: n.Allocatable.Memory, Pods: n.MaxPods, Other: others(n),
		}
	}
	s.cluster = schedule.NewCluster(machines, namespaces)
	for i, w := range work {
		s.owner[w.Spec], s.owner[w.Next] = i, i
		if w.PerNode {
			var err error
			if s.on[i], err = w.Nodes(s.cluster); err != nil {
				return nil, fmt.Errorf("%s: %w", w, err)
			}
		}
		s.pods[i] = s.make(i, w.Spec, s.least(i))
	}
	return s, nil
}

// others is what a node has besides CPU and memory. Every node has ephemeral
// storage; where nobody says how much, pods may ask for as much as they like.
func others(n hardware.Node) map[corev1.ResourceName]int64 {
	if _, ok := n.Other[corev1.ResourceEphemeralStorage]; ok {
		return n.Other
	}
	all := map[corev1.ResourceName]int64{corev1.ResourceEphemeralStorage: schedule.Unlimited}
	maps.Copy(all, n.Other)
	return all
}

// least is how many pods of a workload run at rest.
func (s *setup) least(i int) int {
	if s.work[i].PerNode {
		return len(s.on[i])
	}
	return s.work[i].Replicas.Min
}

// most is how many run when its autoscaler is at its maximum.
func (s *setup) most(i int) int {
	if s.work[i].PerNode {
		return len(s.on[i])
	}
	return max(s.work[i].Replicas.Max, s.work[i].Replicas.Min)
}

// make returns n new pods of a workload, pinned where it has one on each node.
func (s *setup) make(i int, spec *schedule.Spec, n int) []*schedule.Pod {
	w := &s.work[i]
	all := make([]schedule.Pod, n)
	pods := make([]*schedule.Pod, n)
	for k := range all {
		all[k] = schedule.Pod{Name: w.Name, Spec: spec}
		if w.PerNode {
			all[k].Node = s.nodes[s.on[i][k]].Name
		}
		pods[k] = &all[k]
	}
	return pods
}

// of returns the workload of a pod.
func (s *setup) of(p *schedule.Pod) int { return s.owner[p.Spec] }

// rest is the scenario in which all pods come, at rest. What the questions go on
// from is worked out once.
func (s *setup) rest() *schedule.Scenario {
	if s.base == nil {
		s.base = s.cluster.Scenario().Add(slices.Concat(s.pods...)...)
	}
	return s.base
}

// leave takes a workload out, so that the others are asked about without it.
func (s *setup) leave(i int) { s.pods[i], s.base = nil, nil }

// ours are the roles whose pods meshgen speaks for: it can say that they should
// survive a node, and that they are updated.
var ours = []workload.Role{workload.Istiod, workload.CNI, workload.Ztunnel, workload.Gateway, workload.Waypoint}

// name is a workload in the words of a sentence.
func (s *setup) name(i int) string {
	switch w := s.work[i]; w.Role {
	case workload.Istiod, workload.Ztunnel, workload.Platform:
		return w.Name
	case workload.CNI:
		return "the CNI agent"
	case workload.Gateway:
		for _, g := range s.mesh.Gateways {
			if g.Path == w.Path {
				return "gateway " + g.Name
			}
		}
		return "gateway " + w.Name
	case workload.Waypoint:
		return "the waypoint of " + w.Namespace
	case workload.ServiceLB:
		return "ServiceLB's " + w.Name
	case workload.Application:
		return "the " + pick(s.least(i), "pod", "pods") + " of " + w.Namespace
	default:
		return w.Kind + " " + w.Name + " in " + w.Namespace
	}
}

// are is how a workload's name goes on in a sentence: one for "gateway public" and
// "the pod of till", and more for "the pods of shop".
func (s *setup) are(i int, one, more string) string {
	if s.work[i].Role == workload.Application {
		return pick(s.least(i), one, more)
	}
	return one
}

// theyAre is the same for a list of workloads.
func (s *setup) theyAre(list []int, one, more string) string {
	if len(list) == 1 {
		return s.are(list[0], one, more)
	}
	return more
}

// podsOf names the pods of a workload, for a sentence about them.
func (s *setup) podsOf(i int) string {
	if s.work[i].Role == workload.Application {
		return s.name(i)
	}
	return "the pods of " + s.name(i)
}

// landings returns on which nodes a workload's pods can land, whatever room
// there is: those whose labels they ask for and whose taints they tolerate.
func (s *setup) landings(i int) []bool {
	if s.lands[i] != nil {
		return s.lands[i]
	}
	lands := make([]bool, len(s.nodes))
	if w := &s.work[i]; w.PerNode {
		for _, n := range s.on[i] {
			lands[n] = true
		}
	} else {
		for n, code := range s.cluster.Verdicts(w.Spec) {
			lands[n] = code == schedule.Fits
		}
	}
	s.lands[i] = lands
	return lands
}

// repels says whether a node keeps pods away that tolerate nothing.
func repels(n hardware.Node) bool {
	return slices.ContainsFunc(n.Taints, func(t corev1.Taint) bool { return t.Effect != corev1.TaintEffectPreferNoSchedule })
}

// reaches says whether pods of a workload can land in a pool.
func (s *setup) reaches(i int, pool string) bool {
	for n, lands := range s.landings(i) {
		if lands && s.nodes[n].Pool == pool && s.most(i) > 0 {
			return true
		}
	}
	return false
}

// asks are the requests or limits that the intent states for a workload's
// container, and its field's path; false if a workload's come from elsewhere.
func (s *setup) resources(i int) (intent.Resources, string, bool) {
	w := s.work[i]
	at := w.Path + ".resources"
	switch w.Role {
	case workload.Istiod:
		return s.mesh.ControlPlane.Resources, at, true
	case workload.CNI:
		return s.mesh.CNI.Resources, at, true
	case workload.Ztunnel:
		return s.mesh.Ztunnel.Resources, at, true
	case workload.Waypoint:
		return s.mesh.Waypoint, at, true
	case workload.Gateway:
		for _, g := range s.mesh.Gateways {
			if g.Path == w.Path {
				return g.Resources, at, true
			}
		}
	case workload.Application:
		for _, n := range s.mesh.Namespaces {
			if n.Name == w.Namespace && n.Pods != nil {
				return intent.Resources{Requests: n.Pods.Requests}, w.Path, true
			}
		}
	}
	return intent.Resources{}, "", false
}

// typed is the intent's path of a request or limit, list being requests or
// limits, when the value there is the one that was rendered, or that of the raw
// value that has the last word; empty where something else has it, such as a patch. What a sidecar asks for stands elsewhere.
func (s *setup) typed(i int, list, resource string, rendered int64) string {
	if d, ok := s.overrules(i, false, list, resource); ok {
		return d.settable()
	}
	r, at, ok := s.resources(i)
	if !ok {
		return ""
	}
	return stated(r, at, list, resource, rendered)
}

// typedOfSidecars is the same for the sidecar of a workload's pods.
func (s *setup) typedOfSidecars(i int, list, resource string, rendered int64) string {
	if d, ok := s.overrules(i, true, list, resource); ok {
		return d.settable()
	}
	return stated(s.mesh.Proxy.Resources, "dataPlane.proxy.resources", list, resource, rendered)
}

func stated(r intent.Resources, at, list, resource string, rendered int64) string {
	from := r.Requests
	if list == "limits" {
		from = r.Limits
	}
	if a, err := hardware.ParseAmount(from); err != nil || of(a, resource) != rendered {
		return ""
	}
	return at + "." + list + "." + resource
}

// origin says what has the last word on an object, for values that do not stand
// in a field of the intent.
func origin(o object.Origin) string {
	switch {
	case len(o.Patches) > 0:
		return "patches." + o.Patches[len(o.Patches)-1]
	case o.File != "":
		return o.File
	case o.Path != "":
		return o.Path
	}
	return "values"
}

// sortedKeys returns a map's keys in order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
