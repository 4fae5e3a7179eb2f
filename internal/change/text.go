package change

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"

	"github.com/meshgen/meshgen/internal/diag"
)

const (
	columns  = 100 // the width that values are shortened to
	maxLines = 12  // of a text, shown
	maxNames = 3   // of clusters or fields; beyond it they are counted
)

// Text writes the diff for people, on a terminal:
//
//	2 of 7 clusters change: 1 object added, 1 changed; 2 files
//
//	What it does
//	  ! pods restart
//	      Deployment.apps/istiod in istio-system (edge-berlin)
//
//	Objects
//	~ Deployment.apps/istiod in istio-system (edge-berlin)
//	    ~ spec.template.spec.containers[discovery].resources.requests.memory: 128Mi -> 256Mi
//
// It writes one line if nothing changes.
func Text(w io.Writer, d Diff, color bool) error {
	t := &textWriter{color: color}
	t.diff(Fold(d))
	_, err := io.WriteString(w, t.b.String())
	return err
}

type textWriter struct {
	b     strings.Builder
	color bool
}

func (t *textWriter) paint(how diag.Color, s string) string { return how.Paint(s, t.color) }

func (t *textWriter) printf(format string, args ...any) { fmt.Fprintf(&t.b, format, args...) }

func (t *textWriter) heading(s string) { t.printf("\n%s\n", t.paint(diag.Bold, s)) }

func (t *textWriter) diff(f Folded) {
	t.printf("%s\n", headline(f))
	if len(f.Whole) > 0 {
		t.heading("Clusters")
		for _, c := range f.Whole {
			t.printf("%s %s\n", t.sign(c.Change), wholeCluster(c))
		}
	}
	if len(f.Effects) > 0 {
		t.heading("What it does")
		for _, e := range f.Effects {
			mark := " "
			if e.Breaks {
				mark = t.paint(diag.Red, "!")
			}
			t.printf("%s %s\n", mark, printable(e.Text))
			for _, p := range e.Objects {
				t.printf("      %s%s\n", printable(p.ID.String()), in(p.Clusters, f.Diff.Compared))
			}
		}
	}
	if len(f.Shared) > 0 {
		t.heading("In many objects")
		for _, s := range f.Shared {
			t.shared(s, f.Diff.Compared)
		}
	}
	if len(f.Objects) > 0 {
		t.heading("Objects")
		for _, o := range f.Objects {
			t.printf("%s %s%s\n", t.sign(o.Change), printable(o.ID.String()), in(o.Clusters, f.Diff.Compared))
			for _, field := range o.Fields {
				t.field(field)
			}
		}
	}
	if len(f.Files) > 0 {
		t.heading("Files")
		for _, file := range f.Files {
			t.printf("%s %s%s\n", t.sign(file.Change), printable(file.Path), in(file.Clusters, f.Diff.Compared))
		}
	}
}

func (t *textWriter) shared(s SharedField, compared int) {
	where := fmt.Sprintf("in %s%s", diag.Plural(s.Objects, "object"), in(s.Clusters, compared))
	if len(s.Paths) == 1 {
		t.field(Field{Path: s.Paths[0], Change: s.Change, Old: s.Old, New: s.New})
		t.printf("        %s\n", where)
		return
	}
	t.printf("    %s %s -> %s\n", t.sign(Changed), Show(s.Old, columns/2), Show(s.New, columns/2))
	t.printf("        %s %s\n", diag.Plural(s.Fields, "field"), where)
	for i, p := range s.Paths {
		if i == maxNames && len(s.Paths) > maxNames+1 {
			t.printf("        and %d more paths\n", len(s.Paths)-i)
			break
		}
		t.printf("        %s\n", printable(p))
	}
}

