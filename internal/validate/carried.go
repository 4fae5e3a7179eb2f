package validate

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/meshgen/meshgen/internal/object"
)

// carried reports texts with characters that YAML has no plain form of and that
// kustomize writes plainly all the same: what it builds of them nothing reads
// ("control characters are not allowed"), and the layer is never applied. Those
// below the blank it writes by escapes.
func (r *report) carried(root *node, text []byte) {
	if bytes.Contains(text, []byte(`\x`)) || bytes.Contains(text, []byte(`\u`)) || bytes.ContainsFunc(text, object.Lost) {
		r.carriedBelow(root)
	}
}

func (r *report) carriedBelow(n *node) {
	switch v := n.value.(type) {
	case string:
		if i := strings.IndexFunc(v, object.Lost); i >= 0 {
			for _, c := range v[i:] {
				r.add(n, codeValue, fmt.Sprintf("{} holds the character %U, which kustomize does not carry: nothing of its layer is ever applied", c), "remove the character from {}, or put the text into binaryData of a ConfigMap, in base64")
				break
			}
		}
	case map[string]any:
		for _, f := range n.fields() {
			r.carriedBelow(f)
		}
	case []any:
		for _, e := range n.elements() {
			r.carriedBelow(e)
		}
	}
}
