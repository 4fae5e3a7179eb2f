package fit

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/object"
	"github.com/meshgen/meshgen/internal/workload"
)

// Around is what Check asks of whoever knows where the objects come from. Each of
// its functions may be nil.
type Around struct {
	// Later says of two of the intent's fields that are equally to blame whether
	// the one was written after the other.
	Later func(a, b string) bool

	// Decides returns what has the last word on a field of an object, its path
	// written as object.Find takes it, where that is no field of the intent. Then
	// the field that would be it is overruled, and to change it changes nothing.
	Decides func(o object.Object, field string) (Decider, bool)

	// Try compiles the cluster again with changes of the intent. It returns what
	// the fit then finds, and false where something else is wrong with it that
	// was not before.
	Try func(changes []Change) (diag.List, bool)

	// Brief leaves out the advice, for whoever wants to know no more than whether
	// something does not fit.
	Brief bool
}

// Decider is a raw value, a patch or a manifest that decides a field of an object.
type Decider struct {
	Path     string        // the intent's: values.istiod.pilot.replicaCount, patches.small
	Position diag.Position // the line that does it, where the path is not enough

	// Value says that what stands at Path is what the field has, so that to set
	// the one sets the other.
	Value bool
}

// settable is the path where the field's value can be set; empty for none.
func (d Decider) settable() string {
	if !d.Value {
		return ""
	}
	return d.Path
}

// Change gives a field of the intent a value, as people type it.
type Change struct{ Path, Value string }

// spot is where a number stands that an object has.
type spot struct {
	path     string        // of the intent; empty for none
	position diag.Position // a line of a patch or manifest
	field    string        // the object's, if what stands at path is not the number itself
}

// change is what to type to give the number a value.
func (p spot) change(value string) string {
	if p.field != "" {
		return set(p.field, value) + " in " + p.path
	}
	return set(p.path, value)
}

// changes is the same for Around.Try; nil where it is no change of the intent.
func (p spot) changes(value string) []Change {
	if p.field != "" {
		return nil
	}
	return []Change{{p.path, value}}
}

// there names what a person would change: a raw value, or the object's field in a
// patch.
func (p spot) there() string {
	if strings.HasPrefix(p.path, "values.") {
		return p.path
	}
	return p.field + " in " + p.path
}

// mark gives a diagnostic the place.
func (p spot) mark(d *diag.Diagnostic) { d.Path, d.Position = p.path, p.position }

// spot is where a field of an object stands: at the path of the intent, unless
// something else has the last word.
func (s *setup) spot(kind, namespace, name, field, path string) spot {
	d, ok := s.decider(kind, namespace, name, field)
	switch {
	case !ok:
		return spot{path: path}
	case d.Value:
		return spot{path: d.Path, position: d.Position}
	}
	return spot{path: d.Path, position: d.Position, field: field}
}

// decider returns what has the last word on a field of an object where that is not
// the intent.
func (s *setup) decider(kind, namespace, name, field string) (Decider, bool) {
	if s.around.Decides == nil {
		return Decider{}, false
	}
	k := slices.IndexFunc(s.objects, func(o object.Object) bool {
		return o.Kind() == kind && o.Name() == name && o.Namespace() == namespace
	})
	if k < 0 {
		return Decider{}, false
	}
	return s.around.Decides(s.objects[k], field)
}

// ofPods is decider for a field of the spec of a workload's pods. What people's
// own manifests say is no surprise there, but a patch of them is.
func (s *setup) ofPods(i int, field string) (Decider, bool) {
	w := s.work[i]
	kind, name, within := s.madeFrom(i)
	d, ok := s.decider(kind, w.Namespace, name, within+"spec.template.spec."+field)
	return d, ok && (w.Role != workload.Manifest || strings.HasPrefix(d.Path, "patches."))
}

// madeFrom names the object that holds what a workload is, and the text in it that
// does, if it is one: istiod makes the Deployment of a Gateway from a ConfigMap.
func (s *setup) madeFrom(i int) (kind, name, within string) {
	w := s.work[i]
	for _, o := range s.objects {
		ref, _ := object.Map(o.Value, "spec", "infrastructure", "parametersRef")["name"].(string)
		if w.Role == workload.Gateway && o.Kind() == "Gateway" && ref != "" && o.Namespace() == w.Namespace && o.Origin.Path == w.Origin.Path && w.Source != "" {
			return "ConfigMap", ref, "data.deployment/"
		}
	}
	return w.Kind, w.Name, ""
}

// overrules returns what has the last word on a request or limit, list being
// requests or limits, of a workload's own container or of its sidecar, where that
// is no field of the intent.
func (s *setup) overrules(i int, sidecar bool, list, resource string) (Decider, bool) {
	w := s.work[i]
	field := "resources." + list + "." + resource
	switch {
	case sidecar:
		return s.injected("global.proxy." + field)
	case w.Role == workload.Waypoint:
		return s.injected("global.waypoint." + field)
	case w.Role == workload.Application:
		return Decider{}, false
	}
	var own []corev1.Container
	for _, c := range w.Pod.Containers {
		if !w.Sidecar || c.Name != "istio-proxy" {
			own = append(own, c)
		}
	}
	if len(own) == 0 {
		return Decider{}, false
	}
	most := slices.MaxFunc(own, func(a, b corev1.Container) int { // as WithRequests changes it
		return a.Resources.Requests.Memory().Cmp(*b.Resources.Requests.Memory())
	})
	return s.ofPods(i, "containers["+most.Name+"]."+field)
}

// injected is decider for a value that istiod's injector has, of the revision that
// comes first.
func (s *setup) injected(value string) (Decider, bool) {
	const injector = "istio-sidecar-injector"
	for _, o := range s.objects {
		if o.Kind() == "ConfigMap" && strings.HasPrefix(o.Name(), injector) {
			return s.decider(o.Kind(), o.Namespace(), o.Name(), "data.values/"+value)
		}
	}
	return Decider{}, false
}

// where says what sets a request or limit that does not stand in a field of the
// intent.
func (s *setup) where(i int, sidecar bool, list, resource string) string {
	if d, ok := s.overrules(i, sidecar, list, resource); ok {
		return d.Path
	}
	return origin(s.work[i].Origin)
}

// scaleSpot is where the least number of a workload's pods stands, or the most.
func (s *setup) scaleSpot(i int, most bool) spot {
	w := s.work[i]
	kind, name, within := s.madeFrom(i)
	field, path := within+"spec.replicas", s.scalePath(i)
	for _, o := range s.objects {
		target := object.Map(o.Value, "spec", "scaleTargetRef")
		if o.Kind() == "HorizontalPodAutoscaler" && o.Namespace() == w.Namespace && target["kind"] == w.Kind && target["name"] == w.Name {
			kind, name, field = o.Kind(), o.Name(), "spec.minReplicas"
		}
	}
	if most {
		path = s.maxPath(i)
		field = strings.Replace(field, "minReplicas", "maxReplicas", 1)
	}
	return s.spot(kind, w.Namespace, name, field, path)
}

// wishes are the fields of a pod by which it asks for nodes.
var wishes = []string{"nodeName", "nodeSelector", "affinity", "tolerations", "topologySpreadConstraints", "schedulingGates"}

// wish returns what has the last word on where a workload's pods may go, and the
// field by which it says so; of several the first.
func (s *setup) wish(i int, fields ...string) (spot, bool) {
	for _, field := range fields {
		if d, ok := s.ofPods(i, field); ok {
			return spot{path: d.Path, position: d.Position, field: "spec.template.spec." + field}, true
		}
	}
	return spot{}, false
}
