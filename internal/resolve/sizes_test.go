package resolve_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/resolve"
)

func list(cpu, memory string) intent.ResourceList {
	return intent.ResourceList{CPU: cpu, Memory: memory}
}

func resources(cpu, memory, cpuLimit, memoryLimit string) intent.Resources {
	return intent.Resources{Requests: list(cpu, memory), Limits: list(cpuLimit, memoryLimit)}
}

// shop is a mesh with a load that can be computed by hand.
func shop() intent.Mesh {
	in := base()
	in.Cluster.NodePools = map[string]intent.NodePool{"a": {Count: 2}}
	in.Namespaces = map[string]intent.Namespace{"shop": {Mesh: true, Pods: &intent.Pods{Count: 180, Services: 2, RequestRate: 36000}}}
	in.Gateways = map[string]intent.Gateway{"public": {Kind: "ingress", API: "chart", Namespace: "istio-ingress", Replicas: 2}}
	return in
}

// TestFixedSizes: a size is a row of a table, and what resources say is kept.
func TestFixedSizes(t *testing.T) {
	for _, test := range []struct {
		name   string
		size   intent.Size
		stated intent.Resources
		want   intent.Resources
	}{
		{"none", intent.NoSize, resources("1", "1Gi", "", ""), resources("1", "1Gi", "", "")},
		{"small", intent.Small, intent.Resources{}, resources("100m", "256Mi", "", "512Mi")},
		{"large", intent.Large, intent.Resources{}, resources("1", "2Gi", "", "4Gi")},
		{"a request that is stated", intent.Small, resources("300m", "", "", ""), resources("300m", "256Mi", "", "512Mi")},
		{"a request above the size's limit", intent.Small, resources("", "1Gi", "", ""), resources("100m", "1Gi", "", "1Gi")},
		{"a limit below the size's request", intent.Large, resources("", "", "500m", "1Gi"), resources("500m", "1Gi", "500m", "1Gi")},
		{"both stated", intent.Large, resources("1", "128Mi", "2", "256Mi"), resources("1", "128Mi", "2", "256Mi")},
	} {
		in := shop()
		in.ControlPlane.Size, in.ControlPlane.Resources = test.size, test.stated
		m, _ := resolve.Mesh(in)
		if diff := cmp.Diff(test.want, m.ControlPlane.Resources); diff != "" {
			t.Errorf("%s: -want +got:\n%s", test.name, diff)
		}
	}
}

// TestAutoSizes: 182 proxies are 0.091 of an istiod of 1 CPU and 1.5 GB: 91m and
// 131Mi, as quantities 100m and 192Mi, and twice 182m and 261Mi, as quantities
// 200m and 384Mi. A sidecar has 200 requests a second, so 40m; a gateway's pod
// 18,000, so 3.6 CPU.
func TestAutoSizes(t *testing.T) {
	in := shop()
	in.ControlPlane.Size, in.DataPlane.Proxy.Size = intent.Auto, intent.Auto
	public := in.Gateways["public"]
	public.Size = intent.Auto
	in.Gateways["public"] = public

	for _, test := range []struct {
		step resolve.AutoStep
		want []model.Sizing
	}{
		{resolve.Comfort, []model.Sizing{
			{Path: "controlPlane", Size: intent.Auto, Resources: resources("200m", "384Mi", "", "768Mi"),
				Reason: "182 proxies and 2 services need 100m CPU and 192Mi (Istio performance and scalability; idle 10m CPU and 100Mi); twice that, where it fits"},
			{Path: "dataPlane.proxy", Size: intent.Auto, Resources: resources("80m", "128Mi", "2", "256Mi"),
				Reason: "a sidecar with 200 requests a second needs 40m CPU and 64Mi (Istio performance and scalability); twice that, where it fits"},
			{Path: "gateways.public", Size: intent.Auto, Resources: resources("7250m", "128Mi", "14500m", "256Mi"),
				Reason: "a pod of the gateway with 18000 requests a second needs 3750m CPU and 64Mi (Istio performance and scalability); twice that, where it fits"},
		}},
		{resolve.Need, []model.Sizing{
			{Path: "controlPlane", Size: intent.Auto, Least: true, Resources: resources("100m", "192Mi", "", "768Mi"), Roomy: resources("200m", "384Mi", "", "768Mi"),
				Reason: "182 proxies and 2 services need 100m CPU and 192Mi (Istio performance and scalability; idle 10m CPU and 100Mi); twice that does not fit"},
			{Path: "dataPlane.proxy", Size: intent.Auto, Least: true, Resources: resources("40m", "64Mi", "2", "256Mi"), Roomy: resources("80m", "128Mi", "2", "256Mi"),
				Reason: "a sidecar with 200 requests a second needs 40m CPU and 64Mi (Istio performance and scalability); twice that does not fit"},
			{Path: "gateways.public", Size: intent.Auto, Least: true, Resources: resources("3750m", "64Mi", "14500m", "256Mi"), Roomy: resources("7250m", "128Mi", "14500m", "256Mi"),
				Reason: "a pod of the gateway with 18000 requests a second needs 3750m CPU and 64Mi (Istio performance and scalability); twice that does not fit"},
		}},
	} {
		m, _ := resolve.Mesh(in, resolve.Options{Auto: test.step})
		if diff := cmp.Diff(test.want, m.Sizings); diff != "" {
			t.Errorf("step %d: -want +got:\n%s", test.step, diff)
		}
		if diff := cmp.Diff(test.want[0].Resources, m.ControlPlane.Resources); diff != "" {
			t.Errorf("step %d: the control plane: -want +got:\n%s", test.step, diff)
		}
	}
}

