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
	var got strings.Builder
	for _, test := range []struct {
		name string
		make func(c *cluster)
	}{
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
	} {
		c := newCluster(t)
		test.make(c)
		_, text := c.check()
		fmt.Fprintf(&got, "== %s\n%s", test.name, text)
	}
	const golden = "testdata/questions.txt"
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
