package render

import (
	"context"
	"reflect"
	"slices"

	"github.com/meshgen/meshgen/internal/component"
	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/load"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
	"github.com/meshgen/meshgen/internal/overlay"
	"github.com/meshgen/meshgen/internal/readonce"
)

// Query names an object of one cluster, and perhaps a field of it.
type Query struct {
	Cluster   string
	Kind      string // in any case; with the group behind a dot where that is needed
	Namespace string // empty for any
	Name      string
	Field     string // as diff prints it; empty for the object alone
}

// UnknownError says that a query names what is not there, or too little.
type UnknownError struct {
	Message    string
	Suggestion string // what to type, as an imperative; may be empty
}

// Error returns the message.
func (e *UnknownError) Error() string { return e.Message }

// Explain says what made an object of a cluster, and what decides a field of
// it. It does not guess: it compiles the cluster again without each of the
// values and patches that could have a say, and looks whether the field
// changes.
//
// When the intent has errors there is no explanation. The error is an
// *UnknownError when the query names nothing; otherwise meshgen failed.
func Explain(ctx context.Context, in Input, q Query) (Explanation, diag.List, error) {
	c, err := newCompiler(in.Version)
	if err != nil {
		return Explanation{}, nil, err
	}
	var list diag.List
	c.fsys = readonce.New(in.FS)
	c.source, list = load.Open(c.fsys)
	c.source.Watch = in.Watch
	b, err := c.whole(c.source.Load([]string{q.Cluster})[0], likely)
	if err != nil {
		return Explanation{}, nil, err
	}
	list = append(list, b.list...).Sorted()
	if list.HasErrors() {
		return Explanation{}, list, nil
	}
	e := &explainer{compiler: c, built: b, workers: max(1, in.Parallel)}
	if e.leaves, err = leavesOf(b.intent.Mesh); err != nil {
		return Explanation{}, nil, err
	}
	out, err := e.explain(ctx, q)
	return out, list, err
}

// explainer explains the objects of one cluster.
type explainer struct {
	*compiler
	built
	workers int
	leaves  []component.Leaf // of the intent, with the schema's defaults

	read map[string]map[object.ID][]object.Document // people's manifests, by name
}

func (e *explainer) explain(ctx context.Context, q Query) (Explanation, error) {
	o, err := e.find(q)
	if err != nil {
		return Explanation{}, err
	}
	id := o.ID()
	out := Explanation{
		Cluster: q.Cluster, Group: id.Group, Kind: id.Kind, Namespace: id.Namespace, Name: id.Name,
		Maker: e.maker(o), Patches: []Cause{},
	}
	if out.Layer, out.File, err = e.place(o); err != nil {
		return Explanation{}, err
	}
	for _, name := range o.Origin.Patches {
		out.Patches = append(out.Patches, e.patchCause(name))
	}
	if q.Field == "" {
		return out, nil
	}
	f, err := field(o, q.Field)
	if err != nil {
		return Explanation{}, err
	}
	causes, err := e.causes(ctx, o, f)
	if err != nil {
		return Explanation{}, err
	}
	out.Field = &ExplainedField{Path: f.Path, Value: f.Value, Causes: causes}
	if id.Kind == "Secret" && (f.Keys[0] == "data" || f.Keys[0] == "stringData") {
		out.Field.Value = "(hidden)"
	}
	return out, nil
}

// causes returns what decides a field, the last word first.
func (e *explainer) causes(ctx context.Context, o object.Object, f object.Field) ([]Cause, error) {
	causes, err := e.patchCauses(o, f)
	if err != nil {
		return nil, err
	}
	if e.manifestOf(o) != nil {
		below := e.manifestCauses(o, f)
		if len(below) == 0 {
			below = keepCauses(o, f)
		}
		if len(below) == 0 && len(causes) == 0 {
			below = []Cause{laidOut()}
		}
		return append(causes, below...), nil
	}
	var below []Cause
	switch before, here := e.before(o.ID()); {
	case !here:
		below = e.intentCauses(o, f) // the delivery's objects
	default:
		was, err := object.Find(before.Value, f.Path)
		switch {
		case err != nil && len(causes) == 0:
			below = []Cause{laidOut()}
		case err != nil: // the patch alone brings it
		case before.Origin.Chart == "":
			below = e.intentCauses(before, was)
		default:
			if below, err = e.chartCauses(ctx, before, was); err != nil {
				return nil, err
			}
		}
	}
	return append(causes, below...), nil
}

// laidOut is the cause of what is in a file and in no object before it.
func laidOut() Cause {
	return Cause{By: ByRule, Reason: "meshgen adds it when it lays the objects out, so that Flux replaces nothing but placeholders"}
}

// before returns an object as the charts and the policy made it.
func (e *explainer) before(id object.ID) (object.Object, bool) {
	i := slices.IndexFunc(e.made, func(o object.Object) bool { return o.ID() == id })
	if i < 0 {
		return object.Object{}, false
	}
	return e.made[i], true
}

// patchCauses returns the patches without which the field would be another.
func (e *explainer) patchCauses(o object.Object, f object.Field) ([]Cause, error) {
	causes := []Cause{}
	for _, name := range slices.Backward(o.Origin.Patches) {
		without, err := e.without(name)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(without.Objects, func(other object.Object) bool { return other.ID() == o.ID() })
		if i >= 0 {
			if value, ok := f.In(without.Objects[i].Value); ok && reflect.DeepEqual(value, f.Value) {
				continue
			}
		}
		causes = append(causes, e.patchCause(name))
	}
	return causes, nil
}

// without lays the objects out without one of the patches. A patch that builds
// on it is left out as well.
func (e *explainer) without(name string) (overlay.Output, error) {
	others := slices.DeleteFunc(slices.Clone(e.mesh.Patches), func(p model.Patch) bool { return p.Name == name })
	out, _, err := e.lay(&e.built, others)
	return out, err
}

func (e *explainer) patchCause(name string) Cause {
	cause := Cause{By: ByPatch}
	for _, p := range e.mesh.Patches {
		if p.Name == name {
			cause.Path, cause.Position, cause.File = p.Path, e.position(p.Path), p.File
		}
	}
	return cause
}
