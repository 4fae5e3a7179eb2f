package check

import (
	"fmt"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

// builtin is the Istio release whose charts meshgen holds; a test keeps it
// equal to chart.BuiltinVersion.
const builtin = "1.31.1"

var istioVersion = Check{
	Doc: Doc{
		Code: "MG3003", Since: "0.1.0", Severity: diag.Error,
		Title:  "There are no charts of the Istio version",
		Text:   "meshgen renders the official charts that it was built with, so that rendering needs no network. It has none of another release.\nName the release that meshgen holds, or take a meshgen that holds the release.",
		Before: `istio: version: "1.31.9"`,
		After:  `istio: version: "1.31.1"`,
	},
	Run: func(m model.Mesh, _ intent.Intent) diag.List {
		if m.Istio.Version == builtin {
			return nil
		}
		return diag.List{{
			Path:       "istio.version",
			Message:    fmt.Sprintf("meshgen has no charts of Istio %s", m.Istio.Version),
			Suggestion: fmt.Sprintf("set istio.version to %q", builtin),
		}}
	},
}
