package validate_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
	"github.com/meshgen/meshgen/internal/validate"
)

// crds are the definitions of the Istio that meshgen renders.
func crds(t *testing.T) []object.Object {
	t.Helper()
	found := read(t, "../../rendered/shared")
	for i := range found {
		found[i].Origin.Chart = "base"
	}
	return found
}

func newest() model.Mesh {
	var m model.Mesh
	m.Cluster.Kubernetes = 36
	return m
}

// TestBroken: each file of testdata/broken holds one object, and above it the
// whole of what is wrong with it. What a Kubernetes 1.36 with istiod 1.31 says
// to each is test/cluster's to ask.
func TestBroken(t *testing.T) {
	v, known := validate.New(), crds(t)
	files, _ := filepath.Glob("testdata/broken/*.yaml")
	if len(files) < 50 {
		t.Fatalf("%d files", len(files))
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var want, rest []string
			for _, line := range strings.SplitAfter(string(data), "\n") {
				if strings.HasPrefix(line, "#") {
					want = append(want, line)
				} else {
					rest = append(rest, line)
				}
			}
			docs, err := object.Parse(data)
			if err != nil || len(docs) != 1 {
				t.Fatalf("%d objects, %v", len(docs), err)
			}
			found, err := v.Objects(newest(), append([]object.Object{{Value: docs[0]}}, known...))
			if err != nil {
				t.Fatal(err)
			}
			var got strings.Builder
			for _, f := range found {
				severity := ""
				if f.Warning {
					severity = "warning: "
				}
				fmt.Fprintf(&got, "# %s%s (%s)\n#     try: %s\n", severity, f.Message, f.Code, f.Suggestion)
			}
			if len(found) == 0 {
				t.Error("nothing is found wrong")
			}
			if os.Getenv("MESHGEN_UPDATE") != "" {
				if err := os.WriteFile(file, []byte(got.String()+strings.Join(rest, "")), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(strings.Join(want, ""), got.String()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestValid: objects that use most fields of their kinds, and that a Kubernetes
// 1.36 with istiod 1.31 takes, are fine.
func TestValid(t *testing.T) {
	v, known := validate.New(), crds(t)
	files, _ := filepath.Glob("testdata/valid/*.yaml")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		docs, err := object.Parse(data)
		if err != nil || len(docs) == 0 {
			t.Fatalf("%s: %d objects, %v", file, len(docs), err)
		}
		for _, d := range docs {
			found, err := v.Objects(newest(), append([]object.Object{{Value: d}}, known...))
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range found {
				if !f.Warning { // of fields that it takes and drops
					t.Errorf("%s: %s (%s)", file, f.Message, f.Code)
				}
			}
		}
	}
}
