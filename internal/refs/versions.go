package refs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
)

// apiVersion is a version of some kinds of Kubernetes' own, and the minors that
// serve it.
type apiVersion struct {
	name  string // group and version
	kinds string // with spaces between
	from  int    // the first minor; 0 for long ago
	until int    // the first minor without it; 0 for none yet
	off   bool   // served only where the API server is told to
	now   string // where until is set and another group has the kinds, that apiVersion
}

// apiVersions are the kinds of objects that Kubernetes serves, by
// https://kubernetes.io/docs/reference/using-api/deprecation-guide/ and the
// lifecycle functions of k8s.io/api v0.37.0, which a test holds it against. Beta
// APIs that are newer than 1.24 are off by default (KEP-3136), but for new
// versions of those that were on. Kinds that cannot be applied, such as reviews,
// are left out.
var apiVersions = []apiVersion{
	{name: "v1", kinds: "ConfigMap Endpoints Event LimitRange Namespace Node PersistentVolume PersistentVolumeClaim Pod PodTemplate ReplicationController ResourceQuota Secret Service ServiceAccount"},
	{name: "admissionregistration.k8s.io/v1", kinds: "MutatingWebhookConfiguration ValidatingWebhookConfiguration"},
	{name: "admissionregistration.k8s.io/v1", kinds: "ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding", from: 30},
	{name: "admissionregistration.k8s.io/v1", kinds: "MutatingAdmissionPolicy MutatingAdmissionPolicyBinding", from: 36},
	{name: "admissionregistration.k8s.io/v1beta1", kinds: "MutatingWebhookConfiguration ValidatingWebhookConfiguration", until: 22},
	{name: "admissionregistration.k8s.io/v1beta1", kinds: "ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding", from: 28, until: 34, off: true},
	{name: "admissionregistration.k8s.io/v1beta1", kinds: "MutatingAdmissionPolicy MutatingAdmissionPolicyBinding", from: 34, until: 40, off: true},
	{name: "admissionregistration.k8s.io/v1alpha1", kinds: "ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding", from: 26, until: 32, off: true},
	{name: "admissionregistration.k8s.io/v1alpha1", kinds: "MutatingAdmissionPolicy MutatingAdmissionPolicyBinding", from: 32, until: 38, off: true},
	{name: "apiextensions.k8s.io/v1", kinds: "CustomResourceDefinition"},
	{name: "apiextensions.k8s.io/v1beta1", kinds: "CustomResourceDefinition", until: 22},
	{name: "apiregistration.k8s.io/v1", kinds: "APIService"},
	{name: "apiregistration.k8s.io/v1beta1", kinds: "APIService", until: 22},
	{name: "apps/v1", kinds: "ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet"},
	{name: "apps/v1beta1", kinds: "ControllerRevision Deployment StatefulSet", until: 16},
	{name: "apps/v1beta2", kinds: "ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet", until: 16},
	{name: "autoscaling/v1", kinds: "HorizontalPodAutoscaler"},
	{name: "autoscaling/v2", kinds: "HorizontalPodAutoscaler", from: 23},
	{name: "autoscaling/v2beta1", kinds: "HorizontalPodAutoscaler", until: 25},
	{name: "autoscaling/v2beta2", kinds: "HorizontalPodAutoscaler", until: 26},
	{name: "batch/v1", kinds: "Job"},
	{name: "batch/v1", kinds: "CronJob", from: 21},
	{name: "batch/v1beta1", kinds: "CronJob", until: 25},
	{name: "certificates.k8s.io/v1", kinds: "CertificateSigningRequest"},
	{name: "certificates.k8s.io/v1", kinds: "ClusterTrustBundle PodCertificateRequest", from: 37},
	{name: "certificates.k8s.io/v1beta1", kinds: "CertificateSigningRequest", until: 22},
	{name: "certificates.k8s.io/v1beta1", kinds: "ClusterTrustBundle", from: 33, until: 40, off: true},
	{name: "certificates.k8s.io/v1beta1", kinds: "PodCertificateRequest", from: 35, until: 40, off: true},
	{name: "certificates.k8s.io/v1alpha1", kinds: "ClusterTrustBundle", from: 26, until: 37, off: true},
	{name: "coordination.k8s.io/v1", kinds: "Lease"},
	{name: "coordination.k8s.io/v1beta1", kinds: "Lease", until: 22},
	{name: "coordination.k8s.io/v1beta1", kinds: "LeaseCandidate", from: 33, until: 39, off: true},
	{name: "coordination.k8s.io/v1alpha2", kinds: "LeaseCandidate", from: 32, until: 38, off: true},
	{name: "discovery.k8s.io/v1", kinds: "EndpointSlice", from: 21},
	{name: "discovery.k8s.io/v1beta1", kinds: "EndpointSlice", until: 25},
	{name: "events.k8s.io/v1", kinds: "Event"},
	{name: "events.k8s.io/v1beta1", kinds: "Event", until: 25},
	{name: "extensions/v1beta1", kinds: "DaemonSet Deployment ReplicaSet", until: 16, now: "apps/v1"},
	{name: "extensions/v1beta1", kinds: "Ingress", until: 22, now: "networking.k8s.io/v1"},
	{name: "extensions/v1beta1", kinds: "NetworkPolicy", until: 16, now: "networking.k8s.io/v1"},
	{name: "flowcontrol.apiserver.k8s.io/v1", kinds: "FlowSchema PriorityLevelConfiguration", from: 29},
	{name: "flowcontrol.apiserver.k8s.io/v1beta1", kinds: "FlowSchema PriorityLevelConfiguration", until: 26},
	{name: "flowcontrol.apiserver.k8s.io/v1beta2", kinds: "FlowSchema PriorityLevelConfiguration", until: 29},
	{name: "flowcontrol.apiserver.k8s.io/v1beta3", kinds: "FlowSchema PriorityLevelConfiguration", from: 26, until: 32},
	{name: "lifecycle.k8s.io/v1alpha1", kinds: "EvictionRequest", from: 37, until: 43, off: true},
	{name: "networking.k8s.io/v1", kinds: "Ingress IngressClass NetworkPolicy"},
	{name: "networking.k8s.io/v1", kinds: "IPAddress ServiceCIDR", from: 33},
	{name: "networking.k8s.io/v1beta1", kinds: "Ingress IngressClass", until: 22},
	{name: "networking.k8s.io/v1beta1", kinds: "IPAddress ServiceCIDR", from: 31, until: 37, off: true},
	{name: "node.k8s.io/v1", kinds: "RuntimeClass"},
	{name: "node.k8s.io/v1beta1", kinds: "RuntimeClass", until: 25},
	{name: "policy/v1", kinds: "PodDisruptionBudget", from: 21},
	{name: "policy/v1beta1", kinds: "PodDisruptionBudget PodSecurityPolicy", until: 25},
	{name: "rbac.authorization.k8s.io/v1", kinds: "ClusterRole ClusterRoleBinding Role RoleBinding"},
	{name: "rbac.authorization.k8s.io/v1beta1", kinds: "ClusterRole ClusterRoleBinding Role RoleBinding", until: 22},
	{name: "resource.k8s.io/v1", kinds: "DeviceClass ResourceClaim ResourceClaimTemplate ResourceSlice", from: 34},
	{name: "resource.k8s.io/v1", kinds: "DeviceTaintRule", from: 37},
	{name: "resource.k8s.io/v1beta2", kinds: "DeviceClass ResourceClaim ResourceClaimTemplate ResourceSlice", from: 33, until: 39, off: true},
	{name: "resource.k8s.io/v1beta2", kinds: "DeviceTaintRule", from: 36, until: 42, off: true},
	{name: "resource.k8s.io/v1beta1", kinds: "DeviceClass ResourceClaim ResourceClaimTemplate ResourceSlice", from: 32, until: 38, off: true},
	{name: "resource.k8s.io/v1alpha3", kinds: "DeviceTaintRule", from: 33, until: 39, off: true},
	{name: "resource.k8s.io/v1alpha3", kinds: "ResourcePoolStatusRequest", from: 36, until: 42, off: true},
	{name: "scheduling.k8s.io/v1", kinds: "PriorityClass"},
	{name: "scheduling.k8s.io/v1beta1", kinds: "PriorityClass", until: 22},
	{name: "scheduling.k8s.io/v1beta1", kinds: "PodGroup Workload", from: 37, until: 43, off: true},
	{name: "storage.k8s.io/v1", kinds: "CSIDriver CSINode StorageClass VolumeAttachment"},
	{name: "storage.k8s.io/v1", kinds: "CSIStorageCapacity", from: 24},
	{name: "storage.k8s.io/v1", kinds: "VolumeAttributesClass", from: 34},
	{name: "storage.k8s.io/v1beta1", kinds: "CSIDriver CSINode StorageClass VolumeAttachment", until: 22},
	{name: "storage.k8s.io/v1beta1", kinds: "CSIStorageCapacity", until: 27},
	{name: "storage.k8s.io/v1beta1", kinds: "VolumeAttributesClass", from: 31, until: 37, off: true},
	{name: "storage.k8s.io/v1alpha1", kinds: "CSIStorageCapacity VolumeAttachment", until: 24},
	{name: "storage.k8s.io/v1alpha1", kinds: "VolumeAttributesClass", from: 29, until: 35, off: true},
	{name: "storagemigration.k8s.io/v1", kinds: "StorageVersionMigration", from: 37},
	{name: "storagemigration.k8s.io/v1beta1", kinds: "StorageVersionMigration", from: 35, until: 40, off: true},
}

