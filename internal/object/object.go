// Package object is a Kubernetes object between the stage that makes it and the
// file that holds it: its content, where it came from, its place in a total
// order, and its one way of being written.
//
// An Object is never changed once made. Objects are shared between clusters and
// between goroutines.
package object

import (
	"cmp"
	"strings"
)

// Object is one Kubernetes object.
type Object struct {
	// Value is the object as JSON would hold it: maps with string keys, slices,
	// strings, bools, int64, float64 and nil.
	Value map[string]any

	// Origin says what made the object.
	Origin Origin

	// text is the canonical YAML, when it is known already.
	text []byte
}

// Origin says where an object came from, for diagnostics and for explain.
type Origin struct {
	Component string // the release or stage, such as istiod, gateway-public, policy; it names the file
	Chart     string // the chart, empty for objects that no chart has
	Template  string // the template in the chart
	Brought   bool   // the chart is the repository's, and not one that meshgen was built with
	Path      string // the intent's path that asked for the object
	File      string // the person's file that holds the object, for extra manifests
	Layer     string // the folder that delivers it, once the overlay is laid; layers come in the order of their names

	// Patches are the names of the person's patches that changed the object, in
	// the order in which they were applied.
	Patches []string
}

// ID identifies an object in a cluster, and in a rendered directory.
type ID struct {
	Group     string
	Kind      string
	Namespace string
	Name      string
}

// String returns the ID as people write it: kind.group/name in namespace.
func (id ID) String() string {
	s := id.Kind
	if id.Group != "" {
		s += "." + id.Group
	}
	s += "/" + id.Name
	if id.Namespace != "" {
		s += " in " + id.Namespace
	}
	return s
}

// Compare orders IDs by kind, group, namespace and name.
func (id ID) Compare(other ID) int {
	return cmp.Or(cmp.Compare(id.Kind, other.Kind), cmp.Compare(id.Group, other.Group),
		cmp.Compare(id.Namespace, other.Namespace), cmp.Compare(id.Name, other.Name))
}

// ID returns what identifies the object.
func (o Object) ID() ID {
	return ID{Group: o.Group(), Kind: o.Kind(), Namespace: o.Namespace(), Name: o.Name()}
}

// APIVersion returns the object's apiVersion, group and version.
func (o Object) APIVersion() string { return String(o.Value, "apiVersion") }

// Group returns the API group; empty for the core group.
func (o Object) Group() string {
	group, _, ok := strings.Cut(o.APIVersion(), "/")
	if !ok {
		return ""
	}
	return group
}

// Kind returns the object's kind.
func (o Object) Kind() string { return String(o.Value, "kind") }

// Name returns the object's name.
func (o Object) Name() string { return String(o.Value, "metadata", "name") }

// Namespace returns the object's namespace; empty for cluster-scoped objects.
func (o Object) Namespace() string { return String(o.Value, "metadata", "namespace") }

// Labels returns the object's labels; do not change them.
func (o Object) Labels() map[string]any { return Map(o.Value, "metadata", "labels") }

// Annotations returns the object's annotations; do not change them.
func (o Object) Annotations() map[string]any { return Map(o.Value, "metadata", "annotations") }

// Compare is the total order of objects in a file: by rank of kind, as an
// installer applies them, then by ID.
func (o Object) Compare(other Object) int {
	a, b := o.ID(), other.ID()
	return cmp.Or(cmp.Compare(rank(a), rank(b)), a.Compare(b))
}

// String returns the string at a path of keys, or "".
func String(v map[string]any, keys ...string) string {
	s, _ := Get(v, keys...).(string)
	return s
}

// Map returns the map at a path of keys, or nil.
func Map(v map[string]any, keys ...string) map[string]any {
	m, _ := Get(v, keys...).(map[string]any)
	return m
}

// List returns the list at a path of keys, or nil.
func List(v map[string]any, keys ...string) []any {
	l, _ := Get(v, keys...).([]any)
	return l
}

// Get returns the value at a path of keys, or nil.
func Get(v map[string]any, keys ...string) any {
	var at any = v
	for _, k := range keys {
		m, ok := at.(map[string]any)
		if !ok {
			return nil
		}
		at = m[k]
	}
	return at
}

// order is the order in which kinds are written and applied; a kind that is not
// listed comes after them, by name. Things come after what they refer to.
var order = []string{
	"Namespace", "CustomResourceDefinition", "PriorityClass", "ResourceQuota", "LimitRange",
	"ServiceAccount", "Secret", "ConfigMap", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding",
	"Service", "DaemonSet", "Deployment", "StatefulSet", "ReplicaSet", "Job", "CronJob",
	"HorizontalPodAutoscaler", "PodDisruptionBudget", "NetworkPolicy",
	"ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding",
	"MutatingWebhookConfiguration", "ValidatingWebhookConfiguration",
}

var ranks = func() map[string]int {
	m := make(map[string]int, len(order))
	for i, kind := range order {
		m[kind] = i
	}
	return m
}()

func rank(id ID) int {
	if r, ok := ranks[id.Kind]; ok {
		return r
	}
	return len(order)
}
