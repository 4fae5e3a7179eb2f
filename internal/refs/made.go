package refs

import (
	"strings"

	"github.com/meshgen/meshgen/internal/object"
)

// product is what a controller makes from an object of a kind: a thing of some
// kind, named by a field, in the object's namespace or, with everywhere, in
// all. Where the field is empty the thing has the object's own name.
type product struct {
	kind       string
	name       path
	everywhere bool
	ifSet      bool // only where the field is set
}

// products are the controllers that people run beside a mesh, and what they
// make that pods and gateways refer to.
var products = map[string][]product{
	"Certificate.cert-manager.io":                    {{kind: "Secret", name: parsePath("spec.secretName")}},
	"Issuer.cert-manager.io":                         {{kind: "Secret", name: parsePath("spec.acme.privateKeySecretRef.name"), ifSet: true}},
	"SealedSecret.bitnami.com":                       {{kind: "Secret", name: parsePath("spec.template.metadata.name")}},
	"ExternalSecret.external-secrets.io":             {{kind: "Secret", name: parsePath("spec.target.name")}},
	"ClusterExternalSecret.external-secrets.io":      {{kind: "Secret", name: parsePath("spec.externalSecretName"), everywhere: true}},
	"SopsSecret.isindir.github.com":                  {{kind: "Secret", name: parsePath("spec.secretTemplates[].name"), ifSet: true}},
	"VaultStaticSecret.secrets.hashicorp.com":        {{kind: "Secret", name: parsePath("spec.destination.name")}},
	"VaultDynamicSecret.secrets.hashicorp.com":       {{kind: "Secret", name: parsePath("spec.destination.name")}},
	"VaultPKISecret.secrets.hashicorp.com":           {{kind: "Secret", name: parsePath("spec.destination.name")}},
	"OnePasswordItem.onepassword.com":                {{kind: "Secret"}},
	"InfisicalSecret.secrets.infisical.com":          {{kind: "Secret", name: parsePath("spec.managedSecretReference.secretName"), ifSet: true}},
	"BitwardenSecret.k8s.bitwarden.com":              {{kind: "Secret", name: parsePath("spec.secretName")}},
	"SecretProviderClass.secrets-store.csi.x-k8s.io": {{kind: "Secret", name: parsePath("spec.secretObjects[].secretName"), ifSet: true}},
	"Bundle.trust.cert-manager.io":                   {{kind: "ConfigMap", everywhere: true}, {kind: "Secret", everywhere: true}},
	"Cluster.postgresql.cnpg.io":                     {{kind: "Service"}},
}

// index notes what an object runs, and what is made from it.
func (f *finder) index(s *subject) {
	if w, ok := podsOf(s); ok {
		f.workloads[s.id.Namespace] = append(f.workloads[s.id.Namespace], w)
	}
	if s.kind == "Gateway.gateway.networking.k8s.io" {
		f.indexGateway(s)
	}
	f.indexMonitored(s)
	if issued, ok := shimmed[s.kind]; ok && isShimmed(s) {
		issued.each(s.Value, nil, func(_ []string, v any) {
			if name, ok := v.(string); ok {
				f.made[thing{"Secret", s.id.Namespace, name}] = s
			}
		})
	}
	for _, p := range products[s.kind] {
		namespace := s.id.Namespace
		if p.everywhere {
			namespace = ""
		}
		named := false
		p.name.each(s.Value, nil, func(_ []string, v any) {
			if name, ok := v.(string); ok && name != "" && len(p.name) > 0 {
				f.made[thing{p.kind, namespace, name}], named = s, true
			}
		})
		if !named && !p.ifSet {
			f.made[thing{p.kind, namespace, s.id.Name}] = s
		}
	}
}

// shimmed are the fields whose Secrets cert-manager makes for an object with
// one of its annotations (cert-manager.io, usage of ingress and gateway).
var shimmed = map[string]path{
	"Ingress.networking.k8s.io":         parsePath("spec.tls[].secretName"),
	"Gateway.gateway.networking.k8s.io": parsePath("spec.listeners[].tls.certificateRefs[].name"),
}

func isShimmed(s *subject) bool {
	annotations := s.Annotations()
	for _, key := range []string{"cert-manager.io/cluster-issuer", "cert-manager.io/issuer", "kubernetes.io/tls-acme"} {
		if annotations[key] != nil {
			return true
		}
	}
	return false
}

// The classes of Gateways that istiod makes a Deployment for, and whether the
// class stands behind the Gateway's name (istio, pilot/pkg/config/kube/gatewaycommon).
var istioClasses = map[string]bool{"istio": true, "istio-agentgateway": true, "istio-waypoint": false, "istio-east-west": false}

// indexGateway notes the Deployment, Service and ServiceAccount that istiod
// makes from a Gateway, and the labels of its pods. A Gateway with the address
// of a host takes over a Service that is there.
func (f *finder) indexGateway(s *subject) {
	class := object.String(s.Value, "spec", "gatewayClassName")
	suffixed, ok := istioClasses[class]
	for _, a := range object.List(s.Value, "spec", "addresses") {
		m, _ := a.(map[string]any)
		ok = ok && text(m, "type") != "Hostname"
	}
	if !ok {
		return
	}
	name := s.id.Name
	if suffixed {
		name += "-" + class
	}
	if override := object.String(s.Value, "metadata", "annotations", "gateway.istio.io/name-override"); override != "" {
		name = override
	}
	for _, kind := range []string{"Deployment", "Service", "ServiceAccount"} {
		f.made[thing{kind, s.id.Namespace, name}] = s
	}
	labels := map[string]any{}
	for key, value := range object.Map(s.Value, "spec", "infrastructure", "labels") {
		labels[key] = value
	}
	for key, value := range s.Labels() {
		if strings.HasPrefix(key, "istio.io/") || strings.HasPrefix(key, "topology.istio.io/") {
			labels[key] = value
		}
	}
	labels["gateway.networking.k8s.io/gateway-name"] = s.id.Name
	labels["gateway.networking.k8s.io/gateway-class-name"] = class
	labels["gateway.istio.io/managed"] = "istio.io-gateway-controller"
	if class == "istio-waypoint" {
		labels["gateway.istio.io/managed"] = "istio.io-mesh-controller"
	}
	labels["service.istio.io/canonical-name"] = name
	f.workloads[s.id.Namespace] = append(f.workloads[s.id.Namespace], workload{from: s, labels: labels, injected: true})
}
