package refs

import (
	"fmt"
	"slices"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/object"
)

const gatewayAPI = "gateway.networking.k8s.io"

// gatewayClass holds a Gateway's class against those that somebody serves. A
// controller that others run may bring its own.
func gatewayClass(f *finder, s *subject) {
	keys := []string{"spec", "gatewayClassName"}
	class := object.String(s.Value, keys...)
	if f.exists("GatewayClass."+gatewayAPI, "", class) {
		return
	}
	p := problem{
		code: "MG5057", severity: diag.Warning, keys: keys,
		message:    fmt.Sprintf("is of the class %q, of which nothing here speaks", class),
		suggestion: fmt.Sprintf("set %s to \"istio\", or declare who serves the class: external: %q: \"...\"", field(keys), "GatewayClass/"+class),
	}
	f.report(s, p)
}

// listenerSecrets holds the certificates of a Gateway's listeners against the
// Secrets; one of another namespace needs that namespace's ReferenceGrant.
func listenerSecrets(f *finder, s *subject) {
	parsePath("spec.listeners[].tls.certificateRefs[]").maps(s.Value, nil, func(keys []string, m map[string]any) {
		if kind := text(m, "kind"); kind != "" && kind != "Secret" || text(m, "group") != "" {
			return
		}
		namespace := text(m, "namespace")
		if namespace == "" {
			namespace = s.id.Namespace
		}
		name := text(m, "name")
		if !f.exists("Secret.", namespace, name) {
			f.missing(s, below(keys, "name"), "MG5051", "", "Secret.", namespace, name)
			return
		}
		f.granted(s, below(keys, "namespace"), "Secret.", namespace, name)
	})
}

// granted reports a reference into another namespace that no ReferenceGrant
// there allows: the controller then acts as if there were nothing.
func (f *finder) granted(s *subject, keys []string, kind, namespace, name string) {
	if namespace == s.id.Namespace || f.declares("ReferenceGrant", gatewayAPI, namespace, "") {
		return
	}
	bare, group := splitKind(kind)
	for _, grant := range f.byKind["ReferenceGrant."+gatewayAPI] {
		if grant.id.Namespace != namespace {
			continue
		}
		from := slices.ContainsFunc(object.List(grant.Value, "spec", "from"), func(v any) bool {
			m, _ := v.(map[string]any)
			return text(m, "group") == s.id.Group && text(m, "kind") == s.id.Kind && text(m, "namespace") == s.id.Namespace
		})
		to := slices.ContainsFunc(object.List(grant.Value, "spec", "to"), func(v any) bool {
			m, _ := v.(map[string]any)
			return text(m, "group") == group && text(m, "kind") == bare && (text(m, "name") == "" || text(m, "name") == name)
		})
		if from && to {
			return
		}
	}
	f.report(s, problem{
		code: "MG5058", keys: keys,
		message:    fmt.Sprintf("refers to %s, of another namespace, in %s, and no ReferenceGrant there allows it", show(kind, namespace, name), field(keys)),
		suggestion: fmt.Sprintf("add a ReferenceGrant to %s, from %s of %s to %s, or declare it: external: %q: \"...\"", namespace, s.id.Kind, s.id.Namespace, bare, "ReferenceGrant/"+namespace+"/*"),
	})
}

// routeParents holds the parents of a route against Gateways and their
// listeners.
func routeParents(f *finder, s *subject) {
	parsePath("spec.parentRefs[]").maps(s.Value, nil, func(keys []string, m map[string]any) {
		group, kind, namespace := gatewayAPI, text(m, "kind"), text(m, "namespace")
		if g, ok := m["group"].(string); ok {
			group = g
		}
		if kind == "" {
			kind = "Gateway"
		}
		if namespace == "" {
			namespace = s.id.Namespace
		}
		name, what := text(m, "name"), kind+"."+group
		if !slices.Contains([]string{"Gateway." + gatewayAPI, "ListenerSet." + gatewayAPI, "Service.", "ServiceEntry.networking.istio.io"}, what) {
			return
		}
		if !f.exists(what, namespace, name) {
			severity := diag.Error
			if kind == "Service" {
				severity = diag.Warning // an application's, perhaps
			}
			p := problem{
				code: "MG5057", severity: severity, keys: below(keys, "name"),
				message:    fmt.Sprintf("is attached to %s in %s, which nobody makes", show(what, namespace, name), field(below(keys, "name"))),
				suggestion: f.remedy(below(keys, "name"), what, namespace, name),
			}
			if other := f.elsewhere(what, name); other != "" && f.nearest(what, namespace, name) == "" {
				p.suggestion = fmt.Sprintf("set %s to the namespace of %s", field(below(keys, "namespace")), other)
			}
			f.report(s, p)
			return
		}
		if parent := f.byID[object.ID{Group: group, Kind: kind, Namespace: namespace, Name: name}]; parent != nil && kind == "Gateway" {
			f.listener(s, parent, below(keys), m)
		}
	})
}

