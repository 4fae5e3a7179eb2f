package validate

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
)

// Sources of the rules about pods and their templates that look at more than
// one field of them: ValidatePodTemplateSpec, ValidatePodSpecificAnnotations,
// validateSeccompAnnotationsAndFields, validateAppArmorAnnotationsAndFieldsMatchOnCreate,
// ValidateVolumeDevices, validateFileKeyRefVolumes in pkg/apis/core/validation/
// validation.go, and ValidateStatefulSetSpec in pkg/apis/apps/validation/
// validation.go, of Kubernetes 1.36.

var templateLimits = map[place]limit{
	in[core.SeccompProfile]("localhostProfile"): format(descending),
	in[core.VolumeDevice]("devicePath"):         format(noBacksteps),
	in[core.FileKeySelector]("key"):             format(validation.IsRelaxedEnvVarName),
	in[core.FileKeySelector]("volumeName"):      format(validation.IsDNS1123Label),
}

// noEphemeral: a template has no containers of those that are put into pods
// that run.
func noEphemeral(r *report, n *node) {
	if e := n.get("spec", "ephemeralContainers"); e.count() > 0 {
		r.conflict(e, "{} cannot be set in a template: they are added to pods that run", "remove {}")
	}
}

// bareMetadata: the claims of a volume take labels and annotations from their
// template, and nothing else.
func bareMetadata(r *report, n *node) {
	for _, f := range n.get("metadata").fields() {
		_, isList := f.value.([]any) // an empty one is one
		if zero, whole := wholeOf(f.value); whole && zero == 0 && f.key == "generation" {
			continue // as if it were not there
		}
		if f.key != "labels" && f.key != "annotations" && (isList || !isBlank(f.value)) {
			r.conflict(f, "{} cannot be set: such claims take labels and annotations alone", "remove {}")
		}
	}
}

// claimTemplates: each is a volume of the pods, by its name.
func claimTemplates(r *report, n *node) {
	for _, c := range n.each("volumeClaimTemplates") {
		name := c.get("metadata", "name")
		if name.text() == "" {
			r.missing(name)
			continue
		}
		r.name(name, validation.IsDNS1123Label(name.text()))
	}
}

// podNames: a StatefulSet gives its pods their names and the domain, and nobody
// reads those of its template from 1.34 on.
func podNames(r *report, n *node) {
	if r.minor >= 34 && n.root().text("kind") == "StatefulSet" {
		return
	}
	for _, name := range []string{"hostname", "subdomain"} {
		if f := n.get(name); f.text() != "" {
			r.format(f, validation.IsDNS1123Label(f.text()))
		}
	}
}

// gracePeriod: the API server takes fewer than no seconds, and acts as if it
// were one.
func gracePeriod(r *report, n *node) {
	if g := n.get("terminationGracePeriodSeconds"); g.whole() < 0 {
		r.warn(g, codeValue, fmt.Sprintf("{} is %d, for which Kubernetes takes 1", g.whole()), "set {} to 1, or to what the pods need")
	}
}

// devices: what a container gets as a device it gets once, and not as files too.
func devices(r *report, n *node) {
	mounted, seen := map[string]bool{}, map[string]bool{}
	for _, m := range n.each("volumeMounts") {
		mounted[m.text("mountPath")] = true
	}
	for _, d := range n.each("volumeDevices") {
		name, path := d.get("name"), d.get("devicePath")
		if name.text() != "" && seen[name.text()] {
			r.add(name, codeTwice, fmt.Sprintf("{}: the container has the device %q already", name.text()), "remove one of the two")
		}
		seen[name.text()] = true
		if path.text() != "" && mounted[path.text()] {
			r.conflict(path, fmt.Sprintf("{} is %s, where volumeMounts has files", path.text()), "change {}")
		}
	}
}

// envFiles: a variable is read from a file of a volume of the pod's own.
func envFiles(r *report, n *node) {
	own := map[string]bool{}
	for _, v := range n.each("volumes") {
		own[v.text("name")] = v.has("emptyDir")
	}
	for _, c := range allContainers(n) {
		for _, e := range c.each("env") {
			volume := e.get("valueFrom", "fileKeyRef", "volumeName")
			if name := volume.text(); name != "" && !own[name] {
				r.conflict(volume, fmt.Sprintf("{} is %q, which is no volume of the pod with emptyDir", name), "name a volume with emptyDir in {}")
			}
		}
	}
}

// portal: the name of a volume and where it comes from become one name.
func portal(r *report, n *node) {
	if iscsi := n.get("iscsi"); iscsi.has("initiatorName") && len(n.text("name"))+1+len(iscsi.text("targetPortal")) > 64 {
		r.conflict(n.get("name"), "{} and iscsi.targetPortal have more than 63 characters together, with initiatorName", "shorten {}")
	}
}

