package workload

import (
	"cmp"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// Problem is an object that cannot be read as its kind, and so is not counted.
type Problem struct {
	Object object.Object
	Err    error
}

// runtimeClass is what a RuntimeClass gives to pods that name it.
type runtimeClass struct {
	Overhead struct {
		PodFixed corev1.ResourceList `json:"podFixed"`
	} `json:"overhead"`
	Scheduling struct {
		NodeSelector map[string]string   `json:"nodeSelector"`
		Tolerations  []corev1.Toleration `json:"tolerations"`
	} `json:"scheduling"`
}

// apply completes a pod as admission does (plugin/pkg/admission/runtimeclass). A
// label that the pod wants with another value is a conflict that the API server
// refuses; the pod's own stays.
func (r runtimeClass) apply(pod *corev1.PodSpec) {
	if pod.Overhead == nil {
		pod.Overhead = r.Overhead.PodFixed
	}
	if len(r.Scheduling.NodeSelector) > 0 {
		selector := maps.Clone(r.Scheduling.NodeSelector)
		maps.Copy(selector, pod.NodeSelector)
		pod.NodeSelector = selector
	}
	pod.Tolerations = slices.Concat(pod.Tolerations, r.Scheduling.Tolerations)
}

// name is a namespaced name.
type name struct{ namespace, name string }

// cluster is what the objects say together.
type cluster struct {
	mesh       model.Mesh
	namespaces map[string]map[string]string // labels
	priorities map[string]schedulingv1.PriorityClass
	standard   *schedulingv1.PriorityClass // the one that pods get by themselves
	scales     map[string]map[name]Scale   // autoscalers, by the kind of their target
	budgets    map[string][]budget         // by namespace
	configs    map[name]object.Object      // ConfigMaps
	classes    map[string]string           // GatewayClass to controller
	overlays   map[string]map[string]any   // ConfigMap data that shape the Gateways of a class
	runtimes   map[string]runtimeClass
	ranges     map[string][]corev1.LimitRangeItem // for containers, by namespace
	storage    storage
	injector   injector

	found    []Workload
	problems []Problem
}

// budget is a PodDisruptionBudget and whom it selects.
type budget struct {
	Budget
	selects labels.Selector
}

// read indexes the objects that others refer to.
func read(m model.Mesh, objects []object.Object) *cluster {
	c := &cluster{
		mesh: m, namespaces: map[string]map[string]string{}, priorities: map[string]schedulingv1.PriorityClass{},
		scales: map[string]map[name]Scale{}, budgets: map[string][]budget{}, configs: map[name]object.Object{},
		classes: builtinClasses(), overlays: map[string]map[string]any{}, runtimes: map[string]runtimeClass{},
		ranges: map[string][]corev1.LimitRangeItem{},
	}
	c.storage.local = (m.Cluster.Platform == "k3s" || m.Cluster.Platform == "k3d") && !slices.Contains(m.Cluster.Disabled, "local-storage")
	for _, o := range objects {
		c.storage.read(c, o)
		switch o.Kind() {
		case "Namespace":
			c.namespaces[o.Name()] = stringMap(o.Labels())
		case "PriorityClass":
			var class schedulingv1.PriorityClass
			if c.decode(o, &class) {
				c.priorities[class.Name] = class
				if class.GlobalDefault {
					c.standard = &class
				}
			}
		case "HorizontalPodAutoscaler":
			c.autoscaler(o)
		case "PodDisruptionBudget":
			c.budget(o)
		case "ConfigMap":
			c.configs[name{o.Namespace(), o.Name()}] = o
			if class, ok := o.Labels()["gateway.istio.io/defaults-for-class"].(string); ok && o.Namespace() == model.RootNamespace {
				c.overlays[class] = object.Map(o.Value, "data")
			}
		case "GatewayClass":
			c.classes[o.Name()] = object.String(o.Value, "spec", "controllerName")
		case "LimitRange":
			var limits corev1.LimitRange
			if !c.decode(o, &limits) {
				continue
			}
			for _, item := range limits.Spec.Limits {
				if item.Type == corev1.LimitTypeContainer {
					c.ranges[o.Namespace()] = append(c.ranges[o.Namespace()], item)
				}
			}
		case "RuntimeClass":
			var class runtimeClass
			if c.decode(o, &class) {
				c.runtimes[o.Name()] = class
			}
		}
	}
	for _, list := range c.budgets {
		slices.SortFunc(list, func(a, b budget) int { return cmp.Compare(a.Name, b.Name) })
	}
	c.injector = c.readInjector(objects)
	return c
}

// decode reads an object as its kind, and says whether it could be read.
func (c *cluster) decode(o object.Object, into any) bool {
	err := decode(o.Value, into)
	if err != nil {
		c.problems = append(c.problems, Problem{o, err})
	}
	return err == nil
}

// decode reads a value as JSON would hold it into a struct, each field of which
// has its JSON name in a tag.
func decode(value map[string]any, into any) error {
	return runtime.DefaultUnstructuredConverter.FromUnstructured(value, into)
}

// autoscaler remembers how far a workload scales. Whatever the metric, the
// replicas stay between the two bounds.
func (c *cluster) autoscaler(o object.Object) {
	var hpa struct {
		Spec struct {
			ScaleTargetRef struct {
				Kind string `json:"kind"`
				Name string `json:"name"`
			} `json:"scaleTargetRef"`
			MinReplicas *int32 `json:"minReplicas"`
			MaxReplicas int32  `json:"maxReplicas"`
		} `json:"spec"`
	}
	if !c.decode(o, &hpa) {
		return
	}
	least := 1
	if hpa.Spec.MinReplicas != nil {
		least = max(0, int(*hpa.Spec.MinReplicas))
	}
	target := hpa.Spec.ScaleTargetRef
	if c.scales[target.Kind] == nil {
		c.scales[target.Kind] = map[name]Scale{}
	}
	c.scales[target.Kind][name{o.Namespace(), target.Name}] = Scale{Min: least, Max: max(least, int(hpa.Spec.MaxReplicas))}
}

func (c *cluster) budget(o object.Object) {
	var pdb struct {
		Spec struct {
			MinAvailable   *intstr.IntOrString   `json:"minAvailable"`
			MaxUnavailable *intstr.IntOrString   `json:"maxUnavailable"`
			Selector       *metav1.LabelSelector `json:"selector"`
		} `json:"spec"`
	}
	if !c.decode(o, &pdb) {
		return
	}
	selector, err := metav1.LabelSelectorAsSelector(pdb.Spec.Selector)
	if err != nil {
		c.problems = append(c.problems, Problem{o, err})
		return
	}
	b := Budget{Name: o.Name(), MinAvailable: pdb.Spec.MinAvailable, MaxUnavailable: pdb.Spec.MaxUnavailable, Origin: o.Origin}
	c.budgets[o.Namespace()] = append(c.budgets[o.Namespace()], budget{b, selector})
}

// finish completes a pod of a namespace as the API server would: what a class of
// priority or of runtime stands for, requests that follow from limits, and what
// a LimitRange gives containers that say nothing. The last applies to injected
// containers too: admission looks again after a webhook changed a pod.
func (c *cluster) finish(namespace string, pod *corev1.PodSpec) {
	if class, ok := c.priorities[pod.PriorityClassName]; ok {
		pod.Priority, pod.PreemptionPolicy = &class.Value, class.PreemptionPolicy
	} else if pod.PriorityClassName == "" && c.standard != nil {
		pod.Priority, pod.PreemptionPolicy = &c.standard.Value, c.standard.PreemptionPolicy
	}
	if pod.RuntimeClassName != nil {
		c.runtimes[*pod.RuntimeClassName].apply(pod)
	}
	whole(pod)
	for _, list := range []*[]corev1.Container{&pod.InitContainers, &pod.Containers} {
		*list = slices.Clone(*list)
		for i := range *list {
			r := &(*list)[i].Resources
			r.Requests = under(r.Requests, r.Limits)
			for _, item := range c.ranges[namespace] {
				r.Limits = under(r.Limits, item.Default)
				r.Requests = under(under(r.Requests, item.DefaultRequest), item.Default)
			}
		}
	}
}

// whole gives a pod that has limits as a whole the requests that follow from them,
// of what neither it nor a container of it asks for (setDefaultResources in
// pkg/apis/core/v1/defaults.go).
func whole(pod *corev1.PodSpec) {
	if pod.Resources == nil {
		return
	}
	limits := pod.Resources.Limits.DeepCopy()
	for _, c := range slices.Concat(pod.InitContainers, pod.Containers) {
		for _, list := range []corev1.ResourceList{c.Resources.Requests, c.Resources.Limits} {
			for name := range list {
				delete(limits, name)
			}
		}
	}
	all := *pod.Resources
	all.Requests = under(all.Requests, limits)
	pod.Resources = &all
}

// under returns a list with what another has and it has not.
func under(list, below corev1.ResourceList) corev1.ResourceList {
	var out corev1.ResourceList
	for key, value := range below {
		if _, ok := list[key]; ok {
			continue
		}
		if out == nil {
			if out = list.DeepCopy(); out == nil {
				out = corev1.ResourceList{}
			}
		}
		out[key] = value
	}
	if out == nil {
		return list
	}
	return out
}

// add completes a workload and keeps it.
func (c *cluster) add(w Workload, o object.Object) {
	c.finish(w.Namespace, w.Pod)
	w.Volumes = c.storage.of(w.Namespace, w.Pod, w.templates)
	for _, b := range c.budgets[w.Namespace] {
		if b.selects.Matches(labels.Set(w.labels)) {
			w.Budgets = append(w.Budgets, b.Budget)
		}
	}
	if err := w.digest(); err != nil {
		c.problems = append(c.problems, Problem{o, err})
		return
	}
	c.found = append(c.found, w)
}

func stringMap(m map[string]any) map[string]string {
	out := make(map[string]string, len(m))
	for key, value := range m {
		if text, ok := value.(string); ok {
			out[key] = text
		}
	}
	return out
}
