package render

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/object"
	"github.com/meshgen/meshgen/internal/validate"
)

// broken gives a diagnostic the place of the patch without which the object would
// not have what is found, the last of several: a patch may spoil a field that it
// does not name, such as a request with a limit below it. False means that it is
// there without each of them.
func (e *explainer) broken(d *diag.Diagnostic, f validate.Finding) (bool, error) {
	id := f.Object.ID()
	for _, name := range slices.Backward(f.Object.Origin.Patches) {
		without, err := e.without(name)
		if err != nil {
			return false, err
		}
		i := slices.IndexFunc(without.Objects, func(o object.Object) bool { return o.ID() == id })
		if i < 0 {
			continue // it is of an object that a patch before it has renamed
		}
		findings, err := e.validator.Objects(e.mesh, without.Objects)
		if err != nil {
			return false, err
		}
		if slices.ContainsFunc(findings, func(o validate.Finding) bool {
			return o.Object.ID() == id && o.Code == f.Code && o.Path == f.Path
		}) {
			continue
		}
		cause := e.patchCause(name)
		d.Path, d.Position = cause.Path, *cause.Position
		d.Message = fmt.Sprintf("after the patch, %s", d.Message)
		d.Suggestion += fmt.Sprintf(" in what %s makes of it", cause.Path)
		if at, ok := nearestChange(without.Objects[i].Value, f.Object.Value, nearestField(f).Keys); ok {
			e.inPatch(d, cause.Path, id, at)
		}
		return true, nil
	}
	return false, nil
}

// nearestChange returns the field that a patch gave another value and that has most
// of the way in common with some keys; the first of several.
func nearestChange(before, after map[string]any, keys []string) (object.Field, bool) {
	var best object.Field
	most := -1
	for _, f := range changed(before, after, nil) {
		n := 0
		for n < len(keys) && n < len(f.Keys) && keys[n] == f.Keys[n] {
			n++
		}
		if n > most {
			best, most = f, n
		}
	}
	return best, most >= 0
}

// changed returns the fields whose values are others or new, without their paths,
// in the order of their keys.
func changed(before, after any, keys []string) []object.Field {
	if reflect.DeepEqual(before, after) {
		return nil
	}
	below := func(key string) []string { return append(slices.Clone(keys), key) }
	var fields []object.Field
	switch now := after.(type) {
	case map[string]any:
		was, ok := before.(map[string]any)
		if !ok {
			break
		}
		for _, key := range slices.Sorted(maps.Keys(now)) {
			fields = append(fields, changed(was[key], now[key], below(key))...)
		}
		return fields
	case []any:
		was, ok := before.([]any)
		if !ok || len(was) != len(now) {
			break
		}
		for i := range now {
			fields = append(fields, changed(was[i], now[i], below(strconv.Itoa(i)))...)
		}
		return fields
	}
	return []object.Field{{Keys: keys, Value: after}}
}
