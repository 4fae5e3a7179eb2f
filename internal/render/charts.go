package render

import (
	"fmt"
	"io/fs"
	"slices"
	"sync"

	"github.com/meshgen/meshgen/internal/chart"
	"github.com/meshgen/meshgen/internal/component"
	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/model"
)

// edition is the charts of one Istio release, and what they rendered.
type edition struct {
	set      chart.Set
	renderer *chart.Renderer
	list     diag.List // what is wrong with the charts
	own      bool      // the repository's
}

// editions are the releases that clusters ask for, each read once.
type editions struct{ known sync.Map }

// editionFor returns the charts that a cluster is rendered from, and what is
// wrong with those that it asks for. The built-in ones take their place then, so
// that what is wrong with the rest comes to light in the same run.
func (c *compiler) editionFor(m model.Mesh) (*edition, diag.List) {
	e := c.editionOf(m.Istio.Version)
	list := slices.Concat(e.list, e.absent(m))
	if len(list) > 0 {
		e = &edition{set: c.charts, renderer: c.renderer}
	}
	return e, list
}

// editionOf returns the charts of a release. Where the repository has none, they are
// the built-in ones.
func (c *compiler) editionOf(version string) *edition {
	read, _ := c.editions.known.LoadOrStore(version, sync.OnceValue(func() *edition {
		set, list := chart.Repository(c.fsys, version)
		if set == nil {
			return &edition{set: c.charts, renderer: c.renderer, list: list}
		}
		return &edition{set: set, renderer: chart.NewRenderer(set), own: true}
	}))
	return read.(func() *edition)()
}

// absent reports the charts that the cluster needs and the repository lacks of
// a release, of which it has others.
func (e *edition) absent(m model.Mesh) diag.List {
	var list diag.List
	var said []string
	for _, release := range component.Releases(m) {
		if _, ok := e.set[release.Chart]; ok || slices.Contains(said, release.Chart) {
			continue
		}
		said = append(said, release.Chart)
		list = append(list, diag.Diagnostic{
			Code: "MG4020", Severity: diag.Error, Path: "istio.version",
			Message:    fmt.Sprintf("charts/%s has no chart %s, which the cluster needs", m.Istio.Version, release.Chart),
			Suggestion: fmt.Sprintf("run helm pull %s --version %s from Istio's charts, and meshgen charts add %s-%s.tgz", release.Chart, m.Istio.Version, release.Chart, m.Istio.Version),
		})
	}
	return list
}

// Chart is a chart that a cluster is rendered from.
type Chart struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Source  string `json:"source"` // "built in", or the folder below the repository
	Digest  string `json:"digest"` // of its files, as in meshgen.lock
}

// chartsOf are the charts that a cluster is rendered from, in the order in which
// Istio installs them.
func chartsOf(m model.Mesh, e *edition) []Chart {
	var list []Chart
	for _, release := range component.Releases(m) {
		used := e.set[release.Chart]
		c := Chart{Name: used.Name, Version: used.Version, Source: "built in", Digest: used.Digest}
		if e.own {
			c.Source = chart.Folder + "/" + used.Version + "/" + used.Name
		}
		if !slices.Contains(list, c) {
			list = append(list, c)
		}
	}
	return list
}

// ChartSource is a chart that somebody wants to add to a repository.
type ChartSource = chart.Source

// ChartAddition is what adding charts would write.
type ChartAddition = chart.Addition

// MaxArchive is the most bytes of a chart's archive.
const MaxArchive = chart.MaxArchive

// AddCharts says what has to be written for a repository to hold charts; see
// chart.Add. It writes nothing.
func AddCharts(repository fs.FS, sources []ChartSource, replace bool) (ChartAddition, diag.List, error) {
	return chart.Add(repository, sources, replace)
}