const (
	seccompPod        = "seccomp.security.alpha.kubernetes.io/pod"
	seccompContainer  = "container.seccomp.security.alpha.kubernetes.io/"
	appArmorContainer = "container.apparmor.security.beta.kubernetes.io/"
	tolerationsMark   = "scheduler.alpha.kubernetes.io/tolerations"
	deletionCost      = "controller.kubernetes.io/pod-deletion-cost"
	mirrored          = "kubernetes.io/config.mirror"
	localhostPrefix   = "localhost/"
	runtimeProfile    = "runtime/default"
	oldRuntimeProfile = "docker/default"
	unconfinedProfile = "unconfined"
	profileSuggestion = "set {} to runtime/default, unconfined or localhost/ and a profile, or write securityContext instead"
)

// podMarks: the annotations of a pod that the API server itself reads.
func podMarks(r *report, n *node) {
	marks := n.get("metadata", "annotations")
	if m := marks.get(mirrored); m.value != nil && n.text("spec", "nodeName") == "" {
		r.conflict(m, "{} is for pods that a kubelet makes by itself, with spec.nodeName", "remove {}")
	}
	if m := marks.get(deletionCost); m.value != nil {
		_, err := strconv.ParseInt(m.text(), 10, 32)
		if text := m.text(); err != nil || text[0] == '+' || text != "0" && strings.HasPrefix(strings.TrimPrefix(text, "-"), "0") {
			r.value(m, "must be a whole number of 32 bits")
		}
	}
	if m := marks.get(tolerationsMark); m.text() != "" {
		var list []core.Toleration
		if json.Unmarshal([]byte(m.text()), &list) != nil {
			r.value(m, "must be a list of tolerations as JSON")
		}
	}
	containers := allContainers(n.get("spec"))
	said := len(r.problems)
	for _, m := range marks.fields() {
		if strings.HasPrefix(m.key, seccompContainer) || m.key == seccompPod {
			r.seccompMark(m)
		}
		name, own := strings.CutPrefix(m.key, appArmorContainer)
		switch v := m.text(); {
		case !own:
		case !slices.ContainsFunc(containers, func(c *node) bool { return c.text("name") == name }):
			r.conflict(m, fmt.Sprintf("{} is for the container %q, and there is none", name), "change {}")
		case v != "" && v != runtimeProfile && v != unconfinedProfile && !strings.HasPrefix(v, localhostPrefix):
			r.add(m, codeValue, fmt.Sprintf("{} is %s, which is no profile of AppArmor", r.show(v)), profileSuggestion)
		}
	}
	if len(r.problems) > said {
		return
	}
	context := n.get("spec", "securityContext")
	r.sameProfile(marks.get(seccompPod), context.get("seccompProfile"), true)
	for _, c := range containers {
		name := c.text("name")
		r.sameProfile(marks.get(seccompContainer+name), c.get("securityContext", "seccompProfile"), true)
		profile := c.get("securityContext", "appArmorProfile")
		if profile.value == nil {
			profile = context.get("appArmorProfile")
		}
		if n.text("spec", "os", "name") != string(core.Windows) {
			r.sameProfile(marks.get(appArmorContainer+name), profile, false)
		}
	}
}

// seccompMark checks a profile that an annotation names.
func (r *report) seccompMark(m *node) {
	v := m.text()
	file, local := strings.CutPrefix(v, localhostPrefix)
	switch {
	case v == runtimeProfile, v == oldRuntimeProfile, v == unconfinedProfile:
	case !local:
		r.add(m, codeValue, fmt.Sprintf("{} is %s, which is no profile of seccomp", r.show(v)), profileSuggestion)
	default:
		r.format(m, descending(file))
	}
}

// sameProfile: an annotation and the field that took its place say the same.
func (r *report) sameProfile(m, profile *node, seccomp bool) {
	if m.value == nil || profile.value == nil || r.suspicious(profile) {
		return
	}
	v, same := m.text(), true
	switch profile.text("type") {
	case string(core.SeccompProfileTypeUnconfined):
		same = v == unconfinedProfile
	case string(core.SeccompProfileTypeRuntimeDefault):
		same = v == runtimeProfile || seccomp && v == oldRuntimeProfile
	case string(core.SeccompProfileTypeLocalhost):
		same = v == localhostPrefix+profile.text("localhostProfile")
	}
	if !same {
		r.conflict(m, fmt.Sprintf("{} is %s, and %s says something else", r.show(v), pathOf(profile.root().value, profile.keys())), "remove {}")
	}
}
