package refs

import (
	"slices"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// workload is what makes pods: an object with a pod template, or a Gateway that
// istiod makes a Deployment from.
type workload struct {
	from     *subject
	labels   map[string]any
	spec     map[string]any // the pods' spec; nil when istiod writes it
	keys     []string       // where spec stands in the object
	injected bool           // istiod's injector fills in what a gateway opens
}

// templates are where the kinds hold their pods.
var templates = map[string]path{
	"Pod.":                   nil,
	"ReplicationController.": parsePath("spec.template"),
	"Deployment.apps":        parsePath("spec.template"),
	"StatefulSet.apps":       parsePath("spec.template"),
	"DaemonSet.apps":         parsePath("spec.template"),
	"ReplicaSet.apps":        parsePath("spec.template"),
	"Job.batch":              parsePath("spec.template"),
	"CronJob.batch":          parsePath("spec.jobTemplate.spec.template"),
	"Rollout.argoproj.io":    parsePath("spec.template"),
}

// podsOf returns the pods of an object, and whether it has any.
func podsOf(s *subject) (workload, bool) {
	keys, ok := templates[s.kind]
	if !ok {
		return workload{}, false
	}
	template := object.Map(s.Value, keys...)
	w := workload{from: s, labels: object.Map(template, "metadata", "labels"), spec: object.Map(template, "spec"), keys: below(keys, "spec")}
	w.injected = isInjected(template)
	return w, template != nil
}

// isInjected says whether a pod is a gateway whose container istiod's injector
// writes: it opens what the Gateways tell it, and declares no ports.
func isInjected(template map[string]any) bool {
	const key = "inject.istio.io/templates"
	return object.String(template, "metadata", "annotations", key) != "" || object.String(template, "metadata", "labels", key) != ""
}

// containers are the paths of a pod's containers.
var containers = []string{"initContainers", "containers", "ephemeralContainers"}

// port is a port that a container declares.
type port struct {
	name, protocol string
	number         int
}

// ports returns what the pods' containers declare to open, sidecars among the
// init containers included.
func (w workload) ports() []port {
	var ports []port
	for _, list := range containers {
		for _, c := range object.List(w.spec, list) {
			container, _ := c.(map[string]any)
			if list == "initContainers" && text(container, "restartPolicy") != "Always" {
				continue
			}
			for _, p := range object.List(container, "ports") {
				m, _ := p.(map[string]any)
				n, _ := number(m["containerPort"])
				protocol := text(m, "protocol")
				if protocol == "" {
					protocol = "TCP"
				}
				ports = append(ports, port{text(m, "name"), protocol, n})
			}
		}
	}
	return ports
}

// selected returns the workloads of a namespace whose pods a selector selects.
func (f *finder) selected(namespace string, s selector) []workload {
	var found []workload
	for _, w := range f.workloads[namespace] {
		if s.matches(w.labels) {
			found = append(found, w)
		}
	}
	return found
}

// nearMiss returns a workload that a selector is likely meant for: of the same
// name as the object that selects, sharing one of several labels, or having a
// label of nearly the same value.
func (f *finder) nearMiss(s *subject, want selector) *workload {
	all := f.workloads[s.id.Namespace]
	for i := range all {
		w := &all[i]
		if w.from.id.Name == s.id.Name {
			return w
		}
		for key, value := range want.labels {
			have, _ := w.labels[key].(string)
			wanted, _ := value.(string)
			if have != "" && (have == wanted || diag.Nearest(wanted, []string{have}) != "") {
				return w
			}
		}
	}
	return nil
}

// Where pods of others may run.
type company int

const (
	alone  company = iota // nothing runs there but what is rendered
	shared                // applications may run there, of which meshgen knows nothing
	stated                // the intent says that others' pods run there
)

// company says whether pods that are not among the objects run in a namespace.
// Nobody's applications run beside the control plane and the gateways, unless
// the intent puts their namespaces into the mesh.
func (f *finder) company(namespace string) company {
	if f.declares("Pod", "", namespace, "") {
		return stated
	}
	i := slices.IndexFunc(f.mesh.Namespaces, func(n model.Namespace) bool { return n.Name == namespace })
	switch {
	case i >= 0 && (f.mesh.Namespaces[i].Mesh || f.mesh.Namespaces[i].Pods != nil):
		return shared
	case namespace == model.RootNamespace:
		return alone
	}
	for _, g := range f.mesh.Gateways {
		if g.Namespace == namespace {
			return alone
		}
	}
	return shared
}
