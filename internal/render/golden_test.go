package render_test

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/render"
	"github.com/meshgen/meshgen/internal/render/rendertest"
	"github.com/meshgen/meshgen/internal/tree"
)

const (
	root    = "../.."
	version = "0.1.0" // as cli.Version; the lock files hold it
)

// TestGolden compiles each case of testdata/golden and compares all that it
// gives with what the case wants. MESHGEN_UPDATE=1 writes what it gives; read
// it before you commit it.
//
// The repository itself is the first case: overlays/ is what goes in, rendered/
// what must come out.
func TestGolden(t *testing.T) {
	t.Run("repository", func(t *testing.T) {
		got, list := compile(t, os.DirFS(root), 2)
		if len(list) > 0 {
			t.Errorf("the repository's own clusters have problems:\n%s", text(list))
		}
		compare(t, filepath.Join(root, "rendered"), got)
	})
	golden := filepath.Join(root, "testdata/golden")
	cases, err := os.ReadDir(golden)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.Name(), func(t *testing.T) {
			got, list := compile(t, rendertest.Repository(t, os.DirFS(filepath.Join(golden, c.Name(), "in"))), 2)
			if len(list) > 0 {
				got["diagnostics.txt"] = []byte(text(list))
			}
			compare(t, filepath.Join(golden, c.Name(), "want"), got)
		})
	}
}

func compile(t testing.TB, fsys fs.FS, parallel int) (tree.Tree, diag.List) {
	t.Helper()
	return compileInput(t, render.Input{FS: fsys, Parallel: parallel, Version: version})
}

func compileOnly(t testing.TB, fsys fs.FS, cluster string) (tree.Tree, diag.List) {
	t.Helper()
	return compileInput(t, render.Input{FS: fsys, Clusters: []string{cluster}, Parallel: 1, Version: version})
}

func compileInput(t testing.TB, in render.Input) (tree.Tree, diag.List) {
	t.Helper()
	out, list, err := render.Compile(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	return out.Tree, list
}

// text writes diagnostics as the command does.
func text(list diag.List) string {
	var out bytes.Buffer
	if err := diag.Text(&out, list, false); err != nil {
		return err.Error()
	}
	return out.String()
}

// compare holds a tree against a folder, or writes the folder.
func compare(t *testing.T, folder string, got tree.Tree) {
	t.Helper()
	if os.Getenv("MESHGEN_UPDATE") != "" {
		if err := os.RemoveAll(folder); err != nil {
			t.Fatal(err)
		}
		for _, path := range got.Paths() {
			name := filepath.Join(folder, filepath.FromSlash(path))
			if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(name, got[path], 0o666); err != nil {
				t.Fatal(err)
			}
		}
		return
	}
	want := map[string]string{}
	err := filepath.WalkDir(folder, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		path, err := filepath.Rel(folder, name)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(name)
		want[filepath.ToSlash(path)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]string{}
	for path, content := range got {
		have[path] = string(content)
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("%s is not what the compiler gives; -want +got:\n%s", folder, diff)
	}
}
