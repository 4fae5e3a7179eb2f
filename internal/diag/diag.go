// Package diag is what meshgen says about an intent: a value with a place and a
// way out.
//
// A stage returns a List and never prints. It reports every problem that it can
// find, and returns a Go error only when meshgen itself is at fault, or the
// environment is. Most stages know the intent's path and not the file; Locate
// fills in the position, so that only the loader has to know about CUE.
package diag

import (
	"cmp"
	"slices"
)

// Severity says whether a diagnostic stops the compiler.
type Severity string

const (
	// Error stops the compiler: nothing is written.
	Error Severity = "error"
	// Warning is said and does not stop the compiler.
	Warning Severity = "warning"
)

// Position is a place in a file below the repository's root. The zero value
// means no place.
type Position struct {
	File   string `json:"file"`   // slash-separated, relative to the repository's root
	Line   int    `json:"line"`   // from 1; 0 means the file as a whole
	Column int    `json:"column"` // from 1, in bytes; 0 means the line as a whole
}

// IsValid says whether the position names a file.
func (p Position) IsValid() bool { return p.File != "" }

// Compare orders positions by file, line and column.
func (p Position) Compare(q Position) int {
	return cmp.Or(cmp.Compare(p.File, q.File), cmp.Compare(p.Line, q.Line), cmp.Compare(p.Column, q.Column))
}

// Note is a second place that has to do with a diagnostic.
type Note struct {
	Message  string   `json:"message"`
	Position Position `json:"position"`
	Path     string   `json:"path,omitempty"` // the intent's path, from which Locate fills in the position
}

// Diagnostic is one problem: where it is, what is wrong, what to type next.
type Diagnostic struct {
	// There are no constructors on purpose: a diagnostic is a literal, so that a
	// reader sees each of its parts at the place where it is made.

	Code       string   `json:"code"` // MG and four digits; see package check
	Severity   Severity `json:"severity"`
	Cluster    string   `json:"cluster"`    // empty when the problem is not one cluster's
	Path       string   `json:"path"`       // the intent's path, such as gateways.public.replicas
	Message    string   `json:"message"`    // what is wrong, without a full stop
	Suggestion string   `json:"suggestion"` // what to type, as an imperative
	Position   Position `json:"position"`
	Related    []Note   `json:"related"`

	// Alternatives are other things to type, each enough by itself.
	Alternatives []string `json:"alternatives,omitempty"`
}

// wayOut is what to type, and what else would do, a line each.
func (d Diagnostic) wayOut() []string {
	var lines []string
	if d.Suggestion != "" {
		lines = append(lines, "try: "+d.Suggestion)
	}
	for _, other := range d.Alternatives {
		lines = append(lines, "or: "+other)
	}
	return lines
}

// List is a set of diagnostics.
type List []Diagnostic

// HasErrors says whether any of the diagnostics is an error.
func (l List) HasErrors() bool {
	return slices.ContainsFunc(l, func(d Diagnostic) bool { return d.Severity == Error })
}

// Count returns the numbers of errors and of warnings.
func (l List) Count() (errors, warnings int) {
	for _, d := range l {
		if d.Severity == Error {
			errors++
		} else {
			warnings++
		}
	}
	return errors, warnings
}

// Sorted returns the diagnostics in the order in which people read them: by
// place, then cluster, code and path. Equal diagnostics are kept once.
func (l List) Sorted() List {
	s := slices.Clone(l)
	slices.SortStableFunc(s, func(a, b Diagnostic) int {
		return cmp.Or(a.Position.Compare(b.Position), cmp.Compare(a.Cluster, b.Cluster),
			cmp.Compare(a.Code, b.Code), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Message, b.Message))
	})
	return slices.CompactFunc(s, func(a, b Diagnostic) bool {
		return a.Position == b.Position && a.Cluster == b.Cluster && a.Code == b.Code && a.Path == b.Path && a.Message == b.Message
	})
}

// Locate returns the diagnostics with the cluster's name, and with the position
// of the intent's path where a diagnostic or a note of it has none.
func (l List) Locate(cluster string, position func(path string) Position) List {
	s := slices.Clone(l)
	for i := range s {
		if s[i].Cluster == "" {
			s[i].Cluster = cluster
		}
		if !s[i].Position.IsValid() && s[i].Path != "" {
			s[i].Position = position(s[i].Path)
		}
		for k, note := range s[i].Related {
			if !note.Position.IsValid() && note.Path != "" {
				s[i].Related = slices.Clone(s[i].Related)
				s[i].Related[k].Position = position(note.Path)
			}
		}
	}
	return s
}