// versionsOf are the rows of the table by group and kind, as kind.group.
var versionsOf = func() map[string][]apiVersion {
	m := map[string][]apiVersion{}
	for _, v := range apiVersions {
		for _, kind := range strings.Fields(v.kinds) {
			key := kind + "." + groupOf(v.name)
			m[key] = append(m[key], v)
		}
	}
	return m
}()

// untyped are the groups of the table that have no types in k8s.io/api, and of
// whose kinds package validate knows nothing.
var untyped = map[string]bool{"apiextensions.k8s.io": true, "apiregistration.k8s.io": true}

// kindsOf are the kinds of the groups that are Kubernetes' own, in order.
var kindsOf = func() map[string][]string {
	m := map[string][]string{}
	for _, v := range apiVersions {
		group := groupOf(v.name)
		m[group] = append(m[group], strings.Fields(v.kinds)...)
		slices.Sort(m[group])
		m[group] = slices.Compact(m[group])
	}
	return m
}()

func groupOf(apiVersion string) string {
	group, _, ok := strings.Cut(apiVersion, "/")
	if !ok {
		return ""
	}
	return group
}

// servedVersion holds an object of Kubernetes' own kinds against what the
// cluster's minor serves.
func servedVersion(f *finder, s *subject) {
	kinds, own := kindsOf[s.id.Group]
	if !own {
		return
	}
	minor, version := int(f.mesh.Cluster.Kubernetes), s.APIVersion()
	rows := versionsOf[s.kind]
	if len(rows) == 0 {
		if !untyped[s.id.Group] {
			return // package validate says so
		}
		f.report(s, problem{
			code: "MG5063", keys: []string{"kind"},
			message:    fmt.Sprintf("is of a kind that Kubernetes does not have: there is no %s in %s", s.id.Kind, version),
			suggestion: kindSuggestion(s.id.Kind, kinds),
		})
		return
	}
	p := problem{code: "MG5065", keys: []string{"apiVersion"}}
	i := slices.IndexFunc(rows, func(v apiVersion) bool { return v.name == version })
	switch {
	case i < 0:
		p.message = fmt.Sprintf("is written as %s, a version that Kubernetes has not of the kind", version)
	case rows[i].until != 0 && minor >= rows[i].until:
		p.message = fmt.Sprintf("is written as %s, which Kubernetes 1.%d removed; the cluster has 1.%d", version, rows[i].until, minor)
		if rows[i].now != "" {
			p.suggestion = "set apiVersion to " + rows[i].now
		}
	case minor < rows[i].from:
		p.message = fmt.Sprintf("is written as %s, which Kubernetes brings with 1.%d; the cluster has 1.%d", version, rows[i].from, minor)
	case rows[i].off:
		p.severity = diag.Warning
		p.message = fmt.Sprintf("is written as %s, which Kubernetes serves only where runtime-config of the API server says so", version)
	default:
		return
	}
	if p.suggestion == "" {
		p.suggestion = served(rows, minor)
	}
	f.report(s, p)
}

// served says which version of a kind a minor serves: the newest that is there
// to stay, for the others of a group are read as less than they say.
func served(rows []apiVersion, minor int) string {
	best := ""
	for _, v := range rows {
		if minor >= v.from && (v.until == 0 || minor < v.until) && !v.off && (best == "" || v.until == 0) {
			best = v.name
		}
	}
	if best != "" {
		return "set apiVersion to " + best
	}
	return "remove the object: this Kubernetes serves the kind in no version"
}

// kindSuggestion says which kind is likely meant, or which group has it.
func kindSuggestion(kind string, known []string) string {
	if near := diag.Nearest(kind, known); near != "" {
		return fmt.Sprintf("set kind to %s", near)
	}
	for _, v := range apiVersions {
		if v.until == 0 && slices.Contains(strings.Fields(v.kinds), kind) {
			return fmt.Sprintf("set apiVersion to %s", v.name)
		}
	}
	return "correct apiVersion and kind"
}
