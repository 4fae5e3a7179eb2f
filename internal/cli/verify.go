package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/disk"
	"github.com/meshgen/meshgen/internal/tree"
)

// verifyReport is the JSON form of meshgen verify.
type verifyReport struct {
	Stale []staleFile `json:"stale"`
	diag.Report
}

// staleFile is a rendered file that is not what the intent gives.
type staleFile struct {
	Path string `json:"path"` // below the repository
	Kind string `json:"kind"` // changed, missing or unexpected
}

func newVerify(c *Container, g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "verify [CLUSTER...] [flags]",
		Short: "Say whether the rendered folder is what the intent gives",
		Long: `Say whether the rendered folder is what the intent gives: exit status 0 exactly
when meshgen render would change no byte. Otherwise each stale file is named, as
changed, missing or unexpected. Nothing is written.`,
		ValidArgsFunction: c.completeClusters(g),
	}
	f := formatFlag(cmd, "text", "json", "sarif", "github")
	folder := outputFlag(cmd)
	cmd.RunE = work(func(ctx context.Context, args []string) error {
		s, out, err := c.openOutput(g, args, *folder)
		if err != nil {
			return err
		}
		defer s.close()
		stale, list, err := s.verify(ctx, out)
		if err != nil {
			return err
		}
		if err := c.reportVerify(f, g, stale, list); err != nil {
			return err
		}
		switch {
		case len(stale) > 0:
			c.sumUp(stale, list)
			return errIntent
		case list.HasErrors():
			fmt.Fprintln(c.Stderr, diag.Summary(list, s.count()))
			return errIntent
		}
		return nil
	})
	return cmd
}

// sumUp says what to do about stale files: rendering mends most of them, but not
// what it refuses to touch.
func (c *Container) sumUp(stale []staleFile, list diag.List) {
	refused := 0
	for _, d := range list {
		if d.Code != "MG6005" && d.Severity == diag.Error {
			refused++
		}
	}
	if n := len(stale) - refused; n > 0 {
		fmt.Fprintf(c.Stderr, "%s%s stale: run meshgen render\n", diag.Plural(n, "file"), are(n))
	}
	if refused > 0 {
		fmt.Fprintf(c.Stderr, "%s%s not meshgen's own: render would refuse, see above\n", diag.Plural(refused, "file"), are(refused))
	}
}

func are(n int) string {
	if n == 1 {
		return " is"
	}
	return " are"
}

// verify compiles and compares. The diagnostics are those of the intent, and
// one for each stale file.
func (s *session) verify(ctx context.Context, out *disk.Output) ([]staleFile, diag.List, error) {
	m := s.memory(out)
	if m.exists() {
		if have, err := s.read(ctx, out); err != nil {
			return nil, nil, err
		} else if m.knows(have) {
			return nil, nil, nil
		}
	}
	compiled, list, err := s.compile(ctx)
	if err != nil || list.HasErrors() {
		return nil, list, err
	}
	have, err := s.read(ctx, out)
	if err != nil {
		return nil, nil, err
	}
	plan := out.Plan(have, disk.Wish{Tree: compiled.Tree, Clusters: s.names})
	stale, problems := staleFiles(out.Path(), plan)
	list = append(list, problems...).Sorted()
	if len(list) == 0 {
		m.learn(have.Files)
	}
	return stale, list, nil
}

// read reads the rendered folder while nobody writes it.
func (s *session) read(ctx context.Context, out *disk.Output) (disk.Snapshot, error) {
	release, err := s.lock(ctx, true)
	if err != nil {
		return disk.Snapshot{}, err
	}
	defer release()
	have, err := out.Read(ctx, s.jobs)
	return have, denied(out, err, "read")
}

// staleKind is what a change of the tree is called when nobody makes it.
func staleKind(k tree.ChangeKind) (kind, why string) {
	switch k {
	case tree.Added:
		return "missing", "the intent gives it, and it is missing"
	case tree.Removed:
		return "unexpected", "the intent no longer gives it"
	case tree.Changed:
	}
	return "changed", "the intent gives other bytes"
}

// staleFiles names each file that render would change, or would refuse to. A
// file that the plan has a problem with keeps that problem's diagnostic.
func staleFiles(below string, plan disk.Plan) ([]staleFile, diag.List) {
	problems := plan.Problems
	files := map[string]string{}
	for _, d := range plan.Problems {
		files[d.Position.File] = "unexpected"
	}
	for _, change := range plan.Changes {
		p := below + "/" + change.Path
		kind, why := staleKind(change.Kind)
		if _, known := files[p]; !known {
			problems = append(problems, diag.Diagnostic{
				Code: "MG6005", Severity: diag.Error, Cluster: disk.ClusterOf(change.Path),
				Message:    "this file is stale: " + why,
				Suggestion: "run meshgen render",
				Position:   diag.Position{File: p},
			})
		}
		files[p] = kind
	}
	var stale []staleFile
	for _, p := range slices.Sorted(maps.Keys(files)) {
		stale = append(stale, staleFile{p, files[p]})
	}
	return stale, problems
}

// reportVerify prints the stale files: the result of the command. As text, each
// is a line, and only what rendering does not mend is told at length.
func (c *Container) reportVerify(f *format, g *globals, stale []staleFile, list diag.List) error {
	switch f.value {
	case "json":
		return diag.EncodeJSON(c.Stdout, verifyReport{Stale: append([]staleFile{}, stale...), Report: list.Report()})
	case "text":
		list = slices.DeleteFunc(slices.Clone(list), func(d diag.Diagnostic) bool { return d.Code == "MG6005" })
	}
	if err := c.report(f, g, list, c.Stderr); err != nil || f.value != "text" {
		return err
	}
	for _, file := range stale {
		if _, err := fmt.Fprintf(c.Stdout, "%-10s  %s\n", file.Kind, file.Path); err != nil {
			return err
		}
	}
	return nil
}
