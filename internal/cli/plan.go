package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/plan"
	"github.com/meshgen/meshgen/internal/render"
)

func newPlan(c *Container, g *globals) *cobra.Command {
	var compare []string
	cmd := &cobra.Command{
		Use:   "plan [CLUSTER...] [flags]",
		Short: "Show what goes onto which node, what is left, and why the rest does not fit",
		Long: `Show what goes onto which node of the clusters and what is left of it, at rest and
at worst; how the nodes come to what pods may have; whether the mesh fits at rest,
with every autoscaler at its maximum, while each component rolls, and with any one
node gone; what the budget says; and what sizes became. A cluster that is refused
has its plan, too. Nothing is written.

In a bar, # is what the mesh takes, = what other pods take, and a dot what is
left. "At worst" is the most that is asked of a node in any state that the four
questions lead to, CPU and memory each for itself.

With --compare, values are laid over the intent, and both plans stand side by
side: any path of the intent, as it is written in docs/reference/intent.md, and
its value. Text needs no quotes; an empty value takes the field away. What has a
name that people choose, such as a namespace, must be there, or is given whole.
For example:

    meshgen plan edge-berlin --compare mode=ambient
    meshgen plan --compare controlPlane.size=small,gateways.public.replicas=3
    meshgen plan --compare 'namespaces.new={mesh: true, pods: {count: 40}}'

The json holds all figures, in millicores and bytes; the markdown is made for a
comment on a pull request. The status is 1 when the intent has errors, and with
--compare when either of the two has.`,
		ValidArgsFunction: c.completeClusters(g),
	}
	f := formatFlag(cmd, "text", "json", "markdown")
	cmd.Flags().StringArrayVar(&compare, "compare", nil, "compare with what would be with `PATH=VALUE`[,PATH=VALUE...]; may be repeated")
	_ = cmd.RegisterFlagCompletionFunc("compare", cobra.NoFileCompletions)
	cmd.RunE = work(func(ctx context.Context, args []string) error {
		set, err := settings(compare)
		if err != nil {
			return err
		}
		s, err := c.open(g, args)
		if err != nil {
			return err
		}
		defer s.close()
		now, list, err := s.compile(ctx)
		if err != nil {
			return err
		}
		if len(set) == 0 {
			err = c.reportPlan(f, g, now.Plans, list)
		} else {
			var then render.Output
			var other diag.List
			if then, other, err = s.compileWith(ctx, set); err != nil {
				return err
			}
			err = c.reportComparison(f, g, comparisons(set, now.Plans, then.Plans, s.looked()), list, other)
			list = slices.Concat(list, other)
		}
		if err != nil {
			return err
		}
		if list.HasErrors() {
			if len(set) == 0 {
				fmt.Fprintln(c.Stderr, diag.Summary(list, s.count()))
			}
			return errIntent
		}
		return nil
	})
	return cmd
}

// looked are the names of the clusters that the command looks at.
func (s *session) looked() []string {
	if len(s.names) > 0 {
		return s.names
	}
	return s.known
}

// settings reads the values of --compare.
func settings(flags []string) ([]render.Setting, error) {
	var set []render.Setting
	for _, flag := range flags {
		for _, part := range splitList(flag) {
			path, value, ok := strings.Cut(part, "=")
			path = strings.TrimSpace(path)
			if !ok || path == "" {
				return nil, &usageError{fmt.Sprintf("--compare %s is no PATH=VALUE", part), "write --compare mode=ambient"}
			}
			if slices.ContainsFunc(set, func(s render.Setting) bool { return s.Path == path }) {
				return nil, &usageError{fmt.Sprintf("--compare gives %s two values", path), "run the command once for each"}
			}
			set = append(set, render.Setting{Path: path, Value: strings.TrimSpace(value), Name: "--compare " + strings.TrimSpace(part)})
		}
	}
	return set, nil
}

