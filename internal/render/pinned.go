package render

import (
	"fmt"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/object"
)

// unpinned reports the images of which nobody can say today what they will be
// tomorrow: the rendered folder would be the same, and the cluster another one.
// It is an error for what meshgen renders, and a warning in a person's manifest.
func (e *explainer) unpinned() diag.List {
	type said struct {
		path, what string
		at         diag.Position
	}
	var list diag.List
	seen := map[said]bool{}
	for _, o := range e.overlay.Objects {
		for _, image := range imagesOf(o) {
			why := moves(image)
			if why == "" {
				continue
			}
			by, patched := e.patchDecides(o, imageField(o, image))
			if !patched {
				o.Origin.Patches = nil // they are of other fields
			}
			d := diag.Diagnostic{
				Code: "MG5022", Severity: diag.Error, Path: askedBy(o.Origin), Position: by.Position,
				Message:    fmt.Sprintf("%s asks for the image %s, %s", o.ID(), image, why),
				Suggestion: "name the tag of a release, or a digest",
			}
			what := image
			if strings.HasPrefix(d.Path, "values.") && strings.HasPrefix(image, e.mesh.Istio.Hub+"/") && isTesting(e.mesh.Istio.Hub) {
				d.Path = "istio.registry"
			}
			if o.Origin.Chart != "" && !patched {
				what = why // one value names the hub or the tag of all the chart's images
			}
			if e.manifestOf(o) != nil && !patched {
				d.Severity = diag.Warning
				if causes := e.manifestCauses(o, imageField(o, image)); len(causes) > 0 && causes[0].Position != nil {
					d.Position = *causes[0].Position
				}
			}
			if key := (said{d.Path, what, d.Position}); !seen[key] {
				seen[key] = true
				list = append(list, d)
			}
		}
	}
	return list
}

// imageField returns the field of an object that names an image, the object
// itself if none does.
func imageField(o object.Object, image string) object.Field {
	for _, at := range imagesAt(o) {
		if at.image == image {
			if field, err := object.Find(o.Value, at.field); err == nil {
				return field
			}
		}
	}
	return object.Field{}
}

// moves says why an image may change under its name, or "".
func moves(image string) string {
	if strings.Contains(image, "@sha256:") || strings.Contains(image, "${") { // a placeholder is what the engine makes of it
		return ""
	}
	folder, name := "", image
	if i := strings.LastIndex(image, "/"); i >= 0 {
		folder, name = image[:i], image[i+1:]
	}
	_, tag, ok := strings.Cut(name, ":")
	switch {
	case !ok || tag == "":
		return "which has no tag and so means the latest"
	case tag == "latest" || strings.HasPrefix(tag, "latest-"): // with istio.variant behind it
		return "whose tag moves"
	case isTesting(folder):
		return "which is no release of Istio's"
	}
	return ""
}

// isTesting says whether a registry holds Istio's builds of every day.
func isTesting(registry string) bool {
	return registry == "registry.istio.io/testing" || registry == "gcr.io/istio-testing"
}

// askedBy returns the path of the intent that decides on an object's images: of
// several the one that is applied last.
func askedBy(origin object.Origin) string {
	switch {
	case len(origin.Patches) > 0:
		return intent.Join("patches", origin.Patches[len(origin.Patches)-1])
	case origin.Path != "":
		return origin.Path
	}
	if gateway, ok := strings.CutPrefix(origin.Component, "gateway-"); ok {
		return intent.Join("values.gateways", gateway)
	}
	return "values." + origin.Component
}
