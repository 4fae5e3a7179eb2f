package validate_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/object"
	"github.com/meshgen/meshgen/internal/validate"
)

// TestMany: of one object 50 mistakes are told, and the others counted, unless
// there is but one more.
func TestMany(t *testing.T) {
	for _, c := range []struct {
		wrong, told int
		last        string
	}{
		{50, 50, "ConfigMap/x in shop: there is no field f49"},
		{51, 51, "ConfigMap/x in shop: there is no field f50"},
		{52, 51, "ConfigMap/x in shop: 2 more mistakes are not shown"},
		{60_000, 51, "ConfigMap/x in shop: 59950 more mistakes are not shown"},
	} {
		value := map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "x", "namespace": "shop"}}
		for i := range c.wrong {
			value[fmt.Sprintf("f%02d", i)] = "x"
		}
		found, err := validate.New().Objects(newest(), []object.Object{{Value: value}})
		if err != nil || len(found) != c.told {
			t.Fatalf("%d mistakes: %d findings, %v", c.wrong, len(found), err)
		}
		if diff := cmp.Diff(c.last, found[c.told-1].Message); diff != "" {
			t.Errorf("%d mistakes (-want +got):\n%s", c.wrong, diff)
		}
	}
}
