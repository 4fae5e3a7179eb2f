package validate

import (
	"fmt"
	"math/big"
	"strings"
	"time"
)

func destinationRule(r *report, spec *node) {
	r.wrong(spec.get("host"), wildcard)
	r.trafficPolicy(spec.get("trafficPolicy"))
	seen := map[string]bool{}
	for _, s := range spec.each("subsets") {
		name := s.text("name")
		if seen[name] {
			r.refuse(s.get("name"), fmt.Sprintf("{} is %q, which another subset has already", name), "change {}")
		}
		seen[name] = true
		if !isLabel(name) {
			r.must(s.get("name"), "must be letters, digits and -")
		}
		r.istioLabels(s.get("labels"))
		r.trafficPolicy(s.get("trafficPolicy"))
	}
	r.exportTo(spec.get("exportTo"), false, spec.has("workloadSelector"))
	r.selector(spec.get("workloadSelector", "matchLabels"))
}

// policyFields are the fields of which a traffic policy has at least one.
var policyFields = []string{"outlierDetection", "connectionPool", "loadBalancer", "tls", "portLevelSettings", "tunnel", "proxyProtocol", "retryBudget"}

func (r *report) trafficPolicy(n *node) {
	if n.value == nil {
		return
	}
	if set := n.present(policyFields...); len(set) == 0 || len(set) == 1 && set[0] == "portLevelSettings" && n.count("portLevelSettings") == 0 {
		r.refuse(n, "{} says nothing", "remove {}")
	}
	if n.has("tunnel") && n.has("proxyProtocol") {
		r.refuse(n.get("proxyProtocol"), "{} stands beside tunnel", "remove {} or tunnel")
	}
	if b := n.get("retryBudget", "budgetInterval"); b.value != nil && duration(b.value) != "" {
		r.must(b, duration(b.value))
	}
	r.portPolicy(n)
	for _, p := range n.each("portLevelSettings") {
		if !p.has("port") {
			r.lacks(p.get("port"))
		}
		if len(p.present("outlierDetection", "connectionPool", "loadBalancer", "tls")) == 0 {
			r.refuse(p, "{} says nothing about the port", "remove {}")
		}
		r.portPolicy(p)
	}
	if t := n.get("tunnel"); t.value != nil {
		if p := t.text("protocol"); p != "" && p != "CONNECT" && p != "POST" {
			r.must(t.get("protocol"), "must be CONNECT or POST")
		}
		if host := t.text("targetHost"); domain(host) != "" && !isAddress(host) {
			r.must(t.get("targetHost"), "must be a DNS name or an address")
		}
		r.istioPort(t.get("targetPort"))
	}
}

// portPolicy checks what stands for all ports, or for one.
func (r *report) portPolicy(n *node) {
	r.outlier(n.get("outlierDetection"))
	r.connectionPool(n.get("connectionPool"))
	r.loadBalancer(n.get("loadBalancer"))
	r.clientTLS(n.get("tls"))
}

func (r *report) outlier(n *node) {
	r.istioDuration(n.get("baseEjectionTime"))
	r.istioDuration(n.get("interval"))
	if f := n.get("consecutiveLocalOriginFailures"); f.whole() > 0 && !n.truth("splitExternalLocalOriginErrors") {
		r.refuse(f, "{} has no effect without splitExternalLocalOriginErrors", "set splitExternalLocalOriginErrors to true, or remove {}")
	}
	for _, name := range []string{"maxEjectionPercent", "minHealthPercent"} {
		r.percentage(n.get(name))
	}
}

func (r *report) connectionPool(n *node) {
	if n.value == nil {
		return
	}
	h, tcp := n.get("http"), n.get("tcp")
	if h.value == nil && tcp.value == nil {
		r.refuse(n, "{} has neither http nor tcp", "set {}.http or {}.tcp")
	}
	for _, f := range []*node{h.get("http1MaxPendingRequests"), h.get("http2MaxRequests"), h.get("maxRequestsPerConnection"), h.get("maxRetries"), h.get("maxConcurrentStreams"), tcp.get("maxConnections")} {
		if f.whole() < 0 {
			r.must(f, "must be 0 or more")
		}
	}
	r.istioDuration(h.get("idleTimeout"))
	if h.text("h2UpgradePolicy") == "UPGRADE" && h.truth("useClientProtocol") {
		r.refuse(h.get("useClientProtocol"), "{} stands beside h2UpgradePolicy UPGRADE", "remove {} or h2UpgradePolicy")
	}
	if k := h.get("http2KeepAlive"); k.value != nil {
		for _, name := range []string{"interval", "timeout"} {
			if !k.has(name) {
				r.lacks(k.get(name))
			}
			r.istioDuration(k.get(name))
		}
	}
	r.istioDuration(tcp.get("connectTimeout"))
	r.istioDuration(tcp.get("maxConnectionDuration"))
	if idle, err := time.ParseDuration(tcp.text("idleTimeout")); err != nil || idle.Milliseconds() != 0 {
		r.istioDuration(tcp.get("idleTimeout"))
	}
	r.istioDuration(tcp.get("tcpKeepalive", "time"))
	r.istioDuration(tcp.get("tcpKeepalive", "interval"))
}