// TestAutoRoomy: of components whose sizes are at their least, some may have
// their comfort.
func TestAutoRoomy(t *testing.T) {
	in := shop()
	in.ControlPlane.Size, in.DataPlane.Proxy.Size = intent.Auto, intent.Auto
	in.DataPlane.Proxy.Resources = intent.Resources{Requests: list("", "96Mi")}
	m, _ := resolve.Mesh(in, resolve.Options{Auto: resolve.Need, Roomy: []string{"controlPlane"}})
	want := []model.Sizing{
		{Path: "controlPlane", Size: intent.Auto, Resources: resources("200m", "384Mi", "", "768Mi"),
			Reason: "182 proxies and 2 services need 100m CPU and 192Mi (Istio performance and scalability; idle 10m CPU and 100Mi); twice that, where it fits"},
		{Path: "dataPlane.proxy", Size: intent.Auto, Least: true, Stated: intent.Resources{Requests: list("", "96Mi")},
			Resources: resources("40m", "96Mi", "2", "256Mi"), Roomy: resources("80m", "96Mi", "2", "256Mi"),
			Reason: "a sidecar with 200 requests a second needs 40m CPU and 64Mi (Istio performance and scalability); twice that does not fit"},
	}
	if diff := cmp.Diff(want, m.Sizings); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestAutoAmbient: ztunnel's share of the requests is a node's.
func TestAutoAmbient(t *testing.T) {
	in := shop()
	in.Mode = intent.Ambient
	in.DataPlane.Ztunnel.Size, in.DataPlane.Waypoint.Size = intent.Auto, intent.Auto
	in.Namespaces = map[string]intent.Namespace{
		"shop": {Mesh: true, Waypoint: "auto", Pods: &intent.Pods{Count: 12, Services: 1, RequestRate: 2000}},
		"till": {Mesh: true, Pods: &intent.Pods{Count: 3, Services: 1}},
	}
	m, _ := resolve.Mesh(in)
	want := []model.Sizing{
		{Path: "dataPlane.waypoint", Size: intent.Auto, Resources: resources("1", "128Mi", "2", "256Mi"),
			Reason: "a waypoint with 2000 requests a second needs 500m CPU and 64Mi (Istio performance and scalability); twice that, where it fits"},
		{Path: "dataPlane.ztunnel", Size: intent.Auto, Resources: resources("200m", "96Mi", "", "256Mi"),
			Reason: "15 pods and 1000 requests a second a node need 100m CPU and 48Mi (Istio performance and scalability; measured idle 36m CPU and 29Mi); twice that, where it fits"},
	}
	if diff := cmp.Diff(want, m.Sizings); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestAutoScaled: an autoscaler counts in percent of the request.
func TestAutoScaled(t *testing.T) {
	in := base()
	in.ControlPlane.Size, in.ControlPlane.Autoscaling = intent.Auto, &intent.Autoscaling{Min: 1, Max: 3, CPU: 80}
	m, _ := resolve.Mesh(in)
	if got := m.ControlPlane.Resources; got != resources("100m", "256Mi", "", "512Mi") {
		t.Errorf("got %+v", got)
	}
}

// TestAutoKeepsResources: what is stated wins field by field, and no request
// comes to stand above its limit.
func TestAutoKeepsResources(t *testing.T) {
	in := shop()
	in.DataPlane.Proxy.Size = intent.Auto
	in.DataPlane.Proxy.Resources = resources("", "300Mi", "50m", "")
	m, _ := resolve.Mesh(in)
	if got := m.Proxy.Resources; got != resources("50m", "300Mi", "50m", "300Mi") {
		t.Errorf("got %+v", got)
	}
	if got := m.Sizings[0].Stated; got != resources("", "300Mi", "50m", "") {
		t.Errorf("%+v are stated", got)
	}
}
