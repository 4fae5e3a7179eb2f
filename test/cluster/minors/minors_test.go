package minors

import (
	"fmt"
	"strings"
	"testing"

	"github.com/meshgen/meshgen/test/cluster/kube"
	"github.com/meshgen/meshgen/test/cluster/mesh"
	"github.com/meshgen/meshgen/test/cluster/report"
	"github.com/meshgen/meshgen/test/cluster/twice"
)

// minors are the minors, oldest first.
var minors = []string{"1.32", "1.33"}

func TestMain(m *testing.M) {
	programs := []kube.Program{kube.Kwok, kube.Istiod}
	for _, minor := range kube.Minors() { // TestSince wants all
		programs = append(programs, kube.KubernetesOf(minor))
	}
	kube.Main(m, programs...)
}

func TestMinors(t *testing.T) {
	var runs []twice.Run
	var releases []string
	for _, minor := range minors {
		releases = append(releases, kube.Release(minor))
		for _, m := range mesh.On(t, minor) {
			runs = append(runs, twice.Run{Cluster: m, On: minor})
		}
	}
	table := twice.All(t, runs)
	report.Section(t, "minors", fmt.Sprintf("Kubernetes %s, Istio %s. The clusters of the golden case intents, rendered for each, in the same way as above:\n\n%s",
		strings.Join(releases, ", "), kube.IstioVersion, table))
}
