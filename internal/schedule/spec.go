package schedule

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	resourcehelper "k8s.io/component-helpers/resource"
	"k8s.io/component-helpers/scheduling/corev1/nodeaffinity"
)

// What a container that asks for nothing counts as when nodes are scored
// (pkg/scheduler/util/pod_resources.go). It counts as nothing when the scheduler
// asks whether a pod fits.
const (
	scoredCPU    = 100               // millicores
	scoredMemory = 200 * 1024 * 1024 // bytes
)

// Spec is what a pod asks of the scheduler, digested once and shared by its
// replicas. It does not change after it was made.
type Spec struct {
	namespace string
	labels    labels.Set
	owner     string // of the pods that the default spreading counts together
	key       string // equal for specs that the scheduler treats alike
	where     string // equal for specs that the same nodes suit, others apart

	cpu, memory            int64 // requests: millicores, bytes
	scoreCPU, scoreMemory  int64 // the same with the defaults for scores
	other                  []amount
	priority               int32
	never                  bool // preemptionPolicy: Never
	gated                  bool // scheduling gates: never looked at
	nodeName               string
	required               nodeaffinity.RequiredNodeAffinity
	selective              bool // required says something
	preferred              *nodeaffinity.PreferredSchedulingTerms
	tolerations            []corev1.Toleration
	ports                  []port
	affinity, anti         []*term
	preferNear, preferAway []weighted
	hard, soft             []spread
	spreads                bool // topologySpreadConstraints are given at all, so that none are by default
	volumes                []VolumeNodes
	shared                 []*term // pods that use a volume of one node with it
}

// amount is a request for a resource other than CPU and memory.
type amount struct {
	name  corev1.ResourceName
	value int64
}

// port is a port of the node that a pod takes.
type port struct {
	ip, protocol string
	number       int32
}

// conflicts says whether two ports of one node exclude each other.
func (p port) conflicts(other port) bool {
	return p.number == other.number && p.protocol == other.protocol &&
		(p.ip == other.ip || p.ip == anyAddress || other.ip == anyAddress)
}

const anyAddress = "0.0.0.0"

// term is a term of pod affinity or anti-affinity.
type term struct {
	key         string // equal for terms that say the same
	selected    string // the same without the topology
	namespaces  map[string]bool
	inNamespace labels.Selector
	selector    labels.Selector
	topology    string
}

// weighted is a preferred term.
type weighted struct {
	*term
	weight int64
}

// spread is a topology spread constraint.
type spread struct {
	topology       string
	selector       labels.Selector
	maxSkew        int64
	minDomains     int
	honourAffinity bool
	honourTaints   bool
}

// NewSpec digests a pod of the namespace with these labels. It applies what the
// API server would have: requests that follow from limits, host ports of pods in
// the host's network, label keys that extend a selector, the two priority classes
// that every cluster has. A priority class of another name has to be resolved
// into spec.Priority by the caller; without it the priority is 0. An error is a
// selector that Kubernetes would refuse.
func NewSpec(namespace string, podLabels map[string]string, spec *corev1.PodSpec) (*Spec, error) {
	spec = defaulted(spec)
	s := &Spec{
		namespace: namespace, labels: podLabels, nodeName: spec.NodeName,
		gated: len(spec.SchedulingGates) > 0, tolerations: spec.Tolerations,
		priority: priority(spec), never: spec.PreemptionPolicy != nil && *spec.PreemptionPolicy == corev1.PreemptNever,
		required: nodeaffinity.GetRequiredNodeAffinity(&corev1.Pod{Spec: *spec}),
		ports:    hostPorts(spec),
		spreads:  len(spec.TopologySpreadConstraints) > 0,
	}
	s.requests(spec)
	if err := s.affinities(spec.Affinity); err != nil {
		return nil, err
	}
	s.selective = len(spec.NodeSelector) > 0 || spec.Affinity != nil && spec.Affinity.NodeAffinity != nil &&
		spec.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution != nil
	if s.selective {
		if _, err := s.required.Match(&corev1.Node{}); err != nil {
			return nil, fmt.Errorf("node affinity: %w", err)
		}
	}
	if err := s.spreading(spec.TopologySpreadConstraints); err != nil {
		return nil, err
	}
	s.identify(spec)
	return s, nil
}

// OwnedBy returns the spec for pods of a controller: the scheduler spreads the
// pods of one ReplicaSet or StatefulSet over nodes and zones if they do not say
// how. The name is any that tells the controller from others of the namespace;
// the ReplicaSets before and after a rolling update are two.
func (s *Spec) OwnedBy(name string) *Spec {
	owned := *s
	owned.owner = name
	owned.key = s.key + "\x00" + name
	return &owned
}

// Requests are the requests of a pod in millicores and bytes.
func (s *Spec) Requests() (cpu, memory int64) { return s.cpu, s.memory }

// Priority is the pod's priority: the higher pushes the lower off a node.
func (s *Spec) Priority() int32 { return s.priority }

// requests adds up what the pod asks for, as the scheduler does.
func (s *Spec) requests(spec *corev1.PodSpec) {
	pod := &corev1.Pod{Spec: *spec}
	asked := resourcehelper.PodRequests(pod, resourcehelper.PodResourcesOptions{})
	s.cpu, s.memory = asked.Cpu().MilliValue(), asked.Memory().Value()
	for name, quantity := range asked {
		if name != corev1.ResourceCPU && name != corev1.ResourceMemory && !quantity.IsZero() {
			s.other = append(s.other, amount{name, quantity.Value()})
		}
	}
	slices.SortFunc(s.other, func(a, b amount) int { return strings.Compare(string(a.name), string(b.name)) })
	scored := resourcehelper.PodRequests(pod, resourcehelper.PodResourcesOptions{
		NonMissingContainerRequests: corev1.ResourceList{
			corev1.ResourceCPU:    *resource.NewMilliQuantity(scoredCPU, resource.DecimalSI),
			corev1.ResourceMemory: *resource.NewQuantity(scoredMemory, resource.BinarySI),
		},
	})
	s.scoreCPU, s.scoreMemory = scored.Cpu().MilliValue(), scored.Memory().Value()
}

// identify makes the key by which equal specs are known.
func (s *Spec) identify(spec *corev1.PodSpec) {
	var required *corev1.NodeSelector
	var preferred []corev1.PreferredSchedulingTerm
	var near, away any
	if a := spec.Affinity; a != nil {
		if a.NodeAffinity != nil {
			required, preferred = a.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution, a.NodeAffinity.PreferredDuringSchedulingIgnoredDuringExecution
		}
		near, away = a.PodAffinity, a.PodAntiAffinity
	}
	// A struct of plain data always encodes.
	where, _ := json.Marshal([]any{s.gated, s.nodeName, spec.NodeSelector, required, preferred, spec.Tolerations})
	text, _ := json.Marshal([]any{
		s.namespace, s.labels, s.cpu, s.memory, s.scoreCPU, s.scoreMemory, fmt.Sprint(s.other), s.priority, s.never,
		near, away, fmt.Sprint(s.ports), spec.TopologySpreadConstraints,
	})
	s.where = string(where)
	s.key = string(text) + s.where
}

// selectorOf is a label selector as the scheduler reads it.
func selectorOf(s *metav1.LabelSelector, field string) (labels.Selector, error) {
	selector, err := metav1.LabelSelectorAsSelector(s)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", field, err)
	}
	return selector, nil
}
