package render_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/render/rendertest"
)

// TestPlaceholders: a text that nothing replaces is told once for each value that
// holds it, at the value, and not told to be no DNS name as well.
func TestPlaceholders(t *testing.T) {
	files := fstest.MapFS{"overlays/box/mesh.cue": {Data: []byte(`package mesh

import "meshgen.dev/schema"

schema.#Mesh

cluster: {platform: "kind", kubernetes: "1.34"}
namespaces: shop: mesh: true
gateways: public: {
	service: type: "ClusterIP"
	servers: web: {hosts: ["shop.example.com", "www.${DOMAIN}"], tls: {secret: "web", redirectHTTP: true}}
}
services: web: {namespace: "shop", port: 8080}
routes: web: {
	gateway: "public"
	hosts: ["www.${DOMAIN}"]
	rules: [{to: [{service: "web"}]}]
}
`)}}
	want := `overlays/box/mesh.cue:11:45: Gateway.networking.istio.io/public in istio-ingress holds ${DOMAIN}, and nothing replaces it (MG5020)
    try: write the value itself; or, where Flux delivers the cluster, set gitops.engine to "flux" and gitops.substitute to {names: ["DOMAIN"], from: [{kind: "ConfigMap", name: "..."}]}
overlays/box/mesh.cue:16:10: VirtualService.networking.istio.io/web in shop holds ${DOMAIN}, and nothing replaces it (MG5020)
    try: write the value itself; or, where Flux delivers the cluster, set gitops.engine to "flux" and gitops.substitute to {names: ["DOMAIN"], from: [{kind: "ConfigMap", name: "..."}]}`
	_, list := compile(t, rendertest.Repository(t, files), 1)
	if diff := cmp.Diff(want, strings.TrimSpace(text(list))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
