package policy

import (
	"strings"

	networking "istio.io/api/networking/v1"

	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// Egress returns the ServiceEntry of each host outside the mesh, and for one
// that is reached through an egress gateway the VirtualService with its two
// legs: from workloads to the gateway, and from there to the host. The shapes
// are those of istio.io's task "Egress Gateways"; the gateway's server is in
// the Gateway that Gateways returns. No subset of the gateway's Service is
// needed, so there is no DestinationRule for a client to miss.
func Egress(m model.Mesh) []object.Object {
	var objects []object.Object
	for _, host := range m.Egress.Hosts {
		objects = append(objects, serviceEntry(host))
		if host.Through != nil {
			objects = append(objects, egressRoute(host))
		}
	}
	return objects
}

// through returns the hosts that are reached through a gateway.
func through(m model.Mesh, g *model.Gateway) []model.EgressHost {
	var hosts []model.EgressHost
	for _, host := range m.Egress.Hosts {
		if host.Through != nil && host.Through.Name == g.Name {
			hosts = append(hosts, host)
		}
	}
	return hosts
}

// speaksTLS says whether the application itself speaks TLS to the host.
func speaksTLS(host model.EgressHost) bool { return host.Protocol == "TLS" || host.Protocol == "HTTPS" }

// serviceEntry stands with the gateway that the host is reached through, or in
// the root namespace; all namespaces see it. The address comes from DNS, also at
// the gateway: with the address that the caller had, the gateway would call itself.
// A wildcard cannot be looked up, and addresses need not be: there the traffic
// goes to the address that the application called (istio.io, tasks "Accessing
// External Services" and "Egress using Wildcard Hosts"). That is resolution NONE,
// the zero value, which protobuf's JSON leaves away.
func serviceEntry(host model.EgressHost) object.Object {
	spec := &networking.ServiceEntry{
		Hosts:    []string{host.Host},
		Ports:    []*networking.ServicePort{{Number: uint32(host.Port), Name: strings.ToLower(host.Protocol), Protocol: host.Protocol}},
		Location: networking.ServiceEntry_MESH_EXTERNAL, Resolution: networking.ServiceEntry_DNS,
		ExportTo:  []string{"*"},
		Addresses: host.Addresses,
	}
	if host.Wild() || len(host.Addresses) > 0 {
		spec.Resolution = networking.ServiceEntry_NONE
	}
	return egressMeta(host, "ServiceEntry", host.Name).make(spec)
}

func egressMeta(host model.EgressHost, kind, name string) meta {
	namespace := model.RootNamespace
	if host.Through != nil {
		namespace = host.Through.Namespace
	}
	return meta{
		apiVersion: "networking.istio.io/v1", kind: kind, namespace: namespace, name: name,
		component: "egress", path: host.Path,
	}
}

// egressServer is the gateway's server for a host. The name of its port begins
// with a word that no server's begins with.
func egressServer(host model.EgressHost) *networking.Server {
	server := &networking.Server{
		Port: &networking.Port{
			Number: uint32(host.Port), Name: egress + "-" + strings.ToLower(host.Protocol) + "-" + host.Name, Protocol: host.Protocol,
		},
		Hosts: []string{host.Host},
	}
	if speaksTLS(host) {
		server.Port.Protocol = "TLS"
		server.Tls = &networking.ServerTLSSettings{Mode: networking.ServerTLSSettings_PASSTHROUGH}
	}
	return server
}

// egressRoute has a rule for each leg, told apart by the gateway that the
// connection comes to; "mesh" is Istio's word for all sidecars.
func egressRoute(host model.EgressHost) object.Object {
	const mesh = "mesh"
	gateway := host.Through.Namespace + "/" + host.Through.Name
	spec := &networking.VirtualService{Hosts: []string{host.Host}, Gateways: []string{mesh, gateway}}
	port := uint32(host.Port)
	for _, leg := range []struct{ from, to string }{
		{mesh, host.Through.ServiceName + "." + host.Through.Namespace + ".svc.cluster.local"},
		{gateway, host.Host},
	} {
		destination := &networking.Destination{Host: leg.to, Port: &networking.PortSelector{Number: port}}
		from := []string{leg.from}
		if speaksTLS(host) {
			spec.Tls = append(spec.Tls, &networking.TLSRoute{
				Match: []*networking.TLSMatchAttributes{{Gateways: from, Port: port, SniHosts: []string{host.Host}}},
				Route: []*networking.RouteDestination{{Destination: destination}},
			})
		} else {
			spec.Http = append(spec.Http, &networking.HTTPRoute{
				Match: []*networking.HTTPMatchRequest{{Gateways: from, Port: port}},
				Route: []*networking.HTTPRouteDestination{{Destination: destination}},
			})
		}
	}
	return egressMeta(host, "VirtualService", join(egress, host.Name)).make(spec)
}
