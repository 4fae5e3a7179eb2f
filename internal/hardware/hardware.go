// Package hardware is the nodes that a cluster declares: what each has, what
// its platform keeps for itself, and what is left for pods.
//
// The scheduler compares the sum of the pods' requests with a node's
// allocatable, and that is the capacity less what the kubelet is told to
// reserve and its hard eviction threshold:
// https://kubernetes.io/docs/tasks/administer-cluster/reserve-compute-resources/.
// What a kubelet is told differs from platform to platform; reserve.go has the
// table, each line with its source. K3s and RKE2 tell it nothing although their
// own processes live on the node, so that the same memory would be promised
// twice: there the table has what the processes use, and package host writes it
// into the distribution's configuration, so that the scheduler subtracts it too.
//
// The platform also runs pods of its own. The scheduler counts what they
// request like anybody's; neighbours.go has them.
package hardware

import (
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/meshgen/meshgen/internal/model"
)

// Node is one node.
type Node struct {
	Name string // the pool's name, a dash and a number from 1; of a single node what its label kubernetes.io/hostname says
	Pool string
	Role string // server or agent
	Zone string // empty for none
	Arch string // amd64 or arm64

	// Labels are the person's, and those that the kubelet and the platform set.
	// Taints likewise. Both are shared between nodes where they are equal: do
	// not change them.
	Labels map[string]string
	Taints []corev1.Taint

	PageSize int // KiB
	VABits   int
	MaxPods  int

	KernelVersion string   // empty when not declared
	KernelMissing []string // modules

	// Capacity less the sum of Reserved is Allocatable, which is never below zero.
	Capacity    Amount
	Reserved    []Reserve
	Allocatable Amount

	// Other is what else the node has for pods: devices and huge pages, of which
	// it has none where the map is silent, and ephemeral storage.
	Other map[corev1.ResourceName]int64
}

// Reserve is one line of the derivation of what is allocatable.
type Reserve struct {
	What string // such as "K3s server with workload, SQLite"
	Amount
	Source string // where the figure comes from
}

// Sum returns the sum of reserves.
func Sum(reserves []Reserve) Amount {
	var sum Amount
	for _, r := range reserves {
		sum = sum.Add(r.Amount)
	}
	return sum
}

// Labels that the kubelet and the platforms set on nodes:
// https://kubernetes.io/docs/reference/labels-annotations-taints/.
const (
	hostnameLabel     = corev1.LabelHostname
	zoneLabel         = corev1.LabelTopologyZone
	controlPlaneLabel = "node-role.kubernetes.io/control-plane"
	etcdLabel         = "node-role.kubernetes.io/etcd"
	noBalancerLabel   = corev1.LabelNodeExcludeBalancers
)

// Nodes returns the nodes of a cluster, pool by pool; a pool's nodes take its
// zones in turn.
func Nodes(c model.Cluster) []Node {
	var nodes []Node
	names := map[string]int{} // how many pools say that their node is called so
	for _, pool := range c.Pools {
		names[pool.Labels[hostnameLabel]]++
		for i := range pool.Count {
			names[fmt.Sprintf("%s-%d", pool.Name, i+1)]++
		}
	}
	for _, pool := range c.Pools {
		first := Node{
			Pool: pool.Name, Role: pool.Role, Arch: pool.Arch,
			Taints:   taints(c, pool),
			PageSize: pool.PageSize, VABits: pool.VABits, MaxPods: pool.MaxPods,
			KernelVersion: pool.Kernel.Version, KernelMissing: pool.Kernel.Missing,
			Capacity: Capacity(pool), Reserved: Reserves(c, pool), Other: other(pool),
		}
		first.Allocatable = first.Capacity.Sub(Sum(first.Reserved)).Max(Amount{})
		common := labels(c, pool)
		for i := range pool.Count {
			n := first
			n.Name = fmt.Sprintf("%s-%d", pool.Name, i+1)
			if name := common[hostnameLabel]; name != "" && pool.Count == 1 && names[name] == 1 {
				n.Name = name
			}
			n.Labels = maps.Clone(common)
			set(n.Labels, hostnameLabel, n.Name)
			if len(pool.Zones) > 0 {
				set(n.Labels, zoneLabel, pool.Zones[i%len(pool.Zones)])
			}
			n.Zone = n.Labels[zoneLabel]
			nodes = append(nodes, n)
		}
	}
	return nodes
}

