package component_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/component"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

func TestMerge(t *testing.T) {
	under := map[string]any{"a": map[string]any{"x": 1, "y": 2}, "b": []any{1}, "c": "under"}
	over := map[string]any{"a": map[string]any{"y": 3, "z": nil}, "b": []any{2}}
	want := map[string]any{"a": map[string]any{"x": 1, "y": 3, "z": nil}, "b": []any{2}, "c": "under"}
	if diff := cmp.Diff(want, component.Merge(under, over)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if len(under["a"].(map[string]any)) != 2 {
		t.Error("Merge changed what it was given")
	}
}

// TestReleases: which charts a mesh has, and in which order.
func TestReleases(t *testing.T) {
	gateways := []model.Gateway{{Name: "a", API: "chart"}, {Name: "b", API: "gateway-api"}, {Name: "c", API: "chart"}}
	for _, test := range []struct {
		name string
		mesh model.Mesh
		want []string
	}{
		{"sidecars", model.Mesh{Sidecars: true}, []string{"base", "istiod"}},
		{"sidecars with the agent", model.Mesh{Sidecars: true, CNI: model.CNI{Enabled: true}}, []string{"base", "istiod", "cni"}},
		{"ambient", model.Mesh{Ambient: true, CNI: model.CNI{Enabled: true}}, []string{"base", "istiod", "cni", "ztunnel"}},
		{"gateways", model.Mesh{Gateways: gateways}, []string{"base", "istiod", "gateway-a", "gateway-c"}},
	} {
		var got []string
		for _, r := range component.Releases(test.mesh) {
			got = append(got, r.Component)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", test.name, diff)
		}
	}
}

// values returns a release's values.
func values(t *testing.T, m model.Mesh, name string) map[string]any {
	t.Helper()
	for _, r := range component.Releases(m) {
		if r.Component == name {
			return r.Values
		}
	}
	t.Fatalf("the mesh has no release %s", name)
	return nil
}

func at(v map[string]any, keys ...string) any {
	var value any = v
	for _, key := range keys {
		m, _ := value.(map[string]any)
		value = m[key]
	}
	return value
}

// TestValues: single facts of the intent, where the charts want them.
func TestValues(t *testing.T) {
	all := model.Mesh{Ambient: true, Sidecars: true, CNI: model.CNI{Enabled: true}, Gateways: []model.Gateway{{Name: "g", API: "chart", ServiceName: "g"}}}
	for _, test := range []struct {
		name      string
		change    func(*model.Mesh)
		component string
		path      []string
		want      any
	}{
		{"the webhook's policy, in base", nil, "base", []string{"base", "validationFailurePolicy"}, "Fail"},
		{"and in istiod", nil, "istiod", []string{"base", "validationFailurePolicy"}, "Fail"},
		{"the default validator follows the revision", func(m *model.Mesh) { m.Istio.Revision = "1-31" }, "base", []string{"defaultRevision"}, "1-31"},
		{"a fixed number of istiod", func(m *model.Mesh) { m.ControlPlane.Replicas = 2 }, "istiod", []string{"pilot", "replicaCount"}, 2},
		{"without an autoscaler", nil, "istiod", []string{"pilot", "autoscaleEnabled"}, false},
		{"sidecars without an init container", nil, "istiod", []string{"pilot", "cni", "enabled"}, true},
		{"the ambient profile", nil, "istiod", []string{"profile"}, "ambient"},
		{"and the agent's", nil, "cni", []string{"profile"}, "ambient"},
		{"ztunnel's hub stands at its root", func(m *model.Mesh) { m.Istio.Hub = "r.example/istio" }, "ztunnel", []string{"hub"}, "r.example/istio"},
		{"ztunnel signs with istio-csr", func(m *model.Mesh) { m.IstioCSR = &intent.IstioCSR{Namespace: "cm"} }, "ztunnel", []string{"caAddress"}, "cert-manager-istio-csr.cm.svc:443"},
		{"istiod does not sign", func(m *model.Mesh) { m.IstioCSR = &intent.IstioCSR{} }, "istiod", []string{"pilot", "env", "ENABLE_CA_SERVER"}, "false"},
		{"sidecars that answer DNS get no addresses for outside hosts", sidecarDNS(false), "istiod", []string{"pilot", "env", "PILOT_ENABLE_IP_AUTOALLOCATE"}, "false"},
		{"or get them", sidecarDNS(true), "istiod", []string{"pilot", "env", "PILOT_ENABLE_IP_AUTOALLOCATE"}, "true"},
		{"sidecars answer DNS", sidecarDNS(true), "istiod", []string{"meshConfig", "defaultConfig", "proxyMetadata"}, map[string]any{"ISTIO_META_DNS_CAPTURE": "true"}},
		{"waypoints need the addresses", func(m *model.Mesh) { m.Proxy.DNS.Capture = true }, "istiod", []string{"pilot", "env"}, map[string]any{}},
		{"charts write variables between double quotes", func(m *model.Mesh) { m.ControlPlane.Env = map[string]string{"A": "{\"a\": \"b\\\\c\n\"}"} }, "istiod", []string{"pilot", "env", "A"}, `{\"a\": \"b\\\\c\n\"}`},
		{"and plain ones as they are", func(m *model.Mesh) { m.ControlPlane.Env = map[string]string{"A": "é $x 'y' z"} }, "istiod", []string{"pilot", "env", "A"}, "é $x 'y' z"},
		{"the person's own environment wins", func(m *model.Mesh) {
			m.Proxy.DNS.Capture, m.Proxy.DNS.AutoAllocate = true, true
			m.ControlPlane.Env = map[string]string{"PILOT_ENABLE_IP_AUTOALLOCATE": "false"}
		}, "istiod", []string{"pilot", "env", "PILOT_ENABLE_IP_AUTOALLOCATE"}, "false"},
		{"only declared hosts outside", func(m *model.Mesh) { m.Egress.RegistryOnly = true }, "istiod", []string{"meshConfig", "outboundTrafficPolicy", "mode"}, "REGISTRY_ONLY"},
		{"JSON logs", func(m *model.Mesh) { m.Telemetry.AccessLogs = &intent.AccessLogs{Format: "json"} }, "istiod", []string{"meshConfig", "accessLogEncoding"}, "JSON"},
		{"raw mesh config wins", func(m *model.Mesh) {
			m.Egress.RegistryOnly = true
			m.MeshConfig = map[string]any{"outboundTrafficPolicy": map[string]any{"mode": "ALLOW_ANY"}}
		}, "istiod", []string{"meshConfig", "outboundTrafficPolicy", "mode"}, "ALLOW_ANY"},
		{"raw providers stand beside the intent's", func(m *model.Mesh) {
			m.Telemetry.Providers = map[string]intent.Provider{"tempo": {Zipkin: &intent.Endpoint{Service: "s", Port: 1}}}
			m.MeshConfig = map[string]any{"extensionProviders": []any{map[string]any{"name": "opa"}}}
			m.Values.Istiod = map[string]any{"meshConfig": map[string]any{"extensionProviders": []any{map[string]any{"name": "waf"}}}}
		}, "istiod", []string{"meshConfig", "extensionProviders"}, []any{
			map[string]any{"name": "waf"},
			map[string]any{"name": "tempo", "zipkin": map[string]any{"service": "s", "port": 1}},
			map[string]any{"name": "opa"},
		}},
		{"raw values win", func(m *model.Mesh) {
			m.Values.Istiod = map[string]any{"pilot": map[string]any{"replicaCount": 9}}
		}, "istiod", []string{"pilot", "replicaCount"}, 9},
		{"a pod on each node", func(m *model.Mesh) {
			m.Values.Gateways = map[string]map[string]any{"g": {"kind": "DaemonSet"}}
		}, "gateway-g", []string{"replicaCount"}, nil},
		{"MetalLB's pool", func(m *model.Mesh) { m.Gateways[0].Pool = "public" }, "gateway-g", []string{"service", "annotations", "metallb.io/address-pool"}, "public"},
		{"MetalLB's address", func(m *model.Mesh) { m.Gateways[0].Address, m.Cluster.LoadBalancer = "192.0.2.1", "metallb" }, "gateway-g", []string{"service", "annotations", "metallb.io/loadBalancerIPs"}, "192.0.2.1"},
		{"another balancer's address", func(m *model.Mesh) { m.Gateways[0].Address, m.Cluster.LoadBalancer = "192.0.2.1", "cloud" }, "gateway-g", []string{"service", "loadBalancerIP"}, "192.0.2.1"},
		{"closed pods open themselves: istiod", closed, "istiod", []string{"global", "networkPolicy", "enabled"}, true},
		{"cni", closed, "cni", []string{"global", "networkPolicy", "enabled"}, true},
		{"ztunnel", closed, "ztunnel", []string{"global", "networkPolicy", "enabled"}, true},
		{"gateway", closed, "gateway-g", []string{"global", "networkPolicy", "enabled"}, true},
	} {
		m := all
		m.Gateways = append([]model.Gateway(nil), all.Gateways...)
		if test.change != nil {
			test.change(&m)
		}
		if got := at(values(t, m, test.component), test.path...); !cmp.Equal(test.want, got) {
			t.Errorf("%s: %s %v is %v, want %v", test.name, test.component, test.path, got, test.want)
		}
	}
}

func closed(m *model.Mesh) { m.Cluster.CNI.NetworkPolicies = "default-deny" }

// sidecarDNS makes a mesh of sidecars alone, which answer their application's DNS.
func sidecarDNS(allocate bool) func(*model.Mesh) {
	return func(m *model.Mesh) {
		m.Ambient = false
		m.Proxy.DNS.Capture, m.Proxy.DNS.AutoAllocate = true, allocate
	}
}
