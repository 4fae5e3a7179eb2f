package check

import (
	"slices"

	"github.com/meshgen/meshgen/internal/model"
)

// freePort returns a port that a server of a gateway may have in the place of
// one that it cannot: the usual ones of what it speaks, or else the next that
// is free.
func freePort(m model.Mesh, g model.Gateway, s model.Server) int {
	usual := map[string][]int{"TLS": {443, 8443}, "HTTP": {80, 8080}}[speaks(s)]
	for _, port := range usual {
		if !portTaken(m, g, port) {
			return port
		}
	}
	port := s.Port%65535 + 1
	for range 65535 { // there is one: no gateway has as many servers
		if !portTaken(m, g, port) {
			return port
		}
		port = port%65535 + 1
	}
	return port
}

// portTaken says whether a gateway cannot have another server on a port.
func portTaken(m model.Mesh, g model.Gateway, port int) bool {
	if _, reserved := reservedPorts[port]; reserved {
		return true
	}
	if slices.ContainsFunc(g.Servers, func(s model.Server) bool {
		return s.Port == port || port == 80 && s.TLS != nil && s.TLS.RedirectHTTP
	}) {
		return true
	}
	if m.Cluster.LoadBalancer != "servicelb" || g.Service.Type != "LoadBalancer" || g.Service.LoadBalancerClass != "" {
		return false
	}
	if (port == 80 || port == 443) && !slices.Contains(m.Cluster.Disabled, "traefik") {
		return true
	}
	for _, p := range m.Cluster.HostProcesses() {
		if p.Port == port {
			return true
		}
	}
	return slices.ContainsFunc(m.Gateways, func(o model.Gateway) bool {
		return o.Name != g.Name && o.Service.Type == "LoadBalancer" && o.Service.LoadBalancerClass == "" &&
			slices.ContainsFunc(o.Ports, func(p model.GatewayPort) bool { return p.Number == port })
	})
}
