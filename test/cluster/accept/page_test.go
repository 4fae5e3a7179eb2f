package accept

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/meshgen/meshgen/test/cluster/kube"
	"github.com/meshgen/meshgen/test/cluster/report"
)

// TestPage writes what came out. It needs the other tests, which stand in files
// before this one in the alphabet, and so run before it.
func TestPage(t *testing.T) {
	if _, ok := os.LookupEnv("MESHGEN_KUBERNETES"); ok {
		t.Skip("the page holds what came out on every minor")
	}
	clusters := report.Table{Head: []string{"cluster", "rendered for Kubernetes", "on Kubernetes", "objects", "refused", "applied again"}}
	for _, row := range accepted {
		if row := row(); row != nil {
			clusters.Rows = append(clusters.Rows, row)
		} else {
			t.Error("a cluster was not accepted")
		}
	}
	if len(verdicts) == 0 || broke == 0 {
		t.Error("single objects were not tried")
	}
	var releases []string
	for _, minor := range kube.Minors() {
		releases = append(releases, kube.Release(minor))
	}
	report.Section(t, "accept", fmt.Sprintf(`Kubernetes %s, Istio %s. Every cluster of rendered/ and of the golden cases, layer by layer, by server-side apply, with istiod's webhooks, and then once more. All run on the newest Kubernetes; those that are rendered for an older one of the above run on that too:

%s
On Kubernetes %s, %d objects were made from valid ones by breaking each of their fields in each way that fits it. The cluster refuses %d of them. Meshgen refuses the same, but for %d, which test/cluster/accept/testdata/open.txt names.

Broken objects of the compiler's own tests:

%s`, strings.Join(releases, ", "), kube.IstioVersion, clusters, kube.KubernetesVersion, broke, brokeRefused, stillOpen, brokenTable()))
}
