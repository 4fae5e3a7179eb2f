package load

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"cuelang.org/go/cue/errors"

	"github.com/meshgen/meshgen/internal/diag"
)

// syntaxErrors turns the parser's errors into diagnostics, one for each line:
// a second error on a line follows from the first.
func syntaxErrors(err error, content []byte) diag.List {
	lines := strings.Split(string(content), "\n")
	var list diag.List
	seen := map[diag.Position]bool{}
	for _, e := range errors.Errors(err) {
		p := position(e.Position())
		line := diag.Position{File: p.File, Line: p.Line}
		if seen[line] {
			continue
		}
		seen[line] = true
		text := ""
		if p.Line > 0 && p.Line <= len(lines) {
			text = strings.TrimRight(lines[p.Line-1], "\r")
		}
		message, suggestion := habit(text, p.Column)
		if message == "" {
			message, suggestion = plainSyntax(e)
		}
		if message == unclosedText && len(list) > 0 && list[len(list)-1].Message == message && list[len(list)-1].Position.Line+1 == p.Line {
			continue // a text that goes over two lines ends on the second
		}
		if len(list) > 0 && (strings.HasPrefix(message, unclosed) || strings.Contains(message, "expected 'EOF'")) {
			continue // what is missing on a line before makes the parser lose count of the brackets
		}
		list = append(list, diag.Diagnostic{
			Code: codeSyntax, Severity: diag.Error,
			Message: message, Suggestion: suggestion, Position: p,
		})
	}
	return list
}

// unclosed is what is said of a file that ends, or goes on, within a bracket.
const unclosed = "a bracket is opened and not closed"

// unclosedText is what is said of a text that ends with its line.
const unclosedText = "a string is not closed"

// habit says what is wrong with a line that is written in another language's way,
// or "". column is where the parser stumbled.
func habit(line string, column int) (message, suggestion string) {
	trimmed := strings.TrimSpace(line)
	at := ""
	if column > 0 && column <= len(line) {
		at = line[column-1:]
	}
	m := ""
	if strings.HasPrefix(at, ":") {
		if found := dashed.FindStringSubmatch(line[:column-1]); found != nil {
			m = found[1]
		}
	}
	_, commented := strings.CutPrefix(trimmed, "#")
	switch {
	case commented && !strings.Contains(trimmed, ":"):
		return "a comment of CUE begins with //", "write // in the place of #"
	case strings.HasPrefix(trimmed, "- "):
		return "a list of CUE stands in brackets", "write [ ] around the elements, with commas between them, in the place of -"
	case strings.HasPrefix(at, ";"):
		return "a line of CUE ends without a semicolon", "remove the ;"
	case m != "":
		return fmt.Sprintf("the name %s has a dash, and stands without quotes", m), "put quotes around it: " + strconv.Quote(m)
	case strings.HasPrefix(trimmed, "package "):
		return "the file has said its package already", "remove the line"
	case strings.HasPrefix(at, "}") || strings.HasPrefix(at, "]") || strings.HasPrefix(at, ")"):
		if strings.Count(line, at[:1]) > strings.Count(line, opening[at[:1]]) && strings.Count(line, opening[at[:1]]) > 0 {
			return "a bracket is closed that is not open", "remove the " + at[:1]
		}
	case strings.HasPrefix(at, ","):
		return "a comma stands where a value should", "remove one of the commas"
	case zeros.MatchString(at):
		return "a number begins with a zero", "write it without the zero in front: " + strings.TrimLeft(zeros.FindString(at), "0")
	}
	return "", ""
}

// opening is the bracket that each closes.
var opening = map[string]string{"}": "{", "]": "[", ")": "("}

// dashed is a name with a dash in it; zeros is a number that begins with
// one.
var (
	dashed = regexp.MustCompile(`(?:^|[\s{,:])([A-Za-z_][A-Za-z0-9_]*(?:-[A-Za-z0-9_]+)+)$`)
	zeros  = regexp.MustCompile(`^0[0-9]+`)
)

// plainSyntax says a parser's error in words of the person who wrote the file.
func plainSyntax(e errors.Error) (message, suggestion string) {
	format, args := e.Msg()
	text := fmt.Sprintf(format, args...)
	message = "the file is not CUE: " + firstLine(text)
	switch {
	case strings.Contains(text, "found 'EOF'"), strings.Contains(text, "expected '}'"), strings.Contains(text, "expected '>>'"):
		return unclosed + ": " + firstLine(text), "close it with }, ] or )"
	case strings.Contains(text, "string literal not terminated"):
		return unclosedText, `close it with "; a text of several lines stands between """`
	case strings.Contains(text, "illegal character"):
		return message, "remove the character, or put the text in quotes"
	case strings.Contains(text, "missing ','"):
		return "two things stand side by side with nothing between them: " + firstLine(text), "put a comma or a new line between them"
	case strings.Contains(text, "nesting depth"):
		return "the file nests too deep", "write the value with fewer levels"
	case strings.Contains(text, "expected label or ':'"):
		return message, "write name: value; a name with other characters than letters and digits stands in quotes"
	}
	return message, "mend the line; cue fmt shows the same place"
}
