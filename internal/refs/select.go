package refs

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/object"
)

// selector is a label selector: plain labels, and expressions as LabelSelector
// of k8s.io/apimachinery has them.
type selector struct {
	labels      map[string]any
	expressions []any
}

// labelSelector reads a LabelSelector.
func labelSelector(m map[string]any) selector {
	return selector{object.Map(m, "matchLabels"), object.List(m, "matchExpressions")}
}

// isEmpty says whether the selector has nothing in it, and so selects all.
func (s selector) isEmpty() bool { return len(s.labels) == 0 && len(s.expressions) == 0 }

// matches says whether the selector selects what has the labels.
func (s selector) matches(labels map[string]any) bool {
	for key, want := range s.labels {
		if have, ok := labels[key]; !ok || !object.Equal(have, want) {
			return false
		}
	}
	for _, e := range s.expressions {
		m, _ := e.(map[string]any)
		have, there := labels[text(m, "key")]
		in := there && object.Has(object.List(m, "values"), have)
		ok := true
		switch text(m, "operator") {
		case "In":
			ok = in
		case "NotIn":
			ok = !in
		case "Exists":
			ok = there
		case "DoesNotExist":
			ok = !there
		}
		if !ok {
			return false
		}
	}
	return true
}

// String writes the selector as kubectl's -l takes it.
func (s selector) String() string {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(s.labels)) {
		parts = append(parts, fmt.Sprintf("%s=%v", key, s.labels[key]))
	}
	for _, e := range s.expressions {
		m, _ := e.(map[string]any)
		var values []string
		for _, v := range object.List(m, "values") {
			values = append(values, fmt.Sprint(v))
		}
		key, list := text(m, "key"), strings.Join(values, ",")
		switch text(m, "operator") {
		case "In":
			parts = append(parts, fmt.Sprintf("%s in (%s)", key, list))
		case "NotIn":
			parts = append(parts, fmt.Sprintf("%s notin (%s)", key, list))
		case "Exists":
			parts = append(parts, key)
		case "DoesNotExist":
			parts = append(parts, "!"+key)
		}
	}
	return strings.Join(parts, ",")
}
