package render

import (
	"regexp"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/validate"
)

// braces is a text as Flux replaces it.
var braces = regexp.MustCompile(`\$\{[^}]*\}?`)

// placeholders moves what is said of a text that nothing replaces from the path
// that asked for the object to the value of the intent that holds the text.
func (b *built) placeholders(list diag.List) (diag.List, error) {
	if !slices.ContainsFunc(list, unreplaced) {
		return list, nil
	}
	leaves, err := leavesOf(b.intent.Mesh)
	if err != nil {
		return nil, err
	}
	list = slices.Clone(list)
	for i, d := range list {
		text := braces.FindString(d.Message)
		if !unreplaced(d) || d.Position.IsValid() || text == "" {
			continue
		}
		for _, leaf := range leaves {
			if value, ok := leaf.Value.(string); ok && below(leaf.Key, d.Path) && strings.Contains(value, text) {
				list[i].Path = leaf.Key
				break
			}
		}
	}
	return list, nil
}

// unreplaced says whether a diagnostic is about a text that nothing replaces.
func unreplaced(d diag.Diagnostic) bool { return d.Code == "MG5020" }

// awaited says whether a finding is about a value that holds such a text. What
// it will be is not known, and that nothing replaces it has been said.
func awaited(list diag.List, f validate.Finding) bool {
	value, ok := nearestField(f).Value.(string)
	return ok && strings.Contains(value, "${") && slices.ContainsFunc(list, unreplaced)
}
