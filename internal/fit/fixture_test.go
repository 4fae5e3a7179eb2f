package fit

import (
	"fmt"
	"strings"
	"testing"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// cluster is a mesh and its objects, made by parts. The platform is MicroK8s,
// because it runs one pod of its own, coredns with 100m and 70Mi, and every pool
// states what is kept, so that the numbers are round.
type cluster struct {
	t       testing.TB
	mesh    model.Mesh
	objects []object.Object
}

func newCluster(t testing.TB) *cluster {
	m := model.Mesh{Mode: intent.Ambient, Istio: model.Istio{Version: "1.31.1", Minor: 31}}
	m.Cluster = model.Cluster{Name: "box", Platform: "microk8s", Kubernetes: 35, LoadBalancer: "none"}
	return &cluster{t: t, mesh: m}
}

// pool adds nodes of which pods may have so much.
func (c *cluster) pool(name string, n int, cpu, memory string, change ...func(*model.Pool)) *cluster {
	p := model.Pool{Name: name, NodePool: intent.NodePool{
		Count: n, Role: "agent", CPU: cpu, Memory: memory, Arch: "amd64", PageSize: 4, VABits: 48, MaxPods: 110,
		Reserved: &intent.ResourceList{CPU: "0", Memory: "0"},
	}}
	for _, f := range change {
		f(&p)
	}
	c.mesh.Cluster.Pools = append(c.mesh.Cluster.Pools, p)
	return c
}

// yaml adds objects that a chart made; component is istiod, cni, ztunnel or
// gateway-NAME, and empty for a person's manifest.
func (c *cluster) yaml(component, text string) *cluster {
	c.t.Helper()
	docs, err := object.Parse([]byte(text))
	if err != nil {
		c.t.Fatal(err)
	}
	chart := component
	if strings.HasPrefix(component, "gateway-") {
		chart = "gateway"
	}
	for _, d := range docs {
		o := object.Object{Value: d, Origin: object.Origin{Component: component, Chart: chart}}
		if component == "" {
			o.Origin.Path = "manifests.own"
		}
		c.objects = append(c.objects, o)
	}
	return c
}

// deployment is a Deployment with one container.
func deployment(name string, replicas int, cpu, memory, more string) string {
	return fmt.Sprintf(`apiVersion: apps/v1
kind: Deployment
metadata: {name: %[1]s, namespace: istio-system}
spec:
  replicas: %[2]d
  selector: {matchLabels: {app: %[1]s}}
  strategy: {rollingUpdate: {maxSurge: 100%%, maxUnavailable: 25%%}}
  template:
    metadata: {labels: {app: %[1]s}}
    spec:
      containers: [{name: main, image: "%[1]s:1", resources: {requests: {cpu: %[3]s, memory: %[4]s}}}]
%[5]s`, name, replicas, cpu, memory, more)
}

// istiod adds istiod, with what the intent says about it.
func (c *cluster) istiod(replicas int, cpu, memory, more string) *cluster {
	c.mesh.ControlPlane = model.ControlPlane{
		Scale:     model.Scale{Replicas: replicas},
		Resources: intent.Resources{Requests: intent.ResourceList{CPU: cpu, Memory: memory}},
	}
	return c.yaml("istiod", deployment("istiod", replicas, cpu, memory, more))
}

// ztunnel adds ztunnel, which starts a second pod beside the first.
func (c *cluster) ztunnel(cpu, memory string) *cluster {
	c.mesh.Ambient = true
	c.mesh.Ztunnel.Resources = intent.Resources{Requests: intent.ResourceList{CPU: cpu, Memory: memory}}
	return c.yaml("ztunnel", fmt.Sprintf(`apiVersion: apps/v1
kind: DaemonSet
metadata: {name: ztunnel, namespace: istio-system}
spec:
  selector: {matchLabels: {app: ztunnel}}
  updateStrategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}
  template:
    metadata: {labels: {app: ztunnel}}
    spec:
      priorityClassName: system-node-critical
      tolerations: [{operator: Exists}]
      containers: [{name: istio-proxy, image: "ztunnel:1", resources: {requests: {cpu: %s, memory: %s}}}]
`, cpu, memory))
}

// gateway adds a gateway from the chart.
func (c *cluster) gateway(name string, replicas int, cpu, memory, more string) *cluster {
	c.mesh.Gateways = append(c.mesh.Gateways, model.Gateway{
		Name: name, Path: "gateways." + name, Scale: model.Scale{Replicas: replicas},
		Resources: intent.Resources{Requests: intent.ResourceList{CPU: cpu, Memory: memory}},
	})
	return c.yaml("gateway-"+name, deployment(name, replicas, cpu, memory, more))
}

// scaled gives the gateway added last an autoscaler.
func (c *cluster) scaled(low, high int) *cluster {
	g := &c.mesh.Gateways[len(c.mesh.Gateways)-1]
	g.Autoscaling = &intent.Autoscaling{Min: low, Max: high, CPU: 80}
	return c.yaml("gateway-"+g.Name, fmt.Sprintf(`apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: %[1]s, namespace: istio-system}
spec: {minReplicas: %[2]d, maxReplicas: %[3]d, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: %[1]s}}
`, g.Name, low, high))
}

// budget adds a disruption budget for the Deployment of a name.
func (c *cluster) budget(component, name, selects, says string) *cluster {
	return c.yaml(component, fmt.Sprintf(`apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: %s, namespace: istio-system}
spec: {%s, selector: {matchLabels: {app: %s}}}
`, name, says, selects))
}

// limit sets the limits of the workload of a name.
func (c *cluster) limit(name, cpu, memory string) *cluster {
	for _, o := range c.objects {
		if o.Name() == name && o.Kind() != "PodDisruptionBudget" {
			container := object.List(o.Value, "spec", "template", "spec", "containers")[0].(map[string]any)
			container["resources"].(map[string]any)["limits"] = map[string]any{"cpu": cpu, "memory": memory}
		}
	}
	return c
}

// apps declares the pods of a namespace.
func (c *cluster) apps(name string, n int, cpu, memory string, change ...func(*intent.Pods)) *cluster {
	pods := &intent.Pods{Count: n, Services: 1, Requests: intent.ResourceList{CPU: cpu, Memory: memory}}
	for _, f := range change {
		f(pods)
	}
	c.mesh.Namespaces = append(c.mesh.Namespaces, model.Namespace{
		Name: name, Path: "namespaces." + name, Mesh: true, Mode: intent.Ambient, Pods: pods,
	})
	return c
}

// check runs the fit and writes its diagnostics as the command would.
func (c *cluster) check() (Report, string) {
	c.t.Helper()
	report, list := Check(c.mesh, c.objects, Around{Later: func(a, b string) bool { return a > b }})
	var b strings.Builder
	if err := diag.Text(&b, list, false); err != nil {
		c.t.Fatal(err)
	}
	return report, b.String()
}
