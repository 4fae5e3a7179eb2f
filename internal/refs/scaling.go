package refs

import (
	"fmt"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/object"
)

// budgetPods holds a PodDisruptionBudget against the pods that it is for. A pod
// with two budgets cannot be evicted at all (the Eviction API answers 500), so
// that its node cannot be drained.
func budgetPods(f *finder, s *subject) {
	keys := []string{"spec", "selector"}
	want := labelSelector(object.Map(s.Value, keys...))
	if want.isEmpty() {
		return
	}
	pods := f.selected(s.id.Namespace, want)
	if len(pods) == 0 {
		f.noPods(s, want, keys, false)
		return
	}
	for _, w := range pods {
		first := f.budgets[w.from]
		if first == nil {
			f.budgets[w.from] = s
			continue
		}
		f.report(s, problem{
			code: "MG5054", keys: keys,
			message:    fmt.Sprintf("is the second disruption budget of %s, beside %s: pods with two cannot be evicted", w.from.id, first.id),
			suggestion: "remove one of the two",
		})
		return
	}
}

// scalable are the groups of the kinds that scale, where a reference leaves
// out its apiVersion.
var scalable = map[string]string{"Deployment": "apps", "StatefulSet": "apps", "ReplicaSet": "apps", "DaemonSet": "apps", "ReplicationController": "", "Rollout": "argoproj.io"}

// scaleTarget returns the rule of a kind that scales what a field names.
func scaleTarget(at string) rule {
	p := parsePath(at)
	return func(f *finder, s *subject) {
		m := object.Map(s.Value, p...)
		kind, name := text(m, "kind"), text(m, "name")
		if kind == "" && s.kind == "ScaledObject.keda.sh" {
			kind = "Deployment"
		}
		group, version, hasGroup := strings.Cut(text(m, "apiVersion"), "/")
		if !hasGroup {
			if group = ""; version == "" && text(m, "apiVersion") == "" {
				group = scalable[kind]
			}
		}
		if kind == "" || name == "" {
			return
		}
		target := kind + "." + group
		if known, ok := scalable[kind]; ok && known != group || !f.exists(target, s.id.Namespace, name) {
			f.missing(s, below(p, "name"), "MG5054", "", target, s.id.Namespace, name)
			return
		}
		if s.id.Kind == "VerticalPodAutoscaler" {
			return // it sets requests, not replicas
		}
		key := thing{kind, s.id.Namespace, name}
		if first := f.scaled[key]; first != nil {
			f.report(s, problem{
				code: "MG5054", keys: below(p, "name"),
				message:    fmt.Sprintf("scales %s, which %s scales already", show(target, s.id.Namespace, name), first.id),
				suggestion: "remove one of the two",
			})
			return
		}
		f.scaled[key] = s
	}
}

// fixedReplicas warns of a number of replicas beside what scales them: each
// time the engine applies, it sets them back.
func fixedReplicas(f *finder, s *subject) {
	if object.Get(s.Value, "spec", "replicas") == nil {
		return
	}
	for _, kind := range []string{"HorizontalPodAutoscaler.autoscaling", "ScaledObject.keda.sh"} {
		for _, scaler := range f.byKind[kind] {
			m := object.Map(scaler.Value, "spec", "scaleTargetRef")
			if scaler.id.Namespace != s.id.Namespace || text(m, "name") != s.id.Name || text(m, "kind") != s.id.Kind {
				continue
			}
			f.report(s, problem{
				code: "MG5054", severity: diag.Warning, keys: []string{"spec", "replicas"},
				message:    fmt.Sprintf("has replicas of its own, and %s scales it: the engine sets them back each time it applies", scaler.id),
				suggestion: "remove spec.replicas",
			})
			return
		}
	}
}
