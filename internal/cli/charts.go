package cli

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/render"
)

// chartReport is the JSON form of meshgen charts.
type chartReport struct {
	Clusters []clusterCharts `json:"clusters"`
	diag.Report
}

// clusterCharts are the charts of one cluster.
type clusterCharts struct {
	Name   string         `json:"name"`
	Charts []render.Chart `json:"charts"`
}

func newCharts(c *Container, g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "charts [CLUSTER...] [flags]",
		Short: "List the charts that the clusters are rendered from, or add some",
		Long: `List the charts that the clusters are rendered from: where each comes from, and
the digest of its files. The charts of one Istio release are built in; those of
other patch releases come from the repository, where meshgen charts add puts
them.`,
		Args:              cobra.ArbitraryArgs, // of which none is a command
		ValidArgsFunction: c.completeClusters(g),
	}
	f := formatFlag(cmd, "text", "json")
	cmd.RunE = work(func(ctx context.Context, args []string) error {
		s, err := c.open(g, args)
		if err != nil {
			return err
		}
		defer s.close()
		out, list, err := s.compile(ctx)
		if err != nil {
			return err
		}
		if f.value == "json" {
			report := chartReport{Clusters: []clusterCharts{}, Report: list.Report()}
			for _, cluster := range out.Clusters {
				report.Clusters = append(report.Clusters, clusterCharts{cluster.Name, cluster.Charts})
			}
			err = diag.EncodeJSON(c.Stdout, report)
		} else {
			err = c.printCharts(g, list, out.Clusters)
		}
		if err != nil {
			return err
		}
		if list.HasErrors() {
			fmt.Fprintln(c.Stderr, diag.Summary(list, s.count()))
			return errIntent
		}
		return nil
	})
	cmd.AddCommand(newChartsAdd(c, g))
	return cmd
}

// printCharts prints a line a chart. A cluster with errors has none: which
// charts it would be rendered from is not said yet.
func (c *Container) printCharts(g *globals, list diag.List, clusters []render.Cluster) error {
	if err := diag.Text(c.Stderr, list, c.color(c.Stderr, g.color)); err != nil || len(clusters) == 0 {
		return err
	}
	w := tabwriter.NewWriter(c.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "CLUSTER\tCHART\tVERSION\tFROM\tDIGEST")
	for _, cluster := range clusters {
		for _, chart := range cluster.Charts {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", cluster.Name, chart.Name, chart.Version, chart.Source, chart.Digest)
		}
	}
	return w.Flush()
}
