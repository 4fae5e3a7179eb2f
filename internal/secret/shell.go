package secret

import "strings"

// word is a word of a command, without its quotes.
type word struct {
	text    string
	line    int  // from 1
	dynamic bool // the shell fills in some of it
}

// commands splits a text into commands and these into words, as a shell does,
// roughly: for a text that is none the words are what stands between blanks.
func commands(text string) [][]word {
	var list [][]word
	var command []word
	var b strings.Builder
	line, inWord, dynamic := 1, false, false
	end := func() {
		if inWord {
			command = append(command, word{b.String(), line, dynamic})
		}
		b.Reset()
		inWord, dynamic = false, false
	}
	finish := func() {
		if end(); len(command) > 0 {
			list = append(list, command)
		}
		command = nil
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case ' ', '\t', '\r':
			end()
		case '\n':
			finish()
			line++
		case ';', '|', '&', '(', ')':
			finish()
		case '#':
			if inWord {
				b.WriteByte(c)
				continue
			}
			finish() // a comment, of which the rest may be a command
		case '\\':
			if i++; i < len(text) && text[i] == '\n' {
				line++
				end()
			} else if i < len(text) {
				b.WriteByte(text[i])
				inWord = true
			}
		case '\'', '"':
			inWord = true
			rest := text[i+1:]
			stop := strings.IndexByte(rest, c)
			if stop < 0 || strings.Contains(rest[:stop], "\n\n") {
				continue // an apostrophe
			}
			dynamic = dynamic || c == '"' && strings.ContainsAny(rest[:stop], "$`")
			b.WriteString(rest[:stop])
			line += strings.Count(rest[:stop], "\n")
			i += stop + 1
		case '$', '`':
			dynamic = true
			fallthrough
		default:
			b.WriteByte(c)
			inWord = true
		}
	}
	finish()
	return list
}
