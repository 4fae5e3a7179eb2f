package kube_test

import (
	"testing"

	"github.com/meshgen/meshgen/test/cluster/kube"
)

func TestMain(m *testing.M) { kube.Main(m, kube.ControlPlane...) }

// TestStart holds that a control plane comes up, and takes nodes.
func TestStart(t *testing.T) {
	c := kube.Start(t, kube.Options{})
	c.AddNodes(t, kube.Node("node-1", "4", "8Gi"))
}
