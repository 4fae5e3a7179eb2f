package chart

import (
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// crdLabels returns the labels that the base chart's template gives to CRDs, or
// nil for another chart. The template takes each CRD of a 900 KB file apart and
// puts it together again, which takes 180 ms, most of a cold run; with
// base.enableCRDTemplates off it hands out the file as it is, and all that is
// left to do are the labels. A test holds the two ways against each other.
func crdLabels(c *Chart, release model.Release) map[string]any {
	if c.Name != "base" {
		return nil
	}
	return map[string]any{
		"app.kubernetes.io/instance":   release.Name,
		"app.kubernetes.io/managed-by": "Helm",
		"app.kubernetes.io/part-of":    "istio",
		"app.kubernetes.io/version":    c.Version,
		"helm.sh/chart":                "base-" + c.Version,
	}
}

// stampCRD gives a CRD its labels, and the annotations that keep it in the
// cluster whatever happens to the repository: the chart says so to Helm alone.
func stampCRD(crd, labels map[string]any) {
	metadata := object.Map(crd, "metadata")
	metadata["labels"] = labels
	annotations, ok := metadata["annotations"].(map[string]any)
	if !ok {
		annotations = map[string]any{}
		metadata["annotations"] = annotations
	}
	for key, value := range object.KeepAnnotations() {
		annotations[key] = value
	}
}
