package validate

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	apps "k8s.io/api/apps/v1"
	autoscaling "k8s.io/api/autoscaling/v2"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	device "k8s.io/api/resource/v1"
	storage "k8s.io/api/storage/v1"

	"github.com/meshgen/meshgen/internal/model"
)

// since says which minors of Kubernetes have a field or a value. Without a gate
// the first that has it has it switched on.
type since struct {
	from model.Minor // the first that knows it; 0 for one before all that we render for
	gate string      // the feature gate of the API server that switches it on; empty for none
	on   model.Minor // the first where that is on by default; 0 for none yet

	// refused says that the API server refuses what is left of the object where
	// the gate is off. Otherwise it drops the field and says nothing: a volume of
	// an image becomes an empty one.
	refused bool
}

// fieldsSince are the fields that not every minor from 1.29 on has. Sources:
// the fields of k8s.io/api v0.29.0 to v0.37.0, and the gates' defaults by minor
// in pkg/features/kube_features.go of Kubernetes 1.37.0. What is dropped is in
// pkg/api/pod/util.go and the strategies of the kinds; suite minors of
// test/cluster holds all of it against API servers.
var fieldsSince = map[place]since{
	in[apps.RollingUpdateStatefulSetStrategy]("maxUnavailable"):     {gate: "MaxUnavailableStatefulSet", on: 37},
	in[autoscaling.HPAScalingRules]("tolerance"):                    {from: 33, gate: "HPAConfigurableTolerance", on: 35},
	in[batch.JobSpec]("managedBy"):                                  {from: 30, gate: "JobManagedBy", on: 32},
	in[batch.JobSpec]("scheduling"):                                 {from: 37, gate: "WorkloadWithJob"},
	in[batch.JobSpec]("successPolicy"):                              {from: 30, gate: "JobSuccessPolicy", on: 31},
	in[core.ClusterTrustBundleProjection]("user"):                   {from: 37, gate: "AtomicWriteVolumeUserFields"},
	in[core.ConfigMapVolumeSource]("defaultUser"):                   {from: 37, gate: "AtomicWriteVolumeUserFields"},
	in[core.Container]("resizePolicy"):                              {gate: "InPlacePodVerticalScaling", on: 33},
	in[core.Container]("restartPolicyRules"):                        {from: 34, gate: "ContainerRestartRules", on: 35},
	in[core.DownwardAPIVolumeFile]("user"):                          {from: 37, gate: "AtomicWriteVolumeUserFields"},
	in[core.DownwardAPIVolumeSource]("defaultUser"):                 {from: 37, gate: "AtomicWriteVolumeUserFields"},
	in[core.EmptyDirVolumeSource]("mode"):                           {from: 37, gate: "EmptyDirVolumeMode"},
	in[core.EnvVarSource]("fileKeyRef"):                             {from: 34, gate: "EnvFiles", on: 35, refused: true},
	in[core.EphemeralContainerCommon]("resizePolicy"):               {gate: "InPlacePodVerticalScaling", on: 33},
	in[core.EphemeralContainerCommon]("restartPolicyRules"):         {from: 34, gate: "ContainerRestartRules", on: 35},
	in[core.GRPCAction]("mode"):                                     {from: 37, gate: "GRPCContainerProbeTLS"},
	in[core.HTTPGetAction]("protocol"):                              {from: 37, gate: "H2CContainerProbe"},
	in[core.KeyToPath]("user"):                                      {from: 37, gate: "AtomicWriteVolumeUserFields"},
	in[core.Lifecycle]("stopSignal"):                                {from: 33, gate: "ContainerStopSignals"},
	in[core.NodeSpec]("podPreemptionPolicy"):                        {from: 37, gate: "InPlacePodVerticalScalingSchedulerPreemption"},
	in[core.PersistentVolumeClaimSpec]("volumeAttributesClassName"): {gate: "VolumeAttributesClass", on: 34},
	in[core.PersistentVolumeSpec]("volumeAttributesClassName"):      {gate: "VolumeAttributesClass", on: 34},
	in[core.PodAffinityTerm]("matchLabelKeys"):                      {gate: "MatchLabelKeysInPodAffinity", on: 31},
	in[core.PodAffinityTerm]("mismatchLabelKeys"):                   {gate: "MatchLabelKeysInPodAffinity", on: 31},
	in[core.PodCertificateProjection]("user"):                       {from: 37, gate: "AtomicWriteVolumeUserFields"},
	in[core.PodCertificateProjection]("userAnnotations"):            {from: 35},
	in[core.PodResourceClaim]("resourceClaimName"):                  {from: 31},
	in[core.PodResourceClaim]("resourceClaimTemplateName"):          {from: 31},
	in[core.PodSecurityContext]("appArmorProfile"):                  {from: 30},
	in[core.PodSecurityContext]("seLinuxChangePolicy"):              {from: 32, gate: "SELinuxChangePolicy", on: 33},
	in[core.PodSecurityContext]("supplementalGroupsPolicy"):         {from: 31, gate: "SupplementalGroupsPolicy", on: 33},
	in[core.PodSpec]("evictionResponders"):                          {from: 37, gate: "EvictionRequestAPI"},
	in[core.PodSpec]("hostUsers"):                                   {gate: "UserNamespacesSupport", on: 33},
	in[core.PodSpec]("hostnameOverride"):                            {from: 34, gate: "HostnameOverride", on: 35},
	in[core.PodSpec]("resourceClaims"):                              {gate: "DynamicResourceAllocation", on: 34},
	in[core.PodSpec]("resources"):                                   {from: 32, gate: "PodLevelResources", on: 34},
	in[core.PodSpec]("schedulingGroup"):                             {from: 36, gate: "GenericWorkload"},
	in[core.ProjectedVolumeSource]("defaultUser"):                   {from: 37, gate: "AtomicWriteVolumeUserFields"},
	in[core.ResourceClaim]("request"):                               {from: 31},
	in[core.ResourceRequirements]("claims"):                         {gate: "DynamicResourceAllocation", on: 34},
	in[core.SecretVolumeSource]("defaultUser"):                      {from: 37, gate: "AtomicWriteVolumeUserFields"},
	in[core.SecurityContext]("appArmorProfile"):                     {from: 30},
	in[core.ServiceAccountTokenProjection]("user"):                  {from: 37, gate: "AtomicWriteVolumeUserFields"},
	in[core.ServiceSpec]("trafficDistribution"):                     {from: 30, gate: "ServiceTrafficDistribution", on: 31},
	in[core.TypedObjectReference]("namespace"):                      {gate: "CrossNamespaceVolumeDataSource"},
	in[core.VolumeMount]("bindMountOptions"):                        {from: 37, gate: "VolumeBindMountOptions"},
	in[core.VolumeMount]("recursiveReadOnly"):                       {from: 30, gate: "RecursiveReadOnlyMounts", on: 31},
	in[core.VolumeProjection]("clusterTrustBundle"):                 {gate: "ClusterTrustBundleProjection", on: 37},
	in[core.VolumeProjection]("podCertificate"):                     {from: 34, gate: "PodCertificateRequest", on: 37},
	in[core.VolumeSource]("image"):                                  {from: 31, gate: "ImageVolume", on: 35},
	in[device.DeviceAttribute]("bools"):                             {from: 36, gate: "DRAListTypeAttributes"},
	in[device.DeviceAttribute]("ints"):                              {from: 36, gate: "DRAListTypeAttributes"},
	in[device.DeviceAttribute]("strings"):                           {from: 36, gate: "DRAListTypeAttributes"},
	in[device.DeviceAttribute]("versions"):                          {from: 36, gate: "DRAListTypeAttributes"},
	in[device.DeviceCapacity]("requestPolicy"):                      {gate: "DRAConsumableCapacity", on: 36},
	in[device.DeviceClassSpec]("extendedResourceName"):              {gate: "DRAExtendedResource", on: 36},
	in[device.DeviceConstraint]("distinctAttribute"):                {gate: "DRAConsumableCapacity", on: 36},
	in[device.DeviceCounterConsumption]("compatibilityGroups"):      {from: 37, gate: "DRADeviceCompatibilityGroups"},
	in[device.DeviceSubRequest]("capacity"):                         {gate: "DRAConsumableCapacity", on: 36},
	in[device.DeviceSubRequest]("derivedAttributes"):                {from: 37, gate: "DRADerivedAttributes"},
	in[device.DeviceSubRequest]("tolerations"):                      {gate: "DRADeviceTaints", on: 36},
	in[device.Device]("allNodes"):                                   {gate: "DRAPartitionableDevices", on: 36},
	in[device.Device]("allowMultipleAllocations"):                   {gate: "DRAConsumableCapacity", on: 36},
	in[device.Device]("bindingConditions"):                          {gate: "DRADeviceBindingConditions", on: 36},
	in[device.Device]("bindingFailureConditions"):                   {gate: "DRADeviceBindingConditions", on: 36},
	in[device.Device]("bindsToNode"):                                {gate: "DRADeviceBindingConditions", on: 36},
	in[device.Device]("consumesCounters"):                           {gate: "DRAPartitionableDevices", on: 36},
	in[device.Device]("nodeAllocatableResourceMappings"):            {from: 36, gate: "DRANodeAllocatableResources"},
	in[device.Device]("nodeAllocatableResources"):                   {from: 37, gate: "DRANodeAllocatableResources"},
	in[device.Device]("nodeName"):                                   {gate: "DRAPartitionableDevices", on: 36},
	in[device.Device]("nodeSelector"):                               {gate: "DRAPartitionableDevices", on: 36},
	in[device.Device]("taints"):                                     {gate: "DRADeviceTaints", on: 36},
	in[device.ExactDeviceRequest]("capacity"):                       {gate: "DRAConsumableCapacity", on: 36},
	in[device.ExactDeviceRequest]("derivedAttributes"):              {from: 37, gate: "DRADerivedAttributes"},
	in[device.ExactDeviceRequest]("tolerations"):                    {gate: "DRADeviceTaints", on: 36},
	in[device.ResourceSliceSpec]("partitionTypeAttribute"):          {from: 37, gate: "DRAPartitionableDevicesType"},
	in[device.ResourceSliceSpec]("perDeviceNodeSelection"):          {gate: "DRAPartitionableDevices", on: 36},
	in[device.ResourceSliceSpec]("sharedCounters"):                  {gate: "DRAPartitionableDevices", on: 36},
	in[device.ResourceSliceSpec]("skipNodeOperations"):              {from: 37, gate: "DRAOptionalNodeOperations"},
	in[discovery.EndpointHints]("forNodes"):                         {from: 33, gate: "PreferSameTrafficDistribution", on: 34},
	in[storage.CSIDriverSpec]("nodeAllocatableUpdatePeriodSeconds"): {from: 33, gate: "MutableCSINodeAllocatableCount", on: 35},
	in[storage.CSIDriverSpec]("preventPodSchedulingIfMissing"):      {from: 36, gate: "VolumeLimitScaling", on: 37},
	in[storage.CSIDriverSpec]("serviceAccountTokenInSecrets"):       {from: 35},
}

