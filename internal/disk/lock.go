package disk

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// ErrBusy says that another meshgen held the repository for too long.
var ErrBusy = errors.New("another meshgen is at work here")

// errHeld says that the lock is not to be had right now.
var errHeld = errors.New("held")

// lockName is the file that stands for the lock where folders cannot be locked.
const lockName = ".meshgen.lock"

// Pause is how long a refused caller waits before it asks again.
const Pause = 50 * time.Millisecond

// Lock takes the repository for one run: alone to write, or together with other
// readers. It asks again until it has the lock, the context ends, or again
// returns false; again is called after each refusal, and should sleep for Pause.
// The lock goes with the process, so that a killed run holds up nobody. It is on
// the repository's folder itself, and leaves no file behind.
func (r *Repository) Lock(ctx context.Context, shared bool, again func() bool) (release func(), err error) {
	for {
		release, err := lockFolder(r.root, shared)
		switch {
		case err == nil:
			return release, nil
		case !errors.Is(err, errHeld):
			return nil, err
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case !again():
			if _, err := r.root.Lstat(lockName); err == nil {
				return nil, fmt.Errorf("%w; if none is, remove %s", ErrBusy, lockName)
			}
			return nil, ErrBusy
		}
	}
}

// lockFile holds the lock where a folder cannot: by being there. A killed run
// leaves the file, and nothing tells that apart from a run at work, so that
// after a while a person is asked. Readers do not write, and look at what there is.
func lockFile(root *os.Root, shared bool) (func(), error) {
	if shared {
		return func() {}, nil
	}
	f, err := root.OpenFile(lockName, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return nil, errHeld
	} else if err != nil {
		return nil, err
	}
	_ = f.Close()
	return func() { _ = root.Remove(lockName) }, nil
}
