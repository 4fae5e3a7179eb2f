//go:build !linux && !darwin

package disk

import (
	"errors"
	"os"
)

// exchange is not there on this system; two renames do instead.
func exchange(*os.Root, string, string) error { return errors.ErrUnsupported }
