package intent_test

import (
	"testing"

	"github.com/meshgen/meshgen/internal/intent"
)

func TestJoin(t *testing.T) {
	for _, test := range []struct {
		path  string
		names []string
		want  string
	}{
		{"", nil, ""},
		{"", []string{"mode"}, "mode"},
		{"gateways", []string{"public", "servers"}, "gateways.public.servers"},
		{"patches", []string{"istiod-grace"}, `patches."istiod-grace"`},
		{"", []string{"a.b/c", "0", "x0"}, `"a.b/c"."0".x0`},
		{"env", []string{""}, `env.""`},
	} {
		if got := intent.Join(test.path, test.names...); got != test.want {
			t.Errorf("Join(%q, %q) = %s, want %s", test.path, test.names, got, test.want)
		}
	}
}
