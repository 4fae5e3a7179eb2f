package meshconfig

import (
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/meshgen/meshgen/internal/diag"
)

// mesh holds a MeshConfig against the rules. Those without another source are of
// istio, pkg/config/validation/agent/validation.go, release 1.31.
func (r *reader) mesh(n node) {
	r.port(n.get("proxyListenPort"))
	r.port(n.get("proxyInboundListenPort")) // Envoy listens on it
	r.duration(n.get("connectTimeout"), time.Millisecond, time.Hour, time.Millisecond)
	r.duration(n.get("protocolDetectionTimeout"), 0, 0, time.Millisecond)
	// Envoy: config.cluster.v3.Cluster.dns_refresh_rate, greater than 1ms.
	r.duration(n.get("dnsRefreshRate"), 2*time.Millisecond, 0, time.Millisecond)
	r.localities(n.get("localityLbSetting"))
	r.failovers(n.get("zoneAwareLbSetting"))
	for _, p := range n.get("zoneAwareLbSetting", "failoverPriority").elements() {
		if text, _ := p.text(); strings.HasPrefix(text, "topology.kubernetes.io/") || text == "topology.istio.io/subzone" {
			r.add(p, "{} is "+shown(p.value)+", which zone-aware load balancing orders by itself", "remove {}")
		}
	}
	for _, s := range n.get("serviceSettings").elements() {
		for _, h := range s.get("hosts").elements() {
			if text, open := h.text(); !open && !isHost(strings.TrimPrefix(text, "*.")) && text != "*" {
				r.refuse(h, "a host name, or one that begins with *.")
			}
		}
	}
	r.trustDomain(n.get("trustDomain"))
	for _, a := range n.get("trustDomainAliases").elements() {
		r.trustDomain(a)
	}
	if curves := n.get("meshMTLS", "ecdhCurves"); curves.there() {
		r.add(curves, "{} is there, and istiod has no curves for mutual TLS", "remove {}")
	}
	for _, name := range []string{"defaultServiceExportTo", "defaultVirtualServiceExportTo", "defaultDestinationRuleExportTo"} {
		for _, e := range n.get(name).elements() {
			if text, open := e.text(); !open && text != "*" && text != "." && text != "~" && !isLabel(text) {
				r.refuse(e, `"*", ".", "~" or a namespace`)
			}
		}
	}
	r.least(n.get("defaultHttpRetryPolicy", "attempts"), 0)
	r.positive(n.get("defaultHttpRetryPolicy", "perTryTimeout"))
	r.duration(n.get("tcpKeepalive", "time"), time.Second, 0, time.Second)
	r.duration(n.get("tcpKeepalive", "interval"), time.Second, 0, time.Second)
	r.trafficPolicy(n.get("defaultTrafficPolicy"))
	r.suites(n)
	r.statNames(n)
	r.providers(n)
	r.proxy(n.get("defaultConfig"))
}

// port checks a port that is there.
func (r *reader) port(n node) {
	if p, ok := numberOf[int64](n.value); ok && (p < 1 || p > 65535) {
		r.refuse(n, "1 to 65535")
	}
}

// least checks a number that is there.
func (r *reader) least(n node, least int64) {
	if v, ok := numberOf[int64](n.value); ok && v < least {
		r.refuse(n, fmt.Sprintf("%d or more", least))
	}
}

// percent checks a number that is there.
func (r *reader) percent(n node) {
	if v, ok := numberOf[float64](n.value); ok && (v < 0 || v > 100) {
		r.refuse(n, "0 to 100")
	}
}

// positive checks a duration that is there: a millisecond at least, and no
// fraction of one.
func (r *reader) positive(n node) {
	r.duration(n, time.Millisecond, 0, time.Millisecond)
}

// duration checks a duration that is there; a most of 0 is none.
func (r *reader) duration(n node, least, most, unit time.Duration) {
	text, open := n.text()
	d, err := time.ParseDuration(text)
	if open || err != nil {
		return
	}
	words := map[time.Duration]string{time.Millisecond: "milliseconds", time.Second: "seconds"}[unit]
	switch {
	case least > 0 && d < least && most > 0, most > 0 && d > most:
		r.refuse(n, fmt.Sprintf("%s to %s", short(least), short(most)))
	case least > 0 && d < least:
		r.refuse(n, short(least)+" or more")
	case d%unit != 0:
		r.refuse(n, "in whole "+words)
	}
}

