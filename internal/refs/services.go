package refs

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// noPods reports a selector that selects no pod, as far as that is certain: as
// an error where nothing else runs or where a workload looks as if it were
// meant, as a warning where applications may run that meshgen does not know.
// Policies without effect on what is rendered are left alone among applications.
func (f *finder) noPods(s *subject, want selector, keys []string, policy bool) {
	at := f.company(s.id.Namespace)
	operated := f.operated(s.id.Namespace)
	near := f.nearMiss(s, want)
	if operated {
		near = nil // what has some labels in common is as likely the operator's neighbour
	}
	p := problem{
		code: "MG5052", keys: keys,
		message: fmt.Sprintf("selects no pod of %s: none has %s", s.id.Namespace, want),
		suggestion: fmt.Sprintf("correct %s, or declare whose pods they are: external: %q: \"...\"",
			field(keys), "Pod/"+s.id.Namespace+"/*"),
	}
	switch {
	case at == stated || !f.whole || policy && (at != alone || operated):
		return
	case operated:
		p.severity = diag.Warning
	case s.Origin.Chart == "" && at != alone && near == nil:
		p.severity = diag.Warning
	}
	if near != nil {
		p.message += fmt.Sprintf("; those of %s have %s", near.from.id, selector{labels: asked(near.labels, want)})
		p.suggestion = fmt.Sprintf("correct %s, or the labels of %s", field(keys), near.from.id)
	}
	f.report(s, p)
}

// asked returns the labels that a selector asks for, as far as there are any;
// without one in common, all.
func asked(labels map[string]any, want selector) map[string]any {
	some := map[string]any{}
	for key := range want.labels {
		if value, ok := labels[key]; ok {
			some[key] = value
		}
	}
	if len(some) == 0 {
		return labels
	}
	return some
}

// servicePods holds a Service against the pods that it sends to.
func servicePods(f *finder, s *subject) {
	keys := []string{"spec", "selector"}
	want := selector{labels: object.Map(s.Value, keys...)}
	if want.isEmpty() || object.String(s.Value, "spec", "type") == "ExternalName" {
		return
	}
	pods := f.selected(s.id.Namespace, want)
	if len(pods) == 0 {
		f.noPods(s, want, keys, false)
		return
	}
	for i, p := range object.List(s.Value, "spec", "ports") {
		m, _ := p.(map[string]any)
		f.targetPort(s, m, []string{"spec", "ports", strconv.Itoa(i)}, pods)
	}
}

// targetPort holds one port of a Service against the ports that its pods open.
// A name must be a container's. A number is held against the containers only
// where they declare ports at all, and no more than warned of: a container may
// listen on ports that it does not declare (the field ports of a container in
// Kubernetes' API reference).
func (f *finder) targetPort(s *subject, m map[string]any, keys []string, pods []workload) {
	protocol := text(m, "protocol")
	if protocol == "" {
		protocol = "TCP"
	}
	target, key := m["targetPort"], "targetPort"
	if target == nil {
		target, key = m["port"], "port"
	}
	wanted, isNumber := number(target)
	name, isName := target.(string)
	if !isNumber && !isName {
		return
	}
	var names []string
	var numbers []int
	for _, w := range pods {
		if w.injected || w.spec == nil {
			return // the proxy opens what the Gateways say
		}
		for _, p := range w.ports() {
			if p.protocol != protocol {
				continue
			}
			if p.name != "" {
				names = append(names, p.name)
			}
			numbers = append(numbers, p.number)
		}
	}
	at := below(keys, key)
	p := problem{code: "MG5053", keys: at}
	switch {
	case isName && !slices.Contains(names, name):
		p.message = fmt.Sprintf("sends to the port %q in %s, and no container of %s has a %s port of that name", name, field(at), pods[0].from.id, protocol)
		p.suggestion = fmt.Sprintf("add the name to a port of %s", pods[0].from.id)
		if near := diag.Nearest(name, names); near != "" {
			p.suggestion = fmt.Sprintf("set %s to %q", field(at), near)
		} else if len(names) > 0 {
			p.suggestion = fmt.Sprintf("set %s to %q, or add the name to a port of %s", field(at), names[0], pods[0].from.id)
		}
	case isNumber && len(numbers) > 0 && !slices.Contains(numbers, wanted):
		p.severity = diag.Warning
		p.message = fmt.Sprintf("sends to port %d in %s, and the containers of %s declare only %s", wanted, field(at), pods[0].from.id, numbersText(numbers))
		p.suggestion = fmt.Sprintf("set targetPort to %d, or add containerPort: %d to %s", numbers[0], wanted, pods[0].from.id)
	default:
		return
	}
	f.report(s, p)
}

func numbersText(numbers []int) string {
	numbers = slices.Compact(slices.Sorted(slices.Values(numbers)))
	text := ""
	for i, n := range numbers {
		if i > 0 {
			text += ", "
		}
		text += strconv.Itoa(n)
	}
	return text
}

// policyPods returns the rule of a policy that selects the workloads it is for.
// One without a selector, or in the root namespace, is for more than the
// namespace's pods; among applications nobody can tell.
func policyPods(at string) rule {
	p := parsePath(at)
	return func(f *finder, s *subject) {
		m := object.Map(s.Value, p...)
		want := labelSelector(m)
		if p[len(p)-1] == "labels" {
			want = selector{labels: m}
		}
		if want.isEmpty() || s.id.Namespace == model.RootNamespace && s.id.Group != "networking.k8s.io" {
			return
		}
		if len(f.selected(s.id.Namespace, want)) == 0 {
			f.noPods(s, want, below(p), true)
		}
	}
}

// servicePorts returns the numbers and names of a Service's ports.
func servicePorts(s *subject) (numbers []int, names []string) {
	for _, p := range object.List(s.Value, "spec", "ports") {
		m, _ := p.(map[string]any)
		if n, ok := number(m["port"]); ok {
			numbers = append(numbers, n)
		}
		if name := text(m, "name"); name != "" {
			names = append(names, name)
		}
	}
	return numbers, names
}
