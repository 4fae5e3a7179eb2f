// Package component is the one list of the chart releases that a mesh is made
// of. A component says when a cluster has it, and which values of its chart
// follow from the model; the person's raw values are laid over those.
//
// Every value is written out although the chart has the same default, where
// meshgen's own default decides: a new chart must not change a mesh in silence.
package component

import (
	"maps"

	"github.com/meshgen/meshgen/internal/model"
)

// Component is a kind of chart release.
type Component struct {
	// Chart is the chart's name; it names the component in docs too.
	Chart string

	// Releases returns the component's releases on a cluster: none, one, or
	// one a gateway.
	Releases func(m model.Mesh) []model.Release

	// Sources returns what the values of one of those releases follow from.
	// Whoever sets a value says so in the component's table in sources.go.
	Sources func(m model.Mesh, r model.Release) []source
}

// All returns the components, in the order in which Istio installs them:
// https://istio.io/latest/docs/ambient/install/helm/.
func All() []Component {
	return []Component{
		{Chart: "base", Releases: base, Sources: baseSources},
		{Chart: "istiod", Releases: istiod, Sources: istiodSources},
		{Chart: "cni", Releases: cni, Sources: cniSources},
		{Chart: "ztunnel", Releases: ztunnel, Sources: ztunnelSources},
		{Chart: "gateway", Releases: gateways, Sources: gatewaySources},
	}
}

// Releases returns all releases of a cluster, in the order of their installation.
func Releases(m model.Mesh) []model.Release {
	var releases []model.Release
	for _, c := range All() {
		releases = append(releases, c.Releases(m)...)
	}
	return releases
}

// release completes a release of a component that has its chart's name and runs
// in the root namespace.
func release(chart string, values, raw map[string]any) []model.Release {
	return []model.Release{{
		Component: chart, Chart: chart, Name: chart, Namespace: model.RootNamespace,
		Values: Merge(values, raw), Raw: raw, RawPath: "values." + chart,
	}}
}

// Merge returns a map with the values of over laid over those of under: maps
// are merged, anything else is replaced. Neither is changed.
func Merge(under, over map[string]any) map[string]any {
	merged := maps.Clone(under)
	if merged == nil {
		merged = map[string]any{}
	}
	for key, value := range over {
		below, ok := merged[key].(map[string]any)
		above, ok2 := value.(map[string]any)
		if ok && ok2 {
			merged[key] = Merge(below, above)
		} else {
			merged[key] = value
		}
	}
	return merged
}
