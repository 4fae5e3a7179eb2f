// Package refs holds the objects of one cluster against each other: whatever an
// object names must be there, and what it selects must be selectable.
//
// An object is there when it is among the objects, when a controller makes it
// from one of them (cert-manager a Secret from a Certificate, istiod a
// Deployment from a Gateway), when the platform or Istio always brings it, when
// the intent speaks of it, or when the intent declares it under external. Only
// what is none of these is reported: as an error where the object that refers
// to it cannot work, as a warning where it works without, or where what people
// run beside meshgen is likely to be what is meant.
//
// Rules stand in one table, by the kind that refers (rules); what is known
// although it is no object stands in another (known.go). Objects are indexed
// once, by ID and by what they run, and each rule looks only at objects of its
// own kind: the work grows with the objects, not with their pairs.
package refs

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// Finding is something wrong between objects, and what it is about.
type Finding struct {
	diag.Diagnostic
	Object object.Object // which refers in vain, or is in the way
	Field  string        // of the object; may be empty
	Keys   []string      // the field's, from the object down
	Why    string        // the message without the object
}

// Same says whether two findings, of two states of a cluster's objects, are of
// the same mistake: the same field of the same object, or the same reason. What
// many objects have in common is told once, of whichever comes first.
func (f Finding) Same(g Finding) bool {
	return f.Code == g.Code && f.Severity == g.Severity && (f.Object.ID() == g.Object.ID() && f.Field == g.Field || f.Why == g.Why)
}

// Diagnostics returns what findings say.
func Diagnostics(findings []Finding) diag.List {
	var list diag.List
	for _, f := range findings {
		list = append(list, f.Diagnostic)
	}
	return list
}

// Objects returns what is wrong between the objects that a cluster gets, after
// patches, those of the delivery among them. Whole is false when some
// had to be left out because of mistakes of their own: then nothing is missed
// that might be one of those. Positions that only the intent knows are for the
// caller to fill in.
func Objects(m model.Mesh, objects []object.Object, whole bool) []Finding {
	f := newFinder(m, objects)
	f.whole = whole
	f.serviceNamespaces()
	f.uninjected()
	for i := range f.subjects {
		s := &f.subjects[i]
		for _, rule := range everyKind {
			rule(f, s)
		}
		for _, rule := range rules[s.kind] {
			rule(f, s)
		}
	}
	return f.found
}

// rule looks at one object and reports what it refers to in vain.
type rule func(f *finder, s *subject)

// everyKind are the rules that hold for all objects.
var everyKind = []rule{servedVersion, declaredKind, knownNamespace, delivered, usedWaypoint, fieldReferences, proxyUser, autoImage, proxyAnnotations, injection, enrolledPods, servedRevision, marks, markedForEngine, helmsHook, defaultClass}

