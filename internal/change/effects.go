package change

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/object"
)

// The codes of the effects. They are part of the JSON that diff prints.
const (
	podsRestart     = "pods-restart"      // the engine's apply replaces running pods
	podsGo          = "pods-go"           // a workload is removed
	newPodsOnly     = "new-pods-only"     // pods that start later differ from those that run
	plaintextBreaks = "plaintext-breaks"  // clients without mutual TLS are refused
	plaintextOpens  = "plaintext-opens"   // clients without mutual TLS are let in
	crdGoes         = "crd-goes"          // a CustomResourceDefinition is removed
	versionGoes     = "crd-version-goes"  // a version of one is served no longer
	namespaceGoes   = "namespace-goes"    // a namespace is removed
	meshLeft        = "mesh-left"         // a namespace's workloads leave the mesh
	meshJoined      = "mesh-joined"       // a namespace's workloads join the mesh
	meshMoved       = "mesh-moved"        // a namespace goes to another control plane or data plane
	meshEarly       = "mesh-early"        // and does so before that is there
	layerChanges    = "layer-changes"     // the engine deletes the object in one layer and makes it anew in a later one
	immutable       = "immutable-field"   // the API server refuses the change
	addressChanges  = "address-changes"   // a gateway may be reached at another address
	portsChange     = "ports-change"      // a gateway opens or closes ports
	webhooksChange  = "webhooks-change"   // what the API server asks at admission
	meshConfig      = "mesh-config"       // istiod's configuration of the mesh
	egressCloses    = "egress-closes"     // calls to hosts that nobody declares are refused
	accessChanges   = "access-changes"    // who may call whom
	accessCloses    = "access-closes"     // calls that went through may be refused
	routesChange    = "routes-change"     // where requests go
	gatewayGoes     = "gateway-goes"      // a gateway's Service is removed
	deliveryGoes    = "delivery-goes"     // the engine deletes what it delivered
	managementEnds  = "no-longer-managed" // the object stays, and nobody keeps it up
)

// effects says what the change of one object does. Where a list of fields
// cannot tell, it says nothing rather than guess.
func effects(was, is object.Object, o Object) []Effect {
	switch o.Kind {
	case "Deployment", "DaemonSet", "StatefulSet":
		return workload(o)
	case "PeerAuthentication":
		return peerAuthentication(was, is, o)
	case "CustomResourceDefinition":
		return definition(was, o)
	case "Namespace":
		return namespace(was, is, o)
	case "Service":
		return service(was, is, o)
	case "Gateway":
		return gateway(o)
	case "IPAddressPool":
		return one(addressChanges, "the addresses of gateways may change", true, o.Change != Added && leaves(o, "spec.addresses"))
	case "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration":
		return one(webhooksChange, "what the API server asks at admission "+changes(o), false, touches(o, "webhooks"))
	case "ConfigMap":
		return configMap(was, is, o)
	case "AuthorizationPolicy":
		return access(is, o)
	case "RequestAuthentication":
		return one(accessChanges, "who may call whom changes", false, touches(o, "spec"))
	case "Kustomization":
		// kustomize-controller's finalizer prunes, as deletionPolicy says (its API, KustomizationSpec).
		prunes, policy := object.Get(was.Value, "spec", "prune") == true, object.String(was.Value, "spec", "deletionPolicy")
		return deletes(o, prunes && (policy == "" || policy == "MirrorPrune") || policy == "Delete" || policy == "WaitForTermination", "set its spec.deletionPolicy to Orphan")
	case "Application":
		finalizers := object.List(was.Value, "metadata", "finalizers")
		cascades := func(f any) bool { return strings.HasPrefix(fmt.Sprint(f), "resources-finalizer.argocd.argoproj.io") }
		return deletes(o, slices.ContainsFunc(finalizers, cascades), "take away its finalizer")
	case "VirtualService", "DestinationRule", "HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "ServiceEntry":
		return one(routesChange, "where requests go changes", false, touches(o, "spec"))
	case "RoleBinding", "ClusterRoleBinding":
		return one(immutable, refused("roleRef"), true, o.Change == Changed && touches(o, "roleRef"))
	case "Job":
		return one(immutable, refused("spec.template"), true, o.Change == Changed && touches(o, "spec.template"))
	}
	return nil
}

func one(code, text string, breaks, holds bool) []Effect {
	if !holds {
		return nil
	}
	return []Effect{{Code: code, Text: text, Breaks: breaks}}
}

// touches says whether the change reaches one of the fields; the addition and
// the removal of the object reach all of them.
func touches(o Object, paths ...string) bool {
	if o.Change != Changed {
		return true
	}
	return slices.ContainsFunc(o.Fields, func(f Field) bool {
		return slices.ContainsFunc(paths, func(p string) bool { return under(f.Path, p) })
	})
}

// leaves says whether something of a field goes or changes; what is added breaks nothing.
func leaves(o Object, path string) bool {
	return o.Change == Removed || slices.ContainsFunc(o.Fields, func(f Field) bool {
		return f.Change != Added && under(f.Path, path)
	})
}

