package check

import (
	"fmt"
	"maps"
	"slices"
	"strings"

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
				Suggestion: kindOf(intent.Join("telemetry.providers", name), has),
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
				d.Suggestion = fmt.Sprintf(`set %s to {%s: {service: "otel-collector.observability.svc.cluster.local", port: 4317}}`, intent.Join("telemetry.providers", name), fit[0])
				if nearest := diag.Nearest(name, names); nearest != "" {
					d.Suggestion = fmt.Sprintf("set %s to %q", path, nearest)
				}
			case kind != "?" && !slices.Contains(fit, kind):
				d.Message = fmt.Sprintf("provider %q is of kind %s, which carries no %s", name, kind, carries)
				d.Suggestion = fmt.Sprintf("add a provider of kind %s to telemetry.providers, and set %s to its name", fit[0], path)
				if i := slices.IndexFunc(names, func(n string) bool { return slices.Contains(fit, kinds[n]) }); i >= 0 {
					d.Suggestion = fmt.Sprintf("set %s to %q", path, names[i])
				}
			default:
				return
			}
			list = append(list, d)
		}
		if t := m.Telemetry.Tracing; t != nil {
			i := slices.IndexFunc(names, func(n string) bool { return kinds[n] == "opentelemetry" || kinds[n] == "zipkin" })
			if t.Provider == "" && i >= 0 {
				list = append(list, diag.Diagnostic{
					Path:       "telemetry.tracing",
					Message:    "tracing has no provider that the spans go to",
					Suggestion: fmt.Sprintf("set telemetry.tracing.provider to %q", names[i]),
				})
			} else if t.Provider == "" {
				list = append(list, diag.Diagnostic{
					Path:       "telemetry.tracing",
					Message:    "tracing has no provider that the spans go to",
					Suggestion: `set telemetry.tracing.provider to a name of telemetry.providers, such as "otel" for otel: {opentelemetry: {service: "otel-collector.observability.svc.cluster.local", port: 4317}}`,
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

// kindOf says how a provider that is of no kind, or of several, gets one.
func kindOf(path string, has []string) string {
	if len(has) > 1 {
		return fmt.Sprintf("remove %s.%s", path, strings.Join(has[1:], ", "+path+"."))
	}
	return fmt.Sprintf(`set %s to {opentelemetry: {service: "otel-collector.observability.svc.cluster.local", port: 4317}}, or to one of zipkin, envoyOtelAls or prometheus`, path)
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
