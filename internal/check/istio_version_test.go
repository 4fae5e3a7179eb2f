package check

import (
	"testing"

	"github.com/meshgen/meshgen/internal/chart"
)

// TestBuiltin: the release that we let pass is the one whose charts we hold.
func TestBuiltin(t *testing.T) {
	if builtin != chart.BuiltinVersion {
		t.Errorf("MG3003 lets Istio %s pass, and the charts are those of %s", builtin, chart.BuiltinVersion)
	}
}
