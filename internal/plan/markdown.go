package plan

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
)

// Markdown writes plans for a comment on a pull request: the verdicts and the
// nodes as tables, the rest folded away.
func Markdown(w io.Writer, plans []Plan, list diag.List) error {
	var b strings.Builder
	for _, p := range plans {
		p.markdown(&b)
	}
	if err := said(&b, "Diagnostics", list); err != nil {
		return err
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (p Plan) markdown(b *strings.Builder) {
	fmt.Fprintf(b, "### %s: %s\n\n%s\n\n", escape(p.Cluster), p.verdict(), escape(p.about()))
	r := p.Report
	if r.Declared {
		b.WriteString("| node | pods | CPU | memory | left | left at worst |\n|---|---:|---|---|---|---|\n")
		pen := &page{}
		for _, g := range groups(r) {
			fmt.Fprintf(b, "| %s | %d | `%s` %s of %s | `%s` %s of %s | %s, %s | %s, %s |\n", escape(g.name(columns)), g.Pods,
				pen.bar(g.Mesh.CPU, g.Used.CPU, g.Allocatable.CPU, 10), percent(g.Used.CPU, g.Allocatable.CPU), cpu(g.Allocatable.CPU),
				pen.bar(g.Mesh.Memory, g.Used.Memory, g.Allocatable.Memory, 10), percent(g.Used.Memory, g.Allocatable.Memory), mem(g.Allocatable.Memory),
				cpu(g.Allocatable.CPU-g.Used.CPU), mem(g.Allocatable.Memory-g.Used.Memory),
				cpu(g.Allocatable.CPU-max(g.Worst.CPU, g.Used.CPU)), mem(g.Allocatable.Memory-max(g.Worst.Memory, g.Used.Memory)))
		}
		b.WriteString("\n`#` the mesh, `=` other pods, `.` left.\n\n")
	}
	if len(r.Answers) > 0 {
		b.WriteString("| does it fit? | | |\n|---|---|---|\n")
		for _, a := range r.Answers {
			answer := word(a)
			if a.Code != "" {
				answer += " (" + a.Code + ")"
			}
			fmt.Fprintf(b, "| %s | %s | %s |\n", questions[a.Question], answer, escape(because(a)))
		}
		b.WriteString("\n")
	}
	pen := &page{}
	pen.plan(p)
	fold(b, "The whole plan", pen.b.String())
}

// fold writes a text that opens when somebody wants to read it.
func fold(b *strings.Builder, title, text string) {
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	fmt.Fprintf(b, "<details><summary>%s</summary>\n\n%stext\n%s\n%s\n\n</details>\n\n", title, fence, strings.TrimRight(text, "\n"), fence)
}

// said writes diagnostics, if there are any.
func said(b *strings.Builder, title string, list diag.List) error {
	if len(list) == 0 {
		return nil
	}
	var text bytes.Buffer
	if err := diag.Text(&text, list, false); err != nil {
		return err
	}
	lines := strings.Split(strings.TrimRight(text.String(), "\n"), "\n")
	fmt.Fprintf(b, "### %s\n\n    %s\n", title, strings.Join(lines, "\n    "))
	return nil
}

// escape makes a text one that Markdown shows as it is, in a table too.
func escape(s string) string {
	return strings.NewReplacer(`\`, `\\`, "|", `\|`, "<", "&lt;", "*", `\*`, "_", `\_`, "`", "\\`", "\n", " ").Replace(s)
}

// CompareMarkdown writes comparisons for a comment on a pull request.
func CompareMarkdown(w io.Writer, all []Comparison, now, then diag.List) error {
	var b strings.Builder
	for _, c := range all {
		fmt.Fprintf(&b, "### %s with %s\n\n%s\n\n", escape(c.Cluster), escape(strings.Join(c.With, ", ")), escape(c.verdicts()))
		for _, t := range c.tables() {
			fmt.Fprintf(&b, "| %s | as it is | then | difference |\n|---|---:|---:|---:|\n", escape(t.title))
			for _, r := range t.rows {
				fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", escape(r.name), escape(r.now), escape(r.then), escape(r.change))
			}
			b.WriteString("\n")
		}
	}
	if err := said(&b, "Diagnostics, as it is", now); err != nil {
		return err
	}
	if err := said(&b, "Diagnostics, then", then); err != nil {
		return err
	}
	_, err := io.WriteString(w, b.String())
	return err
}