// short writes a duration without its parts that are nought.
func short(d time.Duration) string {
	return strings.TrimSuffix(strings.TrimSuffix(d.String(), "0s"), "0m")
}

// trustDomain checks a trust domain that is there.
func (r *reader) trustDomain(n node) {
	text, open := n.text()
	if !n.there() || open {
		return
	}
	parts := strings.Split(text, ".")
	for i, part := range parts {
		if !isLabel(part) && (part != "" || i == 0 || i < len(parts)-1) {
			r.refuse(n, "a domain, such as cluster.local, of lower-case letters, digits, dots and dashes")
			return
		}
	}
}

var label = regexp.MustCompile(`^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?$`)

// isLabel says whether istiod takes a text for a label of a DNS name.
func isLabel(text string) bool { return len(text) <= 63 && label.MatchString(text) }

// isHost says whether istiod takes a text for a DNS name: its last label may be
// empty, but not a number.
func isHost(name string) bool {
	parts := strings.Split(name, ".")
	last := parts[len(parts)-1]
	if _, err := strconv.Atoi(last); err == nil || name == "" || len(name) > 255 {
		return false
	}
	if last == "" && len(parts) > 1 {
		parts = parts[:len(parts)-1]
	}
	return !slices.ContainsFunc(parts, func(p string) bool { return !isLabel(p) })
}

// localities holds the setting for localities against its rules.
func (r *reader) localities(n node) {
	distribute, failover := n.get("distribute"), n.get("failover")
	if len(distribute.elements()) > 0 && len(failover.elements()) > 0 {
		r.add(failover, "{} stands beside distribute, and istiod takes neither then", "keep one of distribute and failover")
		return
	}
	if len(failover.elements()) > 0 {
		for _, p := range n.get("failoverPriority").elements() {
			if text, _ := p.text(); strings.HasPrefix(text, "topology.kubernetes.io/") || text == "topology.istio.io/subzone" {
				r.add(p, "{} is "+shown(p.value)+", which cannot stand beside failover", "remove {}, or failover")
			}
		}
	}
	var from []node
	for _, d := range distribute.elements() {
		from = append(from, d.get("from"))
		to, _ := d.get("to").value.(map[string]any)
		var sum int64
		var towards []node
		bad := false
		for _, locality := range slices.Sorted(maps.Keys(to)) {
			weight := node{to[locality], append(slices.Clone(d.get("to").keys), locality)}
			towards = append(towards, node{locality, weight.keys})
			v, _ := numberOf[int64](weight.value)
			if sum += v; v < 1 || v > 100 {
				r.refuse(weight, "1 to 100")
				bad = true
			}
		}
		if sum != 100 && !bad {
			r.add(d.get("to"), fmt.Sprintf("the weights in {} add up to %d, but must be 100", sum), "change the weights in {}, so that they add up to 100")
		}
		r.overlaps(towards)
	}
	r.overlaps(from)
	r.failovers(n)
}

// overlaps reports localities, region/zone/subzone, of which one is within
// another, and those that cannot be read.
func (r *reader) overlaps(localities []node) {
	var before []string
	for _, n := range localities {
		text, open := n.text()
		if open {
			return
		}
		if star := strings.Index(text, "*"); star >= 0 && star != len(text)-1 || slices.Contains(strings.Split(text, "/"), "") {
			r.add(n, fmt.Sprintf("%q in {} is no locality: it is a region, or region/zone, or region/zone/subzone, and a * stands at its end", text), "correct {}")
			return
		}
		area := strings.TrimSuffix(strings.TrimSuffix(text, "*"), "/")
		for _, b := range before {
			if area == b || b == "" || area == "" || strings.HasPrefix(area, b+"/") || strings.HasPrefix(b, area+"/") {
				r.add(n, fmt.Sprintf("%q in {} overlaps another locality of the list", text), "let each locality stand in one of the list")
				return
			}
		}
		before = append(before, area)
	}
}