// rules are the rules of a kind, beside its rows in the table of references.
// A kind is written Kind.group, with nothing behind the dot in the core group.
var rules = map[string][]rule{
	"Pod.":                            {podReferences},
	"ReplicationController.":          {podReferences, countedPods},
	"Deployment.apps":                 {podReferences, fixedReplicas, countedPods, stopped, pausedRollout},
	"StatefulSet.apps":                {podReferences, fixedReplicas, countedPods},
	"DaemonSet.apps":                  {podReferences, countedPods},
	"ReplicaSet.apps":                 {podReferences, countedPods},
	"Job.batch":                       {podReferences, suspendedJob, ranAgain},
	"CronJob.batch":                   {podReferences},
	"Rollout.argoproj.io":             {podReferences, fixedReplicas},
	"Namespace.":                      {podSecurity, injectionLabels, enrolled},
	"ResourceQuota.":                  {quota},
	"LimitRange.":                     {limitRange, podRange, claimRange},
	"ConfigMap.":                      {takenMeshConfig, undoneConfig, undoneInjector, substitutedFrom},
	"Secret.":                         {substitutedFrom},
	"Service.":                        {servicePods, servicePool, oneTarget, balancerPorts, nodePorts, exported, givenOnce, noBalancer},
	"PersistentVolumeClaim.":          {unboundClaim},
	"Endpoints.":                      {ownAddresses},
	"EndpointSlice.discovery.k8s.io":  {ownSlices},
	"PodDisruptionBudget.policy":      {budgetPods},
	"Ingress.networking.k8s.io":       {ingressBackends, issuerAnnotations},
	"NetworkPolicy.networking.k8s.io": {policyPods("spec.podSelector"), closedDirections, cutOff},
	"PriorityClass.scheduling.k8s.io": {oneDefaultPriority},

	"HorizontalPodAutoscaler.autoscaling":      {scaleTarget("spec.scaleTargetRef"), scaledByRequest, scaledContainers("spec.scaleTargetRef", "spec.metrics[].containerResource.container")},
	"VerticalPodAutoscaler.autoscaling.k8s.io": {scaleTarget("spec.targetRef"), scaledContainers("spec.targetRef", "spec.resourcePolicy.containerPolicies[].containerName")},
	"ScaledObject.keda.sh":                     {scaleTarget("spec.scaleTargetRef")},
	"ServiceMonitor.monitoring.coreos.com":     {serviceMonitor},
	"PodMonitor.monitoring.coreos.com":         {podMonitor},

	"Role.rbac.authorization.k8s.io":               {grants},
	"ClusterRole.rbac.authorization.k8s.io":        {grants},
	"RoleBinding.rbac.authorization.k8s.io":        {boundRole, boundSubjects},
	"ClusterRoleBinding.rbac.authorization.k8s.io": {boundRole, boundSubjects},

	"MutatingWebhookConfiguration.admissionregistration.k8s.io":   {calledServices("webhooks[].clientConfig.service"), calledInPlain("webhooks[].clientConfig.service"), barred},
	"ValidatingWebhookConfiguration.admissionregistration.k8s.io": {calledServices("webhooks[].clientConfig.service"), calledInPlain("webhooks[].clientConfig.service"), barred},
	"CustomResourceDefinition.apiextensions.k8s.io":               {calledServices("spec.conversion.webhook.clientConfig.service"), calledInPlain("spec.conversion.webhook.clientConfig.service"), acceptedNames},
	"APIService.apiregistration.k8s.io":                           {calledServices("spec.service"), calledInPlain("spec.service")},

	"Certificate.cert-manager.io": {issuer},

	"Kustomization.kustomize.toolkit.fluxcd.io": {deliveredTwice, fluxOrder, fluxSource, fluxValues},
	"HelmRelease.helm.toolkit.fluxcd.io":        {fluxOrder, fluxSource, fluxValues},
	"HelmChart.source.toolkit.fluxcd.io":        {fluxSource},
	"GitRepository.source.toolkit.fluxcd.io":    {deliveredTwice, fluxValues},
	"HelmRepository.source.toolkit.fluxcd.io":   {fluxValues},
	"OCIRepository.source.toolkit.fluxcd.io":    {deliveredTwice, fluxValues},
	"Bucket.source.toolkit.fluxcd.io":           {fluxValues},
	"Application.argoproj.io":                   {deliveredTwice, project},

	"Gateway.networking.istio.io":             {gatewayPods, issuerAnnotations, sharedServers, sharedCertificates, closedPorts, secretKeys, serverVersions, leadOn},
	"VirtualService.networking.istio.io":      {boundGateways, delegates, destinations, unreachable, servedHosts, claimRoutes, meshHosts, sharedRoutes, openCORS, emptyAborts, readRoutes, shownTo, otherProtocol, unmatched, bothKinds},
	"DestinationRule.networking.istio.io":     {ruleHost, emptySubsets, mergedRules, idlePolicies, plainCalls, readRules},
	"ServiceEntry.networking.istio.io":        {entryProtocols, openEntries, ownServices},
	"Sidecar.networking.istio.io":             {policyPods("spec.workloadSelector.labels"), singlePerNamespace, singlePerWorkload, noSidecar, namedNamespaces("spec.egress[].hosts[]")},
	"ProxyConfig.networking.istio.io":         {policyPods("spec.selector"), singlePerNamespace, singlePerWorkload},
	"EnvoyFilter.networking.istio.io":         {policyPods("spec.workloadSelector.labels"), policyTargets, attached, patchOperations},
	"AuthorizationPolicy.security.istio.io":   {policyPods("spec.selector"), policyTargets, attached, openToAll, authorizers, waypointSelector, literalStars, lowerMethods, readByZtunnel, gatewayIdentities, namedNamespaces("spec.rules[].from[].source.namespaces[]", "spec.rules[].from[].source.notNamespaces[]")},
	"RequestAuthentication.security.istio.io": {policyPods("spec.selector"), policyTargets, attached, waypointSelector},
	"PeerAuthentication.security.istio.io":    {policyPods("spec.selector"), singlePerNamespace, singlePerWorkload, openPeers, disabledPeers, unreadPeers},
	"Telemetry.telemetry.istio.io":            {policyPods("spec.selector"), policyTargets, attached, waypointSelector, loggedNowhere, telemetryProviders, singlePerNamespace, singlePerWorkload},
	"WasmPlugin.extensions.istio.io":          {policyPods("spec.selector"), policyTargets, attached, waypointSelector},
	"TrafficExtension.extensions.istio.io":    {policyPods("spec.selector"), policyTargets, attached, waypointSelector},

	"Gateway.gateway.networking.k8s.io":          {gatewayClass, listenerSecrets, issuerAnnotations, waypointListener, halfListeners, leadOn, balancerPorts, servedListeners},
	"HTTPRoute.gateway.networking.k8s.io":        {routeParents, routeBackends, readParents, routeFilters, twins},
	"GRPCRoute.gateway.networking.k8s.io":        {routeParents, routeBackends, readParents, routeFilters, twins},
	"TLSRoute.gateway.networking.k8s.io":         {routeParents, routeBackends, readParents, twins},
	"TCPRoute.gateway.networking.k8s.io":         {routeParents, routeBackends, readParents, twins},
	"UDPRoute.gateway.networking.k8s.io":         {routeParents, routeBackends, readParents, twins},
	"BackendTLSPolicy.gateway.networking.k8s.io": {policyTargets},
	"ListenerSet.gateway.networking.k8s.io":      {listenerSet},
	"ReferenceGrant.gateway.networking.k8s.io":   {grantedKinds},
}

