package object

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDocuments(t *testing.T) {
	docs, err := Documents([]byte("# a comment\n--- # the first\na: {b: [1, yes]}\n---\n---\n- op: add\n  path: /x\n"))
	if err != nil {
		t.Fatal(err)
	}
	var values []any
	for _, d := range docs {
		values = append(values, d.Value)
	}
	want := []any{
		map[string]any{"a": map[string]any{"b": []any{int64(1), true}}},
		[]any{map[string]any{"op": "add", "path": "/x"}},
	}
	if diff := cmp.Diff(want, values); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	for _, c := range []struct {
		doc          int
		path         []string
		line, column int
	}{
		{0, nil, 3, 1},
		{0, []string{"a", "b"}, 3, 5},
		{0, []string{"a", "b", "1"}, 3, 12},
		{0, []string{"a", "c"}, 3, 1},
		{1, []string{"0", "path"}, 7, 3},
	} {
		if line, column := docs[c.doc].Place(c.path...); line != c.line || column != c.column {
			t.Errorf("document %d, %v: place %d:%d, want %d:%d", c.doc, c.path, line, column, c.line, c.column)
		}
	}
}

func TestDocumentsErrors(t *testing.T) {
	for _, c := range []struct {
		text string
		want SyntaxError
	}{
		{"a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n", SyntaxError{Line: 5, Column: 3, Duplicate: true, Message: `the key "c" stands here a second time; it is on line 3 already`}},
		{"a: 1\n---\na: 1\nb: c: d\n", SyntaxError{Line: 4, Column: 5, Message: `a second ": " on the line: a text that holds one stands in quotes`}},
		{"a: b\n  c: d\n", SyntaxError{Line: 2, Column: 1, Message: "the line is a key with a value, and stands further in than the line before, which has a value already"}},
		{"a:\n\tb: 1\n", SyntaxError{Line: 2, Column: 1, Message: "a tab stands before the text of the line, where YAML takes blanks alone"}},
		{"a:\n  b:\n  \tc: 1\n", SyntaxError{Line: 3, Column: 3, Message: "a tab stands before the text of the line, where YAML takes blanks alone"}},
		{"a:\n  - x\n\t- y\n", SyntaxError{Line: 3, Column: 1, Message: "a tab stands before the text of the line, where YAML takes blanks alone"}},
		{"a: |\n\tx\n", SyntaxError{Line: 2, Column: 1, Message: "a tab stands before the text of the line, where YAML takes blanks alone"}},
		{"ä: @b\n", SyntaxError{Line: 1, Column: 4, Message: `a text that begins with "@" stands in quotes`}},
		{"a: [x, %b]\n", SyntaxError{Line: 1, Column: 8, Message: `a text that begins with "%" stands in quotes`}},
		{"a:\n  b: 1\n  c: 2\n d: 3\n", SyntaxError{Line: 4, Column: 1, Message: "did not find expected key"}},
		{"%YAML 1.2\n---\na: 1\n", SyntaxError{Line: 1, Column: 1, Message: "the line %YAML asks for another version than 1.1, which Kubernetes reads: remove it"}},
		{"{\"a\": 1}\n{\"a\": 2}\n", SyntaxError{Line: 2, Column: 1, Message: "something follows the end of a document: a line --- stands between two"}},
		{"a: 1\nb: [1,\nc: 2\n", SyntaxError{Line: 3, Column: 1, Message: "did not find expected ',' or ']'"}},
		{"a: \"x\nb: 2\n", SyntaxError{Line: 2, Column: 1, Message: "found unexpected end of stream"}},
		{"a: 1\nb:\n- c: 1\n  d: .nan\n", SyntaxError{Line: 4, Column: 3, Message: "the document holds a value that JSON cannot hold, such as .nan or a tagged date"}},
		{"a: .nan\n", SyntaxError{Line: 1, Column: 1, Message: "the document holds a value that JSON cannot hold, such as .nan or a tagged date"}},
		{strings.Repeat("---\n", 5001) + "a: 1\n", SyntaxError{Line: 5002, Column: 1, Refused: true, Message: "the file has more than the 5000 documents that meshgen reads"}},
		{"a: [" + strings.Repeat("1,", 500_000) + "]\n", SyntaxError{Line: 1, Column: 999_999, Refused: true, Message: "the file has more than the 500000 values that meshgen reads"}},
		{"a: " + strings.Repeat("[", 201) + strings.Repeat("]", 201) + "\n", SyntaxError{Line: 1, Column: 204, Refused: true, Message: "the document nests more than the 200 levels that meshgen reads"}},
		{"a: !!python/object/apply:os.system [id]\n", SyntaxError{Line: 1, Column: 4, Refused: true, Message: "the tag !!python/object/apply:os.system means nothing in a Kubernetes object"}},
		{"a: 1\nb: !vault x\n", SyntaxError{Line: 2, Column: 4, Refused: true, Message: "the tag !vault means nothing in a Kubernetes object"}},
		{"a: \x01\n", SyntaxError{Line: 1, Column: 1, Message: "control characters are not allowed"}},
	} {
		_, err := Documents([]byte(c.text))
		var got *SyntaxError
		if !errors.As(err, &got) {
			t.Errorf("%.60q: error %v, want a SyntaxError", c.text, err)
			continue
		}
		if diff := cmp.Diff(c.want, *got); diff != "" {
			t.Errorf("%.60q (-want +got):\n%s", c.text, diff)
		}
	}
}
