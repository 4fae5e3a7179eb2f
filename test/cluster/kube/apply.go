package kube

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
)

// ApplyOptions say how an object is applied.
type ApplyOptions struct {
	Manager string // the field manager; Flux is "kustomize-controller", Argo CD "argocd-controller"
	DryRun  bool   // ask, and change nothing; webhooks are asked as well
}

// Apply applies an object by server-side apply, taking fields from other
// managers, as Flux and Argo CD do. A field that the API server does not know is
// an error, and not dropped as it would be for them. It returns the object as
// the server has it then.
func (c *Cluster) Apply(ctx context.Context, object *unstructured.Unstructured, o ApplyOptions) (*unstructured.Unstructured, error) {
	at, err := c.resource(object)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(object)
	if err != nil {
		return nil, err
	}
	force := true
	options := metav1.PatchOptions{FieldManager: o.Manager, Force: &force, FieldValidation: metav1.FieldValidationStrict}
	if o.DryRun {
		options.DryRun = []string{metav1.DryRunAll}
	}
	return at.Patch(ctx, object.GetName(), types.ApplyPatchType, body, options)
}

// ApplyAll applies objects in their order, as a manager. Each that is refused
// is an error of the test. After definitions of custom resources it waits until
// their resources are served.
func (c *Cluster) ApplyAll(t testing.TB, manager string, objects []*unstructured.Unstructured) {
	t.Helper()
	for _, o := range objects {
		if _, err := c.Apply(context.Background(), o, ApplyOptions{Manager: manager}); err != nil {
			t.Errorf("%s is refused: %v", Describe(o), err)
		}
	}
	c.Established(t, objects)
}

// Get returns an object as the API server has it.
func (c *Cluster) Get(ctx context.Context, object *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	at, err := c.resource(object)
	if err != nil {
		return nil, err
	}
	return at.Get(ctx, object.GetName(), metav1.GetOptions{})
}

// Merge merges a change, as JSON, into an object that is there, or into a
// subresource of it.
func (c *Cluster) Merge(ctx context.Context, object *unstructured.Unstructured, change []byte, subresources ...string) (*unstructured.Unstructured, error) {
	at, err := c.resource(object)
	if err != nil {
		return nil, err
	}
	return at.Patch(ctx, object.GetName(), types.MergePatchType, change, metav1.PatchOptions{FieldManager: "merge"}, subresources...)
}

// Delete deletes an object, and waits for nothing.
func (c *Cluster) Delete(ctx context.Context, object *unstructured.Unstructured) error {
	at, err := c.resource(object)
	if err != nil {
		return err
	}
	return at.Delete(ctx, object.GetName(), metav1.DeleteOptions{})
}

// Established waits until the custom resources are served that are defined
// among some objects.
func (c *Cluster) Established(t testing.TB, objects []*unstructured.Unstructured) {
	t.Helper()
	for _, o := range objects {
		if o.GetKind() != "CustomResourceDefinition" {
			continue
		}
		Eventually(t, 30*time.Second, Describe(o)+" to be established", func() string {
			live, err := c.Get(context.Background(), o)
			if err != nil {
				return err.Error()
			}
			return unmet(live, "Established")
		}, c.server)
	}
}

// unmet returns "" if a condition of an object is true, or what it says instead.
func unmet(object *unstructured.Unstructured, condition string) string {
	conditions, _, err := unstructured.NestedSlice(object.Object, "status", "conditions")
	if err != nil {
		return err.Error()
	}
	for _, c := range conditions {
		c, _ := c.(map[string]any)
		if c["type"] == condition && c["status"] != "True" {
			return fmt.Sprintf("%s is %v: %v", condition, c["status"], c["message"])
		}
		if c["type"] == condition {
			return ""
		}
	}
	return "it has no condition " + condition
}

// resource returns where objects of this one's kind and namespace are. A
// namespaced object without a namespace is one of "default", as it is to kubectl.
func (c *Cluster) resource(object *unstructured.Unstructured) (dynamic.ResourceInterface, error) {
	gvk := object.GroupVersionKind()
	mapping, err := c.mapper.RESTMapping(gvk.GroupKind(), gvk.Version)
	if meta.IsNoMatchError(err) { // a kind that was defined since
		c.mapper.Reset()
		mapping, err = c.mapper.RESTMapping(gvk.GroupKind(), gvk.Version)
	}
	if err != nil {
		return nil, err
	}
	all := c.Dynamic.Resource(mapping.Resource)
	if mapping.Scope.Name() != meta.RESTScopeNameNamespace {
		if object.GetNamespace() != "" {
			return nil, fmt.Errorf("%s has a namespace, but its kind has none", Describe(object))
		}
		return all, nil
	}
	if object.GetNamespace() == "" {
		return all.Namespace(metav1.NamespaceDefault), nil
	}
	return all.Namespace(object.GetNamespace()), nil
}

// Describe names an object: kind.group/name in namespace.
func Describe(o *unstructured.Unstructured) string {
	s := o.GetKind()
	if g := o.GroupVersionKind().Group; g != "" {
		s += "." + g
	}
	s += "/" + o.GetName()
	if ns := o.GetNamespace(); ns != "" {
		s += " in " + ns
	}
	return s
}
