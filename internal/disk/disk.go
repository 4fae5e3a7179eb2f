// Package disk is where files are read and written: a repository as an fs.FS,
// the rendered folder as a tree, and a tree as the rendered folder.
//
// Everything goes through an os.Root, so that neither a symbolic link nor ".."
// leads out of the repository.
//
// Writing is the whole tree or nothing. The new tree is built beside the old
// one, in the same folder and so on the same file system, under a hidden name;
// unchanged files are hard links to the old ones, which makes a thousand
// unchanged clusters cheap and keeps what a person did in the meantime. When all
// of it has reached the disk, one system call exchanges the two names. Killed
// before, a run leaves the old tree; killed after, the new one; what lies about
// under the hidden name is of no use in either case, and the next run removes
// it. Where the system cannot exchange names, two renames do, and the next run
// takes the first one back when it finds that the second never came.
//
// A plan says what a folder will hold and what stands in the way. It is made in
// memory, from the files that were read, so that the command that verifies and
// the command that writes cannot disagree.
package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/meshgen/meshgen/internal/tree"
)

// ErrNoRepository says that no folder from here upwards holds cue.mod/.
var ErrNoRepository = errors.New("this is no meshgen repository: no folder from here upwards holds cue.mod/")

// Find returns the root of the repository that a folder belongs to: the folder
// itself or the nearest one above it that holds the folder cue.mod.
func Find(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if info, err := os.Stat(dir); err != nil {
		return "", err
	} else if !info.IsDir() {
		return "", fmt.Errorf("%s is no folder", dir)
	}
	for at := dir; ; at = filepath.Dir(at) {
		if info, err := os.Stat(filepath.Join(at, "cue.mod")); err == nil && info.IsDir() {
			return at, nil
		}
		if filepath.Dir(at) == at {
			return "", ErrNoRepository
		}
	}
}

// Repository is an open repository: cue.mod/, overlays/, and the rendered folder.
type Repository struct {
	dir  string
	root *os.Root
}

// Open opens the repository at a folder.
func Open(dir string) (*Repository, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &Repository{dir, root}, nil
}

// Close gives back the repository's folder.
func (r *Repository) Close() error { return r.root.Close() }

// Dir returns the repository's root as a path of the system.
func (r *Repository) Dir() string { return r.dir }

// FS returns the repository's files. No name leads out of it.
func (r *Repository) FS() fs.FS { return r.root.FS() }

// sources are the folders of a repository that people write in.
var sources = [...]string{".git", "charts", "cue.mod", "overlays", "schema"}

// Output is the rendered folder of a repository, which need not exist.
type Output struct {
	repo   *Repository
	path   string // slash-separated, below the repository
	parent string // the folder that holds it
	name   string

	// step, if not nil, is called between the steps of a write. Tests use it
	// to stop there, as a kill would.
	step func(name string) error

	// twoRenames does without exchanging names. Tests set it.
	twoRenames bool
}

// Output returns the rendered folder at a path below the repository. The error
// says what is wrong with the path itself: the caller chose a wrong one.
func (r *Repository) Output(name string) (*Output, error) {
	slash := path.Clean(filepath.ToSlash(name))
	switch {
	case name == "":
		return nil, errors.New("the output folder has no name")
	case filepath.IsAbs(name) || strings.HasPrefix(slash, "/"):
		return nil, fmt.Errorf("the output folder %s is absolute: name it relative to the repository", name)
	case slash == "." || !tree.Valid(slash) || !filepath.IsLocal(name):
		return nil, fmt.Errorf("the output folder %s is not below the repository", name)
	}
	for _, s := range sources {
		if first, _, _ := strings.Cut(slash, "/"); strings.EqualFold(first, s) {
			return nil, fmt.Errorf("the output folder %s is below %s/, which is not meshgen's to write", name, s)
		}
	}
	return &Output{repo: r, path: slash, parent: path.Dir(slash), name: path.Base(slash)}, nil
}

// Path returns the folder's path below the repository, with slashes.
func (o *Output) Path() string { return o.path }

// staging and before are the names beside the folder that a write uses: the
// tree that is being built, then the old tree; and the old tree between two
// renames where names cannot be exchanged.
func (o *Output) staging() string { return "." + o.name + ".meshgen-new" }
func (o *Output) before() string  { return "." + o.name + ".meshgen-old" }
