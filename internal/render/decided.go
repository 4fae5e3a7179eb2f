package render

import (
	"slices"

	"github.com/meshgen/meshgen/internal/component"
	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/fit"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
	"github.com/meshgen/meshgen/internal/overlay"
)

// decides returns what has the last word on a field of an object where that is no
// field of the intent: a patch, the manifest that holds the object, or a raw value
// of the chart's release. It is Explain's answer for what people write past the
// intent's fields, for so much less work that each finding of the fit may ask.
// What cannot be found out decides nothing.
func (e *explainer) decides(o object.Object, path string) (fit.Decider, bool) {
	f, err := object.Find(o.Value, path)
	if err != nil {
		return fit.Decider{}, false
	}
	if d, ok := e.patchDecides(o, f); ok {
		return d, true
	}
	if e.manifestOf(o) != nil {
		for _, c := range e.manifestCauses(o, f) {
			return fit.Decider{Path: c.Path, Position: *c.Position}, true
		}
		return fit.Decider{}, false
	}
	before, ok := e.before(o.ID())
	if !ok || before.Origin.Chart == "" {
		return fit.Decider{}, false
	}
	return e.valueDecides(before, f)
}

// patchDecides is decides for the patches that changed an object, the last first.
func (e *explainer) patchDecides(o object.Object, f object.Field) (fit.Decider, bool) {
	if len(o.Origin.Patches) == 0 {
		return fit.Decider{}, false
	}
	causes, err := e.patchCauses(o, f)
	if err != nil || len(causes) == 0 {
		return fit.Decider{}, false
	}
	d := fit.Decider{Path: causes[0].Path, Position: *causes[0].Position}
	for _, p := range e.mesh.Patches {
		if p.Path != d.Path {
			continue
		}
		switch step, ok := overlay.PatchPlace(p, o.ID(), f.Keys, f.Value); {
		case ok && step.Position.IsValid():
			d.Position = step.Position
		case ok:
			d.Position = e.intent.Position(step.Path)
		case p.File != "":
			d.Position = diag.Position{File: p.File, Line: 1, Column: 1}
		}
	}
	return d, true
}

// valueDecides is decides for the raw values of a release. Of several that change
// the field, the one that has its value is what a person would change.
func (e *explainer) valueDecides(o object.Object, f object.Field) (fit.Decider, bool) {
	releases := component.Releases(e.mesh)
	i := slices.IndexFunc(releases, func(r model.Release) bool { return r.Component == o.Origin.Component })
	if i < 0 || len(releases[i].Raw) == 0 {
		return fit.Decider{}, false
	}
	release, minor := releases[i], e.mesh.Cluster.Kubernetes
	rendered, _, err := e.edition.renderer.Render(release, minor)
	if err != nil {
		return fit.Decider{}, false
	}
	if !e.mayDecide(release, o, f, rendered) {
		return fit.Decider{}, false
	}
	var found fit.Decider
	for _, leaf := range component.Leaves(release.Raw) {
		if _, empty := leaf.Value.(map[string]any); empty {
			continue // it is laid over a map, and changes nothing
		}
		d := fit.Decider{Path: release.RawPath + "." + leaf.Key, Value: object.IsScalar(f.Value) && plainText(leaf.Value) == plainText(f.Value)}
		if found.Path != "" && !d.Value {
			continue
		}
		for _, change := range []func(any) (any, bool){another, gone} {
			values, ok := with(release.Values, leaf.Keys, change)
			if !ok {
				continue
			}
			other := release
			other.Values, _ = values.(map[string]any)
			got, list, err := e.edition.renderer.Render(other, minor)
			if err == nil && len(list) == 0 && differs(o, f, rendered, got) {
				found = d
				break
			}
		}
		if found.Value {
			break
		}
	}
	return found, found.Path != ""
}

// mayDecide says whether the raw values of a release, all changed at once, change a
// field, or whether that says nothing of it: most fields they leave alone, and then
// there is no need to change one after the other.
func (e *explainer) mayDecide(release model.Release, o object.Object, f object.Field, rendered []object.Object) bool {
	for _, change := range []func(any) (any, bool){another, gone} {
		other := release
		for _, leaf := range component.Leaves(release.Raw) {
			if _, empty := leaf.Value.(map[string]any); empty {
				continue
			}
			if values, ok := with(other.Values, leaf.Keys, change); ok {
				other.Values, _ = values.(map[string]any)
			}
		}
		got, list, err := e.edition.renderer.Render(other, e.mesh.Cluster.Kubernetes)
		if err != nil || len(list) > 0 {
			return true
		}
		if _, there := counterpart(o, rendered, got); !there || differs(o, f, rendered, got) {
			return true
		}
	}
	return false
}
