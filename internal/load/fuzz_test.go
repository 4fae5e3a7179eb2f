package load_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/meshgen/meshgen/internal/load"
)

// FuzzLoad feeds the loader with a base and a cluster of any bytes. It must not
// panic, must end soon, and every diagnostic must have all of its parts.
func FuzzLoad(f *testing.F) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range archives {
		a, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		files := repository(f, a)
		base, cluster := files["overlays/mesh.cue"], files["overlays/a/mesh.cue"]
		if base != nil && cluster != nil {
			f.Add(base.Data, cluster.Data)
		}
	}
	base, err := os.ReadFile("../../overlays/mesh.cue")
	if err != nil {
		f.Fatal(err)
	}
	clusters, err := filepath.Glob("../../overlays/*/mesh.cue")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range clusters {
		cluster, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(base, cluster)
	}
	empty := repository(f, &txtar.Archive{})
	f.Fuzz(func(t *testing.T, base, cluster []byte) {
		if multiplies(string(base) + string(cluster)) {
			t.Skip("an evaluation that is meant to be large")
		}
		files := fstest.MapFS{"overlays/mesh.cue": {Data: base}, "overlays/a/mesh.cue": {Data: cluster}}
		for name, file := range empty {
			files[name] = file
		}
		start := time.Now()
		results, list := everything(files)
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("loading took %v", took)
		}
		for _, d := range list {
			if d.Code == "" || d.Message == "" || d.Suggestion == "" || !d.Position.IsValid() {
				t.Errorf("a diagnostic lacks a part: %+v", d)
			}
			if d.Code == "MG1099" {
				t.Errorf("meshgen blames itself: %+v", d)
			}
		}
		for _, r := range results {
			if r.Intent == nil && !r.Diagnostics.HasErrors() {
				t.Errorf("cluster %s has neither an intent nor an error", r.Cluster)
			}
		}
	})
}

// multiplies says whether a text may ask CUE for more than the loader can
// bound: repeated lists and strings.
func multiplies(text string) bool {
	return strings.Contains(text, "Repeat") || strings.Contains(text, "Range")
}

// BenchmarkLoad loads 25 clusters in one call, the size that the compiler uses:
// sound ones, and ones that share a mistake.
func BenchmarkLoad(b *testing.B) {
	files := repository(b, &txtar.Archive{})
	base, err := os.ReadFile("../../overlays/mesh.cue")
	if err != nil {
		b.Fatal(err)
	}
	cluster, err := os.ReadFile("../../overlays/edge-berlin/mesh.cue")
	if err != nil {
		b.Fatal(err)
	}
	for i := range 25 {
		files["overlays/"+string(rune('a'+i))+"/mesh.cue"] = &fstest.MapFile{Data: cluster}
	}
	for name, extra := range map[string]string{"sound": "", "mistake": "\nmodus: 1\n"} {
		files["overlays/mesh.cue"] = &fstest.MapFile{Data: append(slices.Clone(base), extra...)}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s, list := load.Open(files)
				if list.HasErrors() {
					b.Fatal(text(list))
				}
				for _, r := range s.Load(s.Clusters()) {
					if (r.Intent == nil) != (extra != "") {
						b.Fatal(text(r.Diagnostics))
					}
				}
			}
		})
	}
}
