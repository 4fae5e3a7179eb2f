package resolve_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/resolve"
)

// base is the least that a mesh needs, with what the schema's defaults would give.
func base() intent.Mesh {
	return intent.Mesh{
		Cluster: intent.Cluster{Name: "box", Platform: "k3s", Kubernetes: "1.34", CNI: intent.CNI{Provider: "flannel"}, GatewayAPI: intent.GatewayAPI{CRDs: "delivery"}},
		Mode:    intent.Sidecar,
		Istio:   intent.Istio{Version: "1.31.1", Registry: "docker.io/istio", Variant: "distroless"},
	}
}

// TestEnrolment: the labels by which Istio finds a namespace, never two that fight.
func TestEnrolment(t *testing.T) {
	for _, test := range []struct {
		name      string
		revision  string
		namespace intent.Namespace
		want      map[string]string
	}{
		{"outside", "", intent.Namespace{}, map[string]string{}},
		{"sidecars", "", intent.Namespace{Mesh: true}, map[string]string{"istio-injection": "enabled"}},
		{"sidecars of a revision", "1-31", intent.Namespace{Mesh: true}, map[string]string{"istio.io/rev": "1-31"}},
		{"sidecars of a tag", "1-31", intent.Namespace{Mesh: true, Revision: "prod"}, map[string]string{"istio.io/rev": "prod"}},
		{"ambient", "", intent.Namespace{Mesh: true, Mode: intent.Ambient}, map[string]string{"istio.io/dataplane-mode": "ambient"}},
		{"ambient of a revision", "1-31", intent.Namespace{Mesh: true, Mode: intent.Ambient}, map[string]string{"istio.io/dataplane-mode": "ambient"}},
		{"ambient with a waypoint", "", intent.Namespace{Mesh: true, Mode: intent.Ambient, Waypoint: "auto"},
			map[string]string{"istio.io/dataplane-mode": "ambient", "istio.io/use-waypoint": "waypoint"}},
		{"labels of a person", "", intent.Namespace{Mesh: true, Labels: map[string]string{"team": "a"}},
			map[string]string{"istio-injection": "enabled", "team": "a"}},
	} {
		in := base()
		in.Istio.Revision, in.Istio.Tags = test.revision, []string{"prod"}
		in.Namespaces = map[string]intent.Namespace{"shop": test.namespace}
		m, list := resolve.Mesh(in)
		if len(list) > 0 {
			t.Errorf("%s: %v", test.name, list)
		}
		var got map[string]string
		for _, n := range m.Namespaces {
			if n.Name == "shop" {
				got = n.Labels
			}
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", test.name, diff)
		}
	}
}

// TestModes: a mesh has the parts of each data plane that some namespace uses.
func TestModes(t *testing.T) {
	for _, test := range []struct {
		mode              intent.Mode
		namespace         intent.Mode
		ambient, sidecars bool
	}{
		{intent.Sidecar, "", false, true},
		{intent.Ambient, "", true, false},
		{intent.Sidecar, intent.Ambient, true, true},
		{intent.Ambient, intent.Sidecar, true, true},
	} {
		in := base()
		in.Mode = test.mode
		in.Namespaces = map[string]intent.Namespace{"a": {Mesh: true, Mode: test.namespace}}
		m, _ := resolve.Mesh(in)
		if m.Ambient != test.ambient || m.Sidecars != test.sidecars || m.CNI.Enabled != test.ambient {
			t.Errorf("mesh %s, namespace %q: ambient %t, sidecars %t, cni %t", test.mode, test.namespace, m.Ambient, m.Sidecars, m.CNI.Enabled)
		}
	}
}

// TestPlatform: a platform's profile holds for the CNI that it brings alone.
func TestPlatform(t *testing.T) {
	for _, test := range []struct{ platform, cni, want string }{
		{"k3s", "flannel", "k3s"},
		{"k3s", "cilium", ""},
		{"k3d", "flannel", "k3d"},
		{"kind", "kindnet", ""},
		{"openshift", "other", "openshift"},
		{"generic", "other", ""},
	} {
		in := base()
		in.Cluster.Platform, in.Cluster.CNI.Provider = test.platform, test.cni
		if m, _ := resolve.Mesh(in); m.Cluster.IstioPlatform != test.want {
			t.Errorf("%s with %s: profile %q, want %q", test.platform, test.cni, m.Cluster.IstioPlatform, test.want)
		}
	}
}

