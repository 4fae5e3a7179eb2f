package fit

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

const apart = `      affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: public}}}]}}
`

// TestQuestions compares all that the fit says of small clusters with
// testdata/questions.txt. MESHGEN_UPDATE=1 writes it; read it before you commit it.
func TestQuestions(t *testing.T) {
	compare(t, "testdata/questions.txt", []named{
		{"all is well", func(c *cluster) {
			c.pool("node", 2, "4", "4Gi").istiod(1, "100m", "1Gi", "").ztunnel("100m", "256Mi").apps("shop", 4, "100m", "256Mi")
		}},
		{"no room for the update", func(c *cluster) {
			// 2000 - 70 - 1000 leaves 930Mi for a second istiod.
			c.pool("node", 1, "4", "2000Mi").istiod(1, "100m", "1000Mi", "")
		}},
		{"too big for any node", func(c *cluster) {
			c.pool("small", 2, "1", "1Gi").pool("fast", 1, "8", "1Gi").istiod(1, "2", "2Gi", "")
		}},
		{"together too much", func(c *cluster) {
			c.pool("node", 2, "4", "1Gi").istiod(1, "100m", "128Mi", "").apps("shop", 8, "100m", "256Mi")
		}},
		{"CPU and memory are short", func(c *cluster) {
			c.pool("node", 1, "1", "1Gi").istiod(1, "800m", "800Mi", "")
		}},
		{"pushed off by a node agent", func(c *cluster) {
			c.pool("node", 1, "4", "1Gi").istiod(1, "100m", "512Mi", "").ztunnel("100m", "512Mi")
		}},
		{"no label, no toleration", func(c *cluster) {
			c.pool("node", 2, "4", "4Gi").pool("system", 1, "4", "4Gi", func(p *model.Pool) {
				p.Labels = map[string]string{"role": "system"}
				p.Taints = []intent.Taint{{Key: "dedicated", Value: "system", Effect: "NoSchedule"}}
			})
			c.istiod(1, "100m", "256Mi", "      nodeSelector: {role: system}\n")
		}},
		{"a host port that two want", func(c *cluster) {
			c.pool("node", 2, "4", "4Gi").istiod(1, "100m", "256Mi", "")
			for _, name := range []string{"a", "b"} {
				c.yaml("", "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: "+name+", namespace: default}\nspec: {selector: {matchLabels: {app: "+name+"}}, template: {metadata: {labels: {app: "+name+"}}, spec: {containers: [{name: main, image: x, ports: [{containerPort: 80, hostPort: 80}]}]}}}\n")
			}
		}},
		{"an autoscaler that goes too far", func(c *cluster) {
			c.pool("node", 2, "4", "1Gi").istiod(1, "100m", "128Mi", "").gateway("public", 1, "100m", "200Mi", "").scaled(1, 12)
		}},
		{"two autoscalers that go too far", func(c *cluster) {
			c.pool("node", 2, "4", "1Gi").istiod(1, "100m", "128Mi", "")
			c.gateway("a", 1, "100m", "200Mi", "").scaled(1, 20).gateway("b", 1, "100m", "200Mi", "").scaled(1, 20)
		}},
		{"an agent's second pod pushes others off", func(c *cluster) {
			c.pool("node", 2, "4", "1Gi").istiod(1, "100m", "256Mi", "").ztunnel("100m", "300Mi").apps("shop", 4, "100m", "230Mi")
		}},
		{"an agent's second pod has no room", func(c *cluster) {
			c.pool("node", 2, "4", "1Gi").istiod(1, "100m", "128Mi", "").ztunnel("100m", "600Mi")
		}},
		{"an anti-affinity that needs a third node", func(c *cluster) {
			c.pool("node", 2, "4", "4Gi").istiod(1, "100m", "128Mi", "").gateway("public", 2, "100m", "128Mi", apart)
		}},
		{"both on the only node that takes them", func(c *cluster) {
			c.pool("node", 2, "4", "4Gi").pool("disk", 1, "4", "4Gi", func(p *model.Pool) { p.Labels = map[string]string{"disk": "ssd"} })
			c.istiod(2, "100m", "128Mi", "      nodeSelector: {disk: ssd}\n")
		}},
		{"both on one node, because the other is full", func(c *cluster) {
			c.pool("node", 1, "4", "4Gi").pool("other", 1, "4", "1Gi").istiod(1, "100m", "128Mi", "")
			c.gateway("public", 2, "100m", "1100Mi", "")
		}},
		{"no room with a node gone", func(c *cluster) {
			c.pool("node", 3, "4", "1Gi").istiod(2, "100m", "128Mi", "").apps("shop", 9, "100m", "256Mi")
		}},
		{"more pods than the kubelets take", func(c *cluster) {
			c.pool("node", 3, "4", "8Gi", func(p *model.Pool) { p.MaxPods = 9 }).istiod(1, "100m", "128Mi", "").apps("shop", 40, "10m", "16Mi")
		}},
		{"memory is short first, CPU next", func(c *cluster) {
			c.pool("node", 1, "1", "2Gi").istiod(1, "500m", "1700Mi", "").apps("shop", 3, "100m", "128Mi")
		}},
		{"a chart's istiod that is too big", func(c *cluster) {
			c.pool("node", 1, "2", "3Gi").istiod(1, "500m", "2Gi", "").apps("shop", 6, "150m", "192Mi")
		}},
		{"a budget of each node", func(c *cluster) {
			c.pool("node", 2, "4", "1Gi").istiod(1, "100m", "128Mi", "").ztunnel("100m", "128Mi")
			c.mesh.Budget = &intent.Budget{Share: intent.Share{Memory: 0.2}}
		}},
		{"a budget of the cluster", func(c *cluster) {
			c.pool("node", 2, "4", "1Gi").istiod(1, "500m", "128Mi", "").ztunnel("100m", "128Mi")
			c.mesh.Budget = &intent.Budget{}
			c.mesh.Budget.Cluster.CPU = "600m"
			c.mesh.Budget.Cluster.Share.CPU = 0.5
		}},
		{"a budget that an autoscaler breaks", func(c *cluster) {
			c.pool("node", 2, "4", "2Gi").istiod(1, "100m", "128Mi", "").gateway("public", 1, "100m", "128Mi", "").scaled(1, 6)
			c.mesh.Budget = &intent.Budget{PerNode: intent.ResourceList{Memory: "300Mi"}}
		}},
		{"an automatic size at its least", func(c *cluster) {
			c.pool("node", 1, "4", "512Mi").istiod(1, "50m", "128Mi", "").apps("shop", 5, "100m", "64Mi")
			c.mesh.Sizings = []model.Sizing{{Path: "controlPlane", Size: intent.Auto, Resources: c.mesh.ControlPlane.Resources, Least: true}}
		}},
	})
}

