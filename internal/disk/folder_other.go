//go:build !unix

package disk

import "os"

// syncFolder has nothing to do where folders cannot be synced.
func syncFolder(*os.Root, string) error { return nil }
