package schedule

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// Cluster is nodes and namespaces, and what was worked out about pods on them.
// It learns of pods as Runs and Scenarios bring them, so it and what comes from
// it belong to one goroutine.
type Cluster struct {
	nodes      []Node
	objects    []*corev1.Node
	order      []int32 // how the scheduler visits nodes
	namespaces map[string]labels.Set
	byName     map[string]int32

	topologies map[string]int
	domains    []topology
	claims     int // the topology of all nodes as one; 0 if nobody asked for it
	classes    []*class
	classOf    map[string]int32
	judged     map[string]*judged // by where a class may go
	counters   []*counter
	counterOf  map[string]int32
	classesBy  map[string][]int32 // by tag, see tag.go
	countersBy map[string][]int32
	others     []corev1.ResourceName
	otherOf    map[corev1.ResourceName]int
	allocated  [][]int64 // allocatable by node and other resource; Unlimited where nobody said

	pods  []podInfo
	podOf map[*Pod]int32

	hurry  bool  // search less where nothing is proven
	effort int64 // see Effort
}

// Hurry makes Judge search less where nothing is proven. It is for whoever asks
// about many clusters that are nearly the same, and then about the one that matters
// without haste.
func (c *Cluster) Hurry() { c.hurry = true }

// Effort is how many nodes were looked at for a pod so far, in all runs and
// searches: a measure of the work done that is the same on every machine.
func (c *Cluster) Effort() int64 { return c.effort }

// Pod is one pod: a name for people, what it asks for, and, for a pod of a
// DaemonSet, the node that it was made for. Pods are told apart by their address.
type Pod struct {
	Name string
	*Spec
	Node string
}

// podInfo is a pod as a cluster knows it.
type podInfo struct {
	pod   *Pod
	class int32
	pin   int32 // the node that it was made for; -1 for any, -2 for one that is not there
}

const (
	anyNode = int32(-1)
	noNode  = int32(-2)
)

// Unlimited is what a node has of a resource that nobody spoke of.
const Unlimited = int64(1) << 62

// topology is what nodes have under a label.
type topology struct {
	key    string
	values []int32 // by node; -1 for nodes without the label
	names  []string
	nodes  []int32 // how many nodes, by value

	partial bool // some nodes lack the label
}

// NewCluster returns a cluster of these nodes. The namespaces' labels are read by
// namespaceSelectors; each has its name's label, as the API server gives it.
func NewCluster(nodes []Node, namespaces map[string]map[string]string) *Cluster {
	c := &Cluster{
		nodes: slices.Clone(nodes), namespaces: map[string]labels.Set{}, byName: map[string]int32{},
		topologies: map[string]int{}, classOf: map[string]int32{}, judged: map[string]*judged{}, counterOf: map[string]int32{},
		classesBy: map[string][]int32{}, countersBy: map[string][]int32{},
		otherOf: map[corev1.ResourceName]int{}, podOf: map[*Pod]int32{}, allocated: make([][]int64, len(nodes)),
	}
	for i := range c.nodes {
		c.objects = append(c.objects, c.nodes[i].object())
		c.byName[c.nodes[i].Name] = int32(i)
	}
	c.order = visitOrder(c.objects)
	for name, set := range namespaces {
		c.namespace(name, set)
	}
	// Topology 0 is the node itself.
	own := topology{values: make([]int32, len(nodes)), nodes: make([]int32, len(nodes))}
	for i := range nodes {
		own.values[i], own.nodes[i] = int32(i), 1
		own.names = append(own.names, nodes[i].Name)
	}
	c.domains = []topology{own}
	return c
}

// Nodes are the cluster's nodes; the index is what Run speaks of.
func (c *Cluster) Nodes() []Node { return c.nodes }

func (c *Cluster) namespace(name string, set map[string]string) {
	all := labels.Set{corev1.LabelMetadataName: name}
	maps.Copy(all, set)
	c.namespaces[name] = all
}

// itself is the topology in which each node is a domain of its own.
const itself = 0

