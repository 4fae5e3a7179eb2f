package component

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// Source is what a value that meshgen hands to a chart follows from.
type Source struct {
	// Path is the intent's path; empty where the intent has no say.
	Path string

	// Rule says why, where the path alone does not.
	Rule string
}

// SourceOf returns what the value at a key of a release follows from; the key
// is that of a Leaf of the release's values. It does not look at the person's
// raw values. False means that the tables below miss the key, which is a
// mistake of meshgen's.
func SourceOf(m model.Mesh, r model.Release, key string) (Source, bool) {
	for _, c := range All() {
		if c.Chart != r.Chart {
			continue
		}
		for _, s := range c.Sources(m, r) {
			if found, ok := s.of(key); ok {
				return found, true
			}
		}
	}
	return Source{}, false
}

// source is a line of a component's table; of the lines that fit, the first
// decides. A key that ends in .* is for all that stands below it; if the path
// ends so too, what stands below the one follows from the same below the other.
type source struct{ key, path, rule string }

func (s source) of(key string) (Source, bool) {
	above, all := strings.CutSuffix(s.key, ".*")
	rest, ok := strings.CutPrefix(key, above)
	if !ok || rest != "" && (!all || !strings.ContainsRune(".[", rune(rest[0]))) {
		return Source{}, false
	}
	path, below := strings.CutSuffix(s.path, ".*")
	if below {
		path += rest
	}
	return Source{path, s.rule}, true
}

const webhookRule = "istiod would set the policy in the cluster, and every GitOps engine would see it drift"

// baseSources is the table of base.
func baseSources(model.Mesh, model.Release) []source {
	return []source{
		{"defaultRevision", "istio.revision", ""},
		{"base.enableCRDTemplates", "", "meshgen labels the CRDs itself, which is faster than the chart's way"},
		{"base.validationFailurePolicy", "", webhookRule},
	}
}

// istiodSources is the table of istiod.
func istiodSources(m model.Mesh, _ model.Release) []source {
	list := slices.Concat(meshConfigSources(m), environmentSources(m), sharedSources("global."),
		resourcesSources(m, "global.proxy.resources", "dataPlane.proxy"),
		resourcesSources(m, "global.waypoint.resources", "dataPlane.waypoint"),
		resourcesSources(m, "pilot.resources", "controlPlane"), []source{
			{"global.logging.level", "controlPlane.logLevel", ""},
			{"global.proxy.logLevel", "dataPlane.proxy.logLevel", ""},
			{"global.caAddress", "certificates.mesh.istioCSR.namespace", "istio-csr signs in istiod's place"},
			{"pilot.env.*", "controlPlane.env.*", ""},
			{"pilot.autoscaleEnabled", "controlPlane.autoscaling", ""},
			{"pilot.autoscaleMin", "controlPlane.autoscaling.min", ""},
			{"pilot.autoscaleMax", "controlPlane.autoscaling.max", ""},
			{"pilot.cpu.targetAverageUtilization", "controlPlane.autoscaling.cpu", ""},
			{"pilot.replicaCount", "controlPlane.replicas", ""},
			{"base.validationFailurePolicy", "", webhookRule},
			{"revision", "istio.revision", ""},
			{"revisionTags.*", "istio.tags.*", ""},
			{"pdb.*", "controlPlane.disruptionBudget.*", ""},
			profileSource(m),
		}, schedulingSources("pilot.", "controlPlane.placement"))
	agent := source{"pilot.cni.enabled", "dataPlane.cni.enabled", "where the node agent runs, sidecars need no init container"}
	if m.Ambient {
		agent.path = profileSource(m).path
	}
	return append(list, agent)
}