// named is a cluster in a file of what the fit says.
type named struct {
	name string
	make func(c *cluster)
}

// compare writes what the fit says of clusters one after the other.
func compare(t *testing.T, golden string, clusters []named) {
	t.Helper()
	var got strings.Builder
	for _, test := range clusters {
		c := newCluster(t)
		test.make(c)
		_, text := c.check()
		fmt.Fprintf(&got, "== %s\n%s", test.name, text)
	}
	if os.Getenv("MESHGEN_UPDATE") != "" {
		if err := os.WriteFile(golden, []byte(got.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestNodes compares what the fit says about the nodes themselves, and about
// budgets and limits, with testdata/nodes.txt.
func TestNodes(t *testing.T) {
	small := intent.ResourceList{CPU: "100m", Memory: "50Mi"}
	compare(t, "testdata/nodes.txt", []named{
		{"budgets that block every drain", func(c *cluster) {
			c.pool("node", 3, "4", "4Gi").istiod(2, "100m", "128Mi", "").budget("istiod", "istiod", "istiod", "minAvailable: 2")
			c.mesh.ControlPlane.DisruptionBudget = &intent.DisruptionBudget{MinAvailable: int64(2)}
			c.gateway("percent", 2, "100m", "64Mi", "").budget("gateway-percent", "percent", "percent", "minAvailable: 51%")
			c.gateway("none", 3, "100m", "64Mi", "").budget("gateway-none", "none", "none", "maxUnavailable: 0")
			c.gateway("twice", 2, "100m", "64Mi", "").budget("gateway-twice", "twice", "twice", "minAvailable: 1")
			c.budget("", "also", "twice", "maxUnavailable: 1")
			c.yaml("", deployment("alone", 1, "10m", "16Mi", "")).budget("", "alone", "alone", "minAvailable: 1")
		}},
		{"budgets that let one pod go", func(c *cluster) {
			c.pool("node", 3, "4", "4Gi").istiod(2, "100m", "128Mi", "").budget("istiod", "istiod", "istiod", "minAvailable: 50%")
			c.gateway("rounded", 3, "100m", "64Mi", "").budget("gateway-rounded", "rounded", "rounded", "maxUnavailable: 1%")
			c.ztunnel("50m", "64Mi").budget("ztunnel", "ztunnel", "ztunnel", "maxUnavailable: 0")
		}},
		{"istiod's limits and its load", func(c *cluster) {
			c.pool("node", 3, "16", "64Gi").istiod(1, "100m", "128Mi", "")
			c.mesh.ControlPlane.Resources.Limits = intent.ResourceList{CPU: "300m", Memory: "512Mi"}
			c.limit("istiod", "300m", "512Mi")
			c.apps("shop", 100, "10m", "16Mi", func(p *intent.Pods) { p.Services = 700 })
		}},
		{"ztunnel's limits and its load", func(c *cluster) {
			c.pool("node", 2, "16", "64Gi").ztunnel("50m", "64Mi")
			c.mesh.Ztunnel.Resources.Limits = intent.ResourceList{CPU: "100m", Memory: "8Mi"}
			c.limit("ztunnel", "100m", "8Mi")
			c.apps("shop", 4, "10m", "16Mi", func(p *intent.Pods) { p.RequestRate = 8000 })
		}},
		{"a gateway's limits and what its routes bring", func(c *cluster) {
			c.pool("node", 2, "16", "64Gi").gateway("public", 2, "100m", "40Mi", "")
			c.mesh.Gateways[0].Resources.Limits = small
			c.limit("public", "100m", "50Mi")
			c.apps("shop", 4, "10m", "16Mi", func(p *intent.Pods) { p.RequestRate = 3000 })
			c.apps("till", 1, "10m", "16Mi", func(p *intent.Pods) { p.RequestRate = 9000 })
			shop := model.Service{Name: "web", Namespace: "shop"}
			c.mesh.Routes = []model.Route{{Name: "web", Gateway: &c.mesh.Gateways[0], Rules: []model.RouteRule{{To: []model.Destination{{Service: &shop, Weight: 1}}}}}}
		}},
		{"limits that a patch set", func(c *cluster) {
			c.pool("node", 2, "16", "64Gi").gateway("public", 2, "100m", "40Mi", "")
			c.limit("public", "100m", "50Mi")
			c.objects[len(c.objects)-1].Origin.Patches = []string{"tight"}
			c.apps("shop", 4, "10m", "16Mi", func(p *intent.Pods) { p.RequestRate = 3000 })
			shop := model.Service{Name: "web", Namespace: "shop"}
			c.mesh.Routes = []model.Route{{Name: "web", Gateway: &c.mesh.Gateways[0], Rules: []model.RouteRule{{To: []model.Destination{{Service: &shop, Weight: 1}}}}}}
		}},
		{"limits below what an idle process takes", func(c *cluster) {
			c.pool("node", 2, "16", "64Gi").istiod(1, "10m", "16Mi", "").limit("istiod", "20m", "24Mi")
			c.gateway("public", 1, "5m", "16Mi", "").limit("public", "5m", "24Mi").ztunnel("5m", "8Mi").limit("ztunnel", "36m", "29Mi")
		}},
		{"a budget without nodes", func(c *cluster) {
			c.mesh.Budget = &intent.Budget{Share: intent.Share{Memory: 0.2}}
		}},
		{"an empty budget without nodes", func(c *cluster) { c.mesh.Budget = &intent.Budget{} }},
		{"nodes that keep all they have", func(c *cluster) {
			c.pool("node", 1, "1", "2Gi", func(p *model.Pool) { p.Reserved = &intent.ResourceList{CPU: "1", Memory: "1Gi"} })
			c.pool("other", 1, "1", "2Gi", func(p *model.Pool) { p.Reserved = &intent.ResourceList{Memory: "4Gi"} })
		}},
		{"a label that is nearly the nodes'", func(c *cluster) {
			c.pool("disk", 2, "4", "4Gi", func(p *model.Pool) { p.Labels = map[string]string{"disk": "ssd"} })
			c.istiod(1, "100m", "128Mi", "      nodeSelector: {disk: sdd}\n")
		}},
		{"a label that is nothing like the nodes'", func(c *cluster) {
			c.pool("disk", 2, "4", "4Gi", func(p *model.Pool) { p.Labels = map[string]string{"disk": "ssd"} })
			c.istiod(1, "100m", "128Mi", "      nodeSelector: {disk: spinning}\n")
		}},
		{"a Service for whose pool ServiceLB has no node", func(c *cluster) {
			c.mesh.Cluster.LoadBalancer = "servicelb"
			c.pool("a", 1, "4", "4Gi", lbPool("a")).pool("b", 2, "4", "4Gi", lbPool("b")).pool("plain", 1, "4", "4Gi")
			c.yaml("", service("public", "a")).yaml("", service("admin", "zz"))
		}},
		{"pools of Services while no node is chosen", func(c *cluster) {
			c.mesh.Cluster.LoadBalancer = "servicelb"
			c.pool("node", 1, "4", "4Gi").yaml("", service("public", "a"))
		}},
		{"a Service while ServiceLB is off on all nodes", func(c *cluster) {
			c.mesh.Cluster.LoadBalancer = "servicelb"
			c.pool("node", 1, "4", "4Gi", func(p *model.Pool) {
				p.Labels = map[string]string{"svccontroller.k3s.cattle.io/enablelb": "false"}
			}).yaml("", service("public", ""))
		}},
		{"a port that a pod of the node's network has", func(c *cluster) {
			c.mesh.Cluster.LoadBalancer = "servicelb"
			c.pool("node", 1, "4", "4Gi").yaml("", service("public", ""))
			c.yaml("", "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: own, namespace: default}\nspec: {selector: {matchLabels: {app: own}}, template: {metadata: {labels: {app: own}}, spec: {hostNetwork: true, containers: [{name: main, image: x, ports: [{containerPort: 443}]}]}}}\n")
		}},
		{"three gateways on the ports of ServiceLB", func(c *cluster) {
			c.mesh.Cluster.LoadBalancer = "servicelb"
			c.pool("node", 1, "4", "4Gi")
			for _, name := range []string{"b", "c", "a"} { // c is the last by name, which here stands for the last that was written
				c.mesh.Gateways = append(c.mesh.Gateways, model.Gateway{Name: name, Path: "gateways." + name})
				c.yaml("gateway-"+name, service(name, ""))
			}
		}},
		{"a Gateway of a manifest on the port of a gateway", func(c *cluster) {
			c.mesh.Cluster.LoadBalancer = "servicelb"
			c.mesh.Gateways = []model.Gateway{{Name: "public", Path: "gateways.public"}}
			c.pool("node", 1, "4", "4Gi").yaml("gateway-public", service("public", ""))
			text := "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: own, namespace: shop}\nspec:\n  gatewayClassName: istio\n  listeners:\n  - {name: http, port: 80, protocol: HTTP}\n  - {name: https, port: 443, protocol: HTTPS}\n"
			c.yaml("", text)
			c.objects[len(c.objects)-1].Origin.Component = "manifest-own"
			c.mesh.Manifests = []model.Manifest{{Name: "own", Path: "manifests.own", Manifest: intent.Manifest{File: "overlays/own.yaml", Text: []byte(text)}}}
		}},
		{"one small machine with sidecars", func(c *cluster) {
			c.pool("node", 1, "1", "2Gi").istiod(1, "50m", "128Mi", "")
			c.mesh.Mode = intent.Sidecar
		}},
		{"one machine of nearly 4 GiB with sidecars", func(c *cluster) {
			c.pool("node", 1, "2", "3600Mi").istiod(1, "50m", "128Mi", "")
			c.mesh.Mode = intent.Sidecar
		}},
		{"small machines that are enough together", func(c *cluster) {
			c.pool("node", 4, "1", "1Gi").istiod(1, "50m", "128Mi", "")
			c.mesh.Mode = intent.Sidecar
		}},
		{"too small for sidecars and for istiod", func(c *cluster) {
			c.pool("node", 1, "1", "1Gi").istiod(1, "500m", "2Gi", "")
			c.mesh.Mode = intent.Sidecar
		}},
		{"39 bits of address everywhere", func(c *cluster) {
			c.pool("pi", 2, "4", "8Gi", arm, func(p *model.Pool) { p.VABits = 39 }).istiod(1, "50m", "128Mi", "").ztunnel("50m", "64Mi")
			c.gateway("public", 1, "50m", "64Mi", "")
		}},
		{"39 bits of address beside labelled arm64", func(c *cluster) {
			c.pool("pi", 2, "4", "8Gi", arm, func(p *model.Pool) { p.VABits = 39 })
			c.pool("rock", 1, "4", "8Gi", arm, func(p *model.Pool) { p.Labels = map[string]string{"board": "rock"} })
			c.gateway("public", 1, "50m", "64Mi", "")
		}},
		{"39 bits of address that nothing of Envoy reaches", func(c *cluster) {
			c.pool("pi", 2, "4", "8Gi", arm, func(p *model.Pool) { p.VABits = 39 }).pool("x86", 1, "4", "8Gi")
			c.istiod(1, "50m", "128Mi", "").gateway("public", 1, "50m", "64Mi", "      nodeSelector: {kubernetes.io/arch: amd64}\n")
		}},
		{"pages of 16 KiB under ztunnel", func(c *cluster) {
			c.pool("pi5", 1, "4", "8Gi", arm, func(p *model.Pool) { p.PageSize = 16 }).ztunnel("50m", "64Mi").gateway("public", 1, "50m", "64Mi", "")
		}},
		{"pages of 16 KiB under a ztunnel without jemalloc", func(c *cluster) {
			c.pool("pi5", 1, "4", "8Gi", arm, func(p *model.Pool) { p.PageSize = 16 }).ztunnel("50m", "64Mi")
			c.mesh.Istio = model.Istio{Version: "1.30.3", Minor: 30}
		}},
		{"pages of 64 KiB under Envoy", func(c *cluster) {
			c.pool("altra", 1, "4", "8Gi", arm, func(p *model.Pool) { p.PageSize = 64 }).gateway("public", 1, "50m", "64Mi", "")
		}},
		{"modules that ambient needs", func(c *cluster) {
			c.pool("node", 1, "4", "8Gi", func(p *model.Pool) { p.Kernel.Missing = []string{"ip_set", "xt_owner", "iptable_raw"} }).ztunnel("50m", "64Mi")
		}},
		{"modules that sidecars need for DNS", func(c *cluster) {
			c.pool("node", 1, "4", "8Gi", func(p *model.Pool) { p.Kernel.Missing = []string{"ip_set", "iptable_raw"} }).apps("shop", 1, "10m", "16Mi")
			c.mesh.Namespaces[0].Mode = intent.Sidecar
			c.mesh.Proxy.DNS.Capture = true
		}},
		{"modules that nothing needs there", func(c *cluster) {
			c.pool("node", 1, "4", "8Gi", func(p *model.Pool) { p.Kernel.Missing = []string{"ip_set", "iptable_raw"} }).apps("shop", 1, "10m", "16Mi")
			c.mesh.Namespaces[0].Mode = intent.Sidecar
		}},
		{"nftables on an old kernel", func(c *cluster) {
			c.pool("node", 1, "4", "8Gi", func(p *model.Pool) {
				p.Kernel.Version = "5.4.0-91-generic"
				p.Kernel.Missing = []string{"nft_nat", "xt_owner"}
			}).ztunnel("50m", "64Mi")
			c.mesh.Values.CNI = map[string]any{"global": map[string]any{"nativeNftables": true}}
		}},
		{"nftables on a new kernel", func(c *cluster) {
			c.pool("node", 1, "4", "8Gi", func(p *model.Pool) { p.Kernel.Version = "6.8" }).ztunnel("50m", "64Mi")
			c.mesh.Values.CNI = map[string]any{"global": map[string]any{"nativeNftables": true}}
		}},
	})
}

// lbPool gives the nodes of a pool to a pool of ServiceLB.
func lbPool(name string) func(*model.Pool) {
	return func(p *model.Pool) {
		p.Labels = map[string]string{"svccontroller.k3s.cattle.io/enablelb": "true", "svccontroller.k3s.cattle.io/lbpool": name}
	}
}

// service is a Service of port 443, of a pool of ServiceLB if it has a name.
func service(name, pool string) string {
	return fmt.Sprintf("apiVersion: v1\nkind: Service\nmetadata: {name: %s, namespace: default, labels: {svccontroller.k3s.cattle.io/lbpool: %q}}\nspec: {type: LoadBalancer, ports: [{port: 443}]}\n", name, pool)
}

func arm(p *model.Pool) { p.Arch = "arm64" }

// TestUndeclared: a cluster that declares no nodes still says what will run.
func TestUndeclared(t *testing.T) {
	c := newCluster(t).istiod(1, "500m", "2Gi", "").ztunnel("200m", "512Mi").apps("shop", 3, "100m", "64Mi")
	r, text := c.check()
	if text != "" || r.Declared {
		t.Fatalf("declared %v, and says:\n%s", r.Declared, text)
	}
	var got []string
	for _, w := range r.Workloads {
		got = append(got, fmt.Sprintf("%s %s: %d to %d, %v", w.Role, w.Name, w.Min, w.Max, w.Requests))
	}
	want := []string{
		"platform coredns: 1 to 1, {100 73400320}", "istiod istiod: 1 to 1, {500 2147483648}",
		"ztunnel ztunnel: 0 to 0, {200 536870912}", "application applications: 3 to 3, {100 67108864}",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
