package check

import (
	"fmt"
	"maps"
	"slices"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/meshconfig"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

var meshConfig = Check{
	Doc: Doc{
		Code: "MG3019", Since: "0.1.0", Severity: diag.Error, Also: diag.Warning,
		Title:  "The mesh config is not one that istiod takes",
		Text:   "What meshConfig says goes into istiod's ConfigMap, beside what follows from other fields. A field that istiod does not know, a value of another type, and a value outside of what it takes make it pass over the whole mesh config: it logs a line, and goes on with the last one that it took, or with its defaults. A provider without a Service, with the name of another, or taken by default without being there, is as good as none, and so is one of a kind that Istio has given up. Ciphers and curves that proxies do not have make them refuse all that istiod sends. A warning where istiod takes a text as it is that is hardly meant: a word in the name of statistics that nothing replaces, a header with a star in the middle. What patches and raw values make of the ConfigMap is held to the same.\nCompare with https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/.",
		Before: `meshConfig: connectTimeout: "0s"`,
		After:  `meshConfig: connectTimeout: "10s"`,
	},
	Run: func(m model.Mesh, _ intent.Intent) diag.List {
		inValues, _ := m.Values.Istiod["meshConfig"].(map[string]any) // the chart hands it on as it is
		ours := slices.Sorted(maps.Keys(m.Telemetry.Providers))
		list := misfits("meshConfig", m.MeshConfig, append(providerNames(inValues), ours...))
		return append(list, misfits("values.istiod.meshConfig", inValues, append(providerNames(m.MeshConfig), ours...))...)
	},
}

// misfits reports what keeps the value at a path from being a MeshConfig, with
// the providers that come from elsewhere.
func misfits(path string, value map[string]any, providers []string) diag.List {
	var list diag.List
	for _, p := range meshconfig.Mesh(value, providers...) {
		at := p.Path(path)
		message, suggestion := p.At(at)
		d := diag.Diagnostic{Path: at, Message: message, Suggestion: suggestion}
		if p.Warning {
			d.Severity = diag.Warning
		}
		list = append(list, d)
	}
	for i, name := range providerNames(value) {
		if name != "" && slices.Contains(providers, name) {
			at := fmt.Sprintf("%s.extensionProviders[%d].name", path, i)
			list = append(list, diag.Diagnostic{
				Path:       at,
				Message:    fmt.Sprintf("%s is %q, as is the name of a provider elsewhere in the intent, and istiod takes one of the two", at, name),
				Suggestion: fmt.Sprintf("set %s to %q", at, freshName(name, providers)),
			})
		}
	}
	return list
}

// providerNames returns the names of the extension providers of a raw mesh config.
func providerNames(config map[string]any) []string {
	var names []string
	for _, v := range object.List(config, "extensionProviders") {
		p, _ := v.(map[string]any)
		name, _ := p["name"].(string)
		names = append(names, name)
	}
	return names
}

// freshName returns a name that is not among the given ones.
func freshName(name string, taken []string) string {
	for n := 2; ; n++ {
		if try := fmt.Sprintf("%s-%d", name, n); !slices.Contains(taken, try) {
			return try
		}
	}
}
