package render

import (
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/meshgen/meshgen/internal/component"
	"github.com/meshgen/meshgen/internal/fault"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/object"
	"github.com/meshgen/meshgen/internal/policy"
	"github.com/meshgen/meshgen/internal/resolve"
)

// maxDeciding is how many values of the intent are named as what decides a
// field. What more decide is a large part of the object, and follows from all
// that stands where the object was asked for.
const maxDeciding = 3

// probedCauses returns what of the intent decides a field of an object that no
// chart made: the values below the path that asked for the object with which the
// field changes when they do, and the names of maps likewise.
func (e *explainer) probedCauses(o object.Object, f object.Field) []Cause {
	values, err := valuesOf(e.intent.Mesh)
	if err != nil {
		return nil
	}
	first, ok := e.policyWith(values)
	if !ok {
		return nil
	}
	// What makes the field another says more than what makes it go, and of those
	// what somebody wrote more than a default.
	var changes, written, rest []Cause
	for _, leaf := range e.leaves {
		if !below(leaf.Key, o.Origin.Path) {
			continue
		}
		cause, goes, decides := e.pathCause(leaf.Key), true, false
		for _, change := range e.changes(leaf) {
			changed, ok := with(values, leaf.Keys, change)
			if !ok {
				continue
			}
			got, ok := e.policyWith(changed)
			if !ok || !differs(o, f, first, got) {
				continue
			}
			decides = true
			if other, ok := counterpart(o, first, got); ok {
				_, there := f.In(other.Value)
				goes = goes && !there
			}
		}
		switch {
		case !decides:
		case !goes:
			changes = append(changes, cause)
		case cause.By == ByIntent:
			written = append(written, cause)
		default:
			rest = append(rest, cause)
		}
	}
	for _, causes := range [][]Cause{changes, written, rest} {
		if len(causes) > maxDeciding {
			return nil
		}
		if len(causes) > 0 {
			return causes
		}
	}
	return nil
}

// changes returns ways in which a value of the intent could be another: another
// of those that the language gives to choose from, any other, none.
func (e *explainer) changes(leaf component.Leaf) []func(any) (any, bool) {
	var ways []func(any) (any, bool)
	for _, choice := range e.source.Choices(leaf.Key) {
		if text, ok := leaf.Value.(string); ok && text != choice {
			ways = append(ways, func(any) (any, bool) { return choice, true })
		}
	}
	return append(ways, another, gone)
}

// policyWith returns the objects that no chart makes, with other values of the
// intent; false if nothing can be made of them.
func (e *explainer) policyWith(values any) (objects []object.Object, ok bool) {
	in, ok := remade(e.intent, values)
	if !ok {
		return nil, false
	}
	err := fault.Guard(func() error {
		mesh, _ := resolve.Mesh(in.Mesh)
		objects = policy.Objects(mesh)
		return nil
	})()
	return objects, err == nil
}

// ofName says whether a finding about a field speaks of the field's name, such as
// a label's or a header's, as opposed to its value.
func ofName(name, message string) bool {
	return strings.Contains(message, strconv.Quote(name))
}

// named returns the path of a value of the intent whose name stands in a finding
// about a field: the name of a map's field may be a text in the object.
func (e *explainer) named(o object.Object, f object.Field, message string) (string, bool) {
	texts := []string{lastName(f.Keys)}
	if text, ok := f.Value.(string); ok {
		texts = append(texts, text)
	}
	for _, leaf := range e.leaves {
		if !below(leaf.Key, o.Origin.Path) {
			continue
		}
		for n, name := range slices.Backward(leaf.Keys) {
			if slices.Contains(texts, name) && ofName(name, message) && !reflect.DeepEqual(leaf.Value, name) {
				if at := intent.JoinIndexes("", leaf.Keys[:n+1]); below(at, o.Origin.Path) && at != o.Origin.Path {
					return at, true
				}
			}
		}
	}
	return "", false
}
