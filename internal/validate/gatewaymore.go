package validate

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	gateway "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/meshgen/meshgen/internal/model"
)

// Rules of Gateway API's newer kinds. Source: the CRDs of gateway-api 1.6.0,
// standard channel.

var gatewayMoreEnums = map[reflect.Type][]string{
	reflect.TypeFor[gateway.FrontendValidationModeType](): texts(gateway.AllowValidOnly, gateway.AllowInsecureFallback),
	reflect.TypeFor[gateway.SubjectAltNameType]():         texts(gateway.HostnameSubjectAltNameType, gateway.URISubjectAltNameType),
	reflect.TypeFor[gateway.GRPCHeaderMatchType]():        texts(gateway.GRPCHeaderMatchExact, gateway.GRPCHeaderMatchRegularExpression),
}

var gatewayMoreLimits = map[place]limit{
	in[gateway.ListenerEntry]("port"):                                    portNumber,
	in[gateway.ListenerSetSpec]("listeners"):                             {most: 64, keys: []string{"name"}},
	in[gateway.SubjectAltName]("uri"):                                    format(upTo(253, absoluteURI)),
	in[gateway.BackendTLSPolicyValidation]("wellKnownCACertificates"):    format(upTo(253, wellKnown)),
	in[gateway.BackendTLSPolicyValidation]("caCertificateRefs"):          {most: 8},
	in[gateway.BackendTLSPolicySpec]("targetRefs"):                       {most: 16},
	in[gateway.GatewayClassSpec]("description"):                          {most: 64},
	in[gateway.Fraction]("numerator"):                                    atLeast(0),
	in[gateway.Fraction]("denominator"):                                  atLeast(1),
	in[gateway.HTTPHeaderFilter]("remove"):                               {set: true, most: 16},
	in[gateway.LocalPolicyTargetReferenceWithSectionName]("sectionName"): format(upTo(253, sectionName)),
}

var gatewayMoreRules = map[reflect.Type][]rule{
	reflect.TypeFor[gateway.BackendTLSPolicyValidation](): {certificates},
	reflect.TypeFor[gateway.BackendTLSPolicySpec]():       {targetsOnce},
	reflect.TypeFor[gateway.SubjectAltName]():             {altName},
	reflect.TypeFor[gateway.ListenerSetSpec]():            {listeners},
	reflect.TypeFor[gateway.HTTPBackendRef]():             {filtersOnce},
	reflect.TypeFor[gateway.GRPCBackendRef]():             {filtersOnce},
	reflect.TypeFor[gateway.GRPCRouteRule]():              {filtersOnce},
	reflect.TypeFor[gateway.Fraction]():                   {fractionOfOne},
}

var (
	uriForm     = regexp.MustCompile(`^(([^:/?#]+):)(//([^/?#]*))([^?#]*)(\?([^#]*))?(#(.*))?`)
	absoluteURI = matching(uriForm.String(), "must be a URI with a scheme and a host, such as spiffe://cluster.local/ns/a")
	wellKnown   = matching(`^(System|([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]))$`, "must be System, or a name with a domain")
)

// certificates: who signs is named, or well known.
func certificates(r *report, n *node) {
	refs, known := n.count("caCertificateRefs") > 0, n.text("wellKnownCACertificates") != ""
	switch {
	case refs && known:
		r.conflict(n.get("wellKnownCACertificates"), "{} stands beside caCertificateRefs", "remove one of the two")
	case !refs && !known:
		r.missing(n.get("caCertificateRefs"))
	}
}

func targetsOnce(r *report, n *node) {
	seen := map[string]bool{}
	for _, t := range n.each("targetRefs") {
		key := t.text("group") + "/" + t.text("kind") + "/" + t.text("name") + "/" + t.text("sectionName")
		if seen[key] {
			r.add(t, codeTwice, "{} stands in the list a second time", "remove one of the two, or set their sectionName")
		}
		seen[key] = true
	}
	oneOrEach(r, n.each("targetRefs"))
}

// altName: the name is of its type.
func altName(r *report, n *node) {
	for _, pair := range [][2]string{{"Hostname", "hostname"}, {"URI", "uri"}} {
		switch f := n.get(pair[1]); {
		case n.text("type") == pair[0] && f.text() == "":
			r.missing(f)
		case n.text("type") != pair[0] && f.value != nil:
			r.conflict(f, "{} cannot be set with type "+n.text("type"), "remove {}, or set type to "+pair[0])
		}
	}
}

// filtersOnce: a rule has a filter of most types once.
func filtersOnce(r *report, n *node) {
	seen := map[string]bool{}
	for _, f := range n.each("filters") {
		kind := f.text("type")
		if seen[kind] && kind != "RequestMirror" && kind != "ExtensionRef" {
			r.add(f, codeTwice, "{}: there is a filter of type "+kind+" already", "remove one of the two")
		}
		seen[kind] = true
	}
}

