package workload_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/hardware"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/workload"
)

// containers are a workload's containers in a line: name, i for an init
// container, s for the sidecar's, and its requests.
func containers(w workload.Workload) string {
	var list []string
	for _, c := range w.Containers {
		mark := ""
		if c.Init {
			mark += "i"
		}
		if c.Sidecar {
			mark += "s"
		}
		list = append(list, fmt.Sprintf("%s(%s) %s %s", c.Name, mark, hardware.CPUText(c.Requests.CPU), hardware.MemoryText(c.Requests.Memory)))
	}
	return strings.Join(list, ", ")
}

// find returns the workload of a name.
func find(t testing.TB, list []workload.Workload, name string) workload.Workload {
	t.Helper()
	i := slices.IndexFunc(list, func(w workload.Workload) bool { return w.Name == name })
	if i < 0 {
		t.Fatalf("there is no workload %s", name)
	}
	return list[i]
}

// TestInjection: which pods get a sidecar, by the rendered webhooks, where it
// stands, and what it asks for.
func TestInjection(t *testing.T) {
	b := newBuilder(t)
	const native = "istio-init(is) 50m 64Mi, istio-proxy(is) 50m 64Mi, app() 10m 16Mi"
	const classic = "istio-init(is) 50m 64Mi, app() 10m 16Mi, istio-proxy(s) 50m 64Mi"
	const none = "app() 10m 16Mi"
	for _, test := range []struct {
		name      string
		change    func(*model.Mesh)
		namespace string
		meta      string // labels and annotations of the pod
		spec      string
		want      string
		mesh      string // the mesh's part of the requests
	}{
		{name: "in the mesh", namespace: "shop", want: native, mesh: "50m CPU and 64Mi"},
		{name: "outside", namespace: "default", want: none, mesh: "0 CPU and 0"},
		{name: "before native sidecars", change: func(m *model.Mesh) { m.Cluster.Kubernetes = 32 }, namespace: "shop", want: classic, mesh: "50m CPU and 64Mi"},
		{name: "native on request", change: func(m *model.Mesh) { m.Cluster.Kubernetes = 32 }, namespace: "shop",
			meta: "annotations: {sidecar.istio.io/nativeSidecar: \"true\"}", want: native, mesh: "50m CPU and 64Mi"},
		{name: "native forbidden", change: func(m *model.Mesh) { m.ControlPlane.Env = map[string]string{"ENABLE_NATIVE_SIDECARS": "false"} }, namespace: "shop", want: classic, mesh: "50m CPU and 64Mi"},
		{name: "native forced", change: func(m *model.Mesh) {
			m.Cluster.Kubernetes, m.ControlPlane.Env = 32, map[string]string{"ENABLE_NATIVE_SIDECARS": "true"}
		}, namespace: "shop", want: native, mesh: "50m CPU and 64Mi"},
		{name: "with the CNI agent", change: func(m *model.Mesh) { m.CNI.Enabled = true }, namespace: "shop",
			want: "istio-validation(is) 50m 64Mi, istio-proxy(is) 50m 64Mi, app() 10m 16Mi", mesh: "50m CPU and 64Mi"},
		{name: "a pod that wants none", namespace: "shop", meta: `labels: {sidecar.istio.io/inject: "false"}`, want: none, mesh: "0 CPU and 0"},
		{name: "or says so the old way", namespace: "shop", meta: `annotations: {sidecar.istio.io/inject: "false"}`, want: none, mesh: "0 CPU and 0"},
		{name: "a pod outside that wants one", namespace: "default", meta: `labels: {sidecar.istio.io/inject: "true"}`, want: native, mesh: "50m CPU and 64Mi"},
		{name: "a pod in the host's network", namespace: "shop", spec: "hostNetwork: true, ", want: none, mesh: "0 CPU and 0"},
		{name: "kube-system", namespace: "kube-system", meta: `labels: {sidecar.istio.io/inject: "true"}`, want: none, mesh: "0 CPU and 0"},
		{name: "a pod's own amounts", namespace: "shop", meta: `annotations: {sidecar.istio.io/proxyCPU: 300m, sidecar.istio.io/proxyMemoryLimit: 1Gi}`,
			want: "istio-init(is) 300m 1Gi, istio-proxy(is) 300m 1Gi, app() 10m 16Mi", mesh: "300m CPU and 1Gi"},
		{name: "a pod's own init container comes after the proxy", namespace: "shop", spec: "initContainers: [{name: setup, resources: {requests: {cpu: 70m}}}], ",
			want: "istio-init(is) 50m 64Mi, istio-proxy(is) 50m 64Mi, setup(i) 70m 0, app() 10m 16Mi", mesh: "50m CPU and 64Mi"},
		{name: "no capture", namespace: "shop", meta: `annotations: {sidecar.istio.io/interceptionMode: NONE}`, want: "istio-proxy(is) 50m 64Mi, app() 10m 16Mi", mesh: "50m CPU and 64Mi"},
	} {
		m := b.mesh(t, "edge-berlin")
		if test.change != nil {
			test.change(&m)
		}
		objects := append(b.objects(t, m), parse(t, fmt.Sprintf(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: extra, namespace: %s}
spec: {template: {metadata: {%s}, spec: {%scontainers: [{name: app, resources: {requests: {cpu: 10m, memory: 16Mi}}}]}}}
`, test.namespace, test.meta, test.spec))...)
		found, problems := workload.Of(m, objects, nil)
		if len(problems) > 0 {
			t.Error(test.name, problems)
		}
		w := find(t, found, "extra")
		if diff := cmp.Diff([]string{test.want, test.mesh}, []string{containers(w), w.Mesh.String()}); diff != "" {
			t.Errorf("%s: -want +got:\n%s", test.name, diff)
		}
		if w.Envoy != strings.Contains(test.want, "istio-proxy") {
			t.Errorf("%s: Envoy is %t", test.name, w.Envoy)
		}
	}
}

// TestGatewayAPI: what istiod makes of Gateways that people bring themselves.
func TestGatewayAPI(t *testing.T) {
	b := newBuilder(t)
	m := b.mesh(t, "pi-cluster")
	m.Cluster.LoadBalancer = "servicelb"
	m.Values.Istiod = map[string]any{
		"global": map[string]any{"waypoint": map[string]any{"nodeSelector": map[string]any{"disk": "ssd"}}},
		"gatewayClasses": map[string]any{"istio": map[string]any{
			"deployment":              map[string]any{"spec": map[string]any{"template": map[string]any{"spec": map[string]any{"nodeSelector": map[string]any{"edge": "yes"}}}}},
			"horizontalPodAutoscaler": map[string]any{"spec": map[string]any{"minReplicas": 2, "maxReplicas": 4}},
		}},
	}
	objects := append(b.objects(t, m), parse(t, `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: plain, namespace: a, annotations: {networking.istio.io/service-type: ClusterIP}}
spec: {gatewayClassName: istio, listeners: [{name: a, port: 80, protocol: HTTP}, {name: b, port: 80, protocol: HTTP}, {name: c, port: 443, protocol: HTTPS}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: named, namespace: a, annotations: {gateway.istio.io/name-override: other}, labels: {svccontroller.k3s.cattle.io/lbpool: dmz}}
spec: {gatewayClassName: own, addresses: [{type: IPAddress, value: 192.0.2.1}], listeners: [{name: a, port: 8080, protocol: HTTP}], infrastructure: {parametersRef: {group: "", kind: ConfigMap, name: shape}}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: own}
spec: {controllerName: istio.io/gateway-controller}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: shape, namespace: a}
data:
  deployment: |
    spec:
      replicas: 3
      strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 1}}
      template:
        spec:
          priorityClassName: system-cluster-critical
          containers:
          - name: istio-proxy
            resources: {requests: {memory: 96Mi}}
          - name: beside
            resources: {requests: {cpu: 5m}}
  podDisruptionBudget: |
    spec: {minAvailable: 2}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: existing, namespace: a}
