package refs

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// The rules of this file hold the texts of istiod's ConfigMaps, where patches
// have been at them, against what the intent asks for. What raw values do to
// them, check has told of the value (MG3031, MG3024).

// undoneConfig reports a mesh config that turns off what the intent asks for.
func undoneConfig(f *finder, s *subject) {
	if s.id.Namespace != model.RootNamespace || s.id.Name != f.meshConfigName() || len(s.Origin.Patches) == 0 {
		return
	}
	mesh := object.String(s.Value, "data", "mesh")
	config, ok := object.Embedded(mesh + "\n")
	if !ok || strings.Contains(mesh, "${") {
		return // takenMeshConfig has said so, or it is known later
	}
	raw := f.rawMeshConfig()
	refuse := func(key, message string) {
		if _, told := raw["meshConfig"][key]; told || raw["values.istiod.meshConfig"][key] != nil {
			return
		}
		f.report(s, problem{code: "MG3031", keys: []string{"data", "mesh", key}, message: message, suggestion: fmt.Sprintf("leave %s of the mesh config as it is in the patch", key)})
	}
	if name := text(config, "rootNamespace"); name != "" && name != model.RootNamespace {
		refuse("rootNamespace", fmt.Sprintf("makes %s the root namespace, and the mesh's policy stands in %s: it holds nowhere else", name, model.RootNamespace))
	}
	if on, isBool := config["enableAutoMtls"].(bool); isBool && !on && f.strictAnywhere() {
		refuse("enableAutoMtls", "turns enableAutoMtls off: sidecars call in plain text, and strict workloads refuse that")
	}
	if mode := object.String(config, "outboundTrafficPolicy", "mode"); f.mesh.Egress.RegistryOnly && mode != "REGISTRY_ONLY" {
		refuse("outboundTrafficPolicy", fmt.Sprintf("lets sidecars call everything, with %q for outboundTrafficPolicy.mode, and egress.policy is \"registry-only\"", mode))
	}
	if selectors := object.List(config, "discoverySelectors"); len(selectors) > 0 {
		for _, name := range f.lookedAt() {
			if !f.discovered(selectors, name) {
				refuse("discoverySelectors", fmt.Sprintf("has discoverySelectors of which none selects %s: istiod does not look at it", name))
				break
			}
		}
	}
	for _, key := range []string{"defaultServiceExportTo", "defaultVirtualServiceExportTo"} {
		list := object.List(config, key)
		for _, r := range f.mesh.Routes {
			if len(list) > 0 && r.Gateway != nil && !slices.Contains(list, any("*")) && !slices.Contains(list, any(r.Gateway.Namespace)) && (key == "defaultServiceExportTo" || r.Gateway.API == "chart") {
				refuse(key, fmt.Sprintf("exports to %v alone by %s, and gateway %s, in %s, does not see what route %s is made of", list[0], key, r.Gateway.Name, r.Gateway.Namespace, r.Name))
				break
			}
		}
	}
}

// strictAnywhere says whether anything of the mesh takes mutual TLS alone.
func (f *finder) strictAnywhere() bool {
	return f.mesh.MTLS.Stage == intent.Strict || slices.ContainsFunc(f.mesh.Namespaces, func(n model.Namespace) bool { return n.Mesh && n.Stage == intent.Strict })
}

// lookedAt returns the namespaces that istiod has to look at.
func (f *finder) lookedAt() []string {
	names := []string{model.RootNamespace}
	for _, n := range f.mesh.Namespaces {
		if n.Mesh {
			names = append(names, n.Name)
		}
	}
	for _, g := range f.mesh.Gateways {
		names = append(names, g.Namespace)
	}
	return names
}

// discovered says whether a selector selects a namespace, or may: of one that is
// not among the objects nobody knows the labels.
func (f *finder) discovered(selectors []any, name string) bool {
	labels := map[string]any{nameLabel: name}
	n := f.byID[object.ID{Kind: "Namespace", Name: name}]
	if n != nil {
		for key, value := range n.Labels() {
			labels[key] = value
		}
	}
	return slices.ContainsFunc(selectors, func(v any) bool {
		m, _ := v.(map[string]any)
		want := labelSelector(m)
		return want.matches(labels) || n == nil && !byName(want)
	})
}

// undoneInjector reports a ConfigMap of the injector's that istiod cannot read,
// or by which it injects nothing into the namespaces of the mesh
// (pkg/kube/inject/inject.go, injectRequired).
func undoneInjector(f *finder, s *subject) {
	name := "istio-sidecar-injector"
	if revision := f.mesh.Istio.Revision; revision != "" {
		name += "-" + revision
	}
	if s.id.Namespace != model.RootNamespace || s.id.Name != name || len(s.Origin.Patches) == 0 {
		return
	}
	refuse := func(key, message, try string) {
		f.report(s, problem{code: "MG5067", keys: []string{"data", key}, message: message, suggestion: try})
	}
	if values := object.String(s.Value, "data", "values"); !json.Valid([]byte(values)) {
		refuse("values", "holds values in data.values that are no JSON: istiod cannot read them, and injects nothing", "let data.values hold JSON")
	}
	config, ok := object.Embedded(object.String(s.Value, "data", "config") + "\n")
	if !ok {
		refuse("config", "holds a configuration in data.config that is no YAML: istiod cannot read it, and injects nothing", "let data.config hold YAML")
		return
	}
	sidecars := slices.ContainsFunc(f.mesh.Namespaces, func(n model.Namespace) bool { return n.Mesh && n.Mode == intent.Sidecar })
	templates := object.Map(config, "templates")
	switch policy := text(config, "policy"); {
	case policy != "enabled" && policy != "disabled":
		refuse("config", fmt.Sprintf("has the policy %q in data.config, and istiod knows enabled and disabled: it injects into no pod", policy), "set policy to enabled in data.config")
	case policy == "disabled" && sidecars:
		refuse("config", "has policy: disabled in data.config: only pods with a label of their own get a sidecar", "set policy to enabled in data.config")
	case len(templates) == 0:
		refuse("config", "has no templates in data.config: there is nothing to inject", "leave data.config as it is, but for what is to be changed")
	default:
		for _, v := range object.List(config, "defaultTemplates") {
			if name, _ := v.(string); templates[name] == nil {
				refuse("config", fmt.Sprintf("names the template %q in data.config, which it does not have: the API server refuses every pod that is to be injected", name), "name one of the templates")
			}
		}
	}
}
