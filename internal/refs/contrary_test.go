package refs_test

import "testing"

// TestContrary: what people write beside the intent against its mutual TLS, and
// what proxies cannot read. MESHGEN_UPDATE=1 writes what is said anew.
func TestContrary(t *testing.T) {
	const strict = base + "\nmtls: stage: \"strict\"\nexternal: {\"Service/shop/hook\": \"the shop's team\", \"Pod/shop/*\": \"the shop's team\"}\n"
	object := func(apiVersion, kind, namespace, rest string) string {
		if namespace != "" {
			namespace = `, namespace: "` + namespace + `"`
		}
		return `manifests: x: objects: [{apiVersion: "` + apiVersion + `", kind: "` + kind + `", metadata: {name: "x"` + namespace + `}, ` + rest + `}]`
	}
	rule := func(mode string) string {
		return object("networking.istio.io/v1", "DestinationRule", "shop", `spec: {host: "web.shop.svc.cluster.local", trafficPolicy: tls: mode: "`+mode+`"}`)
	}
	peer := func(spec string) string {
		return object("security.istio.io/v1", "PeerAuthentication", "shop", "spec: "+spec)
	}
	hook := object("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", "",
		`webhooks: [{name: "a.b.c", sideEffects: "None", admissionReviewVersions: ["v1"], clientConfig: service: {name: "hook", namespace: "shop"}, rules: [{apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"]}]}]`)
	pods := func(annotations, container string) string {
		return object("apps/v1", "Deployment", "shop", `spec: {selector: matchLabels: a: "b", template: {metadata: {labels: a: "b", annotations: {`+annotations+`}}, spec: containers: [{name: "`+container+`", image: "x:1"}]}}`)
	}
	exception := "\nmtls: exceptions: hook: {namespace: \"shop\", labels: app: \"hook\", ports: [443], reason: \"the API server calls it\"}"
	got := intents(t, strict, map[string]string{
		"mutual":      rule("ISTIO_MUTUAL"),
		"plain":       rule("DISABLE"),
		"opened":      peer(`mtls: mode: "DISABLE"`),
		"closed":      peer(`mtls: mode: "STRICT"`),
		"a-port":      peer(`{selector: matchLabels: a: "b", portLevelMtls: "8080": mode: "PERMISSIVE"}`),
		"hook":        hook,
		"hook-known":  hook + exception,
		"method":      object("security.istio.io/v1", "AuthorizationPolicy", "shop", `spec: rules: [{to: [{operation: methods: ["get", "POST"]}]}]`),
		"amount":      pods(`"sidecar.istio.io/proxyCPU": "lots", "sidecar.istio.io/proxyMemory": "64Mi"`, "c"),
		"ports":       pods(`"traffic.sidecar.istio.io/excludeInboundPorts": "80;81", "traffic.sidecar.istio.io/excludeOutboundPorts": "80, 443"`, "c"),
		"ports-star":  pods(`"traffic.sidecar.istio.io/includeInboundPorts": "*", "traffic.sidecar.istio.io/excludeInboundPorts": "*"`, "c"),
		"blocks":      pods(`"traffic.sidecar.istio.io/includeOutboundIPRanges": "*", "traffic.sidecar.istio.io/excludeOutboundIPRanges": "10.0.0.0/8, 10.1.2.3"`, "c"),
		"readings":    pods(`"sidecar.istio.io/interceptionMode": "tproxy", "status.sidecar.istio.io/port": "http", "readiness.status.sidecar.istio.io/periodSeconds": "2s", "prometheus.istio.io/merge-metrics": "yes", "traffic.sidecar.istio.io/excludeInterfaces": "eth 1"`, "c"),
		"readings-ok": pods(`"sidecar.istio.io/interceptionMode": "NONE", "status.sidecar.istio.io/port": "0", "readiness.status.sidecar.istio.io/periodSeconds": "2", "prometheus.istio.io/merge-metrics": "false", "traffic.sidecar.istio.io/excludeInterfaces": "eth1,net0"`, "c"),
		"config":      pods(`"proxy.istio.io/config": "concurency: 2"`, "c"),
		"config-ok":   pods(`"proxy.istio.io/config": "concurrency: 2"`, "c"),
		"name":        pods("", "istio-proxy"),
	}, "MG5067", "MG5069", "MG5077")
	held(t, "testdata/contrary.txt", got)
}
