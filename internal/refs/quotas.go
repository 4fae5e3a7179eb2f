package refs

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// usage is what the pods of a workload ask of their namespace.
type usage struct {
	of         *subject
	pods       int64
	containers []corev1.Container // their resources, as the API server fills them in
	init       []corev1.Container
	overhead   corev1.ResourceList
	sidecar    bool // among the containers is one that istiod injects
}

// whose says that a sidecar is among what is counted, where one is.
func (u usage) whose() string {
	if u.sidecar {
		return ", with their sidecars,"
	}
	return ""
}

// quota holds what is rendered into a namespace against a ResourceQuota of it:
// the API server refuses what goes beyond, and pods that do not say what a quota
// counts (https://kubernetes.io/docs/concepts/policy/resource-quotas/). Quotas
// with scopes count some pods alone, and are left out; so is what applications
// bring, and the surge of rolling updates.
func quota(f *finder, s *subject) {
	spec := object.Map(s.Value, "spec")
	hard := object.Map(spec, "hard")
	if len(hard) == 0 || spec["scopes"] != nil || spec["scopeSelector"] != nil {
		return
	}
	uses := f.usages(s.id.Namespace)
	for _, name := range slices.Sorted(maps.Keys(hard)) {
		limit, err := resource.ParseQuantity(fmt.Sprint(hard[name]))
		if err != nil {
			continue // the check of the object says so
		}
		keys := []string{"spec", "hard", name}
		var used resource.Quantity
		sidecars := ""
		if what, limits, ok := counted(name); ok {
			for _, u := range uses {
				if missing := u.missing(what, limits); missing != "" {
					f.refusesSilent(s, keys, name, u, missing)
					return
				}
				one := u.total(what, limits)
				if u.sidecar && u.pods > 0 {
					sidecars = ", with the sidecars,"
				}
				for range u.pods {
					used.Add(one)
				}
			}
		} else if sum, ok := f.storageOf(s.id.Namespace, name); ok {
			used = sum
		} else if n, ok := f.countOf(s.id.Namespace, name, uses); ok {
			used = *resource.NewQuantity(n, resource.DecimalSI)
		}
		if used.Cmp(limit) > 0 {
			f.report(s, problem{
				code: "MG5078", keys: keys,
				message:    fmt.Sprintf("lets namespace %s have %s of %s, and what is rendered there%s comes to %s", s.id.Namespace, limit.String(), name, sidecars, used.String()),
				suggestion: fmt.Sprintf("set %s to %q or more", field(keys), used.String()),
			})
		}
	}
}

// refusesSilent reports pods that do not say what a quota counts.
func (f *finder) refusesSilent(s *subject, keys []string, name string, u usage, container string) {
	f.report(s, problem{
		code: "MG5078", keys: keys,
		message:    fmt.Sprintf("counts %s, and container %s of %s says none: the API server refuses its pods", name, container, u.of.id),
		suggestion: fmt.Sprintf("remove %s, or give the container %s, or add a LimitRange with defaults to the namespace", field(keys), name),
	})
}

// counted returns the resource of a quota's name, and whether its limits are
// counted, or else its requests.
func counted(name string) (what corev1.ResourceName, limits, ok bool) {
	switch rest, isLimit := strings.CutPrefix(name, "limits."); {
	case isLimit:
		return corev1.ResourceName(rest), true, true
	case name == "cpu" || name == "memory":
		return corev1.ResourceName(name), false, true
	}
	rest, ok := strings.CutPrefix(name, "requests.")
	if !ok || rest == "storage" {
		return "", false, false
	}
	return corev1.ResourceName(rest), false, true
}

// broughtAlong are the objects that Kubernetes and istiod put into each namespace:
// kube-root-ca.crt and istio-ca-root-cert, and the service account default.
var broughtAlong = map[string]int64{"configmaps": 2, "serviceaccounts": 1}

// countOf counts the objects of a namespace that a quota's name is for.
func (f *finder) countOf(namespace, name string, uses []usage) (n int64, ok bool) {
	kind := strings.TrimPrefix(name, "count/")
	if kind == "pods" {
		for _, u := range uses {
			n += u.pods
		}
		return n, true
	}
	for i := range f.subjects {
		s := &f.subjects[i]
		if s.id.Namespace != namespace {
			continue
		}
		service, _ := object.Get(s.Value, "spec", "type").(string)
		switch {
		case s.kind == "Service." && name == "services.loadbalancers":
			ok = ok || service != ""
			if service == "LoadBalancer" {
				n++
			}
		case s.kind == "Service." && name == "services.nodeports":
			if service == "NodePort" || service == "LoadBalancer" {
				n += int64(len(object.List(s.Value, "spec", "ports")))
			}
		case plural(s.id) == kind:
			n++
		}
	}
	if n > 0 {
		n += broughtAlong[kind]
	}
	return n, n > 0
}

