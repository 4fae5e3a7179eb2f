// Package mesh is what the suites hold against the real programs: what meshgen
// makes of intents.
package mesh

import (
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/render"
	"github.com/meshgen/meshgen/internal/render/rendertest"
	"github.com/meshgen/meshgen/internal/tree"
	"github.com/meshgen/meshgen/test/cluster/kube"
)

// Cluster is a cluster that meshgen has rendered.
type Cluster struct {
	Name       string // rendered/NAME, or CASE/NAME of a golden case
	Dir        string // the folder; its layers are kube.Layers(t, Dir)
	Kubernetes string // the version that the intent names
}

// Clusters returns every cluster of rendered/, as it is committed, and every
// cluster of the golden cases that compile, compiled into a folder that goes
// when the test ends: what the cases want leaves out the files that clusters
// share.
func Clusters(t testing.TB) []Cluster {
	t.Helper()
	out := found(t, "rendered/", filepath.Join(kube.Root(), "rendered"))
	cases, err := filepath.Glob(filepath.Join(kube.Root(), "testdata", "golden", "*", "in"))
	if err != nil || len(cases) == 0 || len(out) == 0 {
		t.Fatalf("there are no golden cases, or no rendered clusters: %v", err)
	}
	for _, in := range cases {
		made, list := Compile(t, rendertest.Repository(t, os.DirFS(in)))
		if len(made) == 0 {
			if !list.HasErrors() {
				t.Fatalf("%s makes no cluster", in)
			}
			continue // a case of what is refused
		}
		out = append(out, found(t, filepath.Base(filepath.Dir(in))+"/", Write(t, made))...)
	}
	return out
}

// minor is a minor of Kubernetes as an intent names it.
var minor = regexp.MustCompile(`(\bkubernetes:\s*)"[0-9.]+"`)

// On returns the clusters of the golden case intents, the intents of the docs,
// as meshgen compiles them when each is of the same minor of Kubernetes.
func On(t testing.TB, kubernetes string) []Cluster {
	t.Helper()
	files := rendertest.Repository(t, os.DirFS(filepath.Join(kube.Root(), "testdata", "golden", "intents", "in")))
	changed := 0
	for path, file := range files {
		if !strings.HasPrefix(path, "overlays/") {
			continue
		}
		changed += len(minor.FindAll(file.Data, -1))
		files[path] = &fstest.MapFile{Data: minor.ReplaceAll(file.Data, []byte(`${1}"`+kubernetes+`"`))}
	}
	if changed == 0 {
		t.Fatal("the golden case intents names no minor of Kubernetes")
	}
	made, list := Compile(t, files)
	if len(made) == 0 {
		t.Fatalf("nothing is rendered for Kubernetes %s: %v", kubernetes, list)
	}
	return found(t, "intents/", Write(t, made))
}

// found returns the clusters in a rendered folder.
func found(t testing.TB, prefix, dir string) []Cluster {
	t.Helper()
	locks, err := filepath.Glob(filepath.Join(dir, "*", "meshgen.lock"))
	if err != nil {
		t.Fatal(err)
	}
	var out []Cluster
	for _, l := range locks {
		text, err := os.ReadFile(l)
		if err != nil {
			t.Fatal(err)
		}
		var lock struct{ Kubernetes string }
		if err := json.Unmarshal(text, &lock); err != nil {
			t.Fatalf("%s: %v", l, err)
		}
		out = append(out, Cluster{prefix + filepath.Base(filepath.Dir(l)), filepath.Dir(l), lock.Kubernetes})
	}
	return out
}

// Compile compiles a repository, as `meshgen render` and `meshgen vet` do. The
// tree is empty when there are errors.
func Compile(t testing.TB, repository fs.FS) (tree.Tree, diag.List) {
	t.Helper()
	out, list, err := render.Compile(context.Background(), render.Input{FS: repository, Parallel: 2, Version: "0.0.0-test"})
	if err != nil {
		t.Fatal(err)
	}
	return out.Tree, list
}

// Write writes a tree into a folder that goes when the test ends.
func Write(t testing.TB, made tree.Tree) string {
	t.Helper()
	dir := t.TempDir()
	for path, content := range made {
		name := filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
