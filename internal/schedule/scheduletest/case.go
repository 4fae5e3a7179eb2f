// Package scheduletest makes clusters and pods on which schedulers can be held
// against each other: from a seed, the same for the same seed, small, and tight,
// so that about a third does not fit. Every constraint that the default scheduler
// knows appears, alone and together with others.
package scheduletest

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Problem is a cluster and the pods that come to it, in the order in which they
// are made. Names are unique; pods of one workload differ in nothing else.
type Problem struct {
	Seed       uint64
	Namespaces []corev1.Namespace
	Nodes      []corev1.Node
	Pods       []corev1.Pod
}

// Case returns the problem of a seed.
func Case(seed uint64) Problem {
	g := &generator{state: seed}
	// Each problem shows few kinds of constraint, so that most can be understood.
	for range 1 + g.below(3) {
		g.kinds = append(g.kinds, kind(g.below(int(kinds))))
	}
	p := Problem{Seed: seed}
	for _, name := range []string{"blue", "green"} {
		p.Namespaces = append(p.Namespaces, corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"team": name, corev1.LabelMetadataName: name}}})
	}
	p.Nodes = g.nodes(1 + g.below(8))
	p.Pods = g.pods(p.Nodes)
	return p
}

// kind is a kind of constraint.
type kind int

const (
	plain kind = iota
	nodeSelector
	nodeAffinity
	taints
	hostPorts
	podLimit
	antiAffinity
	affinity
	spread
	preferred
	priorities
	daemons
	besteffort
	softSpread
	cordoned
	ephemeral
	kinds
)

// generator is splitmix64, and what one problem is about.
type generator struct {
	state uint64
	kinds []kind
}

func (g *generator) next() uint64 {
	g.state += 0x9e3779b97f4a7c15
	x := g.state
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// below is a number from 0 to n-1.
func (g *generator) below(n int) int { return int(g.next() % uint64(n)) }

// chance is true this often out of a hundred.
func (g *generator) chance(percent int) bool { return g.below(100) < percent }

// about says whether the problem shows the kind.
func (g *generator) about(k kind) bool {
	for _, have := range g.kinds {
		if have == k {
			return true
		}
	}
	return false
}

func pick[T any](g *generator, of []T) T { return of[g.below(len(of))] }

func (g *generator) nodes(n int) []corev1.Node {
	zones := g.below(4)
	equal := g.chance(60)
	var nodes []corev1.Node
	cpu, memory := g.nodeSize()
	for i := range n {
		if !equal {
			cpu, memory = g.nodeSize()
		}
		pods := int64(110)
		if g.about(podLimit) {
			pods = int64(3 + g.below(8))
		}
		node := corev1.Node{
			ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("node-%d", i), Labels: map[string]string{}},
			Status: corev1.NodeStatus{Allocatable: corev1.ResourceList{
				corev1.ResourceCPU:    *resource.NewMilliQuantity(cpu, resource.DecimalSI),
				corev1.ResourceMemory: *resource.NewQuantity(memory<<20, resource.BinarySI),
				corev1.ResourcePods:   *resource.NewQuantity(pods, resource.DecimalSI),
			}},
		}
		if g.about(ephemeral) {
			node.Status.Allocatable[corev1.ResourceEphemeralStorage] = *resource.NewQuantity(int64(g.below(8))<<30, resource.BinarySI)
			node.Status.Allocatable["example.com/device"] = *resource.NewQuantity(int64(g.below(3)), resource.DecimalSI)
		}
		labels := node.Labels
		if !g.chance(5) {
			labels[corev1.LabelHostname] = node.Name
		}
		if zones > 0 && !g.chance(8) {
			labels[corev1.LabelTopologyZone] = fmt.Sprintf("zone-%d", g.below(zones))
		}
		labels["disk"] = pick(g, []string{"ssd", "ssd", "hdd"})
		if g.chance(50) {
			labels["rack"] = fmt.Sprint(g.below(3))
		}
		if g.chance(50) {
			labels["size"] = fmt.Sprint(g.below(10))
		}
		if g.about(taints) && g.chance(30) {
			node.Spec.Taints = append(node.Spec.Taints, corev1.Taint{
				Key: pick(g, []string{"dedicated", "gpu"}), Value: pick(g, []string{"a", "b"}),
				Effect: pick(g, []corev1.TaintEffect{corev1.TaintEffectNoSchedule, corev1.TaintEffectNoExecute, corev1.TaintEffectPreferNoSchedule}),
			})
		}
		if g.about(cordoned) && g.chance(15) {
			node.Spec.Unschedulable = true
		}
		nodes = append(nodes, node)
	}
	return nodes
}

// nodeSize is millicores and MiB.
func (g *generator) nodeSize() (cpu, memory int64) {
	return int64(500 * (1 + g.below(8))), int64(512 * (1 + g.below(8)))
}
