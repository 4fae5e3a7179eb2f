package diag

import "testing"

func TestNearest(t *testing.T) {
	known := []string{"cluster", "controlPlane", "dataPlane", "gateways", "mode", "mtls", "routes"}
	for _, c := range []struct {
		word string
		want string
	}{
		{"gatways", "gateways"},
		{"gatewyas", "gateways"},
		{"Gateways", "gateways"},
		{"gateways", ""}, // the word itself is no suggestion
		{"mdoe", "mode"},
		{"mdeo", ""}, // two slips in four letters
		{"controlplane", "controlPlane"},
		{"dataplan", "dataPlane"},
		{"x", ""},
		{"", ""},
		{"route", "routes"},
		{"completely-different", ""},
	} {
		if got := Nearest(c.word, known); got != c.want {
			t.Errorf("Nearest(%q) = %q, want %q", c.word, got, c.want)
		}
	}
	if got := Nearest("edge-oslo1", []string{"edge-oslo2", "edge-oslo3"}); got != "edge-oslo2" {
		t.Errorf("of equally near words, got %q, want the first", got)
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"a", "", 1}, {"", "ab", 2}, {"ab", "ba", 1}, {"kitten", "sitting", 3}, {"ca", "abc", 3},
	} {
		if got := distance([]rune(c.a), []rune(c.b), 9); got != c.want {
			t.Errorf("distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
