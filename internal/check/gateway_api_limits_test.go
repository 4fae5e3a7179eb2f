package check_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/render/rendertest"
)

// TestGatewayAPISizes: what does not fit into a Gateway or an HTTPRoute is told at
// the field; hosts go to as many HTTPRoutes as they need.
func TestGatewayAPISizes(t *testing.T) {
	list := func(n int, format string) string {
		var all []string
		for i := range n {
			all = append(all, fmt.Sprintf(format, i))
		}
		return strings.Join(all, ", ")
	}
	services := func(n int) string {
		all := fmt.Sprintf(`{service: "s0", weight: %d}`, 100-(n-1)*6)
		for i := range n - 1 {
			all += fmt.Sprintf(`, {service: "s%d", weight: 6}`, i+1)
		}
		return all
	}
	mesh := func(gateway string) string {
		return `package mesh

import "meshgen.dev/schema"

schema.#Mesh

cluster: {platform: "generic", kubernetes: "1.35"}
namespaces: shop: mesh: true
gateways: "` + gateway + `": {api: "gateway-api", servers: web: hosts: [` + list(17, `"h%d.example.com"`) + `]}
services: {` + list(17, `s%d: {namespace: "shop", port: 80}`) + `}
routes: many: {
	gateway: "` + gateway + `"
	hosts: [` + list(17, `"h%d.example.com"`) + `]
	rules: [
		{
			match: [
				{headers: {` + list(17, `"x-%d": "a"`) + `}},
				{prefix: "/` + strings.Repeat("a", 1024) + `"},
				{exact: "/` + strings.Repeat("a", 1023) + `"},
			]
			to: [` + services(17) + `]
		},
		{to: [` + services(16) + `]},
	]
}
`
	}
	for _, c := range []struct{ gateway, want string }{
		{"public", ""},
		{strings.Repeat("g", 57), ""},
		{strings.Repeat("g", 58), `overlays/box/mesh.cue:9:11: istiod calls the gateway's Service ` + strings.Repeat("g", 58) + `-istio, which is longer than a Service's name can be (MG3011)
    try: shorten the name to 57 characters, or set gateways.` + strings.Repeat("g", 58) + `.api to "chart"
`},
	} {
		of := "gateways." + c.gateway
		want := c.want + `overlays/box/mesh.cue:17:6: a match of an HTTPRoute has at most 16 headers, and this one 17 (MG3011)
    try: set ` + of + `.api to "chart", or remove 1 of them
overlays/box/mesh.cue:18:14: a path of an HTTPRoute has at most 1024 characters, and this one 1025 (MG3011)
    try: set ` + of + `.api to "chart", or shorten it
overlays/box/mesh.cue:21:8: a rule of an HTTPRoute goes to at most 16 Services, and this one to 17 (MG3011)
    try: set ` + of + `.api to "chart", or leave 1 of them to other rules
`
		got := rendertest.Text(t, rendertest.Vet(t, fstest.MapFS{"overlays/box/mesh.cue": {Data: []byte(mesh(c.gateway))}}))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", c.gateway, diff)
		}
	}
}
