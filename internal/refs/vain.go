package refs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// The rules of this file find fields that Kubernetes or Istio accept and that
// have no effect as they stand.

// vain warns of a field without effect.
func (f *finder) vain(s *subject, keys []string, message, suggestion string) {
	f.report(s, problem{code: "MG5067", severity: diag.Warning, keys: keys, message: message, suggestion: suggestion})
}

// namedNamespaces returns the rule of a kind that names namespaces in texts: one
// that is nearly another is a slip, and the text matches nothing. Others may be
// there of which nothing here speaks.
func namedNamespaces(paths ...string) rule {
	return func(f *finder, s *subject) {
		if s.asMade() {
			return
		}
		for _, p := range paths {
			parsePath(p).each(s.Value, nil, func(keys []string, v any) {
				name, _ := v.(string)
				name, rest, _ := strings.Cut(name, "/")
				if name == "" || strings.ContainsAny(name, "*~.$") || f.exists("Namespace.", "", name) {
					return
				}
				near := f.nearNamespace(name)
				if near == "" || near == "default" {
					return
				}
				if rest != "" {
					near += "/" + rest
				}
				at := below(keys)
				f.vain(s, at, fmt.Sprintf("names the namespace %s in %s, which nobody makes", name, field(at)), fmt.Sprintf("set %s to %q, or add namespaces: %q: create: false", field(at), near, name))
			})
		}
	}
}

// idlePolicies warns of traffic policies of a DestinationRule that istiod takes
// and does not apply: localities are failed over to by outlier detection alone
// (istio.io, tasks "Locality failover"), the mesh's own certificates are taken
// with mode ISTIO_MUTUAL, and a port that the Service does not have is nobody's.
func idlePolicies(f *finder, s *subject) {
	name := object.String(s.Value, "spec", "host")
	for _, p := range []path{parsePath("spec.trafficPolicy"), parsePath("spec.subsets[].trafficPolicy")} {
		p.maps(s.Value, nil, func(keys []string, m map[string]any) {
			f.idlePolicy(s, below(keys), m, object.Map(s.Value, "spec", "trafficPolicy", "outlierDetection") != nil)
			parsePath("portLevelSettings[]").maps(m, below(keys), func(keys []string, port map[string]any) {
				f.idlePolicy(s, below(keys), port, true)
				if n, ok := number(at(port, []string{"port", "number"})); ok {
					f.hostPort(s, below(keys, "port", "number"), name, n)
				}
			})
		})
	}
}

func (f *finder) idlePolicy(s *subject, keys []string, m map[string]any, outlier bool) {
	locality := object.Map(m, "loadBalancer", "localityLbSetting")
	if (locality["failover"] != nil || locality["failoverPriority"] != nil) && m["outlierDetection"] == nil && !outlier {
		at := below(keys, "loadBalancer", "localityLbSetting")
		f.vain(s, at, fmt.Sprintf("fails over between localities in %s, which wants to know what has failed", field(at)), fmt.Sprintf("set %s", field(below(keys, "outlierDetection"))))
	}
	if tls := object.Map(m, "tls"); text(tls, "mode") == "ISTIO_MUTUAL" {
		for _, name := range []string{"clientCertificate", "privateKey", "caCertificates", "credentialName"} {
			if text(tls, name) != "" {
				at := below(keys, "tls", name)
				f.vain(s, at, fmt.Sprintf("names a certificate in %s, and the mode ISTIO_MUTUAL takes those of the mesh", field(at)), fmt.Sprintf("remove %s, or set mode to MUTUAL", field(at)))
				return
			}
		}
	}
}

// closedDirections warns of rules of a NetworkPolicy for a direction that its
// policyTypes leave out.
func closedDirections(f *finder, s *subject) {
	types := object.List(s.Value, "spec", "policyTypes")
	for _, d := range []struct{ field, kind string }{{"ingress", "Ingress"}, {"egress", "Egress"}} {
		if len(types) > 0 && len(object.List(s.Value, "spec", d.field)) > 0 && !slices.Contains(types, any(d.kind)) {
			f.vain(s, []string{"spec", d.field}, fmt.Sprintf("has rules in spec.%s, and its policyTypes leave %s out", d.field, d.kind), fmt.Sprintf("add %s to spec.policyTypes", d.kind))
		}
	}
}

// nodePorts warns of ports of nodes beyond the API server's range, which it
// refuses unless it was started with another (service-node-port-range).
func nodePorts(f *finder, s *subject) {
	parsePath("spec.ports[].nodePort").each(s.Value, nil, func(keys []string, v any) {
		if n, ok := number(v); ok && n != 0 && (n < 30000 || n > 32767) {
			at := below(keys)
			f.vain(s, at, fmt.Sprintf("asks for port %d of the nodes in %s, and the API server gives 30000 to 32767 unless it is told otherwise", n, field(at)), fmt.Sprintf("set %s to a port from 30000 to 32767", field(at)))
		}
	})
}

// oneDefaultPriority reports a second PriorityClass for pods that name none,
// which the API server refuses.
func oneDefaultPriority(f *finder, s *subject) {
	if on, _ := s.Value["globalDefault"].(bool); !on {
		return
	}
	for _, other := range f.byKind[s.kind] {
		if on, _ := other.Value["globalDefault"].(bool); on && f.isBefore(other, s) {
			f.report(s, problem{
				code: "MG5066", keys: []string{"globalDefault"},
				message:    fmt.Sprintf("is the default of the cluster, as is %s, and there can be one", other.id),
				suggestion: "set globalDefault to false in one of the two",
			})
			return
		}
	}
}

