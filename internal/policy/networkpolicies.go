package policy

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

const (
	// hbonePort is where ztunnel and waypoints take mutual TLS.
	hbonePort = 15008

	// Ports of a proxy: its merged metrics, its readiness, Envoy's own metrics.
	metricsPort = 15020
	statusPort  = 15021
	envoyPort   = 15090

	// probeAddress is the address that ambient gives to the kubelet's probes.
	probeAddress = "169.254.7.127/32"
)

// hostProbes is the spec of cilium.io/v2 CiliumClusterwideNetworkPolicy, as
// Istio's platform prerequisites give it for Cilium.
type hostProbes struct {
	Description       string `json:"description"`
	EnableDefaultDeny struct {
		Egress  bool `json:"egress"`
		Ingress bool `json:"ingress"`
	} `json:"enableDefaultDeny"`
	EndpointSelector struct{}    `json:"endpointSelector"`
	Ingress          []fromCIDRs `json:"ingress"`
}

type fromCIDRs struct {
	FromCIDR []string `json:"fromCIDR"`
}

// NetworkPolicies returns what the mesh itself needs in a cluster whose pods are
// closed to each other (istio.io, ambient/usage/networkpolicy and
// ambient/install/platform-prerequisites):
//
//   - HBONE's port in every namespace of a mesh with ambient pods, sidecars
//     included, because ambient callers reach them there;
//   - the kubelet's probes of ambient pods, for Cilium by its own kind, because
//     it takes that address for nobody's;
//   - the proxies' metrics, where monitors are asked for;
//   - the ports of gateways that istiod makes; the gateway chart has its own.
//
// Ports of applications are not the mesh's, and stay for people to open.
func NetworkPolicies(m model.Mesh) []object.Object {
	if m.Cluster.CNI.NetworkPolicies != "default-deny" {
		return nil
	}
	var objects []object.Object
	cilium := m.Cluster.CNI.Provider == "cilium"
	if cilium && m.Ambient {
		objects = append(objects, ciliumProbes())
	}
	for _, ns := range m.Namespaces {
		if !ns.Mesh {
			continue
		}
		var ports []int
		if m.Ambient {
			ports = append(ports, hbonePort)
		}
		if m.Telemetry.Monitors != nil && (ns.Mode == intent.Sidecar || ns.Waypoint) {
			ports = append(ports, metricsPort)
		}
		spec := admit(nil, ports)
		if ns.Mode == intent.Ambient && !cilium {
			spec.Ingress = append(spec.Ingress, networkingv1.NetworkPolicyIngressRule{
				From: []networkingv1.NetworkPolicyPeer{{IPBlock: &networkingv1.IPBlock{CIDR: probeAddress}}},
			})
		}
		if len(spec.Ingress) > 0 {
			objects = append(objects, networkPolicy(ns.Name, "allow-mesh", ns.Path, spec))
		}
	}
	for _, g := range m.Gateways {
		if g.API == byGatewayAPI {
			objects = append(objects, networkPolicy(g.Namespace, g.ServiceName, g.Path, admit(g.Selector, gatewayPorts(g))))
		}
	}
	return objects
}

// admit returns a policy that opens ports of pods to everybody.
func admit(pods map[string]string, ports []int) networkingv1.NetworkPolicySpec {
	spec := networkingv1.NetworkPolicySpec{
		PodSelector: metav1.LabelSelector{MatchLabels: pods},
		PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress},
	}
	if len(ports) == 0 {
		return spec
	}
	var rule networkingv1.NetworkPolicyIngressRule
	for _, port := range ports {
		rule.Ports = append(rule.Ports, networkingv1.NetworkPolicyPort{
			Protocol: new(corev1.ProtocolTCP), Port: new(intstr.FromInt32(int32(port))),
		})
	}
	spec.Ingress = []networkingv1.NetworkPolicyIngressRule{rule}
	return spec
}

// gatewayPorts are the ports of a gateway's pods: what the gateway chart's own
// policy opens, and the listeners'.
func gatewayPorts(g model.Gateway) []int {
	ports := []int{metricsPort, statusPort, envoyPort}
	for _, s := range g.Servers {
		ports = append(ports, s.Port)
		if redirects(s) {
			ports = append(ports, httpPort)
		}
	}
	slices.Sort(ports)
	return slices.Compact(ports)
}

func networkPolicy(namespace, name, path string, spec networkingv1.NetworkPolicySpec) object.Object {
	return meta{
		apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", namespace: namespace, name: name,
		component: "networkpolicies", path: path,
	}.make(spec)
}

// ciliumProbes keeps the name that Istio's documentation gives it. It admits and
// closes nothing.
func ciliumProbes() object.Object {
	return meta{
		apiVersion: "cilium.io/v2", kind: "CiliumClusterwideNetworkPolicy", name: "allow-ambient-hostprobes",
		component: "cilium", path: "cluster.cni.networkPolicies",
	}.make(hostProbes{
		Description: "Allows SNAT-ed kubelet health check probes into ambient pods",
		Ingress:     []fromCIDRs{{FromCIDR: []string{probeAddress}}},
	})
}
