//go:build unix

package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/meshgen/meshgen/internal/disk"
)

// The tests of this file run meshgen as a process, to interrupt it, to kill it,
// and to take rights from it.

const mesh = `package mesh

import "meshgen.dev/schema"

schema.#Mesh

istio: version: "1.31.1"

cluster: {
	platform:   "kind"
	kubernetes: "1.35"
	nodePools: node: {role: "server", count: 1, cpu: "4", memory: "8Gi"}
}
mode: "sidecar"
controlPlane: resources: requests: memory: %q
`

// repository makes a repository of a few clusters, and returns its folder.
func repository(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := writeModule(dir); err != nil {
		t.Fatal(err)
	}
	ask(t, dir, "256Mi")
	return dir
}

// ask gives every cluster an amount of memory.
func ask(t *testing.T, dir, memory string) {
	t.Helper()
	for _, name := range []string{"one", "two", "three"} {
		at := filepath.Join(dir, "overlays", name)
		if err := errors.Join(os.MkdirAll(at, 0o755), os.WriteFile(filepath.Join(at, "mesh.cue"), fmt.Appendf(nil, mesh, memory), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
}

// meshgen returns a command that runs meshgen in a folder.
func meshgen(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Args = append([]string{"meshgen"}, args...) // by which TestMain knows what to be
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "MESHGEN_CACHE=off")
	return cmd
}

// run runs meshgen and returns what it said, and its status.
func run(t *testing.T, cmd *exec.Cmd) (stdout, stderr string, status int) {
	t.Helper()
	var out, messages bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &messages
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), messages.String(), cmd.ProcessState.ExitCode()
}

// files returns the files below a folder.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		content, err := os.ReadFile(p)
		all[strings.TrimPrefix(p, dir)] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// kills is how many moments a test of kills tries: a few, or as many as make
// kill asks for.
func kills(t *testing.T) int {
	t.Helper()
	n, err := strconv.Atoi(cmp.Or(os.Getenv("MESHGEN_KILLS"), "12"))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// moment returns the i-th of a row of numbers from 0 to 1 that are spread at
// random, and the same each time.
func moment(i int) float64 {
	sum := sha256.Sum256([]byte(strconv.Itoa(i)))
	return float64(binary.BigEndian.Uint32(sum[:])) / (1 << 32)
}

// TestKilled kills meshgen at moments of a run that has something to write: the
// old tree is there, or the new one, and the next run mends the rest. Every
// second moment is in the part of the run that writes.
func TestKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("slow, and writes nothing")
	}
	dir := repository(t)
	trees := map[string]map[string]string{}
	var took time.Duration
	for _, memory := range []string{"256Mi", "300Mi"} {
		ask(t, dir, memory)
		start := time.Now()
		if _, stderr, status := run(t, meshgen(t, dir, "render")); status != 0 {
			t.Fatal(stderr)
		}
		took = time.Since(start)
		trees[memory] = files(t, filepath.Join(dir, "rendered"))
	}
	if maps.Equal(trees["256Mi"], trees["300Mi"]) {
		t.Fatal("the trees do not differ")
	}
	seen := map[string]int{}
	have := "300Mi"
	for i := range kills(t) {
		next := "256Mi"
		if have == next {
			next = "300Mi"
		}
		ask(t, dir, next)
		cmd := meshgen(t, dir, "render")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		when := time.Duration(moment(i) * float64(took*5/4))
		if i%2 == 1 {
			awaitStaging(dir, ended)
			when = time.Duration(moment(i) * float64(30*time.Millisecond))
		}
		select {
		case err := <-ended: // nothing is left to kill
			ended <- err
		case <-time.After(when):
		}
		_ = cmd.Process.Kill()
		<-ended
		now := files(t, filepath.Join(dir, "rendered"))
		leftover, _ := filepath.Glob(filepath.Join(dir, ".rendered*"))
		switch {
		case maps.Equal(now, trees[have]) && len(leftover) > 0:
			seen["old, staging"]++
		case maps.Equal(now, trees[have]):
			seen["old"]++
		case maps.Equal(now, trees[next]) && len(leftover) > 0:
			seen["new, removing"]++
			have = next
		case maps.Equal(now, trees[next]):
			seen["new"]++
			have = next
		default:
			t.Fatalf("moment %d: neither the old tree nor the new one", i)
		}
	}
	t.Logf("killed with %v", seen)
	if _, stderr, status := run(t, meshgen(t, dir, "render")); status != 0 {
		t.Fatal(stderr)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 3 {
		t.Errorf("beside cue.mod, overlays and rendered there is something: %v, %v", entries, err)
	}
	if stdout, _, status := run(t, meshgen(t, dir, "verify")); status != 0 {
		t.Errorf("verify: %s", stdout)
	}
}

// awaitStaging returns when a run builds its new tree, or has ended. What an
// earlier kill left behind is not taken for this run's.
func awaitStaging(dir string, ended chan error) {
	staging := filepath.Join(dir, ".rendered.meshgen-new")
	before, _ := os.Stat(staging)
	for {
		now, err := os.Stat(staging)
		if err == nil && (before == nil || !os.SameFile(before, now)) {
			return
		}
		select {
		case err := <-ended:
			ended <- err
			return
		case <-time.After(200 * time.Microsecond):
		}
	}
}

// TestInterrupted sends the signals of a terminal and of a container's end to a
// run that waits for another.
func TestInterrupted(t *testing.T) {
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		dir := repository(t)
		release := hold(t, dir)
		cmd := meshgen(t, dir, "render")
		stderr, err := cmd.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		waiting := expectLine(t, stderr, "meshgen: waiting for another meshgen to finish\n")
		if err := cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		rest, _ := io.ReadAll(waiting)
		_ = cmd.Wait()
		if got := string(rest); got != "meshgen: interrupted; nothing was written\n" || cmd.ProcessState.ExitCode() != 3 {
			t.Errorf("%v: %q, status %d", signal, got, cmd.ProcessState.ExitCode())
		}
		if _, err := os.Stat(filepath.Join(dir, "rendered")); err == nil {
			t.Errorf("%v: something was written", signal)
		}
		release()
	}
}

