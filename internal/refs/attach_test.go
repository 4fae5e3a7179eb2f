package refs_test

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// held holds what is said of each intent to a file; MESHGEN_UPDATE=1 writes it.
func held(t *testing.T, file string, got map[string]string) {
	t.Helper()
	var all strings.Builder
	for _, name := range slices.Sorted(maps.Keys(got)) {
		all.WriteString("-- " + name + " --\n" + got[name])
	}
	if os.Getenv("MESHGEN_UPDATE") != "" {
		if err := os.WriteFile(file, []byte(all.String()), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), all.String()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// only is what a cluster of the cases below has beside its namespaces.
const only = `package mesh

import "meshgen.dev/schema"

schema.#Mesh

cluster: {platform: "k3s", kubernetes: "1.34", disabled: ["traefik"]}
services: web: {namespace: "shop", port: 80}
gateways: public: {namespace: "edge", servers: web: hosts: ["www.example.com"]}
gitops: {engine: "flux", source: "fleet"}
external: "Service/shop/web": "the shop's team"
`

// TestAttached: policies and routes that no proxy takes, by the data plane of
// the namespace and its waypoint. Those named ok-… say nothing.
func TestAttached(t *testing.T) {
	object := func(apiVersion, kind, namespace, spec string) string {
		return `manifests: x: objects: [{apiVersion: "` + apiVersion + `", kind: "` + kind + `", metadata: {name: "x", namespace: "` + namespace + `"}, spec: {` + spec + `}}]`
	}
	const (
		sidecar  = "namespaces: shop: mesh: true\n"
		ambient  = "mode: \"ambient\"\nnamespaces: shop: mesh: true\n"
		waypoint = "mode: \"ambient\"\nnamespaces: shop: {mesh: true, waypoint: \"auto\"}\n"
		mixed    = ambient + "namespaces: old: {mesh: true, mode: \"sidecar\"}\n"

		toService = `targetRefs: [{group: "", kind: "Service", name: "web"}]`
		toGateway = `targetRefs: [{group: "gateway.networking.k8s.io", kind: "Gateway", name: "waypoint"}]`
		toClass   = `targetRefs: [{group: "gateway.networking.k8s.io", kind: "GatewayClass", name: "istio-waypoint"}]`
		pods      = `external: "Pod/shop/*": "the shop's team"` + "\n"
		rules     = `, jwtRules: [{issuer: "a", jwksUri: "https://a.example.com/b"}]`
		patch     = `configPatches: [{applyTo: "CLUSTER", patch: {operation: "MERGE", value: connect_timeout: "5s"}}]`
	)
	deny := func(target string) string {
		return object("security.istio.io/v1", "AuthorizationPolicy", "shop", `action: "DENY", `+target+`, rules: [{to: [{operation: methods: ["DELETE"]}]}]`)
	}
	root := func(spec string) string {
		return object("security.istio.io/v1", "AuthorizationPolicy", "istio-system", spec)
	}
	token := func(target string) string {
		return object("security.istio.io/v1", "RequestAuthentication", "shop", target+rules)
	}
	logs := func(target string) string {
		return object("telemetry.istio.io/v1", "Telemetry", "shop", target+`accessLogging: [{providers: [{name: "envoy"}]}]`)
	}
	peers := func(namespace, spec string) string {
		return object("security.istio.io/v1", "PeerAuthentication", namespace, spec)
	}
	selects := `selector: matchLabels: app: "web"`
	routes := object("networking.istio.io/v1", "VirtualService", "shop", `hosts: ["web"], http: [{timeout: "5s", route: [{destination: host: "web"}]}]`)
	backend := object("gateway.networking.k8s.io/v1", "HTTPRoute", "shop", `parentRefs: [{group: "", kind: "Service", name: "web", port: 80}], rules: [{backendRefs: [{name: "web", port: 80}]}]`)
	rule := object("networking.istio.io/v1", "DestinationRule", "shop", `host: "web", trafficPolicy: outlierDetection: consecutive5xxErrors: 3`)
	none := `manifests: s: objects: [{apiVersion: "v1", kind: "Service", metadata: {name: "web", namespace: "shop", labels: "istio.io/use-waypoint": "none"}, spec: ports: [{port: 80}]}]` + "\n"
	held(t, "testdata/attach.txt", intents(t, only, map[string]string{
		"sidecar-deny":           sidecar + deny(toService),
		"sidecar-token":          sidecar + token(toService),
		"sidecar-logs":           sidecar + logs(toService+", "),
		"ambient-deny":           ambient + deny(toService),
		"ambient-token":          ambient + pods + token(selects),
		"ambient-token-all":      ambient + object("security.istio.io/v1", "RequestAuthentication", "shop", rules[2:]),
		"ambient-logs":           ambient + pods + logs(selects+", "),
		"ambient-logs-all":       ambient + logs(""),
		"ambient-filter":         ambient + object("networking.istio.io/v1alpha3", "EnvoyFilter", "shop", patch),
		"ambient-wasm":           ambient + pods + object("extensions.istio.io/v1alpha1", "WasmPlugin", "shop", selects+`, url: "oci://a/b:1"`),
		"ambient-peers":          ambient + peers("shop", `mtls: mode: "DISABLE"`),
		"ambient-peers-mesh":     ambient + peers("istio-system", `mtls: mode: "DISABLE"`),
		"ambient-peers-port":     ambient + pods + peers("shop", selects+`, portLevelMtls: "80": mode: "DISABLE"`),
		"ambient-routes":         ambient + routes,
		"ambient-backend":        ambient + backend,
		"ambient-rule":           ambient + rule,
		"waypoint-token":         waypoint + pods + token(selects),
		"waypoint-token-all":     waypoint + object("security.istio.io/v1", "RequestAuthentication", "shop", rules[2:]),
		"waypoint-filter":        waypoint + object("networking.istio.io/v1alpha3", "EnvoyFilter", "shop", patch),
		"waypoint-filter-target": waypoint + object("networking.istio.io/v1alpha3", "EnvoyFilter", "shop", toService+", "+patch),
		"waypoint-class":         waypoint + token(toClass),
		"waypoint-none-routes":   waypoint + none + routes,
		"waypoint-none-backend":  waypoint + none + backend,
		"waypoint-none-rule":     waypoint + none + rule,
		"waypoint-both":          waypoint + routes + "\n" + strings.Replace(backend, "x:", "y:", 1),
		"sidecar-both":           sidecar + routes + "\n" + strings.Replace(backend, "x:", "y:", 1),
		"label-deny":             "manifests: n: objects: [{apiVersion: \"v1\", kind: \"Namespace\", metadata: {name: \"shop\", labels: \"istio-injection\": \"enabled\"}}]\n" + deny(toService),

		"ambient-http":            ambient + object("security.istio.io/v1", "AuthorizationPolicy", "shop", `action: "DENY", rules: [{to: [{operation: methods: ["DELETE"]}]}]`),
		"ambient-http-label":      "mode: \"ambient\"\nmanifests: n: objects: [{apiVersion: \"v1\", kind: \"Namespace\", metadata: {name: \"shop\", labels: \"istio.io/dataplane-mode\": \"ambient\"}}]\n" + object("security.istio.io/v1", "AuthorizationPolicy", "shop", `action: "DENY", rules: [{to: [{operation: methods: ["DELETE"]}]}]`),
		"ambient-http-mesh":       ambient + root(`action: "DENY", rules: [{to: [{operation: methods: ["TRACE"]}]}]`),
		"ambient-http-mesh-allow": mixed + root(`rules: [{to: [{operation: paths: ["/x"]}]}]`),

		"ok-ambient-http-class":   ambient + root(`action: "DENY", `+toClass+`, rules: [{to: [{operation: methods: ["TRACE"]}]}]`),
		"ok-ambient-http-gateway": ambient + root(`action: "DENY", selector: matchLabels: istio: "public", rules: [{to: [{operation: methods: ["TRACE"]}]}]`),
		"ok-sidecar-http-mesh":    sidecar + root(`action: "DENY", rules: [{to: [{operation: methods: ["TRACE"]}]}]`),
		"ok-sidecar-token":        sidecar + pods + token(selects),
		"ok-sidecar-routes":       sidecar + routes,
		"ok-sidecar-peers":        sidecar + peers("shop", `mtls: mode: "DISABLE"`),
		"ok-waypoint-both":        waypoint + strings.Replace(routes, "http: [{", `http: [{match: [{uri: prefix: "/a"}], `, 1) + "\n" + strings.Replace(strings.Replace(backend, "x:", "y:", 1), "rules: [{", `rules: [{matches: [{path: value: "/b"}], `, 1),
		"ok-waypoint-deny":        waypoint + deny(toService),
		"ok-waypoint-token":       waypoint + token(toGateway),
		"ok-waypoint-logs":        waypoint + logs(""),
		"ok-waypoint-routes":      waypoint + routes,
		"ok-waypoint-backend":     waypoint + backend,
		"ok-waypoint-rule":        waypoint + rule,
		"ok-waypoint-declared":    ambient + "external: \"Gateway.gateway.networking.k8s.io/shop/waypoint\": \"istioctl\"\n" + token(toService),
		"ok-mixed-routes":         mixed + routes,
		"ok-mixed-backend":        mixed + backend,
		"ok-ambient-rule-routed":  ambient + `routes: web: {gateway: "public", hosts: ["www.example.com"], rules: [{to: [{service: "web"}]}]}` + "\n" + rule,
		"ok-ambient-peers":        ambient + peers("shop", `mtls: mode: "PERMISSIVE"`),
		"ok-gateway-token":        ambient + object("security.istio.io/v1", "RequestAuthentication", "edge", `selector: matchLabels: "gateway.networking.k8s.io/gateway-name": "x"`+rules) + "\nexternal: \"Pod/edge/*\": \"others\"",
		"ok-gateway-ambient":      "gateways: inner: {namespace: \"shop\", service: type: \"ClusterIP\", servers: web: hosts: [\"in.example.com\"]}\n" + ambient + object("security.istio.io/v1", "RequestAuthentication", "shop", `selector: matchLabels: istio: "inner"`+rules),
		"ok-waypoint-everywhere":  waypoint + object("security.istio.io/v1", "RequestAuthentication", "istio-system", toClass+rules),
		"ok-delegate":             ambient + object("networking.istio.io/v1", "VirtualService", "shop", `http: [{route: [{destination: host: "web"}]}]`),
		"ok-service-has-waypoint": ambient + "manifests: s: objects: [{apiVersion: \"v1\", kind: \"Service\", metadata: {name: \"web\", namespace: \"shop\", labels: \"istio.io/use-waypoint\": \"none\"}, spec: ports: [{port: 80}]}]\nnamespaces: shop: labels: \"istio.io/use-waypoint\": \"far\"\nnamespaces: shop: labels: \"istio.io/use-waypoint-namespace\": \"edge\"\nexternal: \"Gateway.gateway.networking.k8s.io/edge/far\": \"others\"\n" + token(toService),
	}, "MG1001", "MG1002", "MG1003", "MG1005", "MG1008", "MG5030", "MG5067", "MG5068"))
}