// environmentSources are the variables of istiod that follow from other fields
// than its env, unless that has them too.
func environmentSources(m model.Mesh) []source {
	var list []source
	for _, s := range []source{
		{"ENABLE_CA_SERVER", "certificates.mesh.istioCSR", "istio-csr signs in istiod's place"},
		{"PILOT_ENABLE_IP_AUTOALLOCATE", "dataPlane.proxy.dns.autoAllocate", ""},
	} {
		if _, own := m.ControlPlane.Env[s.key]; !own {
			list = append(list, source{"pilot.env." + s.key, s.path, s.rule})
		}
	}
	return list
}

// meshConfigSources is the table of istiod's mesh config: what the person's raw
// mesh config says, and what follows from other fields.
func meshConfigSources(m model.Mesh) []source {
	var list []source
	for _, raw := range Leaves(m.MeshConfig) {
		if raw.Keys[0] != "extensionProviders" { // which stand behind others, see below
			list = append(list, source{"meshConfig." + raw.Key, "meshConfig." + raw.Key, ""})
		}
	}
	list = append(list,
		source{"meshConfig.defaultConfig.holdApplicationUntilProxyStarts", "dataPlane.proxy.holdApplicationUntilProxyStarts", ""},
		source{"meshConfig.defaultConfig.proxyMetadata.ISTIO_META_DNS_CAPTURE", "dataPlane.proxy.dns.capture", ""},
		source{"meshConfig.defaultConfig.proxyMetadata.ISTIO_META_DNS_AUTO_ALLOCATE", "dataPlane.proxy.dns.autoAllocate", ""},
		source{"meshConfig.outboundTrafficPolicy.mode", "egress.policy", ""},
		source{"meshConfig.accessLogEncoding", "telemetry.accessLogs.format", ""},
		source{"meshConfig", "meshConfig", ""})
	at := len(object.List(m.Values.Istiod, "meshConfig", "extensionProviders")) // allProviders has the order
	for _, name := range slices.Sorted(maps.Keys(m.Telemetry.Providers)) {
		key, path := fmt.Sprintf("meshConfig.extensionProviders[%d]", at), intent.Join("telemetry.providers", name)
		list = append(list, source{key + ".name", path, ""}, source{key + ".*", path + ".*", ""})
		at++
	}
	for i := range object.List(m.MeshConfig, "extensionProviders") {
		list = append(list, source{fmt.Sprintf("meshConfig.extensionProviders[%d].*", at+i), fmt.Sprintf("meshConfig.extensionProviders[%d].*", i), ""})
	}
	return list
}

// resourcesSources is the part of a table that is about the resources of a
// component that may have a size. What its resources do not state follows from
// the size.
func resourcesSources(m model.Mesh, key, path string) []source {
	var list []source
	for _, z := range m.Sizings {
		if z.Path != path {
			continue
		}
		for _, r := range []struct{ name, stated string }{
			{"requests.cpu", z.Stated.Requests.CPU}, {"requests.memory", z.Stated.Requests.Memory},
			{"limits.cpu", z.Stated.Limits.CPU}, {"limits.memory", z.Stated.Limits.Memory},
		} {
			if r.stated == "" {
				list = append(list, source{key + "." + r.name, path + ".size", z.Reason})
			}
		}
	}
	return append(list, source{key + ".*", path + ".resources.*", ""})
}

// cniSources is the table of cni.
func cniSources(m model.Mesh, _ model.Release) []source {
	return append(sharedSources("global."),
		source{"cni.resources.*", "dataPlane.cni.resources.*", ""},
		source{"cni.logging.level", "dataPlane.cni.logLevel", ""},
		source{"revision", "istio.revision", ""},
		profileSource(m))
}

// ztunnelSources is the table of ztunnel.
func ztunnelSources(m model.Mesh, _ model.Release) []source {
	return append(append(sharedSources(""), resourcesSources(m, "resources", "dataPlane.ztunnel")...),
		source{"env.*", "dataPlane.ztunnel.env.*", ""},
		source{"logLevel", "dataPlane.ztunnel.logLevel", ""},
		source{"revision", "istio.revision", ""},
		source{"caAddress", "certificates.mesh.istioCSR.namespace", "istio-csr signs in istiod's place"})
}

