package meshconfig_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/meshconfig"
	"github.com/meshgen/meshgen/internal/object"
)

// said writes problems as people see them.
func said(problems []meshconfig.Problem) []string {
	var list []string
	for _, p := range problems {
		message, suggestion := p.At(p.Path("mesh"))
		list = append(list, message+" ("+suggestion+")")
	}
	return list
}

// TestMesh holds what is said of a MeshConfig. What istiod takes and refuses of
// these was read in its validation; each line has one mistake.
func TestMesh(t *testing.T) {
	change := func(field, is, must string) []string {
		return []string{"mesh." + field + " is " + is + ", but must be " + must + " (change mesh." + field + ": it must be " + must + ")"}
	}
	set := func(field, is, want, to string) []string {
		return []string{"mesh." + field + " is " + is + "; want " + want + " (set mesh." + field + " to " + to + ")"}
	}
	const length = `a length of time with its unit, such as "5s"`
	for _, test := range []struct {
		text string
		want []string
	}{
		{"{}", nil},
		// Shapes, as jsonpb reads them.
		{`{tcpKeepalive: {time: 30m, interval: 1m30s}, h2UpgradePolicy: UPGRADE, dnsRefreshRate: 60s, connectTimeout: 0.5s}`, nil},
		{`{proxyListenPort: "15001", enableAutoMtls: true, rootNamespace: null, ingressControllerMode: 2}`, nil},
		{`{connect_timeout: 5s, default_config: {proxy_metadata: {A: "1"}}}`, nil},
		{`{connectTimeout: "45"}`, set("connectTimeout", `"45"`, length, length)},
		{`{defaultConfig: {proxyMetadata: {A: 1, B: x}}}`, set("defaultConfig.proxyMetadata.A", "1", "a text, in quotes", `"1"`)},
		{`{defaultConfig: {proxyMetadata: [A]}}`, set("defaultConfig.proxyMetadata", "a list", "a struct", "a struct")},
		{`{proxyListenPort: 1.5}`, set("proxyListenPort", "1.5", "a whole number", "a whole number")},
		{`{enableTracng: true}`, []string{"MeshConfig has no field enableTracng (did you mean enableTracing?)"}},
		{`{trustDomain: "${DOMAIN}", connectTimeout: "${T}", proxyListenPort: "${P}"}`, nil},
		// Rules of the mesh.
		{`{connectTimeout: 0s}`, change("connectTimeout", `"0s"`, "1ms to 1h")},
		{`{connectTimeout: 2h}`, change("connectTimeout", `"2h"`, "1ms to 1h")},
		{`{connectTimeout: 1.5ms}`, change("connectTimeout", `"1.5ms"`, "in whole milliseconds")},
		{`{connect_timeout: 0s}`, change("connect_timeout", `"0s"`, "1ms to 1h")},
		{`{protocolDetectionTimeout: 0s}`, nil},
		{`{protocolDetectionTimeout: 100us}`, change("protocolDetectionTimeout", `"100us"`, "in whole milliseconds")},
		{`{dnsRefreshRate: 0s}`, change("dnsRefreshRate", `"0s"`, "2ms or more")},
		{`{proxyListenPort: 0}`, change("proxyListenPort", "0", "1 to 65535")},
		{`{trustDomain: cluster.local., trustDomainAliases: [old.example.com]}`, nil},
		{`{trustDomain: "cluster_local"}`, change("trustDomain", `"cluster_local"`, "a domain, such as cluster.local, of lower-case letters, digits, dots and dashes")},
		{`{trustDomainAliases: [a, ""]}`, change("trustDomainAliases[1]", `""`, "a domain, such as cluster.local, of lower-case letters, digits, dots and dashes")},
		{`{defaultHttpRetryPolicy: {attempts: -1}}`, change("defaultHttpRetryPolicy.attempts", "-1", "0 or more")},
		{`{defaultServiceExportTo: ["*", ".", "a b"]}`, change("defaultServiceExportTo[2]", `"a b"`, `"*", ".", "~" or a namespace`)},
		{`{serviceSettings: [{hosts: ["*", "*.example.com", "a_b"]}]}`, change("serviceSettings[0].hosts[2]", `"a_b"`, "a host name, or one that begins with *.")},
		{`{meshMTLS: {ecdhCurves: [P-256]}}`, []string{"mesh.meshMTLS.ecdhCurves is there, and istiod has no curves for mutual TLS (remove mesh.meshMTLS.ecdhCurves)"}},
		{`{localityLbSetting: {distribute: [{from: a, to: {b: 60, c/d: 40}}]}}`, nil},
		{`{localityLbSetting: {distribute: [{from: a, to: {b: 50}}]}}`, []string{
			"the weights in mesh.localityLbSetting.distribute[0].to add up to 50, but must be 100 (change the weights in mesh.localityLbSetting.distribute[0].to, so that they add up to 100)"}},
		{`{localityLbSetting: {distribute: [{from: a, to: {b: 0, c: 100}}]}}`, change("localityLbSetting.distribute[0].to.b", "0", "1 to 100")},
		{`{localityLbSetting: {distribute: [{from: a/*, to: {b: 100}}, {from: a/b, to: {c: 100}}]}}`, []string{
			`"a/b" in mesh.localityLbSetting.distribute[1].from overlaps another locality of the list (let each locality stand in one of the list)`}},
		{`{localityLbSetting: {failover: [{from: a, to: a}]}}`, []string{`mesh.localityLbSetting.failover[0] is from "a" to itself (name another region in mesh.localityLbSetting.failover[0].to)`}},
		{`{defaultTrafficPolicy: {connectionPool: {tcp: {maxConnections: -1}}}}`, change("defaultTrafficPolicy.connectionPool.tcp.maxConnections", "-1", "0 or more")},
		{`{defaultTrafficPolicy: {outlierDetection: {maxEjectionPercent: 150}}}`, change("defaultTrafficPolicy.outlierDetection.maxEjectionPercent", "150", "0 to 100")},
		// Rules of the proxies.
		{`{defaultConfig: {tracing: {sampling: 150}}}`, change("defaultConfig.tracing.sampling", "150", "0 to 100")},
		{`{defaultConfig: {drainDuration: 500ms}}`, change("defaultConfig.drainDuration", `"500ms"`, "in whole seconds")},
		{`{defaultConfig: {discoveryAddress: istiod.istio-system.svc}}`, change("defaultConfig.discoveryAddress", `"istiod.istio-system.svc"`, "a host and a port, such as collector.example.com:9411")},
		{`{defaultConfig: {discoveryAddress: "[fd00::1]:15012", tracing: {datadog: {address: "$(HOST_IP):8126"}}}}`, nil},
		{`{defaultConfig: {statusPort: 70000}}`, change("defaultConfig.statusPort", "70000", "1 to 65535")},
		{`{defaultConfig: {privateKeyProvider: {cryptomb: {}}}}`, []string{`mesh.defaultConfig.privateKeyProvider.cryptomb.pollDelay is missing (set mesh.defaultConfig.privateKeyProvider.cryptomb.pollDelay to a length of time, such as "10ms")`}},
		// Providers.
		{`{extensionProviders: [{name: opa, envoyExtAuthzGrpc: {service: ns/opa.example.com, port: 9191, statusOnError: "503"}}], defaultProviders: {accessLogging: [opa, envoy]}}`, nil},
		{`{extensionProviders: [{name: opa, envoyExtAuthzGrpc: {service: opa.example.com}}]}`, []string{
			"mesh.extensionProviders[0].envoyExtAuthzGrpc.port is missing (set mesh.extensionProviders[0].envoyExtAuthzGrpc.port to the port of the Service)"}},
		{`{extensionProviders: [{name: opa}]}`, []string{
			`mesh.extensionProviders[0] has a name and says nothing of what the provider "opa" is (set one of its kinds, such as opentelemetry, in mesh.extensionProviders[0])`}},
		{`{extensionProviders: [{name: a, prometheus: {}}, {name: a, stackdriver: {}}]}`, []string{
			`mesh.extensionProviders[1].name is "a", as is another provider's, and istiod takes the last (give each provider a name of its own)`}},
		{`{defaultProviders: {tracing: [envoi]}}`, []string{`mesh.defaultProviders.tracing[0] names the provider "envoi", which the mesh config does not have (set mesh.defaultProviders.tracing[0] to "envoy")`}},
	} {
		t.Run(test.text, func(t *testing.T) {
			value, ok := object.Embedded(test.text + "\n")
			if !ok {
				t.Fatal("the test's own text is no YAML")
			}
			if diff := cmp.Diff(test.want, said(meshconfig.Mesh(value))); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestElsewhere: providers that other parts of a mesh config bring are not missed.
func TestElsewhere(t *testing.T) {
	value, _ := object.Embedded("{defaultProviders: {tracing: [tempo]}}\n")
	if got := said(meshconfig.Mesh(value, "tempo")); got != nil {
		t.Error(got)
	}
}

// TestProxy: what an annotation holds.
func TestProxy(t *testing.T) {
	value, _ := object.Embedded("{concurency: 2}\n")
	want := []string{"ProxyConfig has no field concurency (did you mean concurrency?)"}
	if diff := cmp.Diff(want, said(meshconfig.Proxy(value))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
