package disk

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/meshgen/meshgen/internal/tree"
)

// Snapshot is what the rendered folder held when it was read.
type Snapshot struct {
	Exists bool      // whether there is a folder at all
	Files  tree.Tree // the regular files, by their path below the folder
	Odd    []Odd     // what is neither a regular file nor a folder, by path
}

// Odd is something in the rendered folder that meshgen neither follows nor touches.
type Odd struct {
	Path string // below the repository
	Kind string // such as "symbolic link"
}

// Read reads the rendered folder, with as many readers at once as it is told.
// Symbolic links are reported and never followed, in the folders that lead to
// the rendered one too.
func (o *Output) Read(ctx context.Context, parallel int) (Snapshot, error) {
	s := Snapshot{Files: tree.Tree{}}
	exists, odd, err := o.look()
	if err != nil || odd != nil || !exists {
		s.Odd = odd
		return s, err
	}
	s.Exists = true
	root, err := o.repo.root.OpenRoot(o.path)
	if err != nil {
		return s, err
	}
	defer root.Close()
	r := reader{ctx: ctx, root: root, output: o.path, snapshot: &s, slots: make(chan struct{}, max(1, parallel))}
	err = r.folder(".")
	r.wait.Wait()
	if err := errors.Join(append(r.failed, err)...); err != nil {
		return s, err
	}
	slices.SortFunc(s.Odd, func(a, b Odd) int { return cmp.Compare(a.Path, b.Path) })
	return s, ctx.Err()
}

// look says whether the rendered folder exists, and what on the way to it is no folder.
func (o *Output) look() (exists bool, odd []Odd, err error) {
	for at, rest := "", o.path; ; {
		var element string
		element, rest = cutPath(rest)
		at = path.Join(at, element)
		info, err := o.repo.root.Lstat(at)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return false, nil, nil
		case err != nil:
			return false, nil, err
		case !info.IsDir():
			return false, []Odd{{at, kind(info.Mode())}}, nil
		case rest == "":
			return true, nil, nil
		}
	}
}

// reader reads the folders below a root, those right below it side by side.
type reader struct {
	ctx    context.Context
	root   *os.Root
	output string
	slots  chan struct{}
	wait   sync.WaitGroup

	mu       sync.Mutex
	snapshot *Snapshot
	failed   []error
}

// folder reads one folder and those below it. Only the top folder starts
// others, so that a worker never waits for a worker.
func (r *reader) folder(dir string) error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	f, err := r.root.Open(dir)
	if err != nil {
		return err
	}
	entries, err := f.ReadDir(-1)
	f.Close()
	if err != nil {
		return err
	}
	for _, e := range entries {
		p := path.Join(dir, e.Name())
		switch {
		case e.IsDir() && dir == ".":
			r.slots <- struct{}{}
			r.wait.Go(func() {
				defer func() { <-r.slots }()
				if err := r.folder(p); err != nil {
					r.mu.Lock()
					r.failed = append(r.failed, err)
					r.mu.Unlock()
				}
			})
		case e.IsDir():
			err = r.folder(p)
		case e.Type().IsRegular() && tree.Valid(p):
			err = r.file(p)
		default:
			r.mu.Lock()
			r.snapshot.Odd = append(r.snapshot.Odd, Odd{path.Join(r.output, p), kind(e.Type())})
			r.mu.Unlock()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) file(p string) error {
	content, err := r.root.ReadFile(p)
	if err != nil {
		return err
	}
	r.mu.Lock()
	r.snapshot.Files[p] = content
	r.mu.Unlock()
	return nil
}

// kind says in a word what a file is.
func kind(m fs.FileMode) string {
	switch {
	case m&fs.ModeSymlink != 0:
		return "symbolic link"
	case m&fs.ModeNamedPipe != 0:
		return "named pipe"
	case m&fs.ModeSocket != 0:
		return "socket"
	case m&fs.ModeDevice != 0:
		return "device"
	case m.IsRegular():
		return "file"
	}
	return "special file"
}

// cutPath splits a path after its first element.
func cutPath(p string) (first, rest string) {
	first, rest, _ = strings.Cut(p, "/")
	return first, rest
}
