package deliver

import (
	"fmt"
	"strings"
	"testing"

	"github.com/meshgen/meshgen/test/cluster/kube"
	"github.com/meshgen/meshgen/test/cluster/report"
)

// TestZCompatibility writes what came out. It runs last, by the
// name of its file, and needs the others.
func TestZCompatibility(t *testing.T) {
	table := report.Table{Head: []string{"cluster", "by", "layers", "objects", "brought up", "reconciled again", "changed by hand", "taken out of the tree"}}
	for _, name := range append(delivered(t, "Kustomization"), delivered(t, "Application")...) {
		row, ok := rows.Load(name)
		if !ok {
			t.Errorf("%s was not delivered", name)
			continue
		}
		table.Rows = append(table.Rows, row.([]string))
	}
	report.Section(t, "deliver", fmt.Sprintf(`Kubernetes %s, Istio %s, Flux's kustomize-controller %s, Argo CD's application controller %s. Every cluster of rendered/, from its delivery/root.yaml alone:

%s`, kube.KubernetesVersion, kube.IstioVersion, kube.FluxVersion, kube.ArgoCDVersion, strings.TrimSpace(table.String()))+"\n")
}
