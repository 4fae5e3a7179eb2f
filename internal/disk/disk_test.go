package disk

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/tree"
)

// newRepository returns a repository in a new folder that holds the files.
func newRepository(t testing.TB, files map[string]string) *Repository {
	t.Helper()
	dir := t.TempDir()
	put(t, dir, files)
	return open(t, dir)
}

func open(t testing.TB, dir string) *Repository {
	t.Helper()
	r, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func put(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for p, c := range files {
		at := filepath.Join(dir, p)
		if err := errors.Join(os.MkdirAll(filepath.Dir(at), 0o755), os.WriteFile(at, []byte(c), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
}

func output(t testing.TB, r *Repository, name string) *Output {
	t.Helper()
	o, err := r.Output(name)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// list returns every name below a folder, with the content of each file.
func list(t testing.TB, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(p string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		rel, _ := filepath.Rel(dir, p)
		if !e.Type().IsRegular() {
			all[filepath.ToSlash(rel)] = "<" + kind(e.Type()) + ">"
			return nil
		}
		content, err := os.ReadFile(p)
		all[filepath.ToSlash(rel)] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// write plans and writes a tree over what is there.
func write(t testing.TB, o *Output, want tree.Tree, force bool) error {
	t.Helper()
	ctx := context.Background()
	if err := o.Recover(); err != nil {
		t.Fatal(err)
	}
	have, err := o.Read(ctx, 2)
	if err != nil {
		t.Fatal(err)
	}
	plan := o.Plan(have, Wish{Tree: want, Force: force})
	if plan.Problems.HasErrors() {
		t.Fatal(show(t, plan))
	}
	return o.Write(ctx, have, plan, 2)
}

func text(base tree.Tree, below string) map[string]string {
	out := map[string]string{}
	for p, c := range base {
		out[below+p] = string(c)
	}
	return out
}

func TestFind(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	put(t, dir, map[string]string{"repo/cue.mod/module.cue": "", "repo/overlays/a/mesh.cue": "", "other/cue.mod": "a file"})
	for from, want := range map[string]string{"repo": "repo", "repo/overlays/a": "repo", "repo/cue.mod": "repo"} {
		got, err := Find(filepath.Join(dir, from))
		if err != nil || got != filepath.Join(dir, want) {
			t.Errorf("Find(%s) = %s, %v", from, got, err)
		}
	}
	if _, err := Find(filepath.Join(dir, "other")); !errors.Is(err, ErrNoRepository) {
		t.Errorf("a file cue.mod made a repository: %v", err)
	}
	if _, err := Find(filepath.Join(dir, "absent")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an absent folder: %v", err)
	}
	if _, err := Find(filepath.Join(dir, "other/cue.mod")); err == nil {
		t.Error("a file is taken for a folder")
	}
}

func TestOutput(t *testing.T) {
	r := newRepository(t, nil)
	for name, want := range map[string]string{
		"rendered": "", "out/rendered": "", "./rendered/": "",
		"":              "the output folder has no name",
		".":             "the output folder . is not below the repository",
		"a/..":          "the output folder a/.. is not below the repository",
		"../x":          "the output folder ../x is not below the repository",
		"a/../../x":     "the output folder a/../../x is not below the repository",
		"/tmp/x":        "the output folder /tmp/x is absolute: name it relative to the repository",
		"overlays":      "the output folder overlays is below overlays/, which is not meshgen's to write",
		"overlays/x":    "the output folder overlays/x is below overlays/, which is not meshgen's to write",
		".git/rendered": "the output folder .git/rendered is below .git/, which is not meshgen's to write",
		"./cue.mod/gen": "the output folder ./cue.mod/gen is below cue.mod/, which is not meshgen's to write",
	} {
		_, err := r.Output(name)
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("Output(%q): got %q, want %q", name, got, want)
		}
	}
}

func TestRead(t *testing.T) {
	r := newRepository(t, map[string]string{"rendered/a/b/c": "1", "rendered/top": "2", "secret": "s", "elsewhere/x": "3"})
	for link, to := range map[string]string{"rendered/a/l": "../../secret", "rendered/d": "../elsewhere", "link": "elsewhere"} {
		if err := os.Symlink(to, filepath.Join(r.Dir(), link)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := output(t, r, "rendered").Read(context.Background(), 2)
	if err != nil {
		t.Fatal(err)
	}
	want := Snapshot{
		Exists: true,
		Files:  tree.Tree{"a/b/c": []byte("1"), "top": []byte("2")},
		Odd:    []Odd{{"rendered/a/l", "symbolic link"}, {"rendered/d", "symbolic link"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for name, want := range map[string]Snapshot{
		"absent":        {Files: tree.Tree{}},
		"absent/deeper": {Files: tree.Tree{}},
		"link":          {Files: tree.Tree{}, Odd: []Odd{{"link", "symbolic link"}}},
		"link/rendered": {Files: tree.Tree{}, Odd: []Odd{{"link", "symbolic link"}}},
		"secret":        {Files: tree.Tree{}, Odd: []Odd{{"secret", "file"}}},
	} {
		got, err := output(t, r, name).Read(context.Background(), 2)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestWrite(t *testing.T) {
	r := newRepository(t, map[string]string{"overlays/mesh.cue": "x"})
	o := output(t, r, "out/rendered")
	first := rendered(t, map[string]string{"a/x": "1", "a/deep/er/y": "2", "shared/c": "3"})
	if err := write(t, o, first, false); err != nil {
		t.Fatal(err)
	}
	want := text(first, "out/rendered/")
	want["overlays/mesh.cue"] = "x"
	if diff := cmp.Diff(want, list(t, r.Dir())); diff != "" {
		t.Error(diff)
	}

	// A foreign file survives, an unchanged file stays the same file, an empty
	// folder goes, and nothing is left beside the tree.
	put(t, r.Dir(), map[string]string{"out/rendered/a/mine": "m"})
	before, err := os.Stat(filepath.Join(r.Dir(), "out/rendered/a/x"))
	if err != nil {
		t.Fatal(err)
	}
	second := rendered(t, map[string]string{"a/x": "1", "b/x": "2"})
	if err := write(t, o, second, true); err != nil {
		t.Fatal(err)
	}
	want = text(second, "out/rendered/")
	want["overlays/mesh.cue"], want["out/rendered/a/mine"] = "x", "m"
	if diff := cmp.Diff(want, list(t, r.Dir())); diff != "" {
		t.Error(diff)
	}
	if after, err := os.Stat(filepath.Join(r.Dir(), "out/rendered/a/x")); err != nil || !os.SameFile(before, after) {
		t.Errorf("an unchanged file was written anew: %v", err)
	}
	if _, err := os.Stat(filepath.Join(r.Dir(), "out/rendered/a/deep")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an empty folder stays: %v", err)
	}
}

// A file that comes into the old tree while the new one is built is not lost,
// unless its name is taken.
func TestWriteKeepsWhatCameMeanwhile(t *testing.T) {
	for _, two := range []bool{false, true} {
		r := newRepository(t, nil)
		o := output(t, r, "rendered")
		o.twoRenames = two
		if err := write(t, o, rendered(t, map[string]string{"a/x": "1"}), false); err != nil {
			t.Fatal(err)
		}
		o.step = func(step string) error {
			if step == "synced" {
				put(t, r.Dir(), map[string]string{"rendered/new/note": "mine", "rendered/a/y": "mine"})
			}
			return nil
		}
		next := rendered(t, map[string]string{"a/x": "2", "a/y": "ours"})
		if err := write(t, o, next, false); err != nil {
			t.Fatal(err)
		}
		want := text(next, "rendered/")
		want["rendered/new/note"] = "mine"
		if diff := cmp.Diff(want, list(t, r.Dir())); diff != "" {
			t.Errorf("two renames %v: %s", two, diff)
		}
	}
}

// When a step fails, or the context ends, the old tree stays and nothing is
// left beside it.
func TestWriteFails(t *testing.T) {
	old := rendered(t, map[string]string{"a/x": "1", "a/y": "1", "shared/c": "1"})
	next := rendered(t, map[string]string{"a/x": "2", "a/y": "1", "b/z": "2"})
	broken := errors.New("broken")
	for _, step := range []string{"start", "file a/x", "file b/z", "staged", "synced", "renamed"} {
		for _, cancel := range []bool{false, true} {
			if step == "renamed" && cancel {
				continue // too late to cancel
			}
			r := newRepository(t, nil)
			o := output(t, r, "rendered")
			o.twoRenames = step == "renamed"
			if err := write(t, o, old, false); err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(context.Background())
			o.step = func(s string) error {
				if s == step && cancel {
					stop()
				} else if s == step {
					return broken
				}
				return nil
			}
			have, err := o.Read(ctx, 1)
			if err != nil {
				t.Fatal(err)
			}
			err = o.Write(ctx, have, o.Plan(have, Wish{Tree: next}), 2)
			if cancel && !errors.Is(err, context.Canceled) || !cancel && !errors.Is(err, broken) {
				t.Errorf("%s: %v", step, err)
			}
			stop()
			if diff := cmp.Diff(text(old, "rendered/"), list(t, r.Dir())); diff != "" {
				t.Errorf("%s, cancel %v: %s", step, cancel, diff)
			}
		}
	}
}

func TestLock(t *testing.T) {
	r := newRepository(t, nil)
	never := func() bool { return false }
	ctx := context.Background()
	release, err := r.Lock(ctx, false, never)
	if err != nil {
		t.Fatal(err)
	}
	other := open(t, r.Dir())
	if _, err := other.Lock(ctx, false, never); !errors.Is(err, ErrBusy) {
		t.Errorf("two writers: %v", err)
	}
	if runtime.GOOS == "linux" {
		if _, err := other.Lock(ctx, true, never); !errors.Is(err, ErrBusy) {
			t.Errorf("a reader beside a writer: %v", err)
		}
	}
	asked := 0
	second, err := other.Lock(ctx, false, func() bool {
		if asked++; asked == 3 {
			release()
		}
		return asked < 100
	})
	if err != nil || asked != 3 {
		t.Errorf("after %d refusals: %v", asked, err)
	}
	ended, stop := context.WithTimeout(ctx, time.Millisecond)
	defer stop()
	if _, err := r.Lock(ended, false, func() bool { time.Sleep(time.Millisecond); return true }); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("after the end of the context: %v", err)
	}
	second()
	one, err1 := r.Lock(ctx, true, never)
	two, err2 := other.Lock(ctx, true, never)
	if err1 != nil || err2 != nil {
		t.Fatalf("two readers: %v, %v", err1, err2)
	}
	one()
	two()
	if diff := cmp.Diff(map[string]string{}, list(t, r.Dir())); diff != "" {
		t.Errorf("the lock leaves something behind: %s", diff)
	}
}

func TestLockFile(t *testing.T) {
	r := newRepository(t, nil)
	release, err := lockFile(r.root, false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lockFile(r.root, false); !errors.Is(err, errHeld) {
		t.Errorf("two writers: %v", err)
	}
	release()
	release, err = lockFile(r.root, false)
	if err != nil {
		t.Fatal(err)
	}
	release()
}
