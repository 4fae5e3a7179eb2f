package workload

import (
	"cmp"
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

// name is a namespaced name.
type name struct{ namespace, name string }

// cluster is what the objects say together.
type cluster struct {
	mesh       model.Mesh
	namespaces map[string]map[string]string // labels
	priorities map[string]schedulingv1.PriorityClass
	standard   *schedulingv1.PriorityClass    // the one that pods get by themselves
	scales     map[string]map[name]Scale      // autoscalers, by the kind of their target
	budgets    map[string][]budget            // by namespace
	configs    map[name]object.Object         // ConfigMaps
	classes    map[string]string              // GatewayClass to controller
	overlays   map[string]map[string]any      // ConfigMap data that shape the Gateways of a class
	overhead   map[string]corev1.ResourceList // of RuntimeClasses
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
		classes: builtinClasses(), overlays: map[string]map[string]any{}, overhead: map[string]corev1.ResourceList{},
	}
	for _, o := range objects {
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
		case "RuntimeClass":
			var class struct {
				Overhead struct {
					PodFixed corev1.ResourceList `json:"podFixed"`
				} `json:"overhead"`
			}
			if c.decode(o, &class) {
				c.overhead[o.Name()] = class.Overhead.PodFixed
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
	scale := Scale{Min: 1, Max: int(hpa.Spec.MaxReplicas)}
	if hpa.Spec.MinReplicas != nil {
		scale.Min = int(*hpa.Spec.MinReplicas)
	}
	target := hpa.Spec.ScaleTargetRef
	if c.scales[target.Kind] == nil {
		c.scales[target.Kind] = map[name]Scale{}
	}
	c.scales[target.Kind][name{o.Namespace(), target.Name}] = Scale{Min: scale.Min, Max: max(scale.Min, scale.Max)}
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

// finish completes a pod as the API server would: what a class of priority or of
// runtime stands for, and requests that follow from limits.
func (c *cluster) finish(pod *corev1.PodSpec) {
	if class, ok := c.priorities[pod.PriorityClassName]; ok {
		pod.Priority, pod.PreemptionPolicy = &class.Value, class.PreemptionPolicy
	} else if pod.PriorityClassName == "" && c.standard != nil {
		pod.Priority, pod.PreemptionPolicy = &c.standard.Value, c.standard.PreemptionPolicy
	}
	if pod.RuntimeClassName != nil && pod.Overhead == nil {
		pod.Overhead = c.overhead[*pod.RuntimeClassName]
	}
	for _, list := range [][]corev1.Container{pod.InitContainers, pod.Containers} {
		for i := range list {
			resources := &list[i].Resources
			for key, limit := range resources.Limits {
				if _, ok := resources.Requests[key]; ok {
					continue
				}
				requests := resources.Requests.DeepCopy()
				if requests == nil {
					requests = corev1.ResourceList{}
				}
				requests[key] = limit
				resources.Requests = requests
			}
		}
	}
}

// add completes a workload and keeps it.
func (c *cluster) add(w Workload, o object.Object) {
	c.finish(w.Pod)
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
