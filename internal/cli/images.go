package cli

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/meshgen/meshgen/internal/diag"
)

// imageReport is the JSON form of meshgen images.
type imageReport struct {
	Clusters []clusterImages `json:"clusters"`
	diag.Report
}

// clusterImages are the images of one cluster.
type clusterImages struct {
	Name   string   `json:"name"`
	Images []string `json:"images"`
}

func newImages(c *Container, g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "images [CLUSTER...] [flags]",
		Short: "List the images that the clusters pull, to mirror them",
		Long: `List the images that the clusters pull, each once, in order: one a line as text,
and by cluster as JSON. For example:

    meshgen images | xargs -I{} skopeo copy docker://{} docker://mirror.example/{}`,
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
		report := imageReport{Clusters: []clusterImages{}, Report: list.Report()}
		var all []string
		for _, cluster := range out.Clusters {
			report.Clusters = append(report.Clusters, clusterImages{cluster.Name, append([]string{}, cluster.Images...)})
			all = append(all, cluster.Images...)
		}
		if f.value == "json" {
			err = diag.EncodeJSON(c.Stdout, report)
		} else {
			err = c.printImages(g, list, all)
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
	return cmd
}

// printImages prints each image once. When a cluster has errors, the list would
// be short of some, and a mirror made from it broken: then there is none.
func (c *Container) printImages(g *globals, list diag.List, all []string) error {
	if err := diag.Text(c.Stderr, list, c.color(c.Stderr, g.color)); err != nil || list.HasErrors() {
		return err
	}
	slices.Sort(all)
	for _, image := range slices.Compact(all) {
		if _, err := fmt.Fprintln(c.Stdout, image); err != nil {
			return err
		}
	}
	return nil
}
