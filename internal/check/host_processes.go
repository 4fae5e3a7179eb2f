package check

import (
	"fmt"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/model"
)

// ownPorts reports gateways whose Service ServiceLB would lay before what the
// nodes themselves listen to.
func ownPorts(m model.Mesh) diag.List {
	var list diag.List
	for _, g := range m.Gateways {
		if g.Service.Type != "LoadBalancer" || g.Service.LoadBalancerClass != "" {
			continue // ServiceLB looks at Services without a class
		}
		for _, port := range g.Ports {
			for _, p := range m.Cluster.HostProcesses() {
				if p.Port != port.Number {
					continue
				}
				d := diag.Diagnostic{
					Path:       portPath(g, port.Number),
					Message:    fmt.Sprintf("port %d of the nodes is that of %s: ServiceLB opens it on every node for gateway %s, and what is meant for the node goes to the gateway", p.Port, p.What, g.Name),
					Suggestion: elsewhere(m, g, port.Number),
					Alternatives: []string{
						fmt.Sprintf(`set %s.service.type to "ClusterIP"`, g.Path),
					},
				}
				if p.Perhaps {
					d.Severity = diag.Warning
				}
				list = append(list, d)
			}
		}
	}
	return list
}

// elsewhere says how a gateway gets off a port of the nodes.
func elsewhere(m model.Mesh, g model.Gateway, port int) string {
	for _, s := range g.Servers {
		if s.Port == port {
			return fmt.Sprintf("set %s.port to %d", s.Path, freePort(m, g, s))
		}
	}
	return fmt.Sprintf("take port %d from the Service of gateway %s", port, g.Name)
}

// portPath is what asks for a port of a gateway: one of its servers, or else the
// gateway itself.
func portPath(g model.Gateway, port int) string {
	for _, s := range g.Servers {
		if s.Port == port {
			return s.Path + ".port"
		}
	}
	return g.Path
}
