package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/meshgen/meshgen/internal/diag"
)

// globals are the flags that every command has.
type globals struct {
	dir   string // -C
	jobs  int    // -j
	color string // --color
}

var colors = [...]string{"auto", "always", "never"}

// newRoot returns the command meshgen with all of its commands.
func newRoot(c *Container) *cobra.Command {
	g, version := &globals{}, false
	root := &cobra.Command{
		Use:   "meshgen COMMAND [flags]",
		Short: "Compile a declared mesh intent into Kubernetes manifests",
		Long: `meshgen compiles what overlays/ says of a service mesh into the Kubernetes
manifests that a GitOps engine applies. It writes to rendered/, talks to no
cluster, and needs no network.

Exit status: 0 fine; 1 the intent has errors, or the tree is stale; 2 wrong use;
3 the environment failed, or meshgen did.`,
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		Args: func(cmd *cobra.Command, args []string) error {
			if version {
				return noArguments(cmd, args)
			}
			if len(args) == 0 {
				return &usageError{"which command?", "run meshgen --help"}
			}
			var known []string
			for _, sub := range cmd.Commands() {
				known = append(known, sub.Name())
			}
			return &usageError{fmt.Sprintf("there is no command %s", args[0]) + didYouMean(args[0], known), ""}
		},
		RunE: work(func(context.Context, []string) error { return c.writeVersion("text") }),
	}
	root.SetOut(c.Stdout)
	root.SetErr(c.Stderr)
	root.SetHelpCommand(newHelp())
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error {
		message, parser, parsing := strings.Cut(err.Error(), ": strconv.")
		switch {
		case parsing && strings.HasPrefix(parser, "ParseBool"):
			message += ": it is neither true nor false"
		case parsing:
			message += ": it is no whole number"
		}
		return &usageError{message, ""}
	})
	root.Flags().BoolVar(&version, "version", false, "print the release, as meshgen version does")
	flags := root.PersistentFlags()
	flags.SortFlags = false
	flags.StringVarP(&g.dir, "dir", "C", ".", "run as if started in this `folder`")
	flags.IntVarP(&g.jobs, "jobs", "j", 0, "compile this `many` clusters at once; 0 means one for each core")
	flags.StringVar(&g.color, "color", "auto", "colour the text: auto, always or never")
	_ = root.RegisterFlagCompletionFunc("color", cobra.FixedCompletions(colors[:], cobra.ShellCompDirectiveNoFileComp))
	root.PersistentPreRunE = func(*cobra.Command, []string) error {
		if !slices.Contains(colors[:], g.color) {
			return &usageError{fmt.Sprintf("--color %s is none of %s", g.color, strings.Join(colors[:], ", ")) + didYouMean(g.color, colors[:]), ""}
		}
		switch {
		case g.jobs < 0:
			return &usageError{fmt.Sprintf("-j %d is less than nothing", g.jobs), ""}
		case g.jobs == 0:
			g.jobs = c.CPUs
		}
		return nil
	}
	root.AddCommand(commands(c, g)...)
	return root
}

// commands are meshgen's commands, in the order in which people meet them.
func commands(c *Container, g *globals) []*cobra.Command {
	return []*cobra.Command{
		newInit(c, g),
		newVet(c, g),
		newPlan(c, g),
		newRender(c, g),
		newDiff(c, g),
		newVerify(c, g),
		newImages(c, g),
		newCharts(c, g),
		newImport(c, g),
		newExplain(c, g),
		newVersion(c),
		newCompletion(c),
	}
}

// newHelp returns the command that most people type first; --help says the same.
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Say how a command is used",
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return cmd.Root().Args(cmd.Root(), args)
			}
			return about.Help()
		},
	}
}

// work makes a function a command's work: what it returns is no longer taken
// for wrong use.
func work(f func(ctx context.Context, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if err := f(cmd.Context(), args); err != nil {
			return &runError{err}
		}
		return nil
	}
}

// didYouMean ends a message with the known word that is nearest, if any is near.
func didYouMean(word string, known []string) string {
	if near := diag.Nearest(word, known); near != "" {
		return "; did you mean " + near + "?"
	}
	return ""
}

// noArguments refuses arguments.
func noArguments(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return &usageError{fmt.Sprintf("what is %s? The command takes no arguments", args[0]), ""}
	}
	return nil
}
