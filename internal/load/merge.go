package load

import (
	"bytes"

	"github.com/meshgen/meshgen/internal/diag"
)

// unmerged reports the first line that version control has left in a file for
// somebody to choose between two sides; nil when there is none. It is asked of
// a text that cannot be read otherwise: such lines may be part of a text in
// quotes.
func unmerged(name string, content []byte) diag.List {
	number := 0
	for line := range bytes.Lines(content) {
		number++
		if !marker(line) {
			continue
		}
		return diag.List{{
			Code: codeSyntax, Severity: diag.Error,
			Message:    "the file holds a merge conflict that nobody has resolved",
			Suggestion: "keep one of the two sides, and remove the lines <<<<<<<, ======= and >>>>>>>",
			Position:   diag.Position{File: name, Line: number, Column: 1},
		}}
	}
	return nil
}

// marker says whether a line is one of those that surround the sides of a
// conflict; the one between them is no sign by itself.
func marker(line []byte) bool {
	for _, m := range []string{"<<<<<<<", "|||||||", ">>>>>>>"} {
		if rest, ok := bytes.CutPrefix(line, []byte(m)); ok && (len(bytes.TrimSpace(rest)) == 0 || rest[0] == ' ') {
			return true
		}
	}
	return false
}
