package render

import (
	"os"
	"testing"

	"github.com/meshgen/meshgen/internal/fit"
	"github.com/meshgen/meshgen/internal/load"
)

// BenchmarkFit holds each of the repository's own clusters against its nodes.
func BenchmarkFit(b *testing.B) {
	c, err := newCompiler("bench")
	if err != nil {
		b.Fatal(err)
	}
	c.source, _ = load.Open(os.DirFS("../.."))
	for _, loaded := range c.source.Load(c.source.Clusters()) {
		built, err := c.stages(loaded, likely)
		if err != nil || built.list.HasErrors() {
			b.Fatal(err, built.list)
		}
		b.Run(loaded.Cluster, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, list := fit.Check(built.mesh, built.overlay.Objects, fit.Around{Later: built.intent.Later}); list.HasErrors() {
					b.Fatal(list)
				}
			}
		})
	}
}
