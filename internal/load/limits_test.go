package load_test

import (
	"io/fs"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/meshgen/meshgen/internal/load"
)

// stuck is a file system on which one file cannot be read to the end.
type stuck struct {
	fs.FS
	name  string
	never chan struct{}
}

func (s stuck) Open(name string) (fs.File, error) {
	if name == s.name {
		<-s.never
	}
	return s.FS.Open(name)
}

// TestWatch gives up a cluster when the watch says so, and the clusters after
// it, but not the one before.
func TestWatch(t *testing.T) {
	const mesh = "package mesh\n\nimport \"meshgen.dev/schema\"\n\nschema.#Mesh\n\ncluster: {platform: \"k3s\", kubernetes: \"1.35\"}\n"
	files := repository(t, txtar.Parse([]byte("-- overlays/a/mesh.cue --\n"+mesh+"-- overlays/b/mesh.cue --\n"+mesh+"-- overlays/c/mesh.cue --\n"+mesh)))
	fsys := stuck{FS: files, never: make(chan struct{})}
	s, list := load.Open(&fsys)
	if len(list) > 0 {
		t.Fatal(text(list))
	}
	fsys.name = "overlays/b/mesh.cue"
	began, ended := 0, 0
	s.Watch = func() (<-chan string, func()) {
		began++
		tooMuch := make(chan string, 1)
		if began == 2 {
			tooMuch <- "5 s"
		}
		return tooMuch, func() { ended++ }
	}
	results := s.Load(s.Clusters())
	close(fsys.never)
	if results[0].Intent == nil || results[1].Intent != nil || results[2].Intent != nil {
		t.Errorf("%v", results)
	}
	if began != 2 || ended != 2 {
		t.Errorf("%d evaluations were watched, %d ended", began, ended)
	}
	list = append(append(results[0].Diagnostics, results[1].Diagnostics...), results[2].Diagnostics...)
	want := `overlays/b: error MG1030 [b] ()
    the evaluation of this cluster's files was stopped: it has taken 5 s, and does not end
    try: take out what was added last: comprehensions inside each other, values that double at each step, or many choices with |
`
	if diff := cmp.Diff(want, text(list)); diff != "" {
		t.Error(diff)
	}
}
