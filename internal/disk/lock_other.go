//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package disk

import "os"

// lockFolder locks a root's folder by a file in it, or says errHeld.
func lockFolder(root *os.Root, shared bool) (func(), error) {
	return lockFile(root, shared)
}
