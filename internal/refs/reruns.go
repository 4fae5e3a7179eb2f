package refs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/object"
)

// The rules of this file find what an engine runs again and again, or at another
// time than its manifest says, or never.

// helmHook is Helm's annotation of what it runs at some moment of a release.
const helmHook = "helm.sh/hook"

// argoHelmHooks are the moments that Argo CD has too; an object of other ones
// alone it never applies (gitops-engine, pkg/sync/hook/helm; argo-cd,
// controller/hook.go for deletion). It takes crd-install for no hook.
var argoHelmHooks = []string{"crd-install", "pre-install", "pre-upgrade", "post-install", "post-upgrade", "pre-delete", "post-delete"}

// helmsHook warns of an object that its manifest leaves to Helm.
func helmsHook(f *finder, s *subject) {
	if s.ours() || f.mesh.GitOps == nil {
		return
	}
	value, hook := s.Annotations()[helmHook].(string)
	_, own := s.Annotations()["argocd.argoproj.io/hook"]
	if !hook || f.argo() && own {
		return
	}
	p := problem{code: "MG5069", severity: diag.Warning, keys: []string{"metadata", "annotations", helmHook}}
	switch {
	case !f.argo():
		p.message = fmt.Sprintf("is a hook of Helm (%s), and Flux applies it with the rest of its layer, each time that it is not there", value)
		p.suggestion = "remove the annotation, or the object"
	case !slices.ContainsFunc(strings.Split(value, ","), func(moment string) bool { return slices.Contains(argoHelmHooks, strings.TrimSpace(moment)) }):
		p.message = fmt.Sprintf("is a hook of Helm for %s, which Argo CD does not have: it never applies the object", value)
		p.suggestion = "remove the object, or say when in argocd.argoproj.io/hook"
	default:
		return
	}
	f.report(s, p)
}

// ranAgain warns of a Job that goes by itself once it has ended: an engine that
// finds it missing makes it anew, and it runs again.
func ranAgain(f *finder, s *subject) {
	after, set := number(object.Get(s.Value, "spec", "ttlSecondsAfterFinished"))
	_, hook := s.Annotations()["argocd.argoproj.io/hook"]
	_, helms := s.Annotations()[helmHook]
	if !set || s.ours() || f.mesh.GitOps == nil || f.argo() && (hook || helms) {
		return
	}
	engine, try := "Flux", "remove spec.ttlSecondsAfterFinished"
	if f.argo() {
		engine, try = "Argo CD", try+", or make it a hook: argocd.argoproj.io/hook: Sync"
	}
	f.report(s, problem{
		code: "MG5069", severity: diag.Warning, keys: []string{"spec", "ttlSecondsAfterFinished"},
		message:    fmt.Sprintf("is deleted %d s after it has ended, and %s, which finds it missing, makes it anew: it runs again and again", after, engine),
		suggestion: try,
	})
}
