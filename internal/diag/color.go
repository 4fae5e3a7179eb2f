package diag

// Color is how a terminal shows a text: the sequence that turns it on.
type Color string

// The colours that meshgen uses, and bold.
const (
	Red    Color = "\x1b[31m"
	Green  Color = "\x1b[32m"
	Yellow Color = "\x1b[33m"
	Cyan   Color = "\x1b[36m"
	Bold   Color = "\x1b[1m"
)

// Paint returns a text in a colour if on is true, and as it is otherwise.
func (c Color) Paint(text string, on bool) string {
	if !on || text == "" || c == "" {
		return text
	}
	return string(c) + text + "\x1b[0m"
}

// ClearLine makes a terminal forget what stands behind the cursor.
const ClearLine = "\x1b[K"
