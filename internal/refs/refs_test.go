package refs_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/render/rendertest"
)

// base is what the clusters of the cases have in common: a namespace of
// applications, a Service, a gateway of each sort, and what others make.
const base = `package mesh

import "meshgen.dev/schema"

schema.#Mesh

cluster: {platform: "k3s", kubernetes: "1.34", disabled: ["traefik"]}
namespaces: shop: mesh: true
services: web: {namespace: "shop", port: 80}
gateways: {
	public: servers: web: hosts: ["www.example.com"]
	modern: {api: "gateway-api", service: type: "ClusterIP", servers: web: hosts: ["modern.example.com"]}
}
gitops: {engine: "flux", source: "fleet"}
telemetry: {
	providers: otel: opentelemetry: {service: "otel.observability.svc.cluster.local", port: 4317}
	tracing: provider: "otel"
}
`

// others is who makes what the good cases refer to.
const others = `external: {
	"Secret/shop/by-hand":          "the shop's team"
	"Secret/istio-ingress/by-*":    "the shop's team"
	"ClusterIssuer/letsencrypt":    "comes with cert-manager"
}
`

// compile compiles a cluster for each file of a folder of testdata, in one go,
// and returns what is said of each, by the file's name.
func compile(t *testing.T, folder, more string) map[string]diag.List {
	t.Helper()
	files := fstest.MapFS{
		"overlays/mesh.cue": {Data: []byte(base + more)},
	}
	cases, err := filepath.Glob(filepath.Join("testdata", folder, "*.yaml"))
	if err != nil || len(cases) == 0 {
		t.Fatal("no cases", err)
	}
	lists := map[string]diag.List{}
	for _, c := range cases {
		name := strings.TrimSuffix(filepath.Base(c), ".yaml")
		text, err := os.ReadFile(c)
		if err != nil {
			t.Fatal(err)
		}
		lists[name] = nil
		files["overlays/"+name+"/mesh.cue"] = &fstest.MapFile{Data: []byte("package mesh\n\nmanifests: objects: path: \"objects.yaml\"\n")}
		files["overlays/"+name+"/objects.yaml"] = &fstest.MapFile{Data: text}
	}
	list := rendertest.Vet(t, files)
	for _, d := range list {
		name := d.Cluster
		lists[name] = append(lists[name], d)
	}
	return lists
}

// TestBroken holds each file of testdata/broken to what is said of it, in the
// file of the same name that ends in .txt. MESHGEN_UPDATE=1 writes those.
// What other stages say of the objects is theirs to hold.
func TestBroken(t *testing.T) {
	for name, list := range compile(t, "broken", "") {
		t.Run(name, func(t *testing.T) {
			var own diag.List
			for _, d := range list {
				if d.Code >= "MG5050" && d.Code <= "MG5069" || d.Code == "MG5074" || d.Code == "MG5078" || d.Code == "MG5079" || d.Code == "MG3014" {
					own = append(own, d)
				}
			}
			got, file := rendertest.Text(t, own), filepath.Join("testdata/broken", name+".txt")
			if os.Getenv("MESHGEN_UPDATE") != "" {
				if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" || len(own) == 0 {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestGood holds that nothing at all is said of what testdata/good refers to.
func TestGood(t *testing.T) {
	for name, list := range compile(t, "good", others) {
		if len(list) > 0 {
			t.Errorf("%s:\n%s", name, rendertest.Text(t, list))
		}
	}
}
