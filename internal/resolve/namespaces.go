package resolve

import (
	"maps"
	"slices"

	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

// namespaces resolves the declared namespaces and adds those that the mesh's
// own parts run in. No chart brings a namespace.
func (r *resolver) namespaces() {
	r.out.Mode = r.in.Mode
	all := maps.Clone(r.in.Namespaces)
	if all == nil {
		all = map[string]intent.Namespace{}
	}
	implied := func(name string) {
		if _, ok := all[name]; !ok {
			all[name] = intent.Namespace{Create: true}
		}
	}
	implied(model.RootNamespace)
	for _, name := range sorted(r.in.Gateways) {
		implied(r.in.Gateways[name].Namespace)
	}
	for _, name := range sorted(all) {
		r.namespace(name, all[name])
	}
	// A mesh without members is still a mesh of its mode: gateways, and what
	// people enrol themselves, need it.
	r.out.Ambient = r.out.Mode == intent.Ambient || slices.ContainsFunc(r.out.Namespaces, func(n model.Namespace) bool { return n.Mesh && n.Mode == intent.Ambient })
	r.out.Sidecars = r.out.Mode == intent.Sidecar || slices.ContainsFunc(r.out.Namespaces, func(n model.Namespace) bool { return n.Mesh && n.Mode == intent.Sidecar })
}

func (r *resolver) namespace(name string, in intent.Namespace) {
	n := model.Namespace{
		Name:     name,
		Path:     intent.Join("namespaces", name),
		Create:   in.Create,
		Mesh:     in.Mesh,
		Mode:     in.Mode,
		Revision: in.Revision,
		Waypoint: in.Waypoint == "auto",
	}
	if n.Mode == "" {
		n.Mode = r.in.Mode
	}
	if n.Revision == "" {
		n.Revision = r.in.Istio.Revision
	}
	if in.MTLS != nil {
		n.Stage = in.MTLS.Stage
	}
	if n.Revision != r.in.Istio.Revision && !slices.Contains(r.in.Istio.Tags, n.Revision) {
		known := slices.Clone(r.in.Istio.Tags)
		if r.in.Istio.Revision != "" && !slices.Contains(known, r.in.Istio.Revision) {
			known = append(known, r.in.Istio.Revision)
		}
		r.unknown(n.Path+".revision", "revision or tag", n.Revision, known)
	}
	n.Labels = maps.Clone(in.Labels)
	if n.Labels == nil {
		n.Labels = map[string]string{}
	}
	maps.Copy(n.Labels, enrolment(n))
	n.Annotations = in.Annotations
	if in.Pods != nil {
		n.Pods = in.Pods
		n.Scheduling = r.placement(intent.Join(n.Path, "pods.placement"), in.Pods.Placement)
	}
	r.out.Namespaces = append(r.out.Namespaces, n)
}

// enrolment is the labels by which Istio finds a namespace's workloads.
// istio-injection wins over istio.io/rev, so only one of the two is ever set:
// https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/.
// An ambient namespace has neither: the injector's webhook takes istio.io/rev for
// a wish for sidecars, whatever else the namespace says. Which revision serves
// its waypoint stands on the waypoint's Gateway.
func enrolment(n model.Namespace) map[string]string {
	labels := map[string]string{}
	if !n.Mesh {
		return labels
	}
	switch {
	case n.Mode == intent.Ambient:
		labels["istio.io/dataplane-mode"] = "ambient"
	case n.Revision != "":
		labels["istio.io/rev"] = n.Revision
	default:
		labels["istio-injection"] = "enabled"
	}
	if n.Waypoint {
		labels["istio.io/use-waypoint"] = model.WaypointName
	}
	return labels
}