// TestPorts: what a gateway's Service opens follows from its servers.
func TestPorts(t *testing.T) {
	tls := &intent.ServerTLS{Secret: "s", Mode: "simple", RedirectHTTP: true}
	for _, test := range []struct {
		name    string
		servers map[string]intent.Server
		through int // a host's port that passes the gateway; 0 for none
		want    []model.GatewayPort
	}{
		{"nothing yet", nil, 0, []model.GatewayPort{{Name: "http2", Number: 80}, {Name: "https", Number: 443}}},
		{"HTTP", map[string]intent.Server{"a": {Protocol: "HTTP"}}, 0, []model.GatewayPort{{Name: "http2", Number: 80}}},
		{"TLS with a redirect", map[string]intent.Server{"a": {Protocol: "HTTP", TLS: tls}}, 0,
			[]model.GatewayPort{{Name: "http2", Number: 80}, {Name: "https", Number: 443}}},
		{"other ports", map[string]intent.Server{"a": {Protocol: "HTTP", Port: 8443, TLS: tls}, "b": {Protocol: "TCP", Port: 5432}, "c": {Protocol: "GRPC", Port: 9000}}, 0,
			[]model.GatewayPort{{Name: "http2", Number: 80}, {Name: "tcp-5432", Number: 5432}, {Name: "tls-8443", Number: 8443}, {Name: "grpc-9000", Number: 9000}}},
		{"egress", nil, 8443, []model.GatewayPort{{Name: "tls-8443", Number: 8443}}},
	} {
		in := base()
		in.Gateways = map[string]intent.Gateway{"g": {Kind: "ingress", API: "chart", Namespace: "gateways", Servers: test.servers}}
		if test.through != 0 {
			in.Egress.Hosts = map[string]intent.EgressHost{"h": {Host: "a.example", Port: test.through, Protocol: "TLS", Through: "g"}}
		}
		m, _ := resolve.Mesh(in)
		if diff := cmp.Diff(test.want, m.Gateways[0].Ports); diff != "" {
			t.Errorf("%s: -want +got:\n%s", test.name, diff)
		}
	}
}

// TestPlacement: pools become labels, and tolerations of their taints.
func TestPlacement(t *testing.T) {
	in := base()
	in.Cluster.NodePools = map[string]intent.NodePool{
		"system": {Labels: map[string]string{"role": "system"}, Taints: []intent.Taint{{Key: "dedicated", Value: "system", Effect: "NoSchedule"}, {Key: "arm", Effect: "NoExecute"}}},
		"edge":   {Labels: map[string]string{"role": "edge"}},
	}
	in.ControlPlane.Placement = intent.Placement{Pools: []string{"edge", "system"}, Spread: "zone"}
	m, list := resolve.Mesh(in)
	want := model.Scheduling{
		Affinity: []map[string]string{{"role": "edge"}, {"role": "system"}},
		Tolerations: []intent.Toleration{
			{Key: "dedicated", Operator: "Equal", Value: "system", Effect: "NoSchedule"},
			{Key: "arm", Operator: "Exists", Effect: "NoExecute"},
		},
		Spread: "topology.kubernetes.io/zone",
	}
	if diff := cmp.Diff(want, m.ControlPlane.Scheduling); diff != "" || len(list) > 0 {
		t.Errorf("%v -want +got:\n%s", list, diff)
	}
}

// TestGatewayAPI: the CRDs are asked for where something needs them, and nowhere else.
func TestGatewayAPI(t *testing.T) {
	in := base()
	if m, _ := resolve.Mesh(in); m.GatewayAPI != nil {
		t.Error("a mesh without Gateway API asks for its CRDs")
	}
	in.Namespaces = map[string]intent.Namespace{"a": {Mesh: true, Mode: intent.Ambient, Waypoint: "auto"}}
	want := &model.GatewayAPI{Deliver: true, Version: "v1.6.0"} // what Istio 1.31 was built with
	if m, _ := resolve.Mesh(in); !cmp.Equal(want, m.GatewayAPI) {
		t.Errorf("got %+v, want %+v", m.GatewayAPI, want)
	}
	in.Cluster.GatewayAPI.CRDs = "platform"
	if m, _ := resolve.Mesh(in); m.GatewayAPI.Deliver {
		t.Error("the platform brings the CRDs, and the delivery fetches them too")
	}
}

