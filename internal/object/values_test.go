package object

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNumbers(t *testing.T) {
	d := json.NewDecoder(strings.NewReader(`{"a": [1, 1.5, -9223372036854775808], "b": {"c": 9223372036854775808, "d": 1e999}, "e": "1", "f": null}`))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"a": []any{int64(1), 1.5, int64(-9223372036854775808)},
		"b": map[string]any{"c": float64(9223372036854775808), "d": "1e999"},
		"e": "1", "f": nil,
	}
	if diff := cmp.Diff(any(want), Numbers(v)); diff != "" {
		t.Error("-want +got", diff)
	}
}

func TestStrings(t *testing.T) {
	if diff := cmp.Diff([]any{"a", "b"}, Strings("a", "b")); diff != "" {
		t.Error("-want +got", diff)
	}
	if got := Strings(); got == nil || len(got) != 0 {
		t.Errorf("no texts give %#v, want a list that is not null", got)
	}
}
