package refs

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// The rules of this file hold whoever calls without the mesh's certificates
// against the pods that take nothing else, and PeerAuthentications against what
// the intent says.

const strictMode = "STRICT"

// peerMode returns what pods take at a port, by the PeerAuthentications that are
// there, and whether that is known. Without labels nothing is known of the pods,
// and one that is for some of the namespace's may be for them. Of several, istiod
// takes the first for the pods, for the namespace and for the mesh, each handing
// on what it leaves open (pilot/pkg/security/authn, ComposePeerAuthentication); in
// the root namespace it reads none with a selector.
func (f *finder) peerMode(namespace string, labels map[string]any, port int) (mode string, known bool) {
	modes := [3]string{} // of the pods, the namespace and the mesh
	set := func(i int, v any) {
		if mode, _ := v.(string); modes[i] == "" && mode != "UNSET" {
			modes[i] = mode
		}
	}
	for _, s := range f.byKind["PeerAuthentication.security.istio.io"] {
		of := labelSelector(object.Map(s.Value, "spec", "selector"))
		mode := object.Get(s.Value, "spec", "mtls", "mode")
		switch {
		case s.id.Namespace == model.RootNamespace && of.isEmpty():
			set(2, mode)
		case s.id.Namespace != namespace || namespace == model.RootNamespace:
		case of.isEmpty():
			set(1, mode)
		case labels == nil:
			return "", false
		case of.matches(labels):
			set(0, object.Get(s.Value, "spec", "portLevelMtls", strconv.Itoa(port), "mode"))
			set(0, mode)
		}
	}
	for _, mode := range modes {
		if mode != "" {
			return mode, true
		}
	}
	return "PERMISSIVE", true
}

// member says whether pods are in the mesh, so that PeerAuthentications hold for
// them.
func (f *finder) member(w workload) bool {
	if hosted, _ := w.spec["hostNetwork"].(bool); hosted {
		return false
	}
	switch f.dataPlane(w.from.id.Namespace) {
	case intent.Ambient:
		return w.labels[planeLabel] != "none"
	case intent.Sidecar:
		return w.labels["sidecar.istio.io/inject"] != "false"
	}
	return w.labels["sidecar.istio.io/inject"] == "true" && !w.injected
}

// refusedPorts returns the ports at which a Service of the mesh refuses calls
// without the mesh's certificates, and whether those are all that it has. Of a
// Service whose ports nobody knows it is 0 that stands for all. Some labels of
// its pods may be known (a subset's).
func (f *finder) refusedPorts(h host, labels map[string]any) (ports []int, all bool) {
	service := f.byID[object.ID{Kind: "Service", Namespace: h.namespace, Name: h.name}]
	want := selector{labels: maps.Clone(object.Map(serviceValue(service), "spec", "selector"))}
	var pods []workload
	if !want.isEmpty() {
		maps.Copy(want.labels, labels)
		pods = f.selected(h.namespace, want)
	}
	if len(pods) == 0 {
		mode, known := f.peerMode(h.namespace, nil, 0)
		if f.dataPlane(h.namespace) == "" || !known || mode != strictMode || service != nil && want.isEmpty() {
			return nil, false
		}
		return []int{0}, true
	}
	all = true
	for _, v := range object.List(service.Value, "spec", "ports") {
		p, _ := v.(map[string]any)
		number, _ := number(p["port"])
		if !slices.ContainsFunc(pods, func(w workload) bool { return w.injected || !f.refuses(w, p) }) {
			ports = append(ports, number)
		} else {
			all = false
		}
	}
	return ports, all && len(ports) > 0
}

func serviceValue(service *subject) map[string]any {
	if service == nil {
		return nil
	}
	return service.Value
}

// refuses says whether pods refuse what comes in plain by a port of a Service.
func (f *finder) refuses(w workload, p map[string]any) bool {
	if !f.member(w) {
		return false
	}
	target := p["targetPort"]
	if target == nil {
		target = p["port"]
	}
	n, ok := number(target)
	if name, _ := target.(string); !ok {
		i := slices.IndexFunc(w.ports(), func(p port) bool { return p.name == name })
		if i < 0 {
			return false
		}
		n = w.ports()[i].number
	}
	mode, known := f.peerMode(w.from.id.Namespace, orEmpty(w.labels), n)
	return known && mode == strictMode
}

// orEmpty is a map that is there: pods without labels are known.
func orEmpty(labels map[string]any) map[string]any {
	if labels == nil {
		return map[string]any{}
	}
	return labels
}

// clientTLS are where a DestinationRule says how a host is called: for all
// ports, or for one.
var clientTLS = []path{
	parsePath("spec.trafficPolicy.tls"), parsePath("spec.trafficPolicy.portLevelSettings[].tls"),
	parsePath("spec.subsets[].trafficPolicy.tls"), parsePath("spec.subsets[].trafficPolicy.portLevelSettings[].tls"),
}

