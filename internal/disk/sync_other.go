//go:build !linux

package disk

import (
	"errors"
	"os"
	"path"
	"slices"
	"strings"
)

// sync waits until the staged tree is on the disk: each file that is new, then
// each folder.
func (w *writer) sync() error {
	for _, p := range w.want.Paths() {
		f, err := w.parent.OpenFile(path.Join(w.o.staging(), p), os.O_WRONLY, 0)
		if errors.Is(err, os.ErrPermission) {
			continue // a link to a file that is not ours to write: nothing new in it
		} else if err != nil {
			return err
		}
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			return err
		}
	}
	for _, dir := range w.folders() {
		if err := syncFolder(w.parent, dir); err != nil {
			return err
		}
	}
	return nil
}

// folders returns the staged tree's folders, the deepest first.
func (w *writer) folders() []string {
	seen := map[string]bool{w.o.staging(): true}
	for p := range w.want {
		for dir := path.Dir(p); dir != "." && !seen[path.Join(w.o.staging(), dir)]; dir = path.Dir(dir) {
			seen[path.Join(w.o.staging(), dir)] = true
		}
	}
	var all []string
	for dir := range seen {
		all = append(all, dir)
	}
	slices.SortFunc(all, func(a, b string) int { return strings.Compare(b, a) })
	return all
}
