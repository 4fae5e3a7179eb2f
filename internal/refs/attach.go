package refs

import (
	"fmt"
	"slices"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// waypointClass is the class of Gateways that are waypoints.
const waypointClass = "istio-waypoint"

// useWaypoint is the label by which Services, namespaces and pods ask for a
// waypoint, or with "none" for none.
const useWaypoint = "istio.io/use-waypoint"

// attached reports a policy that istiod attaches to no proxy
// (pilot/pkg/model/policyattachment.go, ShouldAttachPolicy): sidecars and the
// gateway chart's pods take policies by selector and pass over those with
// targetRefs; waypoints take them by targetRefs alone; ztunnel takes none but
// AuthorizationPolicies without targetRefs. The object is accepted, and guards
// nothing.
func attached(f *finder, s *subject) {
	if s.asMade() || !f.whole {
		return
	}
	targets := 0
	for _, p := range []path{parsePath("spec.targetRefs[]"), parsePath("spec.targetRef")} {
		p.maps(s.Value, nil, func(keys []string, m map[string]any) {
			if targets++; len(p) == 2 && targets > 1 {
				return // targetRefs count where there are both
			}
			f.attachedTo(s, below(keys), m)
		})
	}
	if targets == 0 && s.id.Kind != "AuthorizationPolicy" {
		f.attachedBySelector(s)
	}
}

// attachedTo looks at one target of a policy.
func (f *finder) attachedTo(s *subject, keys []string, m map[string]any) {
	namespace, name := s.id.Namespace, text(m, "name")
	p := problem{code: "MG5067", severity: guards(s), keys: keys}
	switch kind := text(m, "kind") + "." + text(m, "group"); kind {
	case "Service.", "Service.core", "ServiceEntry.networking.istio.io":
		switch {
		case s.id.Kind == "EnvoyFilter": // getMatchedEnvoyFilters asks for no Services
			p.message = fmt.Sprintf("is for a %s in %s, and istiod attaches EnvoyFilters to Gateways alone", text(m, "kind"), field(keys))
			p.suggestion = fmt.Sprintf("set spec.targetRefs to [{group: gateway.networking.k8s.io, kind: Gateway, name: %s}], or replace it by spec.workloadSelector", model.WaypointName)
		case f.waypointOf(namespace):
			return
		default:
			p.message = fmt.Sprintf("is for %s in %s, which only a waypoint takes, and %s has none: it is attached to nothing", name, field(keys), namespace)
			p.suggestion = fmt.Sprintf("replace spec.targetRefs by spec.selector with the labels of the pods of %s", name)
			if f.dataPlane(namespace) == intent.Ambient {
				p.suggestion = fmt.Sprintf("set %s to \"auto\"", intent.Join("namespaces", namespace, "waypoint"))
			}
		}
	case "GatewayClass." + gatewayAPI:
		if namespace == model.RootNamespace && name == waypointClass {
			return
		}
		p.message = fmt.Sprintf("is for the class %s in %s, and istiod takes only %s there, of policies in %s: it is attached to nothing", name, field(keys), waypointClass, model.RootNamespace)
		p.suggestion = fmt.Sprintf("set metadata.namespace to %s and the name to %s, or name a Gateway", model.RootNamespace, waypointClass)
	case "Gateway." + gatewayAPI:
		g := f.byID[object.ID{Group: gatewayAPI, Kind: "Gateway", Namespace: namespace, Name: name}]
		if g == nil {
			return // MG5059 has said so, or others make it
		}
		class := object.String(g.Value, "spec", "gatewayClassName")
		if _, istios := istioClasses[class]; istios || class == "" || f.bringsClass(class) {
			return
		}
		p.message = fmt.Sprintf("is for %s in %s, which is of the class %s and none of istiod's: it is attached to nothing", g.id, field(keys), class)
		p.suggestion = "name a Gateway of the class istio or istio-waypoint"
	default:
		return // istiod's webhook refuses it
	}
	f.report(s, p)
}

// bringsClass says whether a GatewayClass of istiod's own controllers is among
// the objects.
func (f *finder) bringsClass(class string) bool {
	c := f.byID[object.ID{Group: gatewayAPI, Kind: "GatewayClass", Name: class}]
	if c == nil {
		return false
	}
	controller := object.String(c.Value, "spec", "controllerName")
	return controller == "istio.io/gateway-controller" || controller == "istio.io/mesh-controller"
}

// guards is how bad it is that a policy is attached to nothing: one that keeps
// callers out lets them in.
func guards(s *subject) diag.Severity {
	if s.id.Group == "security.istio.io" {
		return diag.Error
	}
	return diag.Warning
}

// attachedBySelector looks at a policy without targets in an ambient namespace:
// only sidecars and gateways there would take it.
func (f *finder) attachedBySelector(s *subject) {
	namespace, keys := s.id.Namespace, []string{"spec", "selector"}
	want := labelSelector(object.Map(s.Value, keys...))
	if s.id.Kind == "EnvoyFilter" {
		keys = []string{"spec", "workloadSelector"}
		want = selector{labels: object.Map(s.Value, "spec", "workloadSelector", "labels")}
	}
	if namespace == model.RootNamespace || f.dataPlane(namespace) != intent.Ambient {
		return
	}
	for _, w := range f.selected(namespace, want) {
		if w.injected && (!isWaypoint(w.from) || !want.isEmpty()) || w.labels["sidecar.istio.io/inject"] == "true" {
			return // a gateway or a sidecar takes it; of a waypoint's labels waypointSelector speaks
		}
	}
	waypoint := f.waypointOf(namespace)
	if s.id.Kind == "Telemetry" && want.isEmpty() && waypoint {
		return // waypoints take what is for the whole namespace
	}
	if want.isEmpty() {
		keys = []string{"spec"}
	}
	message := fmt.Sprintf("is for pods of %s, which are ambient: ztunnel does not read it, and the namespace has no waypoint", namespace)
	if waypoint {
		message = fmt.Sprintf("is for pods of %s, which are ambient: ztunnel does not read it, and waypoints look at targetRefs alone", namespace)
	}
	target := "[{group: gateway.networking.k8s.io, kind: Gateway, name: " + f.waypointName(namespace) + "}]"
	suggestion := "set spec.targetRefs to " + target
	if !want.isEmpty() {
		suggestion = fmt.Sprintf("replace %s by targetRefs: %s", field(keys), target)
	}
	if !waypoint {
		path := intent.Join("namespaces", namespace, "waypoint")
		if suggestion = fmt.Sprintf("set %s to \"auto\", and %s", path, suggestion); s.id.Kind == "Telemetry" && want.isEmpty() {
			suggestion = fmt.Sprintf("set %s to \"auto\"", path)
		}
	}
	severity := guards(s)
	if f.declares("Pod", "", namespace, "") {
		severity = diag.Warning // a gateway's, perhaps
	}
	f.report(s, problem{code: "MG5067", severity: severity, keys: keys, message: message, suggestion: suggestion})
}

// dataPlane is how a namespace's pods are in the mesh, by the intent or by the
// namespace's labels; empty if they are not, or nothing says so.
func (f *finder) dataPlane(namespace string) intent.Mode {
	if i := slices.IndexFunc(f.mesh.Namespaces, func(n model.Namespace) bool { return n.Name == namespace }); i >= 0 && f.mesh.Namespaces[i].Mesh {
		return f.mesh.Namespaces[i].Mode
	}
	n := f.byID[object.ID{Kind: "Namespace", Name: namespace}]
	if n == nil {
		return ""
	}
	labels := n.Labels()
	switch {
	case labels["istio-injection"] == "enabled", labels["istio.io/rev"] != nil && labels["istio-injection"] == nil:
		return intent.Sidecar
	case labels["istio.io/dataplane-mode"] == "ambient":
		return intent.Ambient
	}
	return ""
}

// waypointOf says whether a waypoint may serve what is in a namespace: it is
// there, or the namespace or something in it asks for one, or one elsewhere
// admits other namespaces, whose Services may ask for it unseen.
func (f *finder) waypointOf(namespace string) bool {
	served, ok := f.proxies.waypoints[namespace]
	if !ok {
		if f.proxies.waypoints == nil {
			f.proxies.waypoints = map[string]bool{}
		}
		served = f.hasWaypoint(namespace)
		f.proxies.waypoints[namespace] = served
	}
	return served
}

func (f *finder) hasWaypoint(namespace string) bool {
	const label = useWaypoint
	asks := func(v any) bool { return v != nil && v != "" && v != "none" }
	if f.declares("Gateway", gatewayAPI, namespace, "") {
		return true
	}
	for _, n := range f.mesh.Namespaces {
		if n.Name == namespace && (n.Waypoint || n.Labels[label] != "" && n.Labels[label] != "none") {
			return true
		}
	}
	if n := f.byID[object.ID{Kind: "Namespace", Name: namespace}]; n != nil && asks(n.Labels()[label]) {
		return true
	}
	for _, g := range f.byKind["Gateway."+gatewayAPI] {
		if isWaypoint(g) && (g.id.Namespace == namespace || admitsOthers(g)) {
			return true
		}
	}
	for _, kind := range []string{"Service.", "ServiceEntry.networking.istio.io"} {
		if slices.ContainsFunc(f.byKind[kind], func(o *subject) bool { return o.id.Namespace == namespace && asks(o.Labels()[label]) }) {
			return true
		}
	}
	return false
}

// waypointName is the name of a waypoint in a namespace, or of the one that the
// intent would put there.
func (f *finder) waypointName(namespace string) string {
	for _, g := range f.byKind["Gateway."+gatewayAPI] {
		if isWaypoint(g) && g.id.Namespace == namespace {
			return g.id.Name
		}
	}
	return model.WaypointName
}

func isWaypoint(s *subject) bool {
	return s.kind == "Gateway."+gatewayAPI && object.String(s.Value, "spec", "gatewayClassName") == waypointClass
}

// admitsOthers says whether a Gateway's listener admits other namespaces.
func admitsOthers(g *subject) bool {
	found := false
	parsePath("spec.listeners[].allowedRoutes.namespaces.from").each(g.Value, nil, func(_ []string, v any) { found = found || v != "Same" && v != "None" })
	return found
}
