package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/meshgen/meshgen/internal/diag"
)

func newVet(c *Container, g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "vet [CLUSTER...] [flags]",
		Short: "Report every problem of every cluster, and write nothing",
		Long: `Report every problem of every cluster: where it is, what is wrong, and what to
type next. Nothing is written.`,
		ValidArgsFunction: c.completeClusters(g),
	}
	f := formatFlag(cmd, "text", "json", "sarif", "github")
	cmd.RunE = work(func(ctx context.Context, args []string) error {
		s, err := c.open(g, args)
		if err != nil {
			return err
		}
		defer s.close()
		_, list, err := s.compile(ctx)
		if err != nil {
			return err
		}
		if err := c.report(f, g, list, c.Stdout); err != nil {
			return err
		}
		fmt.Fprintln(c.Stderr, diag.Summary(list, s.count()))
		if list.HasErrors() {
			return errIntent
		}
		return nil
	})
	return cmd
}
