package refs_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
	"github.com/meshgen/meshgen/internal/refs"
)

// The delivery brings the standard channel of one release, K3s that of one of
// some, and the API server knows no other versions of its kinds.
func TestGatewayVersions(t *testing.T) {
	delivered := func(release string) model.Mesh {
		return model.Mesh{GatewayAPI: &model.GatewayAPI{Deliver: true, Version: release}}
	}
	experimental := delivered("v1.6.0")
	experimental.External = []model.External{{Kind: "CustomResourceDefinition", Name: "*.gateway.networking.x-k8s.io"}}
	k3s := func(minor model.Minor, oldest, newest int) model.Mesh {
		return model.Mesh{Cluster: model.Cluster{Platform: "k3s", Kubernetes: minor}, GatewayAPI: &model.GatewayAPI{Bundle: &model.GatewayBundle{Oldest: oldest, Newest: newest}}}
	}
	for _, c := range []struct {
		mesh    model.Mesh
		written string
		want    string
	}{
		{delivered("v1.6.0"), "GRPCRoute v1", ""},
		{delivered("v1.6.0"), "HTTPRoute v1beta1", ""},
		{delivered("v1.6.0"), "GRPCRoute v1alpha2", "error: is written as gateway.networking.k8s.io/v1alpha2, and Gateway API v1.6.0, which the delivery brings, serves the kind as v1 | set apiVersion to gateway.networking.k8s.io/v1"},
		{delivered("v1.6.0"), "BackendTLSPolicy v1alpha3", "error: is written as gateway.networking.k8s.io/v1alpha3, and Gateway API v1.6.0, which the delivery brings, serves the kind as v1 | set apiVersion to gateway.networking.k8s.io/v1"},
		{delivered("v1.6.0"), "TLSRoute v1alpha2", "error: is written as gateway.networking.k8s.io/v1alpha2, and Gateway API v1.6.0, which the delivery brings, serves the kind as v1 | set apiVersion to gateway.networking.k8s.io/v1"},
		{experimental, "UDPRoute v1alpha2", ""},
		{experimental, "TLSRoute v1alpha3", ""},
		{delivered("v1.5.1"), "TLSRoute v1", ""},
		{delivered("v1.5.1"), "TCPRoute v1", "error: is written as gateway.networking.k8s.io/v1, and Gateway API v1.5.1, which the delivery brings, has no such kind in its standard channel | remove the object, set istio.version to a newer one, or say who brings others: external: \"CustomResourceDefinition/*.gateway.networking.k8s.io\": \"...\""},
		{delivered("v1.4.1"), "ReferenceGrant v1", "error: is written as gateway.networking.k8s.io/v1, and Gateway API v1.4.1, which the delivery brings, serves the kind as v1beta1 | set apiVersion to gateway.networking.k8s.io/v1beta1"},
		{model.Mesh{GatewayAPI: &model.GatewayAPI{}}, "ReferenceGrant v1", ""},
		{model.Mesh{GatewayAPI: &model.GatewayAPI{}}, "GRPCRoute v1alpha2", "warning: is written as gateway.networking.k8s.io/v1alpha2, which the standard channel of Gateway API does not serve: the cluster refuses it unless its platform brings another | set apiVersion to gateway.networking.k8s.io/v1, or say who brings others: external: \"CustomResourceDefinition/*.gateway.networking.k8s.io\": \"...\""},
		{model.Mesh{}, "UDPRoute v1alpha2", ""},
		{k3s(31, 0, 0), "HTTPRoute v1", `error: is of Gateway API, of which K3s 1.31 brings nothing: its Traefik is too old | set cluster.gatewayAPI.crds to "delivery", with gitops.engine, or say who brings others: external: "CustomResourceDefinition/*.gateway.networking.k8s.io": "..."`},
		{k3s(32, 2, 4), "HTTPRoute v1", ""},
		{k3s(32, 2, 4), "TLSRoute v1", `error: is written as gateway.networking.k8s.io/v1, and Gateway API 1.4, the last that K3s 1.32 brings, has no such kind in its standard channel | remove the object, or say who brings others: external: "CustomResourceDefinition/*.gateway.networking.k8s.io": "..."`},
		{k3s(32, 2, 4), "ReferenceGrant v1", "error: is written as gateway.networking.k8s.io/v1, and Gateway API 1.4, the last that K3s 1.32 brings, serves the kind as v1beta1 | set apiVersion to gateway.networking.k8s.io/v1beta1"},
		{k3s(32, 2, 4), "BackendTLSPolicy v1", `warning: is written as gateway.networking.k8s.io/v1, which Gateway API 1.2 does not serve: the first releases of K3s 1.32 bring that, the last 1.4 | run the last release of K3s 1.32, and say so: external: "CustomResourceDefinition/*.gateway.networking.k8s.io": "..."`},
		{k3s(34, 2, 6), "ReferenceGrant v1", "warning: is written as gateway.networking.k8s.io/v1, which Gateway API 1.2 does not serve: the first releases of K3s 1.34 bring that, the last 1.6 | set apiVersion to gateway.networking.k8s.io/v1beta1"},
		{k3s(34, 2, 6), "TCPRoute v1alpha2", "error: is written as gateway.networking.k8s.io/v1alpha2, and Gateway API 1.6, the last that K3s 1.34 brings, serves the kind as v1 | set apiVersion to gateway.networking.k8s.io/v1"},
		{k3s(37, 6, 6), "TCPRoute v1", ""},
	} {
		kind, version, _ := strings.Cut(c.written, " ")
		o := object.Object{Value: map[string]any{
			"apiVersion": "gateway.networking.k8s.io/" + version, "kind": kind,
			"metadata": map[string]any{"name": "a", "namespace": "default"},
		}, Origin: object.Origin{Path: "manifests.a"}}
		got := ""
		for _, f := range refs.Objects(c.mesh, []object.Object{o}, true) {
			if f.Code == "MG5065" {
				got += fmt.Sprintf("%s: %s | %s", f.Severity, f.Why, f.Suggestion)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s with %+v (-want +got):\n%s", c.written, c.mesh.GatewayAPI, diff)
		}
	}
}
