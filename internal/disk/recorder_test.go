package disk

import (
	"io"
	"io/fs"
	"maps"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// A recorder is a file system like any other.
func TestRecorderIsAnFS(t *testing.T) {
	fsys := fstest.MapFS{"a/b": {Data: []byte("1")}, "a/c/d": {Data: []byte("2")}, "e": {Data: []byte("3")}}
	if err := fstest.TestFS(Record(fsys), "a/b", "a/c/d", "e"); err != nil {
		t.Error(err)
	}
}

func TestReadsSame(t *testing.T) {
	files := map[string]string{"a/one": "1", "a/two": "2", "b/three": "3", "c/four": "4", "unread": "5"}
	build := func(over map[string]string) fstest.MapFS {
		fsys := fstest.MapFS{}
		all := maps.Clone(files)
		maps.Copy(all, over)
		for p, c := range all {
			if c != "-" {
				fsys[p] = &fstest.MapFile{Data: []byte(c)}
			}
		}
		return fsys
	}
	r := Record(build(nil))
	if _, err := r.ReadFile("a/one"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.ReadFile("absent"); err == nil {
		t.Fatal("an absent file was read")
	}
	f, err := r.Open("b/three")
	if err != nil {
		t.Fatal(err)
	}
	if content, err := io.ReadAll(f); err != nil || string(content) != "3" {
		t.Fatalf("%s, %v", content, err)
	}
	if _, err := r.ReadDir("a"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Stat("c/four"); err != nil {
		t.Fatal(err)
	}
	if _, err := fs.Lstat(r, "c"); err != nil {
		t.Fatal(err)
	}
	reads := r.Reads()
	want := []string{"file a/one", "file absent", "file b/three", "folder a", "lstat c", "stat b/three", "stat c/four"}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(reads))); diff != "" {
		t.Error(diff)
	}
	for name, c := range map[string]struct {
		over map[string]string
		same bool
	}{
		"nothing changed":                    {nil, true},
		"a file that nobody read changed":    {map[string]string{"unread": "6"}, true},
		"one that was read changed":          {map[string]string{"a/one": "x"}, false},
		"one that was opened changed":        {map[string]string{"b/three": "x"}, false},
		"one that was read went":             {map[string]string{"a/one": "-"}, false},
		"one that was absent came":           {map[string]string{"absent": ""}, false},
		"one came into a folder":             {map[string]string{"a/three": ""}, false},
		"one went from a folder":             {map[string]string{"a/two": "-"}, false},
		"one became a folder":                {map[string]string{"a/two": "-", "a/two/x": ""}, false},
		"one in a folder changed, unread":    {map[string]string{"a/two": "x"}, true},
		"one that was looked at grew":        {map[string]string{"c/four": "44"}, false},
		"a folder that was looked at is one": {map[string]string{"c/four": "-", "c": "file"}, false},
	} {
		if got := reads.Same(build(c.over)); got != c.same {
			t.Errorf("%s: same is %v", name, got)
		}
	}
}
