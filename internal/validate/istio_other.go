package validate

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

func sidecar(r *report, spec *node) {
	r.selector(spec.get("workloadSelector", "labels"))
	if spec.count("egress") == 0 && spec.count("ingress") == 0 && !spec.has("outboundTrafficPolicy") && !spec.has("inboundConnectionPool") {
		r.refuse(spec, "{} says nothing", "set {}.egress")
		return
	}
	taken := map[int64]bool{}
	for _, i := range spec.each("ingress") {
		r.sidecarIngress(i, taken)
	}
	r.connectionPool(spec.get("inboundConnectionPool"))
	taken, sockets := map[int64]bool{}, map[string]bool{}
	egress := spec.each("egress")
	for i, e := range egress {
		if e.count("hosts") == 0 {
			r.lacks(e.get("hosts"))
		}
		for _, h := range e.each("hosts") {
			r.namespacedHost(h, false)
		}
		if !e.has("port") {
			if i != len(egress)-1 {
				r.refuse(e.get("port"), "{} is missing: only the last listener can be for all ports", "set {}, or move the listener to the end")
			}
			continue
		}
		r.sidecarEgress(e, taken, sockets)
	}
	policy := spec.get("outboundTrafficPolicy")
	if proxy := policy.get("egressProxy"); proxy.value != nil {
		if policy.text("mode") != "ALLOW_ANY" {
			r.refuse(proxy, "{} wants mode ALLOW_ANY", "set mode to ALLOW_ANY, or remove {}")
		}
		r.wrong(proxy.get("host"), domain)
		if !proxy.has("port") {
			r.lacks(proxy.get("port"))
		} else {
			r.destination(proxy)
		}
	}
}

// sidecarPort checks what listeners of both directions have.
func (r *report) sidecarPort(port *node, taken map[int64]bool) {
	if port.text("name") != "" {
		r.portName(port.get("name"))
	}
	r.protocol(port.get("protocol"))
	if port.whole("targetPort") > 0 {
		r.refuse(port.get("targetPort"), "{} has no effect on Sidecars", "remove {}")
	}
	if n := port.whole("number"); n != 0 && taken[n] {
		r.refuse(port.get("number"), fmt.Sprintf("{} is %d, which another listener has already", n), "change {}")
	}
	taken[port.whole("number")] = true
}

func (r *report) sidecarIngress(i *node, taken map[int64]bool) {
	port := i.get("port")
	if port.value == nil {
		r.lacks(port)
		return
	}
	r.sidecarPort(port, taken)
	r.istioPort(port.get("number"))
	if b := i.get("bind"); b.text() != "" && !isAddress(b.text()) {
		r.must(b, "must be an IP address")
	}
	if e := i.get("defaultEndpoint"); strings.HasPrefix(e.text(), unixPrefix) {
		r.unixAddress(e)
	} else if e.text() != "" {
		i := strings.LastIndex(e.text(), ":")
		p, err := strconv.Atoi(e.text()[i+1:])
		if i < 0 || err != nil || p < 1 || p > 65535 || !slices.Contains([]string{"", "127.0.0.1", "0.0.0.0", "[::1]", "[::]"}, e.text()[:i]) {
			r.must(e, "must be 127.0.0.1:port, 0.0.0.0:port, [::1]:port or unix:// and a path")
		}
	}
	if tls := i.get("tls"); tls.value != nil {
		for _, name := range []string{"subjectAltNames", "httpsRedirect", "credentialName", "credentialNames", "tlsCertificates"} {
			if f := tls.get(name); !isBlank(f.value) && f.value != false {
				r.refuse(f, "{} is not supported in a Sidecar", "remove {}")
			}
		}
		if m := tls.text("mode"); m == "ISTIO_MUTUAL" || m == "AUTO_PASSTHROUGH" {
			r.must(tls.get("mode"), "must be another mode in a Sidecar")
		}
		if !isTLS(port.text("protocol")) {
			r.refuse(tls, "{} wants a port with protocol HTTPS or TLS", "set port.protocol to HTTPS, or remove {}")
		}
		r.serverTLS(tls)
	}
	r.connectionPool(i.get("connectionPool"))
}

