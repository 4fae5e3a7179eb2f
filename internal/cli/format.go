package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/meshgen/meshgen/internal/diag"
)

// format is the value of -o: one of those that the command has.
type format struct {
	value string
	known []string
}

// String, Set and Type make a format a flag's value.
func (f *format) String() string { return f.value }

// Set takes the value that was typed.
func (f *format) Set(s string) error {
	if slices.Contains(f.known, s) {
		f.value = s
		return nil
	}
	return fmt.Errorf("it is none of %s%s", strings.Join(f.known, ", "), didYouMean(s, f.known))
}

// Type is what usage calls the value.
func (f *format) Type() string { return "format" }

// formatFlag gives a command the flag -o; the first format is the default.
func formatFlag(cmd *cobra.Command, known ...string) *format {
	f := &format{value: known[0], known: known}
	cmd.Flags().VarP(f, "format", "o", "print the result as "+strings.Join(known, ", "))
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(known, cobra.ShellCompDirectiveNoFileComp))
	return f
}

// report writes diagnostics in a format. The text is for people, and goes where
// the caller says; the other formats are results, and go to standard output.
func (c *Container) report(f *format, g *globals, l diag.List, text io.Writer) error {
	switch f.value {
	case "json":
		return diag.JSON(c.Stdout, l)
	case "sarif":
		return diag.SARIF(c.Stdout, l, c.sarif())
	case "github":
		return diag.GitHub(c.Stdout, l)
	}
	return diag.Text(text, l, c.color(text, g.color))
}
