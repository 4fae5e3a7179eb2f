package mean

import (
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/yaml"
)

// enablement is one of the selectors by which istio-cni tells which pods are ambient.
type enablement struct {
	PodSelector, NamespaceSelector metav1.LabelSelector
}

// takes says whether a pod in a namespace is meant.
func (e enablement) takes(s *stand, namespace *corev1.Namespace, pod *corev1.Pod) bool {
	s.Helper()
	for _, x := range []struct {
		selector metav1.LabelSelector
		of       map[string]string
	}{{e.PodSelector, pod.Labels}, {e.NamespaceSelector, namespace.Labels}} {
		selector, err := metav1.LabelSelectorAsSelector(&x.selector)
		if err != nil {
			s.Fatal(err)
		}
		if !selector.Matches(labels.Set(x.of)) {
			return false
		}
	}
	return true
}

// redirect plays istio-cni, which notes on a pod that its traffic is led to
// ztunnel: one that the agent's own configuration is for, that has no sidecar,
// and a network of its own (cni/pkg/util, PodShouldBeEnrolled).
func (s *stand) redirect() {
	s.Helper()
	ctx := context.Background()
	config, err := s.API.CoreV1().ConfigMaps("istio-system").Get(ctx, "istio-cni-config", metav1.GetOptions{})
	if apierrors.IsNotFound(err) || err == nil && config.Data["AMBIENT_ENABLED"] != "true" {
		return // nobody plays it
	}
	if err != nil {
		s.Fatal(err)
	}
	var selectors []enablement
	if err := yaml.Unmarshal([]byte(config.Data["AMBIENT_ENABLEMENT_SELECTOR"]), &selectors); err != nil || len(selectors) == 0 {
		s.Fatalf("istio-cni's selectors: %v (%v)", selectors, err)
	}
	namespaces, err := s.API.CoreV1().Namespaces().List(ctx, metav1.ListOptions{})
	if err != nil {
		s.Fatal(err)
	}
	for i := range namespaces.Items {
		namespace := &namespaces.Items[i]
		pods, err := s.API.CoreV1().Pods(namespace.Name).List(ctx, metav1.ListOptions{})
		if err != nil {
			s.Fatal(err)
		}
		for j := range pods.Items {
			pod := &pods.Items[j]
			_, sidecar := pod.Annotations["sidecar.istio.io/status"]
			if sidecar || pod.Spec.HostNetwork || !slices.ContainsFunc(selectors, func(e enablement) bool { return e.takes(s, namespace, pod) }) {
				continue
			}
			if _, err := s.API.CoreV1().Pods(pod.Namespace).Patch(ctx, pod.Name, types.MergePatchType,
				[]byte(`{"metadata":{"annotations":{"ambient.istio.io/redirection":"enabled"}}}`), metav1.PatchOptions{}); err != nil {
				s.Fatal(err)
			}
		}
	}
}