// gatewaySources is the table of a gateway.
func gatewaySources(m model.Mesh, r model.Release) []source {
	at := intent.Join("gateways", r.Name)
	return append(append(schedulingSources("", at+".placement"), resourcesSources(m, "resources", at)...),
		source{"name", at, "the gateway's objects have its name"},
		source{"revision", "istio.revision", ""},
		source{"autoscaling.enabled", at + ".autoscaling", ""},
		source{"autoscaling.minReplicas", at + ".autoscaling.min", ""},
		source{"autoscaling.maxReplicas", at + ".autoscaling.max", ""},
		source{"autoscaling.targetCPUUtilizationPercentage", at + ".autoscaling.cpu", ""},
		source{"replicaCount", at + ".replicas", ""},
		source{"podDisruptionBudget.*", at + ".disruptionBudget.*", ""},
		source{"imagePullSecrets.*", "istio.pullSecrets", ""},
		networkPolicySource(),
		source{`service.annotations."metallb.io/address-pool"`, at + ".pool", ""},
		source{`service.annotations."metallb.io/loadBalancerIPs"`, at + ".address", ""},
		source{"service.annotations.*", at + ".service.annotations.*", ""},
		source{"service.loadBalancerIP", at + ".address", ""},
		source{"service.type", at + ".service.type", ""},
		source{"service.externalTrafficPolicy", at + ".service.externalTrafficPolicy", ""},
		source{"service.loadBalancerClass", at + ".service.loadBalancerClass", ""},
		source{"service.ports[0].*", "", "load balancers ask a gateway's status port for its health"},
		source{"service.ports.*", at + ".servers", "a gateway opens the ports of its servers, of redirects, and of what leaves through it"})
}

const policyRule = "where pods are closed to each other, the chart has to open its own"

// networkPolicySource is the same for all charts: none has it at its root.
func networkPolicySource() source {
	return source{"global.networkPolicy.enabled", "cluster.cni.networkPolicies", policyRule}
}

// sharedSources is the table of the values that function shared sets.
func sharedSources(prefix string) []source {
	return []source{
		networkPolicySource(),
		{prefix + "hub", "istio.registry", ""},
		{prefix + "tag", "istio.version", "Istio tags its images with the release"},
		{prefix + "variant", "istio.variant", ""},
		{prefix + "imagePullSecrets.*", "istio.pullSecrets.*", ""},
		{prefix + "platform", "cluster.platform", "the chart has a profile for the platform"},
	}
}

// schedulingSources is the table of the values that function schedule sets.
func schedulingSources(prefix, placement string) []source {
	return []source{
		{prefix + "nodeSelector.*", placement + ".nodeSelector.*", ""},
		{prefix + "affinity.*", placement + ".pools", "the labels of the node pools"},
		{prefix + "tolerations.*", placement, "its tolerations, and the taints of its node pools"},
		{prefix + "topologySpreadConstraints.*", placement + ".spread", ""},
	}
}

// profileSource says whose ambient mode brings the ambient profile.
func profileSource(m model.Mesh) source {
	s := source{"profile", "mode", "some workloads are ambient"}
	if m.Mode == intent.Ambient {
		return s
	}
	for _, n := range m.Namespaces {
		if n.Mesh && n.Mode == intent.Ambient {
			s.path = n.Path + ".mode"
			break
		}
	}
	return s
}

// ReleaseSources returns what a release's name and its namespace follow from.
func ReleaseSources(r model.Release) (name, namespace Source) {
	if r.Chart == "gateway" {
		at := intent.Join("gateways", r.Name)
		return Source{at, "the release has the gateway's name"}, Source{at + ".namespace", ""}
	}
	return Source{"", "the release has the chart's name"}, Source{"", "the mesh's own pods run in " + model.RootNamespace}
}
