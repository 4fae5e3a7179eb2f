package fit

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

const apart = `      affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: public}}}]}}
`

// TestQuestions compares all that the fit says of small clusters.
func TestQuestions(t *testing.T) {
	for _, test := range []struct {
		name string
		make func(c *cluster)
		want string
	}{
		{"all is well", func(c *cluster) {
			c.pool("node", 2, "4", "4Gi").istiod(1, "100m", "1Gi", "").ztunnel("100m", "256Mi").apps("shop", 4, "100m", "256Mi")
		}, ""},
		{"two nodes and no room for the update", func(c *cluster) {
			// 2000 - 70 - 1000 leaves 930Mi for a second istiod.
			c.pool("node", 1, "4", "2000Mi").istiod(1, "100m", "1000Mi", "")
		}, `?`},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newCluster(t)
			test.make(c)
			_, got := c.check()
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s\n%s", diff, got)
			}
		})
	}
}

var _ = intent.Ambient
var _ model.Mesh
