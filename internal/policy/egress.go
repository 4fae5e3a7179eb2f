package policy

import (
	"slices"
	"strconv"
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
//
// A host with several ports has one of each: of two ServiceEntries in different
// namespaces, or two VirtualServices of the mesh, sidecars read one.
func Egress(m model.Mesh) []object.Object {
	var objects []object.Object
	for _, ports := range byHost(m.Egress.Hosts) {
		objects = append(objects, serviceEntry(ports))
		if slices.ContainsFunc(ports, leaves) {
			objects = append(objects, egressRoute(ports))
		}
	}
	return objects
}

// byHost returns the hosts that are the same with each other, in the order in
// which each comes first.
func byHost(hosts []model.EgressHost) [][]model.EgressHost {
	var groups [][]model.EgressHost
	for _, host := range hosts {
		i := slices.IndexFunc(groups, func(g []model.EgressHost) bool {
			return strings.EqualFold(g[0].Host, host.Host) && slices.Equal(g[0].Addresses, host.Addresses)
		})
		if i < 0 {
			groups = append(groups, []model.EgressHost{host})
		} else {
			groups[i] = append(groups[i], host)
		}
	}
	return groups
}

// leaves says whether a host is reached through a gateway.
func leaves(host model.EgressHost) bool { return host.Through != nil }

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
func serviceEntry(ports []model.EgressHost) object.Object {
	spec := &networking.ServiceEntry{
		Hosts:    []string{ports[0].Host},
		Location: networking.ServiceEntry_MESH_EXTERNAL, Resolution: networking.ServiceEntry_DNS,
		ExportTo:  []string{"*"},
		Addresses: ports[0].Addresses,
	}
	if ports[0].Wild() || len(ports[0].Addresses) > 0 {
		spec.Resolution = networking.ServiceEntry_NONE
	}
	named := map[string]bool{}
	for _, host := range ports {
		name := strings.ToLower(host.Protocol)
		if named[name] {
			name += "-" + strconv.Itoa(host.Port)
		}
		named[name] = true
		spec.Ports = append(spec.Ports, &networking.ServicePort{Number: uint32(host.Port), Name: name, Protocol: host.Protocol})
	}
	return egressMeta(ports, "ServiceEntry", ports[0].Name).make(spec)
}

// egressMeta is of the first of a host's ports, in the namespace of the gateway
// that any of them is reached through.
func egressMeta(ports []model.EgressHost, kind, name string) meta {
	namespace := model.RootNamespace
	if i := slices.IndexFunc(ports, leaves); i >= 0 {
		namespace = ports[i].Through.Namespace
	}
	return meta{
		apiVersion: "networking.istio.io/v1", kind: kind, namespace: namespace, name: name,
		component: "egress", path: ports[0].Path,
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

// egressRoute has a rule for each leg of each port, told apart by the gateway
// that the connection comes to; "mesh" is Istio's word for all sidecars.
func egressRoute(ports []model.EgressHost) object.Object {
	const mesh = "mesh"
	spec := &networking.VirtualService{Hosts: []string{ports[0].Host}, Gateways: []string{mesh}}
	var name string
	for _, host := range ports {
		if !leaves(host) {
			continue
		}
		if name == "" {
			name = host.Name
		}
		gateway := host.Through.Namespace + "/" + host.Through.Name
		if !slices.Contains(spec.Gateways, gateway) {
			spec.Gateways = append(spec.Gateways, gateway)
		}
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
	}
	return egressMeta(ports, "VirtualService", join(egress, name)).make(spec)
}
