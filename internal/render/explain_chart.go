package render

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"strconv"

	"golang.org/x/sync/errgroup"

	"github.com/meshgen/meshgen/internal/component"
	"github.com/meshgen/meshgen/internal/fault"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// probe is one thing that a rendering depends on, and renderings in which it is
// another. The field depends on it when it is another in one of them.
type probe struct {
	cause  Cause
	others []rendering
}

// rendering is what a chart is rendered with.
type rendering struct {
	release    model.Release
	kubernetes model.Minor
}

// chartCauses explains a field of an object that a chart made: it renders the
// chart with each value taken out or changed.
func (e *explainer) chartCauses(ctx context.Context, o object.Object, f object.Field) ([]Cause, error) {
	releases := component.Releases(e.mesh)
	release := releases[slices.IndexFunc(releases, func(r model.Release) bool { return r.Component == o.Origin.Component })]
	if causes := keepCauses(o, f); len(causes) > 0 {
		return causes, nil
	}
	rendered, _, err := e.edition.renderer.Render(release, e.mesh.Cluster.Kubernetes)
	if err != nil {
		return nil, err
	}
	probes := e.probes(release)
	decides := make([]bool, len(probes))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(e.workers)
	for i, p := range probes {
		group.Go(fault.Guard(func() error {
			for _, other := range p.others {
				if err := ctx.Err(); err != nil {
					return err
				}
				// A chart that refuses the value has rendered the others: it
				// says nothing about the field.
				got, list, err := e.edition.renderer.Render(other.release, other.kubernetes)
				if err == nil && len(list) == 0 && differs(o, f, rendered, got) {
					decides[i] = true
					return nil
				}
			}
			return nil
		}))
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	var causes []Cause
	for i, p := range probes {
		if decides[i] {
			causes = addCause(causes, p.cause)
		}
	}
	if len(causes) == 0 {
		causes = []Cause{{By: ByChart, Reason: "no value of the release changes it"}}
	}
	return causes, nil
}

// keepCauses explains what keeps a namespace or a definition in the cluster, if
// the field is of that.
func keepCauses(o object.Object, f object.Field) []Cause {
	if len(f.Keys) != 3 || f.Keys[1] != "annotations" {
		return nil
	}
	if _, ok := object.KeepAnnotations()[f.Keys[2]]; !ok {
		return nil
	}
	switch o.Kind() {
	case "CustomResourceDefinition":
		return []Cause{{By: ByRule, Reason: "a definition stays in the cluster whatever happens to the repository, for deleting it deletes all objects of its kind"}}
	case "Namespace":
		return []Cause{{By: ByRule, Reason: "a namespace stays in the cluster whatever happens to the repository, for deleting it deletes all that it holds"}}
	}
	return nil
}

// addCause adds a cause; those that differ in their keys alone are one.
func addCause(causes []Cause, cause Cause) []Cause {
	for i, c := range causes {
		if c.By == cause.By && c.Path == cause.Path && c.Reason == cause.Reason {
			causes[i].Keys = append(causes[i].Keys, cause.Keys...)
			return causes
		}
	}
	return append(causes, cause)
}

// differs says whether the field is another in a second rendering. An object
// that is missing there says nothing about the field, unless it has only got
// another name.
func differs(o object.Object, f object.Field, first, second []object.Object) bool {
	there, ok := counterpart(o, first, second)
	if !ok {
		return false
	}
	value, ok := f.In(there.Value)
	return !ok || !reflect.DeepEqual(value, f.Value)
}

// counterpart returns the object in a second rendering that is the same: by its
// ID, or else the only one of its kind and template that the first has not.
func counterpart(o object.Object, first, second []object.Object) (object.Object, bool) {
	old := map[object.ID]bool{}
	for _, other := range first {
		old[other.ID()] = true
	}
	var fresh []object.Object
	for _, other := range second {
		switch {
		case other.ID() == o.ID():
			return other, true
		case !old[other.ID()] && other.Kind() == o.Kind() && other.Origin.Template == o.Origin.Template:
			fresh = append(fresh, other)
		}
	}
	if len(fresh) != 1 {
		return object.Object{}, false
	}
	return fresh[0], true
}

// probes returns all that a release's rendering depends on, its values in the
// order of their keys.
func (e *explainer) probes(release model.Release) []probe {
	minor := e.mesh.Cluster.Kubernetes
	raw := component.Leaves(release.Raw)
	var probes []probe
	for _, leaf := range component.Leaves(release.Values) {
		p := probe{cause: e.leafCause(release, raw, leaf)}
		for _, change := range []func(any) (any, bool){gone, another} {
			if values, ok := with(release.Values, leaf.Keys, change); ok {
				other := release
				other.Values = values.(map[string]any)
				p.others = append(p.others, rendering{other, minor})
			}
		}
		probes = append(probes, p)
	}
	name, namespace := component.ReleaseSources(release)
	renamed, moved := release, release
	renamed.Name += "x"
	moved.Namespace += "x"
	return append(probes,
		probe{e.sourceCause(name), []rendering{{renamed, minor}}},
		probe{e.sourceCause(namespace), []rendering{{moved, minor}}},
		probe{e.pathCause("cluster.kubernetes"), []rendering{{release, minor + 1}}})
}

// leafCause says where a value of a release comes from.
func (e *explainer) leafCause(release model.Release, raw []component.Leaf, leaf component.Leaf) Cause {
	var cause Cause
	if slices.ContainsFunc(raw, func(r component.Leaf) bool { return r.Key == leaf.Key }) {
		cause = e.pathCause(release.RawPath + "." + leaf.Key)
		cause.By = ByValues
	} else if source, ok := component.SourceOf(e.mesh, release, leaf.Key); ok {
		cause = e.sourceCause(source)
	} else {
		cause = Cause{By: ByRule, Reason: "meshgen sets it"}
	}
	cause.Keys = []string{leaf.Key}
	return cause
}

func (e *explainer) sourceCause(s component.Source) Cause {
	cause := Cause{By: ByRule}
	if s.Path != "" {
		cause = e.pathCause(s.Path)
	}
	cause.Reason = s.Rule
	return cause
}

// gone takes a value out.
func gone(any) (any, bool) { return nil, false }

// another returns another value of the same type, false if there is none that
// a chart could make sense of.
func another(v any) (any, bool) {
	switch v := v.(type) {
	case bool:
		return !v, true
	case string:
		return v + "x", true
	case int:
		return v + 1, true
	case int64:
		return v + 1, true
	case float64:
		return v + 1, true
	}
	return nil, false
}

// with returns a copy of a value in which the value at some keys is changed, or
// is gone where change returns false; false if nothing is left to try. An
// element of a list is never gone: those behind it would move up.
func with(v any, keys []string, change func(any) (any, bool)) (any, bool) {
	switch v := v.(type) {
	case map[string]any:
		copied := maps.Clone(v)
		if len(keys) > 1 {
			below, ok := with(v[keys[0]], keys[1:], change)
			copied[keys[0]] = below
			return copied, ok
		}
		if value, ok := change(v[keys[0]]); ok {
			copied[keys[0]] = value
		} else {
			delete(copied, keys[0])
		}
		return copied, true
	case []any:
		i, err := strconv.Atoi(keys[0])
		if err != nil {
			return nil, false
		}
		copied := slices.Clone(v)
		if len(keys) > 1 {
			below, ok := with(v[i], keys[1:], change)
			copied[i] = below
			return copied, ok
		}
		value, ok := change(v[i])
		copied[i] = value
		return copied, ok
	}
	return nil, false
}