// listener holds a parent's sectionName and port against a Gateway's listeners,
// and the route's namespace against those that they admit.
func (f *finder) listener(s, parent *subject, keys []string, m map[string]any) {
	section := text(m, "sectionName")
	wantPort, hasPort := number(m["port"])
	var names []string
	var ports []int
	var meant []map[string]any
	found, admitted := false, false
	for _, v := range object.List(parent.Value, "spec", "listeners") {
		l, _ := v.(map[string]any)
		n, _ := number(l["port"])
		names, ports = append(names, text(l, "name")), append(ports, n)
		if section != "" && text(l, "name") != section || hasPort && n != wantPort {
			continue
		}
		found, meant = true, append(meant, l)
		from := object.String(l, "allowedRoutes", "namespaces", "from")
		admitted = admitted || from == "All" || from == "Selector" || from != "None" && parent.id.Namespace == s.id.Namespace
	}
	p := problem{code: "MG5057"}
	why, try, host := attaches(s, meant)
	switch {
	case !found && section != "" && !slices.Contains(names, section):
		p.keys = below(keys, "sectionName")
		p.message = fmt.Sprintf("is attached to the listener %q in %s, which %s does not have", section, field(p.keys), parent.id)
		p.suggestion = "remove sectionName, or add the listener"
		if near := diag.Nearest(section, names); near != "" {
			p.suggestion = fmt.Sprintf("set %s to %q", field(p.keys), near)
		} else if len(names) > 0 {
			p.suggestion = fmt.Sprintf("set %s to %q", field(p.keys), names[0])
		}
	case !found && hasPort:
		p.keys = below(keys, "port")
		p.message = fmt.Sprintf("is attached to port %d in %s, where %s does not listen", wantPort, field(p.keys), parent.id)
		p.suggestion = "remove port"
		if len(ports) > 0 {
			p.suggestion = fmt.Sprintf("set %s to %d", field(p.keys), ports[0])
		}
	case found && !admitted:
		p.keys = keys
		p.message = fmt.Sprintf("is attached to %s, which admits no route of namespace %s", parent.id, s.id.Namespace)
		p.suggestion = fmt.Sprintf("move the route to %s, or set allowedRoutes.namespaces.from of the listener to \"All\"", parent.id.Namespace)
	case found && why != "" && !s.ours():
		p.keys, p.suggestion = keys, try
		if host != nil {
			p.keys = host
		}
		p.message = fmt.Sprintf("is attached to %s, which %s", parent.id, why)
	default:
		return
	}
	f.report(s, p)
}

// backendFields are where a route says where requests go.
var backendFields = []path{
	parsePath("spec.rules[].backendRefs[]"), parsePath("spec.rules[].filters[].requestMirror.backendRef"),
	parsePath("spec.rules[].backendRefs[].filters[].requestMirror.backendRef"),
}

// routeBackends holds a route's backends against Services and their ports.
func routeBackends(f *finder, s *subject) {
	for _, p := range backendFields {
		p.maps(s.Value, nil, func(keys []string, m map[string]any) {
			if kind := text(m, "kind"); kind != "" && kind != "Service" || text(m, "group") != "" {
				return
			}
			h := host{text(m, "namespace"), text(m, "name")}
			if h.namespace == "" {
				h.namespace = s.id.Namespace
			}
			if h.namespace != s.id.Namespace {
				f.granted(s, below(keys, "namespace"), "Service.", h.namespace, h.name)
			}
			f.backend(s, below(keys, "name"), h, "MG5057")
			if n, ok := number(m["port"]); ok {
				f.servicePort(s, below(keys, "port"), "MG5057", h, n)
			}
		})
	}
}

// backend warns of a Service that nobody speaks of; it may be an application's.
func (f *finder) backend(s *subject, keys []string, h host, code string) {
	if f.exists("Service.", h.namespace, h.name) || !f.once(code+s.id.String()+h.namespace+"/"+h.name) {
		return
	}
	p := problem{
		code: code, severity: diag.Warning, keys: keys,
		message:    fmt.Sprintf("leads to %s in %s, of which nothing here speaks", show("Service.", h.namespace, h.name), field(keys)),
		suggestion: fmt.Sprintf("declare the Service in the intent's services, or who makes it: external: %q: \"...\"", reference("Service.", h.namespace, h.name)),
	}
	if near := f.nearest("Service.", h.namespace, h.name); near != "" {
		p.suggestion = fmt.Sprintf("set %s to %q, or declare the Service: external: %q: \"...\"", field(keys), near, reference("Service.", h.namespace, h.name))
	}
	f.report(s, p)
}

// ingressBackends holds an Ingress's backends against Services and their ports.
func ingressBackends(f *finder, s *subject) {
	for _, p := range []path{parsePath("spec.defaultBackend.service"), parsePath("spec.rules[].http.paths[].backend.service")} {
		p.maps(s.Value, nil, func(keys []string, m map[string]any) {
			h := host{s.id.Namespace, text(m, "name")}
			f.backend(s, below(keys, "name"), h, "MG5056")
			if n, ok := number(at(m, []string{"port", "number"})); ok {
				f.servicePort(s, below(keys, "port", "number"), "MG5056", h, n)
			}
			name, _ := at(m, []string{"port", "name"}).(string)
			f.portName(s, below(keys, "port", "name"), "MG5056", h, name)
		})
	}
}
