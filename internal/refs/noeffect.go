package refs

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// The rules of this file find what istiod accepts and passes over without a
// word, where istioctl analyze would warn of it.

// servedHosts holds the hosts of a VirtualService against those of the Gateways
// that it is bound to: with none in common no request comes to it (IST0132).
func servedHosts(f *finder, s *subject) {
	hosts := object.List(s.Value, "spec", "hosts")
	if len(hosts) == 0 {
		return
	}
	parsePath("spec.gateways[]").each(s.Value, nil, func(keys []string, v any) {
		gateway := f.istioGatewayOf(s, v)
		if gateway == nil || s.asMade() && gateway.asMade() {
			return
		}
		served := servedTo(gateway, s.id.Namespace)
		for _, h := range hosts {
			name, _ := h.(string)
			if strings.Contains(name, "${") || slices.ContainsFunc(served, func(other string) bool { return hostsMeet(name, other) || strings.Contains(other, "${") }) {
				return
			}
		}
		at := below(keys)
		p := problem{
			code: "MG5067", severity: diag.Warning, keys: at,
			message:    fmt.Sprintf("has only hosts that %s, in %s, does not serve to its namespace, so that no request comes through it", gateway.id, field(at)),
			suggestion: fmt.Sprintf("add one of its hosts to %s, or remove %s", gateway.id, field(at)),
		}
		f.report(s, p)
	})
}

// istioGatewayOf returns the Gateway that a VirtualService names, or nil.
func (f *finder) istioGatewayOf(s *subject, v any) *subject {
	name, _ := v.(string)
	namespace, bare, ok := strings.Cut(name, "/")
	if !ok {
		namespace, bare = s.id.Namespace, name
	} else if namespace == "." {
		namespace = s.id.Namespace
	}
	return f.byID[object.ID{Group: "networking.istio.io", Kind: "Gateway", Namespace: namespace, Name: bare}]
}

// claimRoutes warns of routes by a claim of a token where no
// RequestAuthentication reads the tokens at the gateway: the claim is then never
// there (IST0149).
func claimRoutes(f *finder, s *subject) {
	var at []string
	for _, p := range []path{parsePath("spec.http[].match[].headers"), parsePath("spec.http[].match[].withoutHeaders")} {
		p.maps(s.Value, nil, func(keys []string, m map[string]any) {
			for name := range m {
				if strings.HasPrefix(strings.ToLower(name), "@request.auth.claims") && at == nil {
					at = below(keys)
				}
			}
		})
	}
	if at == nil || !f.whole {
		return
	}
	parsePath("spec.gateways[]").each(s.Value, nil, func(_ []string, v any) {
		gateway := f.istioGatewayOf(s, v)
		if gateway == nil {
			return
		}
		want := selector{labels: object.Map(gateway.Value, "spec", "selector")}
		for _, namespace := range slices.Sorted(maps.Keys(f.workloads)) {
			for _, w := range f.selected(namespace, want) {
				if f.readsTokens(w) {
					continue
				}
				f.report(s, problem{
					code: "MG5067", severity: diag.Warning, keys: at,
					message:    fmt.Sprintf("routes by a claim in %s, and no RequestAuthentication reads the tokens at %s: the claim is never there", field(at), w.from.id),
					suggestion: fmt.Sprintf("declare the issuer in authorization.issuers, or add a RequestAuthentication for %s", w.from.id),
				})
				return
			}
		}
	})
}

// readsTokens says whether a RequestAuthentication is for a workload.
func (f *finder) readsTokens(w workload) bool {
	return slices.ContainsFunc(f.byKind["RequestAuthentication.security.istio.io"], func(r *subject) bool {
		if r.id.Namespace != w.from.id.Namespace && r.id.Namespace != model.RootNamespace {
			return false
		}
		return object.Get(r.Value, "spec", "targetRefs") != nil || object.Get(r.Value, "spec", "targetRef") != nil ||
			selector{labels: object.Map(r.Value, "spec", "selector", "matchLabels")}.matches(w.labels)
	})
}

