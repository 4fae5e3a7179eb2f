package change

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Show returns a value on one line, at most width characters long: a plain
// string as it is, everything else as JSON. A string that could be taken for a
// number or a bool is quoted.
func Show(v any, width int) string {
	s, ok := v.(string)
	if !ok {
		return shorten(text(v), width)
	}
	odd := strings.TrimSpace(s) != s || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
	if s == "" || odd || (json.Valid([]byte(s)) && !strings.ContainsAny(s[:1], "{[\"")) {
		s = strconv.Quote(s)
	}
	return shorten(s, width)
}

// shorten cuts the middle out of a text that is too long: paths, images and
// digests differ at their ends.
func shorten(s string, width int) string {
	n := utf8.RuneCountInString(s)
	if n <= width {
		return s
	}
	r := []rune(s)
	tail := (width - 3) / 3
	return string(r[:width-3-tail]) + "..." + string(r[n-tail:])
}

// isText says whether a change is one of text with several lines.
func isText(f Field) bool {
	was, ok := f.Old.(string)
	if f.Old != nil && !ok {
		return false
	}
	is, ok := f.New.(string)
	if f.New != nil && !ok {
		return false
	}
	return strings.Count(strings.TrimSpace(was), "\n")+strings.Count(strings.TrimSpace(is), "\n") > 0
}

// line is one line of a text that changes.
type line struct {
	change Kind // Added or Removed
	text   string
}

// lines returns the lines that two texts do not have in common, in their order.
func lines(f Field) []line {
	was, _ := f.Old.(string)
	is, _ := f.New.(string)
	old, new := splitLines(was), splitLines(is)
	for len(old) > 0 && len(new) > 0 && old[0] == new[0] {
		old, new = old[1:], new[1:]
	}
	for len(old) > 0 && len(new) > 0 && old[len(old)-1] == new[len(new)-1] {
		old, new = old[:len(old)-1], new[:len(new)-1]
	}
	var out []line
	for _, keep := range common(old, new) {
		out = append(out, block(old[:keep.old], new[:keep.new])...)
		old, new = old[keep.old+1:], new[keep.new+1:]
	}
	return append(out, block(old, new)...)
}

func splitLines(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(s, "\n"), "\n")
}

func block(old, new []string) []line {
	var out []line
	for _, l := range old {
		out = append(out, line{Removed, l})
	}
	for _, l := range new {
		out = append(out, line{Added, l})
	}
	return out
}

// step is a line that both texts have: how many lines of each stand before it,
// after the step before.
type step struct{ old, new int }

// maxTable bounds the work of common; texts beyond it are shown as replaced.
const maxTable = 4_000_000

// common returns a longest common subsequence of two texts.
func common(old, new []string) []step {
	if len(old)*len(new) > maxTable {
		return nil
	}
	// longest[i][j] is the length for old[i:] and new[j:].
	longest := make([][]int32, len(old)+1)
	for i := range longest {
		longest[i] = make([]int32, len(new)+1)
	}
	for i, a := range slices.Backward(old) {
		for j, b := range slices.Backward(new) {
			if a == b {
				longest[i][j] = longest[i+1][j+1] + 1
			} else {
				longest[i][j] = max(longest[i+1][j], longest[i][j+1])
			}
		}
	}
	var out []step
	i, j, lastI, lastJ := 0, 0, 0, 0
	for i < len(old) && j < len(new) {
		switch {
		case old[i] == new[j]:
			out = append(out, step{i - lastI, j - lastJ})
			i, j = i+1, j+1
			lastI, lastJ = i, j
		case longest[i+1][j] >= longest[i][j+1]:
			i++
		default:
			j++
		}
	}
	return out
}
