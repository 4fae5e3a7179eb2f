package kube

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// scratchPrefix begins the names of the folders that hold what suites write.
const scratchPrefix = "meshgen-cluster-"

// scratch is the folder for everything that a suite writes while it runs. It is
// locked for as long, which tells it from one whose suite was killed.
type scratch struct {
	dir  string
	lock *os.File
}

// newScratch makes a folder below the one for temporary files, and removes
// those there that suites have left which were killed: each holds the databases
// of control planes.
func newScratch() (*scratch, error) {
	left, err := filepath.Glob(filepath.Join(os.TempDir(), scratchPrefix+"*"))
	if err != nil {
		return nil, err
	}
	for _, dir := range left {
		if lock, err := locked(dir); err == nil { // else somebody is at work there, or it is another user's
			_ = os.RemoveAll(dir) // what cannot be removed does no harm
			lock.Close()
		}
	}
	for {
		dir, err := os.MkdirTemp("", scratchPrefix)
		if err != nil {
			return nil, err
		}
		lock, err := locked(dir)
		if err == nil {
			if _, err = os.Stat(dir); err == nil {
				return &scratch{dir: dir, lock: lock}, nil
			}
			lock.Close()
		}
		// Another suite has just removed it, for it had no lock yet.
		if !os.IsNotExist(err) && err != unix.EWOULDBLOCK {
			return nil, err
		}
	}
}

// locked opens a folder and locks it, unless another process has.
func locked(dir string) (*os.File, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// remove removes the folder with all that is in it.
func (s *scratch) remove() {
	_ = os.RemoveAll(s.dir) // or else the next suite does
	s.lock.Close()
}

// orphaned returns when the process that started this one has ended, or the
// context. The go command ends at a SIGTERM and does not tell the tests, which
// would run on with nobody to hear of it.
func orphaned(ctx context.Context) {
	parent := os.Getppid()
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(200 * time.Millisecond):
			if os.Getppid() != parent {
				return
			}
		}
	}
}
