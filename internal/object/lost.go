package object

// NextLine ends a line for YAML 1.1, which kustomize carries and charts do not
// expect in a value.
const NextLine = 0x85

// Lost says whether a character is none that YAML prints, and beyond the controls
// of ASCII that all escape (yaml.org/spec/1.1, c-printable): kustomize writes it
// plainly, and nothing reads what it builds ("control characters are not allowed").
func Lost(c rune) bool {
	return c >= 0x7f && c <= 0x9f && c != NextLine || c == 0xfffe || c == 0xffff
}
