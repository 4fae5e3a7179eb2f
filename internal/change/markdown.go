package change

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/meshgen/meshgen/internal/diag"
)

const (
	// maxComment is what Markdown keeps below: GitHub refuses a comment of more
	// than 65,536 characters.
	maxComment = 60_000

	maxCell = 120 // characters of a value in a table
)

// Markdown writes the diff as a comment for a pull request: the sentence and
// the effects in the open, the fields in sections that unfold. Rows that would
// make the comment too long for GitHub are counted and left out.
func Markdown(w io.Writer, d Diff) error {
	m := &markdownWriter{}
	m.diff(Fold(d))
	_, err := io.WriteString(w, m.b.String())
	return err
}

type markdownWriter struct{ b strings.Builder }

func (m *markdownWriter) diff(f Folded) {
	fmt.Fprintf(&m.b, "### meshgen: %s\n", headline(f))
	if len(f.Whole) > 0 {
		m.b.WriteString("\n")
		for _, c := range f.Whole {
			fmt.Fprintf(&m.b, "- cluster %s: %s\n", c.Change, code(wholeCluster(c), maxCell))
		}
	}
	if len(f.Effects) > 0 {
		var rows []string
		for _, e := range f.Effects {
			what := plainText(e.Text)
			if e.Breaks {
				what = "**" + what + "**"
			}
			for i, p := range e.Objects {
				if i > 0 {
					what = ""
				}
				rows = append(rows, row(what, code(p.ID.String(), maxCell), clusters(p.Clusters, f.Diff.Compared)))
			}
		}
		m.table("", "", row("What it does", "Object", "Clusters"), 3, rows)
	}
	if len(f.Shared) > 0 {
		var rows []string
		for _, s := range f.Shared {
			rows = append(rows, row(paths(s.Paths), before(s.Change, s.Old), after(s.Change, s.New),
				plainText(diag.Plural(s.Objects, "object")+in(s.Clusters, f.Diff.Compared))))
		}
		m.table("In many objects", diag.Plural(len(f.Shared), "change"), row("Field", "Before", "After", "Where"), 4, rows)
	}
	if len(f.Objects) > 0 {
		var rows []string
		for _, o := range f.Objects {
			rows = append(rows, objectRows(o, f.Diff.Compared)...)
		}
		m.table("Objects", diag.Plural(len(f.Objects), "object"), row("", "Object", "Field", "Before", "After", "Clusters"), 6, rows)
	}
	if len(f.Files) > 0 {
		var rows []string
		for _, file := range f.Files {
			rows = append(rows, row(string(file.Change), code(file.Path, maxCell), clusters(file.Clusters, f.Diff.Compared)))
		}
		m.table("Files", diag.Plural(len(f.Files), "file"), row("", "File", "Clusters"), 3, rows)
	}
}

func objectRows(o FoldedObject, compared int) []string {
	name, where := code(o.ID.String(), maxCell), clusters(o.Clusters, compared)
	if o.Change != Changed {
		return []string{row(string(o.Change), name, "", "", "", where)}
	}
	var rows []string
	for i, f := range o.Fields {
		change := string(o.Change)
		if i > 0 {
			change, name, where = "", "", ""
		}
		if isText(f) {
			rows = append(rows, row(change, name, code(f.Path, maxCell), "", plainText(countLines(lines(f))), where))
			continue
		}
		rows = append(rows, row(change, name, code(f.Path, maxCell), before(f.Change, f.Old), after(f.Change, f.New), where))
	}
	return rows
}

// table writes a table, below a summary that unfolds it if it has a title.
func (m *markdownWriter) table(title, count, head string, width int, rows []string) {
	m.b.WriteString("\n")
	if title != "" {
		fmt.Fprintf(&m.b, "<details><summary>%s: %s</summary>\n\n", title, count)
	}
	m.b.WriteString(head + "|" + strings.Repeat(" --- |", width) + "\n")
	for i, r := range rows {
		if m.b.Len()+len(r) > maxComment {
			fmt.Fprintf(&m.b, "\n%d more rows are left out; `meshgen diff` shows them.\n", len(rows)-i)
			break
		}
		m.b.WriteString(r)
	}
	if title != "" {
		m.b.WriteString("\n</details>\n")
	}
}

func row(cells ...string) string { return "| " + strings.Join(cells, " | ") + " |\n" }

func before(k Kind, v any) string {
	if k == Added {
		return ""
	}
	return code(Show(v, maxCell), maxCell)
}

func after(k Kind, v any) string {
	if k == Removed {
		return ""
	}
	return code(Show(v, maxCell), maxCell)
}

func paths(all []string) string {
	var out []string
	for i, p := range all {
		if i == maxNames && len(all) > maxNames+1 {
			out = append(out, fmt.Sprintf("and %d more", len(all)-i))
			break
		}
		out = append(out, code(p, maxCell))
	}
	return strings.Join(out, ", ")
}

func clusters(names []string, compared int) string {
	return plainText(strings.Trim(in(names, compared), " ()"))
}

// code writes a text as a code span in a table's cell. The fence is longer than
// any run of backticks in the text; a bar would end the cell even in a span.
func code(s string, width int) string {
	s = shorten(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s), width)
	if s == "" {
		return ""
	}
	fence, run := 1, 0
	for _, r := range s {
		if r != '`' {
			run = 0
			continue
		}
		run++
		fence = max(fence, run+1)
	}
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		s = " " + s + " "
	}
	ticks := strings.Repeat("`", fence)
	return ticks + strings.ReplaceAll(s, "|", `\|`) + ticks
}

// plainText escapes what Markdown would read in a text, and the @ that would
// call somebody.
func plainText(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case strings.ContainsRune("\\`*_{}[]<>#|~&", r):
			b.WriteString("\\" + string(r))
		case r == '@':
			b.WriteString("&#64;")
		case unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			b.WriteByte(' ')
		}
	}
	return b.String()
}
