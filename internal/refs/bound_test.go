package refs_test

import "testing"

// TestBound: servers of gateways whose bytes or hosts nothing leads on. Those
// named ok-… say nothing.
func TestBound(t *testing.T) {
	const (
		web     = "routes: web: {gateway: \"public\", hosts: [\"www.example.com\"], rules: [{to: [{service: \"web\"}]}]}\n"
		tcp     = "gateways: public: servers: db: {hosts: [\"db.example.com\"], port: 5432, protocol: \"TCP\"}\n"
		through = "gateways: public: servers: db: {hosts: [\"db.example.com\"], port: 5432, tls: mode: \"passthrough\"}\n"
		modern  = "gateways: public: api: \"gateway-api\"\n"
		two     = "gateways: public: servers: shop: {port: 8080, hosts: [\"shop.example.com\", \"api.example.com\"]}\n" +
			"routes: shop: {gateway: \"public\", hosts: [\"shop.example.com\"], rules: [{to: [{service: \"web\"}]}]}\n"
		star = "gateways: public: servers: shop: {port: 8080, hosts: [\"*.shop.example.com\", \"api.example.com\"]}\n" +
			"routes: shop: {gateway: \"public\", hosts: [\"a.shop.example.com\", \"api.example.com\"], rules: [{to: [{service: \"web\"}]}]}\n"
	)
	virtual := func(gateway, rest string) string {
		return `manifests: r: objects: [{apiVersion: "networking.istio.io/v1", kind: "VirtualService", metadata: {name: "r", namespace: "shop"}, spec: {gateways: ["` + gateway + `"], ` + rest + `}}]` + "\n"
	}
	route := func(kind, version, parent, rest string) string {
		return `manifests: r: objects: [{apiVersion: "gateway.networking.k8s.io/` + version + `", kind: "` + kind + `", metadata: {name: "r", namespace: "edge"}, spec: {parentRefs: [{name: "public"` + parent + `}], ` + rest + `}}]` + "\n"
	}
	const (
		streams = `hosts: ["db.example.com"], tcp: [{match: [{port: 5432}], route: [{destination: host: "web"}]}]`
		names   = `hosts: ["db.example.com"], tls: [{match: [{port: 5432, sniHosts: ["db.example.com"]}], route: [{destination: host: "web"}]}]`
		backend = `rules: [{backendRefs: [{name: "web", namespace: "shop", port: 80}]}]`
		space   = "namespaces: shop: {}\n"
	)
	held(t, "testdata/bound.txt", intents(t, only, map[string]string{
		"tcp":                space + web + tcp,
		"tcp-modern":         space + web + tcp + modern,
		"passthrough":        space + web + through,
		"passthrough-http":   space + web + through + virtual("edge/public", `hosts: ["db.example.com"], http: [{route: [{destination: host: "web"}]}]`),
		"tcp-of-a-port":      space + web + tcp + virtual("edge/public", `hosts: ["db.example.com"], tcp: [{match: [{port: 5433}], route: [{destination: host: "web"}]}]`),
		"tcp-elsewhere":      space + web + tcp + "gateways: other: {namespace: \"edge\", service: type: \"ClusterIP\", servers: {a: {hosts: [\"a.example.com\"]}, db: {hosts: [\"db.example.com\"], port: 5432, protocol: \"TCP\"}}}\n" + virtual("edge/other", streams),
		"passthrough-modern": space + web + through + modern,
		"virtual-modern":     space + web + modern + virtual("edge/public", streams),
		"host":               space + web + two,
		"host-modern":        space + web + two + modern,

		"ok-tcp":         space + web + tcp + virtual("edge/public", streams),
		"ok-passthrough": space + web + through + virtual("edge/public", names),
		"ok-tcp-modern":  space + web + tcp + modern + route("TCPRoute", "v1", ", port: 5432", backend),
		"ok-tls-modern":  space + web + through + modern + route("TLSRoute", "v1", "", `hostnames: ["db.example.com"], `+backend),
		"ok-declared":    space + web + tcp + "external: \"VirtualService/shop/db\": \"the shop's team\"\n",
		"ok-none":        space + "gateways: public: servers: shop: {port: 8080, hosts: [\"shop.example.com\", \"api.example.com\"]}\n",
		"ok-star":        space + web + star,
		"ok-manifest":    space + web + two + virtual("edge/public", `hosts: ["*.example.com"], http: [{route: [{destination: host: "web"}]}]`),
		"ok-http-route":  space + web + two + modern + route("HTTPRoute", "v1", "", backend),
	}, "MG1001", "MG1002", "MG1003", "MG1005", "MG1008", "MG3010", "MG5030", "MG5055", "MG5057", "MG5067"))
}
