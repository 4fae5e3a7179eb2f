package upstream

import (
	"slices"
	"testing"
)

// TestStrict shows that every way of holding an object refuses what it should:
// without it, a test that finds nothing wrong says nothing.
func TestStrict(t *testing.T) {
	h := newHolder(t)
	tests := []struct {
		name   string
		object string
		want   []string
	}{
		{"built in", `
apiVersion: v1
kind: ConfigMap
metadata: {name: a, namespace: b}
datum: {}
`, []string{`strict decoding error: unknown field "datum"`}},
		{"kustomize", `
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resource: [a.yaml]
`, []string{`error unmarshaling JSON: while decoding JSON: json: unknown field "resource"`}},
		{"Flux", `
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: a, namespace: b}
spec:
  interval: 10 minutes
  path: ./a
  prune: true
  pruning: true
  sourceRef: {kind: GitRepository, name: fleet}
`, []string{
			`spec.interval: Invalid value: "10 minutes": spec.interval in body should match '^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$'`,
			"unknown field spec.pruning",
		}},
		{"Argo CD", `
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: a, namespace: b}
spec:
  project: default
  destination: {server: c}
  source: {repoURL: d, path: e}
  syncPolicy: {automatic: {}, retry: {limit: "5"}}
`, []string{
			`spec.syncPolicy.retry.limit: Invalid value: "string": spec.syncPolicy.retry.limit in body must be of type integer: "string"`,
			"unknown field spec.syncPolicy.automatic",
		}},
		{"a rule", `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: a, namespace: b}
spec:
  gatewayClassName: istio
  listeners:
  - {name: c, port: 80, protocol: HTTP}
  - {name: d, port: 80, protocol: HTTP}
`, []string{`spec.listeners: Invalid value: Combination of port, protocol and hostname must be unique for each listener`}},
		{"no namespace", `
apiVersion: metallb.io/v1beta1
kind: L2Advertisement
metadata: {name: a}
`, []string{`metadata.namespace is ""; namespaced: true`}},
		{"Kiali", `
apiVersion: kiali.io/v1alpha1
kind: Kiali
metadata: {name: a, namespace: b}
spec: {external_services: {prometheus: {url: 1, uri: ""}}}
`, []string{"unknown field spec.external_services.prometheus.uri", "spec.external_services.prometheus.url is of type int64, not string"}},
		{"a kind that nobody defines", `
apiVersion: example.com/v1
kind: Widget
metadata: {name: a, namespace: b}
`, []string{"no source defines example.com/v1 Widget"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			object, err := parse([]byte(tt.object))
			if err != nil {
				t.Fatal(err)
			}
			if got := h.hold(object); !slices.Equal(got, tt.want) {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}
