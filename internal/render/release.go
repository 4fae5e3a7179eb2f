package render

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/object"
	"github.com/meshgen/meshgen/internal/validate"
)

// istioImages are the images that are of one release with the charts, by the
// last part of their names, and what they are.
var istioImages = map[string]string{"pilot": "istiod", "proxyv2": "the proxy", "install-cni": "the CNI agent", "ztunnel": "ztunnel"}

// releaseTag is how the tag of a release begins, in Istio's own registry and in
// others that build it again; a variant or a build may stand behind it.
var releaseTag = regexp.MustCompile(`^v?1\.([0-9]+)\.([0-9]+)($|[-.+_])`)

// otherReleases reports images of another Istio release than that of the charts
// which run them. istiod reads CRDs and flags of its own minor version, and the
// data plane may not be ahead of it (istio.io, releases/supported-releases).
// Another patch of the same minor goes together: whoever takes one meanwhile is
// told alone. A tag that does not begin with a version says nothing.
func (e *explainer) otherReleases() (diag.List, error) {
	var list diag.List
	told := map[string]bool{}
	for _, o := range e.overlay.Objects {
		for _, image := range imagesOf(o) {
			d, ok := e.otherRelease(o, image)
			if !ok {
				continue
			}
			if e.leaves == nil {
				var err error
				if e.leaves, err = leavesOf(e.intent.Mesh); err != nil {
					return nil, err
				}
			}
			at := imageField(o, image)
			if err := e.blame(&d, validate.Finding{Object: o, Path: cmp.Or(at.Path, "data.values")}); err != nil {
				return nil, err
			}
			_, tag, _ := strings.Cut(image[strings.LastIndex(image, "/")+1:], ":")
			if key := d.Path + tag; !told[key] { // one value names the tag of several images
				told[key] = true
				list = append(list, d)
			}
		}
	}
	return list, nil
}

// otherRelease says what is wrong with an image, if it is one of Istio's and of
// another release.
func (e *explainer) otherRelease(o object.Object, image string) (diag.Diagnostic, bool) {
	image, _, _ = strings.Cut(image, "@")
	name := image[strings.LastIndex(image, "/")+1:]
	name, tag, _ := strings.Cut(name, ":")
	what, ok := istioImages[name]
	found := releaseTag.FindStringSubmatch(tag)
	if !ok || found == nil {
		return diag.Diagnostic{}, false
	}
	minor, _ := strconv.Atoi(found[1])
	patch, _ := strconv.Atoi(found[2])
	release := fmt.Sprintf("1.%d.%d", minor, patch)
	d := diag.Diagnostic{
		Code: "MG5023", Severity: diag.Error, Path: askedBy(o.Origin),
		Message:    fmt.Sprintf("%s runs %s of Istio %s, and the charts, the CRDs and the rest are of %s", o.ID(), what, release, e.mesh.Istio.Version),
		Suggestion: fmt.Sprintf("set the tag of the image to %s", e.mesh.Istio.Tag),
	}
	switch {
	case release == e.mesh.Istio.Version:
		return d, false
	case minor == e.mesh.Istio.Minor:
		d.Severity = diag.Warning
	case minor > e.mesh.Istio.Minor && what != "istiod":
		d.Message += "; what is ahead of istiod is not supported"
	}
	return d, true
}
