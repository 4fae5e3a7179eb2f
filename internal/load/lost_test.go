package load_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLostCharacters: what kustomize and charts do not carry is told at its
// value; what they do is fine.
func TestLostCharacters(t *testing.T) {
	for _, c := range []struct{ name, cue, want string }{
		{"delete", `meshConfig: accessLogFormat: "a\u007fb"` + "\n", `overlays/a/mesh.cue:4:30: error MG1003 [a] (meshConfig.accessLogFormat)
    meshConfig.accessLogFormat holds the character U+007F, which kustomize and Helm do not carry: nothing of what is rendered could be built
    try: remove the character from meshConfig.accessLogFormat
`},
		{"next line", `controlPlane: env: A: "a\u0085b"` + "\n", `overlays/a/mesh.cue:4:23: error MG1003 [a] (controlPlane.env.A)
    controlPlane.env.A holds the character U+0085, which kustomize and Helm do not carry: nothing of what is rendered could be built
    try: remove the character from controlPlane.env.A
`},
		{"fine", `controlPlane: env: A: "a\u0001\u2028é\u00a0\uff01\u200b"` + "\n", ""},
		{"next line in a manifest", `manifests: m: objects: [{apiVersion: "v1", kind: "ConfigMap", metadata: {name: "a", namespace: "istio-system"}, data: a: "a\u0085b"}]` + "\n", ""},
	} {
		_, list := everything(small(t, c.cue))
		if diff := cmp.Diff(c.want, text(list)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}