func changes(o Object) string {
	switch o.Change {
	case Added:
		return "is added to"
	case Removed:
		return "is reduced"
	}
	return "changes"
}

func refused(field string) string {
	return "the API server refuses to change " + field + ": delete the object first"
}

func workload(o Object) []Effect {
	switch {
	case o.Change == Added:
		return nil
	case o.Change == Removed:
		if o.Name == "istiod" || strings.HasPrefix(o.Name, "istiod-") {
			return one(podsGo, "its pods go; proxies that run have no control plane until they restart with another", true, true)
		}
		return one(podsGo, "its pods go", true, true)
	}
	var out []Effect
	for _, field := range []string{"spec.selector", "spec.serviceName", "spec.volumeClaimTemplates", "spec.podManagementPolicy"} {
		out = append(out, one(immutable, refused(field), true, touches(o, field))...)
	}
	if o.Kind == "DaemonSet" && o.Name == "ztunnel" { // istio.io/latest/docs/ambient/upgrade/helm
		return append(out, one(podsRestart, "pods restart, and long-lived TCP connections of each node's ambient pods are cut", true, touches(o, "spec.template"))...)
	}
	return append(out, one(podsRestart, "pods restart", false, touches(o, "spec.template"))...)
}

// configMap tells of istiod's ConfigMaps, and of those by which a Gateway says
// what istiod shall make of it.
func configMap(was, is object.Object, o Object) []Effect {
	istio := func(name string) bool { return o.Name == name || strings.HasPrefix(o.Name, name+"-") }
	switch {
	case o.Change == Added:
		return nil
	case istio("istio-sidecar-injector"):
		return one(newPodsOnly, "pods that start later may get another sidecar; gateways and waypoints that istiod makes may restart", false, touches(o, "data"))
	case strings.HasSuffix(o.Name, "-infrastructure"):
		return infrastructure(o)
	case istio("istio") && o.Change == Changed:
		closes := egress(is) == "REGISTRY_ONLY" && egress(was) != "REGISTRY_ONLY"
		out := one(meshConfig, "the mesh's configuration changes", false, touches(o, "data.mesh", "data.meshNetworks"))
		out = append(out, one(egressCloses, "calls to hosts that neither the cluster nor the mesh knows are refused", true, closes)...)
		return append(out, one(newPodsOnly, "pods that start later get another proxy configuration; running pods keep theirs", false,
			touches(o, "data.mesh/defaultConfig"))...)
	}
	return nil
}

// egress returns what the mesh config of a ConfigMap says of hosts that the mesh
// does not know.
func egress(o object.Object) string {
	mesh, _ := object.Embedded(object.String(o.Value, "data", "mesh"))
	return object.String(mesh, "outboundTrafficPolicy", "mode")
}

// infrastructure tells of the ConfigMap by which a Gateway says how its
// Deployment and Service shall be: istiod lays them over its own.
func infrastructure(o Object) []Effect {
	if o.Change != Changed {
		return nil // the Gateway's own change tells
	}
	address := slices.ContainsFunc(o.Fields, func(f Field) bool {
		inner, ok := strings.CutPrefix(f.Path, "data.service/")
		return f.Path == "data.service" || ok && (addressField(inner) || balancerAnnotation.MatchString(inner))
	})
	out := one(podsRestart, "pods restart", false, touches(o, "data.deployment/spec.template"))
	return append(out, one(addressChanges, "the gateway's address may change", true, address)...)
}

// access says whom a policy closes out: beside one that allows, whoever none
// allows is refused (istio.io/latest/docs/concepts/security, Implicit enablement).
func access(is object.Object, o Object) []Effect {
	switch action := object.String(is.Value, "spec", "action"); {
	case o.Change != Added || action == "AUDIT" || action == "CUSTOM":
		return one(accessChanges, "who may call whom changes", false, touches(o, "spec"))
	case action == "DENY":
		return one(accessCloses, "calls that its rules match are refused", true, true)
	}
	return one(accessCloses, "calls that no rule allows are refused", true, true)
}

// deletes tells of an object of the delivery that goes, and takes along what it delivered.
func deletes(o Object, cascades bool, first string) []Effect {
	return one(deliveryGoes, "what it delivered is deleted with it; to keep that, "+first+" before it goes", true, o.Change == Removed && cascades)
}

// addressField says whether a field of a Service decides its address.
func addressField(path string) bool {
	return slices.ContainsFunc([]string{"spec.type", "spec.loadBalancerIP", "spec.loadBalancerClass", "spec.externalIPs"},
		func(field string) bool { return under(path, field) })
}

