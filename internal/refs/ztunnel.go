package refs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// http are the fields of an AuthorizationPolicy's rule that ask for what is in
// HTTP (security/v1 AuthorizationPolicy).
var http = []path{
	parsePath("to[].operation.hosts"), parsePath("to[].operation.notHosts"),
	parsePath("to[].operation.methods"), parsePath("to[].operation.notMethods"),
	parsePath("to[].operation.paths"), parsePath("to[].operation.notPaths"),
	parsePath("from[].source.requestPrincipals"), parsePath("from[].source.notRequestPrincipals"),
	parsePath("from[].source.remoteIpBlocks"), parsePath("from[].source.notRemoteIpBlocks"),
}

// readByZtunnel reports what a policy on ambient pods asks for beyond the
// connection: ztunnel lets an ALLOW rule of that kind match nothing, and a DENY
// rule match without it, and it knows no other actions (istio.io,
// ambient/usage/l4-policy). What the intent's own rules ask for, MG3017 has
// looked at.
func readByZtunnel(f *finder, s *subject) {
	if s.asMade() || len(object.List(s.Value, "spec", "targetRefs")) > 0 || object.Map(s.Value, "spec", "targetRef") != nil {
		return
	}
	on, suggestion := f.ztunnelReads(s)
	if on == "" {
		return
	}
	action := object.String(s.Value, "spec", "action")
	effect := "the rule lets nobody through"
	switch action {
	case "DENY":
		effect = "the rule denies without regard to it"
	case "AUDIT", "CUSTOM":
		if s.id.Namespace == model.RootNamespace {
			return // ztunnel passes it over, and gateways read it
		}
		f.report(s, problem{
			code: "MG5067", severity: diag.Error, keys: []string{"spec", "action"},
			message:    fmt.Sprintf("is on %s, and ztunnel knows no action %s", on, action),
			suggestion: suggestion,
		})
		return
	}
	for i, rule := range object.List(s.Value, "spec", "rules") {
		var found []string
		at := []string{"spec", "rules", fmt.Sprint(i)}
		for _, p := range http {
			p.each(rule, at, func(keys []string, v any) {
				if list, _ := v.([]any); len(list) > 0 && found == nil {
					found = below(keys)
				}
			})
		}
		parsePath("when[].key").each(rule, at, func(keys []string, v any) {
			if key, _ := v.(string); strings.HasPrefix(key, "request.") && found == nil {
				found = below(keys)
			}
		})
		if found != nil {
			f.report(s, problem{
				code: "MG5067", severity: diag.Error, keys: found,
				message:    fmt.Sprintf("is on %s and asks for %s, which ztunnel does not read: %s", on, field(found), effect),
				suggestion: suggestion,
			})
		}
	}
}

// ztunnelReads says on which ambient pods a policy without targets is, and how
// it comes to a waypoint instead; empty if it is on none. One in the root
// namespace is on those of the whole mesh.
func (f *finder) ztunnelReads(s *subject) (on, suggestion string) {
	if s.id.Namespace != model.RootNamespace {
		n := slices.IndexFunc(f.mesh.Namespaces, func(n model.Namespace) bool { return n.Name == s.id.Namespace })
		switch {
		case f.dataPlane(s.id.Namespace) != intent.Ambient:
			return "", ""
		case n < 0:
			return "ambient pods", attach(model.Namespace{Name: s.id.Namespace, Path: intent.Join("namespaces", s.id.Namespace), Waypoint: f.waypointOf(s.id.Namespace)})
		}
		return "ambient pods", attach(f.mesh.Namespaces[n])
	}
	want := labelSelector(object.Map(s.Value, "spec", "selector"))
	var namespaces []string
	for _, n := range f.mesh.Namespaces {
		namespaces = append(namespaces, n.Name)
	}
	for _, n := range f.byKind["Namespace."] {
		namespaces = append(namespaces, n.id.Name)
	}
	for _, namespace := range namespaces {
		if f.dataPlane(namespace) != intent.Ambient {
			continue
		}
		pods := slices.ContainsFunc(f.selected(namespace, want), func(w workload) bool { return !w.injected && w.labels[planeLabel] != "none" })
		if !want.isEmpty() && !pods {
			continue
		}
		return "the ambient pods of the whole mesh", fmt.Sprintf("set spec.targetRefs to [{group: gateway.networking.k8s.io, kind: GatewayClass, name: %s}], for the waypoints to read it", waypointClass)
	}
	return "", ""
}

// attach says how a policy comes to a waypoint, which reads HTTP.
func attach(n model.Namespace) string {
	suggestion := fmt.Sprintf("set spec.targetRefs to [{group: gateway.networking.k8s.io, kind: Gateway, name: %s}]", model.WaypointName)
	if !n.Waypoint {
		return fmt.Sprintf("set %s.waypoint to \"auto\", and %s", n.Path, suggestion)
	}
	return suggestion
}
