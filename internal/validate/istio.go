package validate

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/meshgen/meshgen/internal/object"
)

// What istiod's webhook refuses although the CRD allows it. Sources:
// pkg/config/validation of istio.io/istio, release 1.31: validation.go,
// virtualservice.go, agent/validation.go, envoyfilter/envoyfilter.go, and
// pkg/config/security. What the webhook only warns of is left out.

// istioRules are the kinds of Istio's, as kind.group, and what checks a spec.
var istioRules = map[string]func(r *report, spec *node){
	"VirtualService.networking.istio.io":      virtualService,
	"Gateway.networking.istio.io":             istioGateway,
	"DestinationRule.networking.istio.io":     destinationRule,
	"ServiceEntry.networking.istio.io":        serviceEntry,
	"WorkloadEntry.networking.istio.io":       func(r *report, spec *node) { r.workloadEntry(spec, nil, true) },
	"WorkloadGroup.networking.istio.io":       workloadGroup,
	"Sidecar.networking.istio.io":             sidecar,
	"EnvoyFilter.networking.istio.io":         envoyFilter,
	"ProxyConfig.networking.istio.io":         proxyConfig,
	"AuthorizationPolicy.security.istio.io":   authorizationPolicy,
	"PeerAuthentication.security.istio.io":    peerAuthentication,
	"RequestAuthentication.security.istio.io": requestAuthentication,
	"Telemetry.telemetry.istio.io":            telemetry,
	"WasmPlugin.extensions.istio.io":          wasmPlugin,
	"TrafficExtension.extensions.istio.io":    trafficExtension,
}

// istio holds an object of Istio's against the rules of its kind, and those of
// all its kinds.
func (r *report) istio(root *node, id object.ID) {
	check, ok := istioRules[id.Kind+"."+id.Group]
	if !ok {
		return
	}
	annotations := root.get("metadata", "annotations")
	if dry := annotations.get("istio.io/dry-run"); dry.value != nil {
		action := root.text("spec", "action")
		if _, err := strconv.ParseBool(dry.text()); id.Kind != "AuthorizationPolicy" {
			r.refuse(dry, "{} is for AuthorizationPolicies", "remove {}")
		} else if action != "" && action != "ALLOW" && action != "DENY" {
			r.refuse(dry, "{} is for the actions ALLOW and DENY", "remove {}")
		} else if err != nil {
			r.refuse(dry, fmt.Sprintf("{} is %q, but must be true or false", dry.text()), `set {} to "true"`)
		}
	}
	for _, name := range []string{"internal.istio.io/webhook-always-reject", "internal.istio.io/parents", "internal.istio.io/parent-namespace"} {
		if a := annotations.get(name); a.value != nil {
			r.refuse(a, "{} is Istio's own", "remove {}")
		}
	}
	check(r, root.get("spec"))
}

// refuse reports what istiod refuses.
func (r *report) refuse(n *node, message, try string) { r.add(n, codeIstio, message, try) }

// must reports a value of which istiod wants something else.
func (r *report) must(n *node, reason string) {
	r.refuse(n, fmt.Sprintf("{} is %s, but %s", r.show(n.value), reason), "change {}: it "+reason)
}

// lacks reports a field that istiod wants.
func (r *report) lacks(n *node) {
	r.refuse(n, "{} is missing or empty", "set {}")
}

// istioPort checks a port that is there.
func (r *report) istioPort(n *node) {
	if p := n.whole(); p < 1 || p > 65535 {
		r.must(n, "must be 1 to 65535")
	}
}

// istioDuration checks a duration that is there: a millisecond at least, and
// no fraction of one.
func (r *report) istioDuration(n *node) {
	if n.value == nil {
		return
	}
	d, err := time.ParseDuration(n.text())
	if err != nil || d < time.Millisecond || d%time.Millisecond != 0 {
		r.must(n, "must be a duration of 1ms or more, in whole milliseconds")
	}
}

// labelledHost is the first label of a host, which may be or begin with a *.
var labelledHost = regexp.MustCompile(`^(\*|[a-zA-Z0-9]|\*[-a-zA-Z0-9]*[a-zA-Z0-9]|\*?[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?)$`)

// isLabel says whether Istio takes a text for a label of a DNS name: upper case
// is fine.
func isLabel(text string) bool {
	return len(text) <= 63 && istioLabel.MatchString(text)
}

var istioLabel = regexp.MustCompile(`^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?$`)

