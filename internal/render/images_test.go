package render

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/object"
)

// Whatever a cluster would have to pull is listed, with the field that names it.
func TestImagesAt(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []imageAt
	}{
		{"pod", `
kind: Pod
spec:
  containers: [{image: "a:1"}, {image: auto}, {}]
  initContainers: [{image: "b:1"}]
  volumes: [{name: m, image: {reference: "quay.io/a/model:2"}}, {name: e, emptyDir: {}}]
`, []imageAt{{"a:1", "spec.containers[0].image"}, {"b:1", "spec.initContainers[0].image"}, {"quay.io/a/model:2", "spec.volumes[0].image.reference"}}},
		{"template", `
kind: Deployment
spec:
  template:
    metadata: {annotations: {sidecar.istio.io/proxyImage: "p:1"}}
    spec: {volumes: [{name: m, image: {reference: "m:2"}}]}
`, []imageAt{{"m:2", "spec.template.spec.volumes[0].image.reference"}, {"p:1", "spec.template.metadata.annotations[sidecar.istio.io/proxyImage]"}}},
		{"job", `
kind: CronJob
spec: {jobTemplate: {spec: {template: {spec: {containers: [{image: "c:1"}]}}}}}
`, []imageAt{{"c:1", "spec.jobTemplate.spec.template.spec.containers[0].image"}}},
		{"wasm", "kind: WasmPlugin\nspec: {url: 'oci://ghcr.io/a/b:latest'}\n", []imageAt{{"ghcr.io/a/b:latest", "spec.url"}}},
		{"wasm without a scheme", "kind: WasmPlugin\nspec: {url: 'ghcr.io/a/b:1'}\n", []imageAt{{"ghcr.io/a/b:1", "spec.url"}}},
		{"wasm from a file", "kind: WasmPlugin\nspec: {url: 'https://example.com/a.wasm'}\n", nil},
		{"extension", "kind: TrafficExtension\nspec: {wasm: {url: 'oci://ghcr.io/a/b:1'}}\n", []imageAt{{"ghcr.io/a/b:1", "spec.wasm.url"}}},
		{"another kind", "kind: ConfigMap\ndata: {url: 'oci://x'}\n", nil},
	} {
		values, err := object.Parse([]byte(c.text))
		if err != nil {
			t.Fatal(err)
		}
		o := object.Object{Value: values[0]}
		got := imagesAt(o)
		if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(imageAt{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
		for _, at := range got {
			if _, err := object.Find(o.Value, at.field); err != nil {
				t.Errorf("%s: %s: %v", c.name, at.field, err)
			}
		}
	}
}
