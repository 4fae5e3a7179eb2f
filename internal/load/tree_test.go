package load_test

import (
	"os"
	"testing"
)

// TestOverlays loads the repository's own clusters without a word.
func TestOverlays(t *testing.T) {
	results, list := everything(os.DirFS("../.."))
	if len(list) > 0 {
		t.Fatalf("the repository's overlays have problems:\n%s", text(list))
	}
	for _, r := range results {
		if r.Intent == nil || r.Intent.Mesh.Cluster.Name != r.Cluster {
			t.Errorf("cluster %s has no intent of its name", r.Cluster)
		}
	}
}