// topology returns the number of a label's topology.
func (c *Cluster) topology(key string) int {
	if i, ok := c.topologies[key]; ok {
		return i
	}
	t := topology{key: key, values: make([]int32, len(c.nodes))}
	known := map[string]int32{}
	if key == everywhere {
		t.names, t.nodes = []string{""}, []int32{int32(len(c.nodes))}
		c.claims = len(c.domains)
	}
	for i := range c.nodes {
		if key == everywhere {
			continue
		}
		value, ok := c.nodes[i].Labels[key]
		if !ok {
			t.values[i], t.partial = -1, true
			continue
		}
		v, ok := known[value]
		if !ok {
			v = int32(len(known))
			known[value] = v
			t.names = append(t.names, value)
			t.nodes = append(t.nodes, 0)
		}
		t.values[i] = v
		t.nodes[v]++
	}
	c.topologies[key] = len(c.domains)
	c.domains = append(c.domains, t)
	return len(c.domains) - 1
}

// other returns the number of a resource that is neither CPU nor memory.
func (c *Cluster) other(name corev1.ResourceName) int {
	if i, ok := c.otherOf[name]; ok {
		return i
	}
	for n := range c.nodes {
		have := Unlimited
		if c.nodes[n].Other != nil {
			have = c.nodes[n].Other[name]
		}
		c.allocated[n] = append(c.allocated[n], have)
	}
	c.otherOf[name] = len(c.others)
	c.others = append(c.others, name)
	return len(c.others) - 1
}

// pod returns the pod's number, and learns of it if it is new.
func (c *Cluster) pod(p *Pod) int32 {
	if id, ok := c.podOf[p]; ok {
		return id
	}
	info := podInfo{pod: p, class: c.class(p.Spec), pin: anyNode}
	if p.Node != "" {
		info.pin = noNode
		if n, ok := c.byName[p.Node]; ok {
			info.pin = n
		}
	}
	id := int32(len(c.pods))
	c.pods = append(c.pods, info)
	c.podOf[p] = id
	return id
}

// DaemonSpec digests a pod of a DaemonSet: as NewSpec does, with the tolerations
// that the controller adds, and without required node affinity, in whose place
// the controller pins each pod to its node (pkg/controller/daemon/util). Name the
// node in Pod.Node.
func DaemonSpec(namespace string, podLabels map[string]string, spec *corev1.PodSpec) (*Spec, error) {
	spec = spec.DeepCopy()
	added := []corev1.Toleration{
		{Key: corev1.TaintNodeNotReady, Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoExecute},
		{Key: corev1.TaintNodeUnreachable, Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoExecute},
		{Key: corev1.TaintNodeDiskPressure, Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoSchedule},
		{Key: corev1.TaintNodeMemoryPressure, Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoSchedule},
		{Key: corev1.TaintNodePIDPressure, Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoSchedule},
		{Key: corev1.TaintNodeUnschedulable, Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoSchedule},
	}
	if spec.HostNetwork {
		added = append(added, corev1.Toleration{Key: corev1.TaintNodeNetworkUnavailable, Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoSchedule})
	}
	spec.Tolerations = append(spec.Tolerations, added...)
	if spec.Affinity != nil && spec.Affinity.NodeAffinity != nil {
		spec.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution = nil
	}
	return NewSpec(namespace, podLabels, spec)
}

// DaemonNodes are the nodes on which the controller makes pods of a DaemonSet
// whose template is spec: those that its node selector and required affinity
// match, and whose NoSchedule and NoExecute taints it tolerates
// (NodeShouldRunDaemonPod in pkg/controller/daemon/daemon_controller.go).
func (c *Cluster) DaemonNodes(spec *corev1.PodSpec) ([]int, error) {
	template, err := NewSpec("", nil, spec)
	if err != nil {
		return nil, err
	}
	pinned, err := DaemonSpec("", nil, spec)
	if err != nil {
		return nil, err
	}
	var nodes []int
	for i, node := range c.objects {
		if spec.NodeName != "" && spec.NodeName != node.Name {
			continue
		}
		if match, _ := template.required.Match(node); match && !untolerated(node.Spec.Taints, pinned.tolerations) {
			nodes = append(nodes, i)
		}
	}
	return nodes, nil
}

// hostname is the topology of the label that tells nodes apart.
const hostname = corev1.LabelHostname

// zone is the topology that the default spreading knows beside hostname.
const zone = corev1.LabelTopologyZone
