package render_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/render"
	"github.com/meshgen/meshgen/internal/render/rendertest"
)

// secretPlaces are where a person can write a text, with %q in its place, and
// where the diagnostic is. File, where it is not empty, is objects.yaml beside
// the intent.
var secretPlaces = []struct{ name, intent, file, want string }{
	{"env", `controlPlane: env: NOTE: %q`, "", "mesh.cue:3"},
	{"annotation", `namespaces: shop: annotations: note: %q`, "", "mesh.cue:3"},
	{"reason", `external: "Secret/shop/a": %q`, "", "mesh.cue:3"},
	{"values", `values: istiod: pilot: env: NOTE: %q`, "", "mesh.cue:3"},
	{"mesh-config", `meshConfig: defaultConfig: proxyMetadata: NOTE: %q`, "", "mesh.cue:3"},
	{"unknown-value", `values: istiod: nonsense: %q`, "", "mesh.cue:3"},
	{"comment", `mode: "sidecar" // %q`, "", "mesh.cue:3"},
	{"hidden", `_note: %q`, "", "mesh.cue:3"},
	{"wrong-type", `mode: %q`, "", "mesh.cue:3"},
	{"wrong-field", "nonsense: %q", "", "mesh.cue:3"},
	{"not-cue", "mode: %q }", "", "mesh.cue:3"},
	{"patch", "patches: a: {target: {kind: \"Deployment\", name: \"istiod\"}, patch: \"\"\"\n\t- {op: add, path: /metadata/annotations, value: {a: %q}}\n\t\"\"\"}", "", "mesh.cue:3"},
	{"merge", `patches: a: path: "objects.yaml"`, "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: istiod\n  namespace: istio-system\n  annotations:\n    a: %q\n", "objects.yaml:7"},
	{"inline", `manifests: a: objects: [{apiVersion: "v1", kind: "ConfigMap", metadata: {name: "a", namespace: "istio-system"}, data: a: %q}]`, "", "mesh.cue:3"},
	{"manifest", `manifests: a: path: "objects.yaml"`, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: istio-system}\ndata:\n  a: %q\n", "objects.yaml:5"},
	{"manifest-comment", `manifests: a: path: "objects.yaml"`, "# %q\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: istio-system}\n", "objects.yaml:1"},
	{"not-yaml", `manifests: a: path: "objects.yaml"`, "apiVersion: v1\nkind: ConfigMap\n a: %q\n", "objects.yaml:3"},
}

// TestSecrets writes secrets into every place where a person can write a text:
// each is refused where it stands, and nothing that is said shows it.
func TestSecrets(t *testing.T) {
	body := strings.Repeat("MIIEvQIBADANBgkq", 4)
	pem := "-----BEGIN PRIVATE" + " KEY-----\n" + body + "\n-----END PRIVATE" + " KEY-----"
	for name, c := range map[string]struct{ text, telling string }{
		"key":    {pem, body},
		"base64": {base64.StdEncoding.EncodeToString([]byte(pem)), base64.StdEncoding.EncodeToString([]byte(pem))[20:60]},
		"token":  {"gh" + "p_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8", "a1B2c3D4e5F6g7H8"},
	} {
		t.Run(name, func(t *testing.T) {
			in := fstest.MapFS{"overlays/mesh.cue": {Data: []byte("package mesh\n\nimport \"meshgen.dev/schema\"\n\nschema.#Mesh\n\ncluster: {platform: *\"k3s\" | _, kubernetes: *\"1.34\" | _, disabled: *[\"traefik\"] | _}\n")}}
			for _, p := range secretPlaces {
				in["overlays/"+p.name+"/mesh.cue"] = &fstest.MapFile{Data: []byte("package mesh\n\n" + fill(p.intent, c.text) + "\n")}
				if p.file != "" {
					in["overlays/"+p.name+"/objects.yaml"] = &fstest.MapFile{Data: []byte(fill(p.file, c.text))}
				}
			}
			_, list := compile(t, rendertest.Repository(t, in), 2)
			var json bytes.Buffer
			if err := diag.EncodeJSON(&json, list.Report()); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(json.String(), c.telling) {
				t.Errorf("the secret is shown:\n%s", text(list))
			}
			for _, p := range secretPlaces {
				var places []string
				for _, d := range list {
					if d.Cluster == p.name && d.Code == "MG5070" {
						places = append(places, fmt.Sprintf("%s:%d", strings.TrimPrefix(d.Position.File, "overlays/"+p.name+"/"), d.Position.Line))
					}
				}
				if p.name == "patch" && len(places) == 1 && strings.HasPrefix(places[0], p.want) {
					continue
				}
				if diff := cmp.Diff([]string{p.want}, places); diff != "" {
					t.Errorf("%s: -want +got:\n%s", p.name, diff)
				}
			}
			_, explained, err := render.Explain(context.Background(), render.Input{FS: rendertest.Repository(t, in), Parallel: 1, Version: version}, render.Query{Cluster: "env", Kind: "Deployment", Name: "istiod"})
			if err != nil || !explained.HasErrors() || strings.Contains(text(explained), c.telling) {
				t.Errorf("explain gives %v\n%s", err, text(explained))
			}
		})
	}
}

// fill writes a secret into a place, quoted as both CUE and YAML read it.
func fill(place, secret string) string {
	return strings.Replace(place, "%q", `"`+strings.ReplaceAll(secret, "\n", `\n`)+`"`, 1)
}

// TestHiddenValues holds that what stands in a field that is called a secret is
// not shown where the field is refused, although nobody could tell it from a word.
func TestHiddenValues(t *testing.T) {
	list := example(t, `controlPlane: {password: "hunter2"}`+"\n"+`dataPlane: proxy: logLevel: "hunter2"`)
	if len(list) == 0 || strings.Count(text(list), "hunter2") > 1 {
		t.Errorf("want one mention, of the log level, in\n%s", text(list))
	}
	// A Secret's name is none.
	list = example(t, `gateways: public: servers: web: {hosts: ["a.example.com"], tls: secret: "Web_TLS"}`)
	if want := `set gateways.public.servers.web.tls.secret to "web-tls"`; len(list) == 0 || list[0].Suggestion != want {
		t.Errorf("want %s in\n%s", want, text(list))
	}
}
