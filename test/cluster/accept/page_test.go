package accept

import (
	"fmt"
	"testing"

	"github.com/meshgen/meshgen/test/cluster/kube"
	"github.com/meshgen/meshgen/test/cluster/mesh"
	"github.com/meshgen/meshgen/test/cluster/report"
)

// TestPage writes what came out. It needs the other tests, which stand in files
// before this one in the alphabet, and so run before it.
func TestPage(t *testing.T) {
	clusters := report.Table{Head: []string{"cluster", "rendered for Kubernetes", "objects", "refused", "applied again"}}
	for _, m := range mesh.Clusters(t) {
		row, ok := accepted.Load(m.Name)
		if !ok {
			t.Errorf("%s was not accepted", m.Name)
			continue
		}
		clusters.Rows = append(clusters.Rows, row.([]string))
	}
	if len(verdicts) == 0 || broke == 0 {
		t.Error("single objects were not tried")
	}
	report.Section(t, "accept", fmt.Sprintf(`Kubernetes %s, Istio %s. Every cluster of rendered/ and of the golden cases, layer by layer, by server-side apply, with istiod's webhooks, and then once more:

%s
%d objects were made from valid ones by breaking each of their fields in each way that fits it. The cluster refuses %d of them. Meshgen refuses the same, but for %d, which test/cluster/accept/testdata/open.txt names.

Broken objects of the compiler's own tests:

%s`, kube.KubernetesVersion, kube.IstioVersion, clusters, broke, brokeRefused, stillOpen, brokenTable()))
}
