package refs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/object"
)

// barred reports a webhook that fails closed and comes in a layer before the one
// that brings what answers it: what its rules catch in the layers between is
// refused, and what would answer waits behind them.
func barred(f *finder, s *subject) {
	if s.asMade() || s.Origin.Layer == "" {
		return
	}
	parsePath("webhooks[]").maps(s.Value, nil, func(keys []string, hook map[string]any) {
		to := object.Map(hook, "clientConfig", "service")
		service := f.byID[object.ID{Kind: "Service", Namespace: text(to, "namespace"), Name: text(to, "name")}]
		if service == nil || text(hook, "failurePolicy") == "Ignore" || len(object.List(hook, "matchConditions")) > 0 {
			return // somebody else brings it, it lets pass what it cannot ask for, or an expression decides
		}
		answers := f.answering(service)
		if answers.Origin.Layer <= s.Origin.Layer {
			return
		}
		for _, between := range f.byLayer(s.Origin.Layer, answers.Origin.Layer) {
			what, caught := f.caught(hook, between)
			if !caught {
				continue
			}
			if f.once(fmt.Sprint("barred ", s.id, answers.id)) {
				f.reportBarred(s, below(keys), answers, between, what)
			}
			return
		}
	})
}

// reportBarred says what a webhook bars, and the ways out.
func (f *finder) reportBarred(s *subject, keys []string, answers, between *subject, what string) {
	p := problem{
		code: "MG5075", keys: keys, path: f.chosenLayer(s),
		message: fmt.Sprintf("comes in layer %s, before %s in layer %s, which answers for %s: until then the API server refuses %s in layer %s, and layer %[3]s waits for that, so that neither is ever there",
			s.Origin.Layer, answers.id, answers.Origin.Layer, field(keys), what, between.Origin.Layer),
	}
	if f.mesh.GitOps == nil {
		p.severity = diag.Warning // whoever applies it may do so again, and in another order
	}
	var ways []string
	if own := f.manifestOf(s); own != nil {
		ways = append(ways, fmt.Sprintf("set %s to %q", intent.Join(own.Path, "layer"), answers.Origin.Layer))
	}
	ways = append(ways, fmt.Sprintf("set %s to Ignore", field(below(keys, "failurePolicy"))), "narrow its rules or its namespaceSelector")
	p.suggestion = strings.Join(ways, ", or ")
	f.report(s, p)
}

// answering returns what comes last of a Service and the pods behind it, of
// which the first is enough.
func (f *finder) answering(service *subject) *subject {
	var first *subject
	for _, w := range f.selected(service.id.Namespace, selector{labels: object.Map(service.Value, "spec", "selector")}) {
		if len(object.Map(service.Value, "spec", "selector")) > 0 && w.from.Origin.Layer != "" && (first == nil || w.from.Origin.Layer < first.Origin.Layer) {
			first = w.from
		}
	}
	if first != nil && first.Origin.Layer > service.Origin.Layer {
		return first
	}
	return service
}

// byLayer returns the objects of the layers behind one, up to another and with
// it, in the order of the layers.
func (f *finder) byLayer(after, last string) []*subject {
	var found []*subject
	for i := range f.subjects {
		if layer := f.subjects[i].Origin.Layer; layer > after && layer <= last {
			found = append(found, &f.subjects[i])
		}
	}
	slices.SortStableFunc(found, func(a, b *subject) int { return strings.Compare(a.Origin.Layer, b.Origin.Layer) })
	return found
}

// caught says whether a webhook is asked when an object is made, or the pods of
// it are, and which of the two.
func (f *finder) caught(hook map[string]any, s *subject) (what string, ok bool) {
	if s.id.Group == "admissionregistration.k8s.io" {
		return "", false // so that nobody locks himself out
	}
	resource, _, _ := strings.Cut(plural(s.id), ".")
	if d, ok := f.definitions()[s.kind]; ok {
		resource = object.String(d.from.Value, "spec", "names", "plural")
	}
	if s.kind == "Endpoints." {
		resource = "endpoints"
	}
	_, version, grouped := strings.Cut(s.APIVersion(), "/")
	if !grouped {
		version = s.APIVersion()
	}
	namespace := s.id.Namespace
	if s.kind == "Namespace." {
		namespace = s.id.Name
	}
	if askedOf(hook, s.id.Group, version, resource, namespace != "" && s.kind != "Namespace.") && f.selects(hook, namespace, s.Labels()) {
		return s.id.String(), true
	}
	w, pods := podsOf(s)
	if pods && s.kind != "Pod." && s.kind != "CronJob.batch" && askedOf(hook, "", "v1", "pods", true) && f.selects(hook, namespace, w.labels) {
		return "the pods of " + s.id.String(), true
	}
	return "", false
}

// selects says whether a webhook's selectors take an object of a namespace; none
// is for what has none (https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/).
func (f *finder) selects(hook map[string]any, namespace string, labels map[string]any) bool {
	if !labelSelector(object.Map(hook, "objectSelector")).matches(labels) {
		return false
	}
	if namespace == "" {
		return true
	}
	want, of := labelSelector(object.Map(hook, "namespaceSelector")), map[string]any{nameLabel: namespace}
	if n := f.byID[object.ID{Kind: "Namespace", Name: namespace}]; n != nil {
		for key, value := range n.Labels() {
			of[key] = value
		}
	} else if !byName(want) {
		return false // nobody here knows its labels
	}
	return want.matches(of)
}

// nameLabel is what the API server gives every namespace.
const nameLabel = "kubernetes.io/metadata.name"

// byName says whether a selector asks for nothing but the names of namespaces.
func byName(s selector) bool {
	for key := range s.labels {
		if key != nameLabel {
			return false
		}
	}
	return !slices.ContainsFunc(s.expressions, func(v any) bool { m, _ := v.(map[string]any); return text(m, "key") != nameLabel })
}

// askedOf says whether a rule of a webhook is for the making of a resource, as
// the API server reads it (k8s.io/apiserver, pkg/admission/plugin/webhook/predicates/rules).
// A webhook is asked of other versions of a resource too, unless it says Exact.
func askedOf(hook map[string]any, group, version, resource string, namespaced bool) bool {
	exact := text(hook, "matchPolicy") == "Exact"
	has := func(rule map[string]any, key, want string) bool {
		list := textsOf(rule, key)
		return slices.Contains(list, "*") || slices.Contains(list, want)
	}
	return slices.ContainsFunc(object.List(hook, "rules"), func(v any) bool {
		rule, _ := v.(map[string]any)
		if !has(rule, "operations", "CREATE") || !has(rule, "apiGroups", group) || exact && !has(rule, "apiVersions", version) {
			return false
		}
		if scope := text(rule, "scope"); scope == "Cluster" && namespaced || scope == "Namespaced" && !namespaced {
			return false
		}
		return slices.ContainsFunc(textsOf(rule, "resources"), func(text string) bool {
			name, sub, _ := strings.Cut(text, "/")
			return (name == "*" || name == resource) && (sub == "" || sub == "*")
		})
	})
}
