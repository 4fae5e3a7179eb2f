package refs

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// The rules of this file hold the labels by which people enrol namespaces and
// pods of their own manifests against what enrols them: the injector's webhooks
// as they are rendered, and ztunnel.

const (
	revisionLabel  = "istio.io/rev"
	injectionLabel = "istio-injection"
	planeLabel     = "istio.io/dataplane-mode"
)

// injectors are the selectors of the injector's webhooks: of namespaces, and of pods.
type injectors struct {
	webhooks  [][2]selector
	revisions map[string]bool // that a control plane or a tag serves
}

func (f *finder) webhooks() injectors {
	if f.proxies.injectors != nil {
		return *f.proxies.injectors
	}
	found := injectors{revisions: map[string]bool{}}
	for _, s := range f.byKind["MutatingWebhookConfiguration.admissionregistration.k8s.io"] {
		for _, v := range object.List(s.Value, "webhooks") {
			m, _ := v.(map[string]any)
			if !strings.HasSuffix(text(m, "name"), "sidecar-injector.istio.io") {
				continue
			}
			found.webhooks = append(found.webhooks, [2]selector{labelSelector(object.Map(m, "namespaceSelector")), labelSelector(object.Map(m, "objectSelector"))})
			for _, key := range []string{revisionLabel, "istio.io/tag"} {
				if name, _ := s.Labels()[key].(string); name != "" {
					found.revisions[name] = true
				}
			}
		}
	}
	f.proxies.injectors = &found
	return found
}

// serves says whether a control plane or a tag of a name may be there.
func (f *finder) serves(revision string) bool {
	known := f.webhooks()
	return len(known.webhooks) == 0 || known.revisions[revision] || strings.Contains(revision, "${") ||
		slices.Contains(f.mesh.Istio.Tags, revision) || revision == f.mesh.Istio.RevisionLabel() ||
		f.exists("Deployment.apps", model.RootNamespace, "istiod-"+revision) ||
		f.declares("MutatingWebhookConfiguration", "admissionregistration.k8s.io", "", "")
}

// injected says whether a webhook injects pods with some labels in a namespace.
func (in injectors) injected(namespace, pod map[string]any) bool {
	return slices.ContainsFunc(in.webhooks, func(w [2]selector) bool { return w[0].matches(namespace) && w[1].matches(pod) })
}

// enrolled warns of a namespace of a person's own that asks for sidecars that
// nobody injects, or for ztunnel beside them or where none runs. Namespaces of
// the intent, MG3029 has looked at.
func enrolled(f *finder, s *subject) {
	if s.asMade() || !f.whole {
		return
	}
	labels := s.Labels()
	asks := ""
	revision, _ := labels[revisionLabel].(string)
	switch injection := labels[injectionLabel]; {
	case injection == "enabled":
		asks = injectionLabel
	case injection == nil && revision != "":
		asks = revisionLabel
	}
	known := f.webhooks()
	missing := asks != "" && len(known.webhooks) > 0 && !known.injected(labels, nil)
	if asks == revisionLabel {
		missing = missing && !f.serves(revision)
	} else {
		missing = missing && !f.serves("default")
	}
	ambient := labels[planeLabel] == "ambient"
	switch {
	case missing && ambient:
		return // ztunnel takes the pods; the revision is its gateways'
	case missing:
		f.unserved(s, []string{"metadata", "labels", asks}, fmt.Sprintf("%v", labels[asks]), "its pods get no sidecar")
	case asks != "" && ambient:
		f.vain(s, []string{"metadata", "labels", planeLabel}, fmt.Sprintf("has the labels %s and %s: its pods get sidecars, and ambient passes those by", asks, planeLabel), "remove one of the two")
	case ambient:
		f.noZtunnel(s, []string{"metadata", "labels", planeLabel})
	}
}

// enrolledPods does the same for the labels of pods.
func enrolledPods(f *finder, s *subject) {
	w, ok := podsOf(s)
	if !ok || s.asMade() || !f.whole {
		return
	}
	keys := below(templates[s.kind], "metadata", "labels")
	revision, _ := w.labels[revisionLabel].(string)
	if w.labels["sidecar.istio.io/inject"] != "false" && revision != "" && !f.serves(revision) && f.dataPlane(s.id.Namespace) == "" {
		f.unserved(s, below(keys, revisionLabel), revision, "the pods get no sidecar")
	}
	if w.labels[planeLabel] == "ambient" {
		f.noZtunnel(s, below(keys, planeLabel))
	}
	f.proxyPorts(s, w)
}

