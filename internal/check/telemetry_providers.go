package check

import (
	"fmt"
	"maps"
	"slices"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

var telemetryProviders = Check{
	Doc: Doc{
		Code: "MG3018", Since: "0.1.0", Severity: diag.Error,
		Title:  "A telemetry provider is missing, or of the wrong kind",
		Text:   "istiod drops traces and logs for a provider that nothing defines, and says nothing; neither does istioctl analyze. A provider is of one kind, and a kind carries traces, logs or metrics.\nDefine the provider in telemetry.providers, or name one that is.",
		Before: "telemetry: tracing: provider: \"tempo\"",
		After:  "telemetry: providers: tempo: opentelemetry: {service: \"tempo.tempo.svc.cluster.local\", port: 4317}\ntelemetry: tracing: provider: \"tempo\"",
	},
	Run: func(m model.Mesh, _ intent.Intent) diag.List {
		var list diag.List
		kinds := map[string]string{}
		names := slices.Sorted(maps.Keys(m.Telemetry.Providers))
		for _, name := range names {
			has := providerKinds(m.Telemetry.Providers[name])
			if len(has) == 1 {
				kinds[name] = has[0]
				continue
			}
			list = append(list, diag.Diagnostic{
				Path:       intent.Join("telemetry.providers", name),
				Message:    fmt.Sprintf("a provider is of one kind, and %q has %d", name, len(has)),
				Suggestion: "give it one of opentelemetry, zipkin, envoyOtelAls, prometheus",
			})
			kinds[name] = "?"
		}
		for _, raw := range []map[string]any{m.MeshConfig, object.Map(m.Values.Istiod, "meshConfig")} {
			for _, v := range object.List(raw, "extensionProviders") { // which stand beside the intent's
				p, _ := v.(map[string]any)
				name, _ := p["name"].(string)
				for kind := range p {
					if kind != "name" && len(p) == 2 && kinds[name] == "" {
						kinds[name] = kind
						names = append(names, name)
					}
				}
			}
		}
		use := func(path, name, carries string, fit ...string) {
			kind, ok := kinds[name]
			d := diag.Diagnostic{Path: path}
			switch {
			case !ok:
				d.Message = fmt.Sprintf("there is no telemetry provider %q", name)
				d.Suggestion = "define " + intent.Join("telemetry.providers", name)
				if nearest := diag.Nearest(name, names); nearest != "" {
					d.Suggestion = fmt.Sprintf("did you mean %q?", nearest)
				}
			case kind != "?" && !slices.Contains(fit, kind):
				d.Message = fmt.Sprintf("provider %q is of kind %s, which carries no %s", name, kind, carries)
				d.Suggestion = fmt.Sprintf("name a provider of kind %s", fit[0])
			default:
				return
			}
			list = append(list, d)
		}
		if t := m.Telemetry.Tracing; t != nil {
			if t.Provider == "" {
				list = append(list, diag.Diagnostic{
					Path:       "telemetry.tracing",
					Message:    "tracing has no provider that the spans go to",
					Suggestion: "set telemetry.tracing.provider to a name of telemetry.providers",
				})
			} else {
				use("telemetry.tracing.provider", t.Provider, "traces", "opentelemetry", "zipkin", "datadog", "skywalking", "lightstep", "opencensus", "stackdriver")
			}
		}
		if l := m.Telemetry.AccessLogs; l != nil && l.Provider != "envoy" {
			use("telemetry.accessLogs.provider", l.Provider, "logs", "envoyOtelAls", "envoyFileAccessLog", "envoyHttpAls", "envoyTcpAls", "stackdriver")
		}
		return list
	},
}

func providerKinds(p intent.Provider) []string {
	var kinds []string
	for _, k := range []struct {
		name string
		has  bool
	}{
		{"opentelemetry", p.OpenTelemetry != nil}, {"zipkin", p.Zipkin != nil},
		{"envoyOtelAls", p.EnvoyOtelALS != nil}, {"prometheus", p.Prometheus != nil},
	} {
		if k.has {
			kinds = append(kinds, k.name)
		}
	}
	return kinds
}