// plural is the name of a kind in a quota: deployments.apps.
func plural(id object.ID) string {
	name := strings.ToLower(id.Kind)
	switch {
	case strings.HasSuffix(name, "s"):
		name += "es"
	case strings.HasSuffix(name, "y") && !strings.HasSuffix(name, "ay"):
		name = strings.TrimSuffix(name, "y") + "ies"
	default:
		name += "s"
	}
	if id.Group != "" {
		name += "." + id.Group
	}
	return name
}

// usages returns what the workloads of a namespace ask for at their fewest, with
// the defaults that the namespace's LimitRanges give.
func (f *finder) usages(namespace string) []usage {
	var list []usage
	for _, w := range f.workloads[namespace] {
		if _, ok := monitored[w.from.kind]; ok {
			continue // the operator decides what its pods ask for
		}
		u := usage{of: w.from, pods: f.podCount(w.from)}
		if pod := f.sidecars()[thing{w.from.id.Kind, w.from.id.Namespace, w.from.id.Name}]; pod != nil {
			u.containers, u.init, u.overhead, u.sidecar = slices.Clone(pod.Containers), slices.Clone(pod.InitContainers), pod.Overhead, true
		} else if spec, ok := podSpec(w.spec); ok {
			u.containers, u.init, u.overhead = spec.Containers, spec.InitContainers, spec.Overhead
		} else {
			u.containers = []corev1.Container{{Name: "istio-proxy", Resources: f.madeResources(w.from)}}
		}
		for _, r := range f.byKind["LimitRange."] {
			if r.id.Namespace == namespace {
				fill(u.containers, r)
				fill(u.init, r)
			}
		}
		list = append(list, u)
	}
	return list
}

// podCount is how many pods a workload has at least.
func (f *finder) podCount(s *subject) int64 {
	if s.kind == "DaemonSet.apps" {
		nodes := int64(0)
		for _, p := range f.mesh.Cluster.Pools {
			nodes += int64(p.Count)
		}
		return max(nodes, 1)
	}
	count := int64(1)
	for _, field := range []string{"replicas", "parallelism"} {
		if n, ok := wholeOf(object.Get(s.Value, "spec", field)); ok {
			count = n
		}
	}
	for _, scaler := range f.byKind["HorizontalPodAutoscaler.autoscaling"] {
		target := object.Map(scaler.Value, "spec", "scaleTargetRef")
		if n, ok := wholeOf(object.Get(scaler.Value, "spec", "minReplicas")); ok && scaler.id.Namespace == s.id.Namespace && text(target, "kind") == s.id.Kind && text(target, "name") == s.id.Name {
			count = max(count, n)
		}
	}
	return count
}

// wholeOf reads a whole number of an object.
func wholeOf(v any) (int64, bool) {
	switch n := v.(type) {
	case int64:
		return n, true
	case int:
		return int64(n), true
	case float64:
		return int64(n), true
	}
	return 0, false
}

// madeResources are those of the pods that istiod makes for a Gateway.
func (f *finder) madeResources(s *subject) corev1.ResourceRequirements {
	r := f.mesh.Waypoint
	if i := slices.IndexFunc(f.mesh.Gateways, func(g model.Gateway) bool { return g.Name == s.id.Name && g.Namespace == s.id.Namespace }); i >= 0 {
		r = f.mesh.Gateways[i].Resources
	}
	return corev1.ResourceRequirements{Requests: listOf(r.Requests), Limits: listOf(r.Limits)}
}

// listOf reads a list of resources of the intent.
func listOf(r intent.ResourceList) corev1.ResourceList {
	list := corev1.ResourceList{}
	for name, text := range map[corev1.ResourceName]string{corev1.ResourceCPU: r.CPU, corev1.ResourceMemory: r.Memory} {
		if q, err := resource.ParseQuantity(text); err == nil {
			list[name] = q
		}
	}
	return list
}

// limitItems yields what a LimitRange says of a type, with its index.
func limitItems(s *subject, kind string) iter.Seq2[int, map[string]any] {
	return func(yield func(int, map[string]any) bool) {
		for n, v := range object.List(s.Value, "spec", "limits") {
			if item, _ := v.(map[string]any); text(item, "type") == kind && !yield(n, item) {
				return
			}
		}
	}
}

