package fit

import (
	"slices"
	"testing"

	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

// TestRoomy: what of the sizes at their least can have more, one after the other.
func TestRoomy(t *testing.T) {
	requests := func(cpu, memory string) intent.Resources {
		return intent.Resources{Requests: intent.ResourceList{CPU: cpu, Memory: memory}}
	}
	least := func(path string, now, roomy intent.Resources) model.Sizing {
		return model.Sizing{Path: path, Size: intent.Auto, Resources: now, Roomy: roomy, Least: true}
	}
	for _, test := range []struct {
		name   string
		memory string // of the node, of which the updates of istiod and of the gateway need a second pod's
		want   []string
	}{
		{"for nothing", "560Mi", nil},
		{"for the gateway, because istiod's update would not fit", "700Mi", []string{"gateways.public"}},
		{"for istiod, and then not for the gateway", "920Mi", []string{"controlPlane"}},
		{"for both", "2Gi", []string{"controlPlane", "gateways.public"}},
	} {
		c := newCluster(t).pool("node", 1, "4", test.memory).istiod(1, "50m", "192Mi", "").gateway("public", 1, "50m", "64Mi", "")
		c.mesh.Sizings = []model.Sizing{
			least("controlPlane", requests("50m", "192Mi"), requests("100m", "384Mi")),
			least("gateways.public", requests("50m", "64Mi"), requests("100m", "128Mi")),
		}
		r, text := c.check()
		if text != "" || !slices.Equal(r.Roomy, test.want) {
			t.Errorf("%s: want %v, got %v\n%s", test.name, test.want, r.Roomy, text)
		}
	}
}