// waypointSelector warns of a policy that selects a waypoint by its labels:
// waypoints look at targetRefs alone (IST0166; pilot/pkg/model/policyattachment.go).
func waypointSelector(f *finder, s *subject) {
	keys := []string{"spec", "selector", "matchLabels"}
	want := selector{labels: object.Map(s.Value, keys...)}
	if want.isEmpty() {
		return
	}
	for _, w := range f.selected(s.id.Namespace, want) {
		if w.from.kind == "Gateway.gateway.networking.k8s.io" && w.labels["gateway.networking.k8s.io/gateway-class-name"] == "istio-waypoint" {
			f.report(s, problem{
				code: "MG5067", severity: diag.Warning, keys: keys,
				message:    fmt.Sprintf("selects the waypoint %s by labels, and waypoints look at targetRefs alone", w.from.id),
				suggestion: fmt.Sprintf("replace spec.selector by targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: %s}]", w.from.id.Name),
			})
			return
		}
	}
}

// applied are the operations that istiod applies to what an EnvoyFilter patches;
// it passes over the others (pilot/pkg/networking/core/envoyfilter of 1.31.1).
// IST0152 to IST0154 of istioctl analyze are an older such table.
var applied = map[string][]string{
	"LISTENER":            {"MERGE", "MERGE_AND_REPLACE_LIST", "ADD", "REMOVE"},
	"FILTER_CHAIN":        {"MERGE", "MERGE_AND_REPLACE_LIST", "ADD", "REMOVE"},
	"CLUSTER":             {"MERGE", "MERGE_AND_REPLACE_LIST", "ADD", "REMOVE"},
	"ROUTE_CONFIGURATION": {"MERGE", "MERGE_AND_REPLACE_LIST"},
	"VIRTUAL_HOST":        {"MERGE", "MERGE_AND_REPLACE_LIST", "ADD", "REMOVE", "REPLACE"},
	"HTTP_ROUTE":          {"MERGE", "MERGE_AND_REPLACE_LIST", "ADD", "REMOVE", "INSERT_BEFORE", "INSERT_AFTER", "INSERT_FIRST"},
	"LISTENER_FILTER":     {"MERGE", "ADD", "REMOVE", "REPLACE", "INSERT_BEFORE", "INSERT_AFTER", "INSERT_FIRST"},
	"NETWORK_FILTER":      {"MERGE", "ADD", "REMOVE", "REPLACE", "INSERT_BEFORE", "INSERT_AFTER", "INSERT_FIRST"},
	"HTTP_FILTER":         {"MERGE", "ADD", "REMOVE", "REPLACE", "INSERT_BEFORE", "INSERT_AFTER", "INSERT_FIRST"},
	"EXTENSION_CONFIG":    {"ADD"},
}

// patchOperations warns of operations of an EnvoyFilter that istiod does not
// apply to what they are for.
func patchOperations(f *finder, s *subject) {
	parsePath("spec.configPatches[]").maps(s.Value, nil, func(keys []string, m map[string]any) {
		operation, to := object.String(m, "patch", "operation"), text(m, "applyTo")
		f.nameless(s, keys, to, operation, object.Map(m, "patch", "value"))
		known, ok := applied[to]
		if !ok || operation == "" || slices.Contains(known, operation) {
			return
		}
		at := below(keys, "patch", "operation")
		f.report(s, problem{
			code: "MG5067", severity: diag.Warning, keys: at,
			message:    fmt.Sprintf("says %s for %s in %s, and istiod passes over it", operation, to, field(at)),
			suggestion: fmt.Sprintf("set %s to one of %s", field(at), strings.Join(known, ", ")),
		})
	})
}

// emptySubsets warns of a subset of a Service whose pods are all known, and of
// which none has the subset's labels (IST0173): its requests are answered 503.
func emptySubsets(f *finder, s *subject) {
	h, inside := inCluster(object.String(s.Value, "spec", "host"), s.id.Namespace)
	service := f.byID[object.ID{Kind: "Service", Namespace: h.namespace, Name: h.name}]
	if !inside || service == nil || !f.whole {
		return
	}
	want := selector{labels: object.Map(service.Value, "spec", "selector")}
	pods := f.selected(h.namespace, want)
	if want.isEmpty() || len(pods) == 0 {
		return
	}
	parsePath("spec.subsets[]").maps(s.Value, nil, func(keys []string, m map[string]any) {
		labels := selector{labels: object.Map(m, "labels")}
		if labels.isEmpty() || slices.ContainsFunc(pods, func(w workload) bool { return labels.matches(w.labels) }) {
			return
		}
		for key := range labels.labels {
			if strings.HasPrefix(key, "topology.") || key == "istio.io/rev" {
				return // of the node, or of the proxy
			}
		}
		at := below(keys, "labels")
		f.report(s, problem{
			code: "MG5067", severity: diag.Warning, keys: at,
			message:    fmt.Sprintf("has the subset %q of the pods with %s, and none that %s selects has that", text(m, "name"), labels, service.id),
			suggestion: fmt.Sprintf("correct %s, or the labels of %s", field(at), pods[0].from.id),
		})
	})
}

