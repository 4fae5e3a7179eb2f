package disk

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync"
	"syscall"

	"github.com/meshgen/meshgen/internal/tree"
)

// Write makes the rendered folder hold the plan's tree, whole or not at all. The
// caller holds the folder's lock, and has seen that no problem of the plan is an
// error. When the context ends before the names are exchanged, the old tree stays.
func (o *Output) Write(ctx context.Context, have Snapshot, plan Plan, parallel int) error {
	if len(plan.Changes) == 0 {
		return nil
	}
	if err := o.repo.root.MkdirAll(o.parent, 0o755); err != nil {
		return err
	}
	parent, err := o.repo.root.OpenRoot(o.parent)
	if err != nil {
		return err
	}
	defer parent.Close()
	w := writer{o: o, parent: parent, have: have, want: plan.Tree}
	if err := w.stage(ctx, max(1, parallel)); err != nil {
		// Nothing but the staged tree is there; what stays of it, the next run removes.
		_ = parent.RemoveAll(o.staging())
		return err
	}
	if err := w.swap(); err != nil {
		return errors.Join(err, o.Recover())
	}
	w.clear()
	return nil
}

// Recover removes what an interrupted run left beside the rendered folder, and
// takes back the first of two renames if the second never came. The caller
// holds the folder's lock.
func (o *Output) Recover() error {
	parent, err := o.repo.root.OpenRoot(o.parent)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	defer parent.Close()
	if _, err := parent.Lstat(o.name); errors.Is(err, fs.ErrNotExist) {
		if err := parent.Rename(o.before(), o.name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	for _, left := range []string{o.before(), o.staging()} {
		if _, err := parent.Lstat(left); errors.Is(err, fs.ErrNotExist) {
			continue // a disk that cannot be written to refuses to remove even nothing
		}
		if err := parent.RemoveAll(left); err != nil {
			return err
		}
	}
	return nil
}

type writer struct {
	o      *Output
	parent *os.Root
	have   Snapshot
	want   tree.Tree
}

func (w *writer) at(step string) error {
	if w.o.step == nil {
		return nil
	}
	return w.o.step(step)
}

// stage builds the wanted tree beside the old one and waits for the disk.
func (w *writer) stage(ctx context.Context, parallel int) error {
	if err := w.at("start"); err != nil {
		return err
	}
	mode := fs.FileMode(0o755)
	if info, err := w.parent.Lstat(w.o.name); err == nil {
		mode = info.Mode().Perm()
	}
	if err := w.parent.Mkdir(w.o.staging(), mode|0o700); err != nil {
		return err
	}
	// One worker has one top-level entry: a cluster, or the shared bases.
	var groups [][]string
	for _, p := range w.want.Paths() {
		if n := len(groups); n > 0 && firstOf(groups[n-1][0]) == firstOf(p) {
			groups[n-1] = append(groups[n-1], p)
		} else {
			groups = append(groups, []string{p})
		}
	}
	next, failed := make(chan []string), make(chan error, parallel)
	var wait sync.WaitGroup
	for range parallel {
		wait.Go(func() {
			var first error
			for group := range next {
				if first == nil {
					first = w.group(ctx, group)
				}
			}
			failed <- first
		})
	}
	for _, g := range groups {
		next <- g
	}
	close(next)
	wait.Wait()
	close(failed)
	for err := range failed {
		if err != nil {
			return err
		}
	}
	if err := w.at("staged"); err != nil {
		return err
	}
	if err := w.sync(); err != nil {
		return err
	}
	if err := w.at("synced"); err != nil {
		return err
	}
	return ctx.Err()
}

// group stages the files of one top-level entry, given in order. Each folder is
// opened once: a root that is further up would walk down to it for every file.
func (w *writer) group(ctx context.Context, paths []string) error {
	var folder *os.Root
	defer func() {
		if folder != nil {
			_ = folder.Close()
		}
	}()
	opened := ""
	for _, p := range paths {
		if err := ctx.Err(); err != nil {
			return err
		}
		if dir := path.Dir(p); folder == nil || dir != opened {
			at := path.Join(w.o.staging(), dir)
			if err := w.parent.MkdirAll(at, 0o755); err != nil {
				return err
			}
			next, err := w.parent.OpenRoot(at)
			if err != nil {
				return err
			}
			if folder != nil {
				_ = folder.Close()
			}
			folder, opened = next, dir
		}
		if err := w.file(folder, p); err != nil {
			return err
		}
		if err := w.at("file " + p); err != nil {
			return err
		}
	}
	return nil
}

// file stages one file in its folder: a link when it does not change, else new bytes.
func (w *writer) file(folder *os.Root, p string) error {
	mode := fs.FileMode(0o644)
	if old, ok := w.have.Files[p]; ok && bytes.Equal(old, w.want[p]) {
		source := path.Join(w.o.name, p)
		if err := w.parent.Link(source, path.Join(w.o.staging(), p)); err == nil {
			return nil
		}
		// No links here; the bytes are at hand.
		if info, err := w.parent.Lstat(source); err == nil {
			mode = info.Mode().Perm()
		}
	}
	f, err := folder.OpenFile(path.Base(p), os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(w.want[p])
	return errors.Join(err, f.Close())
}

// swap gives the staged tree the rendered folder's name. What fails, fails
// before the old tree has lost its name, or puts it back.
func (w *writer) swap() error {
	if !w.have.Exists {
		if err := w.parent.Rename(w.o.staging(), w.o.name); err != nil {
			return err
		}
		return w.settle()
	}
	err := errors.ErrUnsupported
	if !w.o.twoRenames {
		err = exchange(w.parent, w.o.staging(), w.o.name)
		var number syscall.Errno
		if errors.As(err, &number) && !errors.Is(err, errors.ErrUnsupported) {
			err = &os.LinkError{Op: "exchange", Old: w.o.staging(), New: w.o.name, Err: err}
		}
	}
	if errors.Is(err, errors.ErrUnsupported) {
		err = w.rename()
	}
	if err != nil {
		return err
	}
	return w.settle()
}

// rename exchanges the trees in two steps, for systems without a better way.
func (w *writer) rename() error {
	if err := w.parent.Rename(w.o.name, w.o.before()); err != nil {
		return err
	}
	if err := w.at("renamed"); err != nil {
		return err
	}
	if err := w.parent.Rename(w.o.staging(), w.o.name); err != nil {
		return errors.Join(err, w.parent.Rename(w.o.before(), w.o.name))
	}
	return nil
}

// settle waits until the new names are on the disk.
func (w *writer) settle() error {
	if err := w.at("swapped"); err != nil {
		return err
	}
	return syncFolder(w.parent, ".")
}

// clear removes the old tree. A file that came into it after it was read is
// somebody's: it moves into the new tree, if its name is free there. What cannot
// be removed, the next run removes.
func (w *writer) clear() {
	for _, old := range []string{w.o.staging(), w.o.before()} {
		if _, err := w.parent.Lstat(old); err != nil {
			continue
		}
		lost := false
		_ = fs.WalkDir(w.parent.FS(), old, func(at string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return nil
			}
			below := strings.TrimPrefix(at, old+"/")
			if _, known := w.have.Files[below]; known {
				return nil
			}
			target := path.Join(w.o.name, below)
			if _, err := w.parent.Lstat(target); errors.Is(err, fs.ErrNotExist) {
				err = errors.Join(w.parent.MkdirAll(path.Dir(target), 0o755), w.parent.Rename(at, target))
				lost = lost || err != nil
			}
			return nil
		})
		if !lost {
			_ = w.parent.RemoveAll(old)
		}
	}
}
