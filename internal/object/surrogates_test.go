package object

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSurrogates: JSON that escapes what is beyond ASCII, as json.dumps and
// jq -a write it, is read as kubectl reads it.
func TestSurrogates(t *testing.T) {
	docs, err := Documents([]byte(`{"a": "\ud83d\uDE00 \u00e9 \\\ud83d\ude00", "\ud83d\ude00": "\\ud83d\\ude00", "c": "\\\\ud83d\ude00"}`))
	if err == nil {
		t.Errorf("half a pair is taken: %v", docs)
	}
	docs, err = Documents([]byte(`{"a": "\ud83d\uDE00 \u00e9 \\\ud83d\ude00", "\ud83d\ude00": "\\ud83d\\ude00"}`))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"a": "😀 é \\😀", "😀": `\ud83d\ude00`}
	if diff := cmp.Diff(want, docs[0].Value); diff != "" {
		t.Error(diff)
	}
}
