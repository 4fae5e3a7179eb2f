package mean

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	trace "github.com/envoyproxy/go-control-plane/envoy/config/trace/v3"
	corev1 "k8s.io/api/core/v1"

	"github.com/meshgen/meshgen/internal/render/rendertest"
	"github.com/meshgen/meshgen/test/cluster/kube"
	"github.com/meshgen/meshgen/test/cluster/mesh"
	"github.com/meshgen/meshgen/test/cluster/xds"
)

// backoffice are the pods of testdata's intent.
const backoffice = `
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 8080, name: http}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: web, image: "example.com/web:1", ports: [{containerPort: 8080}, {containerPort: 9100}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: next, namespace: shop}
spec: {selector: {app: next}, ports: [{port: 8080, name: http}]}
---
apiVersion: v1
kind: Pod
metadata: {name: next, namespace: shop, labels: {app: next}}
spec: {containers: [{name: next, image: "example.com/next:1"}]}
---
apiVersion: v1
kind: Service
metadata: {name: back, namespace: back}
spec: {selector: {tier: back}, ports: [{port: 8080, name: http}, {port: 8081, name: http-more}]}
---
apiVersion: v1
kind: Pod
metadata: {name: ledger, namespace: back, labels: {app: ledger, tier: back}}
spec: {containers: [{name: ledger, image: "example.com/ledger:1"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: desk, namespace: back, labels: {app: desk, tier: back}}
spec: {containers: [{name: desk, image: "example.com/desk:1"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: late, namespace: lax, labels: {app: late}}
spec: {containers: [{name: late, image: "example.com/late:1"}]}
`

// zipkin is where its spans go.
const zipkin = `
apiVersion: v1
kind: Namespace
metadata: {name: observability}
---
apiVersion: v1
kind: Service
metadata: {name: zipkin, namespace: observability}
spec: {ports: [{port: 9411, name: http}]}
`

// own returns the folder of a cluster of testdata, as meshgen renders it.
func own(t *testing.T, cluster string) string {
	t.Helper()
	made, list := mesh.Compile(t, rendertest.Repository(t, os.DirFS("testdata")))
	// That one rule closes the workload to the rest is what a test looks at.
	if len(list) != 1 || list[0].Code != "MG3033" {
		t.Fatalf("testdata: %v", list)
	}
	return filepath.Join(mesh.Write(t, made), cluster)
}