// servedRevision warns of configuration for a control plane that is not there:
// istiod reads what is labelled with its own revision, a tag of it, or nothing
// (pkg/config, LabelsInRevisionOrTags).
func servedRevision(f *finder, s *subject) {
	revision := forRevision(s)
	if s.asMade() || revision == "" || !f.whole || s.id.Group != gatewayAPI && !strings.HasSuffix(s.id.Group, ".istio.io") || f.serves(revision) {
		return
	}
	f.unserved(s, []string{"metadata", "labels", revisionLabel}, revision, "nobody reads the object")
}

// unserved warns of a revision that no control plane has.
func (f *finder) unserved(s *subject, keys []string, value, effect string) {
	key, have := keys[len(keys)-1], f.mesh.Istio.RevisionLabel()
	message := fmt.Sprintf("has %s with the value %q, and no control plane is of that revision: %s", key, value, effect)
	suggestion := fmt.Sprintf("set %s to %q", field(keys), have)
	if key == injectionLabel {
		message = fmt.Sprintf("has %s, which the control plane without a revision serves, and there is none: %s", key, effect)
		suggestion = fmt.Sprintf("replace the label %s by %s: %q, or add \"default\" to istio.tags", key, revisionLabel, have)
	} else if f.mesh.Istio.Revision != "" {
		suggestion += fmt.Sprintf(", or add %q to istio.tags", value)
	}
	f.vain(s, keys, message, suggestion)
}

// noZtunnel warns of pods for ambient where none of its parts runs.
func (f *finder) noZtunnel(s *subject, keys []string) {
	if f.mesh.Ambient || f.exists("DaemonSet.apps", model.RootNamespace, "ztunnel") {
		return
	}
	f.vain(s, keys, fmt.Sprintf("has %s with the value \"ambient\", and no ztunnel runs in the cluster: the pods are not in the mesh", planeLabel),
		"set mode to \"ambient\", or declare the namespace in namespaces with mode: \"ambient\"")
}

// proxyOwn are the ports that a proxy opens on all addresses of its pod: a
// sidecar's (istio.io, ops/deployment/application-requirements), and those that
// ztunnel opens inside an ambient pod (ztunnel, src/proxy).
var proxyOwn = map[intent.Mode][]int{
	intent.Sidecar: {15001, 15006, 15008, 15020, 15021, 15090},
	intent.Ambient: {15001, 15006, 15008},
}

// proxyPorts warns of containers in the mesh that open a port of their proxy's.
func (f *finder) proxyPorts(s *subject, w workload) {
	mode := f.dataPlane(s.id.Namespace)
	if hosted, _ := w.spec["hostNetwork"].(bool); hosted || w.injected || w.labels["sidecar.istio.io/inject"] == "false" || w.labels[planeLabel] == "none" {
		return
	}
	for _, list := range containers {
		parsePath(list+"[]").maps(w.spec, w.keys, func(keys []string, c map[string]any) {
			if text(c, "name") == "istio-proxy" {
				return
			}
			at := below(keys)
			parsePath("ports[]").maps(c, at, func(keys []string, m map[string]any) {
				n, _ := number(m["containerPort"])
				if protocol := text(m, "protocol"); protocol != "" && protocol != "TCP" || !slices.Contains(proxyOwn[mode], n) {
					return
				}
				whose := "its sidecar"
				if mode == intent.Ambient {
					whose = "ztunnel, in the pod,"
				}
				f.report(s, problem{
					code: "MG5069", severity: diag.Warning, keys: below(keys, "containerPort"),
					message:    fmt.Sprintf("opens port %d in %s, which %s opens too: one of the two cannot", n, field(below(keys, "containerPort")), whose),
					suggestion: "let the container open a port below 15000, or keep the pods out of the mesh by the label sidecar.istio.io/inject: \"false\"",
				})
			})
		})
	}
}

// exported warns of a Service that is shown to a namespace that cannot be, or
// that is nearly another: no proxy knows the Service then.
func exported(f *finder, s *subject) {
	const name = "networking.istio.io/exportTo"
	value, _ := s.Annotations()[name].(string)
	if s.asMade() || value == "" || strings.Contains(value, "${") {
		return
	}
	keys := []string{"metadata", "annotations", name}
	for part := range strings.SplitSeq(value, ",") {
		part = strings.TrimSpace(part)
		if part == "." || part == "*" || part == "~" {
			continue
		}
		if len(validation.IsDNS1123Label(part)) > 0 {
			f.vain(s, keys, fmt.Sprintf("is shown to %q in %s, and no namespace can be called so", part, name),
				fmt.Sprintf("write namespaces with commas, \".\" for its own or \"*\" for all, such as %s: \".,%s\"", name, model.RootNamespace))
			return
		}
		if near := f.nearNamespace(part); !f.exists("Namespace.", "", part) && near != "" && near != "default" {
			f.vain(s, keys, fmt.Sprintf("is shown to the namespace %s in %s, which nobody makes", part, name), fmt.Sprintf("write %s instead, or add namespaces: %q: create: false", near, part))
			return
		}
	}
}
