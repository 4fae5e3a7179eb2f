package check

import "github.com/meshgen/meshgen/internal/diag"

// networkPolicyPages are the pages about people's NetworkPolicies. Package refs
// gives the diagnostics.
func networkPolicyPages() []Doc {
	policy := func(rules string) string {
		return `mode: "ambient"
namespaces: shop: mesh: true
manifests: net: objects: [{
	apiVersion: "networking.k8s.io/v1"
	kind:       "NetworkPolicy"
	metadata: {name: "front", namespace: "shop"}
	spec: {podSelector: {}, ingress: [{ports: [` + rules + `]}]}
}]`
	}
	return []Doc{{
		Code: "MG5079", Since: "0.2.0", Severity: diag.Warning,
		Title:  "A NetworkPolicy closes what the mesh needs",
		Text:   "What goes through the mesh reaches other ports than an application knows of: ambient pods take it on TCP 15008, sidecars ask istiod on TCP 15012 and the cluster's DNS on UDP 53, and the API server calls istiod's webhooks on TCP 15017. A NetworkPolicy that closes these, and that no policy beside it opens, cuts the mesh where the network enforces policies, as K3s, Cilium and Calico do.\nIn an ambient namespace, who may call which port is an AuthorizationPolicy's to say: the NetworkPolicy sees 15008 alone.\nSources: https://istio.io/latest/docs/ops/deployment/application-requirements/, https://istio.io/latest/docs/ambient/usage/networkpolicy/.",
		Before: policy(`{port: 8080}`),
		After:  policy(`{port: 8080}, {port: 15008}`),
	}}
}