// proxyUser warns of containers in the mesh that run as user 1337, whose traffic
// is the proxy's own and passes it by (IST0144).
func proxyUser(f *finder, s *subject) {
	w, ok := podsOf(s)
	if !ok || w.injected || s.asMade() || !f.inMesh(s.id.Namespace) {
		return
	}
	report := func(keys []string) {
		f.report(s, problem{
			code: "MG5067", severity: diag.Warning, keys: keys,
			message:    fmt.Sprintf("runs as user 1337 in %s, which is the sidecar's: its traffic passes the mesh by", field(keys)),
			suggestion: fmt.Sprintf("set %s to another user", field(keys)),
		})
	}
	if n, ok := number(object.Get(w.spec, "securityContext", "runAsUser")); ok && n == 1337 {
		report(below(w.keys, "securityContext", "runAsUser"))
	}
	for _, list := range containers {
		parsePath(list+"[].securityContext.runAsUser").each(w.spec, w.keys, func(keys []string, v any) {
			if n, ok := number(v); ok && n == 1337 {
				report(below(keys))
			}
		})
	}
}

// inMesh says whether sidecars are injected into a namespace.
func (f *finder) inMesh(namespace string) bool {
	return slices.ContainsFunc(f.mesh.Namespaces, func(n model.Namespace) bool { return n.Name == namespace && n.Mesh && n.Mode == "sidecar" })
}

// autoImage warns of a container that leaves its image to istiod's injector,
// in a pod that is not injected: the node looks for an image of the name auto
// (IST0146, IST0147).
func autoImage(f *finder, s *subject) {
	w, ok := podsOf(s)
	if !ok || s.asMade() || f.inMesh(s.id.Namespace) || w.labels["sidecar.istio.io/inject"] == "true" || w.labels["istio.io/rev"] != nil {
		return
	}
	for _, list := range containers {
		parsePath(list+"[].image").each(w.spec, w.keys, func(keys []string, v any) {
			if v != "auto" {
				return
			}
			f.report(s, problem{
				code: "MG5067", severity: diag.Warning, keys: below(keys),
				message:    fmt.Sprintf("leaves the image to istiod in %s, and nothing is injected into its pods", field(keys)),
				suggestion: fmt.Sprintf("add the label sidecar.istio.io/inject: \"true\" to the pods, or set namespaces.%s.mesh to true", s.id.Namespace),
			})
		})
	}
}

// loggedNowhere warns of access logs that go to no provider: none is named, in
// the object, in one for the whole mesh, or as the mesh's default (IST0157).
func loggedNowhere(f *finder, s *subject) {
	if len(object.List(f.mesh.MeshConfig, "defaultProviders", "accessLogging")) > 0 || len(object.List(f.mesh.Values.Istiod, "meshConfig", "defaultProviders", "accessLogging")) > 0 {
		return
	}
	named := func(t *subject) bool {
		found := false
		parsePath("spec.accessLogging[].providers[]").each(t.Value, nil, func([]string, any) { found = true })
		return found
	}
	if slices.ContainsFunc(f.byKind[s.kind], func(t *subject) bool {
		return t != s && (t.id.Namespace == model.RootNamespace || t.id.Namespace == s.id.Namespace) && wholeNamespace(t) && named(t)
	}) {
		return // which an object for less inherits
	}
	parsePath("spec.accessLogging[]").maps(s.Value, nil, func(keys []string, m map[string]any) {
		if off, _ := m["disabled"].(bool); off || len(object.List(m, "providers")) > 0 {
			return
		}
		f.report(s, problem{
			code: "MG5067", severity: diag.Warning, keys: below(keys),
			message:    fmt.Sprintf("logs to no provider in %s, and the mesh has none by default", field(keys)),
			suggestion: fmt.Sprintf("set %s to [{name: envoy}], or to one of telemetry.providers", field(below(keys, "providers"))),
		})
	})
}
