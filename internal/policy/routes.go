package policy

import (
	"maps"
	"slices"
	"strings"

	networking "istio.io/api/networking/v1"

	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// VirtualServices returns a VirtualService for each route behind a gateway that
// the chart makes. It stands in the namespace of its first destination, beside
// the service that it is about, and names the gateway with its namespace.
func VirtualServices(m model.Mesh) []object.Object {
	var objects []object.Object
	for _, r := range m.Routes {
		if r.Gateway.API != byChart {
			continue
		}
		spec := &networking.VirtualService{
			Hosts:    r.Hosts,
			Gateways: []string{r.Gateway.Namespace + "/" + r.Gateway.Name},
		}
		for _, rule := range r.Rules {
			spec.Http = append(spec.Http, httpRoute(rule))
		}
		objects = append(objects, meta{
			apiVersion: "networking.istio.io/v1", kind: "VirtualService",
			namespace: routeNamespace(r), name: r.Name,
			component: "routes", path: r.Path,
		}.make(spec))
	}
	return objects
}

// routeNamespace is where a route stands: with its first destination.
func routeNamespace(r model.Route) string { return r.Rules[0].To[0].Service.Namespace }

func httpRoute(rule model.RouteRule) *networking.HTTPRoute {
	route := &networking.HTTPRoute{Timeout: protoDuration(rule.Timeout)}
	for _, match := range rule.Match {
		route.Match = append(route.Match, httpMatch(match))
	}
	for _, to := range rule.To {
		destination := &networking.HTTPRouteDestination{
			Destination: &networking.Destination{
				Host:   to.Service.Host(),
				Subset: to.Subset,
				Port:   &networking.PortSelector{Number: uint32(to.Service.Port)},
			},
		}
		if len(rule.To) > 1 {
			destination.Weight = int32(to.Weight)
		}
		route.Route = append(route.Route, destination)
	}
	if rule.Retries != nil {
		route.Retries = &networking.HTTPRetry{
			Attempts:      int32(rule.Retries.Attempts),
			PerTryTimeout: protoDuration(rule.Retries.PerTryTimeout),
			RetryOn:       rule.Retries.On,
		}
	}
	return route
}

// httpMatch writes header names in lower case, as VirtualService wants them.
func httpMatch(match intent.RouteMatch) *networking.HTTPMatchRequest {
	request := &networking.HTTPMatchRequest{}
	switch {
	case match.Exact != "":
		request.Uri = exactly(match.Exact)
	case match.Prefix != "":
		request.Uri = &networking.StringMatch{MatchType: &networking.StringMatch_Prefix{Prefix: match.Prefix}}
	}
	if match.Method != "" {
		request.Method = exactly(match.Method)
	}
	for _, name := range slices.Sorted(maps.Keys(match.Headers)) { // of X-A and x-a always the same
		if request.Headers == nil {
			request.Headers = map[string]*networking.StringMatch{}
		}
		request.Headers[strings.ToLower(name)] = exactly(match.Headers[name])
	}
	return request
}

func exactly(text string) *networking.StringMatch {
	return &networking.StringMatch{MatchType: &networking.StringMatch_Exact{Exact: text}}
}
