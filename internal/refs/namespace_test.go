package refs_test

import (
	"context"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/render"
	"github.com/meshgen/meshgen/schema"
)

// A namespace that only a service of the intent speaks of is refused, whether or
// not it is nearly one that is there.
func TestNamespaceOfService(t *testing.T) {
	const head = "package mesh\n\n"
	files := fstest.MapFS{
		"cue.mod/module.cue": {Data: []byte("module: \"meshgen.dev@v0\"\nlanguage: version: \"v0.16.0\"\n")},
		"overlays/mesh.cue":  {Data: []byte(base + "services: web: subsets: v1: labels: version: \"v1\"\n")},
		"overlays/slip/mesh.cue": {Data: []byte(head +
			"services: api: {namespace: \"shpo\", port: 80, subsets: v1: labels: version: \"v1\"}\n")},
		"overlays/other/mesh.cue": {Data: []byte(head +
			"services: api: {namespace: \"backend\", port: 80, subsets: v1: labels: version: \"v1\"}\n")},
		"overlays/declared/mesh.cue": {Data: []byte(head +
			"namespaces: backend: create: false\nservices: api: {namespace: \"backend\", port: 80, subsets: v1: labels: version: \"v1\"}\n")},
	}
	entries, err := schema.FS.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		text, err := schema.FS.ReadFile(e.Name())
		if err != nil {
			t.Fatal(err)
		}
		files["schema/"+e.Name()] = &fstest.MapFile{Data: text}
	}
	_, list, err := render.Compile(context.Background(), render.Input{FS: files, Parallel: 2, Version: "0.1.0"})
	if err != nil {
		t.Fatal(err)
	}
	want := `overlays/other/mesh.cue:3:28: service api stands in the namespace backend, which nobody makes (MG5064)
    try: add namespaces: "backend": create: false if somebody else makes it, or namespaces: "backend": {} to make it
overlays/slip/mesh.cue:3:28: service api stands in the namespace shpo, which nobody makes (MG5064)
    try: set services.api.namespace to "shop", or add namespaces: "shpo": create: false if somebody else makes it, or namespaces: "shpo": {} to make it
`
	if diff := cmp.Diff(want, text(t, list)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
