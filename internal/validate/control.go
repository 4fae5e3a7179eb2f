package validate

import (
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strings"

	autoscalingv1 "k8s.io/api/autoscaling/v1"
	autoscaling "k8s.io/api/autoscaling/v2"
	core "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	networking "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Sources of the rules about endpoints, scaling, and what is left of the old
// kinds: pkg/apis/{core,discovery,autoscaling,networking}/validation/validation.go
// of Kubernetes 1.36.

var controlLimits = map[place]limit{
	in[core.EndpointAddress]("hostname"):                                            format(validation.IsDNS1123Label),
	in[core.EndpointAddress]("nodeName"):                                            format(validation.IsDNS1123Subdomain),
	in[core.EndpointPort]("name"):                                                   format(validation.IsDNS1123Label),
	in[core.EndpointPort]("appProtocol"):                                            format(validation.IsQualifiedName),
	in[discovery.Endpoint]("nodeName"):                                              format(validation.IsDNS1123Subdomain),
	in[discovery.Endpoint]("hostname"):                                              format(validation.IsDNS1123Label),
	in[discovery.Endpoint]("addresses"):                                             {set: true, most: 100},
	in[discovery.EndpointSlice]("endpoints"):                                        {most: 1000},
	in[discovery.EndpointPort]("appProtocol"):                                       format(validation.IsQualifiedName),
	in[discovery.ForZone]("name"):                                                   format(validation.IsValidLabelValue),
	in[discovery.ForNode]("name"):                                                   format(validation.IsDNS1123Subdomain),
	in[discovery.EndpointHints]("forZones"):                                         {most: 8},
	in[discovery.EndpointHints]("forNodes"):                                         {most: 8},
	in[autoscalingv1.HorizontalPodAutoscalerSpec]("targetCPUUtilizationPercentage"): atLeast(1),
	in[autoscaling.ResourceMetricSource]("name"):                                    format(validation.IsQualifiedName),
	in[autoscaling.ContainerResourceMetricSource]("name"):                           format(validation.IsQualifiedName),
	in[networking.IngressClassParametersReference]("apiGroup"):                      format(validation.IsDNS1123Subdomain),
	in[networking.IngressClassParametersReference]("kind"):                          format(pathSegment),
	in[networking.IngressClassParametersReference]("name"):                          format(pathSegment),
	in[networking.IngressClassParametersReference]("scope"):                         format(oneOfTexts(networking.IngressClassParametersReferenceScopeCluster, networking.IngressClassParametersReferenceScopeNamespace)),
}

var controlRules = map[reflect.Type][]rule{
	//lint:ignore SA1019 the kind is deprecated, and served
	reflect.TypeFor[core.EndpointSubset]():                        {endpointSubset},
	reflect.TypeFor[core.ReplicationControllerSpec]():             {replicationController, alwaysRestarts},
	reflect.TypeFor[core.ServiceAccount]():                        {accountSecrets},
	reflect.TypeFor[discovery.EndpointSlice]():                    {endpointSlice},
	reflect.TypeFor[autoscaling.HorizontalPodAutoscalerSpec]():    {scalingRange, scalingTarget},
	reflect.TypeFor[autoscalingv1.HorizontalPodAutoscalerSpec]():  {scalingRange, scalingTarget},
	reflect.TypeFor[networking.IngressClassParametersReference](): {classReference},
	reflect.TypeFor[networking.IngressBackend]():                  {exactlyOne("service", "resource"), backendResource},
}

func endpointSubset(r *report, n *node) {
	if n.count("addresses")+n.count("notReadyAddresses") == 0 {
		r.missing(n.get("addresses"))
	}
}

// endpointSlice: addresses are of the slice's type.
func endpointSlice(r *report, n *node) {
	kind := n.text("addressType")
	if !slices.Contains([]string{"IPv4", "IPv6", "FQDN"}, kind) {
		r.oneOf(n.get("addressType"), kind, []string{"IPv4", "IPv6", "FQDN"})
	}
	names := map[string]bool{}
	for _, p := range n.each("ports") {
		if name := p.text("name"); names[name] {
			r.add(p.get("name"), codeTwice, fmt.Sprintf("{}: another port is named %q already", name), "change {}")
		} else if names[name] = true; name != "" {
			r.format(p.get("name"), validation.IsDNS1123Label(name))
		}
	}
	for _, a := range n.each("endpoints", "addresses") {
		ip, err := netip.ParseAddr(a.text())
		switch {
		case kind == "FQDN":
			r.format(a, details(validation.IsFullyQualifiedDomainName(field.NewPath(""), a.text())))
		case err != nil || ip.Is4() != (kind == "IPv4"):
			r.value(a, "must be an address of type "+kind)
		default:
			r.format(a, publicAddress(a.text()))
		}
	}
}

// accountSecrets: the Secrets of an account are known by their names.
func accountSecrets(r *report, n *node) {
	seen := map[string]bool{}
	for _, s := range n.each("secrets") {
		name := s.text("name")
		switch {
		case !s.has("name"):
			r.missing(s.get("name"))
		case seen[name]:
			r.add(s, codeTwice, fmt.Sprintf("{} stands in the list a second time: %s", name), "remove one of the two")
		}
		seen[name] = true
	}
}

func replicationController(r *report, n *node) {
	labels := n.get("template", "metadata", "labels")
	if labels.count() == 0 && n.count("selector") == 0 {
		r.missing(labels)
	}
	for _, f := range n.get("selector").fields() {
		if !labels.has(f.key) || labels.text(f.key) != f.text() {
			r.conflict(labels, "{} are not those that spec.selector selects", "set {} to what spec.selector has")
			return
		}
	}
}

// scalingTarget: what is scaled is of a group, but for the oldest kind.
func scalingTarget(r *report, n *node) {
	ref := n.get("scaleTargetRef")
	version := ref.text("apiVersion")
	if group, _, ok := strings.Cut(version, "/"); ref.text("kind") != "ReplicationController" && (!ok || group == "") {
		if version == "" {
			r.missing(ref.get("apiVersion"))
		} else {
			r.value(ref.get("apiVersion"), "must have a group, such as apps/v1")
		}
	} else if strings.Count(version, "/") > 1 {
		r.value(ref.get("apiVersion"), "must be a group and a version, such as apps/v1")
	}
	notNegative("tolerance")(r, n.get("behavior", "scaleUp"))
	notNegative("tolerance")(r, n.get("behavior", "scaleDown"))
}

func classReference(r *report, n *node) {
	namespace, wide := n.get("namespace"), n.text("scope") != networking.IngressClassParametersReferenceScopeNamespace
	switch {
	case wide && namespace.value != nil:
		r.conflict(namespace, "{} wants scope Namespace", "set scope to Namespace, or remove {}")
	case !wide && namespace.value == nil:
		r.missing(namespace)
	case !wide:
		r.format(namespace, validation.IsDNS1123Label(namespace.text()))
	}
}

func backendResource(r *report, n *node) {
	ref := n.get("resource")
	if group := ref.get("apiGroup"); group.value != nil {
		r.format(group, validation.IsDNS1123Subdomain(group.text()))
	}
	for _, name := range ref.present("kind", "name") {
		if f := ref.get(name); f.text() != "" {
			r.format(f, pathSegment(f.text()))
		}
	}
}
