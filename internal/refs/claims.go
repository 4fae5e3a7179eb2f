package refs

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/meshgen/meshgen/internal/object"
	running "github.com/meshgen/meshgen/internal/workload"
)

// sidecars returns the pods that istiod injects, as it leaves them: what a quota
// and a LimitRange count are those.
func (f *finder) sidecars() map[thing]*corev1.PodSpec {
	if f.injectedPods != nil {
		return f.injectedPods
	}
	f.injectedPods = map[thing]*corev1.PodSpec{}
	objects := make([]object.Object, len(f.subjects))
	for i, s := range f.subjects {
		objects[i] = s.Object
	}
	found, _ := running.Of(f.mesh, objects, nil) // what cannot be read, package validate has told
	for _, w := range found {
		if w.Sidecar {
			f.injectedPods[thing{w.Kind, w.Namespace, w.Name}] = w.Pod
		}
	}
	return f.injectedPods
}

// claimed is what claims ask for: those that stand by themselves, and those that
// a StatefulSet makes for each of its pods.
type claimed struct {
	of    *subject
	keys  []string // of the claim's spec
	class string   // of storage; empty for the default
	size  resource.Quantity
	count int64
}

// claimsOf returns the claims of a namespace.
func (f *finder) claimsOf(namespace string) []claimed {
	var list []claimed
	add := func(s *subject, keys []string, spec map[string]any, count int64) {
		size, _ := resource.ParseQuantity(fmt.Sprint(object.Get(spec, "resources", "requests", "storage")))
		list = append(list, claimed{s, keys, text(spec, "storageClassName"), size, count})
	}
	for _, s := range f.byKind["PersistentVolumeClaim."] {
		if s.id.Namespace == namespace {
			add(s, []string{"spec"}, object.Map(s.Value, "spec"), 1)
		}
	}
	for _, s := range f.byKind["StatefulSet.apps"] {
		if s.id.Namespace == namespace {
			parsePath("spec.volumeClaimTemplates[].spec").maps(s.Value, nil, func(keys []string, spec map[string]any) {
				add(s, below(keys), spec, f.podCount(s))
			})
		}
	}
	return list
}

// storageOf returns what a quota's name about claims comes to, and whether the
// name is about them.
func (f *finder) storageOf(namespace, name string) (sum resource.Quantity, ok bool) {
	class, rest, one := strings.Cut(name, ".storageclass.storage.k8s.io/")
	if !one {
		rest = name
	}
	rest = strings.TrimPrefix(rest, "count/")
	if rest != "requests.storage" && rest != "persistentvolumeclaims" {
		return sum, false
	}
	for _, c := range f.claimsOf(namespace) {
		if one && c.class != class {
			continue
		}
		if rest == "persistentvolumeclaims" {
			sum.Add(*resource.NewQuantity(c.count, resource.DecimalSI))
			continue
		}
		for range c.count {
			sum.Add(c.size)
		}
	}
	return sum, true
}

// claimRange reports claims of a namespace that a LimitRange of it refuses.
func claimRange(f *finder, s *subject) {
	for n, item := range limitItems(s, "PersistentVolumeClaim") {
		for _, c := range f.claimsOf(s.id.Namespace) {
			for _, side := range []string{"min", "max"} {
				bound, ok := quantityOf(item, side, "storage")
				if order := c.size.Cmp(bound); !ok || side == "min" && order >= 0 || side == "max" && order <= 0 {
					continue
				}
				keys := []string{"spec", "limits", fmt.Sprint(n), side, "storage"}
				f.report(s, problem{
					code: "MG5078", keys: keys,
					message:    fmt.Sprintf("has %s %s of storage for a claim, and %s asks for %s in %s: the API server refuses the claim", side, bound.String(), c.of.id, c.size.String(), field(c.keys)),
					suggestion: fmt.Sprintf("set %s to %q", field(keys), c.size.String()),
				})
				return
			}
		}
	}
}

// podRange reports pods of a namespace that a LimitRange of it refuses as a
// whole (plugin/pkg/admission/limitranger of Kubernetes): it wants a limit where
// it has a greatest one.
func podRange(f *finder, s *subject) {
	for n, item := range limitItems(s, "Pod") {
		for _, what := range []string{"cpu", "memory"} {
			least, hasLeast := quantityOf(item, "min", what)
			most, hasMost := quantityOf(item, "max", what)
			if !hasLeast && !hasMost {
				continue
			}
			for _, u := range f.usages(s.id.Namespace) {
				request, limit := u.total(corev1.ResourceName(what), false), u.total(corev1.ResourceName(what), true)
				side, bound, q := "max", most, limit
				switch {
				case hasMost && limit.Cmp(most) > 0:
				case hasMost && request.Cmp(most) > 0:
					q = request
				case hasMost && limit.IsZero():
				case hasLeast && request.Cmp(least) < 0:
					side, bound, q = "min", least, request
				default:
					continue
				}
				keys := []string{"spec", "limits", fmt.Sprint(n), side, what}
				p := problem{
					code: "MG5078", keys: keys,
					message:    fmt.Sprintf("has %s %s of %s for a pod, and those of %s%s come to %s: the API server refuses them", side, bound.String(), what, u.of.id, u.whose(), q.String()),
					suggestion: fmt.Sprintf("set %s to %q", field(keys), q.String()),
				}
				if q.IsZero() && side == "max" {
					p.message = fmt.Sprintf("has max %s of %s for a pod, and those of %s%s have no limit: the API server refuses them", bound.String(), what, u.of.id, u.whose())
					p.suggestion = fmt.Sprintf("give the containers limits of %s, or add a LimitRange of type Container with defaults", what)
				}
				f.report(s, p)
				return
			}
		}
	}
}
