package validate

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
)

func serviceEntry(r *report, spec *node) {
	r.selector(spec.get("workloadSelector", "labels"))
	if spec.has("workloadSelector") && spec.has("endpoints") {
		r.refuse(spec.get("endpoints"), "{} stands beside workloadSelector", "remove one of the two")
	}
	hosts, endpoints := spec.each("hosts"), spec.each("endpoints")
	if len(hosts) == 0 {
		r.lacks(spec.get("hosts"))
	}
	for _, h := range hosts {
		if h.text() == "*" {
			r.must(h, "must be more than a *")
		} else {
			r.wrong(h, wildcard)
		}
	}
	resolution := spec.text("resolution")
	if resolution == "" {
		resolution = "NONE"
	}
	ranged := false
	for _, a := range spec.each("addresses") {
		r.wrong(a, subnet)
		ranged = ranged || strings.Contains(a.text(), "/")
	}
	if ranged && resolution != "NONE" && resolution != "STATIC" {
		r.refuse(spec.get("addresses"), "{} has a range, with resolution "+resolution, "set resolution to NONE or STATIC, or write single addresses into {}")
	}
	names := r.servicePorts(spec)
	switch resolution {
	case "NONE":
		if len(endpoints) > 0 {
			r.refuse(spec.get("endpoints"), "{} cannot be set with resolution NONE", "set resolution to STATIC or DNS, or remove {}")
		}
	case "STATIC":
		for _, e := range endpoints {
			r.workloadEntry(e, names, false)
		}
	case "DNS", "DNS_ROUND_ROBIN":
		r.resolved(spec, names, resolution)
	case "DYNAMIC_DNS":
		r.dynamic(spec, hosts)
	}
	if resolution != "NONE" && len(hosts) > 1 {
		for _, p := range spec.each("ports") {
			if protocol := p.text("protocol"); !isHTTP(protocol) && !isTLS(protocol) {
				r.refuse(p.get("protocol"), "{} must be of HTTP or TLS, because there are several hosts, which TCP cannot tell apart", "write a ServiceEntry for each host")
				break
			}
		}
	}
	r.exportTo(spec.get("exportTo"), true, false)
}

// servicePorts checks a service entry's ports and returns their names.
func (r *report) servicePorts(spec *node) map[string]bool {
	names, numbers := map[string]bool{}, map[int64]bool{}
	for _, p := range spec.each("ports") {
		name, number := p.text("name"), p.whole("number")
		if names[name] {
			r.refuse(p.get("name"), fmt.Sprintf("{} is %q, which another port has already", name), "change {}")
		}
		if numbers[number] {
			r.refuse(p.get("number"), fmt.Sprintf("{} is %d, which another port has already", number), "change {}")
		}
		names[name], numbers[number] = true, true
		if p.whole("targetPort") != 0 {
			r.istioPort(p.get("targetPort"))
		}
		r.portName(p.get("name"))
		r.protocol(p.get("protocol"))
		r.istioPort(p.get("number"))
	}
	return names
}

func (r *report) portName(n *node) {
	if !isLabel(n.text()) {
		r.must(n, "must be letters, digits and -")
	}
}

// resolved checks a service entry whose hosts or endpoints are looked up.
func (r *report) resolved(spec *node, names map[string]bool, resolution string) {
	endpoints := spec.each("endpoints")
	if len(endpoints) == 0 {
		for _, h := range spec.each("hosts") {
			if reason := domain(h.text()); reason != "" {
				r.refuse(h, fmt.Sprintf("{} is %q, which cannot be looked up", h.text()), "set endpoints, or a whole DNS name in {}")
				break
			}
		}
	}
	if resolution == "DNS_ROUND_ROBIN" && len(endpoints) > 1 {
		r.refuse(spec.get("endpoints"), "{} can have one element with resolution DNS_ROUND_ROBIN", "keep one of {}")
	}
	for _, e := range endpoints {
		if a := e.text("address"); !isAddress(a) && domain(a) != "" {
			r.must(e.get("address"), "must be a DNS name or an address")
		}
		r.istioLabels(e.get("labels"))
		r.endpointPorts(e, names)
	}
}

