package component_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/component"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

// everything is a mesh in which each value that meshgen can set is set.
func everything() model.Mesh {
	scale := model.Scale{
		Replicas: 2, Autoscaling: &intent.Autoscaling{Min: 1, Max: 3, CPU: 80},
		DisruptionBudget: &intent.DisruptionBudget{MinAvailable: int64(1), MaxUnavailable: "50%"},
	}
	scheduling := model.Scheduling{
		NodeSelector: map[string]string{"kubernetes.io/arch": "arm64"}, Affinity: []map[string]string{{"pool": "a"}},
		Tolerations: []intent.Toleration{{Key: "k", Operator: "Equal", Value: "v", Effect: "NoSchedule"}}, Spread: "kubernetes.io/hostname",
	}
	list := intent.ResourceList{CPU: "1", Memory: "1Gi"}
	resources := intent.Resources{Requests: list, Limits: list}
	m := model.Mesh{
		Ambient: true, Sidecars: true, Mode: intent.Sidecar,
		Cluster:      model.Cluster{IstioPlatform: "k3s", LoadBalancer: "metallb", CNI: intent.CNI{NetworkPolicies: "default-deny"}},
		Istio:        model.Istio{Version: "1.31.1", Revision: "1-31", Tags: []string{"stable"}, Hub: "h", Tag: "t", Variant: "debug", PullSecrets: []string{"s"}},
		ControlPlane: model.ControlPlane{Scale: scale, Scheduling: scheduling, Resources: resources, Env: map[string]string{"A": "b"}, LogLevel: "info"},
		CNI:          model.CNI{Enabled: true, Resources: resources, LogLevel: "info"},
		Ztunnel:      model.Ztunnel{Resources: resources, Env: map[string]string{"A": "b"}, LogLevel: "info"},
		Proxy:        intent.Proxy{Resources: resources, LogLevel: "info", HoldApplicationUntilProxyStarts: true},
		Waypoint:     resources,
		Namespaces:   []model.Namespace{{Name: "a-b", Path: `namespaces."a-b"`, Mesh: true, Mode: intent.Ambient}},
		Egress:       model.Egress{RegistryOnly: true},
		IstioCSR:     &intent.IstioCSR{Namespace: "cert-manager"},
		MeshConfig:   map[string]any{"enableAutoMtls": true, "extensionProviders": []any{map[string]any{"name": "opa"}}},
		Gateways: []model.Gateway{
			{
				Name: "in", API: "chart", ServiceName: "in", Scale: scale, Scheduling: scheduling, Resources: resources, Pool: "p", Address: "192.0.2.1",
				Service: intent.GatewayService{Type: "LoadBalancer", Annotations: map[string]string{"a/b": "c"}, ExternalTrafficPolicy: "Local", LoadBalancerClass: "c"},
				Ports:   []model.GatewayPort{{Name: "http2", Number: 80}},
			},
			{Name: "out", API: "chart", ServiceName: "out", Scale: model.Scale{Replicas: 2}},
		},
	}
	m.Proxy.DNS.Capture, m.Proxy.DNS.AutoAllocate = true, true
	m.Telemetry.AccessLogs = &intent.AccessLogs{Format: "json"}
	endpoint := &intent.Endpoint{Service: "s", Port: 1}
	m.Telemetry.Providers = map[string]intent.Provider{
		"als": {EnvoyOtelALS: endpoint}, "otel": {OpenTelemetry: endpoint}, "prom": {Prometheus: &struct{}{}}, "zip-kin": {Zipkin: endpoint},
	}
	return m
}

