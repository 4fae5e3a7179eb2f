package mean

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/meshgen/meshgen/test/cluster/kube"
	"github.com/meshgen/meshgen/test/cluster/xds"
)

// shopping are an application of the shop's, one of payments', and one in a
// namespace that the intent does not know.
const shopping = `
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 8080, name: http}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: web, image: "example.com/web:1"}]}
---
apiVersion: v1
kind: Service
metadata: {name: pay, namespace: payments}
spec: {selector: {app: pay}, ports: [{port: 8080, name: http}]}
---
apiVersion: v1
kind: Pod
metadata: {name: pay, namespace: payments, labels: {app: pay}}
spec: {containers: [{name: pay, image: "example.com/pay:1"}]}
---
apiVersion: v1
kind: Namespace
metadata: {name: trial, labels: {istio.io/rev: prod}}
---
apiVersion: v1
kind: Pod
metadata: {name: trial, namespace: trial, labels: {app: trial}}
spec: {containers: [{name: trial, image: "example.com/trial:1"}]}
`

// zoned returns a node for each zone of production's pools.
func zoned() []*corev1.Node {
	var out []*corev1.Node
	for _, zone := range []string{"a", "b", "c"} {
		system, apps := kube.Node("system-"+zone, "4", "16Gi"), kube.Node("apps-"+zone, "16", "64Gi")
		system.Labels["node-role"] = "system"
		system.Spec.Taints = []corev1.Taint{{Key: "dedicated", Value: "system", Effect: corev1.TaintEffectNoSchedule}}
		system.Labels[corev1.LabelTopologyZone], apps.Labels[corev1.LabelTopologyZone] = zone, zone
		out = append(out, system, apps)
	}
	return out
}

