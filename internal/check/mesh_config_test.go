package check

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

func TestMeshConfig(t *testing.T) {
	type m = map[string]any
	for _, test := range []struct {
		name   string
		config m
		want   []string // path: message (suggestion)
	}{
		{"what istiod takes", m{
			"enableTracing": true, "accessLogFile": "/dev/stdout", "connectTimeout": "5s", "rootNamespace": nil,
			"outboundTrafficPolicy": m{"mode": "REGISTRY_ONLY"}, "defaultConfig": m{"concurrency": int64(2), "proxyMetadata": m{"A": "b"}},
			"extensionProviders": []any{m{"name": "otel", "opentelemetry": m{"service": "s", "port": int64(4317)}}},
			"discoverySelectors": []any{m{"matchLabels": m{"a": "b"}}},
		}, nil},
		{"unknown field", m{"enableTracng": true}, []string{"meshConfig.enableTracng: MeshConfig has no field enableTracng (rename it to enableTracing)"}},
		{"truth value", m{"enableTracing": "yes"}, []string{`meshConfig.enableTracing: meshConfig.enableTracing is "yes"; want true or false (set meshConfig.enableTracing to true or false)`}},
		{"choice", m{"outboundTrafficPolicy": m{"mode": "REGISTRYONLY"}}, []string{
			`meshConfig.outboundTrafficPolicy.mode: meshConfig.outboundTrafficPolicy.mode is "REGISTRYONLY"; want one of REGISTRY_ONLY, ALLOW_ANY, ALLOW_ANY_DYNAMIC_DNS (set meshConfig.outboundTrafficPolicy.mode to "REGISTRY_ONLY")`}},
		{"duration", m{"connectTimeout": int64(5)}, []string{
			`meshConfig.connectTimeout: meshConfig.connectTimeout is 5; want a length of time with its unit, such as "5s" (set meshConfig.connectTimeout to a length of time with its unit, such as "5s")`}},
		{"wrapped number, deep", m{"defaultConfig": m{"concurrency": "two"}}, []string{
			`meshConfig.defaultConfig.concurrency: meshConfig.defaultConfig.concurrency is "two"; want a whole number (set meshConfig.defaultConfig.concurrency to a whole number)`}},
		{"struct", m{"defaultConfig": "none"}, []string{`meshConfig.defaultConfig: meshConfig.defaultConfig is "none"; want a struct (set meshConfig.defaultConfig to a struct)`}},
		{"no list", m{"extensionProviders": m{"name": "otel"}}, []string{
			`meshConfig.extensionProviders: meshConfig.extensionProviders is a struct; want a list, each of it a struct (set meshConfig.extensionProviders to a list, each of it a struct)`}},
		{"element, and every mistake", m{"enableTracing": int64(1), "extensionProviders": []any{m{"name": "otel", "opentelemetry": m{"port": "x"}}}}, []string{
			`meshConfig.enableTracing: meshConfig.enableTracing is 1; want true or false (set meshConfig.enableTracing to true or false)`,
			`meshConfig.extensionProviders[0].opentelemetry.port: meshConfig.extensionProviders[0].opentelemetry.port is "x"; want a whole number of 0 or more (set meshConfig.extensionProviders[0].opentelemetry.port to a whole number of 0 or more)`}},
		{"two of a kind", m{"extensionProviders": []any{m{"name": "x", "opentelemetry": m{"service": "s"}, "zipkin": m{"service": "s"}}}}, []string{
			"meshConfig.extensionProviders[0].zipkin: meshConfig.extensionProviders[0].zipkin stands beside opentelemetry, and istiod takes one of the two (keep one of opentelemetry and zipkin)"}},
		{"another rule", m{"connectTimeout": "0s"}, []string{
			`meshConfig.connectTimeout: meshConfig.connectTimeout is "0s", but must be 1ms to 1h (change meshConfig.connectTimeout: it must be 1ms to 1h)`}},
		{"the names of others", m{"extensionProviders": []any{m{"name": "tempo", "zipkin": m{"service": "zipkin.obs.svc.cluster.local", "port": int64(9411)}}}, "defaultProviders": m{"tracing": []any{"tempo"}}}, []string{
			`meshConfig.extensionProviders[0].name: meshConfig.extensionProviders[0].name is "tempo", as is the name of a provider elsewhere in the intent, and istiod takes one of the two (set meshConfig.extensionProviders[0].name to "tempo-2")`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, d := range meshConfig.Run(model.Mesh{MeshConfig: test.config, Telemetry: intent.Telemetry{Providers: map[string]intent.Provider{"tempo": {}}}}, intent.Intent{}) {
				got = append(got, d.Path+": "+d.Message+" ("+d.Suggestion+")")
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error("-want +got", diff)
			}
		})
	}
}

// TestMeshConfigInValues: the chart's own way to the mesh config is held to the same.
func TestMeshConfigInValues(t *testing.T) {
	raw := map[string]any{"meshConfig": map[string]any{"accesLogFile": "/dev/stdout"}}
	list := meshConfig.Run(model.Mesh{Values: intent.Values{Istiod: raw}}, intent.Intent{})
	if len(list) != 1 || list[0].Path != "values.istiod.meshConfig.accesLogFile" {
		t.Errorf("got %v", list)
	}
}
