package overlay

import (
	"maps"
	"strings"

	"github.com/meshgen/meshgen/internal/object"
)

// keep returns a person's Namespace or definition with the annotations that
// keep it in the cluster when it goes from the repository, or from a layer that
// is pruned to another one: with it would go all that it holds. What the person
// wrote of them stands. Other objects are returned as they are.
func keep(value map[string]any) map[string]any {
	id := object.Object{Value: value}.ID()
	if !isCRD(id) && !(id.Kind == "Namespace" && id.Group == "") {
		return value
	}
	metadata := maps.Clone(object.Map(value, "metadata"))
	annotations := maps.Clone(object.Map(metadata, "annotations"))
	if annotations == nil {
		annotations = map[string]any{}
	}
	for key, wanted := range object.KeepAnnotations() {
		written, there := annotations[key].(string)
		switch {
		case !there:
			annotations[key] = wanted
		case strings.Contains(wanted, "="): // options, of which each has its word
			for option := range strings.SplitSeq(wanted, ",") {
				name, _, _ := strings.Cut(option, "=")
				if !strings.Contains(","+strings.ReplaceAll(written, " ", ""), ","+name+"=") {
					written += "," + option
				}
			}
			annotations[key] = written
		}
	}
	metadata["annotations"] = annotations
	value = maps.Clone(value)
	value["metadata"] = metadata
	return value
}
