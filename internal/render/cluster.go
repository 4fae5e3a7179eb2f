package render

import (
	"fmt"

	"github.com/meshgen/meshgen/internal/chart"
	"github.com/meshgen/meshgen/internal/check"
	"github.com/meshgen/meshgen/internal/component"
	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/gitops"
	"github.com/meshgen/meshgen/internal/host"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/load"
	"github.com/meshgen/meshgen/internal/lock"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
	"github.com/meshgen/meshgen/internal/overlay"
	"github.com/meshgen/meshgen/internal/policy"
	"github.com/meshgen/meshgen/internal/resolve"
	"github.com/meshgen/meshgen/internal/tree"
)

// compiler is what all clusters of one compilation share.
type compiler struct {
	source   *load.Source
	charts   chart.Set
	renderer *chart.Renderer
	builder  *overlay.Builder
	version  string
}

// result is what one cluster compiled to. files is empty when the list has errors.
type result struct {
	name   string
	files  tree.Tree
	images []string
	list   diag.List
}

// cluster takes one loaded cluster through the stages. A stage that found
// errors does not end the way, so that one run reports every problem, except
// where what follows would only repeat them.
func (c *compiler) cluster(loaded load.Result) (result, error) {
	out := result{name: loaded.Cluster, list: loaded.Diagnostics}
	if loaded.Intent == nil {
		return out, nil
	}
	in := *loaded.Intent
	mesh, list := resolve.Mesh(in.Mesh)
	dangling := list.HasErrors() // and what names them is missing from the mesh
	out.list = append(append(out.list, list...), check.Run(mesh, in)...)

	var objects []object.Object
	for _, release := range component.Releases(mesh) {
		rendered, list, err := c.renderer.Render(release, mesh.Cluster.Kubernetes)
		if err != nil {
			return result{}, err
		}
		dangling = dangling || list.HasErrors()
		out.list = append(out.list, list...)
		objects = append(objects, rendered...)
	}
	if dangling {
		return out.located(in), nil
	}
	objects = append(objects, policy.Objects(mesh)...)
	hostFiles, err := host.Files(mesh)
	if err != nil {
		return result{}, err
	}
	built, list, err := c.builder.Build(overlay.Input{
		Mesh:     mesh,
		Objects:  objects,
		Host:     hostFiles,
		Delivery: func(layers []string) []object.Object { return gitops.Delivery(mesh, layers) },
	})
	if err != nil {
		return result{}, err
	}
	out.list = append(out.list, list...)
	if out.list.HasErrors() {
		return out.located(in), nil
	}
	out.images, out.files = images(built.Objects), built.Tree
	text, err := c.lock(mesh, built.Tree, out.images).Encode()
	if err != nil {
		return result{}, err
	}
	out.files[mesh.Cluster.Name+"/"+lock.Name] = text
	return out.located(in), nil
}

// located returns the result with each diagnostic at its place.
func (r result) located(in intent.Intent) result {
	r.list = r.list.Locate(r.name, in.Position)
	return r
}

// lock is what the cluster was made from, and what it was made into.
func (c *compiler) lock(m model.Mesh, files tree.Tree, images []string) lock.File {
	f := lock.File{
		Meshgen:    c.version,
		Schema:     c.source.SchemaDigest(),
		Istio:      m.Istio.Version,
		Kubernetes: fmt.Sprintf("1.%d", m.Cluster.Kubernetes),
		Charts:     map[string]lock.Chart{},
		Images:     images,
		Files:      map[string]string{},
	}
	for _, release := range component.Releases(m) {
		used := c.charts[release.Chart]
		f.Charts[release.Chart] = lock.Chart{Version: used.Version, Digest: used.Digest}
	}
	for path, content := range files {
		f.Files[path] = "sha256:" + tree.Digest(content)
	}
	return f
}

// warm renders what every cluster of the unnamed revision needs, and what takes
// longest on a cold start, while the intents are still being read.
func warm(r *chart.Renderer) error {
	_, _, err := r.Render(component.Releases(model.Mesh{})[0], 0)
	return err
}