// FieldSince is a row of what FieldsSince returns.
type FieldSince struct {
	Type, Field string      // as the API server's OpenAPI calls them: io.k8s.api.core.v1.PodSpec, hostUsers
	From        model.Minor // the first minor that has the field; 0 for one before all that we render for
	Gate        string      // the feature gate that switches it on; empty for none
	On          model.Minor // the first minor where that is on by default; 0 for none yet
}

// FieldsSince returns the fields that the compiler takes for such as not every
// minor of Kubernetes has, in order, for whoever holds them against API servers.
func FieldsSince() []FieldSince {
	rows := make([]FieldSince, 0, len(fieldsSince))
	for at, s := range fieldsSince {
		name := strings.NewReplacer("k8s.io/api/", "io.k8s.api.", "/", ".").Replace(at.of.PkgPath()) + "." + at.of.Name()
		switch at.of { // parts of types, which OpenAPI has as a whole
		case reflect.TypeFor[core.EphemeralContainerCommon]():
			name = strings.TrimSuffix(name, "Common")
		case reflect.TypeFor[core.VolumeSource]():
			name = strings.TrimSuffix(name, "Source")
		}
		rows = append(rows, FieldSince{Type: name, Field: at.name, From: s.from, Gate: s.gate, On: s.on})
	}
	slices.SortFunc(rows, func(a, b FieldSince) int {
		return cmp.Or(strings.Compare(a.Type, b.Type), strings.Compare(a.Field, b.Field))
	})
	return rows
}

