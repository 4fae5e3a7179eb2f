package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestMemory shows that verify does without the compiler exactly when nothing
// changed: neither a file that the compiler read, nor one that it wrote, nor
// the program.
func TestMemory(t *testing.T) {
	w := newWorld(t, fleet(nil))
	w.env["MESHGEN_CACHE"], w.env["PROGRAM"] = "", "one"
	cache, err := w.c.Cache()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(cache) })

	// verify checks the answer, and how often the compiler ran for it.
	verify := func(what string, status, compiled int, args ...string) {
		t.Helper()
		w.compiled = 0
		if _, stderr, got := w.run(append([]string{"verify"}, args...)...); got != status || w.compiled != compiled {
			t.Errorf("%s: status %d, want %d; compiled %d times, want %d\n%s", what, got, status, w.compiled, compiled, stderr)
		}
	}
	verify("nothing is there", 1, 1)
	if _, stderr, status := w.run("render"); status != 0 {
		t.Fatal(stderr)
	}
	verify("after render", 0, 0)
	verify("again", 0, 0)
	verify("one cluster", 0, 1, "oslo")
	verify("another folder", 1, 1, "--output", "other")
	w.put(map[string]string{"README.md": "not the compiler's"})
	verify("a file that the compiler does not read", 0, 0)

	// Each change must be seen, and each way back too.
	oslo := fleet(nil)["overlays/oslo/mesh.cue"]
	for _, c := range []struct{ file, changed, was string }{
		{"overlays/oslo/mesh.cue", "file a.yaml two", oslo},
		{"overlays/oslo/mesh.cue", "file a.yaml owe", oslo},
		{"rendered/oslo/a.yaml", "owe", "one"},
		{"rendered/oslo/mine.yaml", "mine", ""},
		{"rendered/shared/crds/c.yaml", "", "crd"},
		{"overlays/new/mesh.cue", "file a.yaml one", ""},
	} {
		w.put(map[string]string{c.file: c.changed})
		verify(c.file+" changed", 1, 1)
		if c.was == "" {
			w.remove(filepath.Dir(c.file)+"/mine.yaml", "overlays/new")
		} else {
			w.put(map[string]string{c.file: c.was})
		}
		verify(c.file+" is as it was", 0, 0)
	}
	w.remove("rendered/oslo/a.yaml")
	verify("a rendered file went", 1, 1)
	w.put(map[string]string{"rendered/oslo/a.yaml": "one"})
	if err := os.Symlink("a.yaml", filepath.Join(w.dir, "rendered/oslo/link")); err == nil {
		verify("a link came", 1, 1)
		w.remove("rendered/oslo/link")
	}
	w.put(map[string]string{"overlays/oslo/mesh.cue": oslo + "\nwarning old"})
	verify("a warning came, and no byte", 0, 1)
	verify("which is said each time", 0, 1)
	w.put(map[string]string{"overlays/oslo/mesh.cue": oslo})

	w.env["PROGRAM"] = "two"
	verify("another program", 0, 1)
	verify("another program, again", 0, 0)
	w.env["CUE_EXPERIMENT"] = "x"
	verify("another switch of CUE", 0, 1)

	// Without a cache, or with a broken one, the compiler runs.
	w.env["MESHGEN_CACHE"] = "off"
	verify("no cache", 0, 1)
	w.env["MESHGEN_CACHE"] = ""
	verify("a cache again", 0, 0)
	files, err := filepath.Glob(filepath.Join(cache, "meshgen/verified/*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("the cache holds %v, %v", files, err)
	}
	for _, content := range []string{"", "{", "{}", `{"program":"two","reads":{},"tree":""}`} {
		if err := os.WriteFile(files[0], []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		verify("a broken cache: "+content, 0, 1)
	}
	if err := os.RemoveAll(cache); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(cache, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	verify("a cache that cannot be written", 0, 1)
	verify("a cache that cannot be written, again", 0, 1)
}

// Force leaves foreign files alone and does not say so; verify must.
func TestMemoryOfForce(t *testing.T) {
	w := newWorld(t, fleet(map[string]string{"rendered/mine": "mine"}))
	w.env["MESHGEN_CACHE"] = ""
	cache, err := w.c.Cache()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(cache) })
	if _, stderr, status := w.run("render", "--force"); status != 0 {
		t.Fatal(stderr)
	}
	if _, stderr, status := w.run("verify"); status != 1 {
		t.Errorf("verify is content with a foreign file: %s", stderr)
	}
}

// TestProgramDigest holds the digest of a program against what cmd/go says of it.
func TestProgramDigest(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	want, err := exec.Command("go", "tool", "buildid", self).Output()
	if err != nil {
		t.Fatal(err)
	}
	if have, err := programDigest(); err != nil || have == "" || have != strings.TrimSpace(string(want)) {
		t.Errorf("%q, %v; go tool buildid says %q", have, err, want)
	}

	for content, want := range map[string]string{
		"MZ..\xff Go build ID: \"a/b/c\"\n \xff...": "a/b/c",
		// printf abc | sha256sum
		"abc": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		// printf '\377 Go build ID: "a' | sha256sum
		"\xff Go build ID: \"a": "cc1bafd4316bfaf73950b5afc222d57763616a21642babdb750b7935ecbaede4",
	} {
		file := filepath.Join(t.TempDir(), "program")
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		if have, err := digestProgram(file); err != nil || have != want {
			t.Errorf("%q: %q, %v; want %q", content, have, err, want)
		}
	}
}
