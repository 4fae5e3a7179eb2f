package refs

import (
	"fmt"

	"github.com/meshgen/meshgen/internal/object"
)

// What Flux's and Argo CD's objects name: those of the delivery, and those that
// people hand over as manifests. What gitops says of the engine is there: who
// set it up made the source, the project and the keys.

// fluxSources is the group of the kinds that Flux fetches from (source-controller, v1).
const fluxSources = "source.toolkit.fluxcd.io"

// deliveredTwice reports a manifest that is an object of the delivery: the layer
// that brings it would write over it, and with another path its engine deletes
// what the delivery has brought.
func deliveredTwice(f *finder, s *subject) {
	if s.ours() {
		return
	}
	for _, other := range f.byKind[s.kind] {
		if other != s && other.id == s.id && other.ours() {
			f.report(s, problem{
				code: "MG5005", keys: []string{"metadata", "name"},
				message:    fmt.Sprintf("is made by meshgen already, in delivery/: the cluster has one %s of that name", s.id.Kind),
				suggestion: "set metadata.name to another name, or remove the object",
			})
			return
		}
	}
}

// fluxOrder holds what a unit of Flux waits for against the units that are
// there: it waits for ever for one that nobody makes.
func fluxOrder(f *finder, s *subject) {
	parsePath("spec.dependsOn[]").maps(s.Value, nil, func(keys []string, m map[string]any) {
		namespace, name := s.named(m)
		at := below(keys, "name")
		switch {
		case namespace == s.id.Namespace && name == s.id.Name:
			f.report(s, problem{
				code: "MG5051", keys: at,
				message:    fmt.Sprintf("waits for itself in %s", field(at)),
				suggestion: fmt.Sprintf("remove %s", field(keys)),
			})
		case !f.exists(s.kind, namespace, name):
			f.missing(s, at, "MG5051", "", s.kind, namespace, name)
		}
	})
}

// fluxSource holds the source of a unit of Flux against those that are there.
func fluxSource(f *finder, s *subject) {
	for _, p := range []path{parsePath("spec.sourceRef"), parsePath("spec.chart.spec.sourceRef"), parsePath("spec.chartRef")} {
		p.maps(s.Value, nil, func(keys []string, m map[string]any) {
			kind := text(m, "kind") + "." + fluxSources
			namespace, name := s.named(m)
			if text(m, "kind") != "" && !f.exists(kind, namespace, name) {
				f.missing(s, below(keys, "name"), "MG5051", "", kind, namespace, name)
			}
		})
	}
}

// fluxValues holds the Secrets and ConfigMaps that a unit of Flux reads against
// those that are there.
func fluxValues(f *finder, s *subject) {
	for _, p := range []path{parsePath("spec.postBuild.substituteFrom[]"), parsePath("spec.valuesFrom[]")} {
		p.maps(s.Value, nil, func(keys []string, m map[string]any) {
			kind := text(m, "kind") + "."
			if optional, _ := m["optional"].(bool); !optional && kind != "." && !f.exists(kind, s.id.Namespace, text(m, "name")) {
				f.missing(s, below(keys, "name"), "MG5051", "", kind, s.id.Namespace, text(m, "name"))
			}
		})
	}
	for _, p := range []path{parsePath("spec.decryption.secretRef.name"), parsePath("spec.kubeConfig.secretRef.name"), parsePath("spec.secretRef.name")} {
		p.each(s.Value, nil, func(keys []string, v any) {
			if name, _ := v.(string); !f.exists("Secret.", s.id.Namespace, name) {
				f.missing(s, below(keys), "MG5051", "", "Secret.", s.id.Namespace, name)
			}
		})
	}
}

// project holds the project of an Argo CD Application against those that are
// there: Argo CD refuses an Application of another one.
func project(f *finder, s *subject) {
	const kind = "AppProject.argoproj.io"
	if name := object.String(s.Value, "spec", "project"); !f.exists(kind, s.id.Namespace, name) {
		f.missing(s, []string{"spec", "project"}, "MG5051", "", kind, s.id.Namespace, name)
	}
}

// ofEngine says whether gitops names an object of the engine's namespace.
func (f *finder) ofEngine(kind, namespace, name string) bool {
	g := f.mesh.GitOps
	if g == nil || g.Namespace != namespace {
		return false
	}
	switch kind {
	case "GitRepository":
		return g.Engine == "flux" && g.Source == name
	case "AppProject":
		return g.Project == name
	case "Secret":
		if g.Decryption != nil && g.Decryption.Secret == name {
			return true
		}
	}
	if g.Substitute != nil {
		for _, from := range g.Substitute.From {
			if from.Kind == kind && from.Name == name {
				return true
			}
		}
	}
	return false
}
