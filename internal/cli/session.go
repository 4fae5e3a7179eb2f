package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/disk"
	"github.com/meshgen/meshgen/internal/fault"
	"github.com/meshgen/meshgen/internal/render"
)

// session is an open repository, and the clusters that a command is about.
type session struct {
	c     *Container
	jobs  int
	repo  *disk.Repository
	known []string // the clusters of the repository, sorted
	names []string // those that were asked for, sorted; none means all

	recorder *disk.Recorder // what the compiler asked for; nil when nobody wants to know
}

// open opens the repository that the command runs in. The caller closes it.
func (c *Container) open(g *globals, clusters []string) (*session, error) {
	dir := g.dir
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(c.Dir, dir)
	}
	root, err := disk.Find(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &environmentError{fmt.Errorf("there is no folder %s", g.dir), "name the repository's folder with -C"}
	} else if errors.Is(err, disk.ErrNoRepository) {
		return nil, &environmentError{err, "run meshgen init, or name the repository with -C"}
	} else if err != nil {
		return nil, err
	}
	repo, err := disk.Open(root)
	if err != nil {
		return nil, err
	}
	s := &session{c: c, jobs: g.jobs, repo: repo, known: clusterNames(repo.FS()), names: slices.Compact(slices.Sorted(slices.Values(clusters)))}
	for _, name := range s.names {
		if !slices.Contains(s.known, name) {
			s.close()
			return nil, &usageError{fmt.Sprintf("there is no cluster %s in overlays/", name) + nearCluster(name, s.known), ""}
		}
	}
	return s, nil
}

// nearCluster is didYouMean for a cluster that is not there: the folder's
// path is a name that people type too.
func nearCluster(name string, known []string) string {
	if base := path.Base(filepath.ToSlash(name)); slices.Contains(known, base) {
		return "; did you mean " + base + "?"
	}
	return didYouMean(name, known)
}

func (s *session) close() { _ = s.repo.Close() }

// count is how many clusters the command looks at.
func (s *session) count() int {
	if len(s.names) > 0 {
		return len(s.names)
	}
	return len(s.known)
}

// clusterNames are the folders of overlays/ that hold CUE, sorted; a link to a
// folder is one too. It is for completion and for wrong names: what a cluster
// is, the compiler says.
func clusterNames(fsys fs.FS) []string {
	var names []string
	entries, err := fs.ReadDir(fsys, "overlays")
	if err != nil {
		return nil // the compiler says so, with what to do
	}
	for _, e := range entries {
		hidden := strings.HasPrefix(e.Name(), ".") || strings.HasPrefix(e.Name(), "_")
		if info, err := fs.Stat(fsys, "overlays/"+e.Name()); err != nil || !info.IsDir() {
			continue // to look into a named pipe would wait for ever
		}
		if files, _ := fs.Glob(fsys, "overlays/"+e.Name()+"/*.cue"); !hidden && len(files) > 0 {
			names = append(names, e.Name())
		}
	}
	return names
}

// completeClusters completes the names of clusters that are not on the line yet.
func (c *Container) completeClusters(g *globals) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		s, err := c.open(g, nil)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		defer s.close()
		names := slices.DeleteFunc(s.known, func(n string) bool { return slices.Contains(args, n) })
		return names, cobra.ShellCompDirectiveNoFileComp
	}
}

// compile compiles the session's clusters, and says how far it is when that
// takes long. It returns as soon as the context ends, for an evaluation cannot
// be stopped halfway, and nothing has been written.
func (s *session) compile(ctx context.Context) (render.Output, diag.List, error) {
	return s.compileWith(ctx, nil)
}

// compileWith is compile with values laid over the intent.
func (s *session) compileWith(ctx context.Context, set []render.Setting) (render.Output, diag.List, error) {
	files := s.repo.FS()
	if s.recorder != nil {
		files = s.recorder
	}
	progress := s.c.startProgress()
	defer progress.stop()
	var (
		out  render.Output
		list diag.List
	)
	err := await(ctx, func() (err error) {
		out, list, err = s.c.Compile(ctx, render.Input{
			FS: files, Clusters: s.names, Parallel: s.jobs, Version: Version, Progress: progress.set, Watch: s.c.watch, Set: set,
		})
		return err
	})
	if err != nil {
		return render.Output{}, nil, err
	}
	return out, list, nil
}

// await does work, and returns as soon as the context ends: then nothing that
// the work sets may be looked at.
func await(ctx context.Context, work func() error) error {
	done := make(chan error, 1)
	go func() { done <- fault.Guard(work)() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// lock takes the repository, and says so when it has to wait for another run.
func (s *session) lock(ctx context.Context, shared bool) (release func(), err error) {
	start, said := time.Now(), false
	release, err = s.repo.Lock(ctx, shared, func() bool {
		if !said {
			said = true
			fmt.Fprintln(s.c.Stderr, "meshgen: waiting for another meshgen to finish")
		}
		select {
		case <-ctx.Done():
		case <-time.After(disk.Pause):
		}
		return time.Since(start) < s.c.LockWait
	})
	if errors.Is(err, disk.ErrBusy) {
		return nil, &environmentError{fmt.Errorf("after %s: %w", s.c.LockWait, err), "run meshgen again when the other one is done"}
	}
	return release, err
}

// outputFlag gives a command the flag that names the rendered folder.
func outputFlag(cmd *cobra.Command) *string {
	return cmd.Flags().String("output", "rendered", "the rendered `folder`, below the repository")
}

// openOutput opens the repository and, in it, the rendered folder that was named.
func (c *Container) openOutput(g *globals, clusters []string, folder string) (*session, *disk.Output, error) {
	s, err := c.open(g, clusters)
	if err != nil {
		return nil, nil, err
	}
	out, err := s.output(folder)
	if err != nil {
		s.close()
		return nil, nil, err
	}
	return s, out, nil
}

// output returns the rendered folder that was named.
func (s *session) output(name string) (*disk.Output, error) {
	if slices.Contains([]string{"text", "json", "sarif", "github", "markdown"}, name) {
		return nil, &usageError{fmt.Sprintf("--output is the rendered folder, and %s is a format", name), "write -o " + name}
	}
	o, err := s.repo.Output(name)
	if err != nil {
		return nil, &usageError{err.Error(), ""}
	}
	return o, nil
}
