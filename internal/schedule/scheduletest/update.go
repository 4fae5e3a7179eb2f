package scheduletest

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// Change is a workload on nodes, often beside other pods, and what happens to it:
// its template becomes another, or a node goes away. It is tight: about half of
// the changes do not come to their end.
type Change struct {
	Seed       uint64
	Namespaces []corev1.Namespace
	Nodes      []corev1.Node
	Others     []corev1.Pod // that are there before; their names are unique

	// One of the two.
	Deployment *appsv1.Deployment `json:",omitempty"`
	DaemonSet  *appsv1.DaemonSet  `json:",omitempty"`

	Next *corev1.PodTemplateSpec `json:",omitempty"` // what the template becomes
	Lost string                  `json:",omitempty"` // the node that goes away instead
}

// ChangeOf returns the change of a seed.
func ChangeOf(seed uint64) Change {
	g := &generator{state: seed ^ 0x6368616e6765}
	for range g.below(3) {
		g.kinds = append(g.kinds, pick(g, []kind{plain, nodeSelector, podLimit, affinity, softSpread, priorities, taints, ephemeral, cordoned}))
	}
	c := Change{Seed: seed}
	for _, name := range []string{"blue", "green"} {
		c.Namespaces = append(c.Namespaces, corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"team": name, corev1.LabelMetadataName: name}}})
	}
	c.Nodes = g.nodes(1 + g.below(5))
	if g.chance(25) {
		c.daemons(g)
		return c
	}
	c.replicas(g)
	if len(c.Nodes) > 1 && g.chance(25) {
		c.Lost, c.Next = c.Nodes[g.below(len(c.Nodes))].Name, nil
	}
	return c
}

// least is the smallest of the nodes, and sum all of them: millicores and MiB.
func (c *Change) least() (least, sum [2]int64) {
	for i, n := range c.Nodes {
		has := [2]int64{n.Status.Allocatable.Cpu().MilliValue(), n.Status.Allocatable.Memory().Value() >> 20}
		for r := range has {
			if sum[r] += has[r]; i == 0 || has[r] < least[r] {
				least[r] = has[r]
			}
		}
	}
	return least, sum
}

// requests are the requests of the one container of a pod.
func requests(cpu, memory int64) corev1.ResourceList {
	return corev1.ResourceList{
		corev1.ResourceCPU:    *resource.NewMilliQuantity(max(cpu, 1), resource.DecimalSI),
		corev1.ResourceMemory: *resource.NewQuantity(max(memory, 1)<<20, resource.BinarySI),
	}
}

// replicas makes a Deployment that the nodes have just room for, and others in
// what it leaves.
func (c *Change) replicas(g *generator) {
	least, sum := c.least()
	share := int64(1 + g.below(4)) // so many of its pods fit on the smallest node
	var size [2]int64
	for r := range size {
		size[r] = least[r] / share * int64(85+g.below(16)) / 100
		if g.chance(50) { // the other resource decides
			size[r] = size[r] * int64(20+g.below(70)) / 100
		}
	}
	fit := min(sum[0]/max(size[0], 1), sum[1]/max(size[1], 1), 6)
	replicas := int32(max(1, fit-int64(g.below(3))))
	pod := g.workload(0, 1, 1)
	pod.Spec.InitContainers = nil
	pod.Spec.Containers = []corev1.Container{{Name: "main", Image: "example.com/main:1", Resources: corev1.ResourceRequirements{Requests: requests(size[0], size[1])}}}
	delete(pod.Labels, "pod-template-hash")
	g.apart(&pod)
	d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: pod.Name, Namespace: pod.Namespace}}
	d.Spec.Replicas = &replicas
	d.Spec.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{"app": pod.Labels["app"]}}
	d.Spec.Template = corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: pod.Labels}, Spec: pod.Spec}
	d.Spec.Strategy = g.strategy()
	c.Deployment = d
	c.Next = g.after(d.Spec.Template)
	if g.chance(40) {
		return // alone
	}
	others := 1 + g.below(5)
	for r := range sum {
		sum[r] = max(0, sum[r]-size[r]*int64(replicas)) * int64(10+g.below(60)) / 100
	}
	for i := range others {
		other := g.workload(1+i, sum[0]/int64(others), sum[1]/int64(others))
		other.Spec.InitContainers = nil
		other.Name = fmt.Sprintf("other-%d", i)
		c.Others = append(c.Others, other)
	}
}

// apart gives pods some of what keeps them apart from their like.
func (g *generator) apart(pod *corev1.Pod) {
	itself := &metav1.LabelSelector{MatchLabels: map[string]string{"app": pod.Labels["app"]}}
	switch g.below(8) {
	case 0:
		a := g.podAntiAffinity(pod)
		a.RequiredDuringSchedulingIgnoredDuringExecution = append(a.RequiredDuringSchedulingIgnoredDuringExecution,
			corev1.PodAffinityTerm{LabelSelector: itself, TopologyKey: pick(g, topologies)})
		if g.chance(25) {
			a.RequiredDuringSchedulingIgnoredDuringExecution[0].MatchLabelKeys = []string{"pod-template-hash"}
		}
	case 1:
		pod.Spec.TopologySpreadConstraints = append(pod.Spec.TopologySpreadConstraints[:0:0], corev1.TopologySpreadConstraint{
			MaxSkew: int32(1 + g.below(2)), TopologyKey: pick(g, topologies), WhenUnsatisfiable: corev1.DoNotSchedule, LabelSelector: itself,
		})
		if g.chance(40) {
			pod.Spec.TopologySpreadConstraints[0].MatchLabelKeys = []string{"pod-template-hash"}
		}
	case 2:
		pod.Spec.Containers[0].Ports = []corev1.ContainerPort{{ContainerPort: 8080, HostPort: 8080, Protocol: corev1.ProtocolTCP}}
	case 3:
		a := g.podAntiAffinity(pod)
		a.PreferredDuringSchedulingIgnoredDuringExecution = append(a.PreferredDuringSchedulingIgnoredDuringExecution,
			corev1.WeightedPodAffinityTerm{Weight: 100, PodAffinityTerm: corev1.PodAffinityTerm{LabelSelector: itself, TopologyKey: corev1.LabelHostname}})
	}
}

