package model_test

import (
	"testing"

	"github.com/meshgen/meshgen/internal/model"
)

func TestHosts(t *testing.T) {
	for _, test := range []struct {
		pattern, name string
		covers, meet  bool
	}{
		{"a.example.com", "a.example.com", true, true},
		{"a.example.com", "A.Example.com", true, true},
		{"a.example.com", "b.example.com", false, false},
		{"*.example.com", "a.example.com", true, true},
		{"*.example.com", "a.b.example.com", true, true},
		{"*.example.com", "*.b.example.com", true, true},
		{"*.example.com", "*.example.com", true, true},
		{"*.b.example.com", "*.example.com", false, true},
		{"*.example.com", "example.com", false, false},
		{"*.example.com", "aexample.com", false, false},
		{"*.example.com", ".example.com", false, false},
		{"a.example.com", "*.example.com", false, true},
		{"*.example.com", "*.example.net", false, false},
		{"*", "a.example.com", true, true},
		{"*", "*.example.com", true, true},
		{"*", "*", true, true},
		{"*.example.com", "*", false, true},
		{"", "a.example.com", false, false},
	} {
		if got := model.HostCovers(test.pattern, test.name); got != test.covers {
			t.Errorf("HostCovers(%q, %q) = %t", test.pattern, test.name, got)
		}
		if got := model.HostsMeet(test.pattern, test.name); got != test.meet {
			t.Errorf("HostsMeet(%q, %q) = %t", test.pattern, test.name, got)
		}
		if model.HostsMeet(test.pattern, test.name) != model.HostsMeet(test.name, test.pattern) {
			t.Errorf("HostsMeet(%q, %q) depends on the order", test.pattern, test.name)
		}
	}
}