func service(was, is object.Object, o Object) []Effect {
	public := serviceType(was) == "LoadBalancer" || serviceType(is) == "LoadBalancer"
	switch o.Change {
	case Added:
		return nil
	case Removed:
		return one(gatewayGoes, "its address goes", true, public)
	}
	var out []Effect
	for _, field := range []string{"spec.clusterIP", "spec.clusterIPs"} {
		// The API server fills an address that is left out, and keeps it.
		set := object.Get(was.Value, "spec", strings.TrimPrefix(field, "spec.")) != nil
		out = append(out, one(immutable, refused(field), true, set && touches(o, field))...)
	}
	if !public {
		return out
	}
	class := object.Get(was.Value, "spec", "loadBalancerClass") != nil && object.Get(is.Value, "spec", "loadBalancerClass") != nil
	out = append(out, one(immutable, refused("spec.loadBalancerClass"), true, class && touches(o, "spec.loadBalancerClass"))...)
	address := slices.ContainsFunc(o.Fields, func(f Field) bool {
		return addressField(f.Path) || balancerAnnotation.MatchString(f.Path)
	})
	out = append(out, one(addressChanges, "the gateway's address may change", true, address)...)
	return append(out, ports(o, servicePorts)...)
}

// balancerAnnotation matches annotations by which load balancers give addresses.
var balancerAnnotation = regexp.MustCompile(`^(metadata|spec\.infrastructure)\.(annotations|labels)\[([a-z0-9.-]*(metallb|load-balancer|loadbalancer|lbpool|lbipam)[^\]]*)\]`)

func serviceType(o object.Object) string { return object.String(o.Value, "spec", "type") }

func gateway(o Object) []Effect {
	if o.Change == Removed {
		return one(gatewayGoes, "what it serves is served no longer", true, true)
	}
	if o.Change == Added {
		return nil
	}
	out := one(addressChanges, "the gateway's address may change", true,
		touches(o, "spec.addresses", "spec.gatewayClassName") || slices.ContainsFunc(o.Fields, func(f Field) bool { return balancerAnnotation.MatchString(f.Path) }))
	return append(out, ports(o, listens)...)
}

// ports says that a gateway's ports change; a port more breaks nothing.
func ports(o Object, fields *regexp.Regexp) []Effect {
	changes, breaks := false, false
	for _, f := range o.Fields {
		if fields.MatchString(f.Path) {
			changes = true
			breaks = breaks || f.Change != Added
		}
	}
	return one(portsChange, "the gateway's ports change", breaks, changes)
}

// listens matches the fields of a Gateway, Istio's or Gateway API's, that open a
// port: a whole server or listener, or its port. servicePorts are those of a Service.
var (
	listens      = regexp.MustCompile(`^spec\.(servers|listeners)(\[[^\]]*\](\.port(\..*)?)?)?$`)
	servicePorts = regexp.MustCompile(`^spec\.ports(\[.*)?$`)
)

func definition(was object.Object, o Object) []Effect {
	switch o.Change {
	case Added:
		return nil
	case Removed:
		if kept(was) {
			return one(managementEnds, "it stays in the cluster; nobody keeps it up to date", false, true)
		}
		return one(crdGoes, "the CRD goes, and with it every object of its kind", true, true)
	}
	out := one(immutable, refused("spec.scope"), true, touches(o, "spec.scope"))
	for _, f := range o.Fields {
		gone := f.Change == Removed && servedVersion.MatchString(f.Path)
		off := strings.HasSuffix(f.Path, "].served") && f.New == false
		if gone || off {
			out = append(out, Effect{versionGoes, "a version of the CRD goes: " + f.Path, true})
		}
	}
	return out
}

var servedVersion = regexp.MustCompile(`^spec\.versions\[[^\]]*\]$`)

// kept says whether the delivery engines leave the object when it is no longer rendered.
func kept(o object.Object) bool {
	flux, _ := o.Annotations()["kustomize.toolkit.fluxcd.io/prune"].(string)
	argo, _ := o.Annotations()["argocd.argoproj.io/sync-options"].(string)
	return flux == "disabled" || strings.Contains(argo, "Prune=false")
}

// enrolment are the labels that put a namespace's workloads into the mesh.
var enrolment = []string{"istio-injection", "istio.io/rev", "istio.io/dataplane-mode"}

func namespace(was, is object.Object, o Object) []Effect {
	if o.Change == Removed {
		if kept(was) {
			return one(managementEnds, "it stays in the cluster; nobody keeps its labels", false, true)
		}
		return one(namespaceGoes, "the namespace goes, with everything in it", true, true)
	}
	before, after := enrolled(was), enrolled(is)
	switch {
	case before == after || o.Change == Added:
		return nil
	case after == "":
		return one(meshLeft, "its workloads leave the mesh: was "+before, true, true)
	case before == "":
		return one(meshJoined, "its workloads join the mesh: "+after, false, true)
	}
	return one(meshMoved, fmt.Sprintf("its workloads move from %s to %s", before, after), false, true)
}

func enrolled(o object.Object) string {
	var parts []string
	for _, label := range enrolment {
		v, _ := o.Labels()[label].(string)
		if v != "" && v != "disabled" && v != "none" {
			parts = append(parts, label+"="+v)
		}
	}
	return strings.Join(parts, ", ")
}
