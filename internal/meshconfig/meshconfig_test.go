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
		said := message + " (" + suggestion + ")"
		if p.Warning {
			said += " (a warning)"
		}
		list = append(list, said)
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
		{`{enableTracng: true}`, []string{"MeshConfig has no field enableTracng (rename it to enableTracing)"}},
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
		// What istiod hands on unread.
		{`{meshMTLS: {cipherSuites: [ECDHE-RSA-AES256-GCM-SHA384, "ECDHE+AESGCM", TLS_RSA_WITH_AES_128_CBC_SHA, "!3DES", "[A|B]", ALL, ECDHE-PSK-AES256-CBC-SHA, "${C}"]}, tlsDefaults: {ecdhCurves: [P-256, x25519, prime256v1, "${E}"]}}`, nil},
		{`{meshMTLS: {cipherSuites: [NOT-A-CIPHER]}}`, []string{`mesh.meshMTLS.cipherSuites[0] is "NOT-A-CIPHER", a cipher suite that proxies do not have: they refuse all that comes with it (set mesh.meshMTLS.cipherSuites[0] to one such as "ECDHE-ECDSA-AES128-GCM-SHA256", or remove it)`}},
		{`{tlsDefaults: {cipherSuites: [ALL, TLS_AES_128_GCM_SHA256, ECDHE-RSA-AES128-GCM-SHA265]}}`, []string{
			`mesh.tlsDefaults.cipherSuites[1] is "TLS_AES_128_GCM_SHA256", a cipher suite that proxies do not have: they refuse all that comes with it (remove mesh.tlsDefaults.cipherSuites[1]: TLS 1.3 always has all of its suites)`,
			`mesh.tlsDefaults.cipherSuites[2] is "ECDHE-RSA-AES128-GCM-SHA265", a cipher suite that proxies do not have: they refuse all that comes with it (set mesh.tlsDefaults.cipherSuites[2] to "ECDHE-RSA-AES128-GCM-SHA256")`}},
		{`{tlsDefaults: {ecdhCurves: [P-999]}}`, []string{`mesh.tlsDefaults.ecdhCurves[0] is "P-999", a curve that proxies do not have: they refuse all that comes with it (set mesh.tlsDefaults.ecdhCurves[0] to one of P-224, P-256, P-384, P-521, X25519)`}},
		{`{inboundClusterStatName: "%SERVICE%_%SERVICE_PORT%_%TARGET_PORT%", outboundClusterStatName: "100%"}`, nil},
		{`{outboundClusterStatName: "%SERVICE%_%SERVCE_PORT%"}`, []string{`mesh.outboundClusterStatName is "%SERVICE%_%SERVCE_PORT%", in which istiod replaces no %SERVCE_PORT%: it stands in every name as it is (write %SERVICE_PORT% in mesh.outboundClusterStatName) (a warning)`}},
		{`{outboundClusterStatName: "%HOST%"}`, []string{`mesh.outboundClusterStatName is "%HOST%", in which istiod replaces no %HOST%: it stands in every name as it is (use %SERVICE%, %SERVICE_NAME%, %SERVICE_FQDN%, %SERVICE_PORT%, %TARGET_PORT%, %SERVICE_PORT_NAME%, %SUBSET_NAME% in mesh.outboundClusterStatName) (a warning)`}},
		{`{defaultConfig: {image: {imageType: debug}}}`, nil},
		{`{defaultConfig: {image: {imageType: acme-fips}}}`, nil},
		{`{defaultConfig: {image: {imageType: debugg}}}`, []string{`mesh.defaultConfig.image.imageType is "debugg", and Istio publishes no such image: the tag ends in -debugg (set mesh.defaultConfig.image.imageType to "debug") (a warning)`}},
		{`{extensionProviders: [{name: a, envoyExtAuthzHttp: {service: a.b.c, port: 80, includeRequestHeadersInCheck: [x-a, "x-*", "*-b", "*"], headersToUpstreamOnAllow: ["x-*-b"]}}]}`, []string{
			`mesh.extensionProviders[0].envoyExtAuthzHttp.includeRequestHeadersInCheck[3] is "*", of which istiod makes a pattern that proxies refuse (name the headers in mesh.extensionProviders[0].envoyExtAuthzHttp.includeRequestHeadersInCheck[3], or a prefix of theirs such as x-*)`,
			`mesh.extensionProviders[0].envoyExtAuthzHttp.headersToUpstreamOnAllow[0] is "x-*-b", which matches no header: a * stands for any text at the beginning, or else at the end (write mesh.extensionProviders[0].envoyExtAuthzHttp.headersToUpstreamOnAllow[0] with one *, at its end) (a warning)`}},
		{`{extensionProviders: [{name: a, lightstep: {service: a.b.c, port: 80, accessToken: x}}]}`, []string{
			`mesh.extensionProviders[0].lightstep is a kind of provider that istiod has no longer: it logs a line, and the provider "a" traces nothing (set opentelemetry instead of mesh.extensionProviders[0].lightstep)`}},
		// Rules of the proxies.
		{`{defaultConfig: {tracing: {sampling: 150}}}`, change("defaultConfig.tracing.sampling", "150", "0 to 100")},
		{`{defaultConfig: {drainDuration: 500ms}}`, change("defaultConfig.drainDuration", `"500ms"`, "in whole seconds")},
		{`{defaultConfig: {discoveryAddress: istiod.istio-system.svc}}`, change("defaultConfig.discoveryAddress", `"istiod.istio-system.svc"`, "a host and a port, such as collector.example.com:9411")},
		{`{defaultConfig: {discoveryAddress: "[fd00::1]:15012", tracing: {datadog: {address: "$(HOST_IP):8126"}}}}`, nil},
		{`{defaultConfig: {statusPort: 70000}}`, change("defaultConfig.statusPort", "70000", "1 to 65535")},
		{`{defaultConfig: {privateKeyProvider: {cryptomb: {}}}}`, []string{`mesh.defaultConfig.privateKeyProvider.cryptomb.pollDelay is missing (set mesh.defaultConfig.privateKeyProvider.cryptomb.pollDelay to a length of time, such as "10ms")`}},
		// Providers.
		{`{extensionProviders: [{name: opa, envoyExtAuthzGrpc: {service: ns/opa.example.com, port: 9191, statusOnError: "503"}}], defaultProviders: {accessLogging: [opa, envoy]}}`, nil},
		{`{extensionProviders: [{name: opa, envoyExtAuthzGrpc: {service: opa.example.com, port: 9191, statusOnError: "418"}}]}`, change("extensionProviders[0].envoyExtAuthzGrpc.statusOnError", `"418"`, `a status of HTTP that Envoy knows, such as "503"`)},
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
	want := []string{"ProxyConfig has no field concurency (rename it to concurrency)"}
	if diff := cmp.Diff(want, said(meshconfig.Proxy(value))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
