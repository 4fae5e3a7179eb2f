package check

import (
	"fmt"
	"net/netip"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

// What an HTTPRoute can hold, by the CRDs of gateway-api 1.6.0. Hosts beyond 16
// are another HTTPRoute's, and rules MG3010 counts.
const (
	mostInRule  = 16
	longestPath = 1024
)

var gatewayAPILimits = Check{
	Doc: Doc{
		Code: "MG3011", Since: "0.1.0", Severity: diag.Error,
		Title:  "Gateway API has no word for it",
		Text:   "A gateway of api gateway-api is made by istiod from a Gateway, and its routes are HTTPRoutes. These know Services, not subsets of them, have no retries in the standard channel, no oldest TLS version, and at most 16 services and 16 headers in a rule, and paths of 1,024 characters. istiod calls the gateway's Service by the gateway's name and -istio, which leaves 57 characters for the name.\nUse api chart for such a gateway, or give each subset a Service of its own.",
		Before: "namespaces: web: {}\ngateways: public: {api: \"gateway-api\", servers: web: hosts: [\"a.example.com\"]}\nservices: web: {namespace: \"web\", port: 80, subsets: v1: labels: version: \"v1\"}\nroutes: web: {gateway: \"public\", hosts: [\"a.example.com\"], rules: [{to: [{service: \"web\", subset: \"v1\"}]}]}",
		After:  "namespaces: web: {}\ngateways: public: {api: \"chart\", servers: web: hosts: [\"a.example.com\"]}\nservices: web: {namespace: \"web\", port: 80, subsets: v1: labels: version: \"v1\"}\nroutes: web: {gateway: \"public\", hosts: [\"a.example.com\"], rules: [{to: [{service: \"web\", subset: \"v1\"}]}]}",
	},
	Run: func(m model.Mesh, _ intent.Intent) diag.List {
		var list diag.List
		refuse := func(path, message, suggestion string) {
			list = append(list, diag.Diagnostic{Path: path, Message: message, Suggestion: suggestion})
		}
		for _, g := range m.Gateways {
			if most := validation.DNS1035LabelMaxLength - len("-istio"); g.API == "gateway-api" && len(g.Name) > most {
				refuse(g.Path, fmt.Sprintf("istiod calls the gateway's Service %s-istio, which is longer than a Service's name can be", g.Name), fmt.Sprintf(`shorten the name to %d characters, or set %s.api to "chart"`, most, g.Path))
			}
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
				if n := len(rule.To); n > mostInRule {
					refuse(path+".to", fmt.Sprintf("a rule of an HTTPRoute goes to at most %d Services, and this one to %d", mostInRule, n), fmt.Sprintf(`set %s.api to "chart", or leave %d of them to other rules`, r.Gateway.Path, n-mostInRule))
				}
				for j, match := range rule.Match {
					at := fmt.Sprintf("%s.match[%d]", path, j)
					if n := len(match.Headers); n > mostInRule {
						refuse(at+".headers", fmt.Sprintf("a match of an HTTPRoute has at most %d headers, and this one %d", mostInRule, n), fmt.Sprintf(`set %s.api to "chart", or remove %d of them`, r.Gateway.Path, n-mostInRule))
					}
					for field, value := range map[string]string{".exact": match.Exact, ".prefix": match.Prefix} { // one of the two is set
						if len(value) > longestPath {
							refuse(at+field, fmt.Sprintf("a path of an HTTPRoute has at most %d characters, and this one %d", longestPath, len(value)), fmt.Sprintf(`set %s.api to "chart", or shorten it`, r.Gateway.Path))
						}
					}
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
