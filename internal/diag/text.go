package diag

import (
	"fmt"
	"io"
	"strings"
)

// String returns the position as editors and terminals understand it:
// file:line:column, without the parts that are not known.
func (p Position) String() string {
	switch {
	case !p.IsValid():
		return ""
	case p.Line == 0:
		return p.File
	case p.Column == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Text writes the diagnostics for people, in the list's order:
//
//	overlays/edge-berlin/mesh.cue:14:7: ztunnel asks for 2 CPU on pool "edge", whose nodes have 1 (MG2003)
//	    overlays/edge-berlin/mesh.cue:8:9: the pool declares 1 CPU here
//	    try: set dataPlane.ztunnel.resources.requests.cpu to "500m"
//
// A diagnostic without a position begins with its cluster and path. One whose
// position is not in its cluster's own folder names the cluster in a note, or a
// reader could not tell which of the clusters over a shared file is meant.
func Text(w io.Writer, l List, color bool) error {
	var b strings.Builder
	paint := func(how Color, s string) string { return how.Paint(s, color) }
	for _, d := range l {
		if where := d.where(); where != "" {
			b.WriteString(paint(Bold, where+":") + " ")
		}
		if d.Severity == Warning {
			b.WriteString(paint(Yellow, "warning:") + " " + indent(d.Message))
		} else {
			b.WriteString(paint(Red, indent(d.Message)))
		}
		fmt.Fprintf(&b, " (%s)\n", d.Code)
		if d.elsewhere() {
			fmt.Fprintf(&b, "    cluster %s\n", d.Cluster)
		}
		for _, n := range d.Related {
			if n.Position.IsValid() {
				fmt.Fprintf(&b, "    %s: %s\n", n.Position, indent(n.Message))
			} else {
				fmt.Fprintf(&b, "    %s\n", indent(n.Message))
			}
		}
		for _, line := range d.wayOut() {
			how, what, _ := strings.Cut(line, " ")
			fmt.Fprintf(&b, "    %s %s\n", paint(Cyan, how), indent(what))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// where is what a diagnostic begins with: its position, or the cluster and the
// intent's path.
func (d Diagnostic) where() string {
	if d.Position.IsValid() {
		return d.Position.String()
	}
	var parts []string
	if d.Cluster != "" {
		parts = append(parts, "cluster "+d.Cluster)
	}
	if d.Path != "" {
		parts = append(parts, d.Path)
	}
	return strings.Join(parts, ": ")
}

// elsewhere says whether the position is outside the cluster's own folders, so
// that the cluster has to be named.
func (d Diagnostic) elsewhere() bool {
	return d.Cluster != "" && d.Position.IsValid() && !strings.Contains(d.Position.File, "/"+d.Cluster+"/")
}

// indent keeps the later lines of a text under the first, so that each
// diagnostic stays one block.
func indent(s string) string { return strings.ReplaceAll(s, "\n", "\n        ") }

// Summary counts the diagnostics in words, such as "2 errors, 1 warning in 3
// clusters". The number of clusters is how many were looked at.
func Summary(l List, clusters int) string {
	errors, warnings := l.Count()
	var parts []string
	if errors > 0 {
		parts = append(parts, Plural(errors, "error"))
	}
	if warnings > 0 {
		parts = append(parts, Plural(warnings, "warning"))
	}
	if len(parts) == 0 {
		return Plural(clusters, "cluster") + ", no problems"
	}
	return strings.Join(parts, ", ") + " in " + Plural(clusters, "cluster")
}

// Plural returns a number and a noun, with an s unless the number is one.
func Plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
