package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

// waypointSidecars: of Envoys only gateways send to waypoints; sidecars call the
// pods themselves (istio, pilot/pkg/xds/endpoints/endpoint_builder.go,
// findServiceWaypoint, 1.31).
var waypointSidecars = Check{
	Doc: Doc{
		Code: "MG3038", Since: "0.2.0", Severity: diag.Error, Also: diag.Warning,
		Title:  "Sidecars do not go through a waypoint",
		Text:   "A workload with a sidecar calls the pods of an ambient namespace itself, past its waypoint, and there nobody reads HTTP. A rule by HTTP that admits such callers admits none of them. Where rules deny by HTTP, meshgen closes the pods to everybody but the waypoint, so that nobody goes round them: that shuts workloads with sidecars out, and is a warning.\nMake the callers' namespaces ambient, or admit them by a rule without paths, methods, hosts and tokens.",
		Before: "namespaces: {web: mesh: true, data: {mesh: true, mode: \"ambient\", waypoint: \"auto\"}}\nauthorization: {default: \"deny\", rules: get: {to: {namespace: \"data\", methods: [\"GET\"]}, from: namespaces: [\"web\"]}}",
		After:  "namespaces: {web: {mesh: true, mode: \"ambient\"}, data: {mesh: true, mode: \"ambient\", waypoint: \"auto\"}}\nauthorization: {default: \"deny\", rules: get: {to: {namespace: \"data\", methods: [\"GET\"]}, from: namespaces: [\"web\"]}}",
	},
	Run: func(m model.Mesh, _ intent.Intent) diag.List {
		_, sidecars := modes(m)
		if len(sidecars) == 0 {
			return nil
		}
		var list diag.List
		for _, r := range m.Authorization.Rules {
			n, ok := member(m, r.To.Namespace)
			http := len(r.To.Paths) > 0 || len(r.To.Methods) > 0 || r.When.Host != "" || r.Issuer != nil
			if r.Gateway != nil || !ok || !n.Waypoint || !http {
				continue
			}
			who := slices.Clone(r.From.Namespaces)
			for _, account := range r.From.ServiceAccounts {
				namespace, _, _ := strings.Cut(account, "/")
				who = append(who, namespace)
			}
			open := len(who)+len(r.From.Gateways) == 0 // whoever calls
			who = slices.DeleteFunc(who, func(name string) bool { return !slices.Contains(sidecars, name) })
			slices.Sort(who)
			who = slices.Compact(who)
			d := diag.Diagnostic{Path: r.Path, Suggestion: `set the mode of the callers' namespaces to "ambient"`}
			switch {
			case r.Action == "deny":
				d.Severity = diag.Warning
				d.Message = fmt.Sprintf("only what comes through the waypoint of namespace %s reaches its pods, so that the rule holds: workloads of %s have sidecars, which call pods directly, and are shut out", n.Name, enumerate("namespace", sidecars))
			case len(who) > 0:
				d.Message = fmt.Sprintf("workloads of %s have sidecars, which do not go through the waypoint of namespace %s: the rule lets none of them in", enumerate("namespace", who), n.Name)
				d.Suggestion = fmt.Sprintf(`set %s.mode to "ambient"`, intent.Join("namespaces", who[0]))
				d.Alternatives = []string{"leave paths, methods, hosts and tokens out of the rule"}
			case open:
				d.Severity = diag.Warning
				d.Message = fmt.Sprintf("workloads of %s have sidecars, which do not go through the waypoint of namespace %s: the rule lets none of them in", enumerate("namespace", sidecars), n.Name)
			default:
				continue
			}
			list = append(list, d)
		}
		return list
	},
}
