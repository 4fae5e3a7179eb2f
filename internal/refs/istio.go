package refs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// istioGateway is the kind whose objects a VirtualService is bound to.
const istioGateway = "Gateway.networking.istio.io"

// gatewayPods holds a Gateway against the pods that it configures, of any
// namespace: with none it has no effect (IST0101 of istioctl analyze).
func gatewayPods(f *finder, s *subject) {
	keys := []string{"spec", "selector"}
	want := selector{labels: object.Map(s.Value, keys...)}
	if want.isEmpty() || !f.whole {
		return // istiod binds it to every gateway
	}
	var near *workload
	for namespace, all := range f.workloads {
		if len(f.selected(namespace, want)) > 0 {
			return
		}
		for i := range all {
			if all[i].injected && (near == nil || all[i].from.id.Compare(near.from.id) < 0) {
				near = &all[i]
			}
		}
	}
	for _, e := range f.mesh.External {
		if e.Kind == "Pod" {
			return
		}
	}
	p := problem{
		code: "MG5055", keys: keys,
		message:    fmt.Sprintf("selects no gateway: no pod has %s", want),
		suggestion: fmt.Sprintf("declare a gateway in the intent's gateways, or whose pods are meant: external: %q: \"...\"", "Pod/"+s.id.Namespace+"/*"),
	}
	if near != nil {
		p.suggestion = fmt.Sprintf("set spec.selector to labels of %s, such as %s", near.from.id, firstLabel(near.labels))
	}
	f.report(s, p)
}

// firstLabel returns the label by which a gateway is best known.
func firstLabel(labels map[string]any) string {
	for _, key := range []string{"istio", "gateway.networking.k8s.io/gateway-name", "app"} {
		if v, ok := labels[key].(string); ok {
			return key + ": " + v
		}
	}
	return selector{labels: labels}.String()
}

// boundGateways holds the gateways that a VirtualService names against those
// that are there: with a name that leads nowhere the routes have no effect.
func boundGateways(f *finder, s *subject) {
	for _, list := range []string{"spec.gateways[]", "spec.http[].match[].gateways[]", "spec.tls[].match[].gateways[]", "spec.tcp[].match[].gateways[]"} {
		parsePath(list).each(s.Value, nil, func(keys []string, v any) {
			name, _ := v.(string)
			if name == "" || name == "mesh" {
				return
			}
			namespace, bare, ok := strings.Cut(name, "/")
			if !ok {
				namespace, bare = s.id.Namespace, name
				if host, inside := inCluster(name, s.id.Namespace); inside && strings.Contains(name, ".") {
					namespace, bare = host.namespace, host.name // the old form
				}
			} else if namespace == "." {
				namespace = s.id.Namespace
			}
			if f.exists(istioGateway, namespace, bare) {
				return
			}
			at := below(keys)
			p := problem{
				code: "MG5055", keys: at,
				message:    fmt.Sprintf("is for %s in %s, which nobody makes", show(istioGateway, namespace, bare), field(at)),
				suggestion: f.remedy(at, istioGateway, namespace, bare),
			}
			if g := f.byID[object.ID{Group: gatewayAPI, Kind: "Gateway", Namespace: namespace, Name: bare}]; g != nil {
				p.message = fmt.Sprintf("is for %s in %s, to which routes of Gateway API alone are bound", g.id, field(at))
				p.suggestion = fmt.Sprintf("write %s instead, with spec.parentRefs: [{namespace: %s, name: %s}]", routeKindFor(s), namespace, bare)
			} else if near := f.nearest(istioGateway, namespace, bare); near != "" {
				p.suggestion = fmt.Sprintf("set %s to %q", field(at), namespace+"/"+near)
			} else if others := f.elsewhere(istioGateway, bare); others != "" {
				p.suggestion = fmt.Sprintf("set %s to %q", field(at), others)
			}
			f.report(s, p)
		})
	}
}

// routeKindFor is the kind of Gateway API's routes that says what a VirtualService does.
func routeKindFor(s *subject) string {
	switch {
	case len(object.List(s.Value, "spec", "http")) > 0:
		return "an HTTPRoute"
	case len(object.List(s.Value, "spec", "tls")) > 0:
		return "a TLSRoute"
	}
	return "a TCPRoute"
}

// elsewhere returns an object of the name in another namespace, as
// namespace/name, or "".
func (f *finder) elsewhere(kind, name string) string {
	for _, s := range f.byKind[kind] {
		if s.id.Name == name {
			return s.id.Namespace + "/" + name
		}
	}
	return ""
}

