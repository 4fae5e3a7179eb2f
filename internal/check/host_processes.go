package check

import (
	"fmt"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/model"
)

// hostProcess is what listens on a port of a K3s node by itself.
type hostProcess struct {
	port     int
	what     string
	severity diag.Severity
	etcd     bool // only where the servers keep their state in etcd
}

// hostProcesses are the ports of K3s itself and of the node:
// https://docs.k3s.io/installation/requirements#networking and
// https://kubernetes.io/docs/reference/networking/ports-and-protocols/. A host
// port of a pod is a rule that comes before them, also for 127.0.0.1 (the CNI
// plugin portmap translates whatever is addressed to the node).
var hostProcesses = []hostProcess{
	{port: 22, what: "the node's SSH server", severity: diag.Warning},
	{port: 2379, what: "etcd", severity: diag.Error, etcd: true},
	{port: 2380, what: "etcd", severity: diag.Error, etcd: true},
	{port: 2381, what: "etcd's metrics", severity: diag.Error, etcd: true},
	{port: 2382, what: "etcd", severity: diag.Error, etcd: true},
	{port: 5001, what: "K3s' embedded registry mirror, where it is on", severity: diag.Warning},
	{port: 6443, what: "the API server", severity: diag.Error},
	{port: 6444, what: "K3s' way to the API server", severity: diag.Error},
	{port: 10010, what: "containerd", severity: diag.Error},
	{port: 10248, what: "the kubelet's health check", severity: diag.Error},
	{port: 10249, what: "kube-proxy's metrics", severity: diag.Error},
	{port: 10250, what: "the kubelet", severity: diag.Error},
	{port: 10256, what: "kube-proxy's health check", severity: diag.Error},
	{port: 10257, what: "the controller manager", severity: diag.Error},
	{port: 10258, what: "the cloud controller manager", severity: diag.Error},
	{port: 10259, what: "the scheduler", severity: diag.Error},
}

// ownPorts reports gateways whose Service ServiceLB would lay before what the
// nodes themselves listen to.
func ownPorts(m model.Mesh) diag.List {
	var list diag.List
	for _, g := range m.Gateways {
		if g.Service.Type != "LoadBalancer" || g.Service.LoadBalancerClass != "" {
			continue // ServiceLB looks at Services without a class
		}
		for _, port := range g.Ports {
			for _, p := range hostProcesses {
				if p.port != port.Number || p.etcd && m.Cluster.Datastore != "etcd" {
					continue
				}
				list = append(list, diag.Diagnostic{
					Severity: p.severity, Path: portPath(g, port.Number),
					Message:    fmt.Sprintf("port %d of the nodes is that of %s: ServiceLB opens it on every node for gateway %s, and what is meant for the node goes to the gateway", p.port, p.what, g.Name),
					Suggestion: "choose another port",
					Alternatives: []string{
						fmt.Sprintf(`set %s.service.type to "ClusterIP"`, g.Path),
					},
				})
			}
		}
	}
	return list
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
