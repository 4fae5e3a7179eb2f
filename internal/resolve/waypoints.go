package resolve

import (
	"slices"

	"github.com/meshgen/meshgen/internal/model"
)

// waypoints sends what comes through a gateway past the waypoint of the
// namespace that it goes to. An ingress gateway otherwise talks to the pods
// directly, and the namespace's HTTP rules, which the waypoint enforces, would
// not be applied:
// https://istio.io/latest/docs/ambient/usage/waypoint/#configure-ingress-gateway.
func (r *resolver) waypoints() {
	for i, n := range r.out.Namespaces {
		if !n.Waypoint {
			continue
		}
		routed := slices.ContainsFunc(r.out.Routes, func(route model.Route) bool {
			return slices.ContainsFunc(route.Rules, func(rule model.RouteRule) bool {
				return slices.ContainsFunc(rule.To, func(to model.Destination) bool { return to.Service.Namespace == n.Name })
			})
		})
		// A rule that denies closes the pods to all but the waypoint, see package policy.
		called := slices.ContainsFunc(r.out.Authorization.Rules, func(rule model.AuthRule) bool {
			return rule.To.Namespace == n.Name && (len(rule.Callers) > 0 || rule.Action == "deny")
		})
		if routed || called {
			r.out.Namespaces[i].Labels["istio.io/ingress-use-waypoint"] = "true"
		}
	}
}
