package readonce_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/readonce"
)

// counting counts what is asked of a file system.
type counting struct {
	fstest.MapFS
	mu    sync.Mutex
	asked map[string]int
}

func (c *counting) note(question string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked[question]++
}

func (c *counting) Open(name string) (fs.File, error) {
	c.note("open " + name)
	return c.MapFS.Open(name)
}
func (c *counting) Stat(name string) (fs.FileInfo, error) {
	c.note("stat " + name)
	return c.MapFS.Stat(name)
}
func (c *counting) Lstat(name string) (fs.FileInfo, error) {
	c.note("lstat " + name)
	return c.MapFS.Lstat(name)
}
func (c *counting) ReadLink(name string) (string, error) {
	c.note("link " + name)
	return c.MapFS.ReadLink(name)
}
func (c *counting) ReadDir(name string) ([]fs.DirEntry, error) {
	c.note("folder " + name)
	return c.MapFS.ReadDir(name)
}
func (c *counting) ReadFile(name string) ([]byte, error) {
	c.note("file " + name)
	return c.MapFS.ReadFile(name)
}

// TestOnce asks everything twice, from several goroutines.
func TestOnce(t *testing.T) {
	large := bytes.Repeat([]byte("x"), 100<<10)
	below := &counting{asked: map[string]int{}, MapFS: fstest.MapFS{
		"dir/a":     {Data: []byte("text")},
		"dir/large": {Data: large},
		"dir/link":  {Data: []byte("a"), Mode: fs.ModeSymlink},
	}}
	fsys := readonce.New(below)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for name, want := range map[string]string{"dir/a": "text", "dir/link": "text", "dir/large": string(large)} {
				f, err := fsys.Open(name)
				if err != nil {
					t.Error(err)
					return
				}
				got, err := io.ReadAll(f)
				if info, _ := f.Stat(); err != nil || string(got) != want || info.Size() != int64(len(want)) {
					t.Errorf("%s: %d bytes, %d by its description, %v; want %d", name, len(got), info.Size(), err, len(want))
				}
				if err := f.Close(); err != nil {
					t.Error(err)
				}
			}
			if info, err := fs.Lstat(fsys, "dir/link"); err != nil || info.Mode().Type() != fs.ModeSymlink {
				t.Errorf("lstat: %v, %v", info, err)
			}
			if target, err := fs.ReadLink(fsys, "dir/link"); err != nil || target != "a" {
				t.Errorf("link: %q, %v", target, err)
			}
			if names, err := fs.Glob(fsys, "dir/*"); err != nil || !cmp.Equal(names, []string{"dir/a", "dir/large", "dir/link"}) {
				t.Errorf("glob: %v, %v", names, err)
			}
			if _, err := fsys.Open("dir/absent"); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("absent: %v", err)
			}
			if f, err := fsys.Open("dir"); err != nil {
				t.Error(err)
			} else if _, ok := f.(fs.ReadDirFile); !ok {
				t.Error("a folder does not open as one")
			}
		})
	}
	all.Wait()
	want := map[string]int{
		"stat dir/a": 1, "stat dir/link": 1, "stat dir/large": 1, "stat dir/absent": 1, "stat dir": 1,
		"file dir/a": 1, "file dir/link": 1, "lstat dir/link": 1, "link dir/link": 1, "folder dir": 1,
		"open dir/large": 8, "open dir": 8, // not kept
	}
	if diff := cmp.Diff(want, below.asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
}
