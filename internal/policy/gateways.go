package policy

import (
	networking "istio.io/api/networking/v1"

	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// The two ways in which a gateway is made, and the two kinds of it.
const (
	byChart      = "chart"
	byGatewayAPI = "gateway-api"
	egress       = "egress"
)

// httpPort is the port that answers with a redirect to https, httpsPort the one
// that https:// means where it names none.
const (
	httpPort  = 80
	httpsPort = 443
)

// Gateways returns the networking.istio.io Gateway of each gateway that the
// chart makes: its servers, and for an egress gateway the hosts outside the mesh
// that traffic reaches through it. A gateway that listens to nothing has none.
// A server that redirects to a port of its own has a second Gateway for that.
func Gateways(m model.Mesh) []object.Object {
	var objects []object.Object
	for i := range m.Gateways {
		g := &m.Gateways[i]
		if g.API != byChart {
			continue
		}
		var servers []*networking.Server
		for _, s := range g.Servers {
			servers = append(servers, chartServers(s)...)
		}
		for _, host := range through(m, g) {
			servers = append(servers, egressServer(host))
		}
		if len(servers) == 0 {
			continue
		}
		objects = append(objects, meta{
			apiVersion: "networking.istio.io/v1", kind: "Gateway",
			namespace: g.Namespace, name: g.Name,
			component: "gateways", path: g.Path,
		}.make(explicit(&networking.Gateway{Selector: g.Selector, Servers: servers})))
		objects = append(objects, portRedirects(g)...)
	}
	return objects
}

// portRedirects returns what redirects to those of g's servers that do not
// listen on 443: httpsRedirect of a Gateway's server names no port
// (Envoy's VirtualHost.require_tls). A VirtualService can name one, and would
// redirect https as well, were it bound to the Gateway of the servers.
func portRedirects(g *model.Gateway) []object.Object {
	var servers []*networking.Server
	var objects []object.Object
	name := g.Name + "-redirect" // a VirtualService wants a DNS label
	for _, s := range g.Servers {
		if !redirects(s) || s.Port == httpsPort {
			continue
		}
		servers = append(servers, redirectServer(s))
		objects = append(objects, meta{
			apiVersion: "networking.istio.io/v1", kind: "VirtualService",
			namespace: g.Namespace, name: join(g.Name, s.Name, "redirect"),
			component: "gateways", path: s.Path + ".tls.redirectHTTP",
		}.make(&networking.VirtualService{
			Hosts:    s.Hosts,
			Gateways: []string{g.Namespace + "/" + name},
			Http: []*networking.HTTPRoute{{Redirect: &networking.HTTPRedirect{
				Scheme:       "https",
				RedirectPort: &networking.HTTPRedirect_Port{Port: uint32(s.Port)},
				RedirectCode: 301,
			}}},
		}))
	}
	if len(servers) == 0 {
		return nil
	}
	return append(objects, meta{
		apiVersion: "networking.istio.io/v1", kind: "Gateway",
		namespace: g.Namespace, name: name,
		component: "gateways", path: g.Path,
	}.make(&networking.Gateway{Selector: g.Selector, Servers: servers}))
}

// redirectServer is the port that answers the hosts of s before TLS.
func redirectServer(s model.Server) *networking.Server {
	return &networking.Server{
		Port:  &networking.Port{Number: httpPort, Name: redirectName(s), Protocol: "HTTP"},
		Hosts: s.Hosts,
	}
}

// explicit writes the TLS mode PASSTHROUGH out. It is the zero value, which
// protobuf's JSON leaves away, and "tls: {}" tells a reader nothing.
func explicit(gateway *networking.Gateway) map[string]any {
	spec := value(gateway).(map[string]any)
	for _, server := range object.List(spec, "servers") {
		tls := object.Map(server.(map[string]any), "tls")
		if tls != nil && len(tls) == 0 {
			tls["mode"] = networking.ServerTLSSettings_PASSTHROUGH.String()
		}
	}
	return spec
}

// chartServers returns the server, and the one that redirects to it, if asked.
// The names of ports are unique in a Gateway: a server has one protocol, and
// only one with TLS has a second port.
func chartServers(s model.Server) []*networking.Server {
	servers := []*networking.Server{{
		Port:  &networking.Port{Number: uint32(s.Port), Name: listenerName(s), Protocol: chartProtocol(s)},
		Hosts: s.Hosts,
		Tls:   chartTLS(s.TLS),
	}}
	if redirects(s) && s.Port == httpsPort {
		server := redirectServer(s)
		server.Tls = &networking.ServerTLSSettings{HttpsRedirect: true}
		servers = append(servers, server)
	}
	return servers
}

// chartProtocol is what the gateway does with the connection: HTTPS ends TLS
// and reads HTTP, TLS ends or passes it and reads nothing.
func chartProtocol(s model.Server) string {
	switch {
	case s.TLS == nil:
		return s.Protocol
	case s.TLS.Mode == "passthrough" || s.Protocol == "TCP":
		return "TLS"
	}
	return "HTTPS"
}

func chartTLS(tls *model.ServerTLS) *networking.ServerTLSSettings {
	if tls == nil {
		return nil
	}
	if tls.Mode == "passthrough" {
		return &networking.ServerTLSSettings{Mode: networking.ServerTLSSettings_PASSTHROUGH}
	}
	settings := &networking.ServerTLSSettings{
		Mode:               networking.ServerTLSSettings_SIMPLE,
		CredentialName:     tls.Secret,
		MinProtocolVersion: networking.ServerTLSSettings_TLSV1_2,
	}
	if tls.Mode == "mutual" {
		settings.Mode = networking.ServerTLSSettings_MUTUAL
	}
	if tls.MinVersion == "1.3" {
		settings.MinProtocolVersion = networking.ServerTLSSettings_TLSV1_3
	}
	return settings
}

// redirects says whether port 80 answers the server's hosts with a redirect.
func redirects(s model.Server) bool { return s.TLS != nil && s.TLS.RedirectHTTP }

// listenerName names a server's port: what is spoken, then the server.
func listenerName(s model.Server) string {
	switch chartProtocol(s) {
	case "HTTPS":
		return "https-" + s.Name
	case "TLS":
		return "tls-" + s.Name
	case "TCP":
		return "tcp-" + s.Name
	case "GRPC":
		return "grpc-" + s.Name
	}
	return "http-" + s.Name
}

// redirectName names the port that redirects to a server.
func redirectName(s model.Server) string { return "http-" + s.Name }
