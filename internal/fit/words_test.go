package fit

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

// TestWords compares what is said of one thing and of several with
// testdata/words.txt: each sentence has to be one that a person would write.
func TestWords(t *testing.T) {
	var cases []named
	add := func(name string, make func(c *cluster)) { cases = append(cases, named{name, make}) }
	for _, n := range []int{1, 2, 3} {
		add(fmt.Sprintf("%d of %d pods without a node", n, n), func(c *cluster) {
			c.pool("node", n, "2", "2Gi").apps("till", n, "100m", "4Gi")
		})
		add(fmt.Sprintf("%d pods that no node takes", n), func(c *cluster) {
			c.pool("node", n, "2", "2Gi").apps("till", n, "100m", "64Mi")
			c.mesh.Namespaces[0].Scheduling.NodeSelector = map[string]string{"disk": "ssd"}
		})
		add(fmt.Sprintf("%d pods that node agents push off", n), func(c *cluster) {
			c.pool("node", n, "2", "2Gi").apps("till", n, "100m", "1800Mi").ztunnel("100m", "512Mi")
		})
		add(fmt.Sprintf("%d pods of a higher priority", n), func(c *cluster) {
			c.pool("node", 1, "2", "2Gi").apps("shop", n, "10m", "64Mi").yaml("", own("big", 1, "      priorityClassName: system-cluster-critical\n")).yaml("", deployment("small", n, "10m", "1900Mi", ""))
		})
		add(fmt.Sprintf("%d nodes with different pods", n), func(c *cluster) {
			c.pool("node", n, "2", "1Gi").istiod(1, "100m", "600Mi", "").apps("till", 1, "10m", "600Mi").gateway("public", n+1, "10m", "500Mi", "")
		})
		add(fmt.Sprintf("agents on %d nodes without room", n), func(c *cluster) {
			c.pool("node", n, "2", "256Mi").ztunnel("100m", "512Mi")
		})
		add(fmt.Sprintf("%d replicas at most", n), func(c *cluster) {
			c.pool("node", 1, "2", "1Gi").gateway("public", 1, "10m", "500Mi", "").scaled(1, n+1)
		})
		add(fmt.Sprintf("budgets %d to many", n), func(c *cluster) {
			c.pool("node", 2, "2", "2Gi").gateway("public", 2, "10m", "64Mi", "")
			for k := range n + 1 {
				c.budget("gateway-public", fmt.Sprintf("budget-%d", k+1), "public", "maxUnavailable: 1")
			}
		})
		add(fmt.Sprintf("%d seconds on a node that throws pods out", n), func(c *cluster) {
			c.pool("node", n, "2", "2Gi", func(p *model.Pool) {
				p.Taints = []intent.Taint{{Key: "drain", Value: "yes", Effect: string(corev1.TaintEffectNoExecute)}}
			})
			c.yaml("", own("x", n, fmt.Sprintf("      tolerations: [{key: drain, operator: Exists, effect: NoExecute, tolerationSeconds: %d}]\n", n)))
		})
		add(fmt.Sprintf("%d requests, services and claims", n), func(c *cluster) {
			c.pool("node", n, "4", "8Gi").istiod(1, "10m", "128Mi", "").limit("istiod", "10m", "128Mi")
			c.gateway("public", 1, "1m", "40Mi", "").limit("public", "1m", "41Mi")
			c.apps("till", n, "10m", "16Mi", func(p *intent.Pods) { p.Services, p.RequestRate = n, float64(n) })
			web := model.Service{Name: "web", Namespace: "till"}
			c.mesh.Routes = []model.Route{{Name: "web", Gateway: &c.mesh.Gateways[0], Rules: []model.RouteRule{{To: []model.Destination{{Service: &web, Weight: 1}}}}}}
			claims := ""
			for k := range n {
				claims += fmt.Sprintf("{name: gpu-%d, resourceClaimTemplateName: gpu}, ", k+1)
			}
			c.yaml("", own("x", n, "      resourceClaims: ["+claims+"]\n"))
		})
		add(fmt.Sprintf("pools of %d", n), func(c *cluster) {
			c.pool("pi", n, "4", "8Gi", arm, func(p *model.Pool) {
				p.VABits = 39
				p.Kernel.Version, p.Kernel.Missing = "5.4", []string{"nft_nat", "nft_ct"}[:min(n, 2)]
			}).ztunnel("50m", "64Mi").gateway("public", n, "50m", "64Mi", "")
			c.mesh.Values.CNI = map[string]any{"global": map[string]any{"nativeNftables": true}}
		})
		add(fmt.Sprintf("pools of %d that keep all", n), func(c *cluster) {
			c.pool("node", n, "1", "2Gi", func(p *model.Pool) { p.Reserved = &intent.ResourceList{CPU: "1"} })
		})
		add(fmt.Sprintf("servers, %d of them", n), func(c *cluster) {
			c.pool("server", n, "1", "1Gi", func(p *model.Pool) { p.Role = "server" }).apps("till", 2*n, "10m", "600Mi")
		})
		add(fmt.Sprintf("a budget of the mesh and %d sidecars", n), func(c *cluster) {
			c.pool("node", 1, "4", "4Gi").istiod(1, "100m", "128Mi", "").gateway("public", n, "10m", "64Mi", "")
			c.mesh.Budget = &intent.Budget{PerNode: intent.ResourceList{Memory: "100Mi"}}
		})
	}
	compare(t, "testdata/words.txt", cases)
}
