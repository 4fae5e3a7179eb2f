package resolve

import (
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

// declared is the load that an intent declares, as far as sizes follow from it.
type declared struct {
	pods     int // applications' pods, in the mesh or not
	proxies  int // what istiod configures: sidecars, gateways, waypoints, ztunnels
	sidecars int
	services int
	nodes    int

	podRate      float64            // requests a second of the busiest sidecar
	nodeRate     float64            // requests a second that pass one ztunnel
	waypointRate float64            // requests a second of the busiest waypoint
	rates        map[string]float64 // requests a second, by namespace
}

// declared adds up what the resolved mesh says of its load.
func (r *resolver) declared() declared {
	m := &r.out
	d := declared{rates: map[string]float64{}}
	for _, pool := range m.Cluster.Pools {
		d.nodes += pool.Count
	}
	if m.Ambient {
		d.proxies += d.nodes
	}
	ambient := 0.0
	for _, n := range m.Namespaces {
		if n.Waypoint {
			d.proxies++
		}
		if n.Pods == nil {
			continue
		}
		d.pods += n.Pods.Count
		d.services += n.Pods.Services
		d.rates[n.Name] = n.Pods.RequestRate
		switch {
		case !n.Mesh:
		case n.Mode == intent.Sidecar:
			d.sidecars += n.Pods.Count
			d.podRate = max(d.podRate, n.Pods.RequestRate/float64(max(n.Pods.Count, 1)))
		default:
			ambient += n.Pods.RequestRate
			if n.Waypoint {
				d.waypointRate = max(d.waypointRate, n.Pods.RequestRate)
			}
		}
	}
	d.proxies += d.sidecars
	for _, g := range m.Gateways {
		d.proxies += most(g.Scale)
	}
	d.services = max(d.services, len(m.Services))
	d.nodeRate = ambient / float64(max(d.nodes, 1))
	return d
}

// gatewayRate is the requests a second that pass one pod of a gateway: those of
// the namespaces that its routes lead to, or, without routes, of all of them.
// What leaves through an egress gateway is not known.
func (r *resolver) gatewayRate(g model.Gateway, d declared) float64 {
	if g.Kind == "egress" {
		return 0
	}
	reached := map[string]bool{}
	for _, route := range r.out.Routes {
		if route.Gateway == nil || route.Gateway.Name != g.Name {
			continue
		}
		for _, rule := range route.Rules {
			for _, to := range rule.To {
				reached[to.Service.Namespace] = true
			}
		}
	}
	total := 0.0
	for _, n := range r.out.Namespaces { // in order: sums of fractions depend on it
		if len(reached) == 0 || reached[n.Name] {
			total += d.rates[n.Name]
		}
	}
	return total / float64(max(g.Least(), 1))
}

// most is the most replicas that run.
func most(s model.Scale) int {
	if s.Autoscaling != nil {
		return max(s.Autoscaling.Min, s.Autoscaling.Max)
	}
	return s.Replicas
}