// grantedKinds warns of kinds that a ReferenceGrant names and that nothing of
// Gateway API refers to.
func grantedKinds(f *finder, s *subject) {
	for _, list := range []struct {
		at, group string
		kinds     []string
	}{
		{"spec.from[]", gatewayAPI, gatewayKinds()},
		{"spec.to[]", "", []string{"ConfigMap", "Secret", "Service"}},
	} {
		parsePath(list.at).maps(s.Value, nil, func(keys []string, m map[string]any) {
			kind := text(m, "kind")
			if text(m, "group") != list.group || slices.Contains(list.kinds, kind) {
				return
			}
			at := below(keys, "kind")
			try := "set " + field(at) + " to one of " + strings.Join(list.kinds, ", ")
			if near := diag.Nearest(kind, list.kinds); near != "" {
				try = fmt.Sprintf("set %s to %s", field(at), near)
			}
			f.vain(s, at, fmt.Sprintf("names the kind %s in %s, which no reference is of", kind, field(at)), try)
		})
	}
}

// waypointListener warns of a waypoint without the listener by which ztunnel
// reaches it (istio.io, ambient/usage/waypoint).
func waypointListener(f *finder, s *subject) {
	if object.String(s.Value, "spec", "gatewayClassName") != "istio-waypoint" {
		return
	}
	for _, v := range object.List(s.Value, "spec", "listeners") {
		m, _ := v.(map[string]any)
		if n, _ := number(m["port"]); n == 15008 && text(m, "protocol") == "HBONE" {
			return
		}
	}
	f.vain(s, []string{"spec", "listeners"}, "is a waypoint without a listener of protocol HBONE on port 15008, by which ztunnel reaches it", "set spec.listeners to [{name: mesh, port: 15008, protocol: HBONE}]")
}

// scaledByRequest warns of an autoscaler by utilization where a container of the
// pods asks for none of the resource: the share of nothing is not known, and
// nothing is scaled.
func scaledByRequest(f *finder, s *subject) {
	ref := object.Map(s.Value, "spec", "scaleTargetRef")
	target := f.byID[object.ID{Group: scalable[text(ref, "kind")], Kind: text(ref, "kind"), Namespace: s.id.Namespace, Name: text(ref, "name")}]
	if target == nil || target.ours() || len(f.byKind["LimitRange."]) > 0 {
		return
	}
	w, ok := podsOf(target)
	if !ok || w.injected {
		return
	}
	parsePath("spec.metrics[].resource").maps(s.Value, nil, func(keys []string, m map[string]any) {
		resource := text(m, "name")
		if object.String(m, "target", "type") != "Utilization" {
			return
		}
		for _, c := range object.List(w.spec, "containers") {
			container, _ := c.(map[string]any)
			if object.Get(container, "resources", "requests", resource) == nil && object.Get(container, "resources", "limits", resource) == nil {
				at := below(keys, "name")
				f.report(s, problem{
					code: "MG5054", severity: diag.Warning, keys: at,
					message:    fmt.Sprintf("scales by the share of %s that is used, in %s, and container %s of %s asks for none", resource, field(at), text(container, "name"), target.id),
					suggestion: fmt.Sprintf("set resources.requests.%s of the container", resource),
				})
				return
			}
		}
	})
}

// routeProtocols are what a listener must speak for a kind of route (Gateway
// API, Listener.allowedRoutes.kinds).
var routeProtocols = map[string][]string{
	"HTTPRoute": {"HTTP", "HTTPS"}, "GRPCRoute": {"HTTP", "HTTPS"}, "TLSRoute": {"TLS"}, "TCPRoute": {"TCP", "TLS"}, "UDPRoute": {"UDP"},
}

// attaches says why none of a Gateway's listeners takes a route: it speaks
// something else, or serves other hosts.
func attaches(s *subject, listeners []map[string]any) (why, suggestion string, keys []string) {
	protocols := routeProtocols[s.id.Kind]
	var speak, serve []string
	for _, l := range listeners {
		protocol := text(l, "protocol")
		if !slices.Contains(protocols, protocol) && strings.ToUpper(protocol) == protocol && !strings.Contains(protocol, "/") {
			speak = append(speak, protocol)
			continue
		}
		host := text(l, "hostname")
		hosts := object.List(s.Value, "spec", "hostnames")
		if host == "" || len(hosts) == 0 || strings.Contains(host, "${") {
			return "", "", nil
		}
		for _, h := range hosts {
			if name, _ := h.(string); model.HostsMeet(name, host) || strings.Contains(name, "${") {
				return "", "", nil
			}
		}
		serve = append(serve, host)
	}
	switch {
	case len(serve) > 0:
		return "serves " + strings.Join(slices.Compact(serve), ", ") + " and none of its hostnames", "add one of the hosts to a listener, or correct spec.hostnames", []string{"spec", "hostnames"}
	case len(speak) > 0:
		return "speaks " + strings.Join(slices.Compact(speak), ", ") + ", which is not for a " + s.id.Kind, "attach it to a listener of protocol " + strings.Join(protocols, " or "), nil
	}
	return "", "", nil
}
