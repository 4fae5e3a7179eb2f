package chart

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// maxSchemaNodes is how many values a chart's schema may come to when each of
// its references is followed: Istio's largest comes to 1,000.
const maxSchemaNodes = 50_000

// drafts are the meta-schemas that Helm's library brings; it would fetch others.
var drafts = []string{"http://json-schema.org/schema", "http://json-schema.org/draft-", "https://json-schema.org/draft/", "http://json-schema.org/draft/"}

// checkSchema says what is wrong with a values.schema.json from outside, or "".
// Helm fetches what it refers to from files and from the network, and follows
// references to references as often as they stand there, which may be for ever.
func checkSchema(text []byte) string {
	var root any
	if len(text) > maxYAMLBytes {
		return fmt.Sprintf("has %d bytes; the most that meshgen takes is %d", len(text), maxYAMLBytes)
	}
	if err := json.Unmarshal(text, &root); err != nil {
		return "is no JSON: " + err.Error()
	}
	w := schemaWalk{root: root}
	if w.walk(root, nil); w.wrong == "" && w.nodes > maxSchemaNodes {
		return fmt.Sprintf("comes to more than %d values when its references are followed", maxSchemaNodes)
	}
	return w.wrong
}

type schemaWalk struct {
	root  any
	nodes int
	wrong string
}

// walk follows a part of a schema, and what it refers to; within are the
// references that led there.
func (w *schemaWalk) walk(v any, within []string) {
	if w.nodes++; w.nodes > maxSchemaNodes || w.wrong != "" {
		return
	}
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			text, isText := v[key].(string)
			switch {
			case (key == "$ref" || key == "$dynamicRef" || key == "$recursiveRef") && isText:
				w.follow(text, within)
			case (key == "$id" || key == "id" || key == "$anchor" || key == "$dynamicAnchor") && isText:
				w.wrong = fmt.Sprintf("gives a part of itself the name %q, and meshgen takes references by path only", text)
			case key == "$schema" && isText && !slices.ContainsFunc(drafts, func(draft string) bool { return strings.HasPrefix(text, draft) }):
				w.wrong = fmt.Sprintf("is written in %q, which would have to be fetched", text)
			default:
				w.walk(v[key], within)
			}
		}
	case []any:
		for _, element := range v {
			w.walk(element, within)
		}
	}
}

func (w *schemaWalk) follow(reference string, within []string) {
	if slices.Contains(within, reference) || len(within) > 50 {
		w.wrong = fmt.Sprintf("refers to %s from within it, without an end", reference)
		return
	}
	below, ok := strings.CutPrefix(reference, "#")
	if !ok || below != "" && below[0] != '/' {
		w.wrong = fmt.Sprintf("refers to %q, which is not below itself", reference)
		return
	}
	at := w.root
	for _, key := range strings.Split(below, "/")[1:] {
		m, _ := at.(map[string]any)
		if at, ok = m[pointer.Replace(key)]; !ok {
			w.wrong = fmt.Sprintf("refers to %s, which it does not hold", reference)
			return
		}
	}
	w.walk(at, append(slices.Clone(within), reference))
}