func fractionOfOne(r *report, n *node) {
	whole := int64(100)
	if d := n.get("denominator"); d.value != nil {
		whole = d.whole()
	}
	if !n.has("numerator") {
		r.missing(n.get("numerator"))
	} else if n.whole("numerator") > whole {
		r.conflict(n.get("numerator"), "{} is more than the denominator", "lower {}")
	}
}

// experimental are the fields that only the experimental channel has: the
// difference between its CRDs and those of the standard channel, whose API server
// knows no such fields.
var experimental = map[place]bool{
	in[gateway.HTTPRouteRule]("retry"):                true,
	in[gateway.HTTPRouteRule]("sessionPersistence"):   true,
	in[gateway.GRPCRouteRule]("sessionPersistence"):   true,
	in[gateway.HTTPRouteFilter]("externalAuth"):       true,
	in[gateway.CommonRouteSpec]("useDefaultGateways"): true,
	in[gateway.GatewaySpec]("defaultScope"):           true,
}

// experimentalChannel says whether somebody brings the experimental channel: it
// defines kinds of a group of its own.
func experimentalChannel(m model.Mesh) bool {
	return slices.ContainsFunc(m.External, func(e model.External) bool {
		return e.Kind == "CustomResourceDefinition" && (e.Name == "*" || strings.HasSuffix(e.Name, ".gateway.networking.x-k8s.io"))
	})
}

// standardSince are the fields that the standard channel of Gateway API has only
// from a minor on, of those that a delivery or K3s may bring: the difference
// between config/crd/standard of its v1.2.1, v1.3.0, v1.4.1, v1.5.1 and v1.6.0.
var standardSince = map[place]int{
	in[gateway.HTTPRequestMirrorFilter]("percent"):  3,
	in[gateway.HTTPRequestMirrorFilter]("fraction"): 3,
	in[gateway.HTTPRouteRule]("name"):               4,
	in[gateway.GRPCRouteRule]("name"):               4,
	in[gateway.GatewaySpec]("allowedListeners"):     5,
	in[gateway.GatewaySpec]("tls"):                  5,
	in[gateway.HTTPRouteFilter]("cors"):             5,
}

// moreRedirects is the minor from which on a redirect may have the status 303,
// 307 and 308.
const moreRedirects = 5

// release is what the cluster has of Gateway API: its minor, and the oldest that
// it may have instead, where it depends on the platform's patch release. Both are
// 0 where nobody knows.
type release struct {
	minor, oldest int
	by            string // who brings it
	way           string // how another comes
}

// gatewayRelease returns the release that the delivery brings, or the platform.
func gatewayRelease(m model.Mesh) release {
	if m.GatewayAPI == nil || experimentalChannel(m) {
		return release{}
	}
	if b := m.GatewayAPI.Bundle; b != nil {
		return release{
			minor: b.Newest, oldest: b.Oldest,
			by:  fmt.Sprintf("the last that K3s 1.%d brings", m.Cluster.Kubernetes),
			way: `say who brings another: external: "CustomResourceDefinition/*.gateway.networking.k8s.io": "..."`,
		}
	}
	var major, minor int
	if n, err := fmt.Sscanf(m.GatewayAPI.Version, "v%d.%d", &major, &minor); n != 2 || err != nil || !m.GatewayAPI.Deliver {
		return release{}
	}
	return release{minor: minor, oldest: minor, by: "which the delivery brings", way: "set istio.version to a newer one"}
}

// laterRelease reports a field that a later release of Gateway API brings, and
// says whether the API server refuses it for sure.
func (r *report) laterRelease(n *node, minor int) bool {
	if minor > r.release.minor {
		r.add(n, codeUnknown, fmt.Sprintf("there is no field {} in Gateway API 1.%d, %s; its standard channel has it from 1.%d on", r.release.minor, r.release.by, minor),
			"remove {}, or "+r.release.way)
		return true
	}
	r.warn(n, codeMinor, fmt.Sprintf("{} is a field that Gateway API has from 1.%d on; the first releases of K3s 1.%d bring 1.%d", minor, r.minor, r.release.oldest),
		fmt.Sprintf(`run the last release of K3s 1.%d, and say so: external: "CustomResourceDefinition/*.gateway.networking.k8s.io": "..."`, r.minor))
	return false
}

// channel reports a field that the cluster's Gateway API does not have.
func (r *report) channel(n *node) {
	r.add(n, codeUnknown, "there is no field {} in the standard channel of Gateway API",
		`remove {}, or say who brings the experimental channel: external: "CustomResourceDefinition/*.gateway.networking.x-k8s.io": "..."`)
}
