package render_test

import (
	"fmt"
	"testing"
	"testing/fstest"

	"github.com/meshgen/meshgen/internal/render"
)

// fleet is a repository of n clusters of the ambient set, which differ in their
// values; test/bench measures the command on one like it.
func fleet(n int) fstest.MapFS {
	files := fstest.MapFS{
		"cue.mod/module.cue": {Data: []byte("module: \"bench.example.com@v0\"\nlanguage: version: \"v0.16.0\"\n")},
		"overlays/mesh.cue": {Data: []byte(`@experiment(explicitopen)

package mesh

import "meshgen.dev/schema"

schema.#Mesh

mode: "ambient"
cluster: {platform: "k3s", kubernetes: "1.35", disabled: ["traefik"]}
mtls: stage: "strict"
`)},
	}
	for i := range n {
		files[fmt.Sprintf("overlays/cluster-%04d/mesh.cue", i)] = &fstest.MapFile{Data: fmt.Appendf(nil, `package mesh

controlPlane: resources: requests: memory: "%dMi"
dataPlane: {
	cni: resources: requests: memory:     "%dMi"
	ztunnel: resources: requests: memory: "%dMi"
}
gateways: public: {
	replicas: %d
	servers: web: {hosts: ["%d.example.com"], tls: secret: "web"}
}
`, 256+i, 64+i, 96+i, 1+i%3, i)}
	}
	return files
}

// BenchmarkCompile compiles fleets as a cold process does: nothing is kept from
// one compilation to the next.
func BenchmarkCompile(b *testing.B) {
	for _, n := range []int{1, 50} {
		b.Run(fmt.Sprintf("%d", n), func(b *testing.B) {
			files := fleet(n)
			b.ReportAllocs()
			for b.Loop() {
				out, list, err := render.Compile(b.Context(), render.Input{FS: files, Parallel: 2, Version: "bench"})
				if err != nil {
					b.Fatal(err)
				}
				if list.HasErrors() || len(out.Clusters) != n {
					b.Fatalf("%d of %d clusters compiled: %+v", len(out.Clusters), n, list)
				}
			}
		})
	}
}
