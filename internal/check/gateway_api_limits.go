package check

import (
	"fmt"
	"net/netip"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

var gatewayAPILimits = Check{
	Doc: Doc{
		Code: "MG3011", Since: "0.1.0", Severity: diag.Error,
		Title:  "Gateway API has no word for it",
		Text:   "A gateway of api gateway-api is made by istiod from a Gateway, and its routes are HTTPRoutes. These know Services, not subsets of them, have no retries in the standard channel, and no oldest TLS version.\nUse api chart for such a gateway, or give each subset a Service of its own.",
		Before: "namespaces: web: {}\ngateways: public: {api: \"gateway-api\", servers: web: hosts: [\"a.example.com\"]}\nservices: web: {namespace: \"web\", port: 80, subsets: v1: labels: version: \"v1\"}\nroutes: web: {gateway: \"public\", hosts: [\"a.example.com\"], rules: [{to: [{service: \"web\", subset: \"v1\"}]}]}",
		After:  "namespaces: web: {}\ngateways: public: {api: \"chart\", servers: web: hosts: [\"a.example.com\"]}\nservices: web: {namespace: \"web\", port: 80, subsets: v1: labels: version: \"v1\"}\nroutes: web: {gateway: \"public\", hosts: [\"a.example.com\"], rules: [{to: [{service: \"web\", subset: \"v1\"}]}]}",
	},
	Run: func(m model.Mesh, _ intent.Intent) diag.List {
		var list diag.List
		refuse := func(path, message, suggestion string) {
			list = append(list, diag.Diagnostic{Path: path, Message: message, Suggestion: suggestion})
		}
		for _, g := range m.Gateways {
			if g.API == "gateway-api" && g.Kind == "egress" {
				refuse(g.Path+".api", "an egress gateway comes from the gateway chart", fmt.Sprintf("remove %s.api", g.Path))
			}
		}
		for _, g := range m.Gateways {
			for _, s := range g.Servers {
				for i, host := range s.Hosts {
					if _, err := netip.ParseAddr(host); err == nil && g.API == "gateway-api" && s.TLS == nil {
						refuse(fmt.Sprintf("%s.hosts[%d]", s.Path, i), fmt.Sprintf("%s is an address, and a listener of Gateway API takes names", host), fmt.Sprintf(`set %s.hosts to ["*"], or %s.api to "chart"`, s.Path, g.Path))
					}
				}
				// istiod reads the mode and the cipher suites of a listener's TLS, no version:
				// pilot/pkg/config/kube/gateway/conversion.go.
				if g.API == "gateway-api" && s.TLS != nil && s.TLS.MinVersion == "1.3" {
					refuse(s.Path+".tls.minVersion", "Gateway API has no oldest TLS version, and istiod would take 1.2 too", fmt.Sprintf(`set %s.api to "chart", or remove minVersion`, g.Path))
				}
			}
		}
		for _, r := range m.Routes {
			if r.Gateway.API != "gateway-api" {
				continue
			}
			for i, rule := range r.Rules {
				path := fmt.Sprintf("%s.rules[%d]", r.Path, i)
				if rule.Retries != nil {
					refuse(path+".retries", "the standard channel of Gateway API has no retries", fmt.Sprintf(`set %s.api to "chart", or remove the retries`, r.Gateway.Path))
				}
				for j, to := range rule.To {
					if to.Subset != "" {
						refuse(fmt.Sprintf("%s.to[%d].subset", path, j),
							fmt.Sprintf("a route of Gateway API goes to Services, and %s is a subset of %s", to.Subset, to.Service.Name),
							fmt.Sprintf(`set %s.api to "chart", or declare a service for the subset`, r.Gateway.Path))
					}
				}
			}
		}
		return list
	},
}