func (r *report) loadBalancer(n *node) {
	hash := n.get("consistentHash")
	if c := hash.get("httpCookie"); c.value != nil {
		if c.text("name") == "" {
			r.lacks(c.get("name"))
		}
		if ttl := c.get("ttl"); ttl.value != nil && duration(ttl.value) != "" {
			r.must(ttl, duration(ttl.value))
		}
		seen := map[string]bool{}
		for _, a := range c.each("attributes") {
			name := a.text("name")
			if name == "" || seen[name] {
				r.must(a.get("name"), "must be a name that the cookie has no other attribute of")
			}
			seen[name] = true
		}
	}
	if hash.whole("minimumRingSize") != 0 && (hash.has("ringHash") || hash.has("maglev")) {
		r.refuse(hash.get("minimumRingSize"), "{} stands beside ringHash or maglev", "remove {}")
	}
	if m := hash.get("maglev"); m.value != nil {
		if size := m.whole("tableSize"); size <= 0 || size >= 5000011 || !big.NewInt(size).ProbablyPrime(20) {
			r.must(m.get("tableSize"), "must be a prime number below 5000011")
		}
	}
	if n.has("localityLbSetting") && n.has("zoneAwareLbSetting") {
		r.refuse(n.get("zoneAwareLbSetting"), "{} stands beside localityLbSetting", "remove one of the two")
	}
	r.locality(n.get("localityLbSetting"))
	r.failover(n.get("zoneAwareLbSetting"))
	if w := n.get("warmup"); w.value != nil {
		if !w.has("duration") {
			r.lacks(w.get("duration"))
		}
		r.istioDuration(w.get("duration"))
		if w.get("minimumPercent").number() > 100 {
			r.must(w.get("minimumPercent"), "must be 100 at most")
		}
		if a := w.get("aggression"); a.value != nil && a.number() <= 0 {
			r.must(a, "must be greater than 0")
		}
	}
}

// topology are the labels that stand for the places of nodes.
var topology = map[string]bool{"topology.kubernetes.io/region": true, "topology.kubernetes.io/zone": true, "topology.istio.io/subzone": true}

func (r *report) locality(n *node) {
	if n.count("distribute") > 0 && n.count("failover") > 0 {
		r.refuse(n.get("failover"), "{} stands beside distribute", "remove one of the two")
		return
	}
	var from []*node
	for _, d := range n.each("distribute") {
		from = append(from, d.get("from"))
		total := int64(0)
		var to []string
		for _, w := range d.get("to").fields() {
			if v := w.whole(); v < 1 || v > 100 {
				r.must(w, "must be 1 to 100")
			}
			total += w.whole()
			to = append(to, w.key)
		}
		if total != 100 {
			r.refuse(d.get("to"), fmt.Sprintf("{} has weights that add up to %d, not to 100", total), "change the weights in {}")
		}
		r.localities(d.get("to"), to)
	}
	var names []string
	for _, f := range from {
		names = append(names, f.text())
	}
	r.localities(n.get("distribute"), names)
	r.failover(n)
	if n.count("failover") > 0 {
		for _, p := range n.each("failoverPriority") {
			if topology[p.text()] {
				r.refuse(p, fmt.Sprintf("{} is %s, which failover is about", p.text()), "remove {} or failover")
			}
		}
	}
}

func (r *report) failover(n *node) {
	zoneAware := n.key == "zoneAwareLbSetting"
	for _, p := range n.each("failoverPriority") {
		if zoneAware && topology[p.text()] {
			r.refuse(p, fmt.Sprintf("{} is %s, which is taken care of by itself", p.text()), "remove {}")
		}
	}
	for _, f := range n.each("failover") {
		a, b := f.text("from"), f.text("to")
		if a == b {
			r.must(f.get("to"), "must be another region than from")
		}
		if strings.ContainsAny(a+b, "/*") {
			r.refuse(f, "{} must name regions alone", "remove what stands behind / in {}, and any *")
		}
	}
}

// localities checks regions, zones and subzones: none covers another.
func (r *report) localities(n *node, names []string) {
	for i, name := range names {
		parts := strings.SplitN(name, "/", 3)
		bad := strings.Count(name, "*") > 1 || strings.Contains(name, "*") && !strings.HasSuffix(name, "*")
		for _, p := range parts {
			bad = bad || p == ""
		}
		if bad {
			r.refuse(n, fmt.Sprintf("{} names %q, which is no region/zone/subzone with a * at its end at most", name), "correct the locality")
			continue
		}
		for _, other := range names[:i] {
			if covers(other, name) || covers(name, other) {
				r.refuse(n, fmt.Sprintf("{} names %q and %q, which overlap", other, name), "remove one of the two")
			}
		}
	}
}

// covers says whether a locality holds another.
func covers(outer, inner string) bool {
	outer = strings.TrimSuffix(strings.TrimSuffix(outer, "*"), "/")
	return outer == "" || outer == strings.TrimSuffix(strings.TrimSuffix(inner, "*"), "/") || strings.HasPrefix(inner, outer+"/")
}

func (r *report) clientTLS(n *node) {
	mode, credential := n.text("mode"), n.text("credentialName")
	if n.truth("insecureSkipVerify") && (mode == "SIMPLE" || mode == "MUTUAL") {
		for _, name := range []string{"caCertificates", "subjectAltNames", "credentialName"} {
			if f := n.get(name); !isBlank(f.value) && (name != "credentialName" || mode == "SIMPLE") {
				r.refuse(f, "{} stands beside insecureSkipVerify", "remove {} or insecureSkipVerify")
			}
		}
	}
	if (mode == "SIMPLE" || mode == "MUTUAL") && credential != "" {
		for _, name := range []string{"clientCertificate", "privateKey", "caCertificates", "caCrl"} {
			if f := n.get(name); f.text() != "" {
				r.refuse(f, "{} stands beside credentialName", "remove {} or credentialName")
			}
		}
		return
	}
	if mode == "MUTUAL" {
		for _, name := range []string{"clientCertificate", "privateKey"} {
			if n.text(name) == "" {
				r.refuse(n.get(name), "{} is missing, with mode MUTUAL", "set credentialName, or {}")
			}
		}
	}
}
