package validate

import (
	"maps"
	"reflect"

	admission "k8s.io/api/admissionregistration/v1"
	apps "k8s.io/api/apps/v1"
	autoscaling "k8s.io/api/autoscaling/v2"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	flow "k8s.io/api/flowcontrol/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	rbac "k8s.io/api/rbac/v1"
	device "k8s.io/api/resource/v1"
	storage "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	gateway "sigs.k8s.io/gateway-api/apis/v1"
)

// neededPointers are the pointers that must be there, where their tag says so.
var neededPointers = map[reflect.Type]bool{
	reflect.TypeFor[metav1.LabelSelector]():      true,
	reflect.TypeFor[admission.SideEffectClass](): true,
	reflect.TypeFor[networking.PathType]():       true,
}

// in returns a place: a field, by its name in JSON, of a Go type.
func in[T any](name string) place { return place{reflect.TypeFor[T](), name} }

// optional are fields whose tags lack omitempty although they may be left out,
// or be empty.
var optional = map[place]bool{
	in[rbac.Role]("rules"):                                     true,
	in[rbac.ClusterRole]("rules"):                              true,
	in[rbac.RoleRef]("apiGroup"):                               true, // has a default
	in[networking.NetworkPolicySpec]("podSelector"):            true,
	in[core.HTTPHeader]("value"):                               true,
	in[core.Sysctl]("value"):                                   true,
	in[core.ProjectedVolumeSource]("sources"):                  true,
	in[core.PreferredSchedulingTerm]("preference"):             true,
	in[core.LimitRangeSpec]("limits"):                          true,
	in[apps.StatefulSetSpec]("serviceName"):                    true,
	in[batch.PodFailurePolicy]("rules"):                        true,
	in[storage.CSINodeSpec]("drivers"):                         true,
	in[discovery.EndpointSlice]("endpoints"):                   true,
	in[discovery.EndpointSlice]("ports"):                       true,
	in[discovery.ForZone]("name"):                              true,
	in[flow.ResourcePolicyRule]("namespaces"):                  true, // of the whole cluster, perhaps
	in[device.ResourceClaim]("spec"):                           true,
	in[device.DeviceClass]("spec"):                             true,
	in[device.ResourceClaimTemplate]("spec"):                   true,
	in[device.ResourceClaimTemplateSpec]("spec"):               true,
	in[device.ResourceClaimSpec]("devices"):                    true,
	in[device.DeviceClaim]("requests"):                         true,
	in[storage.CSIDriver]("spec"):                              true,
	in[batch.PodFailurePolicyOnPodConditionsPattern]("status"): true, // has a default
}

