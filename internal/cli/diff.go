package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/meshgen/meshgen/internal/change"
	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/disk"
)

// diffReport is the JSON form of meshgen diff. There is no diff when the intent
// has errors.
type diffReport struct {
	Diff *change.Document `json:"diff"`
	diag.Report
}

func newDiff(c *Container, g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "diff [CLUSTER...] [flags]",
		Short: "Say what render would change in the clusters, by object and field",
		Long: `Compare what the intent gives with what the rendered folder holds, by object and
field, and say what the changes do: pods restart, plaintext clients break, a CRD
goes. What many objects or clusters have in common is said once. Nothing is
written.

As diff does, the command ends with status 0 when nothing would change, and with
1 when something would. The markdown is made for a comment on a pull request;
the json is neither folded nor shortened.`,
		ValidArgsFunction: c.completeClusters(g),
	}
	f := formatFlag(cmd, "text", "json", "markdown")
	folder := outputFlag(cmd)
	cmd.RunE = work(func(ctx context.Context, args []string) error {
		s, out, err := c.openOutput(g, args, *folder)
		if err != nil {
			return err
		}
		defer s.close()
		d, list, err := s.diff(ctx, out)
		if err != nil {
			return err
		}
		if err := c.reportDiff(f, g, d, list); err != nil {
			return err
		}
		if list.HasErrors() {
			fmt.Fprintln(c.Stderr, diag.Summary(list, s.count()))
		}
		if d == nil || !d.Empty() || list.HasErrors() {
			return errIntent
		}
		return nil
	})
	return cmd
}

// diff compiles and compares. There is no diff when the intent has errors. The
// diagnostics tell what render would refuse, too: a diff says how an edited
// file would change if it did not.
func (s *session) diff(ctx context.Context, out *disk.Output) (*change.Diff, diag.List, error) {
	compiled, list, err := s.compile(ctx)
	if err != nil || list.HasErrors() {
		return nil, list, err
	}
	have, err := s.read(ctx, out)
	if err != nil {
		return nil, nil, err
	}
	plan := out.Plan(have, disk.Wish{Tree: compiled.Tree, Clusters: s.names})
	d := change.Compare(have.Files, plan.Tree, s.names)
	return &d, append(list, plan.Problems...).Sorted(), nil
}

func (c *Container) reportDiff(f *format, g *globals, d *change.Diff, list diag.List) error {
	if f.value == "json" {
		report := diffReport{Report: list.Report()}
		if d != nil {
			document := d.Document()
			report.Diff = &document
		}
		return diag.EncodeJSON(c.Stdout, report)
	}
	if err := c.report(f, g, list, c.Stderr); err != nil {
		return err
	}
	switch {
	case d != nil && f.value == "markdown":
		return change.Markdown(c.Stdout, *d)
	case d != nil:
		return change.Text(c.Stdout, *d, c.color(c.Stdout, g.color))
	case f.value == "markdown":
		return c.markdownErrors(list)
	}
	return nil
}

// markdownErrors puts the diagnostics where the diff would stand: a comment that
// stays empty tells a reviewer nothing.
func (c *Container) markdownErrors(list diag.List) error {
	var b strings.Builder
	if err := diag.Text(&b, list, false); err != nil {
		return err
	}
	lines := strings.Split(strings.TrimRight(b.String(), "\n"), "\n")
	_, err := fmt.Fprintf(c.Stdout, "### meshgen: the intent has errors\n\n    %s\n", strings.Join(lines, "\n    "))
	return err
}
