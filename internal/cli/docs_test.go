package cli

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"github.com/meshgen/meshgen/internal/check"
)

// TestReference holds docs/reference/commands.md to the commands, and codes.md
// to the pages of the codes. MESHGEN_UPDATE=1 writes them anew.
func TestReference(t *testing.T) {
	for name, text := range map[string]string{
		"commands.md": commandsReference(newWorld(t, nil).c),
		"codes.md":    codesReference(check.Docs()),
	} {
		file := filepath.Join("../../docs/reference", name)
		if os.Getenv("MESHGEN_UPDATE") == "1" {
			if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		have, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(text, string(have)); diff != "" {
			t.Errorf("%s is not what the code says; write it anew with MESHGEN_UPDATE=1 (-code +file):\n%s", file, diff)
		}
	}
}

// TestHelpIsComplete holds every command to what its section tells.
func TestHelpIsComplete(t *testing.T) {
	root, below := visible(newWorld(t, nil).c)
	for _, cmd := range append(below, root) {
		if cmd.Short == "" || strings.HasSuffix(cmd.Short, ".") {
			t.Errorf("%s: the short help %q is no line without a full stop", cmd.CommandPath(), cmd.Short)
		}
		if usage := cmd.LocalFlags().FlagUsages(); strings.Contains(usage, "   \n") {
			t.Errorf("%s: a flag has no help:\n%s", cmd.CommandPath(), usage)
		}
	}
}

// visible returns the command meshgen, and those below it in the order in which
// people meet them: cobra itself sorts them.
func visible(c *Container) (root *cobra.Command, below []*cobra.Command) {
	root = newRoot(c)
	for _, cmd := range commands(c, &globals{}) {
		found, _, err := root.Find([]string{cmd.Name()})
		if err == nil && !found.Hidden {
			below = append(below, found)
			below = append(below, found.Commands()...)
		}
	}
	return root, below
}

// commandsReference is every command's help as Markdown, in the order in which
// people meet them.
func commandsReference(c *Container) string {
	root, below := visible(c)
	var b strings.Builder
	b.WriteString("<!-- Made from the commands by a test of internal/cli: do not edit. -->\n\n# The commands\n\n")
	b.WriteString(paragraphs(root.Long) + "\n\n")
	for _, cmd := range below {
		name := strings.TrimPrefix(cmd.CommandPath(), "meshgen ")
		fmt.Fprintf(&b, "- [`%s`](#meshgen-%s): %s\n", name, strings.ReplaceAll(name, " ", "-"), cmd.Short)
	}
	b.WriteString("\nEach command has these flags:\n\n" + block(root.PersistentFlags().FlagUsages()))
	for _, cmd := range below {
		text := cmd.Long
		if text == "" {
			text = cmd.Short + "."
		}
		fmt.Fprintf(&b, "\n## %s\n\n%s\n%s\n", cmd.CommandPath(), block(cmd.UseLine()), paragraphs(text))
		if cmd.Example != "" {
			fmt.Fprintf(&b, "\n%s", block(cmd.Example))
		}
		if usage := cmd.LocalNonPersistentFlags().FlagUsages(); usage != "" {
			fmt.Fprintf(&b, "\n%s", block(usage))
		}
	}
	return b.String()
}

// codesReference is the page of each code as Markdown.
func codesReference(docs []check.Doc) string {
	var b strings.Builder
	b.WriteString("<!-- Made from the pages of the checks by a test of internal/cli: do not edit. -->\n\n# The codes\n\n")
	b.WriteString("What a diagnostic's code means; `meshgen explain CODE` says the same. An example is\nfirst as it is refused, then mended.\n\n")
	for _, d := range docs {
		fmt.Fprintf(&b, "- [%s](#%s): %s\n", d.Code, strings.ToLower(d.Code), d.Title)
	}
	for _, d := range docs {
		severity := "A" + d.Severities()[1:]
		fmt.Fprintf(&b, "\n## %s\n\n**%s**. %s, since %s.\n\n%s\n", d.Code, d.Title, severity, d.Since, paragraphs(d.Text))
		fmt.Fprintf(&b, "\nBefore:\n\n%s\nAfter:\n\n%s", block(d.Before), block(d.After))
	}
	return b.String()
}

// paragraphs is plain text as Markdown: what looks like a tag is none.
func paragraphs(text string) string {
	escape := strings.NewReplacer("<", "&lt;", "*", `\*`)
	lines := strings.Split(strings.Trim(text, "\n"), "\n")
	for i, line := range lines {
		if !strings.HasPrefix(line, "    ") { // what is indented is shown as it stands
			lines[i] = escape.Replace(line)
		}
	}
	return strings.Join(lines, "\n")
}

// block is preformatted text as Markdown.
func block(text string) string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "```text\n%s\n```\n", strings.Trim(text, "\n"))
	return b.String()
}
