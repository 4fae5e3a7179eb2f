package check

import (
	"fmt"
	"maps"
	"slices"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

var rawNames = Check{
	Doc: Doc{
		Code: "MG3042", Since: "0.2.0", Severity: diag.Error,
		Title:  "A raw value changes what the rest of the mesh goes by",
		Text:   "The charts of a mesh find each other by the revision, and gateways are found by the labels app and istio of their pods. A raw value changes it in one chart alone: webhooks call a Service that is no longer there, Gateways select no pod.\nSay it in the field of the intent that the diagnostic names, which all charts follow.",
		Before: `values: istiod: revision: "canary"`,
		After:  `istio: revision: "canary"`,
	},
	Run: func(m model.Mesh, _ intent.Intent) diag.List {
		var list diag.List
		differs := func(values map[string]any, at, key, want, suggestion string) {
			v, ok := values[key]
			if !ok || fmt.Sprint(v) == want || v == nil && want == "" {
				return
			}
			path, rest := intent.Join(at, key), fmt.Sprintf("goes by %q", want)
			if want == "" {
				rest = "has none"
			}
			list = append(list, diag.Diagnostic{
				Path:       path,
				Message:    fmt.Sprintf("%s is %q in this chart alone, and the rest of the mesh %s", key, fmt.Sprint(v), rest),
				Suggestion: fmt.Sprintf("remove %s, %s", path, suggestion),
			})
		}
		common := func(values map[string]any, at string) {
			revision := "and leave istio.revision out"
			if text, _ := values["revision"].(string); text != "" {
				revision = fmt.Sprintf("and set istio.revision to %q", text)
			}
			differs(values, at, "revision", m.Istio.Revision, revision)
		}
		for _, chart := range []struct {
			at     string
			values map[string]any
		}{{"values.istiod", m.Values.Istiod}, {"values.cni", m.Values.CNI}, {"values.ztunnel", m.Values.Ztunnel}} {
			common(chart.values, chart.at)
		}
		for _, name := range slices.Sorted(maps.Keys(m.Values.Gateways)) {
			i := slices.IndexFunc(m.Gateways, func(g model.Gateway) bool { return g.Name == name })
			if i < 0 {
				continue
			}
			values, at := m.Values.Gateways[name], intent.Join("values.gateways", name)
			common(values, at)
			labels, _ := values["labels"].(map[string]any)
			for _, key := range slices.Sorted(maps.Keys(m.Gateways[i].Selector)) {
				differs(labels, at+".labels", key, m.Gateways[i].Selector[key], "or give the gateway another name")
			}
		}
		return list
	},
}