// domain says what is wrong with a DNS name, "" when nothing is. Its last label
// may be empty, but not a number.
func domain(name string) string {
	if name == "" || len(name) > 255 {
		return "must be a DNS name of 1 to 255 characters"
	}
	parts := strings.Split(name, ".")
	if _, err := strconv.Atoi(parts[len(parts)-1]); err == nil {
		return "must be a DNS name, whose last label is no number"
	}
	for i, part := range parts {
		if i == len(parts)-1 && part == "" {
			return ""
		}
		if !isLabel(part) {
			return fmt.Sprintf("must be a DNS name, which the label %q cannot be in", part)
		}
	}
	return ""
}

// wildcard says what is wrong with a DNS name whose first label may have a *.
func wildcard(name string) string {
	if name == "" || len(name) > 255 {
		return "must be a DNS name of 1 to 255 characters"
	}
	first, rest, more := strings.Cut(name, ".")
	if len(first) > 63 || !labelledHost.MatchString(first) {
		return fmt.Sprintf("must be a DNS name, which the label %q cannot be in", first)
	}
	if more {
		return domain(rest)
	}
	return ""
}

// isAddress says whether a text is an IP address.
func isAddress(text string) bool {
	_, err := netip.ParseAddr(text)
	return err == nil
}

// subnet says what is wrong with an address or a range of addresses.
func subnet(text string) string {
	if strings.Count(text, "/") == 1 {
		if _, err := netip.ParsePrefix(text); err != nil {
			return "must be an address or a range of addresses"
		}
		return ""
	}
	if !isAddress(text) {
		return "must be an address or a range of addresses"
	}
	return ""
}

// wrong reports what a function of texts finds wrong.
func (r *report) wrong(n *node, check func(string) string) {
	if reason := check(n.text()); reason != "" {
		r.must(n, reason)
	}
}

// matchesHost says whether one host covers another, in either direction, as
// Istio compares hosts.
func matchesHost(a, b string) bool {
	aw, bw := strings.HasPrefix(a, "*"), strings.HasPrefix(b, "*")
	switch {
	case aw && bw && len(a) < len(b):
		return strings.HasSuffix(b[1:], a[1:])
	case aw && bw:
		return strings.HasSuffix(a[1:], b[1:])
	case aw:
		return strings.HasSuffix(b, a[1:])
	case bw:
		return strings.HasSuffix(a, b[1:])
	}
	return a == b
}

// insideHost says whether a host is covered by another.
func insideHost(a, b string) bool {
	aw, bw := strings.HasPrefix(a, "*"), strings.HasPrefix(b, "*")
	switch {
	case aw && bw:
		return len(a) >= len(b) && strings.HasSuffix(a[1:], b[1:])
	case aw:
		return false
	case bw:
		return strings.HasSuffix(a, b[1:])
	}
	return a == b
}

// namespacedHost checks a host with a namespace before it, as Gateways and
// Sidecars have them.
func (r *report) namespacedHost(n *node, gateway bool) {
	namespace, host, ok := strings.Cut(n.text(), "/")
	switch {
	case !ok && !gateway:
		r.must(n, "must be a namespace, / and a host")
		return
	case !ok:
		host = n.text()
	case namespace == "" || host == "":
		r.must(n, "must be a namespace, / and a host")
		return
	default:
		if !gateway {
			namespace = strings.TrimPrefix(namespace, "~")
		}
		if namespace != "*" && namespace != "." && !(namespace == "" && !gateway) && !isLabel(namespace) {
			r.must(n, "must begin with a namespace, * or .")
		}
	}
	if host != "*" && !strings.Contains(host, ".") && !(gateway && isAddress(host)) {
		r.must(n, "must be a whole DNS name, not a short one")
		return
	}
	if reason := wildcard(host); reason != "" && !(gateway && isAddress(host)) {
		r.must(n, reason)
		return
	}
	if strings.Contains(host, "*") && host != "*" && !strings.HasPrefix(host, "*.") {
		r.must(n, "must have a * as a label of its own")
	}
}

// unixPrefix begins the address of a Unix socket.
const unixPrefix = "unix://"

func (r *report) unixAddress(n *node) {
	path := strings.TrimPrefix(n.text(), unixPrefix)
	if !strings.HasPrefix(path, "@") && (!strings.HasPrefix(path, "/") || strings.HasSuffix(path, "/")) {
		r.must(n, "must be unix:// and the absolute path of a file")
	}
}

// istioProtocols are the protocols of ports that Istio knows, in lower case.
var istioProtocols = []string{"tcp", "udp", "grpc", "grpc-web", "http", "http_proxy", "http2", "https", "tls", "mongo", "redis", "mysql"}

