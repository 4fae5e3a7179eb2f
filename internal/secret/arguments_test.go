package secret_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/secret"
)

// An option and its value may stand in a list one after the other.
func TestArguments(t *testing.T) {
	for _, c := range []struct {
		args []any
		want []string // the keys of what is found
	}{
		{[]any{"--user", "x", "--password", "x1y2z3"}, []string{"3"}},
		{[]any{"--token", random}, []string{"1"}},
		{[]any{"--password", "--verbose"}, nil},
		{[]any{"--password", "$(PASSWORD)"}, nil},
		{[]any{"--password-file", "/etc/password"}, nil},
		{[]any{"--password", "/etc/password"}, nil},
		{[]any{"--token", "audience"}, nil},
		{[]any{"password", "x1y2z3"}, nil},
	} {
		var got []string
		for _, f := range secret.InTree(map[string]any{"args": c.args}) {
			got = append(got, f.Keys[1:]...)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%v (-want +got):\n%s", c.args, diff)
		}
	}
}
