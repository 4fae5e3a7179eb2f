package refs

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/meshgen/meshgen/internal/object"
)

// The rules of this file warn of what a VirtualService says and no proxy ever
// does: it is shown to other namespaces than its gateway's, it routes by another
// protocol than the port has, or it matches what no request has.

// shownTo warns of a VirtualService that its gateway does not see: a gateway's
// proxies read what is exported to their own namespace
// (pilot/pkg/model/push_context.go, VirtualServicesForGateway).
func shownTo(f *finder, s *subject) {
	if s.asMade() || len(object.List(s.Value, "spec", "exportTo")) == 0 {
		return
	}
	seers := exports(s)
	parsePath("spec.gateways[]").each(s.Value, nil, func(keys []string, v any) {
		gateway := f.istioGatewayOf(s, v)
		if gateway == nil || slices.Contains(seers, "*") {
			return
		}
		in := f.gatewayNamespaces(gateway)
		if len(in) == 0 || slices.ContainsFunc(in, func(namespace string) bool { return slices.Contains(seers, namespace) }) {
			return
		}
		f.vain(s, []string{"spec", "exportTo"},
			fmt.Sprintf("is exported to %s alone in spec.exportTo, and the pods of %s, in %s, stand in %s: they do not see it", strings.Join(seers, ", "), gateway.id, field(below(keys)), strings.Join(in, ", ")),
			fmt.Sprintf("add %q to spec.exportTo", in[0]))
	})
}

// gatewayNamespaces returns where the pods of an Istio Gateway are, sorted.
func (f *finder) gatewayNamespaces(gateway *subject) []string {
	var in []string
	for _, namespace := range slices.Sorted(maps.Keys(f.workloads)) {
		if len(f.gatewayWorkloads(gateway, namespace)) > 0 {
			in = append(in, namespace)
		}
	}
	return in
}

func (f *finder) gatewayWorkloads(gateway *subject, namespace string) []workload {
	want := selector{labels: object.Map(gateway.Value, "spec", "selector")}
	if want.isEmpty() {
		return nil
	}
	return f.selected(namespace, want)
}

// spoken is how istiod takes a port: as HTTP, as anything else, or as either, by
// what comes (pkg/config/kube, ConvertProtocol).
type spoken int

const (
	either spoken = iota
	asHTTP
	asBytes
)

// protocols are those that istiod knows by their names
// (pkg/config/protocol, Parse).
var protocols = map[string]spoken{
	"http": asHTTP, "http2": asHTTP, "grpc": asHTTP, "grpc-web": asHTTP, "http_proxy": asHTTP, "kubernetes.io/h2c": asHTTP, "kubernetes.io/ws": asHTTP,
	"tcp": asBytes, "https": asBytes, "tls": asBytes, "mongo": asBytes, "redis": asBytes, "mysql": asBytes, "udp": asBytes, "kubernetes.io/wss": asBytes,
}

// spokenPort is a port of a host, and what it is taken for.
type spokenPort struct {
	number int
	what   string // the protocol's name
	as     spoken
}

// spokenPorts returns the ports of a host, none where nobody knows them.
func (f *finder) spokenPorts(name string, s *subject) []spokenPort {
	var ports []spokenPort
	add := func(p map[string]any, protocol string) {
		n, _ := number(p["port"])
		if n == 0 {
			n, _ = number(p["number"])
		}
		ports = append(ports, spokenPort{n, protocol, protocols[strings.ToLower(protocol)]})
	}
	if h, inside := inCluster(name, s.id.Namespace); inside {
		service := f.byID[object.ID{Kind: "Service", Namespace: h.namespace, Name: h.name}]
		parsePath("spec.ports[]").maps(serviceValue(service), nil, func(_ []string, p map[string]any) {
			protocol := text(p, "appProtocol")
			if protocol == "" {
				if protocol = text(p, "name"); !strings.HasPrefix(protocol, "grpc-web") {
					protocol, _, _ = strings.Cut(protocol, "-")
				} else {
					protocol = "grpc-web"
				}
			}
			if text(p, "protocol") == "UDP" {
				protocol = "udp"
			}
			add(p, protocol)
		})
	}
	for _, e := range f.byKind["ServiceEntry.networking.istio.io"] {
		if !object.Has(object.List(e.Value, "spec", "hosts"), name) {
			continue
		}
		parsePath("spec.ports[]").maps(e.Value, nil, func(_ []string, p map[string]any) { add(p, named(text(p, "protocol"))) })
	}
	return ports
}