// valuesSince are the values that not every minor takes, by the type of the text.
var valuesSince = map[reflect.Type]map[string]since{
	reflect.TypeFor[core.ContainerRestartRuleAction](): {
		string(core.ContainerRestartRuleActionRestartAllContainers): {from: 35, gate: "RestartAllContainersOnContainerExits", on: 36},
	},
	reflect.TypeFor[core.PodSELinuxChangePolicy](): {
		string(core.SELinuxChangePolicyMountOption): {from: 32, gate: "SELinuxMount", on: 37},
	},
	reflect.TypeFor[core.ResourceQuotaScope](): {
		string(core.ResourceQuotaScopeVolumeAttributesClass): {from: 33},
	},
}

// sameSince are the two newer ways to distribute a Service's traffic.
var sameSince = since{from: 33, gate: "PreferSameTrafficDistribution", on: 34}

// ownRestarts are the restart policies of single containers, but for Always of
// init containers.
var ownRestarts = since{from: 34, gate: "ContainerRestartRules", on: 35}

// tooNew reports a field that the cluster's minor does not have, and says
// whether the API server refuses it. One that it drops is a warning.
func (r *report) tooNew(n *node, s since) bool {
	switch {
	case r.minor == 0 || s.has(r.minor):
		return false
	case r.minor < s.from:
		r.add(n, codeMinor, fmt.Sprintf("{} is a field that Kubernetes has from 1.%d on; the cluster has 1.%d", s.from, r.minor), fmt.Sprintf("remove {}, or upgrade the cluster to 1.%d", max(s.from, s.on)))
		return true
	case s.refused:
		r.add(n, codeMinor, fmt.Sprintf("{} is dropped by the API server, which then refuses the rest: %s", s.off(r.minor)), s.way())
		return true
	}
	r.warn(n, codeMinor, fmt.Sprintf("{} is dropped by the API server, without a word: %s", s.off(r.minor)), s.way())
	return false
}

