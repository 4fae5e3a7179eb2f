package refs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/object"
)

// balancerPorts reports LoadBalancer Services, and Gateways that istiod makes one
// for, that ServiceLB would lay before what the nodes listen to themselves, or on
// ports that it has given away. Where nodes are declared, package fit sees the
// latter on them.
func balancerPorts(f *finder, s *subject) {
	asks := f.balances(s)
	if f.mesh.Cluster.LoadBalancer != "servicelb" || s.ours() || len(asks) == 0 {
		return
	}
	ways := "spec.type to ClusterIP"
	if s.id.Kind == "Gateway" {
		ways = "the annotation networking.istio.io/service-type to ClusterIP"
	}
	taken := map[int]string{}
	if len(f.mesh.Cluster.Pools) == 0 {
		taken = f.balanced(s)
	}
	for _, p := range asks {
		in, suggestion := " in "+field(p.keys), fmt.Sprintf("set %s to another port, or %s", field(p.keys), ways)
		if p.added {
			in, suggestion = ", by which balancers ask for its health", "set "+ways
		}
		for _, process := range f.mesh.Cluster.HostProcesses() {
			if process.Port == p.number && !p.added {
				d := problem{
					code: "MG3014", keys: p.keys,
					message:    fmt.Sprintf("asks for port %d%s, which on the nodes is that of %s: ServiceLB opens it on every node, and what is meant for the node goes to the Service", p.number, in, process.What),
					suggestion: suggestion,
				}
				if process.Perhaps {
					d.severity = diag.Warning
				}
				f.report(s, d)
			}
		}
		if owner := taken[p.number]; owner != "" {
			f.report(s, problem{
				code: "MG3014", keys: p.keys,
				message:    fmt.Sprintf("asks for port %d%s, which %s has on the nodes already: the one that comes second stays pending", p.number, in, owner),
				suggestion: suggestion,
			})
			return // the others follow
		}
	}
}

// balancedPort is a port that a Service of type LoadBalancer takes of the nodes.
type balancedPort struct {
	number int
	keys   []string // of the object's field
	added  bool     // by istiod: the object has no field for it
}

// statusPort is the port by which balancers ask for a gateway's health, which
// its Service opens beside its own (the gateway chart, and istiod for a Gateway).
const statusPort = 15021

// balances returns the ports that ServiceLB takes of the nodes for an object of a
// manifest; none if it takes none. What istiod is told by a ConfigMap to make of a
// Gateway is not looked into.
func (f *finder) balances(s *subject) []balancedPort {
	var ports []balancedPort
	add := func(list string) {
		taken := map[int]bool{}
		for i, p := range object.List(s.Value, "spec", list) {
			m, _ := p.(map[string]any)
			n, ok := number(m["port"])
			if protocol := text(m, "protocol"); !ok || taken[n] || list == "ports" && protocol != "" && protocol != "TCP" {
				continue
			}
			taken[n] = true
			ports = append(ports, balancedPort{number: n, keys: []string{"spec", list, fmt.Sprint(i), "port"}})
		}
	}
	switch s.kind {
	case "Service.":
		if object.String(s.Value, "spec", "type") == "LoadBalancer" && object.String(s.Value, "spec", "loadBalancerClass") == "" {
			add("ports")
		}
	case "Gateway." + gatewayAPI:
		kind := object.String(s.Value, "metadata", "annotations", "networking.istio.io/service-type")
		class := object.String(s.Value, "spec", "gatewayClassName")
		made := class == "istio" || class == "istio-east-west"
		for _, a := range object.List(s.Value, "spec", "addresses") {
			m, _ := a.(map[string]any)
			made = made && text(m, "type") != "Hostname"
		}
		if made && (kind == "" || kind == "LoadBalancer") && object.Map(s.Value, "spec", "infrastructure", "parametersRef") == nil {
			add("listeners")
			ports = append(ports, balancedPort{number: statusPort, keys: []string{"metadata", "name"}, added: true})
		}
	}
	return ports
}

// balanced returns the ports that ServiceLB gives to others than an object, and to whom.
func (f *finder) balanced(s *subject) map[int]string {
	taken := map[int]string{}
	if !slices.Contains(f.mesh.Cluster.Disabled, "traefik") && strings.HasPrefix(f.mesh.Cluster.Platform, "k3") {
		taken[80], taken[443] = "Traefik", "Traefik"
	}
	for _, g := range f.mesh.Gateways {
		if g.Service.Type != "LoadBalancer" || g.Service.LoadBalancerClass != "" {
			continue
		}
		taken[statusPort] = "gateway " + g.Name
		for _, p := range g.Ports {
			taken[p.Number] = "gateway " + g.Name
		}
	}
	for _, kind := range []string{"Service.", "Gateway." + gatewayAPI} {
		for _, other := range f.byKind[kind] {
			if other == s || other.ours() || !f.isBefore(other, s) {
				continue
			}
			for _, p := range f.balances(other) {
				taken[p.number] = other.id.String()
			}
		}
	}
	return taken
}
