package mean

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/meshgen/meshgen/test/cluster/xds"
)

// meadow are the pods of testdata-ambient.
const meadow = `
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
metadata: {name: safe, namespace: vault}
spec: {selector: {app: safe}, ports: [{port: 8080, name: http}]}
---
apiVersion: v1
kind: Pod
metadata: {name: safe, namespace: vault, labels: {app: safe}}
spec: {containers: [{name: safe, image: "example.com/safe:1"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: shelf, namespace: vault, labels: {app: shelf}}
spec: {containers: [{name: shelf, image: "example.com/shelf:1"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: bench, namespace: open, labels: {app: bench}}
spec: {containers: [{name: bench, image: "example.com/bench:1"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: mill, namespace: old, labels: {app: mill}}
spec: {containers: [{name: mill, image: "example.com/mill:1"}]}
---
apiVersion: v1
kind: Service
metadata: {name: mill, namespace: old}
spec: {selector: {app: mill}, ports: [{port: 8080, name: http}]}
---
apiVersion: v1
kind: Namespace
metadata: {name: trial, labels: {istio.io/dataplane-mode: ambient}}
---
apiVersion: v1
kind: Pod
metadata: {name: trial, namespace: trial, labels: {app: trial}}
spec: {containers: [{name: trial, image: "example.com/trial:1"}]}
`

// collectors is where testdata-ambient's spans and lines go.
const collectors = `
apiVersion: v1
kind: Namespace
metadata: {name: observability}
---
apiVersion: v1
kind: Service
metadata: {name: otel-collector, namespace: observability}
spec: {ports: [{port: 4317, name: grpc}, {port: 4318, name: http}]}
`

