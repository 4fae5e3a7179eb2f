package mean

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/meshgen/meshgen/test/cluster/kube"
	"github.com/meshgen/meshgen/test/cluster/xds"
)

// collector is where the fleet's spans go: telemetry.providers.otel.
const collector = `
apiVersion: v1
kind: Namespace
metadata: {name: observability}
---
apiVersion: v1
kind: Service
metadata: {name: otel-collector, namespace: observability}
spec: {ports: [{port: 4317, name: grpc}]}
`

// otel is its cluster.
const otel = "outbound|4317||otel-collector.observability.svc.cluster.local"

// todoui are two versions of the shop's application, and a host outside.
const todoui = `
apiVersion: v1
kind: Service
metadata: {name: todoui, namespace: shop}
spec: {selector: {app: todoui}, ports: [{port: 8090, name: http}]}
---
apiVersion: v1
kind: Pod
metadata: {name: todoui-1, namespace: shop, labels: {app: todoui, version: "0.1"}}
spec: {containers: [{name: todoui, image: "example.com/todoui:0.1", ports: [{containerPort: 8090}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: todoui-2, namespace: shop, labels: {app: todoui, version: "0.2"}}
spec: {containers: [{name: todoui, image: "example.com/todoui:0.2", ports: [{containerPort: 8090}]}]}
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: database, namespace: shop}
spec: {hosts: [database.example.net], location: MESH_EXTERNAL, resolution: DNS, ports: [{number: 5432, name: tcp, protocol: TCP}]}
`

func TestEdgeBerlin(t *testing.T) {
	s := raise(t, rendered("edge-berlin"), collector)
	s.others(todoui)
	one, two := s.pod("shop", "version=0.1"), s.pod("shop", "version=0.2")
	gateway := s.pod("istio-ingress", "istio=public")
	s.settle()

	s.about("canary 90 to 10, timeout, retries", func(s *stand) {
		p := s.told(gateway)
		_, r := p.routed(p.https("shop.example.com"), "shop.example.com", "/anything")
		p.equal("where requests go", xds.Shares(r), map[string]uint32{
			"outbound|8090|v0-1|todoui.shop.svc.cluster.local": 90,
			"outbound|8090|v0-2|todoui.shop.svc.cluster.local": 10,
		})
		p.equal("version 0.1", p.endpoints("outbound|8090|v0-1|todoui.shop.svc.cluster.local"), []string{one.Status.PodIP + ":8090"})
		p.equal("version 0.2", p.endpoints("outbound|8090|v0-2|todoui.shop.svc.cluster.local"), []string{two.Status.PodIP + ":8090"})
		all, try := seconds(r)
		p.equal("the timeout", all, 5*time.Second)
		p.equal("the timeout of a try", try, 2*time.Second)
		p.equal("the retries", r.GetRoute().GetRetryPolicy().GetNumRetries().GetValue(), uint32(2))
	})
	s.about("gateway: hosts, TLS, redirect from port 80", func(s *stand) {
		p := s.told(gateway)
		p.equal("listeners", p.served(), []string{"0.0.0.0_443", "0.0.0.0_80"})
		p.servesTLS(p.https("shop.example.com"), "kubernetes://shop-tls", "TLSv1_2", false)
		if p.https("other.example.com") != nil {
			p.Error("the gateway serves a host that nobody declared")
		}
		if host, _ := p.routed(p.https("shop.example.com"), "other.example.com", "/"); host != nil {
			p.Error("the gateway routes a host that nobody declared")
		}
		host, _ := p.routed(p.chain("0.0.0.0_80", xds.PlainText(80)), "shop.example.com", "/")
		p.equal("what port 80 wants", host.GetRequireTls().String(), "ALL")
	})
	s.about("metrics, traces, access logs", func(s *stand) {
		p := s.told(gateway)
		p.measured(p.https("shop.example.com"))
		p.traced(p.https("shop.example.com"), 1, otel)
		p.logged(p.https("shop.example.com"), "response.code >= 400", true)
		p = s.told(one)
		inbound := p.chain("virtualInbound", xds.Mutual(xds.Meshed("istio-ingress", "public"), 8090))
		p.measured(inbound)
		p.traced(inbound, 1, otel)
		p.logged(inbound, "response.code >= 400", true)
	})
	s.about("permissive", func(s *stand) {
		p := s.told(one)
		p.admitted(xds.Request{Connection: xds.Mutual(xds.Meshed("istio-ingress", "public"), 8090), Method: "GET", Host: "todoui", Path: "/"})
		p.admitted(xds.Request{Connection: xds.PlainText(8090), Method: "GET", Host: "todoui", Path: "/"})
	})
	s.about("any host outside may be called", func(s *stand) {
		p := s.told(one)
		p.equal("where the unknown goes", p.unknown(), "PassthroughCluster")
	})
	s.about("injection: resources, native sidecar, start before the application", func(s *stand) {
		c := s.sidecar(one)
		resources(s, c, "50m", "64Mi", "200m", "256Mi")
		if c.RestartPolicy == nil || *c.RestartPolicy != corev1.ContainerRestartPolicyAlways || c.StartupProbe == nil {
			s.Error("the proxy is no native sidecar with a probe of its start, which holds the application until it has started")
		}
		for _, g := range gateway.Spec.Containers {
			if g.Name == "istio-proxy" {
				resources(s, &g, "50m", "64Mi", "200m", "256Mi")
			}
		}
	})
	s.about("DNS by the proxy, with addresses for hosts that have none", func(s *stand) {
		p := s.told(one)
		p.equal("todoui has an address", len(p.config.Names["todoui.shop.svc.cluster.local"]), 1)
		if addresses := p.config.Names["database.example.net"]; len(addresses) == 0 {
			p.Error("the proxy does not know an address for a host of a ServiceEntry that has none")
		} else if p.config.Listeners[addresses[0]+"_5432"] == nil {
			p.Errorf("nothing listens at the address %s of a ServiceEntry", addresses[0])
		}
	})
}

