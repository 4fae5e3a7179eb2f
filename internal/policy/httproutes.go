package policy

import (
	"maps"
	"slices"
	"strconv"

	gatewayapi "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// HTTPRoutes returns an HTTPRoute for each route behind a gateway of Gateway
// API, one for each 16 of its hosts, and the ReferenceGrants that let it reach services of other namespaces.
//
// Nothing is tried again: HTTPRoute's retry is experimental in Gateway API 1.6,
// so the CRDs of the standard channel would drop it. A path prefix matches whole
// segments here: /shop matches /shop/cart, not /shopping.
func HTTPRoutes(m model.Mesh) []object.Object {
	var objects []object.Object
	for _, r := range m.Routes {
		if r.Gateway.API != byGatewayAPI {
			continue
		}
		namespace := routeNamespace(r)
		var rules []gatewayapi.HTTPRouteRule
		for _, rule := range r.Rules {
			rules = append(rules, routeRule(rule, namespace))
		}
		for i, hosts := range hostsOf(r) {
			name := r.Name
			if i > 0 {
				name = join(r.Name, strconv.Itoa(i+1)) // a route's own name has no dot
			}
			objects = append(objects, meta{
				apiVersion: gatewayAPIVersion, kind: "HTTPRoute",
				namespace: namespace, name: name,
				component: "routes", path: r.Path,
			}.make(gatewayapi.HTTPRouteSpec{
				CommonRouteSpec: gatewayapi.CommonRouteSpec{ParentRefs: parents(r, hosts)},
				Hostnames:       hostnames(hosts),
				Rules:           rules,
			}))
		}
		objects = append(objects, grants(r, namespace)...)
	}
	return objects
}

// mostHosts is how many hosts one HTTPRoute can have (its CRD, gateway-api 1.6.0).
const mostHosts = 16

// hostsOf returns the hosts of each HTTPRoute that a route becomes.
func hostsOf(r model.Route) [][]string {
	if slices.Contains(r.Hosts, anyHost) {
		return [][]string{r.Hosts}
	}
	return slices.Collect(slices.Chunk(r.Hosts, mostHosts))
}

// parents names the listeners that a route's hosts are served by, and not the
// gateway as a whole: then a listener that redirects would serve the route too.
func parents(r model.Route, hosts []string) []gatewayapi.ParentReference {
	var refs []gatewayapi.ParentReference
	for _, l := range listeners(r.Gateway.Servers) {
		if l.redirects || l.opaque || !slices.ContainsFunc(hosts, func(host string) bool { return model.HostsMeet(host, l.host) }) {
			continue
		}
		refs = append(refs, parent(r.Gateway, l.name))
	}
	if len(refs) == 0 { // check has said so; a route without a parent would be for the mesh
		refs = append(refs, gatewayapi.ParentReference{
			Namespace: new(gatewayapi.Namespace(r.Gateway.Namespace)),
			Name:      gatewayapi.ObjectName(r.Gateway.Name),
		})
	}
	return refs
}

func parent(g *model.Gateway, listener string) gatewayapi.ParentReference {
	return gatewayapi.ParentReference{
		Namespace:   new(gatewayapi.Namespace(g.Namespace)),
		Name:        gatewayapi.ObjectName(g.Name),
		SectionName: new(gatewayapi.SectionName(listener)),
	}
}

// hostnames returns a route's hosts; none are all that its listeners serve.
func hostnames(hosts []string) []gatewayapi.Hostname {
	if slices.Contains(hosts, anyHost) {
		return nil
	}
	names := make([]gatewayapi.Hostname, 0, len(hosts))
	for _, host := range hosts {
		names = append(names, gatewayapi.Hostname(host))
	}
	return names
}

func routeRule(rule model.RouteRule, namespace string) gatewayapi.HTTPRouteRule {
	var out gatewayapi.HTTPRouteRule
	for _, match := range rule.Match {
		out.Matches = append(out.Matches, routeMatch(match))
	}
	for _, to := range rule.To {
		var ref gatewayapi.HTTPBackendRef
		ref.Name = gatewayapi.ObjectName(to.Service.Name)
		ref.Port = new(gatewayapi.PortNumber(to.Service.Port))
		if to.Service.Namespace != namespace {
			ref.Namespace = new(gatewayapi.Namespace(to.Service.Namespace))
		}
		if len(rule.To) > 1 {
			ref.Weight = new(int32(to.Weight))
		}
		out.BackendRefs = append(out.BackendRefs, ref)
	}
	if rule.Timeout != "" {
		out.Timeouts = &gatewayapi.HTTPRouteTimeouts{Request: new(gatewayapi.Duration(wholeDuration(rule.Timeout)))}
	}
	return out
}

func routeMatch(match intent.RouteMatch) gatewayapi.HTTPRouteMatch {
	var out gatewayapi.HTTPRouteMatch
	switch {
	case match.Exact != "":
		out.Path = &gatewayapi.HTTPPathMatch{Type: new(gatewayapi.PathMatchExact), Value: new(match.Exact)}
	case match.Prefix != "":
		out.Path = &gatewayapi.HTTPPathMatch{Type: new(gatewayapi.PathMatchPathPrefix), Value: new(match.Prefix)}
	}
	if match.Method != "" {
		out.Method = new(gatewayapi.HTTPMethod(match.Method))
	}
	for _, name := range slices.Sorted(maps.Keys(match.Headers)) { // a list, from a map
		out.Headers = append(out.Headers, gatewayapi.HTTPHeaderMatch{
			Type: new(gatewayapi.HeaderMatchExact), Name: gatewayapi.HTTPHeaderName(name), Value: match.Headers[name],
		})
	}
	return out
}

// grants returns a ReferenceGrant for each service of another namespace that
// the route goes to: without it the reference is refused. The version is
// v1beta1, the one that every release of the standard channel serves.
func grants(r model.Route, namespace string) []object.Object {
	services := map[string]map[string]bool{}
	for _, rule := range r.Rules {
		for _, to := range rule.To {
			if to.Service.Namespace == namespace {
				continue
			}
			if services[to.Service.Namespace] == nil {
				services[to.Service.Namespace] = map[string]bool{}
			}
			services[to.Service.Namespace][to.Service.Name] = true
		}
	}
	var objects []object.Object
	for _, target := range slices.Sorted(maps.Keys(services)) {
		spec := gatewayapi.ReferenceGrantSpec{From: []gatewayapi.ReferenceGrantFrom{{
			Group: gatewayapi.GroupName, Kind: "HTTPRoute", Namespace: gatewayapi.Namespace(namespace),
		}}}
		for _, name := range slices.Sorted(maps.Keys(services[target])) {
			spec.To = append(spec.To, gatewayapi.ReferenceGrantTo{Kind: "Service", Name: new(gatewayapi.ObjectName(name))})
		}
		objects = append(objects, meta{
			apiVersion: "gateway.networking.k8s.io/v1beta1", kind: "ReferenceGrant",
			namespace: target, name: join(r.Name, namespace),
			component: "routes", path: r.Path,
		}.make(spec))
	}
	return objects
}
