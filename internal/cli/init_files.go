package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/preset"
	"github.com/meshgen/meshgen/internal/tree"
)

// placed is what became of the files of init, by their paths in the repository.
type placed struct {
	Made     []string `json:"made"`
	Kept     []string `json:"kept"` // were there already
	Replaced []string `json:"replaced"`
	Removed  []string `json:"removed"`
}

// report prints what became of the files; those of the schema in one line.
func (p placed) report(c *Container, f *format) error {
	if f.value == "json" {
		return diag.EncodeJSON(c.Stdout, p)
	}
	for _, group := range []struct {
		word  string
		files []string
	}{{"made", p.Made}, {"replaced", p.Replaced}, {"removed", p.Removed}, {"kept", p.Kept}} {
		schema := 0
		for _, name := range group.files {
			if strings.HasPrefix(name, preset.SchemaFolder+"/") && group.word != "removed" {
				schema++
				continue
			}
			if _, err := fmt.Fprintf(c.Stdout, "%s %s\n", group.word, name); err != nil {
				return err
			}
		}
		if schema > 0 {
			if _, err := fmt.Fprintf(c.Stdout, "%s %s/ (%s)\n", group.word, preset.SchemaFolder, diag.Plural(schema, "file")); err != nil {
				return err
			}
		}
	}
	return nil
}

// place makes the files in a folder that do not exist there. If one cannot be
// made, none is.
func place(dir string, files tree.Tree) (done placed, err error) {
	done = placed{Made: []string{}, Kept: []string{}, Replaced: []string{}, Removed: []string{}}
	made, err := makeFolders(dir)
	if err != nil {
		return done, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return done, err
	}
	defer root.Close()
	s := &stager{root: root}
	defer func() {
		if err = s.finish(err); err != nil {
			for _, folder := range slices.Backward(made) {
				_ = os.Remove(folder) // fails, as it should, where somebody put a file meanwhile
			}
		}
	}()
	for _, name := range files.Paths() {
		switch info, err := root.Lstat(name); {
		case errors.Is(err, fs.ErrNotExist):
			if err := s.stage(name, files[name]); err != nil {
				return done, err
			}
			done.Made = append(done.Made, name)
		case err != nil:
			return done, err
		case info.IsDir():
			return done, fmt.Errorf("%s is a folder", name)
		default:
			done.Kept = append(done.Kept, name)
		}
	}
	return done, s.settle(false)
}

// makeFolders makes a folder of the system and those above it, and returns
// those that it made, the highest first.
func makeFolders(dir string) ([]string, error) {
	if info, err := os.Stat(dir); err == nil {
		if !info.IsDir() {
			return nil, fmt.Errorf("%s is a file", dir)
		}
		return nil, nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	made, err := makeFolders(filepath.Dir(dir))
	if err != nil {
		return made, err
	}
	if err := os.Mkdir(dir, 0o777); err != nil {
		return made, err
	}
	return append(made, dir), nil
}

// replace writes the files of one folder, and removes the CUE files there that
// are not among them.
func replace(dir, folder string, files tree.Tree) (done placed, err error) {
	done = placed{Made: []string{}, Kept: []string{}, Replaced: []string{}, Removed: []string{}}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return done, err
	}
	defer root.Close()
	s := &stager{root: root}
	defer func() { err = s.finish(err) }()
	for _, name := range files.Paths() {
		have, err := root.ReadFile(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			done.Made = append(done.Made, name)
		case err != nil:
			return done, err
		case string(have) == string(files[name]):
			continue
		default:
			done.Replaced = append(done.Replaced, name)
		}
		if err := s.stage(name, files[name]); err != nil {
			return done, err
		}
	}
	there, err := fs.Glob(root.FS(), path.Join(folder, "*.cue"))
	if err != nil {
		return done, err
	}
	for _, name := range there {
		if _, ok := files[name]; !ok {
			done.Removed = append(done.Removed, name)
		}
	}
	if err := s.settle(true); err != nil {
		return done, err
	}
	for _, name := range done.Removed {
		if err := root.Remove(name); err != nil {
			return done, err
		}
	}
	return done, nil
}

// stager writes files beside their places first, so that a full disk or a
// folder that cannot be written is met before anything is in its place.
type stager struct {
	root    *os.Root
	folders []string // made, the highest first
	staged  []string // the places
	settled []string // the places that are taken, unless they were there before
}

// besideSuffix ends the name that a file has until all of them are written.
const besideSuffix = ".meshgen-init"

// beside is the name that a file has until all of them are written.
func beside(name string) string {
	return path.Join(path.Dir(name), "."+path.Base(name)+besideSuffix)
}

func (s *stager) stage(name string, data []byte) error {
	if err := s.folder(path.Dir(name)); err != nil {
		return err
	}
	s.staged = append(s.staged, name)
	return s.root.WriteFile(beside(name), data, 0o666)
}

func (s *stager) folder(dir string) error {
	if dir == "." {
		return nil
	}
	if err := s.folder(path.Dir(dir)); err != nil {
		return err
	}
	err := s.root.Mkdir(dir, 0o777)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err == nil {
		s.folders = append(s.folders, dir)
	}
	return err
}

// settle puts the files in their places; a file that came there meanwhile is
// replaced only if it may be.
func (s *stager) settle(over bool) error {
	for _, name := range s.staged {
		if over {
			if err := s.root.Rename(beside(name), name); err != nil {
				return err
			}
			continue
		}
		// Where there are no hard links, the moment between Lstat and Rename stays open.
		if err := s.root.Link(beside(name), name); errors.Is(err, fs.ErrExist) {
			return err
		} else if err != nil {
			if err := s.root.Rename(beside(name), name); err != nil {
				return err
			}
		}
		s.settled = append(s.settled, name)
	}
	return nil
}

// finish clears what staging left, and takes everything back if it failed.
func (s *stager) finish(failed error) error {
	for _, name := range s.staged {
		if err := s.root.Remove(beside(name)); err != nil && !errors.Is(err, fs.ErrNotExist) && failed == nil {
			failed = err
		}
	}
	if failed == nil {
		return nil
	}
	for _, name := range s.settled {
		_ = s.root.Remove(name)
	}
	for _, dir := range slices.Backward(s.folders) {
		_ = s.root.Remove(dir)
	}
	return failed
}