spec: {gatewayClassName: istio, addresses: [{type: Hostname, value: ingress.a.svc.cluster.local}], listeners: [{name: a, port: 80, protocol: HTTP}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: missing, namespace: a}
spec: {gatewayClassName: istio, listeners: [{name: a, port: 80, protocol: HTTP}], infrastructure: {parametersRef: {group: "", kind: ConfigMap, name: nowhere}}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: foreign, namespace: a}
spec: {gatewayClassName: traefik, listeners: [{name: a, port: 80, protocol: HTTP}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: way, namespace: a}
spec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE}]}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: istios, namespace: a}
spec: {selector: {istio: ingress}}
`)...)
	found, problems := workload.Of(m, objects, hardware.Nodes(m.Cluster))
	for _, p := range problems {
		t.Error(p.Object.ID(), p.Err)
	}
	found = slices.DeleteFunc(found, func(w workload.Workload) bool { return w.Namespace != "a" && w.Role != workload.ServiceLB })
	golden(t, "gateway-api", describe(found))
	if got := find(t, found, "plain-istio").Pod.NodeSelector["edge"]; got != "yes" {
		t.Errorf("the class's patch did not apply: %q", got)
	}
	if got := find(t, found, "way").Pod.NodeSelector["disk"]; got != "ssd" {
		t.Errorf("the waypoints' node selector did not apply: %q", got)
	}
}

// TestOtherRequests: a changed request goes where its path points.
func TestOtherRequests(t *testing.T) {
	b := newBuilder(t)
	m := b.mesh(t, "edge-berlin")
	found, _ := workload.Of(m, b.objects(t, m), nil)
	for _, test := range []struct {
		name   string
		change func(workload.Workload) (workload.Workload, error)
		want   string
	}{
		{"istiod", func(w workload.Workload) (workload.Workload, error) {
			return w.WithRequests(hardware.Amount{CPU: 70, Memory: 500 * hardware.Mi})
		}, "70m CPU and 500Mi, limit 300m CPU and 500Mi, the mesh's 70m CPU and 500Mi"},
		{"applications", func(w workload.Workload) (workload.Workload, error) {
			return w.WithRequests(hardware.Amount{CPU: 10, Memory: -1})
		}, "60m CPU and 128Mi, limit 0 CPU and 0, the mesh's 50m CPU and 64Mi"},
		{"applications", func(w workload.Workload) (workload.Workload, error) {
			return w.WithSidecar(hardware.Amount{CPU: 20, Memory: 32 * hardware.Mi})
		}, "70m CPU and 96Mi, limit 0 CPU and 0, the mesh's 20m CPU and 32Mi"},
	} {
		before := find(t, found, test.name)
		was := before.Requests
		w, err := test.change(before)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%s, limit %s, the mesh's %s", w.Requests, w.Limits, w.Mesh); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
		cpu, memory := w.Spec.Requests()
		if (hardware.Amount{CPU: cpu, Memory: memory}) != w.Requests {
			t.Errorf("%s: the scheduler sees %d and %d", test.name, cpu, memory)
		}
		if again := find(t, found, test.name); again.Requests != was || again.Containers[0].Requests != before.Containers[0].Requests {
			t.Errorf("%s: the workload itself changed", test.name)
		}
	}
}

// TestDeclaredPlacement: where the intent places an application's pods.
func TestDeclaredPlacement(t *testing.T) {
	m := bare()
	m.Namespaces = []model.Namespace{{
		Name: "shop", Path: "namespaces.shop", Pods: &intent.Pods{Count: 3, Requests: intent.ResourceList{CPU: "1"}},
		Scheduling: model.Scheduling{NodeSelector: map[string]string{"disk": "ssd"}, Spread: "kubernetes.io/hostname", Tolerations: []intent.Toleration{{Key: "k", Operator: "Exists"}}},
	}, {Name: "empty", Path: "namespaces.empty", Pods: &intent.Pods{}}, {Name: "none", Path: "namespaces.none"}}
	found, problems := workload.Of(m, nil, nil)
	if len(problems) > 0 || len(found) != 1 {
		t.Fatal(found, problems)
	}
	w := found[0]
	if w.Path != "namespaces.shop.pods" || w.Replicas != (workload.Scale{Min: 3, Max: 3}) || w.Requests != (hardware.Amount{CPU: 1000}) ||
		w.Pod.NodeSelector["disk"] != "ssd" || w.Pod.Tolerations[0].Key != "k" || w.Pod.TopologySpreadConstraints[0].LabelSelector.MatchLabels["app"] != "applications" {
		t.Errorf("got %+v", w)
	}
}