func (t *textWriter) field(f Field) {
	f.Path = printable(f.Path)
	if isText(f) {
		t.text(f)
		return
	}
	if f.Change != Changed {
		value := f.New
		if f.Change == Removed {
			value = f.Old
		}
		room := max(columns-len("    + : ")-len(f.Path), 30)
		t.printf("    %s %s: %s\n", t.sign(f.Change), f.Path, Show(value, room))
		return
	}
	// Both on one line if they fit, else each on its own.
	old, new := Show(f.Old, columns), Show(f.New, columns)
	if len("    ~ :  -> ")+len(f.Path)+len(old)+len(new) <= columns {
		t.printf("    %s %s: %s -> %s\n", t.sign(Changed), f.Path, old, new)
		return
	}
	t.printf("    %s %s:\n", t.sign(Changed), f.Path)
	const room = columns - len("        - ")
	t.printf("        %s\n", t.paint(diag.Red, "- "+Show(f.Old, room)))
	t.printf("        %s\n", t.paint(diag.Green, "+ "+Show(f.New, room)))
}

func (t *textWriter) text(f Field) {
	changed := lines(f)
	t.printf("    %s %s: %s\n", t.sign(f.Change), f.Path, countLines(changed))
	for i, l := range changed {
		if i == maxLines && len(changed) > maxLines+1 {
			t.printf("        and %d more lines\n", len(changed)-i)
			break
		}
		const room = columns - len("        - ")
		how, sign := diag.Green, "+ "
		if l.change == Removed {
			how, sign = diag.Red, "- "
		}
		t.printf("        %s\n", t.paint(how, sign+shorten(printable(l.text), room)))
	}
}

// printable writes what would move a terminal's cursor as an escape. A name or
// a path may come from a file that anybody edited.
func printable(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return s
	}
	quoted := strconv.Quote(s)
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}

func (t *textWriter) sign(k Kind) string {
	switch k {
	case Added:
		return t.paint(diag.Green, "+")
	case Removed:
		return t.paint(diag.Red, "-")
	}
	return t.paint(diag.Yellow, "~")
}

func countLines(changed []line) string {
	added, removed := 0, 0
	for _, l := range changed {
		if l.change == Added {
			added++
		} else {
			removed++
		}
	}
	switch {
	case removed == 0:
		return diag.Plural(added, "line") + " added"
	case added == 0:
		return diag.Plural(removed, "line") + " removed"
	}
	return fmt.Sprintf("%s added, %d removed", diag.Plural(added, "line"), removed)
}

// headline counts what changes, in a sentence without a full stop.
func headline(f Folded) string {
	s := f.Summary
	if f.Diff.Empty() {
		return "nothing changes in " + diag.Plural(s.Compared, "cluster")
	}
	verb := "change"
	if s.Clusters == 1 {
		verb = "changes"
	}
	var objects []string
	for _, n := range []struct {
		count int
		what  string
	}{{s.Added, "added"}, {s.Removed, "removed"}, {s.Changed, "changed"}} {
		switch {
		case n.count > 0 && len(objects) == 0:
			objects = append(objects, diag.Plural(n.count, "object")+" "+n.what)
		case n.count > 0:
			objects = append(objects, fmt.Sprintf("%d %s", n.count, n.what))
		}
	}
	var parts []string
	if len(objects) > 0 {
		parts = append(parts, strings.Join(objects, ", "))
	}
	if s.Files > 0 {
		parts = append(parts, diag.Plural(s.Files, "other file"))
	}
	return fmt.Sprintf("%d of %s %s: %s", s.Clusters, diag.Plural(s.Compared, "cluster"), verb, strings.Join(parts, "; "))
}

// wholeCluster says what comes or goes with a cluster.
func wholeCluster(c Cluster) string {
	return fmt.Sprintf("%s: %s, %s", c.Name, diag.Plural(len(c.Objects), "object"), diag.Plural(len(c.Files), "other file"))
}

// in says in which clusters, as a parenthesis after a space: their names, or
// how many they are. It is empty where there are none, or only one is compared.
func in(clusters []string, compared int) string {
	switch n := len(clusters); {
	case n == 0 || compared == 1:
		return ""
	case n <= maxNames:
		return " (" + strings.Join(clusters, ", ") + ")"
	case n == compared:
		return fmt.Sprintf(" (all %d clusters)", n)
	default:
		return fmt.Sprintf(" (%d clusters)", n)
	}
}
