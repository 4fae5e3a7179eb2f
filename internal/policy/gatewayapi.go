package policy

import (
	"strconv"

	gatewayapi "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// gatewayAPIVersion is the version of Gateway, and of HTTPRoute, in every
// release of the standard channel since 1.0.
const gatewayAPIVersion = "gateway.networking.k8s.io/v1"

// listener is a port of a Gateway and one host on it: Gateway API has one host a
// listener, where an intent's server has several.
type listener struct {
	name      string
	host      string
	server    model.Server
	redirects bool // the listener on port 80 that redirects to the server
	opaque    bool // the gateway reads no HTTP, so no HTTPRoute can attach
}

// listeners returns the listeners of servers, in order. The second host of a
// server is named with a dot, which no server's name has.
func listeners(servers []model.Server) []listener {
	var list []listener
	add := func(l listener, hosts []string) {
		name := l.name
		for i, host := range hosts {
			l.host = host
			if i > 0 {
				l.name = join(name, strconv.Itoa(i+1))
			}
			list = append(list, l)
		}
	}
	for _, s := range servers {
		hosts := s.Hosts
		if chartProtocol(s) == "TCP" {
			hosts = hosts[:1] // TCP has no host names: one listener for all of them
		}
		add(listener{name: listenerName(s), server: s, opaque: s.Opaque()}, hosts)
		if redirects(s) {
			add(listener{name: redirectName(s), server: s, redirects: true}, s.Hosts)
		}
	}
	return list
}

// GatewayAPIGateways returns the Gateway of each gateway that istiod makes, the
// ConfigMap that shapes its Deployment and Service, and the HTTPRoute that
// redirects to https where a server asks for it.
func GatewayAPIGateways(m model.Mesh) []object.Object {
	var objects []object.Object
	for i := range m.Gateways {
		g := &m.Gateways[i]
		if g.API != byGatewayAPI {
			continue
		}
		objects = append(objects, infrastructure(m, g), gateway(m, g))
		objects = append(objects, redirectRoutes(g)...)
	}
	return objects
}

func gateway(m model.Mesh, g *model.Gateway) object.Object {
	spec := gatewayapi.GatewaySpec{
		GatewayClassName: "istio",
		Infrastructure: &gatewayapi.GatewayInfrastructure{
			ParametersRef: &gatewayapi.LocalParametersReference{Kind: "ConfigMap", Name: infrastructureName(g)},
		},
	}
	for _, l := range listeners(g.Servers) {
		spec.Listeners = append(spec.Listeners, gatewayListener(l))
	}
	// istiod writes the address into the Service's loadBalancerIP, and only for
	// a Service of type LoadBalancer (istiod chart, files/kube-gateway.yaml).
	if g.Address != "" && g.Service.Type == "LoadBalancer" && !m.Cluster.UsesMetalLB() {
		spec.Addresses = []gatewayapi.GatewaySpecAddress{{Type: new(gatewayapi.IPAddressType), Value: g.Address}}
	}
	about := meta{
		apiVersion: gatewayAPIVersion, kind: "Gateway",
		namespace: g.Namespace, name: g.Name, labels: revisionLabels(m.Istio.Revision),
		component: "gateways", path: g.Path,
	}
	if g.Service.Type != "LoadBalancer" { // what istiod makes unless it is told otherwise
		about.annotations = map[string]string{"networking.istio.io/service-type": g.Service.Type}
	}
	return about.make(spec)
}

// revisionLabels says which control plane makes the Deployment of a Gateway;
// without the label the unnamed default does.
func revisionLabels(revision string) map[string]string {
	if revision == "" {
		return nil
	}
	return map[string]string{"istio.io/rev": revision}
}

// gatewayListener is open to routes of every namespace, because a route stands
// with its service.
func gatewayListener(l listener) gatewayapi.Listener {
	out := gatewayapi.Listener{
		Name:          gatewayapi.SectionName(l.name),
		Port:          gatewayapi.PortNumber(l.server.Port),
		Protocol:      listenerProtocol(l),
		AllowedRoutes: &gatewayapi.AllowedRoutes{Namespaces: &gatewayapi.RouteNamespaces{From: new(gatewayapi.NamespacesFromAll)}},
	}
	if out.Protocol != gatewayapi.TCPProtocolType && l.host != anyHost { // TCP has no host names
		out.Hostname = new(gatewayapi.Hostname(l.host))
	}
	if l.redirects {
		out.Port = httpPort
		return out
	}
	out.TLS = listenerTLS(l.server.TLS)
	return out
}

func listenerProtocol(l listener) gatewayapi.ProtocolType {
	if l.redirects {
		return gatewayapi.HTTPProtocolType
	}
	switch chartProtocol(l.server) {
	case "HTTPS":
		return gatewayapi.HTTPSProtocolType
	case "TLS":
		return gatewayapi.TLSProtocolType
	case "TCP":
		return gatewayapi.TCPProtocolType
	}
	return gatewayapi.HTTPProtocolType // gRPC without TLS is HTTP/2, which the listener reads too
}

// listenerTLS knows one option of istiod: the mode that asks the client for a
// certificate. The oldest TLS version cannot be set on a listener.
func listenerTLS(tls *model.ServerTLS) *gatewayapi.ListenerTLSConfig {
	switch {
	case tls == nil:
		return nil
	case tls.Mode == "passthrough":
		return &gatewayapi.ListenerTLSConfig{Mode: new(gatewayapi.TLSModePassthrough)}
	}
	config := &gatewayapi.ListenerTLSConfig{
		Mode:            new(gatewayapi.TLSModeTerminate),
		CertificateRefs: []gatewayapi.SecretObjectReference{{Name: gatewayapi.ObjectName(tls.Secret)}},
	}
	if tls.Mode == "mutual" {
		config.Options = map[gatewayapi.AnnotationKey]gatewayapi.AnnotationValue{"gateway.istio.io/tls-terminate-mode": "MUTUAL"}
	}
	return config
}

// redirectRoutes returns the route that answers the redirecting listeners of a
// server, in the gateway's namespace.
func redirectRoutes(g *model.Gateway) []object.Object {
	var objects []object.Object
	for _, s := range g.Servers {
		if !redirects(s) {
			continue
		}
		spec := gatewayapi.HTTPRouteSpec{}
		for _, l := range listeners([]model.Server{s}) {
			if l.redirects {
				spec.ParentRefs = append(spec.ParentRefs, gatewayapi.ParentReference{
					Name: gatewayapi.ObjectName(g.Name), SectionName: new(gatewayapi.SectionName(l.name)),
				})
			}
		}
		filter := gatewayapi.HTTPRequestRedirectFilter{Scheme: new("https"), StatusCode: new(301)}
		if s.Port != httpsPort {
			filter.Port = new(gatewayapi.PortNumber(s.Port))
		}
		spec.Rules = []gatewayapi.HTTPRouteRule{{Filters: []gatewayapi.HTTPRouteFilter{{
			Type: gatewayapi.HTTPRouteFilterRequestRedirect, RequestRedirect: &filter,
		}}}}
		objects = append(objects, meta{
			apiVersion: gatewayAPIVersion, kind: "HTTPRoute",
			namespace: g.Namespace, name: join(g.Name, s.Name, "redirect"),
			component: "gateways", path: s.Path + ".tls.redirectHTTP",
		}.make(spec))
	}
	return objects
}
