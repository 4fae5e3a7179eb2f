package render_test

import (
	"fmt"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/render/rendertest"
)

// TestPastEverywhere: a slip in the base of many clusters hides nothing of what is
// wrong with any of them, be it in the base too or in one cluster alone.
func TestPastEverywhere(t *testing.T) {
	files := fstest.MapFS{"overlays/mesh.cue": {Data: []byte(`package mesh

import "meshgen.dev/schema"

schema.#Mesh

cluster: {platform: "generic", kubernetes: "1.35"}
telemetry: accessLog: "off"
namespaces: shop: mesh: true
services: shop: {namespace: "shop", port: 8080}
gateways: public: servers: web: hosts: ["shop.example.com"]
routes: shop: {gateway: "publik", hosts: ["shop.example.com"], rules: [{to: [{service: "shop"}]}]}
`)}}
	const clusters = 45 // more than are kept, and than are loaded at once
	for i := range clusters {
		files[fmt.Sprintf("overlays/c%02d/mesh.cue", i)] = &fstest.MapFile{Data: []byte("package mesh\n")}
	}
	own := func(cluster, text string) {
		files["overlays/"+cluster+"/mesh.cue"] = &fstest.MapFile{Data: []byte("package mesh\n\n" + text + "\n")}
	}
	own("c03", `routes: more: {gateway: "publick", hosts: ["shop.example.com"], rules: [{to: [{service: "shop"}]}]}`)
	own("c31", `routes: more: {gateway: "public", hosts: ["shop.example.com"], rules: [{match: [{prefix: "/a"}], to: [{service: "shopp"}]}]}`)
	own("c43", `gateways: public: servers: web: tls: {}`)
	own("c44", `routes: more: {gateway: "pubblic", hosts: ["shop.example.com"], rules: [{to: [{service: "shop"}]}]}`)
	want := `overlays/c03/mesh.cue:3:25: there is no gateway "publick" (MG3001)
    try: set routes.more.gateway to "public"
overlays/c31/mesh.cue:3:113: there is no service "shopp" (MG3001)
    try: set routes.more.rules[0].to[0].service to "shop"
overlays/c43/mesh.cue:3:33: the server ends TLS and has no certificate (MG3009)
    try: set gateways.public.servers.web.tls.secret to the name of a Secret in namespace istio-ingress, such as "web-tls", or gateways.public.servers.web.tls.issuer to a cert-manager issuer, such as "letsencrypt"
overlays/c44/mesh.cue:3:25: there is no gateway "pubblic" (MG3001)
    try: set routes.more.gateway to "public"
overlays/mesh.cue:8:12: telemetry has no field "accessLog" (MG1002)
    try: rename it to accessLogs
overlays/mesh.cue:12:25: there is no gateway "publik" (MG3001)
    try: set routes.shop.gateway to "public"
`
	if diff := cmp.Diff(want, rendertest.Text(t, rendertest.Vet(t, files))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
