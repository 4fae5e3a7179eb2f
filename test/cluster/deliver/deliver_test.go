package deliver

import (
	"path/filepath"
	"sync"
	"testing"

	"github.com/meshgen/meshgen/test/cluster/kube"
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
