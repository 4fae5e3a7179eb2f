package policy

import (
	"cmp"

	gatewayapi "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// Waypoints returns the Gateway of each namespace's waypoint, as istioctl
// waypoint generate writes it: for services, on HBONE's port.
func Waypoints(m model.Mesh) []object.Object {
	var objects []object.Object
	for _, ns := range m.Namespaces {
		if !ns.Waypoint {
			continue
		}
		labels := map[string]string{"istio.io/waypoint-for": "service"}
		if revision := cmp.Or(ns.Revision, m.Istio.Revision); revision != "" {
			labels["istio.io/rev"] = revision
		}
		objects = append(objects, meta{
			apiVersion: gatewayAPIVersion, kind: "Gateway",
			namespace: ns.Name, name: model.WaypointName, labels: labels,
			component: "waypoints", path: ns.Path + ".waypoint",
		}.make(gatewayapi.GatewaySpec{
			GatewayClassName: "istio-waypoint",
			Listeners: []gatewayapi.Listener{{
				Name: "mesh", Port: hbonePort, Protocol: "HBONE",
			}},
		}))
	}
	return objects
}
