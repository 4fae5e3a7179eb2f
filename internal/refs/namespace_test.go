package refs_test

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/render/rendertest"
)

// A namespace that only a service of the intent speaks of is refused, whether or
// not it is nearly one that is there.
func TestNamespaceOfService(t *testing.T) {
	const head = "package mesh\n\n"
	files := fstest.MapFS{
		"overlays/mesh.cue": {Data: []byte(base + "services: web: subsets: v1: labels: version: \"v1\"\n")},
		"overlays/slip/mesh.cue": {Data: []byte(head +
			"services: api: {namespace: \"shpo\", port: 80, subsets: v1: labels: version: \"v1\"}\n")},
		"overlays/other/mesh.cue": {Data: []byte(head +
			"services: api: {namespace: \"backend\", port: 80, subsets: v1: labels: version: \"v1\"}\n")},
		"overlays/declared/mesh.cue": {Data: []byte(head +
			"namespaces: backend: create: false\nservices: api: {namespace: \"backend\", port: 80, subsets: v1: labels: version: \"v1\"}\n")},
	}
	list := rendertest.Vet(t, files)
	want := `overlays/other/mesh.cue:3:28: service api stands in the namespace backend, which nobody makes (MG5064)
    try: add namespaces: "backend": create: false if somebody else makes it, or namespaces: "backend": {} to make it
overlays/slip/mesh.cue:3:28: service api stands in the namespace shpo, which nobody makes (MG5064)
    try: set services.api.namespace to "shop", or add namespaces: "shpo": create: false if somebody else makes it, or namespaces: "shpo": {} to make it
`
	if diff := cmp.Diff(want, rendertest.Text(t, list)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