func (r *report) sidecarEgress(e *node, taken map[int64]bool, sockets map[string]bool) {
	port, bind := e.get("port"), e.get("bind")
	r.sidecarPort(port, taken)
	if port.whole("number") != 0 {
		r.istioPort(port.get("number"))
		if bind.text() != "" && !isAddress(bind.text()) {
			r.must(bind, "must be an IP address")
		}
		return
	}
	if !strings.HasPrefix(bind.text(), unixPrefix) {
		r.must(bind, "must be unix:// and a path, for port 0")
	} else {
		r.unixAddress(bind)
	}
	if m := e.text("captureMode"); m != "" && m != "DEFAULT" && m != "NONE" {
		r.must(e.get("captureMode"), "must be DEFAULT or NONE for a Unix socket")
	}
	if sockets[bind.text()] {
		r.refuse(bind, fmt.Sprintf("{} is %q, which another listener has already", bind.text()), "change {}")
	}
	sockets[bind.text()] = true
}

// patchMatches are what a patch can match on, by what it is applied to.
var patchMatches = map[string]string{
	"LISTENER": "listener", "FILTER_CHAIN": "listener", "NETWORK_FILTER": "listener", "HTTP_FILTER": "listener",
	"ROUTE_CONFIGURATION": "routeConfiguration", "VIRTUAL_HOST": "routeConfiguration", "HTTP_ROUTE": "routeConfiguration",
	"CLUSTER": "cluster",
}

func envoyFilter(r *report, spec *node) {
	r.selector(spec.get("workloadSelector", "labels"))
	for _, p := range spec.each("configPatches") {
		match, patch := p.get("match"), p.get("patch")
		if match.text("context") == "WAYPOINT" {
			continue
		}
		switch operation := patch.text("operation"); {
		case p.text("applyTo") == "" || p.text("applyTo") == "INVALID":
			r.lacks(p.get("applyTo"))
			continue
		case patch.value == nil:
			r.lacks(patch)
			continue
		case operation == "" || operation == "INVALID":
			r.lacks(patch.get("operation"))
			continue
		case operation != "REMOVE" && patch.get("value").value == nil:
			r.lacks(patch.get("value"))
			continue
		}
		if v := match.get("proxy", "proxyVersion"); v.text() != "" && len(v.text()) <= 1024 {
			if _, err := regexp.Compile(v.text()); err != nil {
				r.must(v, "must be a regular expression")
			}
		}
		r.envoyValue(patch.get("value"), p.text("applyTo"))
		want := patchMatches[p.text("applyTo")]
		for _, kind := range match.present("listener", "routeConfiguration", "cluster") {
			if want != "" && kind != want {
				r.refuse(match.get(kind), "{} cannot be matched with applyTo "+p.text("applyTo"), "set match."+want+" instead")
			}
		}
		r.filterMatch(match.get("listener", "filterChain", "filter"), p.text("applyTo"))
	}
}

func (r *report) filterMatch(n *node, applyTo string) {
	if n.value == nil {
		return
	}
	sub := n.get("subFilter")
	switch name := n.text("name"); {
	case name == "":
		r.lacks(n.get("name"))
	case sub.value == nil:
	case applyTo != "HTTP_FILTER":
		r.refuse(sub, "{} wants applyTo HTTP_FILTER", "set applyTo to HTTP_FILTER, or remove {}")
	case name != "envoy.filters.network.http_connection_manager" && name != "envoy.http_connection_manager":
		r.must(n.get("name"), "must be envoy.filters.network.http_connection_manager, for a subFilter")
	case sub.text("name") == "":
		r.lacks(sub.get("name"))
	}
}

func proxyConfig(r *report, spec *node) {
	r.selector(spec.get("selector", "matchLabels"))
	if c := spec.get("concurrency"); c.whole() < 0 {
		r.must(c, "must be 0 or more")
	}
}

