package refs

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
)

// engineMark is an annotation by which a delivery engine treats an object in a
// way of its own.
type engineMark struct {
	engine string
	values []string // what it reads; a list of them, behind commas, for Argo CD
	passes []string // of those, the ones by which the engine leaves the object as it is
}

// engineMarks are the annotations of kustomize-controller (its reference of
// Kustomizations, "Controlling the apply behavior of resources"; it reads values
// in any letters, fluxcd/pkg ssa.AnyInMetadata) and of Argo CD (its user guide,
// "Resource hooks" and "Sync phases and waves").
var engineMarks = map[string]engineMark{
	"kustomize.toolkit.fluxcd.io/reconcile":  {engine: "flux", values: []string{"enabled", "disabled"}, passes: []string{"disabled"}},
	"kustomize.toolkit.fluxcd.io/prune":      {engine: "flux", values: []string{"enabled", "disabled"}},
	"kustomize.toolkit.fluxcd.io/force":      {engine: "flux", values: []string{"enabled", "disabled"}},
	"kustomize.toolkit.fluxcd.io/substitute": {engine: "flux", values: []string{"enabled", "disabled"}},
	"kustomize.toolkit.fluxcd.io/ssa":        {engine: "flux", values: []string{"Override", "Merge", "IfNotPresent", "Ignore"}, passes: []string{"IfNotPresent", "Ignore"}},

	"argocd.argoproj.io/hook":               {engine: "argocd", values: []string{"PreSync", "Sync", "PostSync", "SyncFail", "PreDelete", "PostDelete", "Skip"}, passes: []string{"SyncFail", "PreDelete", "PostDelete", "Skip"}},
	"argocd.argoproj.io/hook-delete-policy": {engine: "argocd", values: []string{"HookSucceeded", "HookFailed", "BeforeHookCreation"}},
}

// syncWave is an annotation of Argo CD whose value is a number.
const syncWave = "argocd.argoproj.io/sync-wave"

// markedForEngine holds the annotations for the engine of the delivery: a value
// that it does not know it passes over without a word, and by some that it knows
// it never applies what the intent says of a namespace.
func markedForEngine(f *finder, s *subject) {
	if f.mesh.GitOps == nil || s.ours() && s.kind != "Namespace." {
		return
	}
	annotations := s.Annotations()
	for _, key := range slices.Sorted(maps.Keys(annotations)) {
		value, ok := annotations[key].(string)
		if !ok || strings.Contains(value, "${") {
			continue
		}
		p := problem{code: "MG5067", severity: diag.Warning, keys: []string{"metadata", "annotations", key}, suggestion: "remove it"}
		mark, known := engineMarks[key]
		switch {
		case key == syncWave && f.mesh.GitOps.Engine == "argocd":
			if _, err := strconv.Atoi(value); err != nil {
				p.message = fmt.Sprintf("has %s with the value %q, which is no whole number: Argo CD takes it for 0", key, value)
				p.suggestion = "set it to a whole number in quotes"
				f.report(s, p)
			}
		case !known || mark.engine != f.mesh.GitOps.Engine:
		case s.ours() && slices.ContainsFunc(mark.read(value), func(v string) bool { return slices.Contains(mark.passes, v) }):
			p.severity = diag.Error
			p.message = fmt.Sprintf("has %s with the value %q, so that the engine does not keep it up: what the intent says of the namespace is never applied", key, value)
			f.report(s, p)
		default:
			for _, v := range mark.read(value) {
				if slices.Contains(mark.values, v) {
					continue
				}
				p.message = fmt.Sprintf("has %s with the value %q, which the engine passes over", key, v)
				p.suggestion = fmt.Sprintf("set it to one of %s", strings.Join(mark.values, ", "))
				if near := diag.Nearest(v, mark.values); near != "" {
					p.suggestion = fmt.Sprintf("set it to %s", near)
				}
				f.report(s, p)
			}
		}
	}
}

// read returns the values as the engine reads them.
func (m engineMark) read(text string) []string {
	if m.engine == "flux" {
		for _, v := range m.values {
			if strings.EqualFold(v, text) {
				return []string{v}
			}
		}
		return []string{text}
	}
	var list []string
	for part := range strings.SplitSeq(text, ",") {
		list = append(list, strings.TrimSpace(part))
	}
	return list
}

// substitutedFrom reports a ConfigMap or Secret of manifests with values for
// placeholders: every layer is put together with these, that which brings the
// object and those before it, too, and so none comes on a new cluster.
func substitutedFrom(f *finder, s *subject) {
	g := f.mesh.GitOps
	if g == nil || g.Substitute == nil || s.ours() || s.Origin.Layer == "" || s.id.Namespace != g.Namespace {
		return
	}
	for _, from := range g.Substitute.From {
		if from.Kind == s.id.Kind && from.Name == s.id.Name {
			f.report(s, problem{
				code: "MG5075", keys: []string{"metadata", "name"},
				message:    fmt.Sprintf("comes in layer %s, and Flux takes values from it for every layer (gitops.substitute.from): on a new cluster the first layer fails without it, and so this one never comes", s.Origin.Layer),
				suggestion: "take it out of the manifests, and make it where the GitRepository is made",
			})
		}
	}
}
