package overlay

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"sigs.k8s.io/kustomize/api/filters/patchjson6902"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/resource"

	"github.com/meshgen/meshgen/internal/object"
)

// kustomize applies one part of a patch to an object, by the code that
// kustomize's own patch transformer calls, and returns nil when the patch
// deletes the object. The transformer itself needs a whole kustomization, and
// every run of one reads kustomize's schemas anew.
func kustomize(p patch, part part, value map[string]any) (result map[string]any, err error) {
	defer func() {
		if r := recover(); r != nil {
			result, err = nil, fmt.Errorf("kustomize gives up: %v", r)
		}
	}()
	factory := resource.NewFactory(nil)
	target, err := factory.FromMap(value)
	if err != nil {
		return nil, err
	}
	if part.merge == nil {
		if err := operate(target, part.ops...); err != nil {
			return nil, err
		}
		return decode(target)
	}
	patches, err := factory.SliceFromBytes([]byte(p.text))
	if err != nil {
		return nil, err
	}
	if part.index >= len(patches) {
		return nil, errors.New("kustomize does not see the document")
	}
	merge := patches[part.index]
	if p.Target == nil {
		if err := target.ApplySmPatch(merge); err != nil {
			return nil, err
		}
		return decode(target)
	}
	m := resmap.New()
	if err := m.Append(target); err != nil {
		return nil, err
	}
	if err := m.ApplySmPatch(resource.MakeIdSet(m.Resources()), merge); err != nil {
		return nil, err
	}
	if m.Size() == 0 {
		return nil, nil
	}
	return decode(m.Resources()[0])
}

// operate applies JSON 6902 operations to a resource.
func operate(target *resource.Resource, ops ...operation) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("kustomize gives up: %v", r)
		}
	}()
	texts := make([][]byte, len(ops))
	for i, op := range ops {
		texts[i] = op.text
	}
	return target.ApplyFilter(patchjson6902.Filter{Patch: "[" + string(bytes.Join(texts, []byte(","))) + "]"})
}

// decode returns a resource as an object's value, or nil when it was deleted.
func decode(r *resource.Resource) (map[string]any, error) {
	if r.IsNilOrEmpty() {
		return nil, nil
	}
	text, err := r.MarshalJSON()
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value map[string]any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	object.Numbers(value)
	return value, nil
}

// explain says why a patch does not apply, in words of ours where we find the
// cause: kustomize's speak of its nodes.
func explain(part part, o object.Object, err error) *problem {
	p := &problem{code: "MG5012", suggestion: "compare the patch with the object that `meshgen render` writes without it"}
	var message string
	if part.merge == nil {
		message, p.keys = failingOperation(part.ops, o.Value)
	} else {
		message, p.keys = mismatch(part.merge, o.Value, nil)
	}
	if message == "" {
		message, _, _ = strings.Cut(err.Error(), "\n")
	}
	p.message = fmt.Sprintf("the patch does not apply to %s: %s", o.ID(), message)
	return p
}

// mismatch finds the first place where a strategic merge patch has another kind
// of value than the object.
func mismatch(patch, value map[string]any, at []string) (string, []string) {
	for _, key := range sortedKeys(patch) {
		have, ok := value[key]
		if !ok || have == nil || patch[key] == nil {
			continue
		}
		keys := append(append([]string{}, at...), key)
		p, isMap := patch[key].(map[string]any)
		h, hasMap := have.(map[string]any)
		_, isList := patch[key].([]any)
		_, hasList := have.([]any)
		if isMap && hasMap {
			if message, keys := mismatch(p, h, keys); message != "" {
				return message, keys
			}
			continue
		}
		if isMap != hasMap || isList != hasList {
			return fmt.Sprintf("%s is %s in the patch and %s in the object", strings.Join(keys, "."), describe(patch[key]), describe(have)), keys
		}
	}
	return "", nil
}
