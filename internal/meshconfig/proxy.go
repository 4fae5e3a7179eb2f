package meshconfig

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// proxy holds a ProxyConfig against the rules: ValidateMeshConfigProxyConfig of
// istio, pkg/config/validation/agent/validation.go, release 1.31.
func (r *reader) proxy(n node) {
	for _, name := range []string{"configPath", "binaryPath", "serviceCluster"} {
		if at := n.get(name); at.value == "" {
			r.add(at, "{} is empty", "remove {}, which has a default")
		}
	}
	r.duration(n.get("drainDuration"), time.Millisecond, 0, time.Second)
	r.address(n.get("discoveryAddress"))
	r.port(n.get("proxyAdminPort"))
	r.port(n.get("statusPort"))
	r.least(n.get("concurrency"), 0)
	if text, _ := n.get("statsdUdpAddress").text(); text != "" {
		r.address(n.get("statsdUdpAddress"))
	}
	if text, _ := n.get("envoyMetricsServiceAddress").text(); text != "" {
		r.address(n.get("envoyMetricsServiceAddress"))
	}
	for _, name := range []string{"envoyMetricsService", "envoyAccessLogService"} {
		if text, _ := n.get(name, "address").text(); text != "" {
			r.address(n.get(name, "address"))
		}
	}
	r.tracing(n.get("tracing"))
	for _, name := range []string{"cryptomb", "qat"} {
		if p := n.get("privateKeyProvider", name); p.there() {
			if delay := p.get("pollDelay"); delay.there() {
				r.positive(delay)
			} else {
				r.add(delay, "{} is missing", `set {} to a length of time, such as "10ms"`)
			}
		}
	}
	if p := n.get("privateKeyProvider"); p.there() && !p.get("cryptomb").there() && !p.get("qat").there() {
		r.add(p, "{} names no provider", "set {}.cryptomb or {}.qat, or remove {}")
	}
	r.imageType(n.get("image", "imageType"))
	r.connections(n.get("connectionSettings"))
}

// tracing holds the proxy's own tracing against its rules. Percentages above a
// hundred are a hundred to Envoy, and nobody means them.
func (r *reader) tracing(n node) {
	r.percent(n.get("sampling"))
	for _, name := range []string{"lightstep", "zipkin", "datadog"} {
		t := n.get(name)
		if !t.there() {
			continue
		}
		if at := t.get("address"); at.there() {
			r.address(at)
		} else {
			r.add(at, "{} is missing", "set {} to a host and a port")
		}
		if token := t.get("accessToken"); name == "lightstep" && (!token.there() || token.value == "") {
			r.add(token, "{} is missing", "set {}")
		}
	}
	tls := n.get("tlsSettings")
	mode, _ := tls.get("mode").text()
	credential, _ := tls.get("credentialName").text()
	for _, name := range []string{"clientCertificate", "privateKey"} {
		text, _ := tls.get(name).text()
		switch {
		case mode == "MUTUAL" && credential == "" && text == "":
			r.add(tls.get(name), `{} is missing, which mode "MUTUAL" needs`, "set {}")
		case credential != "" && text != "":
			r.add(tls.get(name), "{} cannot stand beside credentialName", "remove {}")
		}
	}
}

// connections holds the limits of connections against their rules.
func (r *reader) connections(n node) {
	for _, limit := range []struct {
		name  string
		least int64
	}{
		{"listenerPerConnectionBufferLimitBytes", 0}, {"clusterPerConnectionBufferLimitBytes", 0},
		{"httpMaxConcurrentStreams", 1}, {"listenerConnectionLimit", 1}, {"globalDownstreamConnectionLimit", 1},
		{"http2InitialStreamWindowSize", 65535}, {"http2InitialConnectionWindowSize", 65535},
	} {
		r.least(n.get(limit.name), limit.least)
	}
	for _, name := range []string{
		"httpIdleTimeout", "httpMaxConnectionDuration", "httpDrainTimeout", "httpRequestTimeout",
		"httpRequestHeadersTimeout", "httpStreamIdleTimeout", "httpMaxStreamDuration",
	} {
		if text, _ := n.get(name).text(); strings.HasPrefix(text, "-") {
			r.refuse(n.get(name), "0s or more")
		}
	}
}

