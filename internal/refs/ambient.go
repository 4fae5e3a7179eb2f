package refs

import (
	"fmt"
	"maps"
	"slices"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// The rules of this file find traffic rules of an ambient mesh that nobody
// reads: ztunnel knows connections alone, and without a sidecar or a waypoint
// there is no proxy that would take them (istio.io, ambient/usage/waypoint).

// proxies is what is known of the cluster's proxies, each once it is wanted.
type proxies struct {
	sidecars  *bool           // whether some pods have one
	waypoints map[string]bool // whether a waypoint may serve a namespace
	routed    map[host]bool   // what gateways may send to
	injectors *injectors
	templates *[]string             // of the injector
	bound     map[object.ID][]bound // routes, by their gateway
}

// sidecarsAnywhere says whether some pods of the mesh have a sidecar: it would
// read the rules for whatever it calls.
func (f *finder) sidecarsAnywhere() bool {
	if f.proxies.sidecars == nil {
		found := f.mesh.Sidecars || slices.ContainsFunc(f.byKind["Namespace."], func(n *subject) bool { return f.dataPlane(n.id.Name) == intent.Sidecar })
		for _, all := range f.workloads {
			found = found || slices.ContainsFunc(all, func(w workload) bool { return !w.injected && w.labels["sidecar.istio.io/inject"] == "true" })
		}
		f.proxies.sidecars = &found
	}
	return *f.proxies.sidecars
}

// unread says whether nobody on the way to a namespace's Services reads rules
// of HTTP, but gateways.
func (f *finder) unread(namespace string) bool {
	return f.whole && f.mesh.Ambient && !f.waypointOf(namespace) && !f.sidecarsAnywhere()
}

// unreadHost says it of one Service: its own word on waypoints goes before that
// of its namespace (https://istio.io/latest/docs/ambient/usage/waypoint/).
func (f *finder) unreadHost(h host) bool {
	if f.refusesWaypoint(h) {
		return f.whole && f.mesh.Ambient && !f.sidecarsAnywhere()
	}
	return f.unread(h.namespace)
}

// refusesWaypoint says whether a Service asks for no waypoint, or neither it nor
// its namespace, which is among the objects, asks for one.
func (f *finder) refusesWaypoint(h host) bool {
	service, namespace := f.byID[object.ID{Kind: "Service", Namespace: h.namespace, Name: h.name}], f.byID[object.ID{Kind: "Namespace", Name: h.namespace}]
	if service == nil {
		return false
	}
	switch asked := service.Labels()[useWaypoint]; {
	case asked == "none":
		return true
	case asked != nil && asked != "" || namespace == nil:
		return false
	}
	asked := namespace.Labels()[useWaypoint]
	return asked == nil || asked == "" || asked == "none"
}

// noWaypoint says why no waypoint serves a Service, and what to do.
func (f *finder) noWaypoint(h host) (why, try string) {
	service := f.byID[object.ID{Kind: "Service", Namespace: h.namespace, Name: h.name}]
	if service != nil && service.Labels()[useWaypoint] == "none" {
		return fmt.Sprintf("%s says %s: none", service.id, useWaypoint), fmt.Sprintf("remove the label %s from %s", useWaypoint, service.id)
	}
	return h.namespace + " has no waypoint", fmt.Sprintf("set %s to \"auto\"", intent.Join("namespaces", h.namespace, "waypoint"))
}

// readRoutes warns of a VirtualService for the mesh that nobody reads.
func readRoutes(f *finder, s *subject) {
	hosts := object.List(s.Value, "spec", "hosts")
	if s.asMade() || len(hosts) == 0 || !ofMesh(s) || len(object.List(s.Value, "spec", "gateways")) > 1 {
		return
	}
	var last host
	for _, v := range hosts {
		name, _ := v.(string)
		h, inside := inCluster(name, s.id.Namespace)
		if !inside || !f.unreadHost(h) {
			return
		}
		last = h
	}
	why, try := f.noWaypoint(last)
	f.vain(s, []string{"spec", "hosts"}, fmt.Sprintf("is for calls in the mesh to %v, and nobody reads it: there are no sidecars, and %s", hosts[0], why), try+", or bind it to a gateway by spec.gateways")
}

// readParents warns of a route of Gateway API for calls in the mesh that nobody reads.
func readParents(f *finder, s *subject) {
	if s.asMade() {
		return
	}
	parsePath("spec.parentRefs[]").maps(s.Value, nil, func(keys []string, m map[string]any) {
		group, ok := m["group"].(string)
		if kind := text(m, "kind"); !ok || (group != "" && group != "core" || kind != "Service") && (group != "networking.istio.io" || kind != "ServiceEntry") {
			return
		}
		namespace, name := s.named(m)
		h := host{namespace, name}
		if text(m, "kind") == "ServiceEntry" && !f.unread(namespace) || text(m, "kind") == "Service" && !f.unreadHost(h) {
			return
		}
		why, try := f.noWaypoint(h)
		f.vain(s, below(keys), fmt.Sprintf("is for calls in the mesh to %s in %s, and nobody reads it: there are no sidecars, and %s", name, field(keys), why), fmt.Sprintf("%s, or name a Gateway in %s", try, field(keys)))
	})
}

// readRules warns of a DestinationRule for a Service that no gateway sends to,
// where nobody else reads it.
func readRules(f *finder, s *subject) {
	name := object.String(s.Value, "spec", "host")
	h, inside := inCluster(name, s.id.Namespace)
	if s.asMade() || name == "" || !inside || !f.unreadHost(h) || f.routed(h) {
		return
	}
	why, try := f.noWaypoint(h)
	f.vain(s, []string{"spec", "host"}, fmt.Sprintf("is for calls to %s, and nobody reads it: there are no sidecars, %s, and no gateway sends there", name, why), try)
}

// routed says whether a gateway may send to a Service.
func (f *finder) routed(h host) bool {
	if f.proxies.routed == nil {
		f.proxies.routed = f.routes()
	}
	return f.proxies.routed[h] || f.proxies.routed[host{namespace: h.namespace}] || f.proxies.routed[host{}]
}

// routes returns the Services that routes send to; without a name all of a
// namespace, and without either all.
func (f *finder) routes() map[host]bool {
	to := map[host]bool{}
	for _, s := range f.byKind["VirtualService.networking.istio.io"] {
		for _, p := range destinationFields {
			p.maps(s.Value, nil, func(_ []string, m map[string]any) {
				if h, inside := inCluster(text(m, "host"), s.id.Namespace); inside {
					to[h] = true
				}
			})
		}
	}
	for _, s := range f.byKind[istioGateway] {
		parsePath("spec.servers[].tls.mode").each(s.Value, nil, func(_ []string, v any) {
			if v == "AUTO_PASSTHROUGH" {
				to[host{}] = true
			}
		})
	}
	for kind := range routeProtocols {
		for _, s := range f.byKind[kind+"."+gatewayAPI] {
			for _, list := range []string{"spec.rules[].backendRefs[]", "spec.rules[].filters[].requestMirror.backendRef"} {
				parsePath(list).maps(s.Value, nil, func(_ []string, m map[string]any) {
					namespace, name := s.named(m)
					to[host{namespace, name}] = true
				})
			}
		}
	}
	for _, s := range f.byKind["Ingress.networking.k8s.io"] {
		to[host{namespace: s.id.Namespace}] = true
	}
	return to
}

// disabledPeers warns of mutual TLS that a PeerAuthentication turns off for
// ambient pods: ztunnel takes DISABLE for PERMISSIVE, and the mesh goes on
// calling them by mutual TLS (pilot/pkg/serviceregistry/ambient, authorization.go).
// Where the intent says strict, MG5077 speaks of it.
func disabledPeers(f *finder, s *subject) {
	ambient := f.dataPlane(s.id.Namespace) == intent.Ambient
	if s.id.Namespace == model.RootNamespace {
		ambient = f.mesh.Ambient && !f.sidecarsAnywhere()
	}
	if s.asMade() || !ambient || f.stageOf(s.id.Namespace) == intent.Strict {
		return
	}
	want := labelSelector(object.Map(s.Value, "spec", "selector"))
	if slices.ContainsFunc(f.selected(s.id.Namespace, want), func(w workload) bool {
		return !want.isEmpty() && w.injected || w.labels["sidecar.istio.io/inject"] == "true" && !w.injected
	}) {
		return
	}
	report := func(keys []string, v any) {
		if v == "DISABLE" {
			f.report(s, problem{
				code: "MG5067", severity: diag.Warning, keys: keys,
				message:    fmt.Sprintf("turns mutual TLS off in %s for ambient pods, and ztunnel takes that for PERMISSIVE: the mesh goes on calling them by mutual TLS", field(keys)),
				suggestion: fmt.Sprintf("set %s to \"PERMISSIVE\"", field(keys)),
			})
		}
	}
	report([]string{"spec", "mtls", "mode"}, object.Get(s.Value, "spec", "mtls", "mode"))
	ports := object.Map(s.Value, "spec", "portLevelMtls")
	for _, port := range slices.Sorted(maps.Keys(ports)) {
		m, _ := ports[port].(map[string]any)
		report([]string{"spec", "portLevelMtls", port, "mode"}, m["mode"])
	}
}