// failovers holds the regions that stand in for others against their rules.
func (r *reader) failovers(n node) {
	for _, f := range n.get("failover").elements() {
		from, _ := f.get("from").text()
		to, _ := f.get("to").text()
		switch {
		case from == to:
			r.add(f, fmt.Sprintf("{} is from %q to itself", from), "name another region in {}.to")
		case strings.ContainsAny(from+to, "/*"):
			r.add(f, fmt.Sprintf("{} is from %q to %q, but failover is between whole regions", from, to), "name regions alone in {}, without / and *")
		}
	}
}

// trafficPolicy holds the mesh's own traffic policy against its rules.
func (r *reader) trafficPolicy(n node) {
	pool := n.get("connectionPool")
	if pool.there() && !pool.get("http").there() && !pool.get("tcp").there() {
		r.add(pool, "{} says nothing of http or tcp", "set {}.http or {}.tcp, or remove {}")
	}
	http, tcp := pool.get("http"), pool.get("tcp")
	for _, name := range []string{"http1MaxPendingRequests", "http2MaxRequests", "maxRequestsPerConnection", "maxRetries", "maxConcurrentStreams"} {
		r.least(http.get(name), 0)
	}
	r.positive(http.get("idleTimeout"))
	if upgrade, _ := http.get("h2UpgradePolicy").text(); upgrade == "UPGRADE" && http.get("useClientProtocol").value == true {
		r.add(http.get("useClientProtocol"), `{} is true beside h2UpgradePolicy "UPGRADE"`, "remove {}")
	}
	r.least(tcp.get("maxConnections"), 0)
	r.positive(tcp.get("connectTimeout"))
	r.positive(tcp.get("maxConnectionDuration"))
	if text, _ := tcp.get("idleTimeout").text(); text != "0s" && text != "0" {
		r.positive(tcp.get("idleTimeout"))
	}
	r.positive(tcp.get("tcpKeepalive", "time"))
	r.positive(tcp.get("tcpKeepalive", "interval"))
	outlier := n.get("outlierDetection")
	r.positive(outlier.get("baseEjectionTime"))
	r.positive(outlier.get("interval"))
	r.percent(outlier.get("maxEjectionPercent"))
	r.percent(outlier.get("minHealthPercent"))
	if v, ok := numberOf[int64](outlier.get("consecutiveLocalOriginFailures").value); ok && v > 0 && outlier.get("splitExternalLocalOriginErrors").value != true {
		r.add(outlier.get("consecutiveLocalOriginFailures"), "{} is set, and splitExternalLocalOriginErrors is not true", "set splitExternalLocalOriginErrors beside {} to true")
	}
}

// address checks a host and a port that are there; $(HOST_IP) is the node's address.
func (r *reader) address(n node) {
	text, open := n.text()
	if !n.there() || open {
		return
	}
	text = strings.Replace(text, "$(HOST_IP)", "127.0.0.1", 1)
	i := strings.LastIndex(text, ":")
	port, err := strconv.Atoi(text[i+1:])
	host := strings.TrimSuffix(strings.TrimPrefix(text[:max(i, 0)], "["), "]")
	_, notAddress := netip.ParseAddr(host)
	if i < 0 || err != nil || port < 1 || port > 65535 || !isHost(host) && notAddress != nil {
		r.refuse(n, "a host and a port, such as collector.example.com:9411")
	}
}

// builtin are the providers that every mesh has (istio, pkg/config/mesh/mesh.go,
// DefaultMeshConfig).
var builtin = []string{"envoy", "prometheus", "stackdriver"}

// defaults holds the providers that are taken by default against those that there are.
func (r *reader) defaults(n node, known []string) {
	for _, kind := range []string{"tracing", "metrics", "accessLogging"} {
		for _, p := range n.get("defaultProviders", kind).elements() {
			text, open := p.text()
			if open || slices.Contains(known, text) {
				continue
			}
			suggestion := "add the provider to telemetry.providers, or to extensionProviders"
			if near := diag.Nearest(text, known); near != "" {
				suggestion = fmt.Sprintf("set {} to %q", near)
			}
			r.add(p, fmt.Sprintf("{} names the provider %q, which the mesh config does not have", text), suggestion)
		}
	}
}
