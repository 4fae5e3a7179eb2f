package mean

import (
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/meshgen/meshgen/test/cluster/xds"
)

// depot are the pods of edge-oslo.
const depot = `
apiVersion: v1
kind: Service
metadata: {name: stock, namespace: depot}
spec: {selector: {app: stock}, ports: [{port: 8080, name: http}]}
---
apiVersion: v1
kind: Pod
metadata: {name: stock, namespace: depot, labels: {app: stock}}
spec: {containers: [{name: stock, image: "example.com/stock:1"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: sensor, namespace: sensors, labels: {app: sensor}}
spec: {containers: [{name: sensor, image: "example.com/sensor:1"}]}
`

// waypointOf selects the pods that istiod makes for a Gateway.
const waypointOf = "gateway.networking.k8s.io/gateway-name="

func TestEdgeOslo(t *testing.T) {
	s := raise(t, rendered("edge-oslo"), collector)
	s.others(depot)
	stock, sensor := s.pod("depot", "app=stock"), s.pod("sensors", "app=sensor")
	gateway, waypoint := s.pod("istio-ingress", "istio=public"), s.pod("depot", waypointOf+"waypoint")
	node := s.pod("istio-system", "app=ztunnel")
	s.settle()

	s.about("ztunnel: authorization, strict", func(s *stand) {
		z := s.ztunnel(node)
		admits(s, z, sensor, 7000, xds.Meshed("depot", "default"), true)
		admits(s, z, sensor, 7000, xds.Meshed("depot", "robot"), true)
		admits(s, z, sensor, 7000, xds.Meshed("sensors", "default"), false)
		admits(s, z, sensor, 7000, xds.Meshed("istio-ingress", "public"), false)
		admits(s, z, sensor, 7000, xds.Plain(), false)
		admits(s, z, stock, 8080, xds.Meshed("anyone", "default"), true)
		admits(s, z, stock, 8080, xds.Plain(), false)
	})
	s.about("ztunnel: tunnels, the waypoint", func(s *stand) {
		z := s.ztunnel(node)
		tunnelled(s, z, stock, sensor)
		behind(s, z, "stock.depot.svc.cluster.local", "waypoint.depot.svc.cluster.local")
		if w, err := z.Workload(sensor); err != nil || w.Waypoint != nil {
			s.Errorf("a sensor is behind a waypoint: %v (%v)", w, err)
		}
	})
	s.about("gateway: hosts, TLS, redirect from port 80", func(s *stand) {
		p := s.told(gateway)
		p.servesTLS(p.https("depot.example.com"), "kubernetes://depot-tls", "TLSv1_3", false)
		if p.https("other.example.com") != nil {
			p.Error("the gateway serves a host that nobody declared")
		}
		host, _ := p.routed(p.chain("0.0.0.0_80", xds.PlainText(80)), "depot.example.com", "/stock")
		p.equal("what port 80 wants", host.GetRequireTls().String(), "ALL")
	})
	s.about("gateway: route and timeout, by the waypoint", func(s *stand) {
		const cluster = "outbound|8080||stock.depot.svc.cluster.local"
		p := s.told(gateway)
		_, r := p.routed(p.https("depot.example.com"), "depot.example.com", "/stock/12")
		p.equal("where /stock goes", xds.Shares(r), map[string]uint32{cluster: 100})
		all, _ := seconds(r)
		p.equal("the timeout", all, 10*time.Second)
		if _, r := p.routed(p.https("depot.example.com"), "depot.example.com", "/"); r != nil {
			p.Error("the gateway routes a path that nobody declared")
		}
		p.equal("the endpoints of stock", p.endpoints(cluster), []string{"connect_originate " + waypoint.Status.PodIP + ":15008"})
	})
	s.about("waypoint: made by istiod, resources", func(s *stand) {
		resources(s, s.sidecar(waypoint), "50m", "64Mi", "500m", "256Mi")
		if l := s.told(waypoint).config.Listeners["main_internal"]; l == nil || !slices.Contains(chains(l), "inbound-vip|8080|http|stock.depot.svc.cluster.local") {
			s.Errorf("the waypoint does not take requests to stock: %v", chains(l))
		}
	})
	s.about("metrics, traces, access logs", func(s *stand) {
		p := s.told(gateway)
		p.measured(p.https("depot.example.com"))
		p.traced(p.https("depot.example.com"), 1, otel)
		p.logged(p.https("depot.example.com"), "response.code >= 400", true)
		p = s.told(waypoint)
		p.measured(p.named("main_internal", "inbound-vip|8080|http|stock.depot.svc.cluster.local"))
		p.traced(p.named("main_internal", "inbound-vip|8080|http|stock.depot.svc.cluster.local"), 1, otel)
		p.logged(p.named("main_internal", "inbound-vip|8080|http|stock.depot.svc.cluster.local"), "response.code >= 400", true)
	})
}

// admits wants ztunnel to let a caller through to a port of a pod, or not.
func admits(s *stand, z *xds.Workloads, pod *corev1.Pod, port int, caller xds.Caller, want bool) {
	s.Helper()
	got, why, err := z.Admits(pod, caller, port)
	if err != nil {
		s.Fatal(err)
	}
	if got != want {
		s.Errorf("ztunnel lets %s/%s through to %s:%d: %v (%s)", caller.Namespace, caller.Account, pod.Name, port, got, why)
	}
}

// tunnelled wants ztunnel to reach pods by HBONE, its mutual TLS.
func tunnelled(s *stand, z *xds.Workloads, pods ...*corev1.Pod) {
	s.Helper()
	for _, pod := range pods {
		w, err := z.Workload(pod)
		if err != nil {
			s.Fatal(err)
		}
		if w.TunnelProtocol.String() != "HBONE" {
			s.Errorf("ztunnel speaks %s to %s", w.TunnelProtocol, pod.Name)
		}
	}
}

// behind wants ztunnel to send what is for a Service to a waypoint.
func behind(s *stand, z *xds.Workloads, service, waypoint string) {
	s.Helper()
	x, err := z.Service(service)
	if err != nil {
		s.Fatal(err)
	}
	if got := x.GetWaypoint(); got.GetHostname().GetHostname() != waypoint || got.GetHboneMtlsPort() != 15008 {
		s.Errorf("the waypoint of %s is %v, not %s", service, got, waypoint)
	}
}
