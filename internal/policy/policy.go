// Package policy makes the objects that no chart has: namespaces, mutual TLS,
// gateways and their certificates, routes, authorization, egress, telemetry,
// monitors, address pools and the network policies that the mesh needs.
//
// Each topic is a pure function from the resolved mesh to objects, in a file of
// its own. Nothing is checked here: resolve and check have said what Istio,
// Kubernetes or Gateway API would reject or ignore. The compiler may still come
// by with a mesh that they refused, to find its other mistakes; such objects are
// never written, so that a topic need not make sense of them.
//
// Shapes come from the upstream Go types wherever their module is light:
// istio.io/api, sigs.k8s.io/gateway-api, k8s.io/api. For the others (MetalLB,
// cert-manager, Prometheus Operator, Kiali, Cilium) a small struct names the
// upstream type it was read from.
//
// Names that meshgen makes up hold a dot where a person's name could stand
// beside them: people's names are DNS labels, so the two cannot meet.
package policy

import (
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// Objects returns the objects of every topic. Their order is the same for the
// same mesh, and means nothing: object.Compare gives the order in a file.
func Objects(m model.Mesh) []object.Object {
	topics := []func(model.Mesh) []object.Object{
		Namespaces,
		MTLS,
		Gateways,
		GatewayAPIGateways,
		Waypoints,
		Certificates,
		Services,
		VirtualServices,
		HTTPRoutes,
		Authorization,
		TokenIssuers,
		Egress,
		Telemetry,
		Monitors,
		Kiali,
		MetalLB,
		NetworkPolicies,
	}
	var objects []object.Object
	for _, topic := range topics {
		objects = append(objects, topic(m)...)
	}
	return objects
}
