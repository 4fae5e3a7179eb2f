package chart

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// refusal is what a chart says of values that it does not take.
type refusal struct {
	message string

	// found is what the chart's schema has against single values; empty when a
	// template refuses them.
	found []finding

	// at is the place in the chart, such as templates/a.yaml:3, of a chart that
	// is not built in; exhausted says that it took too much.
	at        problem
	exhausted bool
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

// place finds where templates stopped, the innermost last.
var place = regexp.MustCompile(`template: [^/: ]+/([^: ]+):(\d+):\d+: `)

// refuseMetered returns an error of the metered engine as a refusal.
func refuseMetered(err error) *refusal {
	text := err.Error()
	r := &refusal{message: text}
	if all := place.FindAllStringSubmatchIndex(text, -1); len(all) > 0 {
		last := all[len(all)-1]
		r.at.file = text[last[2]:last[3]]
		r.at.line, _ = strconv.Atoi(text[last[4]:last[5]])
		r.message = text[last[1]:]
	}
	if _, said, ok := strings.Cut(r.message, ": error calling "); ok {
		if _, said, ok = strings.Cut(said, ": "); ok {
			r.message = said
		}
	}
	var e *exhausted
	if errors.As(err, &e) {
		r.message, r.exhausted = e.what, true
	}
	r.message, _, _ = strings.Cut(strings.TrimPrefix(strings.TrimSpace(r.message), "template: "), "\n")
	return r
}
