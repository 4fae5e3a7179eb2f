package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/disk"
	"github.com/meshgen/meshgen/internal/tree"
)

// renderReport is the JSON form of meshgen render: what was written.
type renderReport struct {
	Clusters []folderChanges `json:"clusters"`
	Shared   *folderChanges  `json:"shared,omitempty"`
	diag.Report
}

// folderChanges are the files of one cluster that changed, or of the shared
// bases, by their path below the repository.
type folderChanges struct {
	Name    string   `json:"name"`
	Added   []string `json:"added"`
	Changed []string `json:"changed"`
	Removed []string `json:"removed"`
}

func newRender(c *Container, g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "render [CLUSTER...] [flags]",
		Short: "Write the manifests: the whole tree, or nothing",
		Long: `Compile the clusters and write their manifests to the rendered folder: the whole
tree, or nothing when a cluster has an error or the run is interrupted.

Only files that a meshgen.lock names are replaced or removed. When one of them
was edited by hand, or a file is there that is not meshgen's, nothing is written;
--force overwrites edits, and what stands where meshgen writes.`,
		ValidArgsFunction: c.completeClusters(g),
	}
	f := formatFlag(cmd, "text", "json", "sarif", "github")
	folder := outputFlag(cmd)
	force := cmd.Flags().Bool("force", false, "overwrite files that were edited by hand or stand in the way")
	cmd.RunE = work(func(ctx context.Context, args []string) error {
		s, out, err := c.openOutput(g, args, *folder)
		if err != nil {
			return err
		}
		defer s.close()
		plan, err := s.write(ctx, out, *force)
		if err != nil {
			return err
		}
		if err := c.reportRender(f, g, s, out, plan); err != nil {
			return err
		}
		if plan.Problems.HasErrors() {
			fmt.Fprintf(c.Stderr, "%s; nothing was written\n", diag.Summary(plan.Problems, s.count()))
			return errIntent
		}
		return nil
	})
	return cmd
}

// write compiles, plans and, unless there is an error, writes. The lock is held
// all the while: the run that waited has read the intent after the other wrote.
// The plan's problems are those of the intent and of the folder.
func (s *session) write(ctx context.Context, out *disk.Output, force bool) (disk.Plan, error) {
	release, err := s.lock(ctx, false)
	if err != nil {
		return disk.Plan{}, err
	}
	defer release()
	m := s.memory(out)
	compiled, list, err := s.compile(ctx)
	if err != nil || list.HasErrors() {
		return disk.Plan{Problems: list}, err
	}
	if err := out.Recover(); err != nil {
		return disk.Plan{}, denied(out, err, "written")
	}
	have, err := out.Read(ctx, s.jobs)
	if err != nil {
		return disk.Plan{}, denied(out, err, "read")
	}
	plan := out.Plan(have, disk.Wish{Tree: compiled.Tree, Clusters: s.names, Force: force})
	plan.Problems = append(list, plan.Problems...).Sorted()
	if plan.Problems.HasErrors() {
		plan.Changes = nil // none of which is made
		return plan, nil
	}
	if err := out.Write(ctx, have, plan, s.jobs); err != nil {
		return plan, denied(out, err, "written")
	}
	if len(plan.Problems) == 0 && !force { // force is silent about what it leaves alone
		m.learn(plan.Tree)
	}
	return plan, nil
}

// reportRender prints what was written: the result of the command.
func (c *Container) reportRender(f *format, g *globals, s *session, out *disk.Output, plan disk.Plan) error {
	folders := changesByFolder(out.Path(), plan.Changes)
	switch {
	case f.value == "json":
		report := renderReport{Clusters: []folderChanges{}, Report: plan.Problems.Report()}
		for _, folder := range folders {
			if folder.Name == disk.Shared {
				report.Shared = &folder
			} else {
				report.Clusters = append(report.Clusters, folder)
			}
		}
		return diag.EncodeJSON(c.Stdout, report)
	case f.value != "text":
		return c.report(f, g, plan.Problems, c.Stderr)
	}
	if err := c.report(f, g, plan.Problems, c.Stderr); err != nil || plan.Problems.HasErrors() {
		return err
	}
	if len(folders) == 0 {
		_, err := fmt.Fprintln(c.Stdout, "nothing to change")
		return err
	}
	for _, folder := range folders {
		if _, err := fmt.Fprintln(c.Stdout, folder.text()); err != nil {
			return err
		}
	}
	return nil
}

// changesByFolder groups changes by the cluster's folder, in the order of the names.
func changesByFolder(below string, changes []tree.Change) []folderChanges {
	var folders []folderChanges
	at := map[string]int{}
	for _, change := range changes {
		name, _, _ := strings.Cut(change.Path, "/")
		i, ok := at[name]
		if !ok {
			i = len(folders)
			at[name] = i
			folders = append(folders, folderChanges{Name: name, Added: []string{}, Changed: []string{}, Removed: []string{}})
		}
		p := below + "/" + change.Path
		switch change.Kind {
		case tree.Added:
			folders[i].Added = append(folders[i].Added, p)
		case tree.Changed:
			folders[i].Changed = append(folders[i].Changed, p)
		case tree.Removed:
			folders[i].Removed = append(folders[i].Removed, p)
		}
	}
	return folders
}

// text is a line such as "edge-berlin: 3 changed, 1 added".
func (f folderChanges) text() string {
	var parts []string
	for _, p := range []struct {
		n    int
		what string
	}{{len(f.Changed), "changed"}, {len(f.Added), "added"}, {len(f.Removed), "removed"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
		}
	}
	return f.Name + ": " + strings.Join(parts, ", ")
}
