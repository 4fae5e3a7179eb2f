package load

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"slices"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/literal"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/object"
	"github.com/meshgen/meshgen/schema"
)

// Load reads clusters, in the order in which they are named. What the clusters
// of one call share is evaluated once; calls may run side by side, and the
// results of one call belong to one goroutine.
func (s *Source) Load(names []string) []Result {
	results := make([]Result, 0, len(names))
	var b *batch
	for _, name := range names {
		if b == nil {
			var err error
			if b, err = s.newBatch(false); err != nil {
				results = append(results, Result{Cluster: name, Diagnostics: diag.List{schemaFault(name, err)}})
				continue
			}
		}
		r, whole := s.watched(b, name)
		if !whole {
			b = nil // the context may be half evaluated
		}
		r.Diagnostics = r.Diagnostics.Locate(name, func(string) diag.Position { return diag.Position{} }).Sorted()
		results = append(results, r)
	}
	return results
}

// loadSafely loads a cluster and turns a panic inside CUE into a diagnostic.
func (s *Source) loadSafely(b *batch, name string) (r Result, whole bool) {
	defer func() {
		if p := recover(); p != nil {
			r = Result{Cluster: name, Diagnostics: diag.List{s.unevaluated(name, fmt.Sprint(p))}}
		}
	}()
	return s.loadSet(b, name), true
}

// unevaluated says that CUE itself failed on a cluster.
func (s *Source) unevaluated(cluster, what string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: codeOther, Severity: diag.Error, Cluster: cluster,
		Message:    "CUE fails on the files of this cluster: " + firstLine(what),
		Suggestion: "take out what was added last, and report it to meshgen's authors",
		Position:   diag.Position{File: path.Join(overlays, cluster)},
	}
}

// loadWith loads one cluster, with the changes of the batch. It also returns what
// people said, without the schema's defaults.
func (s *Source) loadWith(b *batch, name string) (r Result, person cue.Value) {
	r = Result{Cluster: name}
	folder := path.Join(overlays, name)
	if !slices.Contains(s.clusters, name) {
		d := diag.Diagnostic{
			Code: codeNoPackage, Severity: diag.Error, Cluster: name,
			Message:    fmt.Sprintf("there is no cluster %q in overlays/", name),
			Suggestion: "add " + folder + "/mesh.cue that begins with package mesh",
			Position:   diag.Position{File: folder},
		}
		if near := diag.Nearest(name, s.clusters); near != "" {
			d.Suggestion = "use " + near
		}
		r.Diagnostics = diag.List{d}
		return r, person
	}
	r.Diagnostics = strangers(s.lookAt(name))
	inst, problems := b.instance(name)
	if r.Diagnostics = append(r.Diagnostics, problems...); problems.HasErrors() {
		return r, person
	}
	value := b.ctx.BuildInstance(inst)
	if inst.Err != nil {
		b.explain(&r, inst, value)
		return r, person
	}
	if person = value; !closed(inst.Files) {
		person = b.definition("#Mesh").Unify(value)
	}
	if person.Validate(cue.Concrete(true)) != nil {
		b.explain(&r, inst, person)
		return r, person
	}
	x := newIndex(folder, inst, value)
	full, ok := b.complete(person, name)
	if !ok {
		b.explain(&r, inst, full)
		return r, person
	}
	mesh, text, err := decode(full)
	if err != nil {
		// CUE's numbers have no end, and those of the structs do.
		if !b.explain(&r, inst, full) {
			r.Diagnostics = append(r.Diagnostics, schemaFault(name, err))
		}
		return r, person
	}
	r.Intent = newIntent(*mesh, folder, x)
	if lost := lostTexts(r.Intent, text); len(lost) > 0 {
		r.Intent, r.Diagnostics = nil, append(r.Diagnostics, lost...)
		return r, person
	}
	r.Diagnostics = append(r.Diagnostics, s.nameOf(r.Intent, name)...)
	r.Diagnostics = append(r.Diagnostics, s.readHatches(r.Intent)...)
	return r, person
}

// closed says whether CUE has held all that the files say against #Mesh by
// itself: where one of them embeds it, and has embeddings close what is around
// them (cuelang.org/go/internal/cueexperiment, ExplicitOpen). To evaluate all of
// it a second time would double what loading takes.
func closed(files []*ast.File) bool {
	return slices.ContainsFunc(files, func(f *ast.File) bool {
		closes, embeds := false, false
		for _, decl := range f.Decls {
			switch decl := decl.(type) {
			case *ast.Attribute:
				name, body := decl.Split()
				closes = closes || name == "experiment" && body == "explicitopen"
			case *ast.EmbedDecl:
				embeds = embeds || isMesh(decl.Expr)
			}
		}
		return closes && embeds
	})
}