// reached are the kinds of providers that are Services; the others are in the
// proxy itself.
var reached = []string{
	"envoyExtAuthzHttp", "envoyExtAuthzGrpc", "zipkin", "lightstep", "datadog", "opencensus", "skywalking",
	"envoyOtelAls", "opentelemetry", "envoyHttpAls", "envoyTcpAls",
}

// providers holds the extension providers against their rules, of which istiod
// only warns and then has no such provider (extensionprovider.go beside
// validation.go), and those that are taken by default against them.
func (r *reader) providers(n node) {
	known := append(slices.Clone(builtin), r.more...)
	var names []string
	for _, p := range n.get("extensionProviders").elements() {
		name, open := p.get("name").text()
		switch {
		case name == "":
			r.add(p.get("name"), "{} is missing", "set {}, by which the provider is found")
		case slices.Contains(names, name):
			r.add(p.get("name"), fmt.Sprintf("{} is %q, as is another provider's, and istiod takes the last", name), "give each provider a name of its own")
		}
		names = append(names, name)
		m, _ := p.value.(map[string]any)
		if len(m) < 2 && name != "" {
			r.add(p, fmt.Sprintf("{} has a name and says nothing of what the provider %q is", name), "set one of its kinds, such as opentelemetry, in {}")
		}
		if open {
			known = nil
		}
		for _, kind := range reached {
			at := p.get(kind)
			switch {
			case !at.there():
			case kind == "lightstep" || kind == "opencensus":
				r.add(at, fmt.Sprintf("{} is a kind of provider that istiod has no longer: it logs a line, and the provider %q traces nothing", name), "set opentelemetry instead of {}")
			default:
				r.reached(at)
				r.headerPatterns(at)
			}
		}
	}
	if known != nil {
		r.defaults(n, append(known, names...))
	}
}

// statuses are the statuses of HTTP that Envoy can answer with (its
// type.v3.StatusCode, by which istiod looks them up).
var statuses = strings.Fields("100 200 201 202 203 204 205 206 207 208 226 300 301 302 303 304 305 307 308 " +
	"400 401 402 403 404 405 406 407 408 409 410 411 412 413 414 415 416 417 421 422 423 424 426 428 429 431 500 501 502 503 504 505 506 507 508 510 511")

// reached holds a provider that is a Service against its rules.
func (r *reader) reached(n node) {
	if port := n.get("port"); !port.there() {
		r.add(port, "{} is missing", "set {} to the port of the Service")
	} else {
		r.port(port)
	}
	service, open := n.get("service").text()
	bare := service
	if namespace, host, ok := strings.Cut(service, "/"); ok {
		bare = strings.TrimPrefix(host, "*.")
		if !isLabel(namespace) && namespace != "*" && namespace != "." || !strings.Contains(host, ".") {
			bare = ""
		}
	}
	_, notAddress := netip.ParseAddr(bare)
	switch {
	case service == "":
		r.add(n.get("service"), "{} is missing", "set {} to the full name of the Service")
	case !open && !isHost(bare) && notAddress != nil:
		r.refuse(n.get("service"), "a host name, or namespace/host")
	}
	if status := n.get("statusOnError"); status.there() {
		text, open := status.text()
		if !open && text != "" && !slices.Contains(statuses, text) {
			r.refuse(status, "a status of HTTP that Envoy knows, such as \"503\"")
		}
	}
	if prefix, open := n.get("pathPrefix").text(); prefix != "" && !open && !strings.HasPrefix(prefix, "/") {
		r.refuse(n.get("pathPrefix"), "a path that begins with /")
	}
	if n.get("grpc").there() && n.get("http").there() {
		r.add(n.get("http"), "{} stands beside grpc, of which there can be one", "keep one of grpc and http")
	}
}
