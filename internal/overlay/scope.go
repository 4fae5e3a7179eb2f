package overlay

import (
	"strings"

	"github.com/meshgen/meshgen/internal/object"
)

// scope says whether the objects of a kind stand in a namespace.
type scope int

const (
	unknownScope scope = iota // a kind that we have never heard of
	namespaced
	clusterScoped
)

// clusterKinds are the cluster-scoped kinds of the groups whose scopes we know,
// as kind.group; every other kind of those groups is namespaced. Kubernetes'
// own are those of `kubectl api-resources --namespaced=false` at 1.36.
var clusterKinds = setOf(
	"Namespace.", "Node.", "PersistentVolume.", "ComponentStatus.",
	"MutatingWebhookConfiguration.admissionregistration.k8s.io",
	"ValidatingWebhookConfiguration.admissionregistration.k8s.io",
	"ValidatingAdmissionPolicy.admissionregistration.k8s.io",
	"ValidatingAdmissionPolicyBinding.admissionregistration.k8s.io",
	"MutatingAdmissionPolicy.admissionregistration.k8s.io",
	"MutatingAdmissionPolicyBinding.admissionregistration.k8s.io",
	"CustomResourceDefinition.apiextensions.k8s.io",
	"APIService.apiregistration.k8s.io",
	"SelfSubjectReview.authentication.k8s.io", "TokenReview.authentication.k8s.io",
	"SelfSubjectAccessReview.authorization.k8s.io", "SelfSubjectRulesReview.authorization.k8s.io", "SubjectAccessReview.authorization.k8s.io",
	"CertificateSigningRequest.certificates.k8s.io", "ClusterTrustBundle.certificates.k8s.io",
	"FlowSchema.flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration.flowcontrol.apiserver.k8s.io",
	"IngressClass.networking.k8s.io", "IPAddress.networking.k8s.io", "ServiceCIDR.networking.k8s.io",
	"RuntimeClass.node.k8s.io",
	"PodSecurityPolicy.policy", // until 1.25
	"ClusterRole.rbac.authorization.k8s.io", "ClusterRoleBinding.rbac.authorization.k8s.io",
	"DeviceClass.resource.k8s.io", "ResourceSlice.resource.k8s.io", "DeviceTaintRule.resource.k8s.io",
	"PriorityClass.scheduling.k8s.io",
	"StorageClass.storage.k8s.io", "CSIDriver.storage.k8s.io", "CSINode.storage.k8s.io",
	"VolumeAttachment.storage.k8s.io", "VolumeAttributesClass.storage.k8s.io",
	"GatewayClass.gateway.networking.k8s.io",
	"ClusterIssuer.cert-manager.io",
	"CiliumBGPAdvertisement.cilium.io", "CiliumBGPClusterConfig.cilium.io", "CiliumBGPNodeConfig.cilium.io",
	"CiliumBGPNodeConfigOverride.cilium.io", "CiliumBGPPeerConfig.cilium.io", "CiliumCIDRGroup.cilium.io",
	"CiliumClusterwideEnvoyConfig.cilium.io", "CiliumClusterwideNetworkPolicy.cilium.io",
	"CiliumEgressGatewayPolicy.cilium.io", "CiliumExternalWorkload.cilium.io", "CiliumIdentity.cilium.io",
	"CiliumL2AnnouncementPolicy.cilium.io", "CiliumLoadBalancerIPPool.cilium.io", "CiliumNode.cilium.io",
	"CiliumPodIPPool.cilium.io",
)

// knownGroups are the groups whose scopes we know.
var knownGroups = setOf(
	"", "apps", "autoscaling", "batch", "policy",
	"admissionregistration.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io",
	"authentication.k8s.io", "authorization.k8s.io", "certificates.k8s.io", "coordination.k8s.io",
	"discovery.k8s.io", "events.k8s.io", "flowcontrol.apiserver.k8s.io", "networking.k8s.io",
	"node.k8s.io", "rbac.authorization.k8s.io", "resource.k8s.io", "scheduling.k8s.io", "storage.k8s.io",
	"extensions.istio.io", "networking.istio.io", "security.istio.io", "telemetry.istio.io",
	"gateway.networking.k8s.io", "cert-manager.io", "cilium.io", "metallb.io", "monitoring.coreos.com",
	"kiali.io", "helm.cattle.io", "kustomize.toolkit.fluxcd.io", "source.toolkit.fluxcd.io",
)

func setOf(words ...string) map[string]bool {
	set := make(map[string]bool, len(words))
	for _, w := range words {
		set[w] = true
	}
	return set
}

// scopeOf returns the scope of an object's kind, from what everybody knows.
func scopeOf(id object.ID) scope {
	switch {
	case !knownGroups[id.Group]:
		return unknownScope
	case clusterKinds[id.Kind+"."+id.Group]:
		return clusterScoped
	}
	return namespaced
}

// declaredScopes returns the scopes of the kinds whose CRDs are among the
// objects, by kind.group.
func declaredScopes(items []item) map[string]scope {
	scopes := map[string]scope{}
	for _, it := range items {
		if !isCRD(it.ID()) {
			continue
		}
		group, kind := object.String(it.Value, "spec", "group"), object.String(it.Value, "spec", "names", "kind")
		switch strings.ToLower(object.String(it.Value, "spec", "scope")) {
		case "namespaced":
			scopes[kind+"."+group] = namespaced
		case "cluster":
			scopes[kind+"."+group] = clusterScoped
		}
	}
	return scopes
}
