package refs

import (
	"fmt"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// The rules of this file report what values and patches undo of what the intent
// asks for: the objects are fine, and the mesh does not work.

// uninjected reports namespaces of sidecars whose pods get none: no webhook of
// the injector's is left, or none looks at the namespace.
func (f *finder) uninjected() {
	const webhooks = "MutatingWebhookConfiguration"
	if on, _ := object.Get(f.mesh.Values.Istiod, "global", "operatorManageWebhooks").(bool); on || !f.whole || f.declares(webhooks, "admissionregistration.k8s.io", "", "") {
		return // MG3024 speaks of the value
	}
	known := f.webhooks()
	for _, n := range f.mesh.Namespaces {
		if !n.Mesh || n.Mode != intent.Sidecar {
			continue
		}
		d := diag.Diagnostic{Code: "MG5067", Severity: diag.Error, Path: n.Path + ".mesh"}
		s := f.byID[object.ID{Kind: "Namespace", Name: n.Name}]
		switch {
		case len(known.webhooks) == 0:
			d.Message = fmt.Sprintf("no webhook injects sidecars: patches or values have left none of the %ss that the istiod chart makes", webhooks)
			d.Suggestion = fmt.Sprintf("remove the patch of the %s, or declare who brings it: external: \"%[1]s/*\": \"...\"", webhooks)
		case s != nil && !known.injected(s.Labels(), nil) && f.dataPlane(n.Name) == intent.Sidecar && len(s.Origin.Patches) > 0:
			d.Message = fmt.Sprintf("the pods of %s get no sidecar: after the patches, no webhook of the injector's looks at a namespace with its labels", n.Name)
			d.Suggestion = "leave the labels istio-injection and istio.io/rev as they are in the patch, or set " + n.Path + ".mesh to false"
		default:
			continue
		}
		f.found = append(f.found, Finding{Diagnostic: d, Field: d.Path, Why: d.Message})
		if len(known.webhooks) == 0 {
			return
		}
	}
}

// openToAll reports an AuthorizationPolicy that lets everybody call everything
// in the mesh, where the intent denies what it does not speak of.
func openToAll(f *finder, s *subject) {
	action := object.String(s.Value, "spec", "action")
	if s.asMade() || !f.mesh.Authorization.Deny || s.id.Namespace != model.RootNamespace || !labelSelector(object.Map(s.Value, "spec", "selector")).isEmpty() ||
		len(object.List(s.Value, "spec", "targetRefs")) > 0 || object.Map(s.Value, "spec", "targetRef") != nil || action != "" && action != "ALLOW" {
		return
	}
	parsePath("spec.rules[]").maps(s.Value, nil, func(keys []string, m map[string]any) {
		if len(object.List(m, "from"))+len(object.List(m, "to"))+len(object.List(m, "when")) > 0 {
			return
		}
		f.report(s, problem{
			code: "MG5077", keys: below(keys),
			message:    fmt.Sprintf("lets everybody call everything, with an empty rule in %s, and the intent denies what it does not speak of", field(keys)),
			suggestion: fmt.Sprintf("remove %s, or set authorization.default to \"allow\"", field(keys)),
		})
	})
}

// stopped reports an istiod that a patch leaves without pods: nothing is
// injected then, and its webhook refuses every object of Istio's.
func stopped(f *finder, s *subject) {
	n, ok := number(object.Get(s.Value, "spec", "replicas"))
	if !ok || n != 0 || s.asMade() || s.id.Namespace != model.RootNamespace || s.Labels()["app"] != "istiod" {
		return
	}
	f.report(s, problem{
		code: "MG5067", keys: []string{"spec", "replicas"},
		message:    "runs no pods, with 0 in spec.replicas: no sidecar is injected, and the API server refuses every object that istiod's webhook looks at",
		suggestion: "set spec.replicas to 1 or more",
	})
}