// plainCalls reports a DestinationRule that has sidecars call a Service without
// the mesh's certificates whose pods take nothing else: each call is refused.
func plainCalls(f *finder, s *subject) {
	name := object.String(s.Value, "spec", "host")
	h, inside := inCluster(name, s.id.Namespace)
	if s.asMade() || !inside || strings.Contains(name, "*") {
		return
	}
	for _, p := range clientTLS {
		p.maps(s.Value, nil, func(keys []string, m map[string]any) {
			mode := text(m, "mode")
			if mode == "ISTIO_MUTUAL" || strings.Contains(mode, "${") {
				return
			}
			if mode == "" {
				mode = "DISABLE" // the first of the values
			}
			var labels map[string]any
			if keys[1] == "subsets" {
				labels, _ = at(s.Value, append(below(keys[:3]), "labels")).(map[string]any)
			}
			refused, all := f.refusedPorts(h, labels)
			policy := keys[:len(keys)-1]
			if n, one := number(at(s.Value, below(policy, "port", "number"))); one {
				refused, all = slices.DeleteFunc([]int{n}, func(n int) bool { return !slices.Contains(refused, 0) && !slices.Contains(refused, n) }), false
			} else { // a port's own settings stand in the place of these
				parsePath("portLevelSettings[].port.number").each(at(s.Value, policy), nil, func(_ []string, v any) {
					n, _ := number(v)
					refused = slices.DeleteFunc(refused, func(port int) bool { return port == n })
				})
			}
			if len(refused) == 0 {
				return
			}
			what, at := "every call", below(keys, "mode")
			if !all {
				what = "every call to port " + numbersText(refused)
			}
			f.report(s, problem{
				code: "MG5077", keys: at,
				message:    fmt.Sprintf("calls %s with TLS mode %s in %s, and its pods in %s take mutual TLS of the mesh alone: %s is refused", name, mode, field(at), h.namespace, what),
				suggestion: fmt.Sprintf("remove %s, or declare the port in mtls.exceptions", field(keys)),
			})
		})
	}
}

// stageOf is what the intent says that the workloads of a namespace take.
func (f *finder) stageOf(namespace string) intent.Stage {
	for _, n := range f.mesh.Namespaces {
		if n.Name == namespace && n.Stage != "" {
			return n.Stage
		}
	}
	return f.mesh.MTLS.Stage
}

// openPeers reports a PeerAuthentication that opens what the intent says is
// strict: all of a namespace or of the mesh, or some workloads, without a reason.
func openPeers(f *finder, s *subject) {
	if s.asMade() || f.stageOf(s.id.Namespace) != intent.Strict {
		return
	}
	severity, who := diag.Error, "the namespace "+s.id.Namespace
	if s.id.Namespace == model.RootNamespace {
		who = "the mesh"
	}
	if !wholeNamespace(s) {
		severity, who = diag.Warning, "workloads of the namespace "+s.id.Namespace
	}
	hold := func(keys []string, mode, who string, severity diag.Severity) {
		if mode != "DISABLE" && mode != "PERMISSIVE" {
			return
		}
		f.report(s, problem{
			code: "MG5077", severity: severity, keys: keys,
			message:    fmt.Sprintf("sets %s to %s in %s, and the intent says strict", who, mode, field(keys)),
			suggestion: fmt.Sprintf("declare the ports in mtls.exceptions, with the reason, or set %s to \"permissive\"", f.stagePath(s.id.Namespace)),
		})
	}
	hold([]string{"spec", "mtls", "mode"}, object.String(s.Value, "spec", "mtls", "mode"), who, severity)
	ports := object.Map(s.Value, "spec", "portLevelMtls")
	for _, port := range slices.Sorted(maps.Keys(ports)) {
		m, _ := ports[port].(map[string]any)
		hold([]string{"spec", "portLevelMtls", port, "mode"}, text(m, "mode"), "port "+port, diag.Warning)
	}
}

// stagePath is the field that says what a namespace takes.
func (f *finder) stagePath(namespace string) string {
	if namespace == model.RootNamespace {
		return "mtls.stage"
	}
	return intent.Join("namespaces", namespace) + ".mtls.stage"
}

// unreadPeers reports a PeerAuthentication for some pods in the root namespace,
// which istiod passes over: only there, and only of this kind, a selector is not
// for the pods of all namespaces.
func unreadPeers(f *finder, s *subject) {
	if s.id.Namespace != model.RootNamespace || labelSelector(object.Map(s.Value, "spec", "selector")).isEmpty() {
		return
	}
	f.report(s, problem{
		code: "MG5067", keys: []string{"spec", "selector"},
		message:    fmt.Sprintf("selects pods in the namespace %s, where istiod reads no PeerAuthentication with a selector: it has no effect", model.RootNamespace),
		suggestion: "set metadata.namespace to that of the pods, or remove spec.selector, which makes it the whole mesh's",
	})
}

// calledInPlain returns the rule of a kind by which the API server calls a
// Service: it has no certificate of the mesh, and a strict workload refuses it.
func calledInPlain(at string) rule {
	p := parsePath(at)
	return func(f *finder, s *subject) {
		p.maps(s.Value, nil, func(keys []string, m map[string]any) {
			namespace, name := text(m, "namespace"), text(m, "name")
			wanted, ok := number(m["port"])
			if !ok {
				wanted = 443 // ServiceReference's default
			}
			refused, _ := f.refusedPorts(host{namespace, name}, nil)
			if name == "" || !slices.Contains(refused, 0) && !slices.Contains(refused, wanted) || !f.once("plain call"+s.id.String()+namespace+"/"+name) {
				return
			}
			f.report(s, problem{
				code: "MG5077", severity: diag.Warning, keys: below(keys, "name"),
				message:    fmt.Sprintf("has the API server call %s in %s, which is no part of the mesh, and the namespace %s takes mutual TLS alone: it is refused, unless the pods are not in the mesh", show("Service.", namespace, name), field(keys), namespace),
				suggestion: "declare the port of the pods in mtls.exceptions, or keep the pods out of the mesh by the label sidecar.istio.io/inject: \"false\"",
			})
		})
	}
}
