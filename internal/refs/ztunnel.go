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
	if s.ours() && len(s.Origin.Patches) == 0 || len(object.List(s.Value, "spec", "targetRefs")) > 0 || object.Map(s.Value, "spec", "targetRef") != nil {
		return
	}
	n := slices.IndexFunc(f.mesh.Namespaces, func(n model.Namespace) bool { return n.Name == s.id.Namespace })
	if n < 0 || !f.mesh.Namespaces[n].Mesh || f.mesh.Namespaces[n].Mode != intent.Ambient {
		return
	}
	action := object.String(s.Value, "spec", "action")
	effect := "the rule lets nobody through"
	switch action {
	case "DENY":
		effect = "the rule denies without regard to it"
	case "AUDIT", "CUSTOM":
		f.report(s, problem{
			code: "MG5067", severity: diag.Error, keys: []string{"spec", "action"},
			message:    fmt.Sprintf("is on ambient pods, and ztunnel knows no action %s", action),
			suggestion: attach(f.mesh.Namespaces[n]),
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
				message:    fmt.Sprintf("is on ambient pods and asks for %s, which ztunnel does not read: %s", field(found), effect),
				suggestion: attach(f.mesh.Namespaces[n]),
			})
		}
	}
}

// attach says how a policy comes to a waypoint, which reads HTTP.
func attach(n model.Namespace) string {
	suggestion := fmt.Sprintf("set spec.targetRefs to [{group: gateway.networking.k8s.io, kind: Gateway, name: %s}]", model.WaypointName)
	if !n.Waypoint {
		return fmt.Sprintf("set %s.waypoint to \"auto\", and %s", n.Path, suggestion)
	}
	return suggestion
}
