package mean

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/meshgen/meshgen/test/cluster/kube"
	"github.com/meshgen/meshgen/test/cluster/report"
)

// TestZCompatibility writes what came out. It stands in the last file, because
// tests run in the order of files, and needs the others.
func TestZCompatibility(t *testing.T) {
	table := report.Table{Head: []string{"cluster", "what proxies are told"}}
	for _, cluster := range []string{"edge-berlin", "edge-lagos", "edge-oslo", "production", "pi-cluster", "development", "any-host/chart", "any-host/gateway-api", "egress-forms/box", "testdata", "testdata-ambient"} {
		subjects := held.subjects[cluster]
		if len(subjects) == 0 {
			t.Errorf("nothing was held against the intent of %s", cluster)
		}
		subjects = slices.Compact(slices.Sorted(slices.Values(subjects)))
		table.Rows = append(table.Rows, []string{cluster, strings.Join(subjects, "; ")})
	}
	report.Section(t, "mean", fmt.Sprintf("Kubernetes %s, Istio %s. istiod rejected no configuration.\n\n%s", kube.KubernetesVersion, kube.IstioVersion, table))
}
