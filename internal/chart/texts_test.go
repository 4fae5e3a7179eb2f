package chart

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/object"
)

// TestTexts holds the detour of long texts against the straight way.
func TestTexts(t *testing.T) {
	line := "a line of text: |\n"
	lines := func(in int, n int) string { return strings.Repeat(strings.Repeat(" ", in)+line, n) }
	documents := map[string]string{
		"short":                  "a: |\n" + lines(2, 3),
		"long":                   "a: |\n" + lines(2, 500) + "b: 1\n",
		"stripped":               "a: |-\n" + lines(2, 500) + "b: 1\n",
		"kept":                   "a: |+\n" + lines(2, 500) + "\n\nb: 1\n",
		"deep":                   "a:\n  b:\n    c: |\n" + lines(6, 500) + "  d: e\n",
		"set in by one":          "a:\n b: |\n" + lines(3, 500),
		"blank lines":            "a: |\n  x\n\n\n" + lines(2, 500) + "\n   y\n",
		"at the end":             "b: 1\na: |-\n" + lines(2, 500) + "  the end",
		"two":                    "a: |\n" + lines(2, 500) + "b: |-\n" + lines(2, 400),
		"the same twice":         "a: |\n" + lines(2, 500) + "b: |\n" + lines(2, 500),
		"in a list":              "a:\n- b: |\n" + lines(4, 500) + "- c\n",
		"in a map in a list":     "a:\n- x: y\n  b: |\n" + lines(4, 500) + "- c\n",
		"a block in a block":     "a: |\n  b: |\n" + lines(4, 500) + "c: d\n",
		"spaces at ends":         "a: |\n" + strings.Repeat("  text \n", 1000),
		"tabs and odd signs":     "a: |\n" + strings.Repeat("  \ttext\u2028 \x7f é\n", 1000),
		"first line set in more": "a: |\n      x\n" + lines(2, 500),
		"in quotes":              "a: \"x\n  b: |\n" + strings.Repeat("    text\n", 1000) + "  \"\n",
		"a mark of ours":         "a: |\n" + lines(2, 500) + "b: meshgen-long-text-0-\n",
		"not YAML":               "a: |\n" + lines(2, 500) + "b: [\n",
		"a key twice":            "a: |\n" + lines(2, 500) + "a: 1\n",
		"quoted and long":        "a: \"" + strings.Repeat("x\\n", 4000) + "\"\n",
		"one long line":          "a: " + strings.Repeat("x y ", 4000) + "\n",
	}
	for name, document := range documents {
		t.Run(name, func(t *testing.T) {
			shared := newTexts()
			for range 2 { // the second time from memory
				want, wantErr := object.ParseLast([]byte(document))
				have, haveErr := shared.parse([]byte(document))
				if diff := cmp.Diff(want, have); diff != "" {
					t.Fatal("-straight +detour\n" + diff)
				}
				if (wantErr == nil) != (haveErr == nil) || wantErr != nil && wantErr.Error() != haveErr.Error() {
					t.Fatalf("got error %v, want %v", haveErr, wantErr)
				}
				for _, value := range want {
					o := object.Object{Value: value}
					straight, err := o.YAML()
					if err != nil {
						t.Fatal(err)
					}
					written, err := shared.encoded(o)
					if err != nil {
						t.Fatal(err)
					}
					if detour, err := written.YAML(); err != nil || !bytes.Equal(straight, detour) {
						t.Fatalf("error %v, -straight +detour\n%s", err, cmp.Diff(string(straight), string(detour)))
					}
				}
			}
		})
	}
}
