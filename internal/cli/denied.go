package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"syscall"

	"github.com/meshgen/meshgen/internal/disk"
)

// denied returns an error of the rendered folder with what to do, where the
// system refuses: the error itself speaks of a file below the folder, or of a
// hidden one beside it. Any other error is returned as it is.
func denied(out *disk.Output, err error, deed string) error {
	var at *fs.PathError
	folder := out.Path()
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.EROFS):
		return &environmentError{fmt.Errorf("%s/ cannot be %s: %w", folder, deed, err), "make the file system writable, or name another folder with --output"}
	case !errors.Is(err, fs.ErrPermission):
		return err
	case errors.As(err, &at) && deed == "read":
		return &environmentError{fmt.Errorf("%s cannot be read: %w", path.Join(folder, at.Path), at.Err),
			fmt.Sprintf("run chmod -R u+rwX %[1]s, or as root chown -R %[1]s to yourself", folder)}
	}
	parent := path.Dir(folder)
	if parent == "." {
		parent = "the repository's folder"
	}
	return &environmentError{fmt.Errorf("%s/ cannot be written: %w", folder, err),
		fmt.Sprintf("give yourself the right to write to %s and to %s, which holds the new tree until it is whole: chmod -R u+rwX, or as root chown -R", folder, parent)}
}
