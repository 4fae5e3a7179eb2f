package refs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// need is a port that the mesh's own traffic goes to.
type need struct {
	port     int
	protocol string
	what     string // is cut without it
}

// What runs into a NetworkPolicy (https://istio.io/latest/docs/ops/deployment/application-requirements/,
// https://istio.io/latest/docs/ambient/usage/networkpolicy/).
var (
	istiodNeeds  = []need{{15012, "TCP", "no proxy gets its configuration or its certificate"}, {15017, "TCP", "the API server's calls to its webhooks fail"}}
	ambientNeeds = []need{{15008, "TCP", "nobody in the mesh reaches them"}}
	sidecarNeeds = []need{{15012, "TCP", "they do not reach istiod, and never get ready"}, {53, "UDP", "they do not find istiod's address, and never get ready"}}
)

// cutOff warns of a NetworkPolicy that closes what the mesh needs, and that none
// beside it opens: policies on the same pods add up. It looks at ports alone, not
// at who may come; and it warns, for not every network enforces policies.
func cutOff(f *finder, s *subject) {
	want := labelSelector(object.Map(s.Value, "spec", "podSelector"))
	namespace := s.id.Namespace
	for _, w := range f.selected(namespace, want) {
		on := func(other selector) bool { return other.matches(w.labels) }
		_, operated := monitored[w.from.kind]
		switch pods := "the pods of " + w.from.id.String(); {
		case w.from.Origin.Chart == "istiod" && namespace == model.RootNamespace:
			f.cuts(s, "ingress", "istiod", istiodNeeds, w.ports(), on)
		case w.from.Origin.Chart == "ztunnel" && namespace == model.RootNamespace:
			f.cuts(s, "egress", pods, sidecarNeeds, nil, on)
		case w.injected && !operated: // a gateway or a waypoint
			f.cuts(s, "egress", pods, sidecarNeeds, nil, on)
			f.cuts(s, "ingress", pods, f.servedBy(w), w.ports(), on)
		}
	}
	i := slices.IndexFunc(f.mesh.Namespaces, func(n model.Namespace) bool { return n.Name == namespace && n.Mesh })
	if i < 0 || want.labels["sidecar.istio.io/inject"] == "false" || want.labels["istio.io/dataplane-mode"] == "none" {
		return
	}
	// Which pods there are is not known: another policy counts where it is on
	// all that this one is on.
	wider := func(other selector) bool {
		if len(other.expressions) > 0 {
			return other.String() == want.String()
		}
		return selector{labels: other.labels}.matches(want.labels)
	}
	pods := "the pods of " + namespace
	if !want.isEmpty() {
		pods = fmt.Sprintf("the pods with %s of %s", want, namespace)
	}
	if f.mesh.Namespaces[i].Mode == intent.Ambient {
		if len(object.List(s.Value, "spec", "ingress")) > 0 { // a policy that lets nobody in means it
			f.cuts(s, "ingress", pods, ambientNeeds, nil, wider)
		}
		return
	}
	if want.isEmpty() { // the usual one that closes all, beside those that open
		wider = func(selector) bool { return true }
	}
	f.cuts(s, "egress", "the sidecars of "+strings.TrimPrefix(pods, "the pods of "), sidecarNeeds, nil, wider)
}

// servedBy returns the ports that clients reach a gateway's pods by: those that
// its Services send to, but the one for health checks, or its listeners'.
func (f *finder) servedBy(w workload) []need {
	var needs []need
	if w.from.kind == "Gateway."+gatewayAPI && !isWaypoint(w.from) {
		parsePath("spec.listeners[].port").each(w.from.Value, nil, func(_ []string, v any) {
			if n, ok := number(v); ok && !slices.ContainsFunc(needs, func(have need) bool { return have.port == n }) {
				needs = append(needs, need{n, "TCP", "no client reaches them there"})
			}
		})
	}
	for _, service := range f.byKind["Service."] {
		selects := selector{labels: object.Map(service.Value, "spec", "selector")}
		if service.id.Namespace != w.from.id.Namespace || selects.isEmpty() || !selects.matches(w.labels) {
			continue
		}
		for _, v := range object.List(service.Value, "spec", "ports") {
			m, _ := v.(map[string]any)
			target := m["targetPort"]
			if target == nil {
				target = m["port"]
			}
			n, ok := number(target)
			protocol := text(m, "protocol")
			if protocol == "" {
				protocol = "TCP"
			}
			if ok && n != 15021 && !slices.ContainsFunc(needs, func(have need) bool { return have.port == n && have.protocol == protocol }) {
				needs = append(needs, need{n, protocol, "no client reaches them there"})
			}
		}
	}
	return needs
}

// cuts reports the ports that a policy closes, and that no policy beside it opens.
func (f *finder) cuts(s *subject, direction, whose string, needs []need, named []port, beside func(selector) bool) {
	if !closes(s, direction) {
		return
	}
	var missing, add, without []string
	for _, n := range needs {
		open := slices.ContainsFunc(f.byKind[s.kind], func(other *subject) bool {
			return other.id.Namespace == s.id.Namespace && beside(labelSelector(object.Map(other.Value, "spec", "podSelector"))) && opens(other, direction, n, named)
		})
		if !open {
			missing = append(missing, fmt.Sprintf("%s %d", n.protocol, n.port))
			add = append(add, fmt.Sprintf("{port: %d, protocol: %s}", n.port, n.protocol))
			without = append(without, n.what)
		}
	}
	if len(missing) == 0 || !f.once("closed "+direction+s.id.Namespace+whose) {
		return
	}
	way := map[string]string{"ingress": "into", "egress": "out of"}[direction]
	f.report(s, problem{
		code: "MG5079", severity: diag.Warning, keys: []string{"spec", direction},
		message:    fmt.Sprintf("lets no %s %s %s: %s", strings.Join(missing, " and no "), way, whose, strings.Join(slices.Compact(without), "; ")),
		suggestion: fmt.Sprintf("add {ports: [%s]} to spec.%s", strings.Join(add, ", "), direction),
	})
}

// closes says whether a policy closes a direction to all that it does not open
// (networking/v1 NetworkPolicySpec.policyTypes).
func closes(s *subject, direction string) bool {
	types := object.List(s.Value, "spec", "policyTypes")
	if len(types) == 0 {
		return direction == "ingress" || len(object.List(s.Value, "spec", "egress")) > 0
	}
	return slices.ContainsFunc(types, func(t any) bool { return strings.EqualFold(fmt.Sprint(t), direction) })
}

// opens says whether a policy lets a port through, to or from anybody at all.
func opens(s *subject, direction string, n need, named []port) bool {
	if !closes(s, direction) {
		return false // and opens nothing that others close
	}
	return slices.ContainsFunc(object.List(s.Value, "spec", direction), func(rule any) bool {
		m, _ := rule.(map[string]any)
		ports := object.List(m, "ports")
		return len(ports) == 0 || slices.ContainsFunc(ports, func(v any) bool {
			p, _ := v.(map[string]any)
			if protocol := text(p, "protocol"); protocol != n.protocol && (protocol != "" || n.protocol != "TCP") {
				return false
			}
			if name, ok := p["port"].(string); ok { // of a container; whose, outward, is not known
				return direction == "egress" || slices.ContainsFunc(named, func(have port) bool { return have.name == name && have.number == n.port })
			}
			from, some := number(p["port"])
			to, ranged := number(p["endPort"])
			return !some || from == n.port || ranged && from <= n.port && n.port <= to
		})
	})
}
