package resolve

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLowerHosts: capitals go, but for those of placeholders' names.
func TestLowerHosts(t *testing.T) {
	got := lowerHosts([]string{"WWW.Example.com", "*.Shop.${DOMAIN}", "${Host}.X${A}Y", "*"})
	want := []string{"www.example.com", "*.shop.${DOMAIN}", "${Host}.x${A}y", "*"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