func telemetry(r *report, spec *node) {
	r.attached(spec)
	for _, list := range []string{"metrics", "tracing", "accessLogging"} {
		for _, e := range spec.each(list) {
			for _, p := range e.each("providers") {
				if p.text("name") == "" {
					r.lacks(p.get("name"))
				}
			}
		}
	}
	for _, l := range spec.each("accessLogging") {
		if f := l.get("filter"); f.value != nil {
			r.attributeFilter(f.get("expression"))
		}
	}
	for _, t := range spec.each("tracing") {
		r.percentage(t.get("randomSamplingPercentage"))
		for _, tag := range t.get("customTags").fields() {
			for _, f := range []*node{tag.get("literal", "value"), tag.get("header", "name"), tag.get("environment", "name")} {
				if f.up.value != nil && f.text() == "" {
					r.lacks(f)
				}
			}
		}
	}
	for _, o := range spec.each("metrics", "overrides") {
		for _, tag := range o.get("tagOverrides").fields() {
			switch tag.text("operation") {
			case "", "UPSERT":
				if tag.text("value") == "" {
					r.lacks(tag.get("value"))
				}
				r.attributeValue(tag.get("value"))
			case "REMOVE":
				if tag.text("value") != "" {
					r.refuse(tag.get("value"), "{} cannot be set with operation REMOVE", "remove {}")
				}
			}
		}
		if m := o.get("match", "customMetric"); m.value != nil && m.text() == "" {
			r.lacks(m)
		}
	}
}

func wasmPlugin(r *report, spec *node) {
	r.attached(spec)
	r.wasm(spec)
	r.pluginMatch(spec)
}

func trafficExtension(r *report, spec *node) {
	r.attached(spec)
	if spec.has("wasm") == spec.has("lua") {
		r.refuse(spec, "{} must have one of wasm and lua", "set {}.wasm or {}.lua")
	}
	if l := spec.get("lua"); l.value != nil {
		if c := l.text("inlineCode"); c == "" || len(c) > 65536 {
			r.refuse(l.get("inlineCode"), "{} must have 1 to 65536 bytes", "set {}")
		}
	}
	if w := spec.get("wasm"); w.value != nil {
		r.wasm(w)
	}
	r.pluginMatch(spec)
}

var digestText = regexp.MustCompile("^[a-f0-9]{64}$")

func (r *report) wasm(n *node) {
	if u := n.get("url"); u.text() == "" {
		r.lacks(u)
	} else {
		r.wrong(u, pluginURL)
	}
	if s := n.get("sha256"); s.text() != "" && !digestText.MatchString(s.text()) {
		r.must(s, "must be 64 digits of 0-9 and a-f")
	}
	for _, name := range []string{"imagePullSecret", "pluginName"} {
		if len(n.text(name)) > 253 {
			r.must(n.get(name), "must have 253 characters at most")
		}
	}
	seen := map[string]bool{}
	for _, e := range n.get("vmConfig").each("env") {
		name := e.text("name")
		if name == "" || len(name) > 256 || seen[name] {
			r.must(e.get("name"), "must be a name that no other variable has")
		}
		seen[name] = true
		if e.text("valueFrom") == "HOST" && e.text("value") != "" {
			r.refuse(e.get("value"), "{} cannot be set with valueFrom HOST", "remove {}")
		}
	}
}

func pluginURL(text string) string {
	u, err := url.ParseRequestURI(text)
	if err != nil {
		if u, err = url.ParseRequestURI("http://" + text); err != nil {
			return "must be a URL"
		}
	}
	if !slices.Contains([]string{"", "file", "http", "https", "oci"}, u.Scheme) {
		return "must be a URL with oci, https, http or file"
	}
	return ""
}

func (r *report) pluginMatch(spec *node) {
	for _, p := range spec.each("match", "ports") {
		r.istioPort(p.get("number"))
	}
}
