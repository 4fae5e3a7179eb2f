package load_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/load"
	"github.com/meshgen/meshgen/schema"
)

// repository returns the files of an archive as a repository, with a module
// and the vendored schema unless the archive brings its own. "\xNN" stands for
// a byte in files whose name ends in .escaped.
func repository(t testing.TB, a *txtar.Archive) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{
		"cue.mod/module.cue": {Data: []byte("module: \"example.com/fleet@v0\"\nlanguage: version: \"v0.16.0\"\n")},
	}
	names, err := fs.Glob(schema.FS, "*.cue")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		b, err := schema.FS.ReadFile(n)
		if err != nil {
			t.Fatal(err)
		}
		files["cue.mod/pkg/meshgen.dev/schema/"+n] = &fstest.MapFile{Data: b}
	}
	for _, f := range a.Files {
		switch {
		case f.Name == "want":
		case strings.HasSuffix(f.Name, ".escaped"):
			text := strings.NewReplacer(`\xff`, "\xff", `\x00`, "\x00", `\r`, "\r", `\ufeff`, "\ufeff").Replace(string(f.Data))
			files[strings.TrimSuffix(f.Name, ".escaped")] = &fstest.MapFile{Data: []byte(text)}
		case strings.HasSuffix(f.Name, "/"):
			files[strings.TrimSuffix(f.Name, "/")] = &fstest.MapFile{Mode: fs.ModeDir | 0o755}
		default:
			files[f.Name] = &fstest.MapFile{Data: f.Data}
		}
	}
	return files
}

// everything loads all clusters of a repository and returns all diagnostics.
func everything(fsys fs.FS) ([]load.Result, diag.List) {
	s, list := load.Open(fsys)
	results := s.Load(s.Clusters())
	for _, r := range results {
		list = append(list, r.Diagnostics...)
	}
	return results, list.Sorted()
}

// text writes diagnostics with all of their parts.
func text(list diag.List) string {
	var b strings.Builder
	place := func(p diag.Position) string {
		switch {
		case p.Line == 0:
			return p.File
		default:
			return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
		}
	}
	for _, d := range list {
		fmt.Fprintf(&b, "%s: %s %s [%s] (%s)\n", place(d.Position), d.Severity, d.Code, d.Cluster, d.Path)
		fmt.Fprintf(&b, "    %s\n", d.Message)
		for _, n := range d.Related {
			fmt.Fprintf(&b, "    %s: %s\n", place(n.Position), n.Message)
		}
		fmt.Fprintf(&b, "    try: %s\n", d.Suggestion)
	}
	return b.String()
}

// TestMistakes loads each archive of testdata and compares every word that is
// said. MESHGEN_UPDATE=1 writes what is said into the archives.
func TestMistakes(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal("no archives", err)
	}
	for _, name := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			_, list := everything(repository(t, a))
			got := text(list)
			if n := len(a.Files); n == 0 || a.Files[n-1].Name != "want" {
				a.Files = append(a.Files, txtar.File{Name: "want"})
			}
			last := &a.Files[len(a.Files)-1]
			if os.Getenv("MESHGEN_UPDATE") == "1" {
				last.Data = []byte(got)
				if err := os.WriteFile(name, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(last.Data), got); diff != "" {
				t.Errorf("diagnostics differ (-want +got):\n%s", diff)
			}
		})
	}
}
