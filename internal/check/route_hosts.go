package check

import (
	"fmt"
	"slices"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

var routeHosts = Check{
	Doc: Doc{
		Code: "MG3012", Since: "0.1.0", Severity: diag.Error,
		Title:  "A route's host is not served by its gateway",
		Text:   "A gateway answers for the hosts of its servers alone; a route for another host would never be asked.\nAdd the host to a server of the gateway, or correct the route.",
		Before: "namespaces: web: {}\ngateways: public: servers: web: hosts: [\"shop.example.com\"]\nservices: web: {namespace: \"web\", port: 80}\nroutes: web: {gateway: \"public\", hosts: [\"shopp.example.com\"], rules: [{to: [{service: \"web\"}]}]}",
		After:  "namespaces: web: {}\ngateways: public: servers: web: hosts: [\"shop.example.com\"]\nservices: web: {namespace: \"web\", port: 80}\nroutes: web: {gateway: \"public\", hosts: [\"shop.example.com\"], rules: [{to: [{service: \"web\"}]}]}",
	},
	Run: func(m model.Mesh, _ intent.Intent) diag.List {
		var list diag.List
		for _, r := range m.Routes {
			if r.Gateway.Kind != "ingress" {
				d := diag.Diagnostic{
					Path:       r.Path + ".gateway",
					Message:    fmt.Sprintf("routes come in through an ingress gateway, and %s is for egress", r.Gateway.Name),
					Suggestion: fmt.Sprintf("set %s.kind to \"ingress\", or name another gateway", r.Gateway.Path),
				}
				if i := slices.IndexFunc(m.Gateways, func(g model.Gateway) bool { return g.Kind == "ingress" }); i >= 0 {
					d.Suggestion = fmt.Sprintf("set %s.gateway to %q", r.Path, m.Gateways[i].Name)
				}
				list = append(list, d)
				continue
			}
			var served []string
			for _, s := range r.Gateway.Servers {
				if !s.Opaque() {
					served = append(served, s.Hosts...)
				}
			}
			for i, host := range r.Hosts {
				if !covered(host, served) && (host != anyHost || len(served) == 0) {
					d := diag.Diagnostic{
						Path:       fmt.Sprintf("%s.hosts[%d]", r.Path, i),
						Message:    fmt.Sprintf("gateway %s has no HTTP server for host %s", r.Gateway.Name, host),
						Suggestion: fmt.Sprintf("add %q to the hosts of a server of %s", host, r.Gateway.Path),
					}
					if nearest := diag.Nearest(host, served); nearest != "" {
						d.Suggestion = fmt.Sprintf("set %s to %q", d.Path, nearest)
					}
					list = append(list, d)
				}
			}
		}
		return list
	},
}

// anyHost is every host: of a server, or of those that a gateway serves.
const anyHost = "*"

// covered says whether a host is one of the served hosts, or below a wildcard of them.
func covered(host string, served []string) bool {
	return slices.ContainsFunc(served, func(s string) bool { return model.HostCovers(s, host) })
}
