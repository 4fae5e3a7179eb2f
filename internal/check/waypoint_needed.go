package check

import (
	"fmt"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

var waypointNeeded = Check{
	Doc: Doc{
		Code: "MG3017", Since: "0.1.0", Severity: diag.Error,
		Title:  "A rule about HTTP on an ambient namespace without a waypoint",
		Text:   "ztunnel reads no HTTP: it treats a rule on paths, methods, hosts or tokens as one that nothing matches, so that an allow rule denies everything.\nGive the namespace a waypoint, or leave HTTP out of the rule.",
		Before: "mode: \"ambient\"\nnamespaces: shop: mesh: true\nauthorization: rules: read: to: {namespace: \"shop\", methods: [\"GET\"]}",
		After:  "mode: \"ambient\"\nnamespaces: shop: {mesh: true, waypoint: \"auto\"}\nauthorization: rules: read: to: {namespace: \"shop\", methods: [\"GET\"]}",
	},
	Run: func(m model.Mesh, _ intent.Intent) diag.List {
		var list diag.List
		for _, r := range m.Authorization.Rules {
			n, ok := member(m, r.To.Namespace)
			http := len(r.To.Paths) > 0 || len(r.To.Methods) > 0 || r.When.Host != "" || r.Issuer != nil
			switch {
			case !ok || n.Mode != intent.Ambient:
			case http && !n.Waypoint:
				list = append(list, diag.Diagnostic{
					Path:       r.Path,
					Message:    fmt.Sprintf("the rule is about HTTP, and ambient namespace %s has no waypoint that reads it", n.Name),
					Suggestion: fmt.Sprintf(`set %s.waypoint to "auto"`, n.Path),
				})
			case n.Waypoint && len(r.To.Labels) > 0:
				list = append(list, diag.Diagnostic{
					Path:       r.Path + ".to.labels",
					Message:    "a waypoint stands before all of a namespace's services, and cannot tell workloads by their labels",
					Suggestion: fmt.Sprintf("remove %s.to.labels", r.Path),
				})
			}
		}
		return list
	},
}