func TestAmbientIntent(t *testing.T) {
	s := raise(t, own(t, "testdata-ambient"), collectors)
	s.others(meadow)
	s.others(certificate(t, "istio-ingress", "api-tls", "api.example.com"))
	web, safe, shelf := s.pod("shop", "app=web"), s.pod("vault", "app=safe"), s.pod("vault", "app=shelf")
	bench, mill, trial := s.pod("open", "app=bench"), s.pod("old", "app=mill"), s.pod("trial", "app=trial")
	public, waypoint, node := s.pod("istio-ingress", waypointOf+"public"), s.pod("shop", waypointOf+"waypoint"), s.pod("istio-system", "app=ztunnel")
	s.settle()

	const stood = "inbound-vip|8080|http|web.shop.svc.cluster.local" // the waypoint's filter chain for web
	shop, cart, gateway := xds.Meshed("shop", "default"), xds.Meshed("shop", "cart"), xds.Meshed("istio-ingress", "public-istio")

	s.about("ztunnel: permissive but for a namespace, and a port's exception from that", func(s *stand) {
		z := s.ztunnel(node)
		admits(s, z, bench, 8080, xds.Plain(), true)
		admits(s, z, bench, 8080, shop, true)
		admits(s, z, safe, 9000, xds.Plain(), true)
		admits(s, z, shelf, 9000, xds.Plain(), false)
		admits(s, z, shelf, 9000, shop, true)
		admits(s, z, safe, 8080, xds.Plain(), false)
	})
	s.about("ztunnel: deny by default, accounts, ports; pods behind a waypoint", func(s *stand) {
		z := s.ztunnel(node)
		admits(s, z, safe, 8080, cart, true)
		admits(s, z, safe, 8080, shop, false)
		admits(s, z, safe, 8081, cart, false)
		admits(s, z, trial, 8080, shop, false)
		admits(s, z, trial, 8080, xds.Plain(), false)
		admits(s, z, web, 8080, xds.Meshed("shop", "waypoint"), true)
		admits(s, z, web, 8080, shop, false)
		admits(s, z, web, 8080, xds.Plain(), false)
		behind(s, z, "web.shop.svc.cluster.local", "waypoint.shop.svc.cluster.local")
	})
	s.about("waypoint: rules by method and path, tokens", func(s *stand) {
		p := s.told(waypoint)
		chain := p.named("main_internal", stood)
		ask := func(who xds.Caller, method, path string, token *xds.Token) bool {
			through, _ := p.through(chain, xds.Request{Connection: xds.Mutual(who, 8080), Method: method, Host: "web.shop", Path: path, Token: token})
			return through
		}
		staff := &xds.Token{Issuer: "https://staff.example.com", Subject: "somebody"}
		p.equal("GET from the shop", ask(shop, "GET", "/", nil), true)
		p.equal("GET from the gateway", ask(gateway, "GET", "/", nil), true)
		p.equal("GET from elsewhere", ask(xds.Meshed("old", "default"), "GET", "/", nil), false)
		p.equal("GET from nobody", ask(xds.Plain(), "GET", "/", nil), false)
		p.equal("POST from the shop", ask(shop, "POST", "/", nil), false)
		p.equal("POST /admin without a token", ask(shop, "POST", "/admin", nil), false)
		p.equal("POST /admin with one", ask(shop, "POST", "/admin", staff), true)
		p.equal("POST /other with one", ask(shop, "POST", "/other", staff), false)
		p.equal("POST /admin with one, from the gateway", ask(gateway, "POST", "/admin", staff), false)
		p.equal("POST /admin with another's", ask(shop, "POST", "/admin", &xds.Token{Issuer: "https://else.example.com", Subject: "somebody"}), false)
		s.fetches("https://staff.example.com/keys")
	})
	s.about("a namespace with sidecars beside", func(s *stand) {
		p := s.told(mill)
		p.admitted(xds.Request{Connection: xds.Mutual(shop, 8080), Method: "GET", Host: "mill", Path: "/"})
		p.refused(xds.Request{Connection: xds.Mutual(xds.Meshed("open", "default"), 8080), Method: "GET", Host: "mill", Path: "/"})
		if xds.Proxy(web) != nil || xds.Proxy(bench) != nil {
			s.Error("an ambient pod has a sidecar")
		}
	})
	s.about("gateway made by istiod: another port, client certificates, redirect to it, routes into two namespaces", func(s *stand) {
		const web, safe = "outbound|8080||web.shop.svc.cluster.local", "outbound|8080||safe.vault.svc.cluster.local"
		p := s.told(public)
		chain := p.chain("0.0.0.0_8443", xds.Connection{Port: 8443, TLS: true, SNI: "api.example.com"})
		p.servesTLS(chain, "kubernetes-gateway://istio-ingress/api-tls", "TLSv1_2", true)
		to := func(method, path string, headers map[string]string) map[string]uint32 {
			_, r, err := p.config.Route(p.manager(chain), xds.Request{Method: method, Host: "api.example.com", Path: path, Headers: headers})
			if err != nil {
				p.Fatal(err)
			}
			return xds.Shares(r)
		}
		beta := map[string]string{"x-beta": "yes"}
		p.equal("POST /buy, beta", to("POST", "/buy", beta), map[string]uint32{safe: 100})
		p.equal("POST /buy", to("POST", "/buy", nil), map[string]uint32{web: 60, safe: 40})
		p.equal("GET /buy, beta", to("GET", "/buy", beta), map[string]uint32{web: 60, safe: 40})
		_, r := p.routed(p.chain("0.0.0.0_80", xds.PlainText(80)), "api.example.com", "/")
		p.equal("where port 80 redirects to", []any{r.GetRedirect().GetSchemeRedirect(), r.GetRedirect().GetPortRedirect()}, []any{"https", uint32(8443)})
		for _, host := range []string{"api.example.com", "other.example.com"} {
			through, _ := p.through(chain, xds.Request{
				Connection: xds.Connection{Port: 8443, TLS: true, SNI: "api.example.com"}, Method: "GET", Host: host, Path: "/",
			})
			p.equal("whether "+host+" is open", through, host == "api.example.com")
		}
	})
	s.about("gateway made by istiod: Service, autoscaler, disruption budget", func(s *stand) {
		ctx := context.Background()
		service, err := s.API.CoreV1().Services("istio-ingress").Get(ctx, "public-istio", metav1.GetOptions{})
		if err != nil {
			s.Fatal(err)
		}
		got := []any{service.Spec.Type, service.Spec.ExternalTrafficPolicy, service.Annotations["example.com/owner"]}
		if diff := cmp.Diff([]any{corev1.ServiceTypeNodePort, corev1.ServiceExternalTrafficPolicyLocal, "team-a"}, got); diff != "" {
			s.Errorf("the Service (-intent +cluster):\n%s", diff)
		}
		scaler, err := s.API.AutoscalingV2().HorizontalPodAutoscalers("istio-ingress").Get(ctx, "public-istio", metav1.GetOptions{})
		if err != nil {
			s.Fatal(err)
		}
		got = []any{*scaler.Spec.MinReplicas, scaler.Spec.MaxReplicas, scaler.Spec.ScaleTargetRef.Name, *scaler.Spec.Metrics[0].Resource.Target.AverageUtilization}
		if diff := cmp.Diff([]any{int32(2), int32(4), "public-istio", int32(70)}, got); diff != "" {
			s.Errorf("the autoscaler (-intent +cluster):\n%s", diff)
		}
		budget, err := s.API.PolicyV1().PodDisruptionBudgets("istio-ingress").Get(ctx, "public-istio", metav1.GetOptions{})
		if err != nil {
			s.Fatal(err)
		}
		if n := budget.Spec.MaxUnavailable; n == nil || n.IntValue() != 1 || !selects(budget.Spec.Selector, public) {
			s.Errorf("the disruption budget: %+v", budget.Spec)
		}
	})
	s.about("metrics, traces by HTTP, access logs for a collector", func(s *stand) {
		const lines, spans = "outbound|4317||otel-collector.observability.svc.cluster.local", "outbound|4318||otel-collector.observability.svc.cluster.local"
		p := s.told(public)
		chain := p.chain("0.0.0.0_8443", xds.Connection{Port: 8443, TLS: true, SNI: "api.example.com"})
		p.measured(chain)
		p.collected(chain, lines)
		p.tracedByHTTP(chain, 5, spans, "/v1/traces")
		p = s.told(waypoint)
		chain = p.named("main_internal", stood)
		p.measured(chain)
		p.collected(chain, lines)
		p.tracedByHTTP(chain, 5, spans, "/v1/traces")
	})
}

// selects says whether a selector is for a pod.
func selects(selector *metav1.LabelSelector, pod *corev1.Pod) bool {
	if selector == nil || len(selector.MatchLabels) == 0 {
		return false
	}
	for name, value := range selector.MatchLabels {
		if pod.Labels[name] != value {
			return false
		}
	}
	return true
}
