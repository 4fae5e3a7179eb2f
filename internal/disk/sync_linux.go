package disk

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// sync waits until the staged tree is on the disk. One call for the file system
// is many times faster than one for each of some thousand files.
func (w *writer) sync() error {
	f, err := w.parent.Open(w.o.staging())
	if err != nil {
		return err
	}
	err = unix.Syncfs(int(f.Fd()))
	return errors.Join(err, f.Close())
}

// exchange gives each of two folders the other's name, in one step.
func exchange(parent *os.Root, a, b string) error {
	f, err := parent.Open(".")
	if err != nil {
		return err
	}
	defer f.Close()
	err = unix.Renameat2(int(f.Fd()), a, int(f.Fd()), b, unix.RENAME_EXCHANGE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.ENOTSUP) {
		return errors.ErrUnsupported // by the kernel, or by the file system
	}
	return err
}
