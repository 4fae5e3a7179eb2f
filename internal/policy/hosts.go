package policy

import (
	"slices"
	"strconv"
	"strings"

	security "istio.io/api/security/v1"

	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// sni is the condition on the name that a client asks for in TLS.
const sni = "connection.sni"

// anyHost is every host, and requests to an address.
const anyHost = "*"

// exposure is a set of hosts on one port of a gateway.
type exposure struct {
	hosts     []string
	port      int
	tls       bool
	opaque    bool // the gateway reads no HTTP
	redirects bool // port 80 redirects to the hosts
}

// exposures returns what a gateway declares: servers, and hosts outside the mesh.
func exposures(m model.Mesh, g *model.Gateway) []exposure {
	var list []exposure
	for _, s := range g.Servers {
		list = append(list, exposure{hosts: s.Hosts, port: s.Port, tls: s.TLS != nil, opaque: s.Opaque(), redirects: redirects(s)})
	}
	for _, host := range through(m, g) {
		list = append(list, exposure{
			hosts: []string{host.Host}, port: host.Port,
			tls: speaksTLS(host), opaque: speaksTLS(host),
		})
	}
	return list
}

// servedOpaquely says whether a gateway knows a host from TLS alone.
func servedOpaquely(m model.Mesh, g *model.Gateway, host string) bool {
	found := false
	for _, e := range exposures(m, g) {
		if slices.ContainsFunc(e.hosts, func(h string) bool { return model.HostsMeet(h, host) }) {
			if !e.opaque {
				return false
			}
			found = true
		}
	}
	return found
}

// openHosts returns the policy that keeps a gateway's hosts open although the
// mesh denies by default, but for those that a rule on the gateway guards: with
// a rule that admits somebody to a host, nobody else is let in. A rule without a
// host guards all of them.
//
// Port 80 stays open for guarded hosts too where it only redirects: the proxy
// asks the policies before it redirects, and would answer 403.
func openHosts(m model.Mesh, g *model.Gateway) []object.Object {
	guards, all := guardedHosts(m, g)
	web := &security.Rule{}
	var plain []string // hosts that nothing is excluded from
	var rules []*security.Rule
	for _, e := range exposures(m, g) {
		var redirected []string
		for _, host := range e.hosts {
			if all || slices.ContainsFunc(guards, func(guard string) bool { return model.HostCovers(guard, host) }) {
				redirected = append(redirected, host)
				continue
			}
			inside := within(host, guards)
			if len(inside) > 0 {
				redirected = append(redirected, host)
			}
			switch {
			case e.opaque:
				rules = append(rules, opaqueRule(e, host, inside))
			case len(inside) > 0:
				web.To = append(web.To, &security.Rule_To{Operation: &security.Operation{
					Hosts: hostForms([]string{host}, []int{e.port, httpPort}), NotHosts: hostForms(inside, []int{e.port, httpPort}),
				}})
			case host == anyHost && slices.Contains(plain, host):
			default:
				plain = append(plain, hostForms([]string{host}, []int{e.port, httpPort})...)
			}
		}
		if e.redirects && len(redirected) > 0 {
			web.To = append(web.To, &security.Rule_To{Operation: &security.Operation{
				Hosts: hostForms(redirected, []int{httpPort}), Ports: portNames([]int{httpPort}),
			}})
		}
	}
	if len(plain) > 0 {
		open := &security.Rule_To{Operation: &security.Operation{Hosts: plain}}
		web.To = append([]*security.Rule_To{open}, web.To...)
	}
	if len(web.To) > 0 {
		rules = append([]*security.Rule{web}, rules...)
	}
	if len(rules) == 0 {
		return nil
	}
	policy := &security.AuthorizationPolicy{Rules: rules}
	policy.Selector, policy.TargetRefs = gatewayTarget(g)
	return []object.Object{authorizationPolicy(g.Namespace, join(g.Name, "hosts"), g.Path).make(policy)}
}

// guardedHosts returns the hosts that rules on the gateway admit somebody to,
// and whether a rule is for all of them. A rule that denies guards nothing: it
// takes away from what is open.
func guardedHosts(m model.Mesh, g *model.Gateway) (hosts []string, all bool) {
	for _, rule := range m.Authorization.Rules {
		if rule.Gateway == nil || rule.Gateway.Name != g.Name || rule.Action == "deny" {
			continue
		}
		if rule.When.Host == "" {
			return nil, true
		}
		hosts = append(hosts, rule.When.Host)
	}
	return hosts, false
}

// opaqueRule opens a host that the gateway forwards without reading HTTP: by
// the name in TLS, or, without TLS, the whole port.
func opaqueRule(e exposure, host string, inside []string) *security.Rule {
	rule := &security.Rule{To: []*security.Rule_To{{Operation: &security.Operation{Ports: portNames([]int{e.port})}}}}
	switch {
	case e.tls && host != anyHost:
		rule.When = []*security.Condition{{Key: sni, Values: []string{host}, NotValues: inside}}
	case e.tls && len(inside) > 0: // whoever calls an address names no host
		rule.When = []*security.Condition{{Key: sni, NotValues: inside}}
	}
	return rule
}

// hostForms returns hosts as they may stand in a request: alone, and with a
// port. A policy has no pattern for a wildcard in front and any port behind, so
// that a wildcard is followed by the ports that are known.
func hostForms(hosts []string, ports []int) []string {
	var forms []string
	for _, host := range hosts {
		forms = append(forms, host)
		if host == anyHost {
			continue
		}
		if !strings.HasPrefix(host, "*") {
			forms = append(forms, host+":*")
			continue
		}
		for i, port := range ports {
			if slices.Index(ports, port) == i {
				forms = append(forms, host+":"+strconv.Itoa(port))
			}
		}
	}
	return forms
}

// hostPorts returns the ports that a request for the rule's host may name: those
// that the rule is about, or those of the Services that are declared in its namespace.
func hostPorts(m model.Mesh, rule model.AuthRule) []int {
	var ports []int
	if rule.Gateway == nil {
		if len(rule.To.Ports) > 0 {
			return rule.To.Ports
		}
		for _, s := range m.Services {
			if s.Namespace == rule.To.Namespace {
				ports = append(ports, s.Port)
			}
		}
		slices.Sort(ports)
		return slices.Compact(ports)
	}
	for _, e := range exposures(m, rule.Gateway) {
		ports = append(ports, e.port)
		if e.redirects {
			ports = append(ports, httpPort)
		}
	}
	slices.Sort(ports)
	return slices.Compact(ports)
}

// webPorts returns the ports on which a gateway reads HTTP.
func webPorts(m model.Mesh, g *model.Gateway) []int {
	var ports []int
	for _, e := range exposures(m, g) {
		if !e.opaque {
			ports = append(ports, e.port)
		}
		if e.redirects {
			ports = append(ports, httpPort)
		}
	}
	slices.Sort(ports)
	return slices.Compact(ports)
}

func portNames(ports []int) []string {
	var names []string
	for _, port := range ports {
		names = append(names, strconv.Itoa(port))
	}
	return names
}

// within returns the hosts that a wildcard means among others.
func within(host string, others []string) []string {
	var inside []string
	for _, other := range others {
		if model.HostCovers(host, other) {
			inside = append(inside, other)
		}
	}
	return inside
}
