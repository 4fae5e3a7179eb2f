package plan

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/hardware"
)

// columns is how wide the text is.
const columns = 80

// page is a text that is being written.
type page struct {
	b     strings.Builder
	color bool
}

// paint colours a text, if anything is coloured.
func (p *page) paint(how diag.Color, s string) string { return how.Paint(s, p.color) }

// line writes a line as it is, without spaces at its end.
func (p *page) line(format string, args ...any) {
	p.b.WriteString(strings.TrimRight(fmt.Sprintf(format, args...), " ") + "\n")
}

// heading begins a section.
func (p *page) heading(title string) {
	p.line("")
	p.line("%s", p.paint(diag.Bold, title))
}

// text writes a paragraph behind an indent; its later lines stand further in.
func (p *page) text(indent, further int, s string) {
	for i, line := range wrap(s, columns-indent, columns-further) {
		if i == 0 {
			p.line("%s%s", strings.Repeat(" ", indent), line)
		} else {
			p.line("%s%s", strings.Repeat(" ", further), line)
		}
	}
}

func (p *page) flush(w io.Writer) error {
	_, err := io.WriteString(w, p.b.String())
	return err
}

// wrap breaks a text into lines, the first of one width and the others of
// another. A word that is longer than a line is broken too.
func wrap(s string, first, others int) []string {
	var lines []string
	var line []rune
	width := first
	end := func() { lines, line, width = append(lines, string(line)), nil, others }
	for _, word := range strings.Fields(s) {
		letters := []rune(word)
		if len(line) > 0 && len(line)+1+len(letters) > width {
			end()
		}
		if len(line) > 0 {
			line = append(line, ' ')
		}
		for len(line)+len(letters) > width {
			n := width - len(line)
			line, letters = append(line, letters[:n]...), letters[n:]
			end()
		}
		line = append(line, letters...)
	}
	if len(line) > 0 {
		end()
	}
	return lines
}

// cut shortens a text in its middle, where names that differ are most alike.
func cut(s string, width int) string {
	letters := []rune(s)
	if len(letters) <= width {
		return s
	}
	if width < 3 {
		return string(letters[:max(width, 0)])
	}
	left := (width - 1) / 2
	return string(letters[:left]) + "…" + string(letters[len(letters)-(width-1-left):])
}

// cpu writes millicores as the intent does; a hundred cores and more are
// rounded to a tenth. The JSON has what is exact.
func cpu(milli int64) string { return cpus(milli)(milli) }

// cpus returns how to write some amounts of CPU that stand side by side, so that
// they have one unit.
func cpus(all ...int64) func(int64) string {
	whole, large := true, false
	for _, milli := range all {
		whole, large = whole && milli%1000 == 0, large || milli >= 100_000 || milli <= -100_000
	}
	switch {
	case whole:
		return hardware.CPUText
	case large:
		return func(milli int64) string { return tenths(float64(milli) / 1000) }
	}
	return func(milli int64) string {
		if milli == 0 {
			return "0"
		}
		return strconv.FormatInt(milli, 10) + "m"
	}
}

// column returns how to write a column's amounts of CPU: in one unit, unless some
// are so large that the others would be rounded away.
func column(all ...int64) func(int64) string {
	for _, milli := range all {
		if milli >= 100_000 || milli <= -100_000 {
			return cpu
		}
	}
	return cpus(all...)
}

// mem writes bytes as the intent does; a hundred Gi and more are rounded to a
// tenth.
func mem(bytes int64) string { return mems(bytes)(bytes) }

// mems is cpus for memory.
func mems(all ...int64) func(int64) string {
	whole, largest := true, int64(0)
	for _, bytes := range all {
		whole, largest = whole && bytes%hardware.Gi == 0, max(largest, bytes, -bytes)
	}
	switch {
	case largest >= 10_000*hardware.Gi:
		return func(bytes int64) string { return tenths(float64(bytes)/float64(1024*hardware.Gi)) + "Ti" }
	case largest >= 100*hardware.Gi && !whole:
		return func(bytes int64) string { return tenths(float64(bytes)/float64(hardware.Gi)) + "Gi" }
	case whole || largest < hardware.Mi:
		return hardware.MemoryText
	}
	return func(bytes int64) string {
		if bytes == 0 {
			return "0"
		}
		return strconv.FormatInt(bytes/hardware.Mi, 10) + "Mi"
	}
}

// tenths writes a number with a digit behind the point, unless it is a zero.
func tenths(f float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(f, 'f', 1, 64), ".0")
}

// percent is a part of a whole, rounded up, so that 100% means that it is full
// or nearly so, and more that it is not there.
func percent(part, whole int64) string {
	if whole <= 0 {
		return "-"
	}
	return fmt.Sprintf("%d%%", ceil(100*float64(part)/float64(whole)))
}

func ceil(f float64) int64 {
	n := int64(f)
	if float64(n) < f {
		n++
	}
	return n
}

// bar draws what the mesh and others take of a whole.
func (p *page) bar(mesh, used, whole int64, width int) string {
	cells := func(n int64) int {
		if whole <= 0 || n <= 0 {
			return 0
		}
		return int(min(int64(width), max(1, ceil(float64(n)/float64(whole)*float64(width)-0.5))))
	}
	all := cells(used)
	ours := min(cells(mesh), all)
	if used > mesh && ours == all && ours > 1 {
		ours--
	}
	return p.paint(diag.Cyan, strings.Repeat("#", ours)) + strings.Repeat("=", all-ours) + strings.Repeat(".", width-all)
}
