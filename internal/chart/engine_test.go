package chart

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestMetered holds the engine for charts from outside against Helm's: the same
// texts of Istio's charts, with the values of TestParts.
func TestMetered(t *testing.T) {
	set := renderer(t).charts
	for name, list := range variants() {
		c := set[name]
		m, err := newMetered(c.helm)
		if err != nil {
			t.Fatal(err)
		}
		for i, values := range list {
			data, err := c.data(release(name, values), 35, false)
			if err != nil {
				t.Fatal(err)
			}
			again, err := c.data(release(name, values), 35, false)
			if err != nil {
				t.Fatal(err)
			}
			want, err := c.run(c.helm.Templates, data)
			if err != nil {
				t.Fatal(err)
			}
			got, err := m.run(c.helm.Templates, again)
			if err != nil {
				t.Errorf("%s, values %d: %v", name, i, err)
				continue
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s, values %d: -Helm +ours\n%s", name, i, diff)
			}
		}
	}
}