// forced are fields that must be there although their tags have omitempty,
// because something else in the API server insists on them.
var forced = map[place]bool{
	in[core.Container]("image"):                                      true,
	in[core.EphemeralContainerCommon]("image"):                       true,
	in[core.SecretVolumeSource]("secretName"):                        true,
	in[core.ConfigMapVolumeSource]("name"):                           true,
	in[core.ConfigMapEnvSource]("name"):                              true,
	in[core.SecretEnvSource]("name"):                                 true,
	in[core.ConfigMapKeySelector]("name"):                            true,
	in[core.SecretKeySelector]("name"):                               true,
	in[core.SecretProjection]("name"):                                true,
	in[core.ConfigMapProjection]("name"):                             true,
	in[core.EphemeralVolumeSource]("volumeClaimTemplate"):            true,
	in[core.PodTemplateSpec]("spec"):                                 true,
	in[core.ReplicationController]("spec"):                           true,
	in[core.ReplicationControllerSpec]("template"):                   true,
	in[core.ContainerRestartRule]("action"):                          true,
	in[core.ContainerRestartRuleOnExitCodes]("operator"):             true,
	in[admission.ValidatingAdmissionPolicyBindingSpec]("policyName"): true,
	in[admission.MutatingAdmissionPolicyBindingSpec]("policyName"):   true,
	in[core.PodTemplate]("template"):                                 true,
	in[core.ReplicationControllerSpec]("template"):                   true,
	in[admission.ValidatingAdmissionPolicy]("spec"):                  true,
	in[admission.MutatingAdmissionPolicy]("spec"):                    true,
	in[admission.ValidatingAdmissionPolicyBinding]("spec"):           true,
	in[admission.MutatingAdmissionPolicyBinding]("spec"):             true,
	in[device.DeviceSelector]("cel"):                                 true,
	in[device.DeviceConfiguration]("opaque"):                         true,
	in[gateway.GRPCRoute]("spec"):                                    true,
	in[gateway.BackendTLSPolicySpec]("targetRefs"):                   true,
	in[gateway.ListenerSet]("spec"):                                  true,
	in[gateway.ListenerSetSpec]("parentRef"):                         true,
	in[gateway.ListenerSetSpec]("listeners"):                         true,
	in[gateway.ListenerEntry]("name"):                                true,
	in[gateway.ListenerEntry]("port"):                                true,
	in[gateway.ListenerEntry]("protocol"):                            true,
	in[gateway.TLSRouteSpec]("hostnames"):                            true,
	in[gateway.TLSRouteSpec]("rules"):                                true,
	in[gateway.TLSRouteRule]("backendRefs"):                          true,
	in[gateway.TCPRouteSpec]("rules"):                                true,
	in[gateway.TCPRouteRule]("backendRefs"):                          true,
	in[gateway.UDPRouteSpec]("rules"):                                true,
	in[gateway.UDPRouteRule]("backendRefs"):                          true,
	in[core.PersistentVolumeClaim]("spec"):                           true,
	in[core.ScaleIOVolumeSource]("volumeName"):                       true,
	in[core.ScaleIOPersistentVolumeSource]("volumeName"):             true,
	in[core.StorageOSVolumeSource]("volumeName"):                     true,
	in[core.StorageOSPersistentVolumeSource]("volumeName"):           true,
	in[batch.JobTemplateSpec]("spec"):                                true,
	in[networking.IPAddressSpec]("parentRef"):                        true,
	in[networking.ParentReference]("resource"):                       true,
	in[networking.ParentReference]("name"):                           true,
	in[networking.ServiceCIDRSpec]("cidrs"):                          true,
	in[core.ExecAction]("command"):                                   true,
	in[core.PodDNSConfigOption]("name"):                              true,
	in[core.ContainerRestartRule]("exitCodes"):                       true,
	in[core.VolumeNodeAffinity]("required"):                          true,
	in[networking.IngressClassSpec]("controller"):                    true,
	in[networking.IngressServiceBackend]("port"):                     true,
	in[networking.IPBlock]("cidr"):                                   true,
	in[autoscaling.ObjectMetricSource]("target"):                     true,
}

// listKeys are the keys by which an element stands in a list once: the
// listMapKey markers of k8s.io/api. A protocol that is missing is TCP.
var listKeys = map[reflect.Type][]string{
	reflect.TypeFor[core.Container]():                        {"name"},
	reflect.TypeFor[core.EphemeralContainer]():               {"name"},
	reflect.TypeFor[core.Volume]():                           {"name"},
	reflect.TypeFor[core.VolumeMount]():                      {"mountPath"},
	reflect.TypeFor[core.VolumeDevice]():                     {"devicePath"},
	reflect.TypeFor[core.EnvVar]():                           {"name"},
	reflect.TypeFor[core.ContainerPort]():                    {"containerPort", "protocol"},
	reflect.TypeFor[core.ServicePort]():                      {"port", "protocol"},
	reflect.TypeFor[core.HostAlias]():                        {"ip"},
	reflect.TypeFor[core.TopologySpreadConstraint]():         {"topologyKey", "whenUnsatisfiable"},
	reflect.TypeFor[core.PodSchedulingGate]():                {"name"},
	reflect.TypeFor[core.Sysctl]():                           {"name"},
	reflect.TypeFor[core.PodResourceClaim]():                 {"name"},
	reflect.TypeFor[core.ResourceClaim]():                    {"name"},
	reflect.TypeFor[core.ContainerResizePolicy]():            {"resourceName"},
	reflect.TypeFor[discovery.ForZone]():                     {"name"},
	reflect.TypeFor[discovery.ForNode]():                     {"name"},
	reflect.TypeFor[core.LimitRangeItem]():                   {"type"},
	reflect.TypeFor[admission.MutatingWebhook]():             {"name"},
	reflect.TypeFor[admission.ValidatingWebhook]():           {"name"},
	reflect.TypeFor[admission.MatchCondition]():              {"name"},
	reflect.TypeFor[admission.Variable]():                    {"name"},
	reflect.TypeFor[metav1.OwnerReference]():                 {"uid"},
	reflect.TypeFor[device.DeviceRequest]():                  {"name"},
	reflect.TypeFor[device.DeviceSubRequest]():               {"name"},
	reflect.TypeFor[core.Taint]():                            {"key", "effect"},
	reflect.TypeFor[core.TopologySelectorLabelRequirement](): {"key"},
	reflect.TypeFor[storage.TokenRequest]():                  {"audience"},
	reflect.TypeFor[gateway.Listener]():                      {"name"},
	reflect.TypeFor[gateway.HTTPHeaderMatch]():               {"name"},
	reflect.TypeFor[gateway.HTTPQueryParamMatch]():           {"name"},
	reflect.TypeFor[gateway.GRPCHeaderMatch]():               {"name"},
}

