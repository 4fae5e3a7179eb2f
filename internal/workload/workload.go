// Package workload is what will run on a cluster: sets of equal pods, read from
// the rendered objects after people's patches, so that a patch that changes a
// request counts.
//
// Not all pods stand in the objects. Of adds those that others make once the
// objects are applied: the platform's own (package hardware), K3s' ServiceLB for
// each LoadBalancer Service, the gateways and waypoints that istiod makes for
// Gateways, the sidecars that istiod injects, and the applications that the
// intent declares. Each of these follows the code that makes them upstream; the
// functions name it.
//
// The arithmetic of requests is Kubernetes' own (k8s.io/component-helpers), on a
// real pod spec.
package workload

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/intstr"
	resourcehelper "k8s.io/component-helpers/resource"

	"github.com/meshgen/meshgen/internal/hardware"
	"github.com/meshgen/meshgen/internal/object"
	"github.com/meshgen/meshgen/internal/schedule"
)

// Role is what a workload is to the mesh.
type Role string

// The roles, in the order in which Of returns them.
const (
	Platform    Role = "platform"  // the cluster's own
	Istiod      Role = "istiod"    // the control plane
	CNI         Role = "cni"       // the CNI node agent
	Ztunnel     Role = "ztunnel"   // the ambient node proxy
	Gateway     Role = "gateway"   // from the chart or from Gateway API
	Waypoint    Role = "waypoint"  // made by istiod
	ServiceLB   Role = "serviceLB" // made by K3s for a LoadBalancer Service
	Manifest    Role = "manifest"  // from a person's manifests
	Application Role = "application"
)

var roles = []Role{Platform, Istiod, CNI, Ztunnel, Gateway, Waypoint, ServiceLB, Manifest, Application}

// IsMesh says whether all that a workload of the role asks for is the mesh's.
func (r Role) IsMesh() bool {
	return slices.Contains([]Role{Istiod, CNI, Ztunnel, Gateway, Waypoint}, r)
}

// Workload is a set of equal pods.
type Workload struct {
	Kind      string // Deployment, DaemonSet, StatefulSet, ReplicaSet, Pod, Job, CronJob, or StaticPod
	Namespace string
	Name      string
	Role      Role

	// Path is the intent's path of what the pods ask for, such as controlPlane,
	// dataPlane.ztunnel, gateways.public, namespaces.shop.pods, or
	// manifests.extra; empty for the platform's. Below it stands resources,
	// but for namespaces, where it is requests.
	Path string

	// PerNode is true for a pod on each node that takes one: see Nodes.
	PerNode  bool
	Replicas Scale
	Update   Update
	Budgets  []Budget // that select the pods, by name

	// Spec is what the scheduler sees of one pod, shared by all of them. Next is
	// the same after the workload was changed, for a rolling update: a
	// Deployment's pods then have another label pod-template-hash.
	Spec, Next *schedule.Spec

	// Pod is what Spec digested, injected sidecar included; do not change it.
	Pod *corev1.PodSpec

	// Requests and Limits are those of one pod, and Mesh the mesh's part of its
	// requests: all of it for Istio's own, the sidecar for others. A limit is
	// zero where a container has none, because then nothing bounds the pod.
	Requests, Limits, Mesh hardware.Amount

	// Others are what one pod asks for beside CPU and memory: devices, and bytes
	// of huge pages and ephemeral storage.
	Others map[corev1.ResourceName]int64

	// Envoy says whether a container of the pod is Envoy: a gateway, a waypoint,
	// or a sidecar; Sidecar says that it is a sidecar.
	Envoy   bool
	Sidecar bool

	Containers []Container

	// Origin is what made the object; Source says where a platform's pods are
	// written down.
	Origin object.Origin
	Source string

	// Serves is the Service, or the Gateway that istiod makes one for, whose ports
	// ServiceLB's pods take; empty for all other pods and for a platform's own.
	Serves object.ID

	// Volumes are what the pod's claims ask of the scheduler, as far as the objects
	// say.
	Volumes schedule.Volumes

	labels    map[string]string // the template's
	templates []corev1.PersistentVolumeClaim
}

// Scale is how many pods run.
type Scale struct{ Min, Max int }

// Container is one container of a pod, after injection.
type Container struct {
	Name     string
	Init     bool // runs before the others; a native sidecar keeps running
	Sidecar  bool // injected
	Requests hardware.Amount
	Limits   hardware.Amount // zero for none
}

// Update is how the pods are replaced when the workload changes.
type Update struct {
	Recreate bool // all go before the first comes
	OnDelete bool // nothing is replaced by itself

	// Surge is how many pods more than wanted there may be, and Unavailable how
	// many fewer; numbers or percentages.
	Surge, Unavailable intstr.IntOrString
}