// TestTwoAtOnce lets a run wait for another that holds the repository.
func TestTwoAtOnce(t *testing.T) {
	dir := repository(t)
	release := hold(t, dir)
	cmd := meshgen(t, dir, "render")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	waiting := expectLine(t, stderr, "meshgen: waiting for another meshgen to finish\n")
	if _, err := os.Stat(filepath.Join(dir, "rendered")); err == nil {
		t.Error("the run did not wait")
	}
	release()
	rest, _ := io.ReadAll(waiting)
	if err := cmd.Wait(); err != nil || len(rest) > 0 {
		t.Errorf("%v: %s", err, rest)
	}

	// Two that start together both end well, and the tree is whole.
	ask(t, dir, "300Mi")
	one, two := meshgen(t, dir, "render"), meshgen(t, dir, "render")
	if err := errors.Join(one.Start(), two.Start(), one.Wait(), two.Wait()); err != nil {
		t.Error(err)
	}
	if stdout, _, status := run(t, meshgen(t, dir, "verify")); status != 0 {
		t.Error(stdout)
	}
}

// TestReadOnly runs meshgen where it may not write.
func TestReadOnly(t *testing.T) {
	dir := repository(t)
	self, err := os.ReadFile(meshgen(t, dir).Path)
	if err != nil {
		t.Fatal(err)
	}
	exe := filepath.Join(t.TempDir(), "meshgen")
	if err := os.WriteFile(exe, self, 0o755); err != nil {
		t.Fatal(err)
	}
	for at := filepath.Dir(exe); at != os.TempDir(); at = filepath.Dir(at) {
		_ = os.Chmod(at, 0o755)
	}
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	cmd := meshgen(t, dir, "render")
	cmd.Path = exe
	if os.Getuid() == 0 { // who may write anywhere
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	stdout, stderr, status := run(t, cmd)
	const told = "meshgen: rendered/ cannot be written: mkdirat .rendered.meshgen-new: permission denied\n" +
		"    try: give yourself the right to write to rendered and to the repository's folder, which holds the new tree until it is whole: chmod -R u+rwX, or as root chown -R\n"
	if stdout != "" || stderr != told || status != 3 {
		t.Errorf("%q, %q, status %d", stdout, stderr, status)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 2 {
		t.Errorf("something was written: %v, %v", entries, err)
	}
}

// TestPipes puts named pipes where files should be: to open one would wait for
// ever for somebody who writes into it.
func TestPipes(t *testing.T) {
	for _, test := range []struct{ pipe, want string }{
		{"cue.mod/module.cue", "cue.mod/module.cue: cue.mod/module.cue is not a regular file (MG1013)"},
		{"overlays/mesh.cue", "overlays/mesh.cue: overlays/mesh.cue is not a regular file (MG1013)"},
		{"overlays/one/more.cue", "overlays/one/more.cue: overlays/one/more.cue is not a regular file (MG1013)"},
		{"overlays/one/a.yaml", "overlays/one/hatch.cue:3:21: overlays/one/a.yaml is not a regular file (MG1017)"},
	} {
		dir := repository(t)
		if strings.HasSuffix(test.pipe, ".yaml") {
			hatch := "package mesh\n\nmanifests: a: path: \"a.yaml\"\n"
			if err := os.WriteFile(filepath.Join(dir, "overlays/one/hatch.cue"), []byte(hatch), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		at := filepath.Join(dir, filepath.FromSlash(test.pipe))
		if err := errors.Join(os.RemoveAll(at), syscall.Mkfifo(at, 0o644)); err != nil {
			t.Fatal(err)
		}
		stdout, stderr, _ := run(t, meshgen(t, dir, "vet", "one"))
		if !strings.HasPrefix(stdout, test.want) {
			t.Errorf("%s: %s%s", test.pipe, stdout, stderr)
		}
	}
}

// hold takes a repository as another run would.
func hold(t *testing.T, dir string) (release func()) {
	t.Helper()
	repo, err := disk.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { repo.Close() })
	release, err = repo.Lock(context.Background(), false, func() bool { return false })
	if err != nil {
		t.Fatal(err)
	}
	return release
}

// expectLine reads a line, which must be the given one, and returns the rest.
func expectLine(t *testing.T, r io.Reader, want string) io.Reader {
	t.Helper()
	line := make([]byte, len(want))
	if _, err := io.ReadFull(r, line); err != nil || string(line) != want {
		t.Fatalf("%q, %v", line, err)
	}
	return r
}
