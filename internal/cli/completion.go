package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

var shells = [...]string{"bash", "zsh", "fish", "powershell"}

func newCompletion(c *Container) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "completion SHELL [flags]",
		Short: "Print the completion of commands, flags and clusters for a shell",
		Long: `Print a script that teaches a shell to complete meshgen's commands, flags and
the names of clusters: bash, zsh, fish or powershell. For example:

    source <(meshgen completion bash)
    meshgen completion zsh > "${fpath[1]}/_meshgen"
    meshgen completion fish > ~/.config/fish/completions/meshgen.fish
    meshgen completion powershell | Out-String | Invoke-Expression`,
		ValidArgs: shells[:],
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return &usageError{"which shell? Name one of " + strings.Join(shells[:], ", "), ""}
			}
			return nil
		},
	}
	cmd.RunE = work(func(_ context.Context, args []string) error {
		root := cmd.Root()
		switch args[0] {
		case "bash":
			return root.GenBashCompletionV2(c.Stdout, true)
		case "zsh":
			return root.GenZshCompletion(c.Stdout)
		case "fish":
			return root.GenFishCompletion(c.Stdout, true)
		case "powershell":
			return root.GenPowerShellCompletionWithDesc(c.Stdout)
		}
		return &usageError{fmt.Sprintf("%s is none of %s", args[0], strings.Join(shells[:], ", ")) + didYouMean(args[0], shells[:]), ""}
	})
	return cmd
}
