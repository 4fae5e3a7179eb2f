package main

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// The tests of this file run meshgen on a small file system of their own, which
// fills up, or cannot be written to. Mounting one takes namespaces of users and
// mounts, in which the test runs itself once more.

// inside says that this process is in such namespaces.
const inside = "MESHGEN_TEST_MOUNTS"

// withMounts runs the calling test once more where it may mount, and says there
// that it is to go on. A system that refuses makes the test fail, unless
// MESHGEN_NO_NAMESPACES=1 owns up to it.
func withMounts(t *testing.T) (goOn bool) {
	t.Helper()
	if os.Getenv(inside) == "1" {
		// What is mounted here is not to be seen anywhere else.
		if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
			t.Fatal(err)
		}
		return true
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), inside+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	switch {
	case cmd.ProcessState == nil && os.Getenv("MESHGEN_NO_NAMESPACES") == "1":
		t.Skip("MESHGEN_NO_NAMESPACES=1: no small file systems")
	case cmd.ProcessState == nil:
		t.Fatalf("this system gives no namespaces of users and mounts (%v), so nothing can be shown about full disks; allow them, or set MESHGEN_NO_NAMESPACES=1 to do without", err)
	case err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()):
		t.Errorf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
	return false
}

// small makes a repository on a file system of its own, with as many bytes and
// inodes, and returns its folder.
func small(t *testing.T, options string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("meshgen", dir, "tmpfs", 0, options); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	if err := writeModule(dir); err != nil {
		t.Fatal(err)
	}
	ask(t, dir, "256Mi")
	return dir
}

// fill leaves as many pages free on a file system.
func fill(t *testing.T, dir string, pages uint64) {
	t.Helper()
	name := filepath.Join(dir, "filler")
	if err := os.RemoveAll(name); err != nil {
		t.Fatal(err)
	}
	var have syscall.Statfs_t
	if err := syscall.Statfs(dir, &have); err != nil {
		t.Fatal(err)
	}
	if have.Bfree < pages {
		t.Fatalf("there are %d pages free, and %d are wanted", have.Bfree, pages)
	}
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if n := int64(have.Bfree-pages) * have.Bsize; n > 0 {
		if err := syscall.Fallocate(int(f.Fd()), 0, 0, n); err != nil {
			t.Fatal(err)
		}
	}
}

// noSpace is all that is said when the disk is full.
var noSpace = regexp.MustCompile(`^meshgen: \w+ \S+: no space left on device\n$`)

// expectWhole renders where there may not be enough room: the run says that it
// failed and the old tree is there with nothing beside it, or it ends well and
// the new one is.
func expectWhole(t *testing.T, dir string, old, want map[string]string) (wrote bool) {
	t.Helper()
	stdout, stderr, status := run(t, meshgen(t, dir, "render"))
	have := map[string]string{}
	if _, err := os.Stat(filepath.Join(dir, "rendered")); err == nil {
		have = files(t, filepath.Join(dir, "rendered"))
	}
	switch {
	case status == 0 && stderr == "" && maps.Equal(have, want):
		wrote = true
	case status == 3 && stdout == "" && noSpace.MatchString(stderr) && maps.Equal(have, old):
	default:
		t.Fatalf("status %d, %d files, neither the old tree nor the new one\n%s%s", status, len(have), stdout, stderr)
	}
	leftovers, err := filepath.Glob(filepath.Join(dir, ".*"))
	if err != nil || len(leftovers) > 0 {
		t.Errorf("left over: %v, %v", leftovers, err)
	}
	return wrote
}

// wishes returns what the two intents of ask render to, on a disk with room.
func wishes(t *testing.T) (first, second map[string]string) {
	t.Helper()
	dir := repository(t)
	var trees [2]map[string]string
	for i, memory := range []string{"256Mi", "300Mi"} {
		ask(t, dir, memory)
		if _, stderr, status := run(t, meshgen(t, dir, "render")); status != 0 {
			t.Fatal(stderr)
		}
		trees[i] = files(t, filepath.Join(dir, "rendered"))
	}
	if maps.Equal(trees[0], trees[1]) {
		t.Fatal("the trees do not differ")
	}
	return trees[0], trees[1]
}

