package chart

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/model"
)

// refusal is what a chart says of values that it does not take.
type refusal struct {
	message string

	// found is what the chart's schema has against single values, by their
	// path; empty when a template refuses them.
	found []finding
}

type finding struct{ path, message string }

func (r *refusal) Error() string { return r.message }

// diagnostics says what a person's raw values have wrong, at the value where
// that is known.
func (r *refusal) diagnostics(c *Chart, release model.Release) diag.List {
	found := r.found
	if len(found) == 0 {
		found = []finding{{"", r.message}}
	}
	var list diag.List
	for _, f := range found {
		path := release.RawPath
		if f.path != "" {
			path += "." + f.path
		}
		list = append(list, diag.Diagnostic{
			Code: "MG4002", Severity: diag.Error, Path: path,
			Message:    fmt.Sprintf("chart %s refuses the values: %s", c.Name, strings.TrimPrefix(f.path+": "+f.message, ": ")),
			Suggestion: fmt.Sprintf("compare %s with the chart's values.yaml", release.RawPath),
		})
	}
	return list
}

// schemaFinding is a line of Helm's about one value; the line about the whole
// document names no path, and says only that there are others.
var schemaFinding = regexp.MustCompile(`(?m)^\s*- at '/([^']+)': (.*)$`)

// refuse returns an error of Helm's as a refusal.
func refuse(err error) *refusal {
	r := &refusal{message: firstLine(err)}
	for _, m := range schemaFinding.FindAllStringSubmatch(err.Error(), -1) {
		r.found = append(r.found, finding{strings.ReplaceAll(m[1], "/", "."), m[2]})
	}
	slices.SortFunc(r.found, func(a, b finding) int { return strings.Compare(a.path, b.path) }) // the schema is walked as a map
	return r
}

// position is where Helm says that a template stopped; it helps nobody who
// writes values.
var position = regexp.MustCompile(`^(execution error|template: .*?) ?at \([^)]*\): |^template: [^ ]+ `)

// firstLine shortens an error of Helm's, which may quote whole templates.
func firstLine(err error) string {
	line, _, _ := strings.Cut(strings.TrimSpace(err.Error()), "\n")
	return position.ReplaceAllString(line, "")
}