// splitList splits a text at its commas, but for those in brackets and quotes.
func splitList(s string) []string {
	var parts []string
	depth, quoted, escaped, from := 0, false, false, 0
	for i, r := range s {
		switch {
		case escaped:
			escaped = false
		case quoted && r == '\\':
			escaped = true
		case r == '"':
			quoted = !quoted
		case quoted:
		case strings.ContainsRune("[{(", r):
			depth++
		case strings.ContainsRune("]})", r):
			depth--
		case r == ',' && depth <= 0:
			parts, from = append(parts, s[from:i]), i+1
		}
	}
	return append(parts, s[from:])
}

// plans are the compiler's plans as package plan shows them.
func plans(all []render.Plan) []plan.Plan {
	var shown []plan.Plan
	for _, p := range all {
		shown = append(shown, plan.Plan{
			Cluster: p.Cluster, Platform: p.Platform, Kubernetes: fmt.Sprintf("1.%d", p.Kubernetes), Mode: string(p.Mode),
			Errors: p.Errors, Warnings: p.Warnings, Report: p.Report,
		})
	}
	return shown
}

// comparisons puts two plans of each cluster side by side.
func comparisons(set []render.Setting, now, then []render.Plan, clusters []string) []plan.Comparison {
	with := make([]string, len(set))
	for i, s := range set {
		with[i] = s.Path + "=" + s.Value
	}
	find := func(all []plan.Plan, cluster string) *plan.Plan {
		i := slices.IndexFunc(all, func(p plan.Plan) bool { return p.Cluster == cluster })
		if i < 0 {
			return nil
		}
		return &all[i]
	}
	a, b := plans(now), plans(then)
	var all []plan.Comparison
	for _, name := range clusters {
		all = append(all, plan.Comparison{Cluster: name, With: with, Now: find(a, name), Then: find(b, name)})
	}
	return all
}

// reportPlan prints plans: the result of the command. The diagnostics are for
// people, but for formats that hold both.
func (c *Container) reportPlan(f *format, g *globals, all []render.Plan, list diag.List) error {
	shown := plans(all)
	switch f.value {
	case "json":
		return plan.JSON(c.Stdout, shown, list)
	case "markdown":
		return plan.Markdown(c.Stdout, shown, list)
	}
	if err := plan.Text(c.Stdout, shown, c.color(c.Stdout, g.color)); err != nil {
		return err
	}
	return c.sayBelow(g, list, len(shown) > 0)
}

// reportComparison prints comparisons. Diagnostics that both have are said once.
func (c *Container) reportComparison(f *format, g *globals, all []plan.Comparison, now, then diag.List) error {
	switch f.value {
	case "json":
		return plan.CompareJSON(c.Stdout, all, now, then)
	case "markdown":
		return plan.CompareMarkdown(c.Stdout, all, now, then)
	}
	if err := plan.CompareText(c.Stdout, all, c.color(c.Stdout, g.color)); err != nil {
		return err
	}
	said := map[string]bool{}
	key := func(d diag.Diagnostic) string { return d.Code + d.Cluster + d.Path + d.Message }
	for _, d := range now {
		said[key(d)] = true
	}
	fresh := slices.DeleteFunc(slices.Clone(then), func(d diag.Diagnostic) bool { return said[key(d)] })
	if err := c.sayBelow(g, now, true); err != nil || len(fresh) == 0 {
		return err
	}
	if _, err := io.WriteString(c.Stderr, "\nthen:\n"); err != nil {
		return err
	}
	return diag.Text(c.Stderr, fresh, c.color(c.Stderr, g.color))
}

// sayBelow prints diagnostics below a result that has been printed, with a line
// between the two where a person reads both.
func (c *Container) sayBelow(g *globals, list diag.List, below bool) error {
	if len(list) > 0 && below && c.Terminal(c.Stdout) {
		if _, err := fmt.Fprintln(c.Stderr); err != nil {
			return err
		}
	}
	return diag.Text(c.Stderr, list, c.color(c.Stderr, g.color))
}