// enums are the texts that upstream's text types take.
var enums = joinTables(coreEnums, otherEnums, certificateEnums, gatewayEnums, gatewayMoreEnums)

// formats are what upstream's text types take.
var formats = joinTables(gatewayFormats, gatewaySizeFormats)

// limits are what fields take beyond their types.
var limits = joinTables(podLimits, templateLimits, volumeLimits, storageLimits, serviceLimits, workloadLimits, jobLimits, otherLimits, admissionLimits, controlLimits, flowLimits, deviceLimits, certificateLimits, addressLimits, apiServiceLimits, gatewayLimits, gatewayMoreLimits, gatewaySizes)

// rules are what upstream's types must keep as a whole.
var rules = joinTables(podRules, volumeRules, storageRules, serviceRules, workloadRules, jobRules, otherRules, admissionRules, controlRules, flowRules, deviceRules, certificateRules, addressRules, quotaRules, apiServiceRules, gatewayRules, gatewayMoreRules, gatewaySizeRules)

func joinTables[K comparable, V any](tables ...map[K]V) map[K]V {
	joined := map[K]V{}
	for _, t := range tables {
		maps.Copy(joined, t)
	}
	return joined
}

// texts returns the values of an enumeration.
func texts[T ~string](values ...T) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = string(v)
	}
	return out
}

