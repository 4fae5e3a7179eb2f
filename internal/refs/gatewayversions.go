package refs

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/model"
)

// gatewayRelease is what the CustomResourceDefinitions of a release of Gateway
// API serve: of each kind the versions, with spaces between, the newest first.
type gatewayRelease struct {
	standard     map[string]string
	experimental map[string]string // what the experimental channel serves besides
}

// gatewayReleases are the releases that a delivery may bring, by
// config/crd/standard and config/crd/experimental of each tag of
// kubernetes-sigs/gateway-api.
var gatewayReleases = map[string]gatewayRelease{
	"v1.3.0": {
		standard:     map[string]string{"GatewayClass": "v1 v1beta1", "Gateway": "v1 v1beta1", "GRPCRoute": "v1", "HTTPRoute": "v1 v1beta1", "ReferenceGrant": "v1beta1"},
		experimental: map[string]string{"BackendTLSPolicy": "v1alpha3", "TCPRoute": "v1alpha2", "TLSRoute": "v1alpha2", "UDPRoute": "v1alpha2"},
	},
	"v1.4.1": {
		standard:     map[string]string{"BackendTLSPolicy": "v1", "GatewayClass": "v1 v1beta1", "Gateway": "v1 v1beta1", "GRPCRoute": "v1", "HTTPRoute": "v1 v1beta1", "ReferenceGrant": "v1beta1"},
		experimental: map[string]string{"BackendTLSPolicy": "v1alpha3", "TCPRoute": "v1alpha2", "TLSRoute": "v1alpha3 v1alpha2", "UDPRoute": "v1alpha2"},
	},
	"v1.5.1": {
		standard:     map[string]string{"BackendTLSPolicy": "v1", "GatewayClass": "v1 v1beta1", "Gateway": "v1 v1beta1", "GRPCRoute": "v1", "HTTPRoute": "v1 v1beta1", "ListenerSet": "v1", "ReferenceGrant": "v1 v1beta1", "TLSRoute": "v1"},
		experimental: map[string]string{"BackendTLSPolicy": "v1alpha3", "TCPRoute": "v1alpha2", "TLSRoute": "v1alpha3 v1alpha2", "UDPRoute": "v1alpha2"},
	},
	"v1.6.0": {
		standard:     map[string]string{"BackendTLSPolicy": "v1", "GatewayClass": "v1 v1beta1", "Gateway": "v1 v1beta1", "GRPCRoute": "v1", "HTTPRoute": "v1 v1beta1", "ListenerSet": "v1", "ReferenceGrant": "v1 v1beta1", "TCPRoute": "v1", "TLSRoute": "v1", "UDPRoute": "v1"},
		experimental: map[string]string{"BackendTLSPolicy": "v1alpha3", "TCPRoute": "v1alpha2", "TLSRoute": "v1alpha3 v1alpha2", "UDPRoute": "v1alpha2"},
	},
}

// gatewayKind says whether a kind is in the standard channel of any release.
func gatewayKind(kind string) bool {
	for _, r := range gatewayReleases {
		if r.standard[kind] != "" {
			return true
		}
	}
	return false
}

// gatewayKinds are those kinds, in order.
func gatewayKinds() []string {
	kinds := map[string]bool{}
	for _, r := range gatewayReleases {
		for kind := range r.standard {
			kinds[kind] = true
		}
	}
	return slices.Sorted(maps.Keys(kinds))
}

// unservedGateway reports an object of Gateway API in a version that the
// definitions of the delivery do not serve. Which release a platform brings is
// not known: there it is a warning where no release known serves the version in
// its standard channel. Who brings the experimental channel says so by its own
// group under external.
func (f *finder) unservedGateway(s *subject) bool {
	g := f.mesh.GatewayAPI
	if g == nil || !gatewayKind(s.id.Kind) || g.Deliver && gatewayReleases[g.Version].standard == nil {
		return false // nobody delivers them, package validate knows no such kind, or the release is none of ours
	}
	_, version, _ := strings.Cut(s.APIVersion(), "/")
	experimental := slices.ContainsFunc(f.mesh.External, func(e model.External) bool {
		return e.Kind == "CustomResourceDefinition" && (e.Name == "*" || strings.Contains(e.Name, ".gateway.networking."))
	})
	releases := []string{g.Version}
	if !g.Deliver {
		releases = slices.Sorted(maps.Keys(gatewayReleases))
	}
	var served []string
	for _, name := range releases {
		r := gatewayReleases[name]
		served = append(served, strings.Fields(r.standard[s.id.Kind])...)
		if experimental {
			served = append(served, strings.Fields(r.experimental[s.id.Kind])...)
		}
	}
	if slices.Contains(served, version) {
		return false
	}
	const say = `say who brings others: external: "CustomResourceDefinition/*.gateway.networking.k8s.io": "..."`
	p := problem{code: "MG5065", keys: []string{"apiVersion"}, message: fmt.Sprintf("is written as %s, and Gateway API %s, which the delivery brings, ", s.APIVersion(), g.Version)}
	switch {
	case !g.Deliver:
		p.severity = diag.Warning
		p.message = fmt.Sprintf("is written as %s, which the standard channel of Gateway API does not serve: the cluster refuses it unless its platform brings another", s.APIVersion())
		p.suggestion = fmt.Sprintf("set apiVersion to %s/%s, or %s", gatewayAPI, served[len(served)-1], say)
	case len(served) == 0:
		p.message += "has no such kind in its standard channel"
		p.suggestion = "remove the object, set istio.version to a newer one, or " + say
	default:
		p.message += "serves the kind as " + strings.Join(served, ", ")
		p.suggestion = fmt.Sprintf("set apiVersion to %s/%s", gatewayAPI, served[0])
	}
	f.report(s, p)
	return true
}
