package object

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzDocuments reads YAML of any bytes: it is refused at a place in the file,
// or holds what JSON can hold and reads the same when we write it.
func FuzzDocuments(f *testing.F) {
	for _, seed := range []string{
		"a: {b: [1, yes, ~, 1.5, 0x10, 012]}\n---\n- op: add\n", "a: &a [1]\nb: *a\nc: {<<: {d: 1}}\n", "a: |\n  b\n  c\nd: >-\n  e\n",
		"%YAML 1.1\n---\na: !!binary aGVsbG8=\n", "? a\n: b\n", "\ufeffa: 1\r\n", "a: .inf\n", "a: 2001-01-01\n", "a: 1\na: 2\n", "{a: 1, \"b\": [}", "<<: [{a: 1}, {b: 2}]\n", "?=000-00\t.\t: -0.0",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		docs, err := Documents(data)
		var syntax *SyntaxError
		if err != nil && (!errors.As(err, &syntax) || syntax.Line < 1 || syntax.Column < 1 || syntax.Message == "") {
			t.Fatalf("%#v", err)
		}
		for _, d := range docs {
			if line, column := d.Place("a", "0"); line < 1 || column < 1 {
				t.Errorf("place %d:%d", line, column)
			}
			value, ok := d.Value.(map[string]any)
			if !ok {
				continue
			}
			text, err := Marshal(value)
			if err != nil {
				t.Fatal(err)
			}
			again, err := Parse(text)
			if err != nil {
				t.Fatalf("%q: %v", text, err)
			}
			second, err := Encode([]Object{{Value: value}})
			if err != nil || len(again) != 1 {
				t.Fatalf("%q holds %d documents, %v", text, len(again), err)
			}
			third, err := Encode([]Object{{Value: again[0]}})
			if diff := cmp.Diff(string(second), string(third)); diff != "" || err != nil {
				t.Errorf("written and read again: %s, %v", diff, err)
			}
		}
	})
}
