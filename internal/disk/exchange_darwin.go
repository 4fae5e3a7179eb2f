package disk

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// exchange gives each of two folders the other's name, in one step.
func exchange(parent *os.Root, a, b string) error {
	f, err := parent.Open(".")
	if err != nil {
		return err
	}
	defer f.Close()
	err = unix.RenameatxNp(int(f.Fd()), a, int(f.Fd()), b, unix.RENAME_SWAP)
	if errors.Is(err, unix.ENOTSUP) || errors.Is(err, unix.EINVAL) {
		return errors.ErrUnsupported
	}
	return err
}
