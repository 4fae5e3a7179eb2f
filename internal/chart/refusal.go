package chart

import (
	"regexp"
	"slices"
	"strings"
)

// refusal is what a chart says of values that it does not take.
type refusal struct {
	message string

	// found is what the chart's schema has against single values; empty when a
	// template refuses them.
	found []finding
}

type finding struct {
	keys    []string
	message string
}

func (r *refusal) Error() string { return r.message }

// schemaFinding is a line of Helm's about one value; the line about the whole
// document names no path, and says only that there are others.
var schemaFinding = regexp.MustCompile(`(?m)^\s*- at '/([^']+)': (.*)$`)

// pointer reads a key of a JSON pointer (RFC 6901).
var pointer = strings.NewReplacer("~1", "/", "~0", "~")

// refuse returns an error of Helm's as a refusal.
func refuse(err error) *refusal {
	r := &refusal{message: firstLine(err)}
	for _, m := range schemaFinding.FindAllStringSubmatch(err.Error(), -1) {
		keys := strings.Split(m[1], "/")
		for i := range keys {
			keys[i] = pointer.Replace(keys[i])
		}
		r.found = append(r.found, finding{keys, m[2]})
	}
	slices.SortFunc(r.found, func(a, b finding) int { return slices.Compare(a.keys, b.keys) }) // the schema is walked as a map
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
