package render_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/meshgen/meshgen/internal/render/rendertest"
)

// TestClosedPods: where the cluster's pods are closed to each other, each gateway
// brings its NetworkPolicy. The chart writes some labels of it twice.
func TestClosedPods(t *testing.T) {
	for _, api := range []string{"chart", "gateway-api"} {
		out, list := compile(t, rendertest.Repository(t, fstest.MapFS{
			"overlays/mesh.cue": {Data: []byte("package mesh\n\nimport \"meshgen.dev/schema\"\n\nschema.#Mesh\n")},
			"overlays/box/mesh.cue": {Data: []byte(`package mesh

cluster: {platform: "kind", kubernetes: "1.35", loadBalancer: "cloud", cni: {provider: "calico", networkPolicies: "default-deny"}}
gateways: public: {api: "` + api + `", servers: web: hosts: ["www.example.com"]}
`)},
		}), 1)
		if list.HasErrors() {
			t.Errorf("%s: %s", api, text(list))
		}
		found := false
		for path, data := range out {
			found = found || strings.HasPrefix(path, "box/40-gateways/") && strings.Contains(string(data), "kind: NetworkPolicy")
		}
		if found != (api == "chart") {
			t.Errorf("%s: a NetworkPolicy in the layer of gateways: %v", api, found)
		}
	}
}