// Capacity is what one node of a pool has. The schema has checked the form of
// the quantities; one that cannot be read counts as nothing.
func Capacity(pool model.Pool) Amount {
	var a Amount
	if cpu, err := ParseCPU(pool.CPU); err == nil {
		a.CPU = cpu
	}
	if memory, err := ParseMemory(pool.Memory); err == nil {
		a.Memory = memory
	}
	return a
}

// set sets a label that the person did not set.
func set(labels map[string]string, key, value string) {
	if _, ok := labels[key]; !ok {
		labels[key] = value
	}
}

// labels returns the labels that all nodes of a pool have: the person's, then
// the kubelet's, then those of the control plane's nodes. Only labels that the
// platform is sure to set are there, or a pod could be said to fit that stays
// pending.
func labels(c model.Cluster, pool model.Pool) map[string]string {
	l := maps.Clone(pool.Labels)
	if l == nil {
		l = map[string]string{}
	}
	// The kubelet sets these whatever stands there: pkg/kubelet/kubelet_node_status.go, updateDefaultLabels.
	l[corev1.LabelOSStable], l["beta.kubernetes.io/os"] = "linux", "linux"
	l[corev1.LabelArchStable], l["beta.kubernetes.io/arch"] = pool.Arch, pool.Arch
	if c.Platform == "microk8s" { // canonical/microk8s default-args/kubelet, scripts/cluster/join.py
		set(l, "microk8s.io/cluster", "true")
		role := "microk8s-worker"
		if pool.Role == "server" {
			role = "microk8s-controlplane"
		}
		set(l, "node.kubernetes.io/"+role, role)
	}
	if pool.Role != "server" {
		return l
	}
	switch c.Platform {
	case "k3s", "k3d", "rke2": // k3s pkg/server/server.go, setNodeLabels
		set(l, controlPlaneLabel, "true")
		if c.Datastore == "etcd" {
			set(l, etcdLabel, "true")
		}
	case "kind", "minikube", "generic": // kubeadm app/phases/markcontrolplane
		set(l, controlPlaneLabel, "")
		set(l, noBalancerLabel, "")
	case "talos", "openshift":
		set(l, controlPlaneLabel, "")
	}
	return l
}

// tainted are the platforms that keep pods off the nodes of the control plane,
// as long as there are other nodes. kubeadm taints them (app/phases/markcontrolplane)
// and kind takes the taint away where there is no other node
// (kind pkg/cluster/internal/create/actions/kubeadminit); OpenShift makes its
// masters schedulable then (nodes-nodes-working); on Talos and with kubeadm
// itself a person does, or no pod would ever run. K3s, RKE2, MicroK8s and
// minikube do not taint.
var tainted = []string{"generic", "kind", "talos", "openshift"}

// taints returns the taints of a pool's nodes: the person's and the platform's.
func taints(c model.Cluster, pool model.Pool) []corev1.Taint {
	var list []corev1.Taint
	for _, t := range pool.Taints {
		list = append(list, corev1.Taint{Key: t.Key, Value: t.Value, Effect: corev1.TaintEffect(t.Effect)})
	}
	others := slices.ContainsFunc(c.Pools, func(p model.Pool) bool { return p.Role != "server" })
	if pool.Role == "server" && others && slices.Contains(tainted, c.Platform) &&
		!slices.ContainsFunc(list, func(t corev1.Taint) bool { return t.Key == controlPlaneLabel }) {
		list = append(list, corev1.Taint{Key: controlPlaneLabel, Effect: corev1.TaintEffectNoSchedule})
	}
	return list
}
