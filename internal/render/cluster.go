package render

import (
	"bytes"
	"fmt"
	"io/fs"
	"slices"
	"sync"

	"github.com/meshgen/meshgen/internal/chart"
	"github.com/meshgen/meshgen/internal/check"
	"github.com/meshgen/meshgen/internal/component"
	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/fit"
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
	"github.com/meshgen/meshgen/internal/validate"
)

// compiler is what all clusters of one compilation share.
type compiler struct {
	fsys      fs.FS
	source    *load.Source
	charts    chart.Set // the built-in ones
	renderer  *chart.Renderer
	builder   *overlay.Builder
	validator *validate.Validator
	version   string
	schema    string // the schema's digest
	editions  editions
	trials    bool // advice of the fit is tried on whole clusters, see Around.Try

	mu     sync.Mutex
	shared map[string]digested // the files that clusters share, by path
}

// digested is a file's content and its digest.
type digested struct {
	content []byte
	digest  string
}

// newCompiler returns a compiler that has no source yet. An error is meshgen's
// own fault.
func newCompiler(version string) (*compiler, error) {
	charts, err := chart.Builtin()
	if err != nil {
		return nil, err
	}
	return &compiler{charts: charts, renderer: chart.NewRenderer(charts), builder: &overlay.Builder{}, validator: validate.New(), version: version, shared: map[string]digested{}}, nil
}

// result is what one cluster compiled to. files is empty when the list has errors.
type result struct {
	name   string
	files  tree.Tree
	images []string
	charts []Chart
	plan   *Plan // nil when the cluster did not come as far
	list   diag.List

	blocked bool // it has errors that there is a way past
	past    past // the way, while it is kept
}

// built is one cluster that has been through the stages. The overlay is empty
// when names lead nowhere or a chart refused its values.
type built struct {
	intent   intent.Intent
	mesh     model.Mesh
	edition  *edition
	made     []object.Object // by charts and policy, before the overlay
	delivery []object.Object
	host     tree.Tree
	overlay  overlay.Output
	plan     *Plan
	tight    bool     // a smaller automatic size might fit where this does not
	roomy    []string // components whose automatic size could be more than it is
	list     diag.List
}

// stages takes one loaded cluster through the stages. A stage that found errors
// does not end the way, so that one run reports every problem, except where
// what follows would only repeat them.
//
// Size "auto" takes what is comfortable where it fits. Where it does not, the
// cluster goes through the stages once more with what is needed, and where some
// components can have more beside the others, a last time with that.
func (c *compiler) stages(loaded load.Result, how advice) (built, error) {
	out, err := c.attempt(loaded, resolve.Options{}, how)
	if err != nil || !out.tight {
		return out, err
	}
	least, err := c.attempt(loaded, resolve.Options{Auto: resolve.Need}, how)
	if err != nil || len(least.roomy) == 0 {
		return least, err
	}
	out, err = c.attempt(loaded, resolve.Options{Auto: resolve.Need, Roomy: least.roomy}, how)
	if err != nil || out.tight { // what is tried for it is searched less than what is asked at last
		return least, err
	}
	return out, nil
}

// attempt takes one loaded cluster through the stages, with one choice for size "auto".
func (c *compiler) attempt(loaded load.Result, options resolve.Options, how advice) (built, error) {
	out := built{list: loaded.Diagnostics}
	if loaded.Intent == nil {
		return out, nil
	}
	out.intent = *loaded.Intent
	mesh, list := resolve.Mesh(out.intent.Mesh, options)
	out.mesh = mesh
	dangling := list.HasErrors() // and what names them is missing from the mesh
	out.list = append(append(out.list, list...), c.check(mesh, out.intent)...)
	out.edition, list = c.editionFor(mesh)
	out.list = append(out.list, list...)

	for _, release := range component.Releases(mesh) {
		rendered, list, err := out.edition.renderer.Render(release, mesh.Cluster.Kubernetes)
		if err != nil {
			return built{}, err
		}
		dangling = dangling || list.HasErrors()
		out.list = append(out.list, list...)
		out.made = append(out.made, rendered...)
	}
	if !dangling {
		out.made = append(out.made, policy.Objects(mesh)...)
		var err error
		if out.host, err = host.Files(mesh); err != nil {
			return built{}, err
		}
		out.overlay, list, err = c.lay(&out, mesh.Patches)
		if err != nil {
			return built{}, err
		}
		if list, err = out.placeholders(list); err != nil {
			return built{}, err
		}
		e := &explainer{compiler: c, built: out, workers: 1}
		out.list = append(append(out.list, list...), e.unpinned()...)
		others, err := e.otherReleases()
		if err != nil {
			return built{}, err
		}
		out.list = append(out.list, others...)
		invalid, err := c.validate(&out)
		if err != nil {
			return built{}, err
		}
		out.list = append(out.list, invalid...)
		between, err := c.refs(&out, !list.HasErrors())
		if err != nil {
			return built{}, err
		}
		out.list = append(out.list, between...)
		e.built = out
		report, list := fit.Check(mesh, out.overlay.Objects, e.around(loaded, how))
		out.plan, out.list = &Plan{Cluster: loaded.Cluster, Platform: mesh.Cluster.Platform, Kubernetes: mesh.Cluster.Kubernetes, Mode: mesh.Mode, Report: report}, append(out.list, placeFit(list, out.list, out.intent)...)
		out.tight, out.roomy = report.Tight, report.Roomy
	}
	out.list = withoutConsequences(out.list, out.intent.Mesh).Locate(loaded.Cluster, out.intent.Position)
	return out, nil
}

