package render_test

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/render/rendertest"
)

// TestConsequences: what an object made of a mistake lacks is not told beside the
// mistake.
func TestConsequences(t *testing.T) {
	for _, test := range []struct{ name, fields, want string }{
		{
			"a host and port twice", `egress: hosts: {a: {host: "api.example.com"}, b: {host: "api.example.com"}}`,
			"overlays/box/mesh.cue:3:57: egress.hosts.a has port 443 of api.example.com already (MG3043)\n    try: remove one of the two, or set egress.hosts.b.port to another\n",
		},
		{
			"an egress gateway of the wrong kind", "gateways: out: {kind: \"egress\", api: \"gateway-api\"}\negress: hosts: a: {host: \"api.example.com\", through: \"out\"}",
			"overlays/box/mesh.cue:3:38: an egress gateway comes from the gateway chart (MG3011)\n    try: remove gateways.out.api\n",
		},
		{
			"a port of the gateway's own, for TCP", "gateways: out: kind: \"egress\"\negress: hosts: a: {host: \"api.example.com\", addresses: [\"203.0.113.7\"], port: 15021, protocol: \"TCP\", through: \"out\"}",
			"overlays/box/mesh.cue:4:96: an egress gateway cannot tell hosts apart in TCP (MG3022)\n    try: remove egress.hosts.a.through\n",
		},
		{
			"the same for what a gateway can tell apart", "gateways: out: kind: \"egress\"\negress: hosts: a: {host: \"api.example.com\", port: 15021, protocol: \"TLS\", through: \"out\"}",
			"overlays/box/mesh.cue:3:11: Service/out in istio-egress: spec.ports[1] stands in the list a second time: port 15021, protocol TCP (MG5035)\n    try: remove one of the two\n",
		},
		{
			"an exception in a namespace of nobody", `mtls: exceptions: x: {namespace: "nope", reason: "r", labels: app: "web", ports: [8080]}`,
			"overlays/box/mesh.cue:3:34: namespace nope is not in the mesh, and takes plaintext anyway (MG3015)\n    try: set namespaces.nope.mesh to true, or remove mtls.exceptions.x\n",
		},
		{
			"a revision that is too long", `istio: revision: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"`,
			"overlays/box/mesh.cue:3:18: Service/istiod-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa in istio-system: metadata.name is \"istiod-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...\", which must be no more than 63 characters (MG5033)\n    try: change metadata.name: it must be no more than 63 characters; it follows from istio.revision\n",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, list := compile(t, rendertest.Repository(t, fstest.MapFS{
				"overlays/mesh.cue":     {Data: []byte("package mesh\n\nimport \"meshgen.dev/schema\"\n\nschema.#Mesh\n\ncluster: {platform: \"k3s\", kubernetes: \"1.34\", disabled: [\"traefik\"]}\n")},
				"overlays/box/mesh.cue": {Data: []byte("package mesh\n\n" + test.fields + "\n")},
			}), 1)
			if diff := cmp.Diff(test.want, text(list)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