// TestOldKubelet has nodes whose kubelet is too old for native sidecars.
func TestOldKubelet(t *testing.T) {
	node := kube.Node("node-1", "64", "256Gi")
	node.Status.NodeInfo.KubeletVersion = "v1.28.0"
	s := raise(t, rendered("edge-berlin"), collector, node)
	s.others(todoui)
	one := s.pod("shop", "version=0.1")
	s.about("injection where kubelets are old: an ordinary container, the first, that holds the others", func(s *stand) {
		c := s.sidecar(one)
		resources(s, c, "50m", "64Mi", "200m", "256Mi")
		first := one.Spec.Containers[0]
		if first.Name != "istio-proxy" || first.Lifecycle == nil || first.Lifecycle.PostStart == nil {
			s.Errorf("the first container is %s, and holds nothing: %+v", first.Name, first.Lifecycle)
		}
	})
}

func TestEdgeLagos(t *testing.T) {
	s := raise(t, rendered("edge-lagos"), collector)
	s.others(todoui)
	s.others(`
apiVersion: v1
kind: Pod
metadata: {name: till, namespace: till, labels: {app: till}}
spec: {containers: [{name: till, image: "example.com/till:1"}]}
`)
	gateway, till := s.pod("istio-ingress", "istio=public"), s.pod("till", "app=till")
	s.settle()
	s.about("traces", func(s *stand) {
		p := s.told(gateway)
		p.traced(p.https("shop.example.com"), 0.1, otel)
	})
	s.about("a namespace outside the mesh", func(s *stand) {
		if xds.Proxy(till) != nil {
			s.Error("the till has a proxy")
		}
	})
}

// sidecar returns the proxy's container of a pod.
func (s *stand) sidecar(p *corev1.Pod) *corev1.Container {
	s.Helper()
	c := xds.Proxy(p)
	if c == nil {
		s.Fatalf("%s has no proxy", p.Name)
	}
	return c
}

// resources wants a container to ask for CPU and memory, and to be limited.
func resources(s *stand, c *corev1.Container, cpu, memory, maxCPU, maxMemory string) {
	s.Helper()
	for _, r := range []struct {
		name string
		got  corev1.ResourceList
		want []string
	}{{"requests", c.Resources.Requests, []string{cpu, memory}}, {"limits", c.Resources.Limits, []string{maxCPU, maxMemory}}} {
		got := []string{r.got.Cpu().String(), r.got.Memory().String()}
		if got[0] != r.want[0] || got[1] != r.want[1] {
			s.Errorf("the %s of %s are %v, not %v", r.name, c.Name, got, r.want)
		}
	}
}