// check holds the mesh against the checks. Whoever asks what another mode would
// cost has not taken out the fields that belong to this one: they are no mistake.
func (c *compiler) check(m model.Mesh, in intent.Intent) diag.List {
	list := check.Run(m, in)
	if slices.ContainsFunc(c.source.Set, func(s Setting) bool { return s.Path == "mode" }) {
		list = slices.DeleteFunc(list, func(d diag.Diagnostic) bool { return d.Code == "MG3005" })
	}
	return list
}

// lay makes the overlay of what has been built, with some patches.
func (c *compiler) lay(b *built, patches []model.Patch) (overlay.Output, diag.List, error) {
	mesh := b.mesh
	mesh.Patches = patches
	return c.builder.Build(overlay.Input{
		Mesh:    mesh,
		Objects: b.made,
		Host:    b.host,
		Delivery: func(layers []string) []object.Object {
			b.delivery = gitops.Delivery(mesh, layers)
			return b.delivery
		},
	})
}

// cluster compiles one loaded cluster.
func (c *compiler) cluster(loaded load.Result) (result, error) {
	b, err := c.whole(loaded, tried)
	out := result{name: loaded.Cluster, plan: b.plan, list: b.list}
	if err != nil || b.list.HasErrors() {
		out.past = c.past(loaded, b)
		out.blocked = out.past != nil
		return out, err
	}
	out.images, out.files = images(b.overlay.Objects), b.overlay.Tree
	out.charts = chartsOf(b.mesh, b.edition)
	text, err := c.lock(b, out.images).Encode()
	if err != nil {
		return result{}, err
	}
	out.files[b.mesh.Cluster.Name+"/"+lock.Name] = text
	return out, nil
}

// lock is what the cluster was made from, and what it was made into.
func (c *compiler) lock(b built, images []string) lock.File {
	m, made := b.mesh, b.overlay
	f := lock.File{
		Meshgen:    c.version,
		Schema:     c.schema,
		Istio:      m.Istio.Version,
		Kubernetes: fmt.Sprintf("1.%d", m.Cluster.Kubernetes),
		Charts:     map[string]lock.Chart{},
		Images:     images,
		Files:      map[string]string{},
	}
	for _, release := range component.Releases(m) {
		used := b.edition.set[release.Chart]
		f.Charts[release.Chart] = lock.Chart{Version: used.Version, Digest: used.Digest}
	}
	for _, z := range m.Sizings {
		f.Sizes = append(f.Sizes, lock.Size{
			Path: z.Path, Size: string(z.Size), Requests: lock.Resources(z.Resources.Requests), Limits: lock.Resources(z.Resources.Limits), Reason: z.Reason,
		})
	}
	for path, content := range made.Tree {
		if slices.Contains(made.SharedFiles, path) {
			f.Files[path] = c.sharedDigest(path, content)
		} else {
			f.Files[path] = lock.Digest(content)
		}
	}
	return f
}

// sharedDigest returns the digest of a file that clusters share. The CRDs are
// most of a cluster's bytes, and nearly always the very slice that the last
// cluster had, so that to compare is to look at an address.
func (c *compiler) sharedDigest(path string, content []byte) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	known, ok := c.shared[path]
	if !ok || !bytes.Equal(known.content, content) {
		known = digested{content, lock.Digest(content)}
		c.shared[path] = known
	}
	return known.digest
}

// warm renders what every cluster of the unnamed revision needs, and what takes
// longest on a cold start, while the intents are still being read.
func warm(r *chart.Renderer) error {
	_, _, err := r.Render(component.Releases(model.Mesh{})[0], 0)
	return err
}
