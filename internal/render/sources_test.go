package render_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/meshgen/meshgen/internal/component"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/load"
	"github.com/meshgen/meshgen/internal/resolve"
)

// TestSources: each value that meshgen hands to a chart says what it follows
// from, and a path that it names is one of the intent's.
func TestSources(t *testing.T) {
	cases, err := os.ReadDir(filepath.Join(root, "testdata/golden"))
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"repository"}
	for _, c := range cases {
		names = append(names, c.Name())
	}
	checked := 0
	for _, name := range names {
		source, _ := load.Open(input(t, name))
		for _, loaded := range source.Load(source.Clusters()) {
			if loaded.Diagnostics.HasErrors() {
				continue // a case of what is refused
			}
			mesh, _ := resolve.Mesh(loaded.Intent.Mesh)
			known := paths(t, loaded.Intent.Mesh)
			for _, release := range component.Releases(mesh) {
				raw := component.Leaves(release.Raw)
				for _, leaf := range component.Leaves(release.Values) {
					if slices.ContainsFunc(raw, func(r component.Leaf) bool { return r.Key == leaf.Key }) {
						continue
					}
					checked++
					s, ok := component.SourceOf(mesh, release, leaf.Key)
					switch {
					case !ok || s == component.Source{}:
						t.Errorf("%s, %s: %s: what does %s follow from? Say so in sources.go of package component", name, loaded.Cluster, release.Component, leaf.Key)
					case s.Path != "" && !known(s.Path):
						t.Errorf("%s, %s: %s: %s follows from %s, which the intent does not have", name, loaded.Cluster, release.Component, leaf.Key, s.Path)
					}
				}
			}
		}
	}
	if checked < 500 {
		t.Errorf("only %d values were looked at", checked)
	}
}

// paths returns whether an intent has a path, be it that nobody wrote what is
// around it.
func paths(t *testing.T, m intent.Mesh) func(path string) bool {
	t.Helper()
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	var values map[string]any
	if err := json.Unmarshal(text, &values); err != nil {
		t.Fatal(err)
	}
	leaves := component.Leaves(values)
	return func(path string) bool {
		return slices.ContainsFunc(leaves, func(leaf component.Leaf) bool {
			return leaf.Key == path || strings.HasPrefix(leaf.Key, path+".") || strings.HasPrefix(leaf.Key, path+"[") ||
				leaf.Value == nil && strings.HasPrefix(path, leaf.Key+".")
		})
	}
}
