package refs

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/object"
)

// watched returns the namespaces that a monitor looks in; all is true for every
// one. Without a selector it looks in its own.
func watched(s *subject) (namespaces []string, all bool) {
	m := object.Map(s.Value, "spec", "namespaceSelector")
	if any, _ := m["any"].(bool); any {
		return nil, true
	}
	for _, v := range object.List(m, "matchNames") {
		if name, ok := v.(string); ok {
			namespaces = append(namespaces, name)
		}
	}
	if len(namespaces) == 0 {
		namespaces = []string{s.id.Namespace}
	}
	return namespaces, false
}

// serviceMonitor holds a ServiceMonitor against the Services that it selects.
func serviceMonitor(f *finder, s *subject) {
	want := labelSelector(object.Map(s.Value, "spec", "selector"))
	namespaces, all := watched(s)
	var found []*subject
	for _, service := range f.byKind["Service."] {
		if (all || slices.Contains(namespaces, service.id.Namespace)) && want.matches(service.Labels()) {
			found = append(found, service)
		}
	}
	if len(found) == 0 {
		f.nothingWatched(s, "Service", want, namespaces, all)
		return
	}
	for i, e := range object.List(s.Value, "spec", "endpoints") {
		m, _ := e.(map[string]any)
		var known []string
		for _, service := range found {
			_, names := servicePorts(service)
			known = append(known, names...)
		}
		f.watchedPort(s, []string{"spec", "endpoints", strconv.Itoa(i), "port"}, text(m, "port"), known, found[0])
	}
}

// podMonitor holds a PodMonitor against the pods that it selects.
func podMonitor(f *finder, s *subject) {
	want := labelSelector(object.Map(s.Value, "spec", "selector"))
	namespaces, all := watched(s)
	var found []workload
	for namespace := range f.workloads {
		if all || slices.Contains(namespaces, namespace) {
			found = append(found, f.selected(namespace, want)...)
		}
	}
	if len(found) == 0 {
		f.nothingWatched(s, "Pod", want, namespaces, all)
		return
	}
	if slices.ContainsFunc(found, func(w workload) bool { return w.injected }) || all {
		return // the proxy's ports are the injector's, and others' pods may have the port
	}
	slices.SortFunc(found, func(a, b workload) int { return a.from.id.Compare(b.from.id) }) // some order of namespaces
	var known []string
	for _, w := range found {
		for _, p := range w.ports() {
			known = append(known, p.name)
		}
	}
	for i, e := range object.List(s.Value, "spec", "podMetricsEndpoints") {
		m, _ := e.(map[string]any)
		f.watchedPort(s, []string{"spec", "podMetricsEndpoints", strconv.Itoa(i), "port"}, text(m, "port"), known, found[0].from)
	}
}

// nothingWatched reports a monitor that finds nothing. One of ours is wrong;
// one of a person's may be meant for what others deploy.
func (f *finder) nothingWatched(s *subject, kind string, want selector, namespaces []string, all bool) {
	watch := "*"
	if !all {
		watch = namespaces[0]
	}
	p := problem{
		code: "MG5052", keys: []string{"spec", "selector"},
		message:    fmt.Sprintf("selects no %s: none has %s", kind, want),
		suggestion: fmt.Sprintf("correct spec.selector, or declare whose they are: external: %q: \"...\"", reference(kind+".", watch, "*")),
	}
	closed := !all
	for _, namespace := range namespaces {
		if f.declares(kind, "", namespace, "") {
			return
		}
		closed = closed && f.company(namespace) == alone
	}
	if !f.whole || all && f.declares(kind, "", "*", "") {
		return
	}
	if !s.ours() && !closed {
		p.severity = diag.Warning
	}
	f.report(s, p)
}

// watchedPort reports a port that nothing that a monitor finds has.
func (f *finder) watchedPort(s *subject, keys []string, name string, known []string, example *subject) {
	if name == "" || slices.Contains(known, name) {
		return
	}
	p := problem{
		code: "MG5053", keys: keys,
		message:    fmt.Sprintf("scrapes the port %q in %s, and %s has no port of that name", name, field(keys), example.id),
		suggestion: fmt.Sprintf("add the name to a port of %s", example.id),
	}
	if near := diag.Nearest(name, known); near != "" {
		p.suggestion = fmt.Sprintf("set %s to %q", field(keys), near)
	} else if i := slices.IndexFunc(known, func(n string) bool { return n != "" }); i >= 0 {
		p.suggestion = fmt.Sprintf("set %s to %q", field(keys), known[i])
	}
	f.report(s, p)
}
