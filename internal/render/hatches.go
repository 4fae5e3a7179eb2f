package render

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/object"
	"github.com/meshgen/meshgen/internal/overlay"
	"github.com/meshgen/meshgen/internal/refs"
)

// refs holds the objects against each other, and traces to a patch or a manifest
// what would not be wrong without it: a patch that deletes a Deployment leaves
// a Service without pods, and the Service is not what has to be mended.
func (c *compiler) refs(b *built, whole bool) (diag.List, error) {
	found := refs.Objects(b.mesh, slices.Concat(b.overlay.Objects, b.delivery), whole)
	if len(found) == 0 || len(b.mesh.Patches)+len(b.mesh.Manifests) == 0 {
		return refs.Diagnostics(found), nil
	}
	t := tracer{compiler: c, built: b, whole: whole}
	t.steps, t.manifests = overlay.Steps(b.mesh)
	t.states = make([]*state, len(t.steps)+1)
	t.states[len(t.steps)] = &state{objects: b.overlay.Objects, found: found}
	return t.trace(found)
}

// tracer looks for the step of people's manifests and patches that brought
// something about.
type tracer struct {
	*compiler
	built     *built
	whole     bool
	steps     []overlay.Step
	manifests int      // how many of the steps are of manifests
	states    []*state // after so many steps, where that has been asked
}

// state is a cluster's objects, and what is wrong between them.
type state struct {
	objects []object.Object
	found   []refs.Finding
}

// value returns an object's value, nil if it is not there.
func (s *state) value(id object.ID) map[string]any {
	for _, o := range s.objects {
		if o.ID() == id {
			return o.Value
		}
	}
	return nil
}

// trace returns what is said of findings. What one step does to objects that
// it does not itself change is one mistake, however many objects are hit.
func (t *tracer) trace(found []refs.Finding) (diag.List, error) {
	var list diag.List
	hit := map[int][]refs.Finding{}
	for _, f := range found {
		step, err := t.cause(f)
		switch {
		case err != nil:
			return nil, err
		case step < 0:
			list = append(list, f.Diagnostic)
		case t.changes(step, f):
			s := t.lineOf(t.steps[step], f)
			d := f.Diagnostic
			d.Path, d.Position = s.Path, s.Position
			d.Message = s.Message(fmt.Sprintf("%s, as patch %q leaves it, %s", f.Object.ID(), s.Patch, f.Why))
			list = append(list, d)
		default:
			hit[step] = append(hit[step], f)
		}
	}
	for step := range t.steps {
		if len(hit[step]) > 0 {
			list = append(list, t.blame(step, hit[step]))
		}
	}
	return list, nil
}

// lineOf returns a step with the place of the line of its patch that brings the
// field of a finding, where the patch speaks of it.
func (t *tracer) lineOf(s overlay.Step, f refs.Finding) overlay.Step {
	for _, p := range t.built.mesh.Patches {
		if p.Path != s.Of || len(f.Keys) == 0 {
			continue
		}
		var value any
		if found, err := object.Find(f.Object.Value, f.Field); err == nil {
			value = found.Value
		}
		if at, ok := overlay.PatchPlace(p, f.Object.ID(), f.Keys, value); ok {
			return at
		}
	}
	return s
}

// changes says whether a step, of a patch, changes the object of a finding.
func (t *tracer) changes(step int, f refs.Finding) bool {
	id := f.Object.ID()
	return t.steps[step].Patch != "" && !reflect.DeepEqual(t.states[step].value(id), t.states[step+1].value(id))
}

// cause returns the index of the step that brings a finding about: without it
// nothing is wrong, with it something is. Where there are several such steps,
// one that is later undone and another, it is any of them. Below zero means that
// neither patches nor manifests have to do with it. What is wrong with an object
// of a manifest is said at the manifest.
func (t *tracer) cause(f refs.Finding) (int, error) {
	fine, wrong := t.manifests, len(t.steps)
	has, err := t.has(fine, f)
	if has && !strings.HasPrefix(f.Object.Origin.Component, "manifest-") {
		fine, wrong = 0, t.manifests
		has, err = t.has(fine, f)
	}
	if has || err != nil {
		return -1, err
	}
	for wrong-fine > 1 {
		middle := (fine + wrong) / 2
		has, err := t.has(middle, f)
		if err != nil {
			return -1, err
		}
		if has {
			wrong = middle
		} else {
			fine = middle
		}
	}
	return wrong - 1, nil
}

// has says whether a finding is there after so many steps.
func (t *tracer) has(steps int, f refs.Finding) (bool, error) {
	if t.states[steps] == nil {
		mesh := t.built.mesh
		mesh.Manifests, mesh.Patches = nil, nil
		if steps > 0 {
			mesh = t.steps[steps-1].Mesh
		}
		objects, err := t.builder.Objects(mesh, t.built.made)
		if err != nil {
			return false, err
		}
		t.states[steps] = &state{objects, refs.Objects(mesh, slices.Concat(objects, t.built.delivery), t.whole)}
	}
	return slices.ContainsFunc(t.states[steps].found, f.Same), nil
}

// blame says what a step does to objects that it does not change.
func (t *tracer) blame(step int, found []refs.Finding) diag.Diagnostic {
	slices.SortStableFunc(found, func(a, b refs.Finding) int { return strings.Compare(string(a.Severity), string(b.Severity)) }) // errors first
	s, what := t.steps[step], "manifest"
	if s.Patch != "" {
		what = "patch"
	}
	d := diag.Diagnostic{
		Code: "MG5017", Severity: found[0].Severity, Path: s.Path, Position: s.Position,
		Message:      s.Message(fmt.Sprintf("this %s is why %s", what, found[0].Message)),
		Suggestion:   "remove " + s.Of,
		Alternatives: []string{fmt.Sprintf("change %s, so that the two go together", enumerate(found))},
	}
	if way := found[0].Suggestion; found[0].Code == "MG5075" && strings.HasPrefix(way, "set "+s.Of+".layer ") {
		d.Suggestion, d.Alternatives = way, []string{"remove " + s.Of} // it comes too late, and that is all
	}
	told := map[string]bool{}
	for i, f := range found {
		if told[f.Code+about(f)] {
			continue // one field of it is enough
		}
		told[f.Code+about(f)] = true
		position := f.Position
		if !position.IsValid() && f.Path != "" && t.built.intent.Written(f.Path) {
			position = t.built.intent.Position(f.Path)
		}
		switch {
		case i > 0:
			d.Related = append(d.Related, diag.Note{Message: fmt.Sprintf("it is also why %s (%s)", f.Message, f.Code), Position: position})
		case position.IsValid():
			d.Related = append(d.Related, diag.Note{Message: fmt.Sprintf("%s comes from here (%s)", about(f), f.Code), Position: position})
		}
	}
	return d
}

// about names what a finding is about: an object, or a field of the intent that
// no object is made of.
func about(f refs.Finding) string {
	if f.Object.Value == nil {
		return f.Field
	}
	return f.Object.ID().String()
}

// enumerate names the objects of findings, the first few of them.
func enumerate(found []refs.Finding) string {
	var ids []string
	for _, f := range found {
		if id := about(f); !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	if len(ids) > 3 {
		ids = append(ids[:2:2], fmt.Sprintf("%d more", len(ids)-2))
	}
	if len(ids) == 1 {
		return ids[0]
	}
	return strings.Join(ids[:len(ids)-1], ", ") + " and " + ids[len(ids)-1]
}