var coreEnums = map[reflect.Type][]string{
	reflect.TypeFor[core.Protocol]():                                texts(core.ProtocolTCP, core.ProtocolUDP, core.ProtocolSCTP),
	reflect.TypeFor[core.PullPolicy]():                              texts(core.PullAlways, core.PullIfNotPresent, core.PullNever),
	reflect.TypeFor[core.RestartPolicy]():                           texts(core.RestartPolicyAlways, core.RestartPolicyOnFailure, core.RestartPolicyNever),
	reflect.TypeFor[core.ContainerRestartPolicy]():                  texts(core.ContainerRestartPolicyAlways, core.ContainerRestartPolicyNever, core.ContainerRestartPolicyOnFailure),
	reflect.TypeFor[core.DNSPolicy]():                               texts(core.DNSClusterFirst, core.DNSClusterFirstWithHostNet, core.DNSDefault, core.DNSNone),
	reflect.TypeFor[core.TaintEffect]():                             texts(core.TaintEffectNoSchedule, core.TaintEffectPreferNoSchedule, core.TaintEffectNoExecute),
	reflect.TypeFor[core.TolerationOperator]():                      texts(core.TolerationOpEqual, core.TolerationOpExists, core.TolerationOpGt, core.TolerationOpLt),
	reflect.TypeFor[core.NodeSelectorOperator]():                    texts(core.NodeSelectorOpIn, core.NodeSelectorOpNotIn, core.NodeSelectorOpExists, core.NodeSelectorOpDoesNotExist, core.NodeSelectorOpGt, core.NodeSelectorOpLt),
	reflect.TypeFor[core.UnsatisfiableConstraintAction]():           texts(core.DoNotSchedule, core.ScheduleAnyway),
	reflect.TypeFor[core.NodeInclusionPolicy]():                     texts(core.NodeInclusionPolicyHonor, core.NodeInclusionPolicyIgnore),
	reflect.TypeFor[core.URIScheme]():                               texts(core.URISchemeHTTP, core.URISchemeHTTPS),
	reflect.TypeFor[core.TerminationMessagePolicy]():                texts(core.TerminationMessageReadFile, core.TerminationMessageFallbackToLogsOnError),
	reflect.TypeFor[core.MountPropagationMode]():                    texts(core.MountPropagationNone, core.MountPropagationHostToContainer, core.MountPropagationBidirectional),
	reflect.TypeFor[core.RecursiveReadOnlyMode]():                   texts(core.RecursiveReadOnlyDisabled, core.RecursiveReadOnlyEnabled, core.RecursiveReadOnlyIfPossible),
	reflect.TypeFor[core.HostPathType]():                            texts(core.HostPathDirectoryOrCreate, core.HostPathDirectory, core.HostPathFileOrCreate, core.HostPathFile, core.HostPathSocket, core.HostPathCharDev, core.HostPathBlockDev),
	reflect.TypeFor[core.ServiceType]():                             texts(core.ServiceTypeClusterIP, core.ServiceTypeNodePort, core.ServiceTypeLoadBalancer, core.ServiceTypeExternalName),
	reflect.TypeFor[core.ServiceAffinity]():                         texts(core.ServiceAffinityClientIP, core.ServiceAffinityNone),
	reflect.TypeFor[core.ServiceExternalTrafficPolicy]():            texts(core.ServiceExternalTrafficPolicyCluster, core.ServiceExternalTrafficPolicyLocal),
	reflect.TypeFor[core.ServiceInternalTrafficPolicy]():            texts(core.ServiceInternalTrafficPolicyCluster, core.ServiceInternalTrafficPolicyLocal),
	reflect.TypeFor[core.IPFamily]():                                texts(core.IPv4Protocol, core.IPv6Protocol),
	reflect.TypeFor[core.IPFamilyPolicy]():                          texts(core.IPFamilyPolicySingleStack, core.IPFamilyPolicyPreferDualStack, core.IPFamilyPolicyRequireDualStack),
	reflect.TypeFor[core.PersistentVolumeAccessMode]():              texts(core.ReadWriteOnce, core.ReadOnlyMany, core.ReadWriteMany, core.ReadWriteOncePod),
	reflect.TypeFor[core.PersistentVolumeMode]():                    texts(core.PersistentVolumeBlock, core.PersistentVolumeFilesystem),
	reflect.TypeFor[core.PersistentVolumeReclaimPolicy]():           texts(core.PersistentVolumeReclaimDelete, core.PersistentVolumeReclaimRecycle, core.PersistentVolumeReclaimRetain),
	reflect.TypeFor[core.PreemptionPolicy]():                        texts(core.PreemptLowerPriority, core.PreemptNever),
	reflect.TypeFor[core.PodFSGroupChangePolicy]():                  texts(core.FSGroupChangeOnRootMismatch, core.FSGroupChangeAlways),
	reflect.TypeFor[core.PodSELinuxChangePolicy]():                  texts(core.SELinuxChangePolicyRecursive, core.SELinuxChangePolicyMountOption),
	reflect.TypeFor[core.SupplementalGroupsPolicy]():                texts(core.SupplementalGroupsPolicyMerge, core.SupplementalGroupsPolicyStrict),
	reflect.TypeFor[core.SeccompProfileType]():                      texts(core.SeccompProfileTypeRuntimeDefault, core.SeccompProfileTypeUnconfined, core.SeccompProfileTypeLocalhost),
	reflect.TypeFor[core.AppArmorProfileType]():                     texts(core.AppArmorProfileTypeRuntimeDefault, core.AppArmorProfileTypeUnconfined, core.AppArmorProfileTypeLocalhost),
	reflect.TypeFor[core.ProcMountType]():                           texts(core.DefaultProcMount, core.UnmaskedProcMount),
	reflect.TypeFor[core.AzureDataDiskCachingMode]():                texts(core.AzureDataDiskCachingNone, core.AzureDataDiskCachingReadOnly, core.AzureDataDiskCachingReadWrite),
	reflect.TypeFor[core.AzureDataDiskKind]():                       texts(core.AzureSharedBlobDisk, core.AzureDedicatedBlobDisk, core.AzureManagedDisk),
	reflect.TypeFor[core.OSName]():                                  texts(core.Linux, core.Windows),
	reflect.TypeFor[core.ConditionStatus]():                         texts(core.ConditionTrue, core.ConditionFalse, core.ConditionUnknown),
	reflect.TypeFor[core.ContainerRestartRuleAction]():              texts(core.ContainerRestartRuleActionRestart, core.ContainerRestartRuleActionRestartAllContainers),
	reflect.TypeFor[core.ContainerRestartRuleOnExitCodesOperator](): texts(core.ContainerRestartRuleOnExitCodesOpIn, core.ContainerRestartRuleOnExitCodesOpNotIn),
	reflect.TypeFor[core.ResourceResizeRestartPolicy]():             texts(core.NotRequired, core.RestartContainer),
	reflect.TypeFor[core.ScopeSelectorOperator]():                   texts(core.ScopeSelectorOpIn, core.ScopeSelectorOpNotIn, core.ScopeSelectorOpExists, core.ScopeSelectorOpDoesNotExist),
	reflect.TypeFor[core.ResourceQuotaScope]():                      texts(core.ResourceQuotaScopeTerminating, core.ResourceQuotaScopeNotTerminating, core.ResourceQuotaScopeBestEffort, core.ResourceQuotaScopeNotBestEffort, core.ResourceQuotaScopePriorityClass, core.ResourceQuotaScopeCrossNamespacePodAffinity, core.ResourceQuotaScopeVolumeAttributesClass),
}

