package load_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/load"
)

// A link that may stand for a cluster and cannot be followed is no silence.
func TestLostLinks(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("cue.mod/module.cue", "module: \"example.com/fleet@v0\"\nlanguage: version: \"v0.16.0\"\n")
	write("overlays/a/mesh.cue", "package mesh\n")
	if err := os.Symlink(outside, filepath.Join(dir, "overlays/b")); err != nil {
		t.Skip(err)
	}
	if err := os.Symlink("nowhere", filepath.Join(dir, "overlays/c")); err != nil {
		t.Fatal(err)
	}
	said := func() string {
		root, err := os.OpenRoot(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer root.Close()
		_, list := load.Open(root.FS())
		kept := list[:0:0]
		for _, d := range list {
			if d.Code != "MG1010" {
				kept = append(kept, d)
			}
		}
		return text(kept)
	}
	want := `overlays/b: error MG1005 [] ()
    overlays/b is a symbolic link that leaves the repository or leads nowhere, so it is no cluster
    try: put the folder itself in its place, or remove the link
overlays/c: error MG1005 [] ()
    overlays/c is a symbolic link that leaves the repository or leads nowhere, so it is no cluster
    try: put the folder itself in its place, or remove the link
`
	if diff := cmp.Diff(want, said()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if err := os.RemoveAll(filepath.Join(dir, "overlays")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, "overlays")); err != nil {
		t.Fatal(err)
	}
	want = `overlays: error MG1006 [] ()
    overlays is a symbolic link that leaves the repository or leads nowhere
    try: put the folder itself in its place, or remove the link
`
	if diff := cmp.Diff(want, said()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
