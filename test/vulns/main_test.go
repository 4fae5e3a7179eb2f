package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestWriteTo reads the database as govulncheck does: the index says which
// reports there are about a module, ID has them. It fails, too, when a module
// was linked in that the copy knows nothing of.
func TestWriteTo(t *testing.T) {
	t.Chdir("../..")
	folder := t.TempDir()
	if err := writeTo(folder); err != nil {
		t.Fatal(err)
	}
	read := func(name string, into any) {
		t.Helper()
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, into); err != nil {
			t.Fatal(err)
		}
	}
	var modules []struct {
		Path  string
		Vulns []struct{ ID, Fixed string }
	}
	read("index/modules.json", &modules)
	about := map[string]map[string]string{} // the version that mends it, by module and report
	for _, m := range modules {
		about[m.Path] = map[string]string{}
		for _, v := range m.Vulns {
			about[m.Path][v.ID] = v.Fixed
			var r report
			read("ID/"+v.ID+".json", &r)
		}
	}
	// As pkg.go.dev/vuln has them.
	got := []string{about["helm.sh/helm/v3"]["GO-2025-3888"], about["github.com/google/cel-go"]["GO-2026-6094"], about["stdlib"]["GO-2023-1704"]}
	if diff := cmp.Diff([]string{"3.18.5", "0.30.0", "1.20.3"}, got); diff != "" {
		t.Error(diff)
	}
}
