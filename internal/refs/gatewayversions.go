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

// gatewayReleases are the releases that a delivery or K3s may bring, by
// config/crd/standard and config/crd/experimental of each tag of
// kubernetes-sigs/gateway-api.
var gatewayReleases = map[string]gatewayRelease{
	"v1.2.1": {
		standard:     map[string]string{"GatewayClass": "v1 v1beta1", "Gateway": "v1 v1beta1", "GRPCRoute": "v1", "HTTPRoute": "v1 v1beta1", "ReferenceGrant": "v1beta1"},
		experimental: map[string]string{"BackendTLSPolicy": "v1alpha3", "TCPRoute": "v1alpha2", "TLSRoute": "v1alpha2", "UDPRoute": "v1alpha2"},
	},
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
// definitions of the delivery, or of the platform, do not serve. Which release a
// platform brings is known of K3s alone: elsewhere it is a warning where no
// release known serves the version in its standard channel. Who brings the
// experimental channel says so by its own group under external.
func (f *finder) unservedGateway(s *subject) bool {
	g := f.mesh.GatewayAPI
	if g == nil || !gatewayKind(s.id.Kind) || g.Deliver && gatewayReleases[g.Version].standard == nil {
		return false // nobody delivers them, package validate knows no such kind, or the release is none of ours
	}
	_, version, _ := strings.Cut(s.APIVersion(), "/")
	switch {
	case g.Deliver:
		return f.unservedIn(s, version, g.Version)
	case g.Bundle != nil:
		return f.unservedBundle(s, version, *g.Bundle)
	}
	served := f.servedIn(s.id.Kind, slices.Sorted(maps.Keys(gatewayReleases))...)
	if slices.Contains(served, version) {
		return false
	}
	f.report(s, problem{
		code: "MG5065", severity: diag.Warning, keys: []string{"apiVersion"},
		message:    fmt.Sprintf("is written as %s, which the standard channel of Gateway API does not serve: the cluster refuses it unless its platform brings another", s.APIVersion()),
		suggestion: fmt.Sprintf("set apiVersion to %s/%s, or %s", gatewayAPI, served[len(served)-1], sayGatewayAPI),
	})
	return true
}

const sayGatewayAPI = `say who brings others: external: "CustomResourceDefinition/*.gateway.networking.k8s.io": "..."`

// servedIn returns the versions of a kind that releases of Gateway API serve.
func (f *finder) servedIn(kind string, releases ...string) []string {
	experimental := slices.ContainsFunc(f.mesh.External, func(e model.External) bool {
		return e.Kind == "CustomResourceDefinition" && (e.Name == "*" || strings.Contains(e.Name, ".gateway.networking."))
	})
	var served []string
	for _, name := range releases {
		r := gatewayReleases[name]
		served = append(served, strings.Fields(r.standard[kind])...)
		if experimental {
			served = append(served, strings.Fields(r.experimental[kind])...)
		}
	}
	return served
}

// unservedIn reports an object that the release of the delivery does not serve.
func (f *finder) unservedIn(s *subject, version, release string) bool {
	served := f.servedIn(s.id.Kind, release)
	if slices.Contains(served, version) {
		return false
	}
	p := problem{code: "MG5065", keys: []string{"apiVersion"}, message: fmt.Sprintf("is written as %s, and Gateway API %s, which the delivery brings, ", s.APIVersion(), release)}
	if len(served) == 0 {
		p.message += "has no such kind in its standard channel"
		p.suggestion = "remove the object, set istio.version to a newer one, or " + sayGatewayAPI
	} else {
		p.message += "serves the kind as " + strings.Join(served, ", ")
		p.suggestion = fmt.Sprintf("set apiVersion to %s/%s", gatewayAPI, served[0])
	}
	f.report(s, p)
	return true
}

// unservedBundle reports an object that the platform's release does not serve: an
// error where none of its patch releases does, a warning where the older do not.
func (f *finder) unservedBundle(s *subject, version string, b model.GatewayBundle) bool {
	p := problem{code: "MG5065", keys: []string{"apiVersion"}}
	platform := fmt.Sprintf("K3s 1.%d", f.mesh.Cluster.Kubernetes)
	if b.Newest == 0 {
		p.message = fmt.Sprintf("is of Gateway API, of which %s brings nothing: its Traefik is too old", platform)
		p.suggestion = `set cluster.gatewayAPI.crds to "delivery", with gitops.engine, or ` + sayGatewayAPI
		f.report(s, p)
		return true
	}
	newest, oldest := f.servedIn(s.id.Kind, releaseOf(b.Newest)), f.servedIn(s.id.Kind, releaseOf(b.Oldest))
	switch {
	case slices.Contains(oldest, version):
		return false
	case slices.Contains(newest, version):
		p.severity = diag.Warning
		p.message = fmt.Sprintf("is written as %s, which Gateway API 1.%d does not serve: the first releases of %s bring that, the last 1.%d", s.APIVersion(), b.Oldest, platform, b.Newest)
		p.suggestion = fmt.Sprintf(`run the last release of %s, and say so: external: "CustomResourceDefinition/*.gateway.networking.k8s.io": "..."`, platform)
		if len(oldest) > 0 {
			p.suggestion = fmt.Sprintf("set apiVersion to %s/%s", gatewayAPI, oldest[0])
		}
	case len(newest) == 0:
		p.message = fmt.Sprintf("is written as %s, and Gateway API 1.%d, the last that %s brings, has no such kind in its standard channel", s.APIVersion(), b.Newest, platform)
		p.suggestion = "remove the object, or " + sayGatewayAPI
	default:
		p.message = fmt.Sprintf("is written as %s, and Gateway API 1.%d, the last that %s brings, serves the kind as %s", s.APIVersion(), b.Newest, platform, strings.Join(newest, ", "))
		p.suggestion = fmt.Sprintf("set apiVersion to %s/%s", gatewayAPI, newest[0])
	}
	f.report(s, p)
	return true
}

// releaseOf returns the release of the table that is of a minor.
func releaseOf(minor int) string {
	for name := range gatewayReleases {
		if strings.HasPrefix(name, fmt.Sprintf("v1.%d.", minor)) {
			return name
		}
	}
	return ""
}
