package refs_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
	"github.com/meshgen/meshgen/internal/refs"
)

// BenchmarkObjects watches what one cluster costs: the ambient one of the
// repository, with its CRDs.
func BenchmarkObjects(b *testing.B) {
	var objects []object.Object
	for _, folder := range []string{"pi-cluster", "shared"} {
		err := filepath.WalkDir(filepath.Join("../../rendered", folder), func(name string, entry os.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".yaml") || strings.Contains(name, "/delivery/") || strings.Contains(name, "/host/") || strings.HasSuffix(name, "kustomization.yaml") {
				return err
			}
			text, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			docs, err := object.Parse(text)
			for _, doc := range docs {
				objects = append(objects, object.Object{Value: doc})
			}
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	if len(objects) < 50 {
		b.Fatalf("only %d objects", len(objects))
	}
	mesh := model.Mesh{Cluster: model.Cluster{Kubernetes: 35}, Istio: model.Istio{Version: "1.31.1", Minor: 31}, Ambient: true}
	b.ReportAllocs()
	for b.Loop() {
		refs.Objects(mesh, objects, true)
	}
}
