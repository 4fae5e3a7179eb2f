package validate

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	core "k8s.io/api/core/v1"
)

// What the API server takes and no node or scheduler does: pods that are made
// and never run. Each is a warning, for the object itself is fine.

// warn reports what the API server takes. In the message and in what to try, {}
// is the field.
func (r *report) warn(n *node, code, message, try string) {
	r.add(n, code, message, try)
	r.problems[len(r.problems)-1].warning = true
}

// imageName is the grammar of github.com/distribution/reference, by which the
// kubelet reads images: a domain perhaps, a path in small letters, a tag, a digest.
var imageName = regexp.MustCompile(`^(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*(?::[0-9]+)?/|\[[a-fA-F0-9:]+\](?::[0-9]+)?/)?` +
	`[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*` +
	`(?::[\w][\w.-]{0,127})?(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?$`)

// imageForm: the kubelet must be able to read an image's name (InvalidImageName).
// Blanks around it keep the pod from being made at all.
func imageForm(r *report, n *node) {
	image := n.get("image")
	name := image.text()
	trimmed := strings.TrimSpace(name)
	switch {
	case name == "" || imageName.MatchString(name):
	case trimmed != name && len(n.keys()) == 3: // a Pod, which is refused itself
	case trimmed != name:
		r.warn(image, codeValue, fmt.Sprintf("{} is %s, with blanks around it: the API server refuses the pods", r.show(name)), fmt.Sprintf("set {} to %q", trimmed))
	case imageName.MatchString(strings.ToLower(name)):
		path, rest := name, ""
		if i := strings.LastIndexAny(name, ":@"); i > strings.LastIndex(name, "/") {
			path, rest = name[:i], name[i:]
		}
		r.warn(image, codeValue, fmt.Sprintf("{} is %s, which no node pulls: the path of an image is in small letters", r.show(name)), fmt.Sprintf("set {} to %q", strings.ToLower(path)+rest))
	default:
		r.warn(image, codeValue, fmt.Sprintf("{} is %s, which is no name of an image, and which no node pulls", r.show(name)), "change {} to a name such as docker.io/library/nginx:1.27")
	}
}

// emptyDirMedium: the kubelet knows memory and huge pages, and mounts nothing
// for another word (pkg/volume/emptydir of Kubernetes).
func emptyDirMedium(r *report, n *node) {
	medium := n.get("medium")
	known := []string{string(core.StorageMediumMemory), string(core.StorageMediumHugePages)}
	v := medium.text()
	if v == "" || slices.Contains(known, v) || strings.HasPrefix(v, string(core.StorageMediumHugePagesPrefix)) {
		return
	}
	try := "set {} to Memory or HugePages, or remove it"
	for _, k := range known {
		if strings.EqualFold(k, v) {
			try = "set {} to " + k
		}
	}
	r.warn(medium, codeValue, fmt.Sprintf("{} is %s, a medium that no node knows: the pods never start", r.show(v)), try)
}

// comparedNumber: the scheduler compares whole numbers, and holds a term with
// something else for one that no node matches (k8s.io/component-helpers,
// scheduling/corev1/nodeaffinity). Where nodes are declared it is an error: the
// pods fit on none of them.
func comparedNumber(r *report, n *node) {
	operator, values := n.text("operator"), n.get("values").elements()
	if operator != string(core.NodeSelectorOpGt) && operator != string(core.NodeSelectorOpLt) || len(values) != 1 {
		return
	}
	if v := values[0].text(); v != "" {
		if _, err := strconv.ParseInt(v, 10, 64); err != nil {
			r.warn(values[0], codeValue, fmt.Sprintf("{} is %s, and %s compares whole numbers: no node matches, ever", r.show(v), operator), "set {} to a whole number in quotes")
			r.problems[len(r.problems)-1].warning = !r.nodes
		}
	}
}
