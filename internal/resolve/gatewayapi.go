package resolve

import (
	"bytes"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// gatewayAPIGroup is the group of Gateway API's kinds.
const gatewayAPIGroup = "gateway.networking.k8s.io"

// gatewayAPIVersions are the releases of Gateway API that an Istio minor was
// built with, from its go.mod; istiod ignores CRDs that are too old.
var gatewayAPIVersions = map[int]string{27: "v1.3.0", 28: "v1.4.1", 29: "v1.4.1", 30: "v1.5.1", 31: "v1.6.0"}

// gatewayAPI decides whether the mesh needs Gateway API's CRDs: for gateways
// that istiod makes, for waypoints, and for what people write themselves.
func (r *resolver) gatewayAPI() {
	needs := slices.ContainsFunc(r.out.Gateways, func(g model.Gateway) bool { return g.API == "gateway-api" }) ||
		slices.ContainsFunc(r.out.Namespaces, func(n model.Namespace) bool { return n.Waypoint })
	deliver := r.in.Cluster.GatewayAPI.CRDs == "delivery"
	if !needs && (!deliver || r.out.GitOps != nil) { // without an engine nobody would deliver them
		needs = r.writtenGatewayAPI()
	}
	if !needs {
		return
	}
	r.out.GatewayAPI = &model.GatewayAPI{Deliver: deliver, Version: gatewayAPIVersions[r.out.Istio.Minor], Source: r.in.Cluster.GatewayAPI.Source}
}

// writtenGatewayAPI says whether the manifests hold objects of Gateway API, and
// neither they nor somebody under external bring its CRDs.
func (r *resolver) writtenGatewayAPI() bool {
	for _, e := range r.out.External {
		if e.Kind == "CustomResourceDefinition" && (e.Name == "*" || strings.HasSuffix(e.Name, "."+gatewayAPIGroup)) {
			return false
		}
	}
	written := false
	for _, m := range r.out.Manifests {
		for _, value := range m.Objects {
			if bringsGatewayAPI(value) {
				return false
			}
			written = written || isGatewayAPI(value)
		}
		if !bytes.Contains(m.Text, []byte(gatewayAPIGroup)) {
			continue
		}
		docs, _ := object.Manifests(m.Text) // what cannot be read is the overlay's to report
		for _, d := range docs {
			value, _ := d.Value.(map[string]any)
			if bringsGatewayAPI(value) {
				return false
			}
			written = written || isGatewayAPI(value)
		}
	}
	return written
}

// isGatewayAPI says whether an object is of one of Gateway API's kinds.
func isGatewayAPI(value map[string]any) bool {
	return object.Object{Value: value}.ID().Group == gatewayAPIGroup
}

// bringsGatewayAPI says whether an object is the CRD of one of them.
func bringsGatewayAPI(value map[string]any) bool {
	return object.String(value, "kind") == "CustomResourceDefinition" && object.String(value, "spec", "group") == gatewayAPIGroup
}
