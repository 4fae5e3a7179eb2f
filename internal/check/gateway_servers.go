package check

import (
	"fmt"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

// reservedPorts are Envoy's and the agent's own in every gateway's pod:
// https://istio.io/latest/docs/ops/deployment/application-requirements/.
var reservedPorts = map[int]string{15000: "Envoy's admin interface", 15020: "merged metrics", 15021: "health checks", 15090: "Envoy's metrics"}

var gatewayServers = Check{
	Doc: Doc{
		Code: "MG3010", Since: "0.1.0", Severity: diag.Error, Also: diag.Warning,
		Title:  "Two servers of a gateway stand in each other's way",
		Text:   "A port of a gateway speaks one thing: plain HTTP, TLS or plain TCP. A host can be served once on a port: Istio takes the first and ignores the rest in silence. Some ports are the gateway's own. Bytes of a server that nothing leads on are a warning: the intent's routes are HTTP.\nGive one of the servers another port, or put the hosts into one server.",
		Before: "gateways: public: servers: {\n\ta: {hosts: [\"shop.example.com\"]}\n\tb: {hosts: [\"shop.example.com\"]}\n}",
		After:  "gateways: public: servers: a: {hosts: [\"shop.example.com\"]}",
	},
	Run: func(m model.Mesh, _ intent.Intent) diag.List {
		var list diag.List
		for _, g := range m.Gateways {
			list = append(list, redirects(m, g)...)
			ports := map[int]model.Server{}
			hosts := map[string]model.Server{}
			for _, s := range g.Servers {
				if use, ok := reservedPorts[s.Port]; ok {
					list = append(list, diag.Diagnostic{
						Path:       s.Path + ".port",
						Message:    fmt.Sprintf("port %d of a gateway is taken by %s", s.Port, use),
						Suggestion: fmt.Sprintf("set %s.port to %d", s.Path, freePort(m, g, s)),
					})
				}
				if first, ok := ports[s.Port]; !ok {
					ports[s.Port] = s
				} else if speaks(first) != speaks(s) {
					list = append(list, diag.Diagnostic{
						Path:       s.Path,
						Message:    fmt.Sprintf("server %s speaks %s on port %d, where server %s speaks %s", s.Name, speaks(s), s.Port, first.Name, speaks(first)),
						Suggestion: fmt.Sprintf("set %s.port to %d", s.Path, freePort(m, g, s)),
					})
				} else if speaks(s) == "TCP" {
					list = append(list, diag.Diagnostic{
						Path:       s.Path,
						Message:    fmt.Sprintf("port %d takes one plain TCP server, and server %s has it", s.Port, first.Name),
						Suggestion: fmt.Sprintf("set %s.port to %d", s.Path, freePort(m, g, s)),
					})
				}
				for _, host := range s.Hosts {
					key := fmt.Sprintf("%d %s", s.Port, host)
					if first, ok := hosts[key]; ok && first.Path == s.Path {
						list = append(list, diag.Diagnostic{
							Path:       s.Path + ".hosts",
							Message:    fmt.Sprintf("host %s stands twice among the hosts of server %s", host, s.Name),
							Suggestion: fmt.Sprintf("remove one of the two from %s.hosts", s.Path),
						})
					} else if ok {
						list = append(list, diag.Diagnostic{
							Path:       s.Path + ".hosts",
							Message:    fmt.Sprintf("host %s is already served by server %s on port %d", host, first.Name, s.Port),
							Suggestion: fmt.Sprintf("remove %q from %s.hosts", host, s.Path),
						})
					}
					hosts[key] = s
				}
			}
		}
		return list
	},
}

// redirects reports what stands in the way of a redirect on port 80.
func redirects(m model.Mesh, g model.Gateway) diag.List {
	var list diag.List
	on80, named := map[string]string{}, map[string]model.Server{}
	for _, s := range g.Servers {
		if named[s.Name] = s; s.Port != 80 {
			continue
		}
		for _, host := range s.Hosts {
			on80[host] = s.Name
		}
		if speaks(s) != "HTTP" {
			on80[""] = s.Name
		}
	}
	for _, s := range g.Servers {
		if s.TLS == nil || !s.TLS.RedirectHTTP {
			continue
		}
		path := s.Path + ".tls.redirectHTTP"
		if other, ok := on80[""]; ok {
			list = append(list, diag.Diagnostic{
				Path:       path,
				Message:    fmt.Sprintf("port 80 cannot redirect, for server %s speaks something else there", other),
				Suggestion: fmt.Sprintf("set %s.port to %d, or remove %s", named[other].Path, freePort(m, g, named[other]), path),
			})
			continue
		}
		for _, host := range s.Hosts {
			if other, ok := on80[host]; ok && other != s.Name {
				list = append(list, diag.Diagnostic{
					Path:       path,
					Message:    fmt.Sprintf("port 80 already answers for host %s, by server %s", host, other),
					Suggestion: fmt.Sprintf("remove %s, or %q from %s.hosts", path, host, named[other].Path),
				})
			}
			on80[host] = s.Name
		}
	}
	return list
}

func speaks(s model.Server) string {
	switch {
	case s.TLS != nil:
		return "TLS"
	case s.Protocol == "TCP":
		return "TCP"
	}
	return "HTTP"
}