var otherEnums = map[reflect.Type][]string{
	reflect.TypeFor[metav1.LabelSelectorOperator]():                  texts(metav1.LabelSelectorOpIn, metav1.LabelSelectorOpNotIn, metav1.LabelSelectorOpExists, metav1.LabelSelectorOpDoesNotExist),
	reflect.TypeFor[apps.DeploymentStrategyType]():                   texts(apps.RollingUpdateDeploymentStrategyType, apps.RecreateDeploymentStrategyType),
	reflect.TypeFor[apps.DaemonSetUpdateStrategyType]():              texts(apps.RollingUpdateDaemonSetStrategyType, apps.OnDeleteDaemonSetStrategyType),
	reflect.TypeFor[apps.StatefulSetUpdateStrategyType]():            texts(apps.RollingUpdateStatefulSetStrategyType, apps.OnDeleteStatefulSetStrategyType),
	reflect.TypeFor[apps.PodManagementPolicyType]():                  texts(apps.OrderedReadyPodManagement, apps.ParallelPodManagement),
	reflect.TypeFor[apps.PersistentVolumeClaimRetentionPolicyType](): texts(apps.RetainPersistentVolumeClaimRetentionPolicyType, apps.DeletePersistentVolumeClaimRetentionPolicyType),
	reflect.TypeFor[batch.ConcurrencyPolicy]():                       texts(batch.AllowConcurrent, batch.ForbidConcurrent, batch.ReplaceConcurrent),
	reflect.TypeFor[batch.CompletionMode]():                          texts(batch.NonIndexedCompletion, batch.IndexedCompletion),
	reflect.TypeFor[batch.PodReplacementPolicy]():                    texts(batch.TerminatingOrFailed, batch.Failed),
	reflect.TypeFor[batch.PodFailurePolicyAction]():                  texts(batch.PodFailurePolicyActionFailJob, batch.PodFailurePolicyActionFailIndex, batch.PodFailurePolicyActionIgnore, batch.PodFailurePolicyActionCount),
	reflect.TypeFor[batch.PodFailurePolicyOnExitCodesOperator]():     texts(batch.PodFailurePolicyOnExitCodesOpIn, batch.PodFailurePolicyOnExitCodesOpNotIn),
	reflect.TypeFor[autoscaling.MetricSourceType]():                  texts(autoscaling.ObjectMetricSourceType, autoscaling.PodsMetricSourceType, autoscaling.ResourceMetricSourceType, autoscaling.ContainerResourceMetricSourceType, autoscaling.ExternalMetricSourceType),
	reflect.TypeFor[autoscaling.MetricTargetType]():                  texts(autoscaling.UtilizationMetricType, autoscaling.ValueMetricType, autoscaling.AverageValueMetricType),
	reflect.TypeFor[autoscaling.ScalingPolicySelect]():               texts(autoscaling.MaxChangePolicySelect, autoscaling.MinChangePolicySelect, autoscaling.DisabledPolicySelect),
	reflect.TypeFor[autoscaling.HPAScalingPolicyType]():              texts(autoscaling.PodsScalingPolicy, autoscaling.PercentScalingPolicy),
	reflect.TypeFor[policy.UnhealthyPodEvictionPolicyType]():         texts(policy.IfHealthyBudget, policy.AlwaysAllow),
	reflect.TypeFor[networking.PolicyType]():                         texts(networking.PolicyTypeIngress, networking.PolicyTypeEgress),
	reflect.TypeFor[networking.PathType]():                           texts(networking.PathTypeExact, networking.PathTypePrefix, networking.PathTypeImplementationSpecific),
	reflect.TypeFor[admission.FailurePolicyType]():                   texts(admission.Fail, admission.Ignore),
	reflect.TypeFor[admission.MatchPolicyType]():                     texts(admission.Exact, admission.Equivalent),
	reflect.TypeFor[admission.SideEffectClass]():                     texts(admission.SideEffectClassNone, admission.SideEffectClassNoneOnDryRun),
	reflect.TypeFor[admission.ReinvocationPolicyType]():              texts(admission.NeverReinvocationPolicy, admission.IfNeededReinvocationPolicy),
	reflect.TypeFor[admission.OperationType]():                       texts(admission.OperationAll, admission.Create, admission.Update, admission.Delete, admission.Connect),
	reflect.TypeFor[admission.ScopeType]():                           texts(admission.ClusterScope, admission.NamespacedScope, admission.AllScopes),
	reflect.TypeFor[admission.ValidationAction]():                    texts(admission.Deny, admission.Warn, admission.Audit),
	reflect.TypeFor[admission.ParameterNotFoundActionType]():         texts(admission.AllowAction, admission.DenyAction),
	reflect.TypeFor[admission.PatchType]():                           texts(admission.PatchTypeApplyConfiguration, admission.PatchTypeJSONPatch),
	reflect.TypeFor[flow.PriorityLevelEnablement]():                  texts(flow.PriorityLevelEnablementExempt, flow.PriorityLevelEnablementLimited),
	reflect.TypeFor[flow.LimitResponseType]():                        texts(flow.LimitResponseTypeQueue, flow.LimitResponseTypeReject),
	reflect.TypeFor[flow.FlowDistinguisherMethodType]():              texts(flow.FlowDistinguisherMethodByUserType, flow.FlowDistinguisherMethodByNamespaceType),
	reflect.TypeFor[device.DeviceAllocationMode]():                   texts(device.DeviceAllocationModeExactCount, device.DeviceAllocationModeAll),
	reflect.TypeFor[flow.SubjectKind]():                              texts(flow.SubjectKindUser, flow.SubjectKindGroup, flow.SubjectKindServiceAccount),
	reflect.TypeFor[device.DeviceTolerationOperator]():               texts(device.DeviceTolerationOpEqual, device.DeviceTolerationOpExists),
	reflect.TypeFor[device.DeviceTaintEffect]():                      texts(device.DeviceTaintEffectNone, device.DeviceTaintEffectNoSchedule, device.DeviceTaintEffectNoExecute),
	reflect.TypeFor[storage.VolumeBindingMode]():                     texts(storage.VolumeBindingImmediate, storage.VolumeBindingWaitForFirstConsumer),
	reflect.TypeFor[storage.VolumeLifecycleMode]():                   texts(storage.VolumeLifecyclePersistent, storage.VolumeLifecycleEphemeral),
	reflect.TypeFor[storage.FSGroupPolicy]():                         texts(storage.ReadWriteOnceWithFSTypeFSGroupPolicy, storage.FileFSGroupPolicy, storage.NoneFSGroupPolicy),
}
