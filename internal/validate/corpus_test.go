package validate_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
	"github.com/meshgen/meshgen/internal/validate"
)

// corpus returns the objects of every rendered cluster and golden case, by
// cluster.
func corpus(t testing.TB) map[string][]object.Object {
	t.Helper()
	clusters := map[string][]object.Object{}
	for _, root := range []string{"../../rendered", "../../testdata/golden/*/want"} {
		found, err := filepath.Glob(root)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v", root, err)
		}
		for _, dir := range found {
			crds := read(t, filepath.Join(dir, "shared"))
			names, _ := filepath.Glob(filepath.Join(dir, "*"))
			for _, cluster := range names {
				if filepath.Base(cluster) != "shared" {
					clusters[cluster] = append(read(t, cluster), crds...)
				}
			}
		}
	}
	return clusters
}

func read(t testing.TB, dir string) []object.Object {
	t.Helper()
	var objects []object.Object
	filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		base := filepath.Base(path)
		if err != nil || info.IsDir() || filepath.Ext(path) != ".yaml" || base == "kustomization.yaml" || strings.Contains(path, "/host/") {
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		docs, err := object.Parse(data)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range docs {
			o, err := object.Object{Value: d}.Encoded()
			if err != nil {
				t.Fatal(err)
			}
			objects = append(objects, o)
		}
		return nil
	})
	return objects
}

// TestCorpus: what meshgen renders is fine.
func TestCorpus(t *testing.T) {
	v := validate.New()
	for cluster, objects := range corpus(t) {
		for _, minor := range []model.Minor{32, 36} {
			m := model.Mesh{}
			m.Cluster.Kubernetes = minor
			findings, err := v.Objects(m, objects)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range findings {
				t.Errorf("%s: %s (%s)\n\t%s", cluster, f.Message, f.Code, f.Suggestion)
			}
		}
	}
}