func (r *report) endpointPorts(e *node, names map[string]bool) {
	for _, p := range e.get("ports").fields() {
		if names != nil && !names[p.key] {
			r.refuse(p, fmt.Sprintf("{}: spec.ports has no port named %q", p.key), "change the name, or add the port to spec.ports")
		}
		if wrong := validation.IsDNS1123Label(strings.ToLower(p.key)); len(wrong) > 0 {
			r.refuse(p, fmt.Sprintf("{}: %q is no name of a port", p.key), "change the name")
		}
		r.istioPort(p)
	}
}

// dynamic checks a service entry whose hosts are looked up as they are asked
// for.
func (r *report) dynamic(spec *node, hosts []*node) {
	for _, h := range hosts {
		if !strings.HasPrefix(h.text(), "*") {
			r.must(h, "must begin with *, with resolution DYNAMIC_DNS")
		}
	}
	for _, name := range []string{"addresses", "endpoints"} {
		if spec.count(name) > 0 {
			r.refuse(spec.get(name), "{} cannot be set with resolution DYNAMIC_DNS", "remove {}")
		}
	}
	for _, p := range spec.each("ports") {
		if !slices.Contains([]string{"http", "tls", "grpc", "http2"}, strings.ToLower(p.text("protocol"))) {
			r.must(p.get("protocol"), "must be HTTP, HTTP2, GRPC or TLS, with resolution DYNAMIC_DNS")
		}
	}
	waypoint := spec.root().text("metadata", "labels", "istio.io/use-waypoint")
	if spec.text("location") == "MESH_INTERNAL" && waypoint != "" && !strings.EqualFold(waypoint, "none") {
		r.refuse(spec.get("location"), "{} cannot be MESH_INTERNAL with resolution DYNAMIC_DNS and a waypoint", "set {} to MESH_EXTERNAL")
	}
}

// workloadEntry checks an endpoint. Names are those of the service's ports, if
// it is known.
func (r *report) workloadEntry(e *node, names map[string]bool, dns bool) {
	address := e.get("address")
	a := address.text()
	switch {
	case a == "" && e.text("network") == "":
		r.lacks(address)
		return
	case a == "":
	case strings.HasPrefix(a, unixPrefix):
		r.unixAddress(address)
		if e.count("ports") > 0 {
			r.refuse(e.get("ports"), "{} cannot be set for a Unix socket", "remove {}")
		}
		if names != nil && len(names) != 1 {
			r.refuse(address, "{} is a Unix socket, which wants a service with exactly one port", "keep one of spec.ports")
		}
	case isAddress(a):
	case !dns:
		r.must(address, "must be an IP address, with resolution STATIC")
	case domain(a) != "":
		r.must(address, "must be a DNS name or an address")
	}
	r.endpointPorts(e, names)
	r.istioLabels(e.get("labels"))
}

func workloadGroup(r *report, spec *node) {
	if !spec.has("template") {
		r.lacks(spec.get("template"))
	}
	r.istioLabels(spec.get("metadata", "labels"))
	probe := spec.get("probe")
	if probe.value == nil {
		return
	}
	for _, name := range []string{"periodSeconds", "initialDelaySeconds", "timeoutSeconds", "successThreshold", "failureThreshold"} {
		if probe.whole(name) < 0 {
			r.must(probe.get(name), "must be 0 or more")
		}
	}
	switch {
	case probe.has("httpGet"):
		h := probe.get("httpGet")
		r.istioPort(h.get("port"))
		if s := h.text("scheme"); s != "" && s != "HTTP" && s != "HTTPS" {
			r.must(h.get("scheme"), "must be HTTP or HTTPS")
		}
		for _, header := range h.each("httpHeaders") {
			if name := header.get("name"); name.text() == "" {
				r.lacks(name)
			} else if !tokenHeader.MatchString(name.text()) {
				r.must(name, "must be the name of a header")
			}
		}
	case probe.has("tcpSocket"):
		r.istioPort(probe.get("tcpSocket", "port"))
	case probe.has("exec"):
		if probe.get("exec").count("command") == 0 {
			r.lacks(probe.get("exec", "command"))
		}
	case !probe.has("grpc"):
		r.refuse(probe, "{} says nothing of how to ask", "set httpGet, tcpSocket or exec in {}")
	default:
		r.refuse(probe.get("grpc"), "{} is not supported", "set httpGet, tcpSocket or exec instead")
	}
}
