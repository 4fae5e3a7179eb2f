package overlay

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// patch applies people's patches, in the order of their names, and returns the
// items that are left. A patch that has something wrong is left out as a whole.
func (b *Builder) patch(patches []model.Patch, items []item) ([]item, diag.List) {
	if len(patches) == 0 {
		return items, nil
	}
	b.kustomize.Lock()
	defer b.kustomize.Unlock()
	var list diag.List
	for _, p := range patches {
		parsed, problems := parsePatch(p)
		list = append(list, problems...)
		if len(problems) > 0 {
			continue
		}
		var more diag.List
		items, more = applyPatch(parsed, items)
		list = append(list, more...)
	}
	return items, list
}

// applyPatch applies one patch to the objects that it names.
func applyPatch(p patch, items []item) ([]item, diag.List) {
	var list diag.List
	after := slices.Clone(items)
	changed, warned := false, false
	for _, part := range p.parts {
		targets, wrong := p.targets(part, after)
		if wrong != nil {
			list = append(list, wrong.at(p.placeOf(part, wrong.keys...)))
			continue
		}
		var failed []*problem
		for _, i := range targets {
			result, wrong := applyTo(p, part, after[i])
			if wrong != nil {
				failed = append(failed, wrong)
				continue
			}
			if vain := replacesNothing(part, after[i].Object); vain != nil && !warned {
				list, warned = append(list, vain.at(p.placeOf(part, vain.keys...))), true
			}
			changed = changed || result.mark != after[i].mark
			after[i] = result
		}
		if len(failed) > 0 {
			first := p.once(failed)
			list = append(list, first.at(p.placeOf(part, first.keys...)))
		}
		after = slices.DeleteFunc(after, func(it item) bool { return it.Value == nil })
	}
	if list.HasErrors() {
		return items, list
	}
	if !changed {
		list = append(list, problem{
			code: "MG5013", severity: diag.Warning,
			message:    "the patch changes nothing: what it names is already as it says",
			suggestion: "remove " + p.Path,
		}.at(p.placeOf(p.parts[0])))
	}
	return after, list
}

// once makes one problem of those that one part of a patch has with the objects
// that it names: there is one thing to mend, however many they are.
func (p patch) once(failed []*problem) problem {
	first := *slices.MinFunc(failed, func(a, b *problem) int { return cmp.Compare(a.message, b.message) })
	more := len(failed) - 1
	if more == 0 {
		return first
	}
	objects := "objects"
	if more == 1 {
		objects = "object"
	}
	first.message = fmt.Sprintf("%s; it fails for %d more %s", first.message, more, objects)
	first.suggestion = fmt.Sprintf("narrow %s.target to the objects that the patch is for", p.Path)
	return first
}

// applyTo applies one part of a patch to one object. An object that the patch
// deletes comes back without a value.
func applyTo(p patch, part part, it item) (item, *problem) {
	value, err := kustomize(p, part, it.Value)
	if err != nil {
		return item{}, explain(part, it.Object, err)
	}
	if value == nil {
		it.Object = object.Object{Origin: it.Origin}
		it.mark++
		return it, nil
	}
	if dropped := swallowed(part, it.Object, value); dropped != nil {
		return item{}, dropped
	}
	before, err := it.YAML()
	if err != nil {
		return item{}, &problem{code: "MG5012", message: err.Error(), suggestion: "change the patch"}
	}
	after, err := object.Marshal(value)
	if err == nil && bytes.Equal(before, after) {
		return it, nil
	}
	patched := object.Object{Value: value, Origin: it.Origin}
	patched.Origin.Patches = append(slices.Clone(it.Origin.Patches), p.Name)
	if was, is := it.ID(), patched.ID(); was != is {
		return item{}, &problem{
			code: "MG5014", message: fmt.Sprintf("the patch turns %s into %s; what refers to the object would miss it", was, is),
			suggestion: "delete the object with $patch: delete, and add the other one to manifests",
		}
	}
	if _, was := inspect(it.Value); len(was) == 0 {
		if _, is := inspect(value); len(is) > 0 {
			is[0].message = fmt.Sprintf("after the patch, %s is refused: %s", it.ID(), is[0].message)
			is[0].keys = nil
			return item{}, &is[0]
		}
	}
	it.Object = patched
	it.mark++
	return it, nil
}
