package refs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// The rules of this file hold the servers of the intent's gateways against the
// routes that are bound to them, the intent's and those of manifests: what a
// server takes and no route leads on is answered 404, or closed.

// bound is a route of a gateway.
type bound struct {
	hosts   []string // empty for all that the gateway serves
	section string   // of the listener; empty for all
	ports   []int    // empty for all
	http    bool     // it leads HTTP on
	opaque  bool     // it leads bytes on
}

// boundTo returns the routes that are bound to a Gateway of either kind.
func (f *finder) boundTo(gateway *subject) []bound {
	if f.proxies.bound == nil {
		f.proxies.bound = map[object.ID][]bound{}
		for _, s := range f.byKind["VirtualService.networking.istio.io"] {
			f.bindVirtual(s)
		}
		for kind := range routeProtocols {
			for _, s := range f.byKind[kind+"."+gatewayAPI] {
				f.bindRoute(s)
			}
		}
	}
	return f.proxies.bound[gateway.id]
}

func (f *finder) bindVirtual(s *subject) {
	b := bound{http: len(object.List(s.Value, "spec", "http")) > 0}
	for _, v := range object.List(s.Value, "spec", "hosts") {
		if name, _ := v.(string); name != "" {
			b.hosts = append(b.hosts, name)
		}
	}
	all := []bound{b}
	for _, list := range []string{"tls", "tcp"} {
		parsePath("spec."+list+"[]").maps(s.Value, nil, func(_ []string, m map[string]any) {
			o := bound{hosts: b.hosts, opaque: true}
			parsePath("match[].port").each(m, nil, func(_ []string, v any) {
				if n, ok := number(v); ok {
					o.ports = append(o.ports, n)
				}
			})
			all = append(all, o)
		})
	}
	parsePath("spec.gateways[]").each(s.Value, nil, func(_ []string, v any) {
		if g := f.istioGatewayOf(s, v); g != nil {
			f.proxies.bound[g.id] = append(f.proxies.bound[g.id], all...)
		}
	})
}

func (f *finder) bindRoute(s *subject) {
	b := bound{http: slices.Contains(routeProtocols[s.id.Kind], "HTTP"), opaque: !slices.Contains(routeProtocols[s.id.Kind], "HTTP")}
	for _, v := range object.List(s.Value, "spec", "hostnames") {
		if name, _ := v.(string); name != "" {
			b.hosts = append(b.hosts, name)
		}
	}
	parsePath("spec.parentRefs[]").maps(s.Value, nil, func(_ []string, m map[string]any) {
		if kind := text(m, "kind"); kind != "" && kind != "Gateway" {
			return
		}
		one := b
		one.section = text(m, "sectionName")
		if n, ok := number(m["port"]); ok {
			one.ports = []int{n}
		}
		namespace, name := s.named(m)
		id := object.ID{Group: gatewayAPI, Kind: "Gateway", Namespace: namespace, Name: name}
		f.proxies.bound[id] = append(f.proxies.bound[id], one)
	})
}

// leadOn holds the servers of an intent's gateway, once it is rendered, against
// its routes.
func leadOn(f *finder, s *subject) {
	i := slices.IndexFunc(f.mesh.Gateways, func(g model.Gateway) bool {
		return s.ours() && g.Namespace == s.id.Namespace && g.Name == s.id.Name
	})
	if i < 0 || !f.whole || slices.ContainsFunc(f.mesh.External, func(e model.External) bool { return e.Kind == "VirtualService" || routeProtocols[e.Kind] != nil }) {
		return
	}
	routes := f.boundTo(s)
	sections := map[string]int{}
	parsePath("spec.listeners[]").maps(s.Value, nil, func(_ []string, l map[string]any) {
		sections[text(l, "name")], _ = number(l["port"])
	})
	for _, server := range f.mesh.Gateways[i].Servers {
		var mine []bound
		for _, b := range routes {
			if (len(b.ports) == 0 || slices.Contains(b.ports, server.Port)) && (b.section == "" || sections[b.section] == server.Port) {
				mine = append(mine, b)
			}
		}
		if server.Opaque() {
			f.leadBytesOn(s, server, mine)
		} else {
			f.leadHostsOn(s, server, mine)
		}
	}
}

// leadBytesOn warns of a server whose bytes nothing leads on: meshgen's own
// routes are HTTP.
func (f *finder) leadBytesOn(s *subject, server model.Server, routes []bound) {
	if slices.ContainsFunc(routes, func(b bound) bool { return b.opaque }) {
		return
	}
	p := problem{
		code: "MG3010", severity: diag.Warning, path: server.Path,
		message: fmt.Sprintf("has the server %s, whose bytes nothing leads on: meshgen's routes are HTTP, and no other is bound to it", server.Name),
	}
	kind := "TCPRoute"
	if server.TLS != nil {
		kind = "TLSRoute"
	}
	p.suggestion = fmt.Sprintf("add a %s to manifests, with spec.parentRefs: [{namespace: %s, name: %s, port: %d}]", kind, s.id.Namespace, s.id.Name, server.Port)
	if s.kind == istioGateway {
		list := "tcp"
		if server.TLS != nil {
			list = "tls"
		}
		p.suggestion = fmt.Sprintf("add a VirtualService to manifests, with spec.gateways: [%s/%s] and routes in spec.%s", s.id.Namespace, s.id.Name, list)
	}
	f.report(s, p)
}

// leadHostsOn warns of a host that no route is for, of a server that has routes
// for others of its hosts. One without any routes is for others to fill.
func (f *finder) leadHostsOn(s *subject, server model.Server, routes []bound) {
	led := func(host string) bool {
		return strings.Contains(host, "${") || slices.ContainsFunc(routes, func(b bound) bool {
			return b.http && (len(b.hosts) == 0 || slices.ContainsFunc(b.hosts, func(other string) bool {
				return strings.Contains(other, "${") || hostsMeet(other, host)
			}))
		})
	}
	if !slices.ContainsFunc(server.Hosts, led) {
		return
	}
	for i, host := range server.Hosts {
		if led(host) {
			continue
		}
		at := fmt.Sprintf("%s.hosts[%d]", server.Path, i)
		f.report(s, problem{
			code: "MG5067", severity: diag.Warning, path: at,
			message:    fmt.Sprintf("serves %s, and no route is for it: it is answered 404", host),
			suggestion: fmt.Sprintf("add %q to hosts of a route, or remove it from %s.hosts", host, server.Path),
		})
	}
}