// TestDiskFull renders with ever more room, until there is enough: first with
// nothing there, then over an older tree.
func TestDiskFull(t *testing.T) {
	if testing.Short() {
		t.Skip("slow, and writes nothing")
	}
	if !withMounts(t) {
		return
	}
	first, second := wishes(t)
	dir := small(t, "size=64m")
	for _, step := range []struct {
		name, memory string
		old, want    map[string]string
		by           uint64 // pages
	}{
		{"nothing there", "256Mi", map[string]string{}, first, 120},
		{"an old tree there", "300Mi", first, second, 18},
	} {
		ask(t, dir, step.memory)
		failed := 0
		for pages := uint64(0); ; pages += step.by {
			fill(t, dir, pages)
			if expectWhole(t, dir, step.old, step.want) {
				break
			}
			failed++
		}
		if failed < 3 {
			t.Errorf("%s: only %d runs had too little room", step.name, failed)
		}
		t.Logf("%s: %d runs had too little room", step.name, failed)
	}
	if stdout, stderr, status := run(t, meshgen(t, dir, "verify")); status != 0 {
		t.Errorf("verify: %s%s", stdout, stderr)
	}
}

// TestDiskWithoutInodes renders where there is room for bytes, but for ever
// more files.
func TestDiskWithoutInodes(t *testing.T) {
	if testing.Short() {
		t.Skip("slow, and writes nothing")
	}
	if !withMounts(t) {
		return
	}
	first, _ := wishes(t)
	dir := small(t, "size=64m")
	var used syscall.Statfs_t
	if err := syscall.Statfs(dir, &used); err != nil {
		t.Fatal(err)
	}
	failed := 0
	for inodes := used.Files - used.Ffree; ; inodes += 8 {
		if err := syscall.Mount("meshgen", dir, "tmpfs", syscall.MS_REMOUNT, fmt.Sprintf("size=64m,nr_inodes=%d", inodes)); err != nil {
			t.Fatal(err)
		}
		if expectWhole(t, dir, map[string]string{}, first) {
			break
		}
		failed++
	}
	if failed < 3 {
		t.Errorf("only %d runs had too few inodes", failed)
	}
	t.Logf("%d runs had too few inodes", failed)
}

// TestDiskReadOnly renders where nothing can be written: in the whole of the
// repository, or in its rendered folder, which somebody mounted. Commands that
// only read do not mind.
func TestDiskReadOnly(t *testing.T) {
	if testing.Short() {
		t.Skip("slow, and writes nothing")
	}
	if !withMounts(t) {
		return
	}
	first, _ := wishes(t)
	dir := small(t, "size=64m")
	if _, stderr, status := run(t, meshgen(t, dir, "render")); status != 0 {
		t.Fatal(stderr)
	}
	ask(t, dir, "300Mi")
	rendered := filepath.Join(dir, "rendered")
	for _, test := range []struct {
		name, mount string
		stderr      string
	}{
		{"repository", dir, "meshgen: rendered/ cannot be written: mkdirat .rendered.meshgen-new: read-only file system\n    try: make the file system writable, or name another folder with --output\n"},
		{"rendered folder", rendered, "meshgen: exchange .rendered.meshgen-new rendered: device or resource busy\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := syscall.Mount(test.mount, test.mount, "", syscall.MS_BIND, ""); err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := syscall.Unmount(test.mount, syscall.MNT_DETACH); err != nil {
					t.Error(err)
				}
			}()
			if err := syscall.Mount(test.mount, test.mount, "", syscall.MS_BIND|syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
				t.Fatal(err)
			}
			for _, command := range []struct {
				args   []string
				status int
			}{{[]string{"vet"}, 0}, {[]string{"verify"}, 1}, {[]string{"diff"}, 1}} {
				if stdout, stderr, status := run(t, meshgen(t, dir, command.args...)); status != command.status {
					t.Errorf("%v: status %d\n%s%s", command.args, status, stdout, stderr)
				}
			}
			stdout, stderr, status := run(t, meshgen(t, dir, "render"))
			if stdout != "" || stderr != test.stderr || status != 3 {
				t.Errorf("%q, %q, status %d", stdout, stderr, status)
			}
			if !maps.Equal(files(t, rendered), first) {
				t.Error("the old tree is gone")
			}
			if leftovers, err := filepath.Glob(filepath.Join(dir, ".*")); err != nil || len(leftovers) > 0 {
				t.Errorf("left over: %v, %v", leftovers, err)
			}
		})
	}
	ask(t, dir, "256Mi")
	if stdout, stderr, status := run(t, meshgen(t, dir, "verify")); status != 0 {
		t.Errorf("verify: %s%s", stdout, stderr)
	}
}
