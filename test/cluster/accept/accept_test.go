package accept

import (
	"path/filepath"
	"testing"

	_ "github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/test/cluster/kube"
)

func TestMain(m *testing.M) { kube.Main(m, kube.ControlPlane...) }

func TestOne(t *testing.T) {
	c := kube.Start(t, kube.Options{})
	c.AddNodes(t, kube.Node("node-1", "4", "8Gi"))
	t.Log("nodes")
	for _, l := range kube.Layers(t, filepath.Join(kube.Root(), "rendered", "edge-berlin")) {
		t.Log(l.Name)
		c.ApplyAll(t, "kustomize-controller", l.Objects)
		if l.Name == "20-control-plane" {
			c.StartIstiod(t, "")
			t.Log("istiod")
		}
	}
}
