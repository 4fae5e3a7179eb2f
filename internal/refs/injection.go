package refs

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// The rules of this file hold pods of manifests against what the injector makes
// of them, beyond single annotations.

// templateNames are the templates that a pod may name: those of the rendered
// injector, and its aliases (pkg/kube/inject, selectTemplates). There are none
// where the injector is not among the objects, or cannot be read.
func (f *finder) templateNames() []string {
	if f.proxies.templates != nil {
		return *f.proxies.templates
	}
	name := "istio-sidecar-injector"
	if revision := f.mesh.Istio.Revision; revision != "" {
		name += "-" + revision
	}
	var names []string
	if s := f.byID[object.ID{Kind: "ConfigMap", Namespace: model.RootNamespace, Name: name}]; s != nil {
		config, _ := object.Embedded(object.String(s.Value, "data", "config") + "\n")
		for _, part := range []string{"templates", "aliases"} {
			names = append(names, slices.Collect(maps.Keys(object.Map(config, part)))...)
		}
		slices.Sort(names)
	}
	f.proxies.templates = &names
	return names
}

// injection reports what the injector cannot make a pod from, and pods that
// it passes by.
func injection(f *finder, s *subject) {
	w, ok := podsOf(s)
	if !ok || s.ours() || !f.whole {
		return
	}
	f.passedBy(s, w)
	forced := w.labels["sidecar.istio.io/inject"] == "true"
	if w.labels["sidecar.istio.io/inject"] == "false" || !forced && f.dataPlane(s.id.Namespace) != intent.Sidecar {
		return
	}
	template := templates[s.kind]
	annotations := object.Map(s.Value, below(template, "metadata", "annotations")...)
	refuse := func(name, why, suggestion string) {
		f.report(s, problem{
			code: "MG5067", severity: diag.Error, keys: below(template, "metadata", "annotations", name),
			message: fmt.Sprintf("has the annotation %s with the value %q, %s", name, annotations[name], why), suggestion: suggestion,
		})
	}
	const asked = "inject.istio.io/templates"
	known := f.templateNames()
	if value := text(annotations, asked); value != "" && len(known) > 0 && !strings.Contains(value, "${") {
		for name := range strings.SplitSeq(value, ",") {
			if name = strings.TrimSpace(name); slices.Contains(known, name) {
				continue
			}
			suggestion := fmt.Sprintf("name templates of %s", strings.Join(known, ", "))
			if near := diag.Nearest(name, known); near != "" {
				suggestion = fmt.Sprintf("write %s instead of %s", near, name)
			}
			refuse(asked, fmt.Sprintf("and the injector has no template %q: the pods are refused", name), suggestion)
			break
		}
	}
	for _, name := range []string{"sidecar.istio.io/userVolume", "sidecar.istio.io/userVolumeMount"} {
		value, there := annotations[name].(string)
		var parsed any
		if !there || strings.Contains(value, "${") || json.Unmarshal([]byte(value), &parsed) == nil && isCollection(parsed) {
			continue
		}
		refuse(name, "which is no JSON map, so that istiod injects nothing and the pods are refused", fmt.Sprintf(`write %s as a map by the volume's name, such as {"data": {...}}`, name))
	}
	const bootstrap = "sidecar.istio.io/bootstrapOverride" // a volume of the pod, by the injector
	if name := text(annotations, bootstrap); name != "" && !f.exists("ConfigMap.", s.id.Namespace, name) {
		f.missing(s, below(template, "metadata", "annotations", bootstrap), "MG5051", "", "ConfigMap.", s.id.Namespace, name)
	}
	for _, part := range []string{"CPU", "Memory"} {
		name := "sidecar.istio.io/proxy" + part
		request, err := resource.ParseQuantity(text(annotations, name))
		limit, err2 := resource.ParseQuantity(text(annotations, name+"Limit"))
		if err == nil && err2 == nil && request.Cmp(limit) > 0 {
			refuse(name, fmt.Sprintf("more than %sLimit, which is %q: the API server refuses the pods", name, limit.String()), fmt.Sprintf("set %s to %q or less, or raise %sLimit", name, limit.String(), name))
		}
	}
}

// isCollection says whether a template can go through a value.
func isCollection(v any) bool {
	switch v.(type) {
	case nil, map[string]any, []any:
		return true
	}
	return false
}

// passedBy warns of pods of the node's network in a namespace of the mesh: the
// injector leaves them alone, as does ambient (pkg/kube/inject, injectRequired;
// istio.io, ambient/usage/add-workloads).
func (f *finder) passedBy(s *subject, w workload) {
	mode := f.dataPlane(s.id.Namespace)
	hosted, _ := w.spec["hostNetwork"].(bool)
	if mode == "" || !hosted || w.labels["sidecar.istio.io/inject"] == "false" || w.labels[planeLabel] == "none" {
		return
	}
	label := "sidecar.istio.io/inject: \"false\""
	if mode == intent.Ambient {
		label = planeLabel + ": none"
	}
	f.report(s, problem{
		code: "MG5067", severity: diag.Warning, keys: below(w.keys, "hostNetwork"),
		message:    fmt.Sprintf("uses the node's network in %s, and Istio leaves such pods out of the mesh: where it is strict, their calls are refused", field(below(w.keys, "hostNetwork"))),
		suggestion: fmt.Sprintf("remove %s, or say by the label %s that the pods are meant to be outside", field(below(w.keys, "hostNetwork")), label),
	})
}
