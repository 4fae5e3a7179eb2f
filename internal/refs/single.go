package refs

import (
	"fmt"

	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// singleOf are the kinds of Istio of which a namespace can have one without a
// selector, and where the selector stands: istiod takes the oldest and ignores
// the others (https://istio.io/latest/docs/reference/config/, of each kind;
// pilot/pkg/model: convertToSidecarScope, AuthenticationPolicies, Telemetries
// and ProxyConfigs). Of other policies all hold together.
var singleOf = map[string]path{
	"Sidecar.networking.istio.io":          parsePath("spec.workloadSelector.labels"),
	"PeerAuthentication.security.istio.io": parsePath("spec.selector.matchLabels"),
	"Telemetry.telemetry.istio.io":         parsePath("spec.selector.matchLabels"),
	"ProxyConfig.networking.istio.io":      parsePath("spec.selector.matchLabels"),
}

// singlePerNamespace reports an object that holds for a namespace, or for the
// mesh, beside another of its kind that does.
func singlePerNamespace(f *finder, s *subject) {
	if !wholeNamespace(s) {
		return
	}
	for _, other := range f.byKind[s.kind] {
		if other == s || other.id.Namespace != s.id.Namespace || !wholeNamespace(other) || forRevision(other) != forRevision(s) {
			continue
		}
		// Said once, of what a person wrote, or else of the later one.
		if s.ours() && !other.ours() || s.ours() == other.ours() && f.isBefore(s, other) {
			return
		}
		what := "the namespace " + s.id.Namespace
		if s.id.Namespace == model.RootNamespace {
			what = "the whole mesh"
		}
		p := problem{
			code: "MG5066", keys: []string{"metadata", "name"},
			message:    fmt.Sprintf("is for %s, as is %s, and istiod takes only the older of the two", what, other.id),
			suggestion: fmt.Sprintf("put what it says into %s, or set %s", other.id, field(singleOf[s.kind])),
		}
		if other.ours() {
			p.suggestion = fmt.Sprintf("remove it and change meshgen's by the intent's own fields or by patches, or set %s", field(singleOf[s.kind]))
		}
		f.report(s, p)
		return
	}
}

// wholeNamespace says whether an object is for no workloads in particular.
func wholeNamespace(s *subject) bool {
	return len(object.Map(s.Value, singleOf[s.kind]...)) == 0 &&
		object.Get(s.Value, "spec", "targetRef") == nil && len(object.List(s.Value, "spec", "targetRefs")) == 0
}

// forRevision returns the control plane that reads an object; empty for all.
func forRevision(s *subject) string {
	revision, _ := s.Labels()["istio.io/rev"].(string)
	return revision
}

// isBefore says which of two objects comes first.
func (f *finder) isBefore(a, b *subject) bool { return a.rank < b.rank }