// subject is an object with what the rules ask of it again and again.
type subject struct {
	object.Object
	id   object.ID
	kind string // Kind.group
	rank int    // among the objects
}

// named reads a reference of the object's: what names no namespace is beside it.
func (s *subject) named(m map[string]any) (namespace, name string) {
	if namespace = text(m, "namespace"); namespace == "" {
		namespace = s.id.Namespace
	}
	return namespace, text(m, "name")
}

// ours says whether meshgen made the object, and no person's manifest.
func (s *subject) ours() bool { return !strings.HasPrefix(s.Origin.Component, manifestPrefix) }

// asMade says whether the object is meshgen's and nobody has patched it: of what
// the intent says of it, the checks of the intent have spoken.
func (s *subject) asMade() bool { return s.ours() && len(s.Origin.Patches) == 0 }

// finder is the objects of a cluster, indexed, and what has been found.
type finder struct {
	mesh         model.Mesh
	whole        bool // no object was left out
	subjects     []subject
	byID         map[object.ID]*subject
	byKind       map[string][]*subject
	workloads    map[string][]workload            // by namespace
	made         map[thing]*subject               // what controllers make, and from what
	documents    map[string][]object.Document     // of manifests, by name, once one is wanted
	told         map[string]bool                  // what is said once although many objects have it
	providers    map[string]bool                  // of the mesh config, once they are wanted
	scaled       map[thing]*subject               // what scales, by what is scaled
	budgets      map[*subject]*subject            // the disruption budget of a workload
	shared       map[string]map[string][]*subject // objects of a kind, by what two may have in common, once they are wanted
	crds         map[string]definition
	proxies      proxies
	injectedPods map[thing]*corev1.PodSpec // once they are wanted
	operators    map[string]bool           // namespaces where custom resources may stand for pods, once they are wanted
	first        map[string]*subject       // who asks for what is given once
	annotations  map[string][]string       // Istio's, once they are wanted, and the kinds that they are for
	labels       map[string][]string
	found        []Finding
}

// thing names an object without its group, as most references do.
type thing struct{ kind, namespace, name string }

func newFinder(m model.Mesh, objects []object.Object) *finder {
	f := &finder{
		mesh:      m,
		subjects:  make([]subject, len(objects)),
		byID:      make(map[object.ID]*subject, len(objects)),
		byKind:    make(map[string][]*subject, 32),
		workloads: map[string][]workload{},
		made:      map[thing]*subject{},
		told:      map[string]bool{},
		scaled:    map[thing]*subject{},
		budgets:   map[*subject]*subject{},
		shared:    map[string]map[string][]*subject{},
	}
	for i, o := range objects {
		s := &f.subjects[i]
		s.Object, s.id, s.rank = o, o.ID(), i
		s.kind = s.id.Kind + "." + s.id.Group
		f.byID[s.id] = s
		f.byKind[s.kind] = append(f.byKind[s.kind], s)
		f.index(s)
	}
	return f
}

// problem is a diagnostic about an object that has no place yet. Its message
// goes on after the object's name.
type problem struct {
	code, message, suggestion string
	severity                  diag.Severity // empty for an error
	keys                      []string      // the field, from the object down
	path                      string        // where it is to be mended, if that is not in the object
}

// report adds a problem of an object, at the place where a person can mend it.
func (f *finder) report(s *subject, p problem) {
	if p.severity == "" {
		p.severity = diag.Error
	}
	path, position := f.place(s, p.keys)
	if p.path != "" {
		path, position = p.path, diag.Position{}
	}
	message := fmt.Sprintf("%s%s %s", s.id, f.after(s, path), p.message)
	f.found = append(f.found, Finding{
		Diagnostic: diag.Diagnostic{
			Code: p.code, Severity: p.severity, Path: path, Position: position,
			Message: message, Suggestion: p.suggestion,
		},
		Object: s.Object, Field: field(p.keys), Keys: p.keys, Why: p.message,
	})
}

// once says whether a thing has not been told before.
func (f *finder) once(what string) bool {
	if f.told[what] {
		return false
	}
	f.told[what] = true
	return true
}
