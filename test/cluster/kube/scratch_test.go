package kube

import (
	"os"
	"path/filepath"
	"testing"
)

// TestScratch: what a killed suite has left goes with the next one; what a
// running one has stays.
func TestScratch(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	running, err := newScratch()
	if err != nil {
		t.Fatal(err)
	}
	killed, err := newScratch()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(killed.dir, "database"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	killed.lock.Close() // as the system does when a process ends
	next, err := newScratch()
	if err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]bool{running.dir: true, killed.dir: false, next.dir: true} {
		if _, err := os.Stat(dir); (err == nil) != want {
			t.Errorf("%s: %v", filepath.Base(dir), err)
		}
	}
	next.remove()
	if _, err := os.Stat(next.dir); err == nil {
		t.Error("the folder stands after it was removed")
	}
	running.remove()
}
