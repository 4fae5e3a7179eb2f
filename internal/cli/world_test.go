package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/check"
	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/lock"
	"github.com/meshgen/meshgen/internal/render"
	"github.com/meshgen/meshgen/internal/tree"
)

// world is a repository in a folder and a container around it.
type world struct {
	t        *testing.T
	dir      string
	c        *Container
	env      map[string]string
	compiled int // how often the compiler ran
}

// newWorld returns a world whose compiler is compileToy.
func newWorld(t *testing.T, files map[string]string) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), env: map[string]string{"MESHGEN_CACHE": "off"}}
	w.put(map[string]string{"cue.mod/module.cue": `module: "example.com"`})
	w.put(files)
	w.c = &Container{
		Dir: w.dir, Getenv: func(name string) string { return w.env[name] },
		Terminal: func(io.Writer) bool { return false },
		CPUs:     2,
		Compile: func(ctx context.Context, in render.Input) (render.Output, diag.List, error) {
			w.compiled++
			return compileToy(ctx, in)
		},
		Doc: check.Find, Docs: check.Docs,
		Program:  func() (string, error) { return w.env["PROGRAM"], nil },
		Cache:    func() (string, error) { return filepath.Join(w.dir, "..", filepath.Base(w.dir)+"-cache"), nil },
		LockWait: time.Second, ProgressAfter: time.Second,
	}
	return w
}

func (w *world) put(files map[string]string) {
	w.t.Helper()
	for p, content := range files {
		at := filepath.Join(w.dir, p)
		if err := errors.Join(os.MkdirAll(filepath.Dir(at), 0o755), os.WriteFile(at, []byte(content), 0o644)); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) remove(paths ...string) {
	w.t.Helper()
	for _, p := range paths {
		if err := os.RemoveAll(filepath.Join(w.dir, p)); err != nil {
			w.t.Fatal(err)
		}
	}
}

// files are the files below a folder of the world, but for the locks.
func (w *world) files(below string) string {
	w.t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(filepath.Join(w.dir, below), func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || e.Name() == lock.Name {
			return err
		}
		content, err := os.ReadFile(p)
		rel, _ := filepath.Rel(w.dir, p)
		fmt.Fprintf(&b, "%s: %s\n", filepath.ToSlash(rel), content)
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		w.t.Fatal(err)
	}
	return b.String()
}

// run runs a command and returns its output, its messages and its status.
func (w *world) run(args ...string) (stdout, stderr string, status int) {
	return w.runContext(context.Background(), args...)
}

func (w *world) runContext(ctx context.Context, args ...string) (stdout, stderr string, status int) {
	var out, messages bytes.Buffer
	w.c.Stdout, w.c.Stderr = &out, &messages
	status = w.c.Run(ctx, args)
	return out.String(), messages.String(), status
}

// expect runs a command line and compares all that it says.
func (w *world) expect(line, stdout, stderr string, status int) {
	w.t.Helper()
	gotOut, gotErr, gotStatus := w.run(strings.Fields(line)...)
	if diff := cmp.Diff(stdout, gotOut); diff != "" {
		w.t.Errorf("meshgen %s: standard output (-want +got):\n%s", line, diff)
	}
	if diff := cmp.Diff(stderr, gotErr); diff != "" {
		w.t.Errorf("meshgen %s: standard error (-want +got):\n%s", line, diff)
	}
	if status != gotStatus {
		w.t.Errorf("meshgen %s: status %d, want %d", line, gotStatus, status)
	}
}

// compileToy is a compiler for tests. The lines of overlays/<cluster>/mesh.cue
// are "file PATH CONTENT", "image NAME", "error MESSAGE", "warning MESSAGE",
// "panic" and "fail".
func compileToy(ctx context.Context, in render.Input) (render.Output, diag.List, error) {
	var list diag.List
	out := render.Output{Tree: tree.Tree{}}
	names := in.Clusters
	if len(names) == 0 {
		names = clusterNames(in.FS)
	}
	for i, name := range names {
		file := "overlays/" + name + "/mesh.cue"
		content, err := fs.ReadFile(in.FS, file)
		if err != nil {
			return out, nil, err
		}
		cluster := render.Cluster{Name: name}
		locked := lock.File{Meshgen: in.Version, Files: map[string]string{}}
		for n, line := range strings.Split(strings.TrimSpace(string(content)), "\n") {
			word, rest, _ := strings.Cut(line, " ")
			problem := diag.Diagnostic{
				Code: "MG1001", Cluster: name, Message: rest, Suggestion: "write it well",
				Position: diag.Position{File: file, Line: n + 1, Column: 1},
			}
			switch word {
			case "file":
				p, text, _ := strings.Cut(rest, " ")
				if !strings.HasPrefix(p, "shared/") {
					p = name + "/" + p
				}
				out.Tree[p] = []byte(text)
				locked.Files[p] = lock.Digest([]byte(text))
			case "image":
				cluster.Images = append(cluster.Images, rest)
			case "error":
				problem.Severity = diag.Error
				list = append(list, problem)
			case "warning":
				problem.Severity = diag.Warning
				list = append(list, problem)
			case "panic":
				panic("a nut came loose")
			case "fail":
				return render.Output{}, nil, errors.New("the disk is full")
			}
		}
		encoded, err := locked.Encode()
		if err != nil {
			return out, nil, err
		}
		out.Tree[name+"/"+lock.Name] = encoded
		out.Clusters = append(out.Clusters, cluster)
		if in.Progress != nil {
			in.Progress(i+1, len(names))
		}
	}
	if list.HasErrors() {
		out = render.Output{Tree: tree.Tree{}}
	}
	return out, list.Sorted(), ctx.Err()
}

// fleet is a repository of three clusters.
func fleet(over map[string]string) map[string]string {
	files := map[string]string{
		"overlays/mesh.cue":        "// the base",
		"overlays/berlin/mesh.cue": "file a.yaml one\nfile 10/b.yaml two\nfile shared/crds/c.yaml crd\nimage pilot:1\nimage ztunnel:1",
		"overlays/lagos/mesh.cue":  "file a.yaml one\nfile shared/crds/c.yaml crd\nimage pilot:1",
		"overlays/oslo/mesh.cue":   "file a.yaml one\nimage proxy:1",
	}
	maps.Copy(files, over)
	return files
}
