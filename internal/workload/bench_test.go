package workload_test

import (
	"testing"

	"github.com/meshgen/meshgen/internal/hardware"
	"github.com/meshgen/meshgen/internal/workload"
)

// BenchmarkOf is one cluster: it has to be small beside the rendering of it.
func BenchmarkOf(b *testing.B) {
	made := newBuilder(b)
	m := made.mesh(b, "edge-berlin")
	objects := made.objects(b, m)
	nodes := hardware.Nodes(m.Cluster)
	for b.Loop() {
		workload.Of(m, objects, nodes)
	}
}
