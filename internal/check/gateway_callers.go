package check

import (
	"fmt"
	"slices"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

// gatewayCallers: workloads have an identity for whom they call with the mesh's
// own certificate. They use it for endpoints with the label
// security.istio.io/tlsMode, which the injection template of sidecars sets and
// that of gateways does not, and ztunnel for what is behind ztunnel; and the
// servers of a Gateway end TLS with certificates of their own, or pass it on.
var gatewayCallers = Check{
	Doc: Doc{
		Code: "MG3028", Since: "0.2.0", Severity: diag.Error,
		Title:  "A rule on a gateway asks who calls, which no gateway knows",
		Text:   "Namespaces, service accounts and gateways are known by the mesh's certificates, and nobody shows one to a gateway: what comes from outside has none, and workloads of the mesh call gateways in plain text or with the TLS of the application. A rule that denies them denies nobody, and one that allows them shuts everybody out. A warning where the gateway asks clients for certificates, which may be such.\nName callers by their addresses in from.ipBlocks or by their tokens in from.issuer, or put the rule on the namespace that is called.",
		Before: "namespaces: shop: mesh: true\ngateways: out: kind: \"egress\"\nauthorization: rules: closed: {action: \"deny\", to: gateway: \"out\", from: namespaces: [\"shop\"]}",
		After:  "namespaces: shop: mesh: true\ngateways: out: kind: \"egress\"\nauthorization: rules: closed: {action: \"deny\", to: gateway: \"out\", from: ipBlocks: [\"10.42.3.0/24\"]}",
	},
	Run: func(m model.Mesh, _ intent.Intent) diag.List {
		var list diag.List
		for _, r := range m.Authorization.Rules {
			if r.Gateway == nil {
				continue
			}
			alone := len(r.From.IPBlocks) == 0 // nothing else of from could match
			effect := "lets nobody through"
			switch {
			case r.Action == "deny":
				effect = "denies nobody"
			case !alone:
				effect = "lets none of them through"
			}
			severity, knows := diag.Error, "sees no certificate of the mesh, so that the rule never matches"
			if slices.ContainsFunc(r.Gateway.Servers, func(s model.Server) bool { return s.TLS != nil && s.TLS.Mode == "mutual" }) {
				severity, knows = diag.Warning, "sees only the certificates that clients show to a server that asks; for whoever shows none of the mesh's the rule never matches"
			}
			for _, from := range []struct {
				field string
				names []string
			}{
				{"namespaces", r.From.Namespaces}, {"serviceAccounts", r.From.ServiceAccounts}, {"gateways", r.From.Gateways},
			} {
				if len(from.names) == 0 {
					continue
				}
				at := r.Path + ".from." + from.field
				d := diag.Diagnostic{
					Severity: severity, Path: at,
					Message:    fmt.Sprintf("gateway %s %s by %s, and %s", r.Gateway.Name, knows, from.field, effect),
					Suggestion: fmt.Sprintf("remove %s, and name the callers by their addresses in %s.from.ipBlocks", at, r.Path),
				}
				if r.Gateway.Kind == "ingress" {
					d.Alternatives = []string{"put the rule on the namespace that is called, with to.namespace"}
				}
				list = append(list, d)
			}
		}
		return list
	},
}
