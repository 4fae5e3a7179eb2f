package workload

import (
	"encoding/json"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// Containers that the injector adds.
const (
	proxyContainer      = "istio-proxy"
	initContainer       = "istio-init"
	validationContainer = "istio-validation"
)

var injected = []string{proxyContainer, initContainer, validationContainer}

// injector is what decides which pods get a sidecar, and what it asks for.
type injector struct {
	webhooks []webhook
	values   injectorValues
	config   injectorConfig
	native   bool // the sidecar is an init container that keeps running
}

// webhook is one webhook of istiod's that injects.
type webhook struct {
	namespaces, pods labels.Selector
}

// injectorValues are the chart's values that the injector's templates read.
type injectorValues struct {
	Global struct {
		Proxy struct {
			Resources corev1.ResourceRequirements `json:"resources"`
		} `json:"proxy"`
		Waypoint struct {
			Resources                 corev1.ResourceRequirements       `json:"resources"`
			Affinity                  *corev1.Affinity                  `json:"affinity"`
			NodeSelector              map[string]string                 `json:"nodeSelector"`
			Tolerations               []corev1.Toleration               `json:"tolerations"`
			TopologySpreadConstraints []corev1.TopologySpreadConstraint `json:"topologySpreadConstraints"`
		} `json:"waypoint"`
	} `json:"global"`
	Pilot struct {
		CNI struct {
			Enabled bool `json:"enabled"`
		} `json:"cni"`
	} `json:"pilot"`
}

// injectorConfig is the part of the injector's configuration that decides
// whether a pod is injected.
type injectorConfig struct {
	Policy               string                 `json:"policy"`
	AlwaysInjectSelector []metav1.LabelSelector `json:"alwaysInjectSelector"`
	NeverInjectSelector  []metav1.LabelSelector `json:"neverInjectSelector"`
}

// readInjector reads the rendered ConfigMap of the injector, the webhooks that
// call it, and istiod's environment.
func (c *cluster) readInjector(objects []object.Object) injector {
	var in injector
	suffix := ""
	if r := c.mesh.Istio.Revision; r != "" {
		suffix = "-" + r
	}
	if o, ok := c.configs[name{model.RootNamespace, "istio-sidecar-injector" + suffix}]; ok {
		if err := json.Unmarshal([]byte(object.String(o.Value, "data", "values")), &in.values); err != nil {
			c.problems = append(c.problems, Problem{o, err})
		}
		in.config = readConfig(object.String(o.Value, "data", "config"))
	}
	mode := "auto" // pilot/pkg/features, ENABLE_NATIVE_SIDECARS
	for _, o := range objects {
		switch o.Kind() {
		case "MutatingWebhookConfiguration":
			in.webhooks = append(in.webhooks, readWebhooks(o)...)
		case "Deployment":
			if o.Origin.Chart == "istiod" {
				mode = environment(o, "ENABLE_NATIVE_SIDECARS", mode)
			}
		}
	}
	switch mode {
	case "true":
		in.native = true
	case "auto": // every kubelet at 1.33 or later (pkg/kube/inject, DetectNativeSidecar)
		in.native = c.mesh.Cluster.Kubernetes >= 33
	}
	return in
}

// readConfig reads the head of the injector's configuration: what follows
// templates is long, and not looked at.
func readConfig(text string) injectorConfig {
	config := injectorConfig{Policy: "enabled"}
	head, _, _ := strings.Cut(text, "\ntemplates:")
	docs, err := object.Parse([]byte(strings.ReplaceAll(head, `"{{ Template_Version_And_Istio_Version_Mismatched_Check_Installation }}"`, `""`)))
	if err != nil || len(docs) == 0 {
		return config
	}
	if decode(docs[0], &config) != nil {
		return injectorConfig{Policy: "enabled"}
	}
	return config
}

// readWebhooks returns the webhooks of a configuration that inject sidecars. A
// selector that cannot be read selects nothing.
func readWebhooks(o object.Object) []webhook {
	var configuration struct {
		Webhooks []struct {
			Name              string                `json:"name"`
			NamespaceSelector *metav1.LabelSelector `json:"namespaceSelector"`
			ObjectSelector    *metav1.LabelSelector `json:"objectSelector"`
		} `json:"webhooks"`
	}
	if decode(o.Value, &configuration) != nil {
		return nil
	}
	var list []webhook
	for _, w := range configuration.Webhooks {
		if !strings.HasSuffix(w.Name, "sidecar-injector.istio.io") {
			continue
		}
		namespaces, err1 := selector(w.NamespaceSelector)
		pods, err2 := selector(w.ObjectSelector)
		if err1 == nil && err2 == nil {
			list = append(list, webhook{namespaces, pods})
		}
	}
	return list
}

// selector reads a webhook's selector; none selects everything.
func selector(s *metav1.LabelSelector) (labels.Selector, error) {
	if s == nil {
		return labels.Everything(), nil
	}
	return metav1.LabelSelectorAsSelector(s)
}

// environment returns a variable of a Deployment's first container.
func environment(o object.Object, variable, otherwise string) string {
	for _, c := range object.List(o.Value, "spec", "template", "spec", "containers") {
		container, _ := c.(map[string]any)
		for _, e := range object.List(container, "env") {
			entry, _ := e.(map[string]any)
			if value, ok := entry["value"].(string); ok && entry["name"] == variable {
				return value
			}
		}
	}
	return otherwise
}

// ignored are the namespaces that the injector leaves alone
// (pkg/kube/inject/initializer.go).
var ignored = []string{"kube-system", "kube-public", "kube-node-lease", "local-path-storage"}

// inject adds the sidecar to a workload's pods, where istiod would: a webhook
// selects the pod, and injectRequired (pkg/kube/inject/inject.go) agrees. Pods of
// the gateway chart name another template, which only completes the container
// that they have.
func (c *cluster) inject(w *Workload, annotations map[string]string) {
	if !c.injects(w, annotations) {
		return
	}
	if templates, ok := annotations["inject.istio.io/templates"]; ok && !slices.Contains(strings.Split(templates, ","), "sidecar") {
		w.Envoy = w.Envoy || strings.Contains(templates, "gateway")
		return
	}
	w.Envoy, w.Sidecar = true, true
	resources := c.sidecar(annotations)
	setup := corev1.Container{Name: initContainer, Resources: resources}
	if c.injector.values.Pilot.CNI.Enabled {
		setup.Name = validationContainer
	}
	proxy := corev1.Container{Name: proxyContainer, Resources: resources}
	pod := w.Pod
	// What the person's own container of the name asks for wins over the template's.
	own := slices.IndexFunc(pod.Containers, func(c corev1.Container) bool { return c.Name == proxyContainer })
	if own >= 0 {
		proxy = pod.Containers[own]
		if proxy.Resources.Requests == nil && proxy.Resources.Limits == nil {
			proxy.Resources = resources
		}
		pod.Containers = slices.Delete(slices.Clone(pod.Containers), own, own+1)
	}
	native := c.injector.native
	if asked, ok := annotations["sidecar.istio.io/nativeSidecar"]; ok {
		native = asked != "false"
	}
	captures := annotations["sidecar.istio.io/interceptionMode"] != "NONE"
	var first []corev1.Container
	if captures {
		first = append(first, setup)
	}
	if native { // setup, proxy, the pod's own (webhook.go, reorderPod)
		always := corev1.ContainerRestartPolicyAlways
		proxy.RestartPolicy = &always
		pod.InitContainers = slices.Concat(first, []corev1.Container{proxy}, pod.InitContainers)
		return
	}
	pod.InitContainers = slices.Concat(first, pod.InitContainers)
	pod.Containers = append(slices.Clone(pod.Containers), proxy)
}

// injects says whether istiod adds something to a workload's pods.
func (c *cluster) injects(w *Workload, annotations map[string]string) bool {
	if w.Pod.HostNetwork || slices.Contains(ignored, w.Namespace) {
		return false
	}
	namespace := labels.Set{corev1.LabelMetadataName: w.Namespace}
	for key, value := range c.namespaces[w.Namespace] {
		namespace[key] = value
	}
	if !slices.ContainsFunc(c.injector.webhooks, func(h webhook) bool {
		return h.namespaces.Matches(namespace) && h.pods.Matches(labels.Set(w.labels))
	}) {
		return false
	}
	asked := annotations["sidecar.istio.io/inject"]
	if label, ok := w.labels["sidecar.istio.io/inject"]; ok {
		asked = label
	}
	switch {
	case asked == "true":
		return true
	case asked == "false" || selected(c.injector.config.NeverInjectSelector, w.labels):
		return false
	case selected(c.injector.config.AlwaysInjectSelector, w.labels):
		return true
	}
	return c.injector.config.Policy == "enabled"
}

func selected(selectors []metav1.LabelSelector, pod map[string]string) bool {
	return slices.ContainsFunc(selectors, func(s metav1.LabelSelector) bool {
		selector, err := metav1.LabelSelectorAsSelector(&s)
		return err == nil && !selector.Empty() && selector.Matches(labels.Set(pod))
	})
}

// sidecar is what a sidecar asks for: the chart's values, or the annotations of
// the pod, all of them (files/injection-template.yaml, "resources").
func (c *cluster) sidecar(annotations map[string]string) corev1.ResourceRequirements {
	own := corev1.ResourceRequirements{}
	found := false
	for _, a := range []struct {
		annotation string
		list       *corev1.ResourceList
		name       corev1.ResourceName
	}{
		{"sidecar.istio.io/proxyCPU", &own.Requests, corev1.ResourceCPU},
		{"sidecar.istio.io/proxyMemory", &own.Requests, corev1.ResourceMemory},
		{"sidecar.istio.io/proxyCPULimit", &own.Limits, corev1.ResourceCPU},
		{"sidecar.istio.io/proxyMemoryLimit", &own.Limits, corev1.ResourceMemory},
	} {
		text, ok := annotations[a.annotation]
		if !ok {
			continue
		}
		found = true
		q, err := resource.ParseQuantity(text)
		if err != nil {
			continue
		}
		if *a.list == nil {
			*a.list = corev1.ResourceList{}
		}
		(*a.list)[a.name] = q
	}
	if found {
		return own
	}
	return *c.injector.values.Global.Proxy.Resources.DeepCopy()
}

// without returns a pod without what was injected.
func without(pod *corev1.PodSpec) *corev1.PodSpec {
	out := *pod
	isInjected := func(c corev1.Container) bool { return slices.Contains(injected, c.Name) }
	out.Containers = slices.DeleteFunc(slices.Clone(pod.Containers), isInjected)
	out.InitContainers = slices.DeleteFunc(slices.Clone(pod.InitContainers), isInjected)
	return &out
}
