package overlay

import (
	"fmt"
	"maps"
	"strconv"
	"strings"

	"github.com/meshgen/meshgen/internal/object"
)

// swallowed finds what a strategic merge patch says of a list's elements and
// the result does not have. kustomize, as kubectl, finds an element by its merge
// keys, which for ports are two: an element that gives one of them is dropped
// without a word, and with $patch: delete deletes nothing. The other keys of a
// patch are set whatever they are.
func swallowed(part part, was object.Object, result map[string]any) *problem {
	if part.merge == nil || result == nil {
		return nil
	}
	keys, element, beside := lost(part.merge, result, nil)
	if keys == nil {
		return nil
	}
	list := keys[:len(keys)-1]
	shown := fieldOf(keys)
	p := &problem{
		code: "MG5012", keys: keys,
		message:    fmt.Sprintf("the patch does not apply to %s: what it says of %s is dropped, for no element has just these keys", was.ID(), shown),
		suggestion: fmt.Sprintf("give %s all keys that tell the elements apart, as the object has them", shown),
	}
	if missing := absent(element, list[len(list)-1], beside); missing != "" {
		p.message = fmt.Sprintf("the patch does not apply to %s: what it says of %s is dropped, because elements of %s are told apart by %s too",
			was.ID(), shown, fieldOf(list), strings.SplitN(missing, ":", 2)[0])
		p.suggestion = fmt.Sprintf("add %s to %s of the patch", missing, shown)
	}
	return p
}

// fieldOf writes keys as people write a field: spec.ports[0].
func fieldOf(keys []string) string {
	var b strings.Builder
	for i, key := range keys {
		switch _, err := strconv.Atoi(key); {
		case err == nil:
			b.WriteString("[" + key + "]")
		case i > 0:
			b.WriteString("." + key)
		default:
			b.WriteString(key)
		}
	}
	return b.String()
}

// lost returns the keys of the first element of a list of maps in a patch that
// the value has not become, the element, and what the list holds instead; nil
// when there is none.
func lost(patch, value map[string]any, at []string) (keys []string, element map[string]any, beside []any) {
	for _, key := range sortedKeys(patch) {
		if strings.HasPrefix(key, "$") || patch["$patch"] != nil {
			continue
		}
		keys := append(append([]string{}, at...), key)
		switch said := patch[key].(type) {
		case map[string]any:
			is, _ := value[key].(map[string]any)
			if found, element, beside := lost(said, is, keys); found != nil {
				return found, element, beside
			}
		case []any:
			is, _ := value[key].([]any)
			for i, e := range said {
				element, ok := e.(map[string]any)
				if !ok || took(element, is) {
					continue
				}
				keys := append(keys, strconv.Itoa(i))
				if found, inner, beside := lost(element, called(element["name"], is), keys); found != nil {
					return found, inner, beside
				}
				return keys, element, is
			}
		}
	}
	return nil, nil, nil
}

// called returns the element of a list that has a name, or nil.
func called(name any, list []any) map[string]any {
	for _, e := range list {
		if is, ok := e.(map[string]any); ok && name != nil && object.Equal(is["name"], name) {
			return is
		}
	}
	return nil
}

// took says whether a list is as an element of a patch wants it: one element
// holds all that it says, or, where it deletes, none does.
func took(element map[string]any, list []any) bool {
	wanted := maps.Clone(element)
	directive, _ := wanted["$patch"].(string)
	delete(wanted, "$patch")
	if len(wanted) == 0 || directive == "replace" {
		return true
	}
	for _, e := range list {
		if is, ok := e.(map[string]any); ok && holds(wanted, is) {
			return directive != "delete"
		}
	}
	return directive == "delete"
}

// holds says whether a value has all that a patch says. What deletes, and what
// is empty, is taken for done.
func holds(said, is any) bool {
	switch said := said.(type) {
	case nil:
		return true
	case map[string]any:
		values, ok := is.(map[string]any)
		if !ok {
			return len(said) == 0
		}
		for key, v := range said {
			if !strings.HasPrefix(key, "$") && !holds(v, values[key]) {
				return false
			}
		}
		return true
	case []any:
		values, ok := is.([]any)
		if !ok {
			return len(said) == 0
		}
		for _, e := range said {
			if element, isMap := e.(map[string]any); isMap && !took(element, values) {
				return false
			}
		}
		return true
	}
	return fmt.Sprint(said) == fmt.Sprint(is)
}

// absent returns the protocol, as a key with its value, that an element of a
// list of ports lacks and those beside it have, or "".
func absent(element map[string]any, list string, beside []any) string {
	if list != "ports" || element["protocol"] != nil {
		return ""
	}
	for _, e := range beside {
		if is, ok := e.(map[string]any); ok && samePort(element, is) && is["protocol"] != nil {
			return fmt.Sprintf("protocol: %v", is["protocol"])
		}
	}
	return "protocol: TCP"
}

// samePort says whether two elements of a list of ports are of one number.
func samePort(a, b map[string]any) bool {
	for _, key := range []string{"port", "containerPort"} {
		if a[key] != nil && fmt.Sprint(a[key]) == fmt.Sprint(b[key]) {
			return true
		}
	}
	return false
}