// tooNewValue reports a value that the cluster's minor does not take.
func (r *report) tooNewValue(n *node, s since) bool {
	switch {
	case r.minor == 0 || s.has(r.minor):
		return false
	case r.minor < s.from:
		r.add(n, codeMinor, fmt.Sprintf("{} is %s, which Kubernetes takes from 1.%d on; the cluster has 1.%d", r.show(n.value), s.from, r.minor), fmt.Sprintf("change {}, or upgrade the cluster to 1.%d", max(s.from, s.on)))
	default:
		r.add(n, codeMinor, fmt.Sprintf("{} is %s, which the API server refuses: %s", r.show(n.value), s.off(r.minor)), "change {}")
	}
	return true
}

// has says whether a minor has it, and has it on.
func (s since) has(minor model.Minor) bool {
	return minor >= s.from && (s.gate == "" || s.on != 0 && minor >= s.on)
}

// off says when the gate is on.
func (s since) off(minor model.Minor) string {
	if s.on == 0 {
		return fmt.Sprintf("the feature gate %s is off in every Kubernetes unless somebody switches it on", s.gate)
	}
	return fmt.Sprintf("the feature gate %s is on from 1.%d on; the cluster has 1.%d", s.gate, s.on, minor)
}

func (s since) way() string {
	if s.on == 0 {
		return "remove {}"
	}
	return fmt.Sprintf("remove {}, or upgrade the cluster to 1.%d", s.on)
}

// ownRestartPolicies holds the restart policies of a pod's containers against
// the minor: before 1.34 an init container alone had one, Always.
func ownRestartPolicies(r *report, n *node) {
	for _, list := range []string{"initContainers", "containers"} {
		for _, c := range n.each(list) {
			policy := c.get("restartPolicy")
			switch {
			case policy.text() == "" || list == "initContainers" && policy.text() == string(core.ContainerRestartPolicyAlways):
			case r.minor < ownRestarts.from:
				r.tooNewValue(policy, ownRestarts)
			default:
				r.tooNew(policy, ownRestarts)
			}
		}
	}
}

// scaleToZero are autoscalers that leave no pod, by metrics of something else.
var scaleToZero = since{gate: "HPAScaleToZero", on: 37}

// noSleep: a hook may sleep for no time at all from 1.33 on (the gate
// PodLifecycleSleepActionAllowZero).
func noSleep(r *report, n *node) {
	if s := n.get("seconds"); s.value != nil && s.whole() == 0 && r.minor != 0 && r.minor < 33 {
		r.value(s, fmt.Sprintf("must be 1 or more; the cluster has Kubernetes 1.%d", r.minor))
	}
}

// trafficDistribution holds how a Service's traffic is distributed against what
// the minor knows.
func trafficDistribution(r *report, n *node) {
	f := n.get("trafficDistribution")
	if f.value == nil || r.suspicious(f) {
		return
	}
	same := []string{core.ServiceTrafficDistributionPreferSameZone, core.ServiceTrafficDistributionPreferSameNode}
	switch allowed := append([]string{core.ServiceTrafficDistributionPreferClose}, same...); {
	case !slices.Contains(allowed, f.text()):
		r.oneOf(f, f.text(), allowed)
	case slices.Contains(same, f.text()):
		r.tooNewValue(f, sameSince)
	}
}