// quantityOf reads an amount of a LimitRange's item.
func quantityOf(item map[string]any, of, what string) (resource.Quantity, bool) {
	v := object.Get(item, of, what)
	if v == nil {
		return resource.Quantity{}, false
	}
	q, err := resource.ParseQuantity(fmt.Sprint(v))
	return q, err == nil
}

// fill gives containers the defaults of a LimitRange, as the API server does: a
// limit is default, or else max; a request is defaultRequest, or else the limit,
// or else min.
func fill(containers []corev1.Container, s *subject) {
	for i := range containers {
		r := &containers[i].Resources
		r.Requests, r.Limits = maps.Clone(r.Requests), maps.Clone(r.Limits)
		if r.Requests == nil {
			r.Requests = corev1.ResourceList{}
		}
		if r.Limits == nil {
			r.Limits = corev1.ResourceList{}
		}
		for _, item := range limitItems(s, "Container") {
			for _, what := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory, corev1.ResourceEphemeralStorage} {
				asked, hasLimit := r.Limits[what]
				if _, ok := r.Requests[what]; !ok && hasLimit {
					r.Requests[what] = asked
				}
				for _, from := range []struct {
					list corev1.ResourceList
					of   []string
				}{{r.Limits, []string{"default", "max"}}, {r.Requests, []string{"defaultRequest", "default", "min", "max"}}} {
					for _, of := range from.of {
						if _, ok := from.list[what]; ok {
							break
						}
						if q, ok := quantityOf(item, of, string(what)); ok {
							from.list[what] = q
						}
					}
				}
			}
		}
	}
}

// asks returns how much of a resource a container asks for, or may use.
func asks(c corev1.Container, what corev1.ResourceName, limits bool) (resource.Quantity, bool) {
	limit, hasLimit := c.Resources.Limits[what]
	if request, ok := c.Resources.Requests[what]; ok && !limits {
		return request, true
	}
	return limit, hasLimit // the request of who has none is the limit
}

// missing returns the first container that says nothing of a resource, or "".
func (u usage) missing(what corev1.ResourceName, limits bool) string {
	if what != corev1.ResourceCPU && what != corev1.ResourceMemory {
		return "" // the quota wants only these of every container
	}
	for _, c := range slices.Concat(u.init, u.containers) {
		if _, ok := asks(c, what, limits); !ok {
			return c.Name
		}
	}
	return ""
}

// total is what one pod asks for: its containers together, with the init
// containers that go on beside them, or the greatest of the others.
func (u usage) total(what corev1.ResourceName, limits bool) resource.Quantity {
	var sum, beside, most resource.Quantity
	for _, c := range u.containers {
		q, _ := asks(c, what, limits)
		sum.Add(q)
	}
	for _, c := range u.init {
		q, _ := asks(c, what, limits)
		if c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			beside.Add(q)
			continue
		}
		q.Add(beside)
		if q.Cmp(most) > 0 {
			most = q
		}
	}
	if sum.Add(beside); most.Cmp(sum) > 0 {
		sum = most
	}
	if q, ok := u.overhead[what]; ok {
		sum.Add(q)
	}
	return sum
}

// limitRange reports containers of a namespace that a LimitRange of it refuses.
func limitRange(f *finder, s *subject) {
	for n, item := range limitItems(s, "Container") {
		for _, what := range []string{"cpu", "memory"} {
			least, hasLeast := quantityOf(item, "min", what)
			most, hasMost := quantityOf(item, "max", what)
			for _, u := range f.usages(s.id.Namespace) {
				for _, c := range slices.Concat(u.init, u.containers) {
					request, _ := asks(c, corev1.ResourceName(what), false)
					limit, hasLimit := asks(c, corev1.ResourceName(what), true)
					bound, q, side := "", request, "min"
					switch {
					case hasLeast && request.Cmp(least) < 0:
						bound = least.String()
					case hasMost && hasLimit && limit.Cmp(most) > 0:
						bound, q, side = most.String(), limit, "max"
					case hasMost && request.Cmp(most) > 0:
						bound, side = most.String(), "max"
					default:
						continue
					}
					keys := []string{"spec", "limits", fmt.Sprint(n), side, what}
					f.report(s, problem{
						code: "MG5078", keys: keys,
						message:    fmt.Sprintf("has %s %s of %s for a container, and %s of %s says %s: the API server refuses its pods", side, bound, what, c.Name, u.of.id, q.String()),
						suggestion: fmt.Sprintf("set %s to %q", field(keys), q.String()),
					})
					return
				}
			}
		}
	}
}
