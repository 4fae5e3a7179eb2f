package validate

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

func virtualService(r *report, spec *node) {
	hosts := spec.each("hosts")
	if len(hosts) == 0 { // a delegate
		for _, name := range []string{"gateways", "tls", "tcp"} {
			if spec.count(name) > 0 {
				r.refuse(spec.get(name), "{} cannot be set without hosts, in what others delegate to", "set hosts, or remove {}")
			}
		}
	}
	gateways := spec.each("gateways")
	r.gatewayNames(gateways)
	bound := len(gateways) > 0 && !slices.ContainsFunc(gateways, func(g *node) bool { return g.text() == "mesh" })
	sni := slices.ContainsFunc(spec.each("tls", "match"), func(m *node) bool { return m.count("sniHosts") > 0 })
	r.virtualHosts(hosts, bound, sni)
	if spec.count("http")+spec.count("tls")+spec.count("tcp") == 0 {
		r.refuse(spec, "{} has no http, tls or tcp", "set {}.http, {}.tls or {}.tcp")
	}
	for _, route := range spec.each("http") {
		r.httpRoute(route, len(hosts) == 0, bound)
	}
	for _, route := range spec.each("tls") {
		if route.count("match") == 0 {
			r.lacks(route.get("match"))
		}
		for _, match := range route.each("match") {
			r.l4Match(match)
			if match.count("sniHosts") == 0 {
				r.lacks(match.get("sniHosts"))
			}
			for _, host := range match.each("sniHosts") {
				r.sniHost(host, hosts)
			}
		}
		r.destinations(route)
	}
	for _, route := range spec.each("tcp") {
		for _, match := range route.each("match") {
			r.l4Match(match)
		}
		r.destinations(route)
	}
	r.exportTo(spec.get("exportTo"), false, false)
}

func (r *report) virtualHosts(hosts []*node, bound, sni bool) {
	fine := true
	for _, h := range hosts {
		host := h.text()
		reason := wildcard(host)
		if bound && sni && strings.HasPrefix(host, "outbound_") {
			reason = ""
		}
		switch {
		case reason != "" && !isAddress(host):
			r.must(h, reason)
			fine = false
		case host == "*" && !bound:
			r.refuse(h, "{} is *, which the mesh's own gateway cannot have", "name the hosts in {}, or set gateways")
			fine = false
		}
	}
	for i, a := range hosts {
		for _, b := range hosts[i+1:] {
			if fine && matchesHost(a.text(), b.text()) {
				r.refuse(b, fmt.Sprintf("{} is %q, which overlaps with %q", b.text(), a.text()), "remove one of the two hosts")
			}
		}
	}
}

func (r *report) sniHost(n *node, hosts []*node) {
	host := n.text()
	if reason := wildcard(host); reason != "" {
		if !isAddress(host) && !strings.HasPrefix(host, "outbound_") {
			r.must(n, reason)
		}
		return
	}
	if !slices.ContainsFunc(hosts, func(h *node) bool { return insideHost(host, h.text()) }) {
		r.refuse(n, fmt.Sprintf("{} is %q, which none of spec.hosts covers", host), "add the host to spec.hosts")
	}
}

func (r *report) gatewayNames(names []*node) {
	for _, g := range names {
		namespace, name, ok := strings.Cut(g.text(), "/")
		if !ok {
			r.wrong(g, domain)
		} else if !isLabel(namespace) || !isLabel(name) {
			r.must(g, "must be a namespace, / and the name of a Gateway")
		}
	}
}

func (r *report) l4Match(m *node) {
	for _, s := range m.each("destinationSubnets") {
		r.wrong(s, subnet)
	}
	if m.whole("port") != 0 {
		r.istioPort(m.get("port"))
	}
	r.istioLabels(m.get("sourceLabels"))
	r.gatewayNames(m.each("gateways"))
}

func (r *report) httpRoute(n *node, delegate, bound bool) {
	r.routeConflicts(n, delegate)
	for _, m := range n.each("match") {
		r.httpMatch(m, bound)
	}
	r.headers(n.get("headers"))
	r.cors(n.get("corsPolicy"))
	r.fault(n.get("fault"))
	for _, name := range []string{"mirrorPercent", "mirror_percent"} {
		if n.whole(name) > 100 {
			r.must(n.get(name), "must be 100 at most")
		}
	}
	r.percentage(n.get("mirrorPercentage", "value"))
	if n.has("mirror") {
		r.destination(n.get("mirror"))
	}
	for _, m := range n.each("mirrors") {
		if !m.has("destination") {
			r.lacks(m.get("destination"))
		} else {
			r.destination(m.get("destination"))
		}
		r.percentage(m.get("percentage", "value"))
	}
	r.redirect(n)
	if d := n.get("directResponse"); d.value != nil {
		r.status(d.get("status"))
		if len(d.text("body", "string")) > 1<<20 || len(d.text("body", "bytes"))*3/4 > 1<<20 {
			r.refuse(d.get("body"), "{} is larger than 1 MB", "shorten {}")
		}
	}
	r.retries(n.get("retries"))
	r.rewrite(n)
	r.destinations(n)
	r.istioDuration(n.get("timeout"))
}

