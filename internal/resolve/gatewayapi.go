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
	if !deliver {
		r.out.GatewayAPI.Bundle = r.platformGatewayAPI()
	}
}

// k3sGatewayAPI is what K3s brings of Gateway API by its minors, with the chart
// of Traefik's definitions, from 1.37 on with one of their own: the oldest and the
// newest of its patch releases. None did before 1.32.2. Sources: the versions of
// Traefik in the release notes of K3s, 3.3 to 3.7; bundle-version in the
// definitions of k3s-io/k3s-charts, charts/traefik-crd, 1.2.1 for Traefik 3.3,
// 1.3.0 for 3.5, 1.4.0 for 3.6, 1.5.1 for 3.7; and k3s-io/k3s#14567 for 1.6.1.
var k3sGatewayAPI = map[model.Minor]model.GatewayBundle{
	32: {Oldest: 2, Newest: 4},
	33: {Oldest: 2, Newest: 5},
	34: {Oldest: 2, Newest: 6},
	35: {Oldest: 3, Newest: 6},
	36: {Oldest: 4, Newest: 6},
	37: {Oldest: 6, Newest: 6},
}

// platformGatewayAPI returns what the platform brings, nil where nobody knows:
// where it is no K3s, K3s has no Traefik, or somebody under external brings the
// definitions.
func (r *resolver) platformGatewayAPI() *model.GatewayBundle {
	c := r.out.Cluster
	own := c.Kubernetes >= 37 // a chart beside Traefik's
	if c.Platform != "k3s" && c.Platform != "k3d" || slices.Contains(c.Disabled, "traefik") && !own || r.externalGatewayAPI() {
		return nil
	}
	bundle, ok := k3sGatewayAPI[c.Kubernetes]
	if !ok && own {
		return nil
	}
	return &bundle
}

// externalGatewayAPI says whether somebody under external brings the definitions.
func (r *resolver) externalGatewayAPI() bool {
	return slices.ContainsFunc(r.out.External, func(e model.External) bool {
		return e.Kind == "CustomResourceDefinition" && (e.Name == "*" || strings.HasSuffix(e.Name, "."+gatewayAPIGroup))
	})
}

// writtenGatewayAPI says whether the manifests hold objects of Gateway API, and
// neither they nor somebody under external bring its CRDs.
func (r *resolver) writtenGatewayAPI() bool {
	if r.externalGatewayAPI() {
		return false
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