// TestSourceOf: each value has a source, and some are what they should be.
func TestSourceOf(t *testing.T) {
	fixed := everything()
	fixed.ControlPlane.Autoscaling, fixed.Ambient, fixed.Cluster.LoadBalancer = nil, false, "cloud"
	for _, m := range []model.Mesh{everything(), fixed} {
		for _, r := range component.Releases(m) {
			for _, leaf := range component.Leaves(r.Values) {
				if s, ok := component.SourceOf(m, r, leaf.Key); !ok || s == (component.Source{}) {
					t.Errorf("%s: %s has no source", r.Component, leaf.Key)
				}
			}
		}
	}
	m := everything()
	m.ControlPlane.Env["ENABLE_CA_SERVER"] = "true"
	for _, test := range []struct {
		mesh           model.Mesh
		component, key string
		want           string
	}{
		{everything(), "istiod", "pilot.resources.limits.memory", "controlPlane.resources.limits.memory"},
		{everything(), "istiod", "pilot.env.A", "controlPlane.env.A"},
		{everything(), "istiod", "pilot.env.ENABLE_CA_SERVER", "certificates.mesh.istioCSR"},
		{m, "istiod", "pilot.env.ENABLE_CA_SERVER", "controlPlane.env.ENABLE_CA_SERVER"},
		{everything(), "istiod", "pilot.cpu.targetAverageUtilization", "controlPlane.autoscaling.cpu"},
		{everything(), "istiod", `pilot.nodeSelector."kubernetes.io/arch"`, `controlPlane.placement.nodeSelector."kubernetes.io/arch"`},
		{everything(), "istiod", "pilot.tolerations[0].key", "controlPlane.placement"},
		{everything(), "istiod", "revisionTags[0]", "istio.tags[0]"},
		{everything(), "istiod", "meshConfig.enableAutoMtls", "meshConfig.enableAutoMtls"},
		{everything(), "istiod", "meshConfig.extensionProviders[1].opentelemetry.port", "telemetry.providers.otel.opentelemetry.port"},
		{everything(), "istiod", "meshConfig.extensionProviders[3].name", `telemetry.providers."zip-kin"`},
		{everything(), "istiod", "meshConfig.extensionProviders[4].name", "meshConfig.extensionProviders[0].name"},
		{everything(), "istiod", "profile", `namespaces."a-b".mode`},
		{everything(), "ztunnel", "hub", "istio.registry"},
		{everything(), "ztunnel", "global.networkPolicy.enabled", "cluster.cni.networkPolicies"},
		{everything(), "gateway-in", `service.annotations."metallb.io/address-pool"`, "gateways.in.pool"},
		{everything(), "gateway-in", `service.annotations."a/b"`, `gateways.in.service.annotations."a/b"`},
		{everything(), "gateway-in", "service.ports[0].port", ""},
		{everything(), "gateway-in", "service.ports[1].port", "gateways.in.servers"},
		{everything(), "gateway-out", "replicaCount", "gateways.out.replicas"},
	} {
		for _, r := range component.Releases(test.mesh) {
			if r.Component != test.component {
				continue
			}
			if s, ok := component.SourceOf(test.mesh, r, test.key); !ok || s.Path != test.want {
				t.Errorf("%s: %s follows from %q (%t), want %q", test.component, test.key, s.Path, ok, test.want)
			}
		}
	}
	if s, ok := component.SourceOf(m, component.Releases(m)[0], "base.typo"); ok {
		t.Errorf("an unknown key has the source %v", s)
	}
}

func TestLeaves(t *testing.T) {
	got := component.Leaves(map[string]any{
		"b": map[string]any{"x.y/z": 1, "empty": map[string]any{}}, "a": []any{"s", map[string]any{"k": nil}}, "none": []any{},
	})
	want := []component.Leaf{
		{Key: "a[0]", Keys: []string{"a", "0"}, Value: "s"},
		{Key: "a[1].k", Keys: []string{"a", "1", "k"}},
		{Key: "b.empty", Keys: []string{"b", "empty"}, Value: map[string]any{}},
		{Key: `b."x.y/z"`, Keys: []string{"b", "x.y/z"}, Value: 1},
		{Key: "none", Keys: []string{"none"}, Value: []any{}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