// TestPlatformGatewayAPI: what K3s brings with Traefik, by its minor, is known, and
// nothing of what others bring.
func TestPlatformGatewayAPI(t *testing.T) {
	for _, test := range []struct {
		name    string
		cluster intent.Cluster
		others  map[string]string
		want    *model.GatewayBundle
	}{
		{"before Traefik 3", intent.Cluster{Platform: "k3s", Kubernetes: "1.31"}, nil, &model.GatewayBundle{}},
		{"with Traefik 3", intent.Cluster{Platform: "k3d", Kubernetes: "1.33"}, nil, &model.GatewayBundle{Oldest: 2, Newest: 5}},
		{"without Traefik", intent.Cluster{Platform: "k3s", Kubernetes: "1.33", Disabled: []string{"traefik"}}, nil, nil},
		{"with a chart of its own", intent.Cluster{Platform: "k3s", Kubernetes: "1.37", Disabled: []string{"traefik"}}, nil, &model.GatewayBundle{Oldest: 6, Newest: 6}},
		{"of a minor that nobody knows", intent.Cluster{Platform: "k3s", Kubernetes: "1.38"}, nil, nil},
		{"of another platform", intent.Cluster{Platform: "gke", Kubernetes: "1.33"}, nil, nil},
		{"of others", intent.Cluster{Platform: "k3s", Kubernetes: "1.33"}, map[string]string{"CustomResourceDefinition/*.gateway.networking.k8s.io": "us"}, nil},
	} {
		in := base()
		test.cluster.Name, test.cluster.GatewayAPI.CRDs = "box", "platform"
		in.Cluster, in.External = test.cluster, test.others
		in.Namespaces = map[string]intent.Namespace{"a": {Mesh: true, Mode: intent.Ambient, Waypoint: "auto"}}
		m, _ := resolve.Mesh(in)
		if diff := cmp.Diff(test.want, m.GatewayAPI.Bundle); diff != "" {
			t.Errorf("%s: -want +got:\n%s", test.name, diff)
		}
	}
}

// TestIngressWaypoint: what comes through a gateway goes past the waypoint.
func TestIngressWaypoint(t *testing.T) {
	in := base()
	in.Mode = intent.Ambient
	in.Namespaces = map[string]intent.Namespace{"a": {Mesh: true, Waypoint: "auto"}, "b": {Mesh: true, Waypoint: "auto"}}
	in.Gateways = map[string]intent.Gateway{"g": {Kind: "ingress", API: "chart", Namespace: "gateways"}}
	in.Services = map[string]intent.Service{"s": {Namespace: "a", Port: 80}}
	in.Routes = map[string]intent.Route{"r": {Gateway: "g", Hosts: []string{"h"}, Rules: []intent.RouteRule{{To: []intent.Destination{{Service: "s", Weight: 100}}}}}}
	m, _ := resolve.Mesh(in)
	for _, n := range m.Namespaces {
		if got := n.Labels["istio.io/ingress-use-waypoint"]; (got == "true") != (n.Name == "a") {
			t.Errorf("namespace %s has ingress-use-waypoint %q", n.Name, got)
		}
	}
}

// TestWrittenGatewayAPI: objects of Gateway API that people write want its CRDs,
// where somebody can bring them and nobody else does.
func TestWrittenGatewayAPI(t *testing.T) {
	route := map[string]any{"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": map[string]any{"name": "web"}}
	file := []byte("kind: ConfigMap\napiVersion: v1\n---\napiVersion: gateway.networking.k8s.io/v1\nkind: GRPCRoute\nmetadata: {name: web}\n")
	definition := []byte("apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nspec: {group: gateway.networking.k8s.io}\n")
	inline, inFile := intent.Manifest{Objects: []map[string]any{route}}, intent.Manifest{File: "a.yaml", Text: file}
	delivered := &model.GatewayAPI{Deliver: true, Version: "v1.6.0"}
	for _, test := range []struct {
		name      string
		crds      string
		engine    bool
		manifests map[string]intent.Manifest
		external  map[string]string
		want      *model.GatewayAPI
	}{
		{"inline", "delivery", true, map[string]intent.Manifest{"a": inline}, nil, delivered},
		{"in a file", "delivery", true, map[string]intent.Manifest{"a": inFile}, nil, delivered},
		{"of the platform", "platform", false, map[string]intent.Manifest{"a": inline}, nil, &model.GatewayAPI{Version: "v1.6.0", Bundle: &model.GatewayBundle{Oldest: 2, Newest: 6}}},
		{"without an engine", "delivery", false, map[string]intent.Manifest{"a": inline}, nil, nil},
		{"with their definitions", "delivery", true, map[string]intent.Manifest{"a": inline, "b": {File: "b.yaml", Text: definition}}, nil, nil},
		{"with others' definitions", "delivery", true, map[string]intent.Manifest{"a": inline}, map[string]string{"CustomResourceDefinition/*.gateway.networking.k8s.io": "us"}, nil},
		{"a file that only speaks of it", "delivery", true, map[string]intent.Manifest{"a": {File: "a.yaml", Text: []byte("kind: ConfigMap\ndata: {a: gateway.networking.k8s.io/v1}\n")}}, nil, nil},
	} {
		in := base()
		in.Cluster.GatewayAPI.CRDs, in.Manifests, in.External = test.crds, test.manifests, test.external
		if test.engine {
			in.GitOps = &intent.GitOps{Engine: "flux"}
		}
		m, list := resolve.Mesh(in)
		if len(list) > 0 {
			t.Errorf("%s: %v", test.name, list)
		}
		if diff := cmp.Diff(test.want, m.GatewayAPI); diff != "" {
			t.Errorf("%s: -want +got:\n%s", test.name, diff)
		}
	}
}
