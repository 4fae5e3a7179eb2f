package accept

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/meshgen/meshgen/test/cluster/kube"
	"github.com/meshgen/meshgen/test/cluster/report"
)

// TestPage writes what came out. It needs the other tests, which stand in files
// before this one in the alphabet, and so run before it.
func TestPage(t *testing.T) {
	if tried == 0 || len(accepted.Rows) != tried {
		t.Error("a cluster was not accepted")
	}
	if len(verdicts) == 0 || broke == 0 {
		t.Error("single objects were not tried")
	}
	var releases []string
	for _, minor := range append(slices.Clone(older), kube.Newest()) {
		releases = append(releases, kube.Release(minor))
	}
	report.Section(t, "accept", fmt.Sprintf(`Kubernetes %s, Istio %s. Every cluster of rendered/ and of the golden cases, layer by layer, by server-side apply, with istiod's webhooks, and then once more. All run on the newest Kubernetes; those that are rendered for an older one of the above run on that too:

%s
On Kubernetes %s, %d objects were made from valid ones by breaking each of their fields in each way that fits it. The cluster refuses %d of them. Meshgen refuses the same, but for %d, which test/cluster/accept/testdata/open.txt names.

Broken objects of the compiler's own tests:

%s`, strings.Join(releases, ", "), kube.IstioVersion, accepted, kube.KubernetesVersion, broke, brokeRefused, stillOpen, brokenTable()))
}