// routeConflicts: a route does one thing.
func (r *report) routeConflicts(n *node, delegate bool) {
	if n.has("delegate") {
		if delegate {
			r.refuse(n.get("delegate"), "{} stands in what others delegate to", "remove {}")
		} else {
			for _, name := range n.present("redirect", "route") {
				r.refuse(n.get(name), "{} stands beside delegate", "remove {} or delegate")
			}
			return
		}
	}
	one := ""
	switch {
	case n.has("redirect"):
		one = "redirect"
	case n.has("directResponse"):
		one = "directResponse"
	case n.count("route") == 0:
		r.refuse(n, "{} has no route, redirect or directResponse", "set {}.route")
	}
	if one != "" {
		for _, name := range []string{"route", "fault", "rewrite", "directResponse", "redirect"} {
			if f := n.get(name); name != one && f.value != nil && (name != "route" || f.count() > 0) {
				r.refuse(f, "{} stands beside "+one, "remove {} or "+one)
			}
		}
	}
	if n.has("mirror") && n.count("mirrors") > 0 {
		r.refuse(n.get("mirror"), "{} stands beside mirrors", "remove {}, or move it into mirrors")
	}
}

func (r *report) httpMatch(m *node, bound bool) {
	for _, group := range []string{"headers", "withoutHeaders"} {
		for _, h := range m.get(group).fields() {
			claim := isClaim(h.key)
			switch {
			case claim && !bound:
				r.refuse(h, fmt.Sprintf("{} routes by the claim %s, which only gateways can", h.key), "set spec.gateways, or remove {}")
			case !claim && !slices.Contains(pseudoHeaders, h.key) && !tokenHeader.MatchString(h.key):
				r.refuse(h, fmt.Sprintf("{}: %q is no name of a header", h.key), "change the name of the header")
			}
			if group == "headers" || h.text("regex") != "*" {
				r.stringMatch(h, false)
			}
		}
	}
	r.stringMatch(m.get("uri"), true)
	for _, name := range []string{"scheme", "method", "authority"} {
		r.stringMatch(m.get(name), false)
	}
	for _, q := range m.get("queryParams").fields() {
		r.stringMatch(q, false)
	}
	r.l4Match(m)
	if ns := m.get("sourceNamespace"); ns.text() != "" && !isLabel(ns.text()) {
		r.must(ns, "must be the name of a namespace")
	}
}

var (
	pseudoHeaders = []string{":method", ":scheme", ":authority", ":path", ":status"}
	tokenHeader   = regexp.MustCompile("^[!#$%&'*+\\-.^_`|~A-Za-z0-9]+$")
)

// isClaim says whether the name of a header stands for a claim of a JWT.
func isClaim(name string) bool {
	if len(name) < len("@request.auth.claims") || !strings.EqualFold(name[:len("@request.auth.claims")], "@request.auth.claims") {
		return false
	}
	rest := name[len("@request.auth.claims"):]
	return strings.HasPrefix(rest, ".") && len(rest) > 1 || strings.HasPrefix(rest, "[") && strings.HasSuffix(rest, "]") && len(rest) > 2
}

func (r *report) stringMatch(n *node, emptyPrefix bool) {
	if p := n.get("prefix"); p.value != nil && p.text() == "" && !emptyPrefix {
		r.lacks(p)
	}
	if e := n.get("regex"); e.value != nil {
		if e.text() == "" {
			r.lacks(e)
		} else {
			r.expression(e)
		}
	}
}

// destinations checks a route's destinations and their weights.
func (r *report) destinations(route *node) {
	list := route.each("route")
	if route.up.key != "http" && len(list) == 0 {
		r.lacks(route.get("route"))
	}
	total := int64(0)
	for _, d := range list {
		if !d.has("destination") {
			r.lacks(d.get("destination"))
		} else {
			r.destination(d.get("destination"))
		}
		r.headers(d.get("headers"))
		if w := d.get("weight"); w.whole() < 0 {
			r.must(w, "must be 0 or more")
		}
		total += d.whole("weight")
	}
	if len(list) > 1 && total == 0 {
		r.refuse(route.get("route"), "{} has weights that add up to 0", "set the weights in {}")
	}
}

func (r *report) destination(n *node) {
	if host := n.text("host"); host == "*" {
		r.must(n.get("host"), "must be one host")
	} else {
		r.wrong(n.get("host"), wildcard)
	}
	if s := n.get("subset"); s.text() != "" && !isLabel(s.text()) {
		r.must(s, "must be letters, digits and -")
	}
	if p := n.get("port"); p.value != nil {
		r.istioPort(p.get("number"))
	}
}