func TestProduction(t *testing.T) {
	s := raise(t, rendered("production"), collector, zoned()...)
	s.others(shopping)
	web, pay, trial := s.pod("shop", "app=web"), s.pod("payments", "app=pay"), s.pod("trial", "app=trial")
	gateway, egress := s.pod("istio-ingress", "istio=public"), s.pod("istio-egress", "istio=egress")
	s.settle()

	public, shop := xds.Meshed("istio-ingress", "public"), xds.Meshed("shop", "default")
	get := func(who xds.Connection, path string) xds.Request {
		return xds.Request{Connection: who, Method: "GET", Host: "any.svc", Path: path}
	}

	s.about("gateway: TLS, client certificates", func(s *stand) {
		p := s.told(gateway)
		p.equal("listeners", p.served(), []string{"0.0.0.0_443"})
		p.servesTLS(p.https("shop.example.com"), "kubernetes://public-shop-tls", "TLSv1_2", false)
		p.servesTLS(p.https("api.example.com"), "kubernetes://api-tls", "TLSv1_2", true)
	})
	s.about("default deny with open gateway hosts, tokens", func(s *stand) {
		p := s.told(gateway)
		ask := func(host string, token *xds.Token) bool {
			through, _ := p.through(p.https(host), xds.Request{
				Connection: xds.Connection{Port: 443, TLS: true, SNI: host}, Method: "GET", Host: host, Path: "/", Token: token,
			})
			return through
		}
		customer, stranger := &xds.Token{Issuer: "https://id.example.com/", Subject: "a customer"}, &xds.Token{Issuer: "https://id.example.net/", Subject: "somebody"}
		p.equal("shop, no token", ask("shop.example.com", nil), true)
		p.equal("api, no token", ask("api.example.com", nil), false)
		p.equal("api, a customer's token", ask("api.example.com", customer), true)
		p.equal("api, somebody else's token", ask("api.example.com", stranger), false)
		p.equal("another host", ask("admin.example.com", customer), false)
		through, _ := p.through(p.https("shop.example.com"), xds.Request{
			Connection: xds.Connection{Port: 443, TLS: true, SNI: "shop.example.com"}, Method: "GET", Host: "api.example.com", Path: "/",
		})
		p.equal("api, no token, by the shop's server name", through, false)
		providers, err := xds.Tokens(p.manager(p.https("api.example.com")))
		if err != nil {
			p.Fatal(err)
		}
		if len(providers) != 1 || providers["https://id.example.com/"] == nil || providers["https://id.example.com/"].Forward {
			p.Errorf("the issuers of tokens are not the intent's: %v", providers)
		}
		s.fetches("https://id.example.com/.well-known/jwks.json")
	})
	s.about("default deny of what no rule speaks of", func(s *stand) {
		p := s.told(trial)
		p.refused(get(xds.Mutual(public, 8080), "/"))
		p.refused(get(xds.Mutual(xds.Meshed("trial", "default"), 8080), "/"))
	})
	s.about("authorization of workloads, strict", func(s *stand) {
		p := s.told(web)
		p.admitted(get(xds.Mutual(public, 8080), "/"))
		p.refused(get(xds.Mutual(xds.Meshed("istio-ingress", "other"), 8080), "/"))
		p.refused(get(xds.Mutual(xds.Meshed("payments", "default"), 8080), "/"))
		p.refused(get(xds.PlainText(8080), "/"))
		p.strict(8080)
		p = s.told(pay)
		p.admitted(get(xds.Mutual(shop, 8080), "/charge"))
		p.admitted(get(xds.Mutual(xds.Meshed("shop", "cart"), 8080), "/charge"))
		p.refused(get(xds.Mutual(shop, 8080), "/refund"))
		p.refused(get(xds.Mutual(shop, 8080), "/charge/all"))
		p.refused(get(xds.Mutual(public, 8080), "/charge"))
		p.refused(get(xds.PlainText(8080), "/charge"))
		p.strict(8080)
		p.refused(xds.Request{Connection: xds.Raw(shop, 9000)}) // a path is no business of a port that speaks no HTTP
	})
	s.about("only declared hosts outside", func(s *stand) {
		p := s.told(web)
		p.equal("where the unknown goes", p.unknown(), "BlackHoleCluster")
		host, r := p.routed(p.chain("0.0.0.0_80", xds.PlainText(80)), "undeclared.example", "/")
		p.equal("what answers HTTP to an undeclared host", host.GetName(), "block_all")
		p.equal("its answer", r.GetDirectResponse().GetStatus(), uint32(502))
		to, err := xds.Relay(p.chain("0.0.0.0_443", xds.Connection{Port: 443, TLS: true, SNI: "undeclared.example", IP: "203.0.113.9"}))
		p.equal("where TLS to an undeclared host goes", []any{to, err}, []any{"BlackHoleCluster", nil})
	})
	s.about("egress through the gateway", func(s *stand) {
		const inner = "outbound|443||egress.istio-egress.svc.cluster.local"
		psp := xds.Connection{Port: 443, TLS: true, SNI: "api.psp.example", IP: "203.0.113.9"}
		p := s.told(web)
		to, err := xds.Relay(p.chain("0.0.0.0_443", psp))
		p.equal("where TLS to the payment provider goes", []any{to, err}, []any{inner, nil})
		plain, mutual, err := p.config.Addresses(inner)
		if err != nil || len(plain) == 0 || len(mutual) > 0 {
			p.Errorf("the gateway passes TLS on and must get it as the application sends it: to it go %v, wrapped in mutual TLS %v (%v)", plain, mutual, err)
		}
		p = s.told(egress)
		chain := p.chain("0.0.0.0_443", psp)
		to, err = xds.Relay(chain)
		p.equal("where the gateway sends it", []any{to, err}, []any{"outbound|443||api.psp.example", nil})
		if ends, err := xds.Ends(chain); ends != nil || err != nil {
			p.Errorf("the gateway ends TLS that it is to pass on (%v)", err)
		}
		p.equal("the provider's endpoint", p.endpoints("outbound|443||api.psp.example"), []string{"api.psp.example:443"})
		through, why := p.through(chain, xds.Request{Connection: psp})
		p.equal("whether the gateway lets it through: "+why, through, true)
		if other := p.chain("0.0.0.0_443", xds.Connection{Port: 443, TLS: true, SNI: "undeclared.example"}); other != nil {
			p.Error("the gateway takes connections to an undeclared host")
		}
	})
	s.about("metrics, traces, access logs", func(s *stand) {
		p := s.told(gateway)
		p.measured(p.https("shop.example.com"))
		p.traced(p.https("shop.example.com"), 1, otel)
		p.logged(p.https("shop.example.com"), "response.code >= 400", true)
	})
	s.about("injection by tag: revision, CA, images", func(s *stand) {
		for _, pod := range []*corev1.Pod{web, gateway} {
			c := s.sidecar(pod)
			if got := xds.Variable(c, "CA_ADDR"); !strings.HasPrefix(got, "cert-manager-istio-csr.cert-manager.svc") {
				s.Errorf("the CA of %s is %q, not istio-csr", pod.Name, got)
			}
			if got := xds.Variable(c, "PROXY_CONFIG"); !strings.Contains(got, `"discoveryAddress":"istiod-1-31.istio-system.svc:15012"`) {
				s.Errorf("%s is not bound to the istiod of its revision: %s", pod.Name, got)
			}
			if want := "docker.io/istio/proxyv2:" + kube.IstioVersion + "-distroless"; c.Image != want {
				s.Errorf("the proxy's image of %s is %s, not %s", pod.Name, c.Image, want)
			}
			if got := pod.Annotations["istio.io/rev"]; got != "1-31" {
				s.Errorf("%s was injected by the revision %q", pod.Name, got)
			}
		}
	})
}