// delegates holds the VirtualServices that a VirtualService hands over to
// against those that are there.
func delegates(f *finder, s *subject) {
	parsePath("spec.http[].delegate").maps(s.Value, nil, func(keys []string, m map[string]any) {
		namespace, name := s.named(m)
		at := below(keys, "name")
		switch {
		case namespace == s.id.Namespace && name == s.id.Name:
			f.report(s, problem{
				code: "MG5056", keys: at,
				message:    fmt.Sprintf("hands requests on to itself in %s", field(at)),
				suggestion: fmt.Sprintf("set %s to another VirtualService", field(at)),
			})
		case !f.exists(s.kind, namespace, name):
			p := problem{
				code: "MG5056", keys: at,
				message:    fmt.Sprintf("refers to %s in %s, which nobody makes", show(s.kind, namespace, name), field(at)),
				suggestion: f.remedy(at, s.kind, namespace, name),
			}
			if near := f.nearest(s.kind, namespace, name); near == s.id.Name && namespace == s.id.Namespace { // the one that must not be meant
				p.suggestion = fmt.Sprintf("add the VirtualService to manifests, or declare who makes it: external: %q: \"...\"", reference(s.kind, namespace, name))
			}
			f.report(s, p)
		}
	})
}

// host is a Service's name and namespace.
type host struct{ namespace, name string }

// inCluster reads a host as istiod does: a bare name is a Service of the
// object's namespace, and only a full name is one of another.
func inCluster(name, namespace string) (host, bool) {
	if !strings.Contains(name, ".") {
		return host{namespace, name}, true
	}
	bare, ok := strings.CutSuffix(name, ".svc.cluster.local")
	service, ns, two := strings.Cut(bare, ".")
	return host{ns, service}, ok && two && !strings.Contains(ns, ".")
}

// destinationFields are where a VirtualService says where requests go.
var destinationFields = []path{
	parsePath("spec.http[].route[].destination"), parsePath("spec.http[].mirror"), parsePath("spec.http[].mirrors[].destination"),
	parsePath("spec.tls[].route[].destination"), parsePath("spec.tcp[].route[].destination"),
}

// destinations holds a VirtualService's destinations against Services and
// subsets. A Service that nobody speaks of may be an application's, so that it
// is a warning; a subset has to be in a DestinationRule.
func destinations(f *finder, s *subject) {
	told := map[string]bool{}
	for _, p := range destinationFields {
		p.maps(s.Value, nil, func(keys []string, m map[string]any) {
			name, subset := text(m, "host"), text(m, "subset")
			if !told[name] && !f.knownHost(s, below(keys, "host"), name) {
				told[name] = true
			}
			if n, ok := number(at(m, []string{"port", "number"})); ok {
				f.hostPort(s, below(keys, "port", "number"), name, n)
			} else if !ofMesh(s) {
				f.onePort(s, below(keys, "host"), name)
			}
			if subset != "" && !told[name+"\x00"+subset] {
				told[name+"\x00"+subset] = true
				f.knownSubset(s, below(keys, "subset"), name, subset)
			}
		})
	}
}

// ruleHost holds a DestinationRule's host against the Services.
func ruleHost(f *finder, s *subject) {
	f.knownHost(s, []string{"spec", "host"}, object.String(s.Value, "spec", "host"))
}

// knownHost warns of a host that is neither a Service nor a ServiceEntry's, and
// says whether it is known.
func (f *finder) knownHost(s *subject, keys []string, name string) bool {
	if name == "" || strings.ContainsAny(name, "*$") || f.entryHost(name) {
		return true
	}
	service, inside := inCluster(name, s.id.Namespace)
	if inside && f.exists("Service.", service.namespace, service.name) {
		return true
	}
	p := problem{code: "MG5056", severity: diag.Warning, keys: keys}
	switch parts := strings.Split(name, "."); {
	case inside:
		p.message = fmt.Sprintf("leads to %s in %s, of which nothing here speaks", show("Service.", service.namespace, service.name), field(keys))
		p.suggestion = fmt.Sprintf("declare the Service in the intent's services, or who makes it: external: %q: \"...\"", reference("Service.", service.namespace, service.name))
		if near := f.nearest("Service.", service.namespace, service.name); near != "" {
			p.suggestion = fmt.Sprintf("set %s to the host of Service %q, or declare the Service: external: %q: \"...\"", field(keys), near, reference("Service.", service.namespace, service.name))
		}
	case len(parts) == 2 && f.exists("Service.", parts[1], parts[0]), len(parts) == 3 && parts[2] == "svc" && f.exists("Service.", parts[1], parts[0]):
		p.message = fmt.Sprintf("leads to the host %s in %s, which Istio does not complete: a Service of another namespace has its full name", name, field(keys))
		p.suggestion = fmt.Sprintf("set %s to %q", field(keys), parts[0]+"."+parts[1]+".svc.cluster.local")
	default:
		p.message = fmt.Sprintf("leads to the host %s in %s, which is no Service and no ServiceEntry's", name, field(keys))
		p.suggestion = "add a ServiceEntry for the host, or declare it in egress.hosts"
	}
	f.report(s, p)
	return false
}

