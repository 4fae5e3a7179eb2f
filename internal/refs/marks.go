package refs

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"istio.io/api/annotation"
	"istio.io/api/label"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/object"
)

// strict are the domains of which Istio's tables know every annotation and
// label; under others controllers and features bring some of their own.
var strict = []string{"sidecar.istio.io/", "traffic.sidecar.istio.io/", "readiness.status.sidecar.istio.io/", "proxy.istio.io/", "inject.istio.io/"}

// valued are labels and annotations that take one of a few values, and are
// without effect with any other (pkg/kube/inject, pkg/kube/namespace of Istio).
var valued = map[string][]string{
	"istio-injection":               {"enabled", "disabled"},
	"istio.io/dataplane-mode":       {"ambient", "none"},
	"sidecar.istio.io/inject":       {"true", "false"},
	"istio.io/ingress-use-waypoint": {"true", "false"},
	"istio.io/waypoint-for":         {"service", "workload", "all", "none"},
	trafficDistribution:             {"PreferClose", "PreferSameZone", "PreferSameNode", "Any"},
}

// trafficDistribution is an annotation of Services and namespaces, whose values
// istiod takes in any letters (pilot/pkg/model, GetTrafficDistribution).
const trafficDistribution = "networking.istio.io/traffic-distribution"

// marks holds Istio's labels and annotations of an object, and of its pods,
// against those that istiod reads: it passes over others without a word
// (IST0107, IST0108; istio.io/api's own tables).
func marks(f *finder, s *subject) {
	if s.ours() && s.kind != "Namespace." {
		return
	}
	f.marksAt(s, nil, s.Value)
	if keys, ok := templates[s.kind]; ok && len(keys) > 0 {
		f.marksAt(s, keys, object.Map(s.Value, keys...))
	}
}

func (f *finder) marksAt(s *subject, above []string, value map[string]any) {
	if f.annotations == nil {
		f.annotations, f.labels = istioAnnotations(), istioLabels()
	}
	annotations, labels := f.annotations, f.labels
	for _, group := range []string{"annotations", "labels"} {
		known, other, one := annotations, labels, "annotation"
		if group == "labels" {
			known, other, one = labels, annotations, "label"
		}
		marks := object.Map(value, "metadata", group)
		for _, key := range slices.Sorted(maps.Keys(marks)) {
			at := below(above, "metadata", group, key)
			resources, ok := known[key]
			if ok {
				f.markValue(s, at, key, marks[key])
				f.markPlace(s, above, at, key, resources)
				continue
			}
			p := problem{code: "MG5067", severity: diag.Warning, keys: at, suggestion: "remove it, or correct its name"}
			if _, elsewhere := other[key]; elsewhere {
				p.message = fmt.Sprintf("has %s as %s, and istiod reads it among the %s", key, article(one), map[string]string{"annotation": "labels", "label": "annotations"}[one])
				p.suggestion = fmt.Sprintf("move it to %s", field(below(above, "metadata", map[string]string{"annotation": "labels", "label": "annotations"}[one])))
				f.report(s, p)
				continue
			}
			near := nearMark(key, known)
			if near == "" && !slices.ContainsFunc(strict, func(domain string) bool { return strings.HasPrefix(key, domain) }) {
				continue
			}
			p.message = fmt.Sprintf("has the %s %s, which Istio does not know", one, key)
			if near != "" {
				p.suggestion = fmt.Sprintf("write %s instead", near)
			}
			f.report(s, p)
		}
	}
}

// nearMark returns what is most likely meant by a name that is not known: one of
// the same domain, or of the same name and nearly that domain; or "".
func nearMark(key string, known map[string][]string) string {
	domain, name, ok := strings.Cut(key, "/")
	if strings.HasSuffix(domain, "kubernetes.io") || strings.HasSuffix(domain, "k8s.io") || !ok && !strings.HasPrefix(key, "istio-") {
		return ""
	}
	var names, domains []string
	for _, k := range slices.Sorted(maps.Keys(known)) {
		switch d, n, has := strings.Cut(k, "/"); {
		case d == domain && has, !ok && !has:
			names = append(names, k)
		case n == name && ok:
			domains = append(domains, d)
		}
	}
	if near := diag.Nearest(key, names); near != "" {
		return near
	}
	if near := diag.Nearest(domain, domains); near != "" {
		return near + "/" + name
	}
	return ""
}

func article(one string) string {
	if one == "annotation" {
		return "an annotation"
	}
	return "a label"
}

// markValue reports a value that turns nothing on and nothing off.
func (f *finder) markValue(s *subject, keys []string, key string, v any) {
	value, ok := v.(string)
	if key == trafficDistribution && slices.ContainsFunc(valued[key], func(known string) bool { return strings.EqualFold(known, value) }) {
		return
	}
	if values := valued[key]; ok && values != nil && !slices.Contains(values, value) && !strings.Contains(value, "${") {
		f.report(s, problem{
			code: "MG5067", severity: diag.Warning, keys: keys,
			message:    fmt.Sprintf("has %s with the value %q, which istiod passes over", key, value),
			suggestion: fmt.Sprintf("set %s to one of %s", key, strings.Join(values, ", ")),
		})
	}
}

// markPlace reports what is for pods and stands on the object that makes them.
func (f *finder) markPlace(s *subject, above, keys []string, key string, resources []string) {
	template, ok := templates[s.kind]
	if there := object.Map(s.Value, below(template, keys[:2]...)...); there[key] != nil {
		return // the pods have it too, as where all labels are put everywhere
	}
	if !ok || len(template) == 0 || len(above) > 0 || slices.Contains(resources, "Any") || slices.Contains(resources, s.id.Kind) || !slices.Contains(resources, "Pod") {
		return
	}
	f.report(s, problem{
		code: "MG5067", severity: diag.Warning, keys: keys,
		message:    fmt.Sprintf("has %s itself, and istiod reads it from the pods", key),
		suggestion: fmt.Sprintf("move it to %s", field(below(template, keys[:2]...))),
	})
}

// istioAnnotations returns Istio's annotations, and the kinds that each is for.
func istioAnnotations() map[string][]string {
	known := map[string][]string{}
	for _, a := range annotation.AllResourceAnnotations() {
		for _, r := range a.Resources {
			known[a.Name] = append(known[a.Name], r.String())
		}
	}
	return known
}

// istioLabels does the same for labels; the oldest of them is in no table.
func istioLabels() map[string][]string {
	known := map[string][]string{"istio-injection": {"Namespace"}}
	for _, l := range label.AllResourceLabels() {
		for _, r := range l.Resources {
			known[l.Name] = append(known[l.Name], r.String())
		}
	}
	return known
}
