package validate_test

import (
	"testing"

	"github.com/meshgen/meshgen/internal/validate"
)

// TestOwnDefinitions: Istio's CRDs, which are not looked at in every run, keep
// the API server's rules. Told without the chart that they come from, they are
// looked at as anybody's.
func TestOwnDefinitions(t *testing.T) {
	definitions := read(t, "../../rendered/shared")
	if len(definitions) < 10 {
		t.Fatalf("%d definitions", len(definitions))
	}
	found, err := validate.New().Objects(newest(), definitions)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		t.Errorf("%s (%s)", f.Message, f.Code)
	}
	spec := definitions[0].Value["spec"].(map[string]any)
	spec["group"] = "example.com" // and a broken one is found
	if found, err = validate.New().Objects(newest(), definitions[:1]); err != nil || len(found) == 0 {
		t.Errorf("%v, %v", found, err)
	}
}