// otherProtocol warns of rules of a VirtualService for calls in the mesh that
// are for another protocol than the ports have that they are for: sidecars and
// waypoints build routes of HTTP for ports of HTTP alone, and those of TCP and
// TLS for all others (pilot/pkg/networking/core, buildSidecarOutboundListener).
func otherProtocol(f *finder, s *subject) {
	hosts := object.List(s.Value, "spec", "hosts")
	if s.asMade() || len(hosts) == 0 || !ofMesh(s) || len(object.List(s.Value, "spec", "gateways")) > 1 {
		return
	}
	var ports []spokenPort
	for _, v := range hosts {
		name, _ := v.(string)
		of := f.spokenPorts(name, s)
		if len(of) == 0 {
			return // nobody knows what the others speak
		}
		ports = append(ports, of...)
	}
	for _, protocol := range []string{"http", "tls", "tcp"} {
		parsePath("spec."+protocol+"[]").maps(s.Value, nil, func(keys []string, rule map[string]any) {
			wanted := asBytes
			if protocol == "http" {
				wanted = asHTTP
			}
			of := slices.DeleteFunc(slices.Clone(ports), func(p spokenPort) bool { return !forPort(rule, p.number) })
			if len(of) == 0 || slices.ContainsFunc(of, func(p spokenPort) bool { return p.as == either || p.as == wanted }) {
				return
			}
			at, p := below(keys), of[0]
			list := "tcp"
			switch {
			case wanted == asBytes:
				list = "http"
			case strings.EqualFold(p.what, "https"), strings.EqualFold(p.what, "tls"):
				list = "tls"
			}
			f.vain(s, at, fmt.Sprintf("has the rule %s for port %d of %v, which speaks %s: no proxy takes it", field(at), p.number, hosts[0], p.what),
				fmt.Sprintf("write the rule in spec.%s, or say that the port speaks otherwise, by appProtocol or its name", list))
		})
	}
}

// forPort says whether a rule may be for a port.
func forPort(rule map[string]any, port int) bool {
	matches := object.List(rule, "match")
	return len(matches) == 0 || slices.ContainsFunc(matches, func(v any) bool {
		m, _ := v.(map[string]any)
		n, ok := number(m["port"])
		return !ok || n == port
	})
}

// unmatched warns of a match that no request meets: a path that does not begin
// with a slash, and the labels of callers where gateways alone are asked, whose
// own labels these would have to be (pilot/pkg/networking/core/route,
// sourceMatchHTTP).
func unmatched(f *finder, s *subject) {
	for i, r := range object.List(s.Value, "spec", "http") {
		rule, _ := r.(map[string]any)
		parsePath("match[]").maps(rule, []string{"spec", "http", strconv.Itoa(i)}, func(keys []string, m map[string]any) {
			for _, kind := range []string{"exact", "prefix"} {
				value := object.String(m, "uri", kind)
				at := below(keys, "uri", kind)
				if before, _, query := strings.Cut(value, "?"); query && !strings.Contains(value, "${") {
					f.vain(s, at, fmt.Sprintf("matches the path %q in %s, and the path of a request ends before its query", value, field(at)), fmt.Sprintf("set %s to %q, and match the rest by queryParams", field(at), before))
					continue
				}
				if value == "" || value == "*" || strings.HasPrefix(value, "/") || strings.Contains(value, "${") {
					continue
				}
				f.vain(s, at, fmt.Sprintf("matches the path %q in %s, and every path begins with a slash", value, field(at)), fmt.Sprintf("set %s to %q", field(at), "/"+value))
			}
			exact := map[string]string{}
			for name, v := range object.Map(m, "headers") {
				if value, ok := at(v, []string{"exact"}).(string); ok {
					exact[name] = value
				}
			}
			f.oppositeHeaders(s, below(keys, "headers"), exact)
			f.calledByGateway(s, below(keys), m)
		})
	}
}

// oppositeHeaders warns of a match with two conditions on one header, for the
// names of headers know no case, that no request meets: istiod asks for both.
func (f *finder) oppositeHeaders(s *subject, keys []string, exact map[string]string) {
	if s.asMade() {
		return // of the intent's own matches MG3025 speaks
	}
	first := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(exact)) {
		lower := strings.ToLower(name)
		if other, twice := first[lower]; twice && exact[other] != exact[name] {
			f.vain(s, keys,
				fmt.Sprintf("wants %s to be %q and %s to be %q in %s, which are one header: no request meets both", other, exact[other], name, exact[name], field(keys)),
				"remove one of the two, or write a match for each")
			return
		}
		first[lower] = name
	}
}

// calledByGateway looks at the labels of callers in one match.
func (f *finder) calledByGateway(s *subject, keys []string, m map[string]any) {
	labels, gateways := object.Map(m, "sourceLabels"), object.List(m, "gateways")
	if len(gateways) == 0 {
		gateways = object.List(s.Value, "spec", "gateways")
	}
	if len(labels) == 0 || len(gateways) == 0 {
		return
	}
	for _, v := range gateways {
		gateway := f.istioGatewayOf(s, v)
		if gateway == nil || len(object.Map(gateway.Value, "spec", "selector")) == 0 {
			return // the mesh, or pods that nobody knows
		}
		for namespace := range f.workloads {
			if slices.ContainsFunc(f.gatewayWorkloads(gateway, namespace), func(w workload) bool { return w.spec == nil || selector{labels: labels}.matches(w.labels) }) {
				return
			}
		}
	}
	at := below(keys, "sourceLabels")
	f.vain(s, at, fmt.Sprintf("matches callers with %s in %s, and at a gateway these are labels of the gateway's own pods, which have none such", selector{labels: labels}, field(at)),
		fmt.Sprintf("remove %s, or add \"mesh\" to the gateways of the match", field(at)))
}
