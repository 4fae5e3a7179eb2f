package refs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/object"
)

// delivered holds the layer that delivers an object against those of what it
// needs. A layer is applied when the one before it is ready. So an object before
// its definition or its namespace is refused, its layer never becomes ready, and
// what is in the layers behind it never comes: not the definition, either.
// Within a layer Flux and Argo CD apply definitions and namespaces first.
func delivered(f *finder, s *subject) {
	if s.Origin.Layer == "" {
		return // the delivery itself
	}
	early := false
	if d, ok := f.definitions()[s.kind]; ok {
		early = f.tooEarly(s, []string{"kind"}, d.from, d.from.id.String(), "the API server refuses it")
	}
	if n := f.byID[object.ID{Kind: "Namespace", Name: s.id.Namespace}]; n != nil {
		early = f.tooEarly(s, []string{"metadata", "namespace"}, n, n.id.String(), "the API server refuses it") || early
	}
	if !early && !s.ours() {
		f.beforeIstiod(s)
	}
}

// waits holds pods, and claims of storage, against the layer of what they do not
// start without. Only an engine waits for them.
func (f *finder) waits(s *subject, keys []string, what thing, target *subject) {
	if target == nil {
		target = f.made[what]
	}
	if target == nil || f.mesh.GitOps == nil || s.kind == "CronJob.batch" { // nobody waits for what is run at some time
		return
	}
	then := "without it its pods do not start"
	if s.kind == "PersistentVolumeClaim." {
		then = "without it nothing binds the claim"
	}
	name := show(what.kind+".", what.namespace, what.name)
	if target.id.Kind != what.kind {
		name += ", made from " + target.id.String()
	}
	f.tooEarly(s, keys, target, name, then)
}

// natural are the layers of what others need to exist at all, when its manifest
// asks for none.
var natural = map[string]string{"CustomResourceDefinition": "10-crds", "Namespace": "00-namespaces"}

// tooEarly reports an object in a layer before that of something it needs, and
// says whether it is. Name is what it needs, and then what becomes of it.
func (f *finder) tooEarly(s *subject, keys []string, needed *subject, name, then string) bool {
	mine, other := s.Origin.Layer, needed.Origin.Layer
	if mine == "" || other == "" || mine >= other {
		return false
	}
	own, theirs := f.manifestOf(s), f.manifestOf(needed)
	p := problem{
		code: "MG5075", keys: keys, path: f.chosenLayer(s),
		message: fmt.Sprintf("comes in layer %s, before %s in layer %s: %s, and layer %[3]s waits for %[1]s, so that neither is ever there", mine, name, other, then),
	}
	var ways []string
	if theirs != nil {
		if p.path == "" && s.asMade() {
			p.path = f.chosenLayer(needed)
		}
		way := fmt.Sprintf("set %s to %q", intent.Join(theirs.Path, "layer"), mine)
		if layer, ok := natural[needed.id.Kind]; ok && layer <= mine && theirs.Layer != "" {
			way = "remove " + intent.Join(theirs.Path, "layer")
		}
		ways = append(ways, way)
	}
	if own != nil {
		way := fmt.Sprintf("set %s to %q", intent.Join(own.Path, "layer"), other)
		if strings.HasSuffix(s.id.Group, ".istio.io") {
			way = "remove " + intent.Join(own.Path, "layer")
		}
		ways = append(ways, way)
	}
	p.suggestion = strings.Join(ways, ", or ")
	if p.suggestion == "" {
		p.suggestion = "remove what makes it need " + needed.id.String()
	}
	if f.once(fmt.Sprint("layer ", s.Origin.Component, mine, needed.id)) {
		f.report(s, p)
	}
	return true
}

// chosenLayer is the path of the layer that the manifest of an object asks for;
// empty where it asks for none, or there is no manifest.
func (f *finder) chosenLayer(s *subject) string {
	if m := f.manifestOf(s); m != nil && m.Layer != "" {
		return intent.Join(m.Path, "layer")
	}
	return ""
}

// beforeIstiod says what becomes of objects that come with istiod or before it:
// its webhooks fail closed once they are there (docs/architecture.md, Layers),
// and pods are injected when they are made or never.
func (f *finder) beforeIstiod(s *subject) {
	i := slices.IndexFunc(f.byKind["Deployment.apps"], func(d *subject) bool { return d.Origin.Chart == "istiod" })
	if i < 0 {
		return
	}
	control := f.byKind["Deployment.apps"][i].Origin.Layer
	if s.Origin.Layer > control {
		return
	}
	p := problem{code: "MG5075", severity: diag.Warning, keys: []string{"kind"}, path: f.chosenLayer(s), suggestion: "take the object out of the manifest's layer"}
	if p.path != "" {
		p.suggestion = "remove " + p.path
	}
	with := "before istiod"
	if s.Origin.Layer == control {
		with = "with istiod"
	}
	switch w, pods := podsOf(s); {
	case strings.HasSuffix(s.id.Group, ".istio.io"):
		p.message = fmt.Sprintf("comes in layer %s, %s, whose webhook refuses it whenever istiod does not answer: then the layer fails, and what would mend istiod waits for it", s.Origin.Layer, with)
	case pods && f.injects(s, w):
		p.message = fmt.Sprintf("comes in layer %s, %s, so that its pods are made before anything injects a sidecar, and stay without", s.Origin.Layer, with)
		if leavesImage(w) {
			p.severity = ""
			p.message = fmt.Sprintf("comes in layer %s, %s, so that nothing fills in the image auto of its pods: they never start", s.Origin.Layer, with)
		}
	default:
		return
	}
	if f.once(fmt.Sprint("layer ", s.Origin.Component, p.severity, strings.HasSuffix(s.id.Group, ".istio.io"))) {
		f.report(s, p)
	}
}

// injects says whether istiod's injector is for an object's pods, by their
// namespace and their own label (https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/).
func (f *finder) injects(s *subject, w workload) bool {
	switch own := w.labels["sidecar.istio.io/inject"]; {
	case own == "true":
		return true
	case own == "false" || w.spec["hostNetwork"] == true:
		return false
	}
	return f.inMesh(s.id.Namespace) || w.labels["istio.io/rev"] != nil
}

// leavesImage says whether a container's image is the injector's to fill in.
func leavesImage(w workload) bool {
	found := false
	for _, list := range containers {
		parsePath(list+"[].image").each(w.spec, nil, func(_ []string, v any) { found = found || v == "auto" })
	}
	return found
}
