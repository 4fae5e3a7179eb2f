package deliver

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/meshgen/meshgen/test/cluster/kube"
)

// stand is a cluster to which an engine delivers.
type stand struct {
	*testing.T
	*kube.Cluster
	tree     repository
	name     string // of the cluster, below rendered/
	root     *unstructured.Unstructured
	delivery []*unstructured.Unstructured // all of delivery/, root among them
	layers   []kube.Layer
	istiod   *kube.RunningIstiod
	balanced int

	waits func(layer string) string // says why the engine does not wait with a layer for the one before it, "" if it does; nil if it need not
}

// raise starts a cluster as it is before the mesh comes: with others' definitions
// and namespaces, but without what delivery/ brings, and for now without nodes.
func raise(t *testing.T, name string) *stand {
	t.Helper()
	s := &stand{T: t, Cluster: kube.Start(t, kube.Options{}), tree: newRepository(t), name: name}
	dir := s.tree.path("rendered/" + name)
	s.layers = kube.Layers(t, dir)
	s.delivery = kube.Kustomize(t, filepath.Join(dir, "delivery"))
	text, err := os.ReadFile(filepath.Join(dir, "delivery", "root.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	roots, err := kube.Parse(text)
	if err != nil || len(roots) != 1 {
		t.Fatalf("delivery/root.yaml holds %d objects: %v", len(roots), err)
	}
	s.root = roots[0]

	var definitions []*unstructured.Unstructured
	for _, o := range kube.Definitions(t) {
		group, _, _ := unstructured.NestedString(o.Object, "spec", "group")
		if group == "gateway.networking.k8s.io" || o.GetKind() != "CustomResourceDefinition" {
			continue // Gateway API's, if the cluster wants them, are delivered
		}
		definitions = append(definitions, o)
	}
	s.ApplyAll(t, "others", definitions)
	made := map[string]bool{"": true, "default": true, "kube-system": true, "kube-public": true}
	for _, o := range s.objects() {
		if o.GetKind() == "Namespace" {
			made[o.GetName()] = true
		}
	}
	for _, o := range append(s.objects(), s.root) {
		if !made[o.GetNamespace()] {
			made[o.GetNamespace()] = true
			s.others(fmt.Sprintf("{apiVersion: v1, kind: Namespace, metadata: {name: %s}}", o.GetNamespace()))
		}
	}
	return s
}

// objects returns what is in the layers.
func (s *stand) objects() []*unstructured.Unstructured {
	var out []*unstructured.Unstructured
	for _, l := range s.layers {
		out = append(out, l.Objects...)
	}
	return out
}

// layer returns the objects of a layer by its name, such as 50-policy.
func (s *stand) layer(name string) []*unstructured.Unstructured {
	s.Helper()
	for _, l := range s.layers {
		if l.Name == name {
			return l.Objects
		}
	}
	s.Fatalf("%s has no layer %s", s.name, name)
	return nil
}

// others applies objects as somebody else than the engine.
func (s *stand) others(stream string) {
	s.Helper()
	objects, err := kube.Parse([]byte(stream))
	if err != nil {
		s.Fatal(err)
	}
	s.ApplyAll(s.T, "others", objects)
}

// nodes join when istiod's layer is there, which until then has no pod: an engine
// that waits begins no later layer for so long.
func (s *stand) nodes() {
	s.Helper()
	if s.waits != nil {
		time.Sleep(4 * time.Second) // the engine looks each second
		for _, l := range s.layers {
			if l.Name <= "20-control-plane" {
				continue
			}
			if why := s.waits(l.Name); why != "" {
				s.Errorf("%s is not held back while istiod has no pod: %s", l.Name, why)
			}
			for _, o := range l.Objects {
				if _, err := s.Get(context.Background(), o); err == nil {
					s.Errorf("%s is there, and istiod has no pod yet", kube.Describe(o))
				}
			}
		}
	}
	for _, zone := range []string{"a", "b", "c"} {
		node := kube.Node("node-"+zone, "64", "256Gi")
		node.Labels[corev1.LabelTopologyZone], node.Labels["node-role"] = zone, "system" // as the overlays have it
		s.AddNodes(s.T, node)
	}
}

// tend plays what is around the engine, and is called while the test waits for
// it: nodes join and istiod starts when all of its layer is there, every Service
// that wants a load balancer gets an address, and every Certificate is issued.
func (s *stand) tend() {
	s.Helper()
	ctx := context.Background()
	if s.istiod == nil && s.stands(s.layer("20-control-plane")) == "" {
		s.nodes()
		s.istiod = s.StartIstiod(s.T, "")
	}
	services, err := s.API.CoreV1().Services("").List(ctx, metav1.ListOptions{})
	if err != nil {
		s.Fatal(err)
	}
	for i := range services.Items {
		service := &services.Items[i]
		if service.Spec.Type != corev1.ServiceTypeLoadBalancer || len(service.Status.LoadBalancer.Ingress) > 0 {
			continue
		}
		s.balanced++
		service.Status.LoadBalancer.Ingress = []corev1.LoadBalancerIngress{{IP: fmt.Sprintf("192.0.2.%d", s.balanced)}}
		_, err := s.API.CoreV1().Services(service.Namespace).UpdateStatus(ctx, service, metav1.UpdateOptions{})
		if err != nil && !apierrors.IsConflict(err) && !apierrors.IsNotFound(err) {
			s.Fatal(err)
		}
	}
	certificates := schema.GroupVersionResource{Group: "cert-manager.io", Version: "v1", Resource: "certificates"}
	list, err := s.Dynamic.Resource(certificates).List(ctx, metav1.ListOptions{})
	if err != nil {
		s.Fatal(err)
	}
	for i := range list.Items {
		if condition(&list.Items[i], "Ready").status != "True" {
			s.merge(&list.Items[i], map[string]any{"status": map[string]any{"conditions": []any{map[string]any{
				"type": "Ready", "status": "True", "reason": "Ready", "message": "issued", "observedGeneration": list.Items[i].GetGeneration(),
				"lastTransitionTime": time.Now().UTC().Format(time.RFC3339),
			}}}}, "status")
		}
	}
}

// stands returns which of some objects is not there, or about to go; "" if all are.
func (s *stand) stands(objects []*unstructured.Unstructured) string {
	for _, o := range objects {
		live, err := s.Get(context.Background(), o)
		if err != nil {
			return kube.Describe(o) + ": " + err.Error()
		}
		if live.GetDeletionTimestamp() != nil {
			return kube.Describe(o) + " is being deleted"
		}
	}
	return ""
}

// gone returns which of some objects is still there; "" if none is.
func (s *stand) gone(objects []*unstructured.Unstructured) string {
	for _, o := range objects {
		if _, err := s.Get(context.Background(), o); err == nil {
			return kube.Describe(o) + " is still there"
		} else if !apierrors.IsNotFound(err) {
			return kube.Describe(o) + ": " + err.Error()
		}
	}
	return ""
}

// merge changes a live object, as somebody with kubectl would.
func (s *stand) merge(o *unstructured.Unstructured, change map[string]any, subresources ...string) *unstructured.Unstructured {
	s.Helper()
	text, err := json.Marshal(change)
	if err != nil {
		s.Fatal(err)
	}
	live, err := s.Merge(context.Background(), o, text, subresources...)
	if err != nil {
		s.Fatalf("%s: %v", kube.Describe(o), err)
	}
	return live
}

// annotate returns the change that sets an annotation.
func annotate(key, value string) map[string]any {
	return map[string]any{"metadata": map[string]any{"annotations": map[string]any{key: value}}}
}

// scaled waits until the autoscalers among some objects have had their first
// say: a Deployment without replicas of its own begins with one.
func (s *stand) scaled(objects []*unstructured.Unstructured, needs ...*kube.Process) {
	s.Helper()
	for _, o := range objects {
		if o.GetKind() != "HorizontalPodAutoscaler" {
			continue
		}
		least, found, _ := unstructured.NestedInt64(o.Object, "spec", "minReplicas")
		if !found {
			least = 1
		}
		target := &unstructured.Unstructured{}
		target.SetAPIVersion(reader(o, "spec", "scaleTargetRef", "apiVersion"))
		target.SetKind(reader(o, "spec", "scaleTargetRef", "kind"))
		target.SetName(reader(o, "spec", "scaleTargetRef", "name"))
		target.SetNamespace(o.GetNamespace())
		kube.Eventually(s.T, 2*time.Minute, kube.Describe(o)+" to scale", func() string {
			live, err := s.Get(context.Background(), target)
			if err != nil {
				return err.Error()
			}
			if have, _, _ := unstructured.NestedInt64(live.Object, "spec", "replicas"); have < least {
				return fmt.Sprintf("%s has %d replicas, not %d", kube.Describe(target), have, least)
			}
			return ""
		}, needs...)
	}
}

// snapshot is how objects stand, by their description.
type snapshot map[string]*unstructured.Unstructured

func (s *stand) snapshot(objects []*unstructured.Unstructured) snapshot {
	s.Helper()
	out := snapshot{}
	for _, o := range objects {
		live, err := s.Get(context.Background(), o)
		if err != nil {
			s.Fatalf("%s: %v", kube.Describe(o), err)
		}
		out[kube.Describe(o)] = live
	}
	return out
}

// unchanged holds objects against how they stood: by their resource versions,
// or, where a controller has written status meanwhile, by all but that and by
// when the engine's field manager last wrote.
func (s *stand) unchanged(before snapshot, manager string) {
	s.Helper()
	for name, was := range before {
		is, err := s.Get(context.Background(), was)
		if err != nil {
			s.Errorf("%s: %v", name, err)
			continue
		}
		if is.GetResourceVersion() == was.GetResourceVersion() {
			continue
		}
		if diff := cmp.Diff(declared(was, manager), declared(is, manager)); diff != "" {
			s.Errorf("%s is changed:\n%s", name, diff)
		}
	}
}

// declared returns an object without its status and what tells of it, and the
// managed fields of one manager alone.
func declared(o *unstructured.Unstructured, manager string) map[string]any {
	o = o.DeepCopy()
	delete(o.Object, "status")
	o.SetResourceVersion("")
	var own []metav1.ManagedFieldsEntry
	for _, m := range o.GetManagedFields() {
		if m.Manager == manager {
			own = append(own, m)
		}
	}
	o.SetManagedFields(own)
	return o.Object
}

// written holds istiod's webhooks against what istiod writes into them: its CA,
// and that nothing passes without them. It is so before an engine is asked to
// leave that alone.
func (s *stand) written() {
	s.Helper()
	hooks := 0
	for _, o := range s.layer("20-control-plane") {
		if o.GetKind() != "ValidatingWebhookConfiguration" && o.GetKind() != "MutatingWebhookConfiguration" {
			continue
		}
		live, err := s.Get(context.Background(), o)
		if err != nil {
			s.Error(err)
			continue
		}
		var have struct {
			Webhooks []struct {
				Name          string
				FailurePolicy string
				ClientConfig  struct{ CABundle string }
			}
		}
		text, err := json.Marshal(live)
		if err == nil {
			err = json.Unmarshal(text, &have)
		}
		if err != nil {
			s.Fatal(err)
		}
		for _, w := range have.Webhooks {
			hooks++
			if w.ClientConfig.CABundle == "" || w.FailurePolicy != "Fail" {
				s.Errorf("%s: the webhook %s has a CA of %d bytes, and the policy %s", kube.Describe(o), w.Name, len(w.ClientConfig.CABundle), w.FailurePolicy)
			}
		}
	}
	if hooks == 0 {
		s.Error("istiod has no webhooks")
	}
}
