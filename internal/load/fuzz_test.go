package load_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/meshgen/meshgen/internal/load"
)

// FuzzLoad feeds the loader with a base and a cluster of any bytes. It must not
// panic or kill the process, must end soon or be given up, and every diagnostic must have all of its parts.
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
		files := fstest.MapFS{"overlays/mesh.cue": {Data: base}, "overlays/a/mesh.cue": {Data: cluster}}
		for name, file := range empty {
			files[name] = file
		}
		s, list := load.Open(files)
		s.Watch = patience
		results := s.Load(s.Clusters())
		for _, r := range results {
			list = append(list, r.Diagnostics...)
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

// patience gives an evaluation two seconds. A watch that gives up makes an
// error of it, which is all that the target asks for.
func patience() (<-chan string, func()) {
	tooMuch := make(chan string, 1)
	timer := time.AfterFunc(2*time.Second, func() { tooMuch <- "2 s" })
	return tooMuch, func() { timer.Stop() }
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
