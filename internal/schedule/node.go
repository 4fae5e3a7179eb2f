package schedule

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	nodetopology "k8s.io/component-helpers/node/topology"
)

// Node is what the scheduler knows of a node.
type Node struct {
	Name          string
	Labels        map[string]string
	Taints        []corev1.Taint
	Unschedulable bool  // cordoned
	CPU           int64 // allocatable, in millicores
	Memory        int64 // allocatable, in bytes
	Pods          int   // allocatable: how many pods the kubelet takes

	// Other is what else is allocatable: ephemeral storage in bytes, huge
	// pages, devices. Nil means that nobody said, and then it is not looked
	// at; a name that a map lacks is a resource that the node lacks.
	Other map[corev1.ResourceName]int64
}

// object is the node as the upstream helpers want it.
func (n *Node) object() *corev1.Node {
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: n.Name, Labels: n.Labels},
		Spec:       corev1.NodeSpec{Taints: n.Taints, Unschedulable: n.Unschedulable},
	}
}

// Nodes makes nodes of API objects.
func Nodes(objects []corev1.Node) []Node {
	nodes := make([]Node, len(objects))
	for i, o := range objects {
		n := Node{
			Name: o.Name, Labels: o.Labels, Taints: o.Spec.Taints, Unschedulable: o.Spec.Unschedulable,
			Other: map[corev1.ResourceName]int64{},
		}
		for name, quantity := range o.Status.Allocatable {
			switch name {
			case corev1.ResourceCPU:
				n.CPU = quantity.MilliValue()
			case corev1.ResourceMemory:
				n.Memory = quantity.Value()
			case corev1.ResourcePods:
				n.Pods = int(quantity.Value())
			default:
				n.Other[name] = quantity.Value()
			}
		}
		nodes[i] = n
	}
	return nodes
}

// visitOrder is the order in which the scheduler looks at nodes: zone by zone in
// turn, each zone's in the order in which they came
// (pkg/scheduler/backend/cache/node_tree.go).
func visitOrder(nodes []*corev1.Node) []int32 {
	var zones []string
	tree := map[string][]int32{}
	for i, n := range nodes {
		zone := nodetopology.GetZoneKey(n)
		if _, ok := tree[zone]; !ok {
			zones = append(zones, zone)
		}
		tree[zone] = append(tree[zone], int32(i))
	}
	order := make([]int32, 0, len(nodes))
	for depth := 0; len(order) < len(nodes); depth++ {
		for _, zone := range zones {
			if members := tree[zone]; depth < len(members) {
				order = append(order, members[depth])
			}
		}
	}
	return order
}
