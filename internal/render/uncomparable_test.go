package render_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/meshgen/meshgen/internal/render/rendertest"
)

// TestMapsForTexts: where two objects are held against each other, a map stands
// for the text that belongs there in both. What is wrong is told, and nothing panics.
func TestMapsForTexts(t *testing.T) {
	const base = "package mesh\n\nimport \"meshgen.dev/schema\"\n\nschema.#Mesh\n\ncluster: {platform: \"k3s\", kubernetes: \"1.34\", disabled: [\"traefik\"]}\nnamespaces: shop: mesh: true\nmanifests: m: path: \"m.yaml\"\n"
	meta := func(kind, name string) string {
		return "kind: " + kind + "\nmetadata: {name: " + name + ", namespace: shop}\n"
	}
	pods := "spec: {selector: {matchLabels: {app: {a: b}}}, template: {metadata: {labels: {app: {a: b}}}, spec: {containers: [{name: a, image: \"a:1\"}]}}}\n"
	for name, docs := range map[string][]string{
		"labels":      {"apiVersion: apps/v1\n" + meta("Deployment", "a") + pods},
		"expressions": {"apiVersion: apps/v1\n" + meta("Deployment", "a") + strings.Replace(pods, "matchLabels: {app: {a: b}}", "matchExpressions: [{key: app, operator: In, values: [{a: b}]}]", 1)},
		"hosts": {
			"apiVersion: networking.istio.io/v1\n" + meta("VirtualService", "a") + "spec: {hosts: [{a: b}], http: [{route: [{destination: {host: a}}]}]}\n",
			"apiVersion: networking.istio.io/v1\n" + meta("VirtualService", "b") + "spec: {hosts: [{a: b}], http: [{route: [{destination: {host: a}}]}]}\n",
		},
		"routes": {"apiVersion: networking.istio.io/v1\n" + meta("VirtualService", "a") +
			"spec: {hosts: [a], http: [{match: [{sourceLabels: {x: {a: b}}, gateways: [{a: b}]}], route: [{destination: {host: a}}]}, {match: [{sourceLabels: {x: {a: b}}, gateways: [{a: b}]}], route: [{destination: {host: b}}]}]}\n"},
		"volumes": {"apiVersion: v1\n" + meta("PersistentVolumeClaim", "a") +
			"spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}, dataSource: {kind: PersistentVolumeClaim, name: b, apiGroup: {a: b}}, dataSourceRef: {kind: PersistentVolumeClaim, name: b, apiGroup: {a: b}}}\n"},
		"names": {"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: istiod, namespace: istio-system}\nspec: {template: {spec: {containers: [{name: {a: b}}]}}}\n"},
	} {
		t.Run(name, func(t *testing.T) {
			_, list := compile(t, rendertest.Repository(t, fstest.MapFS{
				"overlays/box/mesh.cue": {Data: []byte(base)},
				"overlays/box/m.yaml":   {Data: []byte(strings.Join(docs, "---\n"))},
			}), 1)
			if !list.HasErrors() {
				t.Error("nothing is wrong with it")
			}
		})
	}
}