// entryHost says whether a ServiceEntry or the intent speaks of a host.
func (f *finder) entryHost(name string) bool {
	for _, e := range f.byKind["ServiceEntry.networking.istio.io"] {
		for _, h := range object.List(e.Value, "spec", "hosts") {
			known, _ := h.(string)
			if model.HostCovers(known, name) {
				return true
			}
		}
	}
	return false
}

// hostPort holds a port against the Service that it is asked of, where the
// Service is known.
func (f *finder) hostPort(s *subject, keys []string, name string, wanted int) {
	service, inside := inCluster(name, s.id.Namespace)
	if !inside {
		return
	}
	f.servicePort(s, keys, "MG5056", service, wanted)
}

// onePort warns of a Service of several ports where none is named behind a
// gateway: istiod takes the port of the gateway's listener, which the Service
// need not have (IST0112; pilot/pkg/networking/core/route, GetDestinationCluster).
func (f *finder) onePort(s *subject, keys []string, name string) {
	service, inside := inCluster(name, s.id.Namespace)
	target := f.byID[object.ID{Kind: "Service", Namespace: service.namespace, Name: service.name}]
	if !inside || target == nil {
		return
	}
	if numbers, _ := servicePorts(target); len(numbers) > 1 {
		at := append(keys[:len(keys)-1:len(keys)-1], "port", "number")
		f.report(s, problem{
			code: "MG5056", severity: diag.Warning, keys: keys,
			message:    fmt.Sprintf("leads to %s in %s without a port, and it has %s: a gateway takes the port that it listens on itself", target.id, field(keys), numbersText(numbers)),
			suggestion: fmt.Sprintf("set %s to %d", field(at), likely(numbers)),
		})
	}
}

// servicePort reports a port that a known Service does not have.
func (f *finder) servicePort(s *subject, keys []string, code string, h host, wanted int) {
	var numbers []int
	if target := f.byID[object.ID{Kind: "Service", Namespace: h.namespace, Name: h.name}]; target != nil {
		numbers, _ = servicePorts(target)
	} else if declared := f.declaredService(h.namespace, h.name); declared != nil && !s.ours() {
		return // the intent declares the port that routes use; there may be more
	}
	if len(numbers) == 0 || slices.Contains(numbers, wanted) {
		return
	}
	f.report(s, problem{
		code: code, keys: keys,
		message:    fmt.Sprintf("asks for port %d in %s, and %s has only %s", wanted, field(keys), show("Service.", h.namespace, h.name), numbersText(numbers)),
		suggestion: fmt.Sprintf("set %s to %d", field(keys), likely(numbers)),
	})
}

// likely returns the port that is meant, as a rule.
func likely(numbers []int) int {
	for _, n := range []int{443, 80} {
		if slices.Contains(numbers, n) {
			return n
		}
	}
	return numbers[0]
}

// knownSubset reports a subset that no DestinationRule of the host has: istiod
// then answers 503.
func (f *finder) knownSubset(s *subject, keys []string, name, subset string) {
	wanted, inside := inCluster(name, s.id.Namespace)
	var known []string
	var rule *subject
	for _, r := range f.byKind["DestinationRule.networking.istio.io"] {
		of := object.String(r.Value, "spec", "host")
		other, also := inCluster(of, r.id.Namespace)
		if of != name && !(inside && also && other == wanted) {
			continue
		}
		rule = r
		for _, v := range object.List(r.Value, "spec", "subsets") {
			m, _ := v.(map[string]any)
			known = append(known, text(m, "name"))
		}
	}
	if !f.whole || slices.Contains(known, subset) || f.declares("DestinationRule", "networking.istio.io", wanted.namespace, wanted.name) {
		return
	}
	p := problem{code: "MG5056", keys: keys}
	if rule == nil {
		p.message = fmt.Sprintf("sends to the subset %q of %s in %s, and no DestinationRule has subsets of the host", subset, name, field(keys))
		p.suggestion = fmt.Sprintf("declare the subset in the intent's services, or who makes the rule: external: %q: \"...\"", reference("DestinationRule.networking.istio.io", wanted.namespace, wanted.name))
	} else {
		p.message = fmt.Sprintf("sends to the subset %q of %s in %s, which %s does not have", subset, name, field(keys), rule.id)
		p.suggestion = fmt.Sprintf("add the subset to %s", rule.id)
		if near := diag.Nearest(subset, known); near != "" {
			p.suggestion = fmt.Sprintf("set %s to %q", field(keys), near)
		}
	}
	f.report(s, p)
}
