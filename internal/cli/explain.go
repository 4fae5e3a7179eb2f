package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/meshgen/meshgen/internal/check"
	"github.com/meshgen/meshgen/internal/diag"
)

// page is the JSON form of a code's page.
type page struct {
	Code     string        `json:"code"`
	Severity diag.Severity `json:"severity"`
	Title    string        `json:"title"`
	Text     string        `json:"text"`
	Before   string        `json:"before"`
	After    string        `json:"after"`
	Since    string        `json:"since"`
}

func newExplain(c *Container, g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "explain [CODE...] [flags]",
		Short: "Say what a code such as MG6002 means; without a code, list them all",
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			var codes []string
			for _, d := range c.Docs() {
				codes = append(codes, d.Code+"\t"+d.Title)
			}
			return codes, cobra.ShellCompDirectiveNoFileComp
		},
	}
	f := formatFlag(cmd, "text", "json")
	cmd.RunE = work(func(_ context.Context, args []string) error {
		docs := c.Docs()
		if len(args) > 0 {
			docs = nil
			for _, code := range args {
				d, ok := c.Doc(strings.ToUpper(code))
				if !ok {
					return &usageError{fmt.Sprintf("no check has the code %s", code), "run meshgen explain, which lists them all"}
				}
				docs = append(docs, d)
			}
		}
		switch {
		case f.value == "json":
			pages := []page{}
			for _, d := range docs {
				pages = append(pages, page{d.Code, d.Severity, d.Title, d.Text, d.Before, d.After, d.Since})
			}
			return diag.EncodeJSON(c.Stdout, pages)
		case len(args) == 0:
			for _, d := range docs {
				if _, err := fmt.Fprintf(c.Stdout, "%s  %s\n", d.Code, d.Title); err != nil {
					return err
				}
			}
			return nil
		}
		for i, d := range docs {
			if i > 0 {
				fmt.Fprintln(c.Stdout)
			}
			if err := writePage(c, g, d); err != nil {
				return err
			}
		}
		return nil
	})
	return cmd
}

// writePage prints a page for people.
func writePage(c *Container, g *globals, d check.Doc) error {
	strong, plain := "", ""
	if c.color(c.Stdout, g.color) {
		strong, plain = "\x1b[1m", "\x1b[0m"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s%s: %s%s\n\n", strong, d.Code, d.Title, plain)
	for _, line := range wrap(d.Text, 78) {
		b.WriteString(line + "\n")
	}
	block := func(title, s string) {
		if s = strings.Trim(s, "\n"); s != "" {
			fmt.Fprintf(&b, "\n%s\n    %s\n", title, strings.ReplaceAll(s, "\n", "\n    "))
		}
	}
	block("Before:", d.Before)
	block("After:", d.After)
	fmt.Fprintf(&b, "\nA diagnostic with this code is %s. Since %s.\n", article(d.Severity), d.Since)
	_, err := c.Stdout.Write([]byte(b.String()))
	return err
}

func article(s diag.Severity) string {
	if s == diag.Error {
		return "an error"
	}
	return "a " + string(s)
}

// wrap breaks paragraphs into lines of at most a width, in letters.
func wrap(s string, width int) []string {
	var lines []string
	for _, paragraph := range strings.Split(strings.Trim(s, "\n"), "\n") {
		line := ""
		for _, word := range strings.Fields(paragraph) {
			if line != "" && len([]rune(line))+1+len([]rune(word)) > width {
				lines, line = append(lines, line), ""
			}
			line = strings.TrimSpace(line + " " + word)
		}
		lines = append(lines, line)
	}
	return lines
}
