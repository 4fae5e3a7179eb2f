package validate

import (
	"net/netip"
	"reflect"
	"strings"

	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Sources of the rules about the addresses of Services, and the ranges and
// taints of nodes: pkg/apis/{networking,core}/validation/validation.go of
// Kubernetes 1.36.

var addressLimits = map[place]limit{
	in[networking.ParentReference]("group"):     format(validation.IsDNS1123Subdomain),
	in[networking.ParentReference]("resource"):  format(pathSegment),
	in[networking.ParentReference]("name"):      format(pathSegment),
	in[networking.ParentReference]("namespace"): format(pathSegment),
	in[networking.ServiceCIDRSpec]("cidrs"):     {elements: strictRange},
	in[core.Taint]("key"):                       format(validation.IsQualifiedName),
	in[core.Taint]("value"):                     format(validation.IsValidLabelValue),
	in[core.NodeSpec]("podCIDRs"):               {set: true},
}

var addressRules = map[reflect.Type][]rule{
	reflect.TypeFor[networking.ServiceCIDRSpec](): {func(r *report, n *node) { r.families(n.get("cidrs")) }},
	reflect.TypeFor[core.NodeSpec]():              {podRanges},
}

// strictAddress are addresses in the one way to write them.
func strictAddress(text string) []string {
	if _, err := netip.ParseAddr(text); err != nil {
		return []string{"must be an address such as 10.9.8.7 or 2001:db8::ffff"}
	}
	return details(validation.IsValidIP(field.NewPath(""), text))
}

// strictRange are ranges in the one way to write them.
func strictRange(text string) []string {
	if wrong := cidr(text); wrong != nil {
		return wrong
	}
	return details(validation.IsValidCIDR(field.NewPath(""), text))
}

// families reports addresses, or ranges, of which two are of one IP family.
func (r *report) families(list *node) {
	if c := list.count(); c > 2 {
		r.tooMany(list, c, 2)
		return
	}
	seen := map[bool]bool{}
	for _, e := range list.elements() {
		text, _, _ := strings.Cut(e.text(), "/")
		ip, err := netip.ParseAddr(text)
		if err != nil {
			continue
		}
		if seen[ip.Is4()] {
			r.conflict(list, "{} has two of one IP family", "keep one a family in {}")
			return
		}
		seen[ip.Is4()] = true
	}
}

// podRanges: where podCIDR is not the first of podCIDRs, it is the one that the
// API server takes.
func podRanges(r *report, n *node) {
	one, many := n.get("podCIDR"), n.each("podCIDRs")
	if one.text() != "" && (len(many) == 0 || many[0].text() != one.text()) {
		r.legacyRange(one)
		return
	}
	for _, e := range many {
		r.legacyRange(e)
	}
	r.families(n.get("podCIDRs"))
}

// legacyRange checks a range where Kubernetes took more ways to write one, until
// a minor.
func (r *report) legacyRange(n *node) {
	wrong := cidr(n.text())
	if wrong == nil {
		wrong = details(validation.IsValidCIDRForLegacyField(field.NewPath(""), n.text(), r.minor >= strictAddresses, nil))
	}
	r.format(n, wrong)
}
