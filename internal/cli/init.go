package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/disk"
	"github.com/meshgen/meshgen/internal/preset"
	"github.com/meshgen/meshgen/schema"
)

// initFlags are what init is told beside the folder.
type initFlags struct {
	preset  string
	cluster string
	module  string
	update  bool
}

func newInit(c *Container, g *globals) *cobra.Command {
	var flags initFlags
	cmd := &cobra.Command{
		Use:   "init [DIR] --preset PRESET [flags]",
		Short: "Make a new repository from a preset, or update its copy of the schema",
		Long: `Make a repository: the CUE module with a copy of meshgen's schema, a base and
one cluster in overlays/, .gitattributes, .gitignore, a pre-commit hook and a
README. Files that are there already are kept as they are. The presets:

` + presetList() + `
With --update-schema, only the copy of the schema in
` + preset.SchemaFolder + ` is written: as it is a copy, what was
changed in it by hand is replaced.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return &usageError{fmt.Sprintf("what is %s? The command takes one folder", args[1]), ""}
			}
			return nil
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveFilterDirs
		},
	}
	cmd.Flags().StringVar(&flags.preset, "preset", "", "begin with this `preset`: "+strings.Join(preset.Names(), ", "))
	cmd.Flags().StringVar(&flags.cluster, "cluster", "", "call the cluster by this `name` (default: the preset's)")
	cmd.Flags().StringVar(&flags.module, "module", "", "call the CUE module by this `path` (default: from the folder's name)")
	cmd.Flags().BoolVar(&flags.update, "update-schema", false, "write the copy of the schema anew, and nothing else")
	_ = cmd.RegisterFlagCompletionFunc("preset", cobra.FixedCompletions(preset.Names(), cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("cluster", cobra.NoFileCompletions)
	_ = cmd.RegisterFlagCompletionFunc("module", cobra.NoFileCompletions)
	f := formatFlag(cmd, "text", "json")
	cmd.RunE = work(func(_ context.Context, args []string) error {
		dir := inFolder(c.Dir, g.dir)
		if len(args) > 0 {
			dir = inFolder(dir, args[0])
		}
		if flags.update {
			if flags.preset != "" || flags.cluster != "" || flags.module != "" {
				return &usageError{"--update-schema goes with no other flag of init", ""}
			}
			return updateSchema(c, f, dir)
		}
		return initRepository(c, f, dir, flags)
	})
	return cmd
}

func presetList() string {
	var b strings.Builder
	for _, p := range preset.All() {
		fmt.Fprintf(&b, "    %-12s %s\n", p.Name, p.Title)
	}
	return b.String()
}

// inFolder returns a folder that was named from within another.
func inFolder(base, dir string) string {
	if filepath.IsAbs(dir) {
		return filepath.Clean(dir)
	}
	return filepath.Join(base, dir)
}

// initRepository makes a repository in a folder, which need not exist.
func initRepository(c *Container, f *format, dir string, flags initFlags) error {
	p, ok := preset.Find(flags.preset)
	switch {
	case flags.preset == "":
		return &usageError{"which preset?", "name one of " + strings.Join(preset.Names(), ", ") + " behind --preset"}
	case !ok:
		return &usageError{fmt.Sprintf("--preset %s is none of %s", flags.preset, strings.Join(preset.Names(), ", ")) +
			didYouMean(flags.preset, preset.Names()), ""}
	case flags.cluster != "" && !preset.ClusterName(flags.cluster):
		return &usageError{fmt.Sprintf("--cluster %s is no cluster's name", flags.cluster),
			"use lower-case letters, digits and -, at most 63, and not the name shared"}
	}
	module := preset.ModuleFor(filepath.Base(dir))
	if flags.module != "" {
		var err error
		if module, err = preset.Module(flags.module); err != nil {
			return &usageError{err.Error(), "write --module fleet.example"}
		}
	}
	if err := notOurs(dir); err != nil {
		return err
	}
	files, err := p.Repository(preset.Options{Cluster: flags.cluster, Module: module})
	if err != nil {
		return err
	}
	done, err := place(dir, files)
	if err != nil {
		return fmt.Errorf("nothing was made in %s: %w", dir, err)
	}
	if err := done.report(c, f); err != nil {
		return err
	}
	if len(done.Kept) > 0 {
		fmt.Fprintf(c.Stderr, "%s there already, and kept\n", were(len(done.Kept), "file"))
	}
	if len(done.Made) > 0 {
		fmt.Fprintln(c.Stderr, "next: say what your nodes and hosts are, below overlays/; then run meshgen render")
	}
	return nil
}

func were(n int, noun string) string {
	if n == 1 {
		return "1 " + noun + " was"
	}
	return diag.Plural(n, noun) + " were"
}

var ownModule = regexp.MustCompile(`(?m)^\s*module:\s*"` + regexp.QuoteMeta(schema.Module) + `(@v[0-9]+)?"`)

// notOurs refuses meshgen's own repository, which holds the schema itself. A
// module file that cannot be read is somebody else's to report.
func notOurs(dir string) error {
	text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(preset.ModuleFile)))
	if err == nil && ownModule.Match(text) {
		return &usageError{"the module here is " + schema.Module + ", which holds the schema itself and needs no copy", ""}
	}
	return nil
}

// updateSchema writes the copy of the schema of the repository that a folder
// belongs to.
func updateSchema(c *Container, f *format, dir string) error {
	root, err := disk.Find(dir)
	if errors.Is(err, disk.ErrNoRepository) {
		return &environmentError{err, "run meshgen init --preset " + preset.Names()[0]}
	}
	if err != nil {
		return err
	}
	if err := notOurs(root); err != nil {
		return err
	}
	files, err := preset.Schema()
	if err != nil {
		return err
	}
	done, err := replace(root, preset.SchemaFolder, files)
	if err != nil {
		return fmt.Errorf("updating %s: %w", preset.SchemaFolder, err)
	}
	if err := done.report(c, f); err != nil {
		return err
	}
	if len(done.Made)+len(done.Replaced)+len(done.Removed) == 0 {
		fmt.Fprintf(c.Stderr, "%s is this meshgen's schema already\n", preset.SchemaFolder)
	}
	return nil
}
