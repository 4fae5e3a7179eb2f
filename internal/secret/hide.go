package secret

import (
	"strconv"
	"strings"
)

// Hidden stands where a secret was.
const Hidden = "(hidden)"

// Hide returns a text without the secrets whose form gives them away, and
// without some literals, written plainly or quoted.
func Hide(text string, literals []string) string {
	for _, literal := range literals {
		if len(literal) < 4 {
			continue // it would be found in words, too
		}
		for _, form := range []string{literal, strings.Trim(strconv.Quote(literal), `"`)} {
			text = strings.ReplaceAll(text, form, Hidden)
		}
	}
	for _, f := range forms {
		if !containsAny(text, f.marks) {
			continue
		}
		text = f.expr().ReplaceAllStringFunc(text, func(match string) string {
			if f.really != nil && !f.really(match) {
				return match
			}
			return Hidden
		})
	}
	return text
}

var quoted = expr(`"(?:[^"\\]|\\.)*"`)

// HideQuoted returns a text without anything that stands in quotes.
func HideQuoted(text string) string { return quoted().ReplaceAllString(text, `"`+Hidden+`"`) }
