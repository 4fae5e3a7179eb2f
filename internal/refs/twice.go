package refs

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/object"
)

// The rules of this file find two objects that take one thing for their own:
// names of kinds, pods, and the addresses of a Service.

// acceptedNames reports a CustomResourceDefinition with a name that another one
// of its group has: the API server takes the object and never establishes what
// it defines (apiextensions-apiserver, pkg/controller/status, naming_controller.go).
func acceptedNames(f *finder, s *subject) {
	if s.ours() {
		return
	}
	f.eachOther(s, "name", func(s *subject) []string {
		var list []string
		for _, n := range definedNames(s) {
			list = append(list, n.key)
		}
		return list
	}, func(other *subject, key string) bool {
		if other.id == s.id {
			return false // it stands there twice, which others say
		}
		for _, n := range definedNames(s) {
			if n.key != key {
				continue
			}
			f.report(s, problem{
				code: "MG5066", keys: n.keys,
				message:    fmt.Sprintf("has the name %s in %s, as has %s of the same group: the API server establishes only the older of the two", n.name, field(n.keys), other.id),
				suggestion: fmt.Sprintf("change %s, or remove one of the two definitions", field(n.keys)),
			})
			return true
		}
		return false
	})
}

// definedName is a name that a definition takes for its own in its group.
type definedName struct {
	key, name string
	keys      []string // where it stands, or what it follows from
}

// definedNames returns the names of a definition: those of resources are one
// set, those of kinds another.
func definedNames(s *subject) []definedName {
	group, names := object.String(s.Value, "spec", "group"), object.Map(s.Value, "spec", "names")
	var list []definedName
	add := func(of, name string, keys ...string) {
		if name != "" && !strings.Contains(name, "${") {
			list = append(list, definedName{group + " " + of + " " + name, name, append([]string{"spec", "names"}, keys...)})
		}
	}
	kind := text(names, "kind")
	add("resource", text(names, "plural"), "plural")
	add("kind", kind, "kind")
	if single := text(names, "singular"); single != "" {
		add("resource", single, "singular")
	} else {
		add("resource", strings.ToLower(kind), "kind")
	}
	if of := text(names, "listKind"); of != "" {
		add("kind", of, "listKind")
	} else if kind != "" {
		add("kind", kind+"List", "kind")
	}
	for i, v := range object.List(names, "shortNames") {
		short, _ := v.(string)
		add("resource", short, "shortNames", strconv.Itoa(i))
	}
	return list
}

// countedPods warns of a controller whose selector selects the pods of another
// one: each keeps its own by their owner, but autoscalers and disruption budgets
// go by the selector, and orphans belong to whoever comes first
// (https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#selector).
func countedPods(f *finder, s *subject) {
	want, ok := controlled(s)
	if !ok || s.ours() {
		return
	}
	for _, w := range f.selected(s.id.Namespace, want) {
		theirs, controls := controlled(w.from)
		if w.from == s || !controls {
			continue
		}
		mine, _ := podsOf(s)
		both := theirs.matches(mine.labels)
		if both && !w.from.ours() && f.isBefore(s, w.from) {
			continue // said of the other
		}
		what := "the pods of " + w.from.id.String() + " too"
		if both {
			what = "the same pods as " + w.from.id.String()
		}
		keys := []string{"spec", "selector"}
		f.conflict(s, keys,
			fmt.Sprintf("selects %s in %s: what goes by the selector, as autoscalers and disruption budgets do, takes all of them for its own", what, field(keys)),
			fmt.Sprintf("add a label to %s and to the pods that the others do not have", field(keys)))
		return
	}
}

// controlled returns the selector of a controller of pods, and whether it is one
// that has a selector of its own.
func controlled(s *subject) (selector, bool) {
	var want selector
	switch s.kind {
	case "Deployment.apps", "StatefulSet.apps", "DaemonSet.apps", "ReplicaSet.apps":
		want = labelSelector(object.Map(s.Value, "spec", "selector"))
	case "ReplicationController.":
		want = selector{labels: object.Map(s.Value, "spec", "selector")}
	}
	return want, !want.isEmpty()
}

// ownAddresses warns of addresses that people write for a Service with a
// selector, whose addresses a controller writes: the two take turns
// (https://kubernetes.io/docs/concepts/services-networking/service/#services-without-selectors).
func ownAddresses(f *finder, s *subject) {
	if s.ours() {
		return
	}
	service := f.byID[object.ID{Kind: "Service", Namespace: s.id.Namespace, Name: s.id.Name}]
	if service == nil || len(object.Map(service.Value, "spec", "selector")) == 0 || object.String(service.Value, "spec", "type") == "ExternalName" {
		return
	}
	f.conflict(s, []string{"metadata", "name"},
		fmt.Sprintf("holds addresses for %s, which has a selector: Kubernetes writes those of the pods in their place, and the engine these again", service.id),
		fmt.Sprintf("remove %s, or spec.selector from %s", s.id, service.id))
}

// serviceNameLabel names the Service that an EndpointSlice is for, and
// managedByLabel whoever writes it.
const (
	serviceNameLabel = "kubernetes.io/service-name"
	managedByLabel   = "endpointslice.kubernetes.io/managed-by"
)

// ownSlices warns of EndpointSlices that Kubernetes takes for its own, and
// removes, and of those that are for no Service. Others stand beside those of a
// Service's pods.
func ownSlices(f *finder, s *subject) {
	if s.ours() {
		return
	}
	labels := s.Labels()
	name, _ := labels[serviceNameLabel].(string)
	if name == "" {
		f.report(s, problem{
			code: "MG5067", severity: diag.Warning, keys: []string{"metadata"},
			message:    fmt.Sprintf("has no label %s, and so is for no Service", serviceNameLabel),
			suggestion: fmt.Sprintf("add the label %s with the name of the Service", serviceNameLabel),
		})
		return
	}
	by, _ := labels[managedByLabel].(string)
	service := f.byID[object.ID{Kind: "Service", Namespace: s.id.Namespace, Name: name}]
	if by != "endpointslice-controller.k8s.io" || service == nil || len(object.Map(service.Value, "spec", "selector")) == 0 {
		return
	}
	f.conflict(s, []string{"metadata", "labels", managedByLabel},
		fmt.Sprintf("holds addresses for %s, which has a selector, and says in %s that Kubernetes writes it, which then removes it", service.id, managedByLabel),
		fmt.Sprintf("set the label %s to a name of your own, or remove %s", managedByLabel, s.id))
}
