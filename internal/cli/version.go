package cli

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/meshgen/meshgen/internal/diag"
)

// Version is meshgen's release. Rendered files name it, so it is written here
// and not taken from version control: every build of a release writes the same bytes.
const Version = "0.1.0"

// build is what meshgen version prints.
type build struct {
	Version string `json:"version"`
	Commit  string `json:"commit"` // empty when the build does not know
	Go      string `json:"go"`
	System  string `json:"system"`
}

func newVersion(c *Container) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "version [flags]",
		Short: "Print the release, and how it was built",
		Args:  noArguments,
	}
	f := formatFlag(cmd, "text", "json")
	cmd.RunE = work(func(context.Context, []string) error { return c.writeVersion(f.value) })
	return cmd
}

// writeVersion prints what the binary is, as text or json.
func (c *Container) writeVersion(form string) error {
	b := build{Version: Version, Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				b.Commit = s.Value
			}
		}
	}
	if form == "json" {
		return diag.EncodeJSON(c.Stdout, b)
	}
	commit := b.Commit
	if commit != "" {
		commit = ", commit " + commit
	}
	_, err := fmt.Fprintf(c.Stdout, "meshgen %s (%s, %s%s)\n", b.Version, b.Go, b.System, commit)
	return err
}