// For returns the surge and the unavailable pods of n, as the controllers round:
// surge up; unavailable down for a Deployment, and never both zero.
func (u Update) For(kind string, n int) (surge, unavailable int) {
	surge, _ = intstr.GetScaledValueFromIntOrPercent(&u.Surge, n, true)
	unavailable, _ = intstr.GetScaledValueFromIntOrPercent(&u.Unavailable, n, kind == "DaemonSet")
	if surge == 0 && unavailable == 0 {
		unavailable = 1
	}
	return surge, unavailable
}

// Updated is the scenario in which a workload's pods, which are there, are replaced
// by as many new ones, as its controller does it.
func (w Workload) Updated(rest *schedule.Scenario, old, coming []*schedule.Pod) *schedule.Scenario {
	if w.Update.Recreate {
		return rest.Remove(old...).Add(coming...)
	}
	surge, unavailable := w.Update.For(w.Kind, len(old))
	return rest.Roll(schedule.Roll{Old: old, New: coming, Surge: surge, Unavailable: unavailable})
}

// Budget is a PodDisruptionBudget.
type Budget struct {
	Name           string
	MinAvailable   *intstr.IntOrString
	MaxUnavailable *intstr.IntOrString
	Origin         object.Origin
}

// Allows is how many of n healthy pods may be evicted, as the disruption
// controller counts: percentages are rounded up
// (pkg/controller/disruption/disruption.go).
func (b Budget) Allows(n int) int {
	if b.MaxUnavailable != nil {
		v, err := intstr.GetScaledValueFromIntOrPercent(b.MaxUnavailable, n, true)
		if err != nil {
			return 0
		}
		return max(0, min(v, n))
	}
	if b.MinAvailable != nil {
		v, err := intstr.GetScaledValueFromIntOrPercent(b.MinAvailable, n, true)
		if err != nil {
			return 0
		}
		return max(0, n-v)
	}
	return n
}

// Nodes returns on which nodes of a cluster a workload has a pod of its own, as
// indexes; nil for one that has not.
func (w Workload) Nodes(c *schedule.Cluster) ([]int, error) {
	if !w.PerNode {
		return nil, nil
	}
	return c.DaemonNodes(lasting(w.Pod))
}

// WithRequests returns the workload with other requests of what Path speaks of:
// of the pod's own container that asks for most, its sidecar left out. Limits
// below the requests are raised to them. An amount below zero stays as it is.
func (w Workload) WithRequests(a hardware.Amount) (Workload, error) {
	pod := w.Pod.DeepCopy()
	for _, c := range w.own(pod) {
		set(&c.Resources, corev1.ResourceCPU, resource.NewMilliQuantity(a.CPU, resource.DecimalSI))
		set(&c.Resources, corev1.ResourceMemory, resource.NewQuantity(a.Memory, resource.BinarySI))
	}
	w.Pod, w.Containers = pod, nil
	err := w.digest()
	return w, err
}

// set sets a request, and its limit where that is lower.
func set(r *corev1.ResourceRequirements, name corev1.ResourceName, q *resource.Quantity) {
	if q.Sign() < 0 {
		return
	}
	if r.Requests == nil {
		r.Requests = corev1.ResourceList{}
	}
	r.Requests[name] = *q
	if limit, ok := r.Limits[name]; ok && limit.Cmp(*q) < 0 {
		r.Limits[name] = *q
	}
}

// own returns the containers of a pod whose resources Path speaks of.
func (w Workload) own(pod *corev1.PodSpec) []*corev1.Container {
	var list []*corev1.Container
	for i := range pod.Containers {
		c := &pod.Containers[i]
		if !w.Sidecar || c.Name != proxyContainer {
			list = append(list, c)
		}
	}
	if len(list) > 1 { // the one that asks for most memory; the first of equals
		list = []*corev1.Container{slices.MaxFunc(list, func(a, b *corev1.Container) int {
			return a.Resources.Requests.Memory().Cmp(*b.Resources.Requests.Memory())
		})}
	}
	return list
}

// WithSidecar returns the workload with other requests of its injected sidecar,
// the containers that set it up included.
func (w Workload) WithSidecar(a hardware.Amount) (Workload, error) {
	pod := w.Pod.DeepCopy()
	for _, list := range [][]corev1.Container{pod.InitContainers, pod.Containers} {
		for i := range list {
			if w.Sidecar && slices.Contains(injected, list[i].Name) {
				set(&list[i].Resources, corev1.ResourceCPU, resource.NewMilliQuantity(a.CPU, resource.DecimalSI))
				set(&list[i].Resources, corev1.ResourceMemory, resource.NewQuantity(a.Memory, resource.BinarySI))
			}
		}
	}
	w.Pod, w.Containers = pod, nil
	err := w.digest()
	return w, err
}

