package change

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/tree"
)

// Each file of testdata holds an old and a new tree and the three reports on
// them. MESHGEN_UPDATE=1 writes the reports anew; read them before they are kept.
func TestReports(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			old, new, want := tree.Tree{}, tree.Tree{}, map[string]string{}
			kept := *archive
			kept.Files = nil
			for _, f := range archive.Files {
				if p, ok := strings.CutPrefix(f.Name, "old/"); ok {
					old[p] = f.Data
				} else if p, ok := strings.CutPrefix(f.Name, "new/"); ok {
					new[p] = f.Data
				} else {
					want[f.Name] = string(f.Data)
					continue
				}
				kept.Files = append(kept.Files, f)
			}
			d := Compare(old, new, nil)
			got := map[string]string{
				"want.txt":  write(t, func(w io.Writer) error { return Text(w, d, false) }),
				"want.md":   write(t, func(w io.Writer) error { return Markdown(w, d) }),
				"want.json": write(t, func(w io.Writer) error { return diag.EncodeJSON(w, d.Document()) }),
			}
			if os.Getenv("MESHGEN_UPDATE") == "1" {
				for _, name := range []string{"want.txt", "want.md", "want.json"} {
					kept.Files = append(kept.Files, txtar.File{Name: name, Data: []byte(got[name])})
				}
				if err := os.WriteFile(file, txtar.Format(&kept), 0o666); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("reports (-want +got):\n%s", diff)
			}
		})
	}
}

func write(t *testing.T, to func(io.Writer) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := to(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