// knownProtocol says whether Istio knows a protocol.
func knownProtocol(p string) bool { return slices.Contains(istioProtocols, strings.ToLower(p)) }

// isHTTP says whether a protocol is HTTP without TLS.
func isHTTP(p string) bool {
	return slices.Contains([]string{"http", "http2", "http_proxy", "grpc", "grpc-web"}, strings.ToLower(p))
}

// isTLS says whether a protocol is on top of TLS.
func isTLS(p string) bool { return slices.Contains([]string{"https", "tls"}, strings.ToLower(p)) }

func (r *report) protocol(n *node) {
	if p := n.text(); p != "" && !knownProtocol(p) {
		r.must(n, "must be "+orList(upper(istioProtocols)))
	}
}

func upper(words []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = strings.ToUpper(w)
	}
	return out
}

// exportTo checks where a resource is seen.
func (r *report) exportTo(n *node, entry, selected bool) {
	own := n.root().text("metadata", "namespace")
	seen := map[string]bool{}
	list := n.elements()
	for _, e := range list {
		key := e.text()
		if key == "." {
			key = own
		}
		if seen[key] {
			r.refuse(e, fmt.Sprintf("{} is %q, which the list has already", e.text()), "remove {}")
		}
		seen[key] = true
		if key != "*" && !(key == "~" && entry) && !isLabel(key) {
			r.must(e, "must be a namespace, . or *")
		}
		if (key == "*" || key == "~") && len(list) > 1 {
			r.refuse(e, "{} is "+key+", beside others", "keep {} alone, or remove it")
		}
	}
	if selected && len(list) > 0 && (!seen[own] || len(seen) > 1) {
		r.refuse(n, "{} must be the rule's own namespace alone, with a workloadSelector", `set {} to ["."]`)
	}
}

// selector checks labels that select workloads: no wildcards.
func (r *report) selector(labels *node) {
	for _, f := range labels.fields() {
		if f.key == "" || strings.Contains(f.key, "*") || strings.Contains(f.text(), "*") {
			r.refuse(f, fmt.Sprintf("{}: a selector has no wildcards, and no empty keys: %s=%s", f.key, f.text()), "write the whole label")
		}
	}
}

// attached checks the selector and the targets of a policy.
func (r *report) attached(spec *node) {
	r.selector(spec.get("selector", "matchLabels"))
	set := spec.present("selector", "targetRef")
	if spec.count("targetRefs") > 0 {
		set = append(set, "targetRefs")
	}
	if len(set) > 1 {
		r.refuse(spec.get(set[len(set)-1]), fmt.Sprintf("{} stands beside %s: a policy has one of them", set[0]), "remove one of the two")
	}
	refs := spec.each("targetRefs")
	if ref := spec.get("targetRef"); ref.value != nil {
		refs = append(refs, ref)
	}
	for _, ref := range refs {
		if ref.text("name") == "" {
			r.lacks(ref.get("name"))
		}
		if ref.text("namespace") != "" {
			r.refuse(ref.get("namespace"), "{} is set: a policy is for targets of its own namespace", "remove {}")
		}
		kind := strings.TrimSuffix(ref.text("kind")+"."+ref.text("group"), ".")
		if !slices.Contains(targets, kind) {
			r.refuse(ref.get("kind"), fmt.Sprintf("{} is %s, but a policy's target must be %s", kind, orList(targets)), "set kind and group to those of a target")
		}
	}
}

// targets are what policies can be attached to.
var targets = []string{"Service", "Service.core", "ServiceEntry.networking.istio.io", "Gateway.gateway.networking.k8s.io", "GatewayClass.gateway.networking.k8s.io"}

// istioLabels checks labels of workloads.
func (r *report) istioLabels(n *node) {
	for _, f := range n.fields() {
		if wrong := validation.IsQualifiedName(f.key); len(wrong) > 0 {
			r.refuse(f, fmt.Sprintf("{}: the key %q %s", f.key, say(wrong[0])), "change the key")
		} else if wrong := validation.IsValidLabelValue(f.text()); len(wrong) > 0 {
			r.must(f, say(wrong[0]))
		}
	}
}

// expression checks a regular expression, which Envoy reads as RE2.
func (r *report) expression(n *node) {
	if len(n.text()) > 1024 {
		r.must(n, "must have 1024 characters at most")
	} else if _, err := regexp.Compile(n.text()); err != nil {
		r.refuse(n, fmt.Sprintf("{} is %s, which is no regular expression: %s", r.show(n.value), strings.TrimPrefix(err.Error(), "error parsing regexp: ")), "correct {}")
	}
}