// String names the workload for people: kind/name in namespace.
func (w Workload) String() string {
	return object.ID{Kind: w.Kind, Namespace: w.Namespace, Name: w.Name}.String()
}

// digest fills in what follows from the pod.
func (w *Workload) digest() error {
	for _, c := range []struct {
		list []corev1.Container
		init bool
	}{{w.Pod.InitContainers, true}, {w.Pod.Containers, false}} {
		for _, c2 := range c.list {
			w.Containers = append(w.Containers, Container{
				Name: c2.Name, Init: c.init, Sidecar: w.Sidecar && slices.Contains(injected, c2.Name),
				Requests: hardware.FromList(c2.Resources.Requests), Limits: hardware.FromList(c2.Resources.Limits),
			})
		}
	}
	pod := &corev1.Pod{Spec: *w.Pod}
	requests := resourcehelper.PodRequests(pod, resourcehelper.PodResourcesOptions{})
	w.Requests, w.Others = hardware.FromList(requests), nil
	for name, q := range requests {
		if name != corev1.ResourceCPU && name != corev1.ResourceMemory && q.Sign() > 0 {
			if w.Others == nil {
				w.Others = map[corev1.ResourceName]int64{}
			}
			w.Others[name] = q.Value()
		}
	}
	w.Limits = limits(w.Pod)
	switch {
	case w.Role.IsMesh():
		w.Mesh = w.Requests
	case w.Sidecar:
		w.Mesh = w.Requests.Sub(hardware.FromList(resourcehelper.PodRequests(&corev1.Pod{Spec: *without(w.Pod)}, resourcehelper.PodResourcesOptions{})))
	}
	var err error
	if w.Spec, err = w.spec("1"); err != nil {
		return fmt.Errorf("%s: %w", w, err)
	}
	w.Next = w.Spec
	if w.Kind == "Deployment" {
		w.Next, err = w.spec("2")
	}
	return err
}

// hashLabel tells the pods of a Deployment's ReplicaSets apart.
const hashLabel = "pod-template-hash"

// spec digests the pod for the scheduler. The hash is that of the template.
func (w *Workload) spec(hash string) (*schedule.Spec, error) {
	pod := lasting(w.Pod)
	if w.PerNode {
		s, err := schedule.DaemonSpec(w.Namespace, w.labels, pod)
		if err != nil {
			return nil, err
		}
		return s.WithVolumes(w.Volumes)
	}
	labels := make(map[string]string, len(w.labels)+1)
	for key, value := range w.labels {
		labels[key] = value
	}
	owner := w.Kind + "/" + w.Name
	if w.Kind == "Deployment" {
		labels[hashLabel] = hash
		owner += "-" + hash
	}
	s, err := schedule.NewSpec(w.Namespace, labels, pod)
	if err == nil {
		s, err = s.WithVolumes(w.Volumes)
	}
	if err != nil || w.Kind == "Pod" {
		return s, err
	}
	return s.OwnedBy(owner), nil
}

// lasting is a pod without the tolerations that end after some seconds: the scheduler
// puts it onto a node with such a taint, and it is thrown out, made anew, and put
// there again. Nobody means that by running.
func lasting(pod *corev1.PodSpec) *corev1.PodSpec {
	ends := func(t corev1.Toleration) bool { return t.TolerationSeconds != nil }
	if !slices.ContainsFunc(pod.Tolerations, ends) {
		return pod
	}
	kept := *pod
	kept.Tolerations = slices.DeleteFunc(slices.Clone(pod.Tolerations), ends)
	return &kept
}

// limits returns the limits of a pod; zero where a container has none.
func limits(pod *corev1.PodSpec) hardware.Amount {
	a := hardware.FromList(resourcehelper.PodLimits(&corev1.Pod{Spec: *pod}, resourcehelper.PodResourcesOptions{}))
	bounded := func(name corev1.ResourceName) bool {
		if pod.Resources != nil {
			if _, ok := pod.Resources.Limits[name]; ok {
				return true
			}
		}
		return !slices.ContainsFunc(pod.Containers, func(c corev1.Container) bool {
			_, ok := c.Resources.Limits[name]
			return !ok
		})
	}
	if !bounded(corev1.ResourceCPU) {
		a.CPU = 0
	}
	if !bounded(corev1.ResourceMemory) {
		a.Memory = 0
	}
	return a
}