func TestIntent(t *testing.T) {
	s := raise(t, own(t, "testdata"), zipkin)
	s.others(backoffice)
	s.others(certificate(t, "istio-ingress", "canary-tls", "canary.example.com"))
	web, ledger, desk, late := s.pod("shop", "app=web"), s.pod("back", "app=ledger"), s.pod("back", "app=desk"), s.pod("lax", "app=late")
	public, api, egress := s.pod("istio-ingress", "istio=public"), s.pod("istio-ingress", waypointOf+"new"), s.pod("istio-egress", "istio=egress")
	s.settle()

	ask := func(who xds.Connection, method, path string) xds.Request {
		return xds.Request{Connection: who, Method: method, Host: "any.svc", Path: path}
	}
	cart, other := xds.Meshed("shop", "cart"), xds.Meshed("shop", "other")

	s.about("injection: images, Secrets for them, log level, the node agent in the place of the init container", func(s *stand) {
		c := s.sidecar(web)
		p := s.told(web)
		p.equal("the proxy's image", c.Image, "registry.example.com/istio/proxyv2:"+kube.IstioVersion)
		p.equal("the Secrets for images", web.Spec.ImagePullSecrets, []corev1.LocalObjectReference{{Name: "images"}})
		p.equal("the Secrets for a gateway's images", api.Spec.ImagePullSecrets, []corev1.LocalObjectReference{{Name: "images"}})
		p.equal("the log level", slices.Contains(c.Args, "--proxyLogLevel=info"), true)
		for _, c := range web.Spec.InitContainers {
			if c.SecurityContext != nil && c.SecurityContext.Capabilities != nil && len(c.SecurityContext.Capabilities.Add) > 0 {
				p.Errorf("the container %s changes the pod's network, which is the node agent's to do", c.Name)
			}
		}
	})
	s.about("sidecars: strict, a port's exception, a namespace that is permissive", func(s *stand) {
		p := s.told(web)
		p.admitted(ask(xds.PlainText(9100), "GET", "/metrics"))
		p.admitted(ask(xds.Mutual(other, 9100), "GET", "/metrics"))
		p.refused(ask(xds.PlainText(8080), "GET", "/"))
		p.refused(ask(xds.PlainText(9101), "GET", "/metrics"))
		p.refused(ask(xds.PlainText(8080), "GET", "/metrics"))
		p = s.told(late)
		p.admitted(ask(xds.PlainText(8080), "GET", "/"))
		p.admitted(ask(xds.Mutual(other, 8080), "GET", "/"))
	})
	s.about("authorization: deny, accounts, addresses, methods, ports", func(s *stand) {
		p := s.told(web)
		p.admitted(ask(xds.Mutual(other, 8080), "GET", "/"))
		p.refused(ask(xds.Mutual(other, 8080), "GET", "/admin"))
		p.refused(ask(xds.Mutual(other, 8080), "POST", "/admin/users"))
		p.admitted(ask(xds.Mutual(other, 9100), "GET", "/admin"))
		p.admitted(ask(xds.Mutual(other, 8080), "GET", "/a/admin"))
		p = s.told(ledger)
		p.admitted(ask(xds.Mutual(cart, 8080), "GET", "/"))
		p.refused(ask(xds.Mutual(cart, 8080), "POST", "/"))
		p.refused(ask(xds.Mutual(cart, 8081), "GET", "/"))
		p.refused(ask(xds.Mutual(other, 8080), "GET", "/"))
		near := xds.Mutual(other, 8080)
		near.Caller.IP = netip.MustParseAddr("198.51.100.7")
		p.admitted(ask(near, "GET", "/"))
		near.Caller.IP = netip.MustParseAddr("198.51.101.7")
		p.refused(ask(near, "GET", "/"))
		p.admitted(ask(xds.Mutual(xds.Meshed("istio-ingress", "new-istio"), 8080), "GET", "/"))
		p.refused(ask(xds.Mutual(xds.Meshed("istio-ingress", "public"), 8080), "GET", "/"))
		p = s.told(desk)
		p.refused(ask(xds.Mutual(cart, 8080), "GET", "/"))
		p = s.told(public)
		private := func(from, path string) bool {
			r := ask(xds.PlainText(80), "GET", path)
			r.Host, r.Caller.IP = "plain.example.com", netip.MustParseAddr(from)
			through, _ := p.through(p.chain("0.0.0.0_80", r.Connection), r)
			return through
		}
		p.equal("/private, from the block", private("198.51.100.7", "/private"), false)
		p.equal("/private, from elsewhere", private("192.0.2.7", "/private"), true)
		p.equal("/, from the block", private("198.51.100.7", "/"), true)
	})
	s.about("authorization: tokens for a workload, their audience", func(s *stand) {
		p := s.told(desk)
		r := ask(xds.Mutual(other, 8080), "GET", "/")
		p.refused(r)
		r.Token = &xds.Token{Issuer: "https://staff.example.com", Subject: "somebody", Audiences: []string{"back"}}
		p.admitted(r)
		r.Token = &xds.Token{Issuer: "https://staff.example.com", Subject: "somebody", Audiences: []string{"front"}}
		p.refused(r)
		r.Token = &xds.Token{Issuer: "https://guests.example.com", Subject: "somebody", Audiences: []string{"back"}}
		p.refused(r)
		r.Method = "HEAD"
		p.admitted(r)
		providers, err := xds.Tokens(p.manager(p.chain("virtualInbound", r.Connection)))
		if err != nil || providers["https://staff.example.com"] == nil || !providers["https://staff.example.com"].Forward {
			p.Errorf("the token does not go on to the application: %v (%v)", providers, err)
		}
		s.fetches("https://staff.example.com/keys", "https://guests.example.com/keys")
	})
	s.about("Gateway API: canary 75 to 25, timeout, redirect from port 80", func(s *stand) {
		p := s.told(api)
		chain := p.https("canary.example.com")
		p.servesTLS(chain, "kubernetes-gateway://istio-ingress/canary-tls", "TLSv1_2", false)
		_, r := p.routed(chain, "canary.example.com", "/")
		p.equal("where requests go", xds.Shares(r), map[string]uint32{"outbound|8080||web.shop.svc.cluster.local": 75, "outbound|8080||next.shop.svc.cluster.local": 25})
		all, _ := seconds(r)
		p.equal("the timeout", all, 3*time.Second)
		_, r = p.routed(chain, "canary.example.com", "/beta/1")
		p.equal("where /beta goes", xds.Shares(r), map[string]uint32{"outbound|8080||next.shop.svc.cluster.local": 100})
		_, r = p.routed(p.chain("0.0.0.0_80", xds.PlainText(80)), "canary.example.com", "/")
		p.equal("what port 80 answers", r.GetRedirect().GetSchemeRedirect()+" "+r.GetRedirect().GetResponseCode().String(), "https MOVED_PERMANENTLY")
	})
	s.about("routes by path, method and header", func(s *stand) {
		p := s.told(public)
		chain := p.chain("0.0.0.0_80", xds.PlainText(80))
		to := func(r xds.Request) map[string]uint32 {
			r.Host = "plain.example.com"
			_, found, err := p.config.Route(p.manager(chain), r)
			if err != nil {
				p.Fatal(err)
			}
			return xds.Shares(found)
		}
		web, next := map[string]uint32{"outbound|8080||web.shop.svc.cluster.local": 100}, map[string]uint32{"outbound|8080||next.shop.svc.cluster.local": 100}
		beta := map[string]string{"x-beta": "yes"}
		p.equal("POST /buy, beta", to(xds.Request{Method: "POST", Path: "/buy", Headers: beta}), next)
		p.equal("GET /buy, beta", to(xds.Request{Method: "GET", Path: "/buy", Headers: beta}), web)
		p.equal("POST /buy", to(xds.Request{Method: "POST", Path: "/buy"}), web)
		p.equal("POST /buy/all, beta", to(xds.Request{Method: "POST", Path: "/buy/all", Headers: beta}), web)
		p.equal("GET /sell", to(xds.Request{Method: "GET", Path: "/sell"}), next)
		p.equal("GET /sell/all", to(xds.Request{Method: "GET", Path: "/sell/all"}), web)
	})
	s.about("retries: as they are asked for, none, Istio's own", func(s *stand) {
		p := s.told(public)
		on := func(path string) *route.RetryPolicy {
			_, r := p.routed(p.chain("0.0.0.0_80", xds.PlainText(80)), "plain.example.com", path)
			return r.GetRoute().GetRetryPolicy()
		}
		sell, other := on("/sell"), on("/")
		p.equal("how often /sell is tried again", sell.GetNumRetries().GetValue(), uint32(4))
		p.equal("on what", sell.GetRetryOn(), "5xx,reset")
		p.equal("how long a try takes", sell.GetPerTryTimeout().AsDuration(), 700*time.Millisecond)
		p.equal("how often /once is tried again", on("/once").GetNumRetries().GetValue(), uint32(0))
		p.equal("how often / is tried again", other.GetNumRetries().GetValue(), uint32(2))
	})
	s.about("servers: other ports, wildcards, TLS 1.3 with client certificates, gRPC", func(s *stand) {
		p := s.told(public)
		p.equal("listeners", p.served(), []string{"0.0.0.0_80", "0.0.0.0_8080", "0.0.0.0_8443", "0.0.0.0_9443"})
		partners := p.chain("0.0.0.0_8443", xds.Connection{Port: 8443, TLS: true, SNI: "partners.example.com"})
		p.servesTLS(partners, "kubernetes://partners-tls", "TLSv1_3", true)
		_, r := p.routed(partners, "partners.example.com", "/")
		p.equal("where partners go", xds.Shares(r), map[string]uint32{"outbound|8080||web.shop.svc.cluster.local": 100})
		_, r = p.routed(p.chain("0.0.0.0_80", xds.PlainText(80)), "partners.example.com", "/")
		p.equal("where port 80 redirects partners to", []any{r.GetRedirect().GetSchemeRedirect(), r.GetRedirect().GetPortRedirect()}, []any{"https", uint32(8443)})
		calls := p.chain("0.0.0.0_9443", xds.Connection{Port: 9443, TLS: true, SNI: "calls.example.com"})
		p.servesTLS(calls, "kubernetes://calls-tls", "TLSv1_2", false)
		_, r = p.routed(calls, "calls.example.com", "/shop.Orders/List")
		p.equal("where calls go", xds.Shares(r), map[string]uint32{"outbound|8080||next.shop.svc.cluster.local": 100})
		wild := p.chain("0.0.0.0_8080", xds.PlainText(8080))
		_, r = p.routed(wild, "a.wild.example.com", "/")
		p.equal("where a.wild goes", xds.Shares(r), map[string]uint32{"outbound|8080||next.shop.svc.cluster.local": 100})
		if _, r = p.routed(wild, "wild.example.com", "/"); r != nil {
			p.Error("the gateway routes a host that is not below the wildcard")
		}
	})
	s.about("HTTP through the egress gateway", func(s *stand) {
		const inner, outer = "outbound|80||egress.istio-egress.svc.cluster.local", "outbound|80||feed.example.net"
		p := s.told(web)
		_, r := p.routed(p.chain("0.0.0.0_80", xds.PlainText(80)), "feed.example.net", "/")
		p.equal("where the application's requests go", xds.Shares(r), map[string]uint32{inner: 100})
		p.equal("where the unknown goes", p.unknown(), "PassthroughCluster")
		p = s.told(egress)
		_, r = p.routed(p.chain("0.0.0.0_80", xds.PlainText(80)), "feed.example.net", "/")
		p.equal("where the gateway sends them", xds.Shares(r), map[string]uint32{outer: 100})
		p.equal("the host's endpoint", p.endpoints(outer), []string{"feed.example.net:80"})
	})
	s.about("metrics, traces for Zipkin, access logs as text, normalized paths", func(s *stand) {
		p := s.told(public)
		chain := p.chain("0.0.0.0_80", xds.PlainText(80))
		p.measured(chain)
		p.logged(chain, "", false)
		m := p.manager(chain)
		p.equal("whether slashes are merged", m.MergeSlashes, true)
		provider := &trace.ZipkinConfig{}
		if err := m.Tracing.GetProvider().GetTypedConfig().UnmarshalTo(provider); err != nil {
			p.Fatalf("the provider of traces: %v", err)
		}
		p.equal("where spans go", provider.GetCollectorService().GetHttpUri().GetCluster(), "outbound|9411||zipkin.observability.svc.cluster.local")
		p.equal("how many of a hundred requests are traced", m.Tracing.RandomSampling.GetValue(), 12.5)
	})
}

// TestDevelopment has an intent without a namespace: one that somebody makes
// gets sidecars, and all their requests are traced.
func TestDevelopment(t *testing.T) {
	s := raise(t, rendered("development"), collector)
	s.others(`
apiVersion: v1
kind: Namespace
metadata: {name: trial, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: trial}
spec: {selector: {app: web}, ports: [{port: 8080, name: http}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: trial, labels: {app: web}}
spec: {containers: [{name: web, image: "example.com/web:1"}]}
`)
	web := s.pod("trial", "app=web")
	s.settle()
	s.about("traces, permissive", func(s *stand) {
		p := s.told(web)
		p.traced(p.chain("virtualInbound", xds.Mutual(xds.Meshed("trial", "default"), 8080)), 100, otel)
		p.admitted(xds.Request{Connection: xds.PlainText(8080), Method: "GET", Host: "web", Path: "/"})
	})
}
