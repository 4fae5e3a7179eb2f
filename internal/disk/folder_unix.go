//go:build unix

package disk

import (
	"errors"
	"os"
)

// syncFolder waits until a folder's names are on the disk.
func syncFolder(root *os.Root, dir string) error {
	f, err := root.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
