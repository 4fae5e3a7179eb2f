package validate_test

import (
	"slices"
	"testing"

	"github.com/meshgen/meshgen/internal/validate"
)

// TestFieldsSince: types are called as the API server's OpenAPI calls them.
func TestFieldsSince(t *testing.T) {
	rows := validate.FieldsSince()
	for _, want := range []validate.FieldSince{
		{Type: "io.k8s.api.core.v1.PodSpec", Field: "hostnameOverride", From: 34, Gate: "HostnameOverride", On: 35},
		{Type: "io.k8s.api.core.v1.EphemeralContainer", Field: "restartPolicyRules", From: 34, Gate: "ContainerRestartRules", On: 35},
		{Type: "io.k8s.api.core.v1.Volume", Field: "image", From: 31, Gate: "ImageVolume", On: 35},
	} {
		if !slices.Contains(rows, want) {
			t.Errorf("no %+v", want)
		}
	}
}
