package chart

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

// mistakes is how many refusals of one release are reported: each is looked for
// with dozens of renderings.
const mistakes = 5

// blame says what a person's raw values have wrong where a chart refuses them,
// at the deepest value that decides it. The chart's schema names the value; a
// template does not, so the release is rendered without one value after the
// other. What is found is taken out, so that the next mistake comes to light.
func (r *Renderer) blame(c *Chart, release model.Release, kubernetes model.Minor, refused *refusal) diag.List {
	var list diag.List
	report := func(keys []string, message string) {
		path := intent.JoinIndexes(release.RawPath, keys)
		if i := strings.LastIndex(message, ">: "); i >= 0 && len(keys) > 0 { // where in the template it stopped helps nobody who writes values
			message = message[i+len(">: "):]
		}
		list = append(list, diag.Diagnostic{
			Code: "MG4002", Severity: diag.Error, Path: path,
			Message:    fmt.Sprintf("chart %s refuses the values: %s", c.Name, strings.TrimPrefix(intent.JoinIndexes("", keys)+": "+message, ": ")),
			Suggestion: fmt.Sprintf("compare %s with the chart's values.yaml", path),
		})
	}
	for range mistakes {
		if len(refused.found) > 0 {
			for _, f := range refused.found {
				report(f.keys, f.message)
			}
			return list
		}
		keys := r.culprit(c, release, kubernetes, refused)
		if len(keys) == 0 && c.folder != "" {
			return append(list, c.broken(refused)...)
		}
		report(keys, refused.message)
		if len(keys) == 0 {
			return list
		}
		release.Values, release.Raw = dropped(release.Values, keys), dropped(release.Raw, keys)
		if _, err := r.render(c, release, kubernetes); !errors.As(err, &refused) {
			return list
		}
	}
	return list
}

// culprit returns the keys of the deepest raw value without which the chart
// would not refuse the release, or would refuse it for another reason.
func (r *Renderer) culprit(c *Chart, release model.Release, kubernetes model.Minor, refused *refusal) []string {
	var keys []string
	for {
		next := ""
		for _, key := range keysBelow(release.Raw, keys) {
			without := release
			without.Values = dropped(release.Values, append(slices.Clone(keys), key))
			_, err := r.render(c, without, kubernetes)
			var other *refusal
			if err == nil { // this one, whatever the others do
				next = key
				break
			}
			if errors.As(err, &other) && reason(other) != reason(refused) && next == "" {
				next = key
			}
		}
		if next == "" {
			return keys
		}
		keys = append(keys, next)
	}
}

var digits = regexp.MustCompile(`[0-9]+`)

// reason is a refusal without its line numbers, which move with what stands above.
func reason(r *refusal) string { return digits.ReplaceAllString(r.message, "") }

// keysBelow returns the keys or indexes of what stands at some keys, in order.
func keysBelow(v any, keys []string) []string {
	for _, key := range keys {
		switch w := v.(type) {
		case map[string]any:
			v = w[key]
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i >= len(w) {
				return nil
			}
			v = w[i]
		default:
			return nil
		}
	}
	switch v := v.(type) {
	case map[string]any:
		return slices.Sorted(maps.Keys(v))
	case []any:
		indexes := make([]string, len(v))
		for i := range v {
			indexes[i] = strconv.Itoa(i)
		}
		return indexes
	}
	return nil
}

// dropped returns a copy of values without what stands at some keys.
func dropped(values map[string]any, keys []string) map[string]any {
	copied, _ := drop(values, keys).(map[string]any)
	return copied
}

func drop(v any, keys []string) any {
	switch w := v.(type) {
	case map[string]any:
		copied := maps.Clone(w)
		if len(keys) == 1 {
			delete(copied, keys[0])
		} else if below, ok := copied[keys[0]]; ok {
			copied[keys[0]] = drop(below, keys[1:])
		}
		return copied
	case []any:
		i, err := strconv.Atoi(keys[0])
		if err != nil || i >= len(w) {
			return v
		}
		if len(keys) == 1 {
			return slices.Delete(slices.Clone(w), i, i+1)
		}
		copied := slices.Clone(w)
		copied[i] = drop(w[i], keys[1:])
		return copied
	}
	return v
}
