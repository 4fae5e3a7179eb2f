package refs_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/render/rendertest"
)

// intents compiles clusters, each from what it says beside the base, and returns
// what is said of each with some codes.
func intents(t *testing.T, base string, clusters map[string]string, codes ...string) map[string]string {
	t.Helper()
	files := fstest.MapFS{
		"overlays/mesh.cue": {Data: []byte(base)},
	}
	for name, text := range clusters {
		files["overlays/"+name+"/mesh.cue"] = &fstest.MapFile{Data: []byte("package mesh\n\n" + text + "\n")}
	}
	list := rendertest.Vet(t, files)
	lists := map[string]diag.List{}
	for _, d := range list {
		for _, code := range codes {
			if d.Code == code {
				lists[d.Cluster] = append(lists[d.Cluster], d)
			}
		}
	}
	said := map[string]string{}
	for name := range clusters {
		said[name] = rendertest.Text(t, lists[name])
	}
	return said
}

// TestTakenMeshConfig: the mesh config is held against istiod's rules as it is
// rendered, whoever made it so, and each mistake is said once, at its place.
func TestTakenMeshConfig(t *testing.T) {
	patch := func(text string) string {
		return "patches: mesh: {target: {kind: \"ConfigMap\", name: \"istio\"}, patch: \"\"\"\n\t- op: replace\n\t  path: /data/mesh\n\t  value: |\n\t    " + text + "\n\t\"\"\"}"
	}
	got := intents(t, base, map[string]string{
		"fine":     `meshConfig: {connectTimeout: "5s", extensionProviders: [{name: "opa", envoyExtAuthzGrpc: {service: "opa.obs.svc.cluster.local", port: 9191}}]}`,
		"raw":      `meshConfig: connectTimeout: "0s"`,
		"values":   `values: istiod: meshConfig: connectTimeout: "0s"`,
		"patched":  patch("connectTimeout: 0s\n\t    extensionProviders: [{name: otel, opentelemetry: {service: otel.example.com, port: 4317}}]"),
		"misspelt": patch("trustDomian: x\n\t    extensionProviders: [{name: otel, opentelemetry: {service: otel.example.com, port: 4317}}]"),
		"broken":   patch("trustDomain: ["),
		"twice":    `meshConfig: extensionProviders: [{name: "otel", zipkin: {service: "zipkin.obs.svc.cluster.local", port: 9411}}]`,
	}, "MG3019", "MG5059")
	const after = "ConfigMap/istio in istio-system, as patch \"mesh\" leaves it, "
	want := map[string]string{
		"fine":     "",
		"raw":      "overlays/raw/mesh.cue:3:29: meshConfig.connectTimeout is \"0s\", but must be 1ms to 1h (MG3019)\n    try: change meshConfig.connectTimeout: it must be 1ms to 1h\n",
		"values":   "overlays/values/mesh.cue:3:45: values.istiod.meshConfig.connectTimeout is \"0s\", but must be 1ms to 1h (MG3019)\n    try: change values.istiod.meshConfig.connectTimeout: it must be 1ms to 1h\n",
		"patched":  "overlays/patched/mesh.cue:3:68: line 2 of the text: " + after + "is not one that istiod takes: data.mesh.connectTimeout is \"0s\", but must be 1ms to 1h (MG3019)\n    try: change data.mesh.connectTimeout: it must be 1ms to 1h\n",
		"misspelt": "overlays/misspelt/mesh.cue:3:68: line 2 of the text: " + after + "is not one that istiod takes: MeshConfig has no field trustDomian (MG3019)\n    try: rename it to trustDomain\n",
		"broken":   "overlays/broken/mesh.cue:3:68: line 2 of the text: " + after + "holds a mesh config that is no YAML, so that istiod passes over all of it (MG3019)\n    try: let data.mesh hold a MeshConfig, in YAML\n",
		"twice":    "overlays/twice/mesh.cue:3:41: meshConfig.extensionProviders[0].name is \"otel\", as is the name of a provider elsewhere in the intent, and istiod takes one of the two (MG3019)\n    try: set meshConfig.extensionProviders[0].name to \"otel-2\"\n",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestForgottenProvider: a patch that takes a provider away is told of what
// names it.
func TestForgottenProvider(t *testing.T) {
	got := intents(t, base, map[string]string{
		"one": "patches: mesh: {target: {kind: \"ConfigMap\", name: \"istio\"}, patch: \"[{op: replace, path: /data/mesh, value: 'trustDomain: cluster.local'}]\"}",
	}, "MG5017", "MG5059")["one"]
	const want = "Telemetry.telemetry.istio.io/mesh-default in istio-system names the provider \"otel\" in spec.tracing[0].providers[0].name, which the mesh config does not have"
	if !strings.Contains(got, want) {
		t.Errorf("got %q, want in it %q", got, want)
	}
}