// strategy is how a Deployment is updated: as it is by default, by numbers or
// percentages, or all at once.
func (g *generator) strategy() appsv1.DeploymentStrategy {
	amount := func() *intstr.IntOrString {
		v := intstr.FromInt32(int32(g.below(4)))
		if g.chance(40) {
			v = intstr.FromString(pick(g, []string{"0%", "10%", "25%", "34%", "50%", "100%"}))
		}
		return &v
	}
	switch g.below(8) {
	case 0:
		return appsv1.DeploymentStrategy{Type: appsv1.RecreateDeploymentStrategyType}
	case 1, 2:
		return appsv1.DeploymentStrategy{}
	}
	r := &appsv1.RollingUpdateDeployment{}
	if g.chance(85) {
		r.MaxSurge = amount()
	}
	if g.chance(85) {
		r.MaxUnavailable = amount()
	}
	if zero(r.MaxSurge) && zero(r.MaxUnavailable) { // the API server refuses it
		one := intstr.FromInt32(1)
		r.MaxUnavailable = &one
	}
	return appsv1.DeploymentStrategy{Type: appsv1.RollingUpdateDeploymentStrategyType, RollingUpdate: r}
}

func zero(v *intstr.IntOrString) bool {
	return v != nil && v.IntVal == 0 && (v.Type == intstr.Int || v.StrVal == "0%")
}

// after is what a template becomes: another image, and now and then more requests.
func (g *generator) after(t corev1.PodTemplateSpec) *corev1.PodTemplateSpec {
	next := t.DeepCopy()
	c := &next.Spec.Containers[0]
	c.Image = "example.com/main:2"
	if g.chance(45) {
		c.Resources.Requests = requests(
			c.Resources.Requests.Cpu().MilliValue()*int64(100+g.below(60))/100,
			(c.Resources.Requests.Memory().Value()>>20)*int64(100+g.below(60))/100)
	}
	return next
}

// daemons makes a DaemonSet, and others in what it leaves.
func (c *Change) daemons(g *generator) {
	least, sum := c.least()
	part := int64(10 + g.below(60))
	pod := corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "agent", Namespace: "green", Labels: map[string]string{"app": "agent"}}}
	pod.Spec.Containers = []corev1.Container{{Name: "main", Image: "example.com/main:1", Resources: corev1.ResourceRequirements{Requests: requests(least[0]*part/100, least[1]*part/100)}}}
	if g.chance(60) {
		pod.Spec.Tolerations = []corev1.Toleration{{Operator: corev1.TolerationOpExists}}
	}
	if g.chance(30) {
		pod.Spec.PriorityClassName = "system-node-critical"
	}
	d := &appsv1.DaemonSet{ObjectMeta: metav1.ObjectMeta{Name: pod.Name, Namespace: pod.Namespace}}
	d.Spec.Selector = &metav1.LabelSelector{MatchLabels: pod.Labels}
	d.Spec.Template = corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: pod.Labels}, Spec: pod.Spec}
	amounts := []intstr.IntOrString{intstr.FromInt32(1), intstr.FromInt32(2), intstr.FromString("50%"), intstr.FromString("100%")}
	none, some := intstr.FromInt32(0), pick(g, amounts)
	switch g.below(5) {
	case 0: // as it is by default
	case 1, 2:
		d.Spec.UpdateStrategy.RollingUpdate = &appsv1.RollingUpdateDaemonSet{MaxUnavailable: &some}
	default:
		d.Spec.UpdateStrategy.RollingUpdate = &appsv1.RollingUpdateDaemonSet{MaxUnavailable: &none, MaxSurge: &some}
		if g.chance(25) { // no two of them share a port of the node
			d.Spec.Template.Spec.Containers[0].Ports = []corev1.ContainerPort{{ContainerPort: 8080, HostPort: 8080, Protocol: corev1.ProtocolTCP}}
		}
	}
	if d.Spec.UpdateStrategy.RollingUpdate != nil {
		d.Spec.UpdateStrategy.Type = appsv1.RollingUpdateDaemonSetStrategyType
	}
	c.DaemonSet = d
	c.Next = g.after(d.Spec.Template)
	count := g.below(6)
	for r := range sum {
		sum[r] = sum[r] * (100 - part) / 100 * int64(10+g.below(70)) / 100
	}
	for i := range count {
		other := g.workload(1+i, sum[0]/int64(count), sum[1]/int64(count))
		other.Spec.InitContainers = nil
		other.Name = fmt.Sprintf("other-%d", i)
		c.Others = append(c.Others, other)
	}
}
