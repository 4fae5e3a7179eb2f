package refs

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/meshconfig"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// meshConfigName is the ConfigMap that istiod reads its mesh config from.
func (f *finder) meshConfigName() string {
	if revision := f.mesh.Istio.Revision; revision != "" {
		return "istio-" + revision
	}
	return "istio"
}

// takenMeshConfig holds what is rendered of the mesh config, after patches and
// the chart's own part, against what istiod takes. What is wrong with the
// person's raw mesh config, MG3019 has said at its own line.
func takenMeshConfig(f *finder, s *subject) {
	if s.id.Namespace != model.RootNamespace || s.id.Name != f.meshConfigName() {
		return
	}
	keys := []string{"data", "mesh"}
	text, isText := object.Get(s.Value, keys...).(string)
	if !isText || strings.Contains(text, "${") {
		return
	}
	value, ok := object.Embedded(text + "\n")
	if !ok && strings.TrimSpace(text) != "" {
		f.report(s, problem{
			code: "MG3019", keys: keys,
			message:    "holds a mesh config that is no YAML, so that istiod passes over all of it",
			suggestion: "let data.mesh hold a MeshConfig, in YAML",
		})
		return
	}
	raw := f.rawMeshConfig()
	ours := slices.Sorted(maps.Keys(f.mesh.Telemetry.Providers))
	known := map[string]bool{}
	for _, value := range raw {
		for _, p := range meshconfig.Mesh(value, ours...) {
			known[withoutIndexes(p)] = true
		}
	}
	for _, p := range meshconfig.Mesh(value) { // whose problems all have keys
		if known[withoutIndexes(p)] || len(s.Origin.Patches) == 0 && p.Keys[len(p.Keys)-1] == "name" {
			continue // also of two raw configs that have a provider's name in common
		}
		message, suggestion := p.At(p.Path("data.mesh"))
		severity := diag.Error
		if p.Warning {
			severity = diag.Warning
		}
		f.report(s, problem{code: "MG3019", severity: severity, keys: append(slices.Clone(keys), p.Keys...), message: "is not one that istiod takes: " + message, suggestion: suggestion})
	}
}

// withoutIndexes is what a problem is, wherever in a list it stands.
func withoutIndexes(p meshconfig.Problem) string {
	named := slices.DeleteFunc(slices.Clone(p.Keys), func(key string) bool { return strings.Trim(key, "0123456789") == "" })
	return fmt.Sprintf("%q", append(named, p.Message))
}

// rawMeshConfig returns the person's raw mesh configs, by their paths.
func (f *finder) rawMeshConfig() map[string]map[string]any {
	return map[string]map[string]any{
		"meshConfig":               f.mesh.MeshConfig,
		"values.istiod.meshConfig": object.Map(f.mesh.Values.Istiod, "meshConfig"),
	}
}

// inMeshConfig returns the path of the raw mesh config that holds a field of the
// rendered one, or of the telemetry provider that it comes from.
func (f *finder) inMeshConfig(s *subject, keys []string) (string, bool) {
	if len(keys) < 3 || keys[0] != "data" || keys[1] != "mesh" || s.id.Name != f.meshConfigName() || s.kind != "ConfigMap." {
		return "", false
	}
	value, _ := object.Embedded(object.String(s.Value, "data", "mesh") + "\n")
	below := keys[2:]
	if len(below) > 1 && below[0] == "extensionProviders" {
		provider, _ := at(value, below[:2]).(map[string]any)
		if name := text(provider, "name"); name != "" {
			if _, ours := f.mesh.Telemetry.Providers[name]; ours {
				return intent.Join("telemetry.providers", name), true
			}
		}
	}
	raw := f.rawMeshConfig()
	for _, path := range slices.Sorted(maps.Keys(raw)) {
		if v := at(raw[path], below); v != nil && fmt.Sprint(v) == fmt.Sprint(at(value, below)) {
			return meshconfig.Problem{Keys: below}.Path(path), true
		}
	}
	return "", false
}