// isMesh says whether an expression is the schema's #Mesh, and nothing beside it.
func isMesh(x ast.Expr) bool {
	selector, ok := x.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	from, ok := selector.X.(*ast.Ident)
	if name, _, _ := ast.LabelName(selector.Sel); !ok || name != "#Mesh" {
		return false
	}
	spec, ok := from.Node.(*ast.ImportSpec) // which CUE has found for the name
	if !ok {
		return false
	}
	text, err := literal.Unquote(spec.Path.Value)
	return err == nil && ast.ParseImportPath(text).Path == schema.ImportPath
}

// definition returns a definition of the schema.
func (b *batch) definition(name string) cue.Value {
	return b.ctx.BuildInstance(b.schema).LookupPath(cue.ParsePath(name))
}

// complete lays what people said over the schema's defaults. Where that fails,
// the value it returns is the one that holds the errors.
func (b *batch) complete(person cue.Value, name string) (cue.Value, bool) {
	text, err := person.MarshalJSON()
	if err != nil {
		return person, false
	}
	data := b.ctx.CompileBytes(text)
	if at := cue.ParsePath("cluster.name"); !data.LookupPath(at).Exists() {
		data = data.FillPath(at, name)
	}
	defaults := b.ctx.BuildInstance(b.schema).LookupPath(cue.MakePath(cue.Hid("_defaults", schema.ImportPath)))
	full := defaults.Unify(data)
	if full.Validate(cue.Concrete(true)) != nil {
		return full, false
	}
	return full, true
}

// decode turns the resolved value into the structs of package intent, and into
// JSON.
func decode(full cue.Value) (*intent.Mesh, []byte, error) {
	text, err := full.MarshalJSON()
	if err != nil {
		return nil, nil, err
	}
	mesh, err := Decode(text)
	return mesh, text, err
}

// Decode reads a mesh with all defaults from JSON. A field that the structs of
// package intent lack is an error of meshgen's.
func Decode(text []byte) (*intent.Mesh, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	d.UseNumber()
	var m intent.Mesh
	if err := d.Decode(&m); err != nil {
		return nil, err
	}
	plainNumbers(&m)
	return &m, nil
}

// newIntent joins a mesh with the places of its values.
func newIntent(m intent.Mesh, folder string, x *index) *intent.Intent {
	return &intent.Intent{
		Mesh:     m,
		Folder:   folder,
		Position: func(path string) diag.Position { return x.positionOr(intent.Names(path)) },
		Name:     func(path string) diag.Position { return x.nameOr(intent.Names(path)) },
		Written:  func(path string) bool { return x.lookup(intent.Names(path)).Exists() },
	}
}

// nameOf reports a cluster.name that is not the folder's.
func (s *Source) nameOf(in *intent.Intent, folder string) diag.List {
	if in.Mesh.Cluster.Name == folder {
		return nil
	}
	return diag.List{{
		Code: codeClusterName, Severity: diag.Error, Path: "cluster.name",
		Message:    fmt.Sprintf("cluster.name is %q, and the cluster's folder is %s", in.Mesh.Cluster.Name, in.Folder),
		Suggestion: fmt.Sprintf("remove cluster.name, or set it to %q", folder),
		Position:   in.Position("cluster.name"),
	}}
}

// plainNumbers turns the numbers of free-form parts into int64 and float64, the
// types that other packages expect.
func plainNumbers(m *intent.Mesh) {
	for _, values := range []map[string]any{m.Values.Base, m.Values.Istiod, m.Values.CNI, m.Values.Ztunnel, m.MeshConfig} {
		object.Numbers(values)
	}
	for _, values := range m.Values.Gateways {
		object.Numbers(values)
	}
	for _, manifest := range m.Manifests {
		for _, o := range manifest.Objects {
			object.Numbers(o)
		}
	}
	budgets := []*intent.DisruptionBudget{m.ControlPlane.DisruptionBudget}
	for _, g := range m.Gateways {
		budgets = append(budgets, g.DisruptionBudget)
	}
	for _, b := range budgets {
		if b != nil {
			b.MinAvailable, b.MaxUnavailable = object.Numbers(b.MinAvailable), object.Numbers(b.MaxUnavailable)
		}
	}
}

// positionOr returns the position of a path; a cluster that says nothing near
// it is where its first file begins.
func (x *index) positionOr(names []string) diag.Position {
	if p := x.position(names); p.IsValid() {
		return p
	}
	return x.start
}

// nameOr returns where the name of a field was written, or what positionOr does.
func (x *index) nameOr(names []string) diag.Position {
	if p, ok := x.best(names); ok && p.name.IsValid() {
		return p.name
	}
	return x.positionOr(names)
}

// startOf returns where a cluster's own files begin: at the package clause of
// the first.
func startOf(folder string, files []*ast.File) diag.Position {
	for _, f := range files {
		if path.Dir(f.Filename) == folder {
			for _, d := range f.Decls {
				if p, ok := d.(*ast.Package); ok {
					return position(p.Pos())
				}
			}
		}
	}
	return diag.Position{File: folder}
}
