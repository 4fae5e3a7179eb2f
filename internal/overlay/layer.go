package overlay

import (
	"regexp"
	"strings"

	"github.com/meshgen/meshgen/internal/object"
)

// The layers, in the order in which they are applied. A layer is ready before
// the next one begins: CRDs are there before their objects, and istiod, whose
// webhook fails closed, is up before Istio's own kinds come. Mesh-wide policy
// comes after the gateways, so that strictness never meets a cluster without
// its way in; routes come after policy, so that nothing is reachable before the
// policy that guards it.
const (
	layerNamespaces   = "00-namespaces"
	layerCRDs         = "10-crds"
	layerControlPlane = "20-control-plane"
	layerDataPlane    = "30-data-plane"
	layerGateways     = "40-gateways"
	layerPolicy       = "50-policy"
	layerTraffic      = "60-traffic"
	layerTelemetry    = "70-telemetry"
)

// Layers returns the layers' folders in order.
func Layers() []string {
	return []string{
		layerNamespaces, layerCRDs, layerControlPlane, layerDataPlane,
		layerGateways, layerPolicy, layerTraffic, layerTelemetry,
	}
}

// charts holds the layer of what a chart renders, its CRDs left out.
var charts = map[string]string{
	"base":    layerControlPlane,
	"istiod":  layerControlPlane,
	"cni":     layerDataPlane,
	"ztunnel": layerDataPlane,
	"gateway": layerGateways,
}

// kinds holds the layer of a kind.group, or of all kinds of a group. Network
// policies come with the data plane: from the moment that the node proxy
// redirects, probes and port 15008 have to pass.
var kinds = map[string]string{
	"Gateway.networking.istio.io":            layerGateways,
	"ProxyConfig.networking.istio.io":        layerGateways, // read when a gateway's proxy starts
	"networking.istio.io":                    layerTraffic,
	"extensions.istio.io":                    layerTraffic,
	"security.istio.io":                      layerPolicy,
	"telemetry.istio.io":                     layerTelemetry,
	"gateway.networking.k8s.io":              layerTraffic,
	"gateway.networking.x-k8s.io":            layerTraffic,
	"Gateway.gateway.networking.k8s.io":      layerGateways,
	"GatewayClass.gateway.networking.k8s.io": layerGateways,
	"ListenerSet.gateway.networking.k8s.io":  layerGateways,
	"metallb.io":                             layerGateways,
	"cert-manager.io":                        layerGateways,
	"NetworkPolicy.networking.k8s.io":        layerDataPlane,
	"cilium.io":                              layerDataPlane,
	"monitoring.coreos.com":                  layerTelemetry,
	"kiali.io":                               layerTelemetry,
}

// components holds the layer of our objects whose kind does not tell, such as a
// ConfigMap that customises a gateway.
var components = map[string]string{
	"namespaces":    layerNamespaces,
	"certificates":  layerGateways,
	"gateways":      layerGateways,
	"metallb":       layerGateways,
	"waypoints":     layerGateways,
	"mtls":          layerPolicy,
	"authorization": layerPolicy,
	"telemetry":     layerTelemetry,
	"monitors":      layerTelemetry,
	"kiali":         layerTelemetry,
}

// layerOf returns the layer that an object belongs to. A person's manifest goes
// where it asks to; without a word, by its kind where the kind is Istio's or
// Gateway API's, or else after everything that it may need.
func layerOf(it item) string {
	if it.layer != "" {
		return it.layer
	}
	id := it.ID()
	switch {
	case id.Kind == "Namespace" && id.Group == "":
		return layerNamespaces
	case isCRD(id):
		return layerCRDs
	}
	if layer, ok := charts[it.Origin.Chart]; ok {
		return layer
	}
	if it.place != (place{}) && !strings.HasSuffix(id.Group, ".istio.io") && id.Group != "gateway.networking.k8s.io" {
		return layerTraffic
	}
	if layer, ok := kinds[id.Kind+"."+id.Group]; ok {
		return layer
	}
	if layer, ok := kinds[id.Group]; ok {
		return layer
	}
	if layer, ok := components[it.Origin.Component]; ok {
		return layer
	}
	return layerTraffic
}

func isCRD(id object.ID) bool {
	return id.Kind == "CustomResourceDefinition" && id.Group == "apiextensions.k8s.io"
}

// fileName is what a component may be called, because it names a file.
var fileName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)

func namesFile(component string) bool {
	return fileName.MatchString(component) && component+".yaml" != kustomization
}
