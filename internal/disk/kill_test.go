package disk

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	godiff "github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/tree"
)

// The variables that make this test binary a writer that dies.
const (
	killDir  = "MESHGEN_TEST_KILL_DIR"
	killStep = "MESHGEN_TEST_KILL_STEP" // where to die; empty means never
	killTwo  = "MESHGEN_TEST_KILL_TWO"  // whether to do without exchanging names
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(killDir); dir != "" {
		if err := dyingWriter(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// fleet is a tree of many files, some of which differ between versions.
func fleet(version string) tree.Tree {
	t := tree.Tree{}
	for c := range 30 {
		for f := range 8 {
			content := "same"
			if f%2 == 0 {
				content = strings.Repeat(version, 1000)
			}
			t[fmt.Sprintf("cluster-%02d/%d/%s", c, f, version)] = []byte(content)
			t[fmt.Sprintf("cluster-%02d/%d/both", c, f)] = []byte(content)
		}
	}
	return t
}

// dyingWriter writes the versions in turn until something kills it.
func dyingWriter(dir string) error {
	r, err := Open(dir)
	if err != nil {
		return err
	}
	o, err := r.Output("rendered")
	if err != nil {
		return err
	}
	o.twoRenames = os.Getenv(killTwo) != ""
	o.step = func(step string) error {
		if step == os.Getenv(killStep) {
			self, err := os.FindProcess(os.Getpid())
			if err == nil {
				err = self.Kill()
			}
			time.Sleep(time.Minute)
			return err
		}
		return nil
	}
	ctx := context.Background()
	for i := 0; ; i++ {
		if err := o.Recover(); err != nil {
			return err
		}
		have, err := o.Read(ctx, 2)
		if err != nil {
			return err
		}
		want := fleet("new")
		if _, ok := have.Files["cluster-00/0/new"]; ok {
			want = fleet("old")
		}
		if err := o.Write(ctx, have, Plan{Tree: want, Changes: tree.Compare(have.Files, want)}, 2); err != nil {
			return err
		}
		if os.Getenv(killStep) != "" && i == 1 {
			return fmt.Errorf("no step is called %s", os.Getenv(killStep))
		}
	}
}

// whole reports what the rendered folder holds, which must be one of the trees.
func whole(t *testing.T, dir string) string {
	t.Helper()
	have := list(t, filepath.Join(dir, "rendered"))
	for _, version := range []string{"old", "new"} {
		if maps.Equal(have, text(fleet(version), "")) {
			return version
		}
	}
	t.Fatalf("neither the old tree nor the new one: %d files", len(have))
	return ""
}

// next lets a run come after the killed one: it writes a tree, and leaves
// nothing else.
func next(t *testing.T, dir string) {
	t.Helper()
	o := output(t, open(t, dir), "rendered")
	if err := o.Recover(); err != nil {
		t.Fatal(err)
	}
	whole(t, dir)
	have, err := o.Read(context.Background(), 2)
	if err != nil {
		t.Fatal(err)
	}
	want := fleet("old")
	if err := o.Write(context.Background(), have, Plan{Tree: want, Changes: tree.Compare(have.Files, want)}, 2); err != nil {
		t.Fatal(err)
	}
	if diff := godiff.Diff(text(want, "rendered/"), list(t, dir)); diff != "" {
		t.Error(diff)
	}
}

func start(t *testing.T, dir, step string, two bool) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), killDir+"="+dir, killStep+"="+step)
	if two {
		cmd.Env = append(cmd.Env, killTwo+"=1")
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
}

// TestKilledAtEachStep kills a writer at each of its steps.
func TestKilledAtEachStep(t *testing.T) {
	for _, c := range []struct {
		step string
		two  bool
		want string // what is there at once; empty when only the next run tells
	}{
		{"start", false, "old"},
		{"file cluster-07/3/both", false, "old"},
		{"staged", false, "old"},
		{"synced", false, "old"},
		{"swapped", false, "new"},
		{"synced", true, "old"},
		{"renamed", true, ""},
		{"swapped", true, "new"},
	} {
		t.Run(fmt.Sprint(c.step, c.two), func(t *testing.T) {
			dir := t.TempDir()
			next(t, dirWithOld(t, dir))
			if err := start(t, dir, c.step, c.two).Wait(); err == nil {
				t.Fatal("the writer lives")
			}
			if c.want != "" {
				if got := whole(t, dir); got != c.want {
					t.Errorf("the %s tree is there", got)
				}
			}
			next(t, dir)
		})
	}
}

// TestKilledAtAnyMoment kills a writer that never rests, at moments that are
// spread at random and the same each time: a few, or as many as make kill asks for.
func TestKilledAtAnyMoment(t *testing.T) {
	kills, err := strconv.Atoi(cmp.Or(os.Getenv("MESHGEN_KILLS"), "12"))
	if err != nil {
		t.Fatal(err)
	}
	dir := dirWithOld(t, t.TempDir())
	begun := time.Now()
	o := output(t, open(t, dir), "rendered")
	for _, version := range []string{"new", "old"} {
		have, err := o.Read(context.Background(), 2)
		if err != nil {
			t.Fatal(err)
		}
		want := fleet(version)
		if err := o.Write(context.Background(), have, Plan{Tree: want, Changes: tree.Compare(have.Files, want)}, 2); err != nil {
			t.Fatal(err)
		}
	}
	took := time.Since(begun) // of two writes
	seen := map[string]int{}
	for i := range kills {
		cmd := start(t, dir, "", false)
		for { // the process takes its time to begin
			if now, err := os.ReadDir(dir); err != nil || len(now) > 1 {
				break
			}
			time.Sleep(time.Millisecond)
		}
		sum := sha256.Sum256([]byte(strconv.Itoa(i)))
		time.Sleep(took * time.Duration(binary.BigEndian.Uint16(sum[:])) >> 16)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if cmd.Wait() == nil {
			t.Fatal("the writer ended by itself")
		}
		seen[whole(t, dir)]++
		if err := output(t, open(t, dir), "rendered").Recover(); err != nil {
			t.Fatal(err)
		}
	}
	next(t, dir)
	t.Logf("killed with %v", seen)
}

// dirWithOld puts the old tree into a folder.
func dirWithOld(t *testing.T, dir string) string {
	t.Helper()
	put(t, dir, text(fleet("old"), "rendered/"))
	return dir
}
