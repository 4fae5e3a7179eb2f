package validate

import (
	"bytes"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// placeholder is what Flux replaces, with a default perhaps; a dollar sign in
// front keeps it.
var placeholder = regexp.MustCompile(`\$?\$\{([A-Za-z_][A-Za-z0-9_]*)[^}]*\}`)

// substituted returns an object's value with a host name in place of each
// placeholder that Flux will replace, so that what is around it can be judged:
// most stand in host names. The keys are of the texts that held one. What is
// said of those is dropped: what they will hold, nobody knows here. There are
// none when Flux replaces nothing in the object.
func substituted(m model.Mesh, o object.Object, text []byte) (value any, keys map[string]bool) {
	if m.GitOps == nil || m.GitOps.Substitute == nil || !bytes.Contains(text, []byte("${")) || o.Annotations()["kustomize.toolkit.fluxcd.io/substitute"] == "disabled" {
		return o.Value, nil
	}
	s := substitution{names: m.GitOps.Substitute.Names, keys: map[string]bool{}}
	return s.of(o.Value, nil), s.keys
}

type substitution struct {
	names []string
	keys  map[string]bool
}

// of returns a value with its placeholders replaced; what holds none is shared.
func (s *substitution) of(value any, at []string) any {
	switch value := value.(type) {
	case string:
		replaced := placeholder.ReplaceAllStringFunc(value, func(text string) string {
			name := placeholder.FindStringSubmatch(text)[1]
			if strings.HasPrefix(text, "$$") || !slices.Contains(s.names, name) {
				return text
			}
			return strings.ReplaceAll(strings.ToLower(strings.Trim(name, "_")), "_", "-") + ".example"
		})
		if replaced != value {
			s.keys[pathKey(at)] = true
		}
		return replaced
	case map[string]any:
		before := len(s.keys)
		out := make(map[string]any, len(value))
		for key, below := range value {
			out[key] = s.of(below, append(slices.Clone(at), key))
		}
		if len(s.keys) > before {
			return out
		}
	case []any:
		before := len(s.keys)
		out := make([]any, len(value))
		for i, below := range value {
			out[i] = s.of(below, append(slices.Clone(at), strconv.Itoa(i)))
		}
		if len(s.keys) > before {
			return out
		}
	}
	return value
}
