package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
	"testing"

	"github.com/meshgen/meshgen/internal/disk"
)

// What the system refuses names the folder that people know, and the way out.
func TestDenied(t *testing.T) {
	repo, err := disk.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer repo.Close()
	const chmod = "give yourself the right to write to %s and to %s, which holds the new tree until it is whole: chmod -R u+rwX, or as root chown -R"
	for _, c := range []struct {
		folder, op, path, deed string
		number                 syscall.Errno
		message, suggestion    string
	}{
		{"rendered", "mkdirat", ".rendered.meshgen-new", "written", syscall.EACCES,
			"rendered/ cannot be written: mkdirat .rendered.meshgen-new: permission denied", fmt.Sprintf(chmod, "rendered", "the repository's folder")},
		{"out/mesh", "mkdirat", ".mesh.meshgen-new", "written", syscall.EPERM,
			"out/mesh/ cannot be written: mkdirat .mesh.meshgen-new: operation not permitted", fmt.Sprintf(chmod, "out/mesh", "out")},
		{"rendered", "openat", "one/meshgen.lock", "read", syscall.EACCES,
			"rendered/one/meshgen.lock cannot be read: permission denied", "run chmod -R u+rwX rendered, or as root chown -R rendered to yourself"},
		{"rendered", "mkdirat", ".rendered.meshgen-new", "written", syscall.EROFS,
			"rendered/ cannot be written: mkdirat .rendered.meshgen-new: read-only file system", "make the file system writable, or name another folder with --output"},
		{"rendered", "write", "x", "written", syscall.ENOSPC, "write x: no space left on device", ""},
	} {
		out, err := repo.Output(c.folder)
		if err != nil {
			t.Fatal(err)
		}
		got := denied(out, &fs.PathError{Op: c.op, Path: c.path, Err: c.number}, c.deed)
		if got.Error() != c.message {
			t.Errorf("got %q, want %q", got, c.message)
		}
		var env *environmentError
		if errors.As(got, &env); env == nil && c.suggestion != "" || env != nil && env.suggestion != c.suggestion {
			t.Errorf("%s: got %+v, want the suggestion %q", c.message, env, c.suggestion)
		}
	}
	if out, _ := repo.Output("rendered"); denied(out, nil, "read") != nil {
		t.Error("no error becomes one")
	}
}
