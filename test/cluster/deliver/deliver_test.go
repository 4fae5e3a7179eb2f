package deliver

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/meshgen/meshgen/test/cluster/kube"
	"github.com/meshgen/meshgen/test/cluster/report"
)

func TestMain(m *testing.M) {
	kube.Main(m, append(kube.ControlPlane, kube.KustomizeController, kube.ArgoCDController)...)
}

// rows are what came of the clusters, by name.
var rows sync.Map

// delivered returns the clusters of rendered/ whose delivery's root has a kind.
func delivered(t *testing.T, kind string) []string {
	t.Helper()
	roots, err := filepath.Glob(filepath.Join(kube.Root(), "rendered", "*", "delivery"))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, r := range roots {
		for _, o := range kube.Kustomize(t, r) {
			if o.GetKind() == kind {
				out = append(out, filepath.Base(filepath.Dir(r)))
				break
			}
		}
	}
	if len(out) == 0 {
		t.Fatalf("no cluster is delivered by a %s", kind)
	}
	return out
}

// TestZCompatibility writes what came out. It stands last, and needs the others.
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
