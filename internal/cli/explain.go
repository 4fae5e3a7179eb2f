package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/meshgen/meshgen/internal/check"
	"github.com/meshgen/meshgen/internal/diag"
)

// page is the JSON form of a code's page.
type page struct {
	Code     string        `json:"code"`
	Severity diag.Severity `json:"severity"`
	Also     diag.Severity `json:"also,omitempty"` // what it is in some cases
	Title    string        `json:"title"`
	Text     string        `json:"text"`
	Before   string        `json:"before"`
	After    string        `json:"after"`
	Since    string        `json:"since"`
}

func newExplain(c *Container, g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "explain [CODE...] | CLUSTER KIND/NAME [FIELD] [flags]",
		Short: "Say what a code such as MG6002 means, or what put an object or a field there",
		Long: `Say what codes such as MG6002 mean; without a code, list them all.

With a cluster and an object, say what made the object: which template of which
chart, which part of the intent, or whose manifest; in which file it stands, and
which patches changed it. With a field too, written as diff prints it, say what
decides the field: a patch, what the intent says and where, the default of what
it does not say, a rule of meshgen's, or the chart. meshgen finds out by taking
values and patches away and rendering again. For example:

    meshgen explain edge-berlin Deployment/istiod \
        spec.template.spec.containers[discovery].resources.limits.memory`,
		ValidArgsFunction: c.completeExplain(g),
	}
	f := formatFlag(cmd, "text", "json")
	namespace := cmd.Flags().StringP("namespace", "n", "", "the object's `namespace`, where several have the name")
	cmd.RunE = work(func(ctx context.Context, args []string) error {
		if len(args) > 0 && !asksCodes(args) {
			q, err := objectQuery(args, *namespace)
			if err != nil {
				return err
			}
			return c.explainObject(ctx, g, f, q)
		}
		return c.explainCodes(g, f, args)
	})
	return cmd
}

// completeExplain completes codes, and the names of clusters.
func (c *Container) completeExplain(g *globals) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		var known []string
		if len(args) == 0 || isCode(args[0]) {
			for _, d := range c.Docs() {
				known = append(known, d.Code+"\t"+d.Title)
			}
		}
		if len(args) == 0 {
			clusters, _ := c.completeClusters(g)(cmd, args, typed)
			known = append(known, clusters...)
		}
		return known, cobra.ShellCompDirectiveNoFileComp
	}
}

// asksCodes says whether the words are codes, and no cluster whose name looks
// like one with its object.
func asksCodes(args []string) bool {
	return isCode(args[0]) && (len(args) == 1 || isCode(args[1]))
}

// isCode says whether a word has the form of a code.
func isCode(word string) bool {
	digits, ok := strings.CutPrefix(strings.ToUpper(word), "MG")
	_, err := strconv.Atoi(digits)
	return ok && err == nil
}

// explainCodes prints the pages of codes, or lists all codes.
func (c *Container) explainCodes(g *globals, f *format, codes []string) error {
	docs := c.Docs()
	if len(codes) > 0 {
		docs = nil
		for _, code := range codes {
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
			pages = append(pages, page{d.Code, d.Severity, d.Also, d.Title, d.Text, d.Before, d.After, d.Since})
		}
		return diag.EncodeJSON(c.Stdout, pages)
	case len(codes) == 0:
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
}

// writePage prints a page for people.
func writePage(c *Container, g *globals, d check.Doc) error {
	var b strings.Builder
	b.WriteString(diag.Bold.Paint(d.Code+": "+d.Title, c.color(c.Stdout, g.color)) + "\n\n")
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
	fmt.Fprintf(&b, "\nA diagnostic with this code is %s. Since %s.\n", d.Severities(), d.Since)
	_, err := c.Stdout.Write([]byte(b.String()))
	return err
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
