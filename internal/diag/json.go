package diag

import (
	"encoding/json"
	"io"
)

// Report is the JSON form of a list. Its arrays are never null.
type Report struct {
	Diagnostics List   `json:"diagnostics"`
	Summary     Counts `json:"summary"`
}

// Counts are the numbers of diagnostics by severity.
type Counts struct {
	Errors   int `json:"errors"`
	Warnings int `json:"warnings"`
}

// Report returns the list's JSON form. A command embeds it beside its own fields.
func (l List) Report() Report {
	list := make(List, 0, len(l))
	for _, d := range l {
		if d.Related == nil {
			d.Related = []Note{}
		}
		list = append(list, d)
	}
	errors, warnings := l.Count()
	return Report{Diagnostics: list, Summary: Counts{Errors: errors, Warnings: warnings}}
}

// JSON writes the list's report, indented, and without the escapes for HTML
// that would make "a -> b" hard to read.
func JSON(w io.Writer, l List) error { return EncodeJSON(w, l.Report()) }

// EncodeJSON writes any value the way JSON writes a report.
func EncodeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
