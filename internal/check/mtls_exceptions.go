package check

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

var mtlsExceptions = Check{
	Doc: Doc{
		Code: "MG3015", Since: "0.1.0", Severity: diag.Error, Also: diag.Warning,
		Title:  "An exception to mutual TLS excepts nothing",
		Text:   "An exception opens ports of a workload in the mesh whose namespace is strict. Elsewhere plaintext is let in anyway, and the exception would only look as if it did something. Nor does it help where authorization lets in only whom a rule allows: who calls in plain text has no identity that a rule could name.\nRemove the exception, enrol the namespace, make it strict, or add a rule for the ports.",
		Before: "mtls: {stage: \"permissive\", exceptions: hook: {namespace: \"db\", labels: app: \"db\", ports: [9443], reason: \"webhook\"}}\nnamespaces: db: mesh: true",
		After:  "mtls: {stage: \"strict\", exceptions: hook: {namespace: \"db\", labels: app: \"db\", ports: [9443], reason: \"webhook\"}}\nnamespaces: db: mesh: true",
	},
	Run: func(m model.Mesh, _ intent.Intent) diag.List {
		var list diag.List
		for i, e := range m.MTLS.Exceptions {
			for _, other := range m.MTLS.Exceptions[:i] {
				if e.Namespace == other.Namespace && maps.Equal(e.Labels, other.Labels) {
					list = append(list, diag.Diagnostic{
						Path:       e.Path,
						Message:    fmt.Sprintf("exception %s selects the same workload, and Istio takes the older of the two alone", other.Name),
						Suggestion: fmt.Sprintf("put the ports of %s into %s", e.Path, other.Path),
					})
				}
			}
		}
		for _, e := range m.MTLS.Exceptions {
			namespace, isMember := member(m, e.Namespace)
			stage := m.MTLS.Stage
			if namespace.Stage != "" {
				stage = namespace.Stage
			}
			switch {
			case !isMember:
				list = append(list, diag.Diagnostic{
					Path:       e.Path + ".namespace",
					Message:    fmt.Sprintf("namespace %s is not in the mesh, and takes plaintext anyway", e.Namespace),
					Suggestion: fmt.Sprintf("%s, or remove %s", enrol(e.Namespace), e.Path),
				})
			case stage != intent.Strict:
				list = append(list, diag.Diagnostic{
					Path:       e.Path,
					Message:    fmt.Sprintf("namespace %s is permissive, and takes plaintext on every port", e.Namespace),
					Suggestion: fmt.Sprintf(`set mtls.stage to "strict", or remove %s`, e.Path),
				})
			case len(e.Labels) == 0:
				list = append(list, diag.Diagnostic{
					Path:       e.Path + ".labels",
					Message:    "the exception selects no workload; Istio takes ports only with a selector",
					Suggestion: fmt.Sprintf(`set %s.labels to labels of the workload's pods, as in {app: "web"}`, e.Path),
				})
			default:
				list = append(list, closedPorts(m, e)...)
			}
		}
		return list
	},
}

// closedPorts reports an exception for ports that authorization keeps closed to
// callers without an identity, as all are who call in plain text.
func closedPorts(m model.Mesh, e model.MTLSException) diag.List {
	on := func(r model.AuthRule) bool {
		if r.Gateway != nil || r.Action == "deny" || r.To.Namespace != e.Namespace {
			return false
		}
		return within(r.To.Labels, e.Labels)
	}
	if !m.Authorization.Deny && !slices.ContainsFunc(m.Authorization.Rules, on) {
		return nil
	}
	var closed []string
	for _, port := range e.Ports {
		if !slices.ContainsFunc(m.Authorization.Rules, func(r model.AuthRule) bool {
			named := len(r.From.Namespaces)+len(r.From.Gateways)+len(r.From.ServiceAccounts) > 0
			return on(r) && (!named || len(r.From.IPBlocks) > 0) && (len(r.To.Ports) == 0 || slices.Contains(r.To.Ports, port))
		}) {
			closed = append(closed, fmt.Sprint(port))
		}
	}
	if len(closed) == 0 {
		return nil
	}
	var labels []string
	for _, key := range slices.Sorted(maps.Keys(e.Labels)) {
		labels = append(labels, fmt.Sprintf("%q: %q", key, e.Labels[key]))
	}
	d := diag.Diagnostic{
		Path:    e.Path,
		Message: fmt.Sprintf("plaintext comes in on port %s and is answered with 403: no rule allows callers without an identity there", strings.Join(closed, ", ")),
		Suggestion: fmt.Sprintf("add a rule to authorization.rules, with to: {namespace: %q, labels: {%s}, ports: [%s]}",
			e.Namespace, strings.Join(labels, ", "), strings.Join(closed, ", ")),
	}
	if mentioned(m, "AuthorizationPolicy") {
		d.Severity = diag.Warning // a person's own may let them in
	}
	return diag.List{d}
}
