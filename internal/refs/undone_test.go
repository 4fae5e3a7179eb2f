package refs_test

import "testing"

// TestUndone: what values, patches and manifests take away of what the intent
// asks for is told. MESHGEN_UPDATE=1 writes what is said anew.
func TestUndone(t *testing.T) {
	const more = base + "\nroutes: web: {gateway: \"public\", hosts: [\"www.example.com\"], rules: [{to: [{service: \"web\"}]}]}\n"
	patch := func(target, text string) string {
		return "patches: p: {target: " + target + ", patch: \"\"\"\n" + text + "\n\"\"\"}\n"
	}
	config := func(name, key, text string) string {
		return patch(`{kind: "ConfigMap", name: "`+name+`", namespace: "istio-system"}`, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "+name+", namespace: istio-system}\ndata: {"+key+": '"+text+"'}")
	}
	got := intents(t, more, map[string]string{
		"as-it-is":        "",
		"istiod-stopped":  patch(`{kind: "Deployment", name: "istiod", namespace: "istio-system"}`, "- {op: add, path: /spec/replicas, value: 0}"),
		"route-of-others": patch(`{kind: "VirtualService", name: "web", namespace: "shop"}`, "- {op: replace, path: /spec/hosts/0, value: zz.example.org}"),
		"server-of-others": patch(`{kind: "Gateway", name: "public", namespace: "istio-ingress"}`,
			"- {op: replace, path: /spec/servers/0/hosts/0, value: zz.example.org}"),
		"port-closed":    patch(`{kind: "Service", name: "public", namespace: "istio-ingress"}`, "- {op: replace, path: /spec/ports, value: [{name: status-port, port: 15021}]}"),
		"ports-replaced": "values: gateways: public: service: ports: [{name: \"tcp\", port: 5432, targetPort: 5432}]\n",
		"label-removed":  patch(`{kind: "Namespace", name: "shop"}`, "- {op: remove, path: /metadata/labels/istio-injection}"),
		"webhook-gone": patch(`{kind: "MutatingWebhookConfiguration", name: "istio-sidecar-injector"}`,
			"$patch: delete\napiVersion: admissionregistration.k8s.io/v1\nkind: MutatingWebhookConfiguration\nmetadata: {name: istio-sidecar-injector}"),
		"webhook-off":     "values: istiod: global: operatorManageWebhooks: true\n",
		"inject-disabled": "values: istiod: global: proxy: autoInject: \"disabled\"\n",
		"unexported":      "meshConfig: defaultVirtualServiceExportTo: [\".\"]\n",
		"exported":        "meshConfig: defaultServiceExportTo: [\".\", \"istio-ingress\"]\n",
		"denied-opened":   "authorization: default: \"deny\"\n" + patch(`{kind: "AuthorizationPolicy", name: "allow-nothing", namespace: "istio-system"}`, "- {op: add, path: /spec/rules, value: [{}]}"),
		"denied":          "authorization: default: \"deny\"\n" + `manifests: p: objects: [{apiVersion: "security.istio.io/v1", kind: "AuthorizationPolicy", metadata: {name: "all", namespace: "shop"}, spec: rules: [{}]}]` + "\n",
		"mesh-root":       config("istio", "mesh", "rootNamespace: foo"),
		"mesh-plain":      "mtls: stage: \"strict\"\n" + config("istio", "mesh", "enableAutoMtls: false"),
		"mesh-unseen":     config("istio", "mesh", "discoverySelectors: [{matchLabels: {kubernetes.io/metadata.name: istio-system}}]"),
		"mesh-open":       "egress: policy: \"registry-only\"\n" + config("istio", "mesh", "accessLogFile: /dev/stdout"),
		"mesh-hidden":     config("istio", "mesh", `defaultVirtualServiceExportTo: ["."]`),
		"injector-off":    config("istio-sidecar-injector", "config", "policy: disabled"),
		"injector-broken": config("istio-sidecar-injector", "config", "{"),
		"injector-values": config("istio-sidecar-injector", "values", "a: b"),
		"injector-fine":   config("istio-sidecar-injector", "more", "a: b"),
		"delivery-again":  `manifests: k: objects: [{apiVersion: "kustomize.toolkit.fluxcd.io/v1", kind: "Kustomization", metadata: {name: "mesh-namespaces", namespace: "flux-system"}, spec: {interval: "1m", path: "./x", prune: true, sourceRef: {kind: "GitRepository", name: "fleet"}}}]` + "\n",
	}, "MG3024", "MG3031", "MG5005", "MG5017", "MG5067", "MG5077")
	held(t, "testdata/undone.txt", got)
}
