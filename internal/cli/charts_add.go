package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/render"
)

// addReport is the JSON form of meshgen charts add.
type addReport struct {
	Charts []addedChart `json:"charts"`
	diag.Report
}

// addedChart is a chart, and what became of it: added, kept or replaced.
type addedChart struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Digest  string `json:"digest"`
	Folder  string `json:"folder"`
	Done    string `json:"done"`
}

func newChartsAdd(c *Container, g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "add PATH... [flags]",
		Short: "Put charts of another Istio patch release into the repository",
		Long: `Put charts into the repository: archives as helm pull brings them, or folders of
charts unpacked, of base, istiod, cni, ztunnel and gateway. They are looked at as
strangers' work; then their files are written to charts/VERSION/CHART, and their
digests to charts/VERSION/charts.lock. Both are yours to commit. Nothing is
fetched. A cluster whose istio.version is VERSION is rendered from them:

    helm pull istiod --repo URL --version 1.31.2   # and the other charts
    meshgen charts add *-1.31.2.tgz`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return &usageError{"which charts?", "name archives of helm pull, or folders of charts"}
			}
			return nil
		},
	}
	replace := cmd.Flags().Bool("replace", false, "take other charts in place of those that are pinned under the same version")
	f := formatFlag(cmd, "text", "json")
	cmd.RunE = work(func(ctx context.Context, args []string) error {
		s, err := c.open(g, nil)
		if err != nil {
			return err
		}
		defer s.close()
		sources, closeAll, err := c.chartSources(args)
		defer closeAll()
		if err != nil {
			return err
		}
		release, err := s.lock(ctx, false)
		if err != nil {
			return err
		}
		defer release()
		addition, list, err := render.AddCharts(s.repo.FS(), sources, *replace)
		if err != nil {
			return err
		}
		if !list.HasErrors() {
			if err := writeCharts(s.repo.Dir(), addition); err != nil {
				return fmt.Errorf("nothing was added: %w", err)
			}
		}
		return c.reportAdded(f, g, addition, list)
	})
	return cmd
}

// chartSources opens what was named on the command line.
func (c *Container) chartSources(names []string) (sources []render.ChartSource, closeAll func(), err error) {
	var roots []*os.Root
	closeAll = func() {
		for _, root := range roots {
			_ = root.Close()
		}
	}
	for _, name := range names {
		at := inFolder(c.Dir, name)
		source := render.ChartSource{Name: filepath.ToSlash(name)}
		info, err := os.Stat(at)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, closeAll, &usageError{"there is no file or folder " + name, ""}
		case err != nil:
			return nil, closeAll, err
		case info.IsDir():
			root, err := os.OpenRoot(at)
			if err != nil {
				return nil, closeAll, err
			}
			roots = append(roots, root)
			source.Folder = root.FS()
		case !info.Mode().IsRegular(): // to open a named pipe would wait for ever
			return nil, closeAll, &usageError{name + " is neither a file nor a folder", ""}
		default:
			if source.Archive, err = readAtMost(at, render.MaxArchive+1); err != nil {
				return nil, closeAll, err
			}
		}
		sources = append(sources, source)
	}
	return sources, closeAll, nil
}

// readAtMost reads no more of a file than its first bytes; never nil.
func readAtMost(name string, bytes int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, bytes))
}

// reportAdded says what was added, or why nothing was.
func (c *Container) reportAdded(f *format, g *globals, addition render.ChartAddition, list diag.List) error {
	report := addReport{Charts: []addedChart{}, Report: list.Report()}
	var versions []string
	for _, a := range addition.Charts {
		done := map[string]string{"": "added", "same": "kept", "other": "replaced"}[a.Was]
		report.Charts = append(report.Charts, addedChart{a.Name, a.Version, a.Digest, a.Folder, done})
		versions = append(versions, a.Version)
	}
	if f.value == "json" {
		if err := diag.EncodeJSON(c.Stdout, report); err != nil {
			return err
		}
	} else if err := diag.Text(c.Stderr, list, c.color(c.Stderr, g.color)); err != nil {
		return err
	}
	if list.HasErrors() {
		n, _ := list.Count()
		fmt.Fprintf(c.Stderr, "%s; nothing was added\n", diag.Plural(n, "error"))
		return errIntent
	}
	if f.value == "json" {
		return nil
	}
	for _, a := range report.Charts {
		if _, err := fmt.Fprintf(c.Stdout, "%s %s %s\n", a.Done, a.Folder, a.Digest); err != nil {
			return err
		}
	}
	slices.Sort(versions)
	for _, version := range slices.Compact(versions) {
		fmt.Fprintf(c.Stderr, "next: commit charts/%s, and set istio.version to %q where it is to be used\n", version, version)
	}
	return nil
}

// writeCharts writes the files of an addition, and removes what else is in the
// charts' folders. A run that is killed halfway leaves charts that are not as
// their lock has them, which the next compilation says.
func writeCharts(dir string, addition render.ChartAddition) (err error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, folder := range addition.Folders {
		if err := plainFolders(root, folder); err != nil {
			return err
		}
	}
	s := &stager{root: root}
	defer func() { err = s.finish(err) }()
	for _, name := range addition.Files.Paths() {
		have, err := root.ReadFile(name)
		if err == nil && string(have) == string(addition.Files[name]) {
			continue
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if err := s.stage(name, addition.Files[name]); err != nil {
			return err
		}
	}
	var stale []string
	for _, folder := range addition.Folders {
		err := fs.WalkDir(root.FS(), folder, func(at string, entry fs.DirEntry, err error) error {
			if _, wanted := addition.Files[at]; err == nil && !entry.IsDir() && !wanted && !strings.HasSuffix(at, besideSuffix) {
				stale = append(stale, at)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	if err := s.settle(true); err != nil {
		return err
	}
	for _, name := range stale {
		if err := root.Remove(name); err != nil {
			return err
		}
		for at := path.Dir(name); !slices.Contains(addition.Folders, at); at = path.Dir(at) {
			_ = root.Remove(at) // fails, as it should, where the folder holds something
		}
	}
	return nil
}

// plainFolders refuses a folder on the way to which something is none, such as a
// link to another place of the repository.
func plainFolders(root *os.Root, folder string) error {
	for at := folder; at != "."; at = path.Dir(at) {
		info, err := root.Lstat(at)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return err
		case !info.IsDir():
			return fmt.Errorf("%s is no folder: remove it", at)
		}
	}
	return nil
}
