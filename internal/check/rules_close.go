package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

var rulesClose = Check{
	Doc: Doc{
		Code: "MG3033", Since: "0.2.0", Severity: diag.Warning,
		Title:  "A rule that allows something closes the rest",
		Text:   "As soon as one rule allows something on a gateway or a workload, Istio denies there whatever no rule allows, also with authorization.default \"allow\". A rule about some paths, methods, ports or hosts alone thus closes all others.\nTo keep some paths for some callers, deny them to everybody else by a rule for what is open, or add a rule that allows the rest.",
		Before: "gateways: public: servers: web: hosts: [\"a.example.com\"]\nauthorization: rules: office: {to: {gateway: \"public\", paths: [\"/admin*\"]}, from: issuer: \"staff\"}\nauthorization: issuers: staff: {issuer: \"https://id.example.com\", jwks: \"https://id.example.com/keys\"}",
		After:  "gateways: public: servers: web: hosts: [\"a.example.com\"]\nauthorization: rules: {office: {to: {gateway: \"public\", paths: [\"/admin*\"]}, from: issuer: \"staff\"}, site: to: {gateway: \"public\", paths: [\"/\", \"/shop*\"]}}\nauthorization: issuers: staff: {issuer: \"https://id.example.com\", jwks: \"https://id.example.com/keys\"}",
	},
	Run: func(m model.Mesh, _ intent.Intent) diag.List {
		if m.Authorization.Deny {
			return nil // to close is then what the intent says
		}
		var list diag.List
		for _, r := range m.Authorization.Rules {
			if r.Action == "deny" || !narrows(r) || r.To.Namespace == "" && r.To.Gateway == "" {
				continue // one without a target is told of that
			}
			same := func(o model.AuthRule) bool {
				return o.Name != r.Name && o.Action != "deny" && o.To.Namespace == r.To.Namespace && o.To.Gateway == r.To.Gateway && within(o.To.Labels, r.To.Labels)
			}
			if slices.ContainsFunc(m.Authorization.Rules, same) {
				continue // whoever writes several rules for a target has seen that they open it
			}
			target := "gateway " + r.To.Gateway
			if r.To.Gateway == "" {
				target = "namespace " + r.To.Namespace
				if len(r.To.Labels) > 0 {
					target = "the workload in namespace " + r.To.Namespace
				}
			}
			list = append(list, diag.Diagnostic{
				Path: r.Path,
				Message: fmt.Sprintf("the rule closes %s to every request but those that it names, although authorization.default is \"allow\"",
					target),
				Suggestion:   "add a rule that allows the rest",
				Alternatives: []string{`set authorization.default to "deny", if that is meant`},
			})
		}
		return list
	},
}

// within says whether labels are among others, so that they select those too.
func within(labels, others map[string]string) bool {
	for key, value := range labels {
		if other, ok := others[key]; !ok || other != value {
			return false
		}
	}
	return true
}

// narrows says whether a rule is about some of the requests to its target alone.
func narrows(r model.AuthRule) bool {
	return len(r.To.Paths)+len(r.To.Methods)+len(r.To.Ports) > 0 || r.When.Host != ""
}

var hiddenClients = Check{
	Doc: Doc{
		Code: "MG3034", Since: "0.2.0", Severity: diag.Warning,
		Title:  "A rule asks for addresses that the gateway does not see",
		Text:   "With externalTrafficPolicy \"Cluster\", which is Kubernetes' default, a node that forwards a connection to another puts its own address into it. The gateway then takes the node for the client, and a rule on the client's address matches all or nobody.\nSet service.externalTrafficPolicy to \"Local\". Nothing is said where the balancer tells the address by the PROXY protocol or where gatewayTopology trusts proxies.",
		Before: "cluster: platform: \"gke\"\ncluster: disabled: []\ngateways: public: servers: web: hosts: [\"a.example.com\"]\nauthorization: rules: office: {to: gateway: \"public\", from: ipBlocks: [\"192.0.2.0/24\"]}",
		After:  "cluster: platform: \"gke\"\ncluster: disabled: []\ngateways: public: {service: externalTrafficPolicy: \"Local\", servers: web: hosts: [\"a.example.com\"]}\nauthorization: rules: office: {to: gateway: \"public\", from: ipBlocks: [\"192.0.2.0/24\"]}",
	},
	Run: func(m model.Mesh, _ intent.Intent) diag.List {
		var list diag.List
		for _, r := range m.Authorization.Rules {
			g := r.Gateway
			if g == nil || len(r.From.IPBlocks) == 0 || g.Service.Type == "ClusterIP" || g.Service.ExternalTrafficPolicy == "Local" || clientTold(m, *g) {
				continue
			}
			list = append(list, diag.Diagnostic{
				Path:       r.Path + ".from.ipBlocks",
				Message:    fmt.Sprintf("gateway %s may see the address of a node in the place of the client's, for its Service forwards from node to node", g.Name),
				Suggestion: fmt.Sprintf(`set %s.service.externalTrafficPolicy to "Local"`, g.Path),
			})
		}
		return list
	},
}

// clientTold says whether something else than the connection tells a gateway the
// client's address.
func clientTold(m model.Mesh, g model.Gateway) bool {
	for key, value := range g.Service.Annotations {
		if strings.Contains(key, "proxy-protocol") || strings.Contains(value, "proxy-protocol") || strings.Contains(key, "target-type") || strings.Contains(key, "target-group-attributes") {
			return true
		}
	}
	return mentioned(m, "numTrustedProxies") || mentioned(m, "proxyProtocol") || mentioned(m, "proxy_protocol") ||
		mentioned(m, "xff_num_trusted_hops") || mentioned(model.Mesh{MeshConfig: m.Values.Gateways[g.Name]}, "externalTrafficPolicy")
}
