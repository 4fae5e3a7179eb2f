package accept

import (
	"slices"
	"testing"

	"github.com/meshgen/meshgen/test/cluster/kube"
	"github.com/meshgen/meshgen/test/cluster/mesh"
	"github.com/meshgen/meshgen/test/cluster/report"
	"github.com/meshgen/meshgen/test/cluster/twice"
)

// older are the minors of Kubernetes, oldest first, that clusters are of beside
// the newest. Suite minors has the others.
var older = []string{"1.34", "1.35"}

func TestMain(m *testing.M) {
	programs := append(slices.Clone(kube.ControlPlane), kube.Istioctl)
	for _, minor := range older {
		programs = append(programs, kube.KubernetesOf(minor))
	}
	kube.Main(m, programs...)
}

// accepted is what came of the clusters, of which so many were tried.
var (
	accepted report.Table
	tried    int
)

// TestClusters tries every cluster on the newest Kubernetes, and those that are
// rendered for an older minor on that as well, which may lack what the newest has.
func TestClusters(t *testing.T) {
	var runs []twice.Run
	clusters := mesh.Clusters(t)
	for _, on := range append([]string{kube.Newest()}, older...) {
		none := true
		for _, m := range clusters {
			if m.Kubernetes == on || on == kube.Newest() {
				runs, none = append(runs, twice.Run{Cluster: m, On: on}), false
			}
		}
		if none {
			t.Errorf("no cluster is of Kubernetes %s: it belongs into suite minors", on)
		}
	}
	for _, m := range clusters {
		if m.Kubernetes != kube.Newest() && !slices.Contains(older, m.Kubernetes) {
			t.Errorf("%s is of Kubernetes %s, which is not run: add it to older", m.Name, m.Kubernetes)
		}
	}
	tried = len(runs)
	accepted = twice.All(t, runs)
}
