package validate

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strings"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
)

// Sources of the rules about Services, Endpoints, ConfigMaps and
// Secrets: pkg/apis/core/validation/validation.go of Kubernetes 1.36.

var serviceLimits = map[place]limit{
	in[core.ServicePort]("name"):                          format(validation.IsDNS1123Label),
	in[core.ServicePort]("port"):                          portNumber,
	in[core.ServicePort]("nodePort"):                      optionalPort,
	in[core.ServicePort]("appProtocol"):                   format(validation.IsQualifiedName),
	in[core.ServiceSpec]("healthCheckNodePort"):           optionalPort,
	in[core.ServiceSpec]("externalIPs"):                   {elements: publicAddress},
	in[core.ServiceSpec]("loadBalancerSourceRanges"):      {elements: cidr},
	in[core.ServiceSpec]("loadBalancerClass"):             format(validation.IsQualifiedName),
	in[core.ClientIPConfig]("timeoutSeconds"):             between(1, 86400),
	in[core.EndpointPort]("port"):                         portNumber,
	in[core.EndpointAddress]("ip"):                        format(publicAddress),
	in[core.ConfigMap]("data"):                            {keyFormat: validation.IsConfigMapKey},
	in[core.ConfigMap]("binaryData"):                      {keyFormat: validation.IsConfigMapKey},
	in[core.Secret]("data"):                               {keyFormat: validation.IsConfigMapKey},
	in[core.Secret]("stringData"):                         {keyFormat: validation.IsConfigMapKey},
	in[core.ReplicationControllerSpec]("replicas"):        atLeast(0),
	in[core.ReplicationControllerSpec]("minReadySeconds"): atLeast(0),
}

var serviceRules = map[reflect.Type][]rule{
	reflect.TypeFor[core.ServiceSpec](): {service, servicePorts, serviceAddresses},
	reflect.TypeFor[core.ConfigMap]():   {configMap},
	reflect.TypeFor[core.Secret]():      {secret},
}

// publicAddress are addresses that a Service may name: ValidateEndpointIP.
func publicAddress(text string) []string {
	if wrong := address(text); wrong != nil {
		return wrong
	}
	if ip := netip.MustParseAddr(text); ip.IsUnspecified() || ip.IsLoopback() || ip.IsLinkLocalUnicast() || ip.IsLinkLocalMulticast() {
		return []string{"must not be an unspecified, loopback or link-local address"}
	}
	return nil
}

func service(r *report, n *node) {
	kind := core.ServiceType(n.text("type"))
	if kind == "" {
		kind = core.ServiceTypeClusterIP
	}
	headless := n.text("clusterIP") == core.ClusterIPNone
	external := kind == core.ServiceTypeExternalName
	if n.count("ports") == 0 && !headless && !external {
		r.missing(n.get("ports"))
	}
	if headless && (kind == core.ServiceTypeLoadBalancer || kind == core.ServiceTypeNodePort) {
		r.conflict(n.get("clusterIP"), fmt.Sprintf("{} cannot be None in a Service of type %s", kind), "remove {}")
	}
	if external {
		r.forbid(n, "with type ExternalName", "clusterIPs", "ipFamilies", "ipFamilyPolicy")
		if ip := n.get("clusterIP"); ip.text() != "" {
			r.conflict(ip, "{} cannot be set with type ExternalName", "remove {}")
		}
		if name := strings.TrimSuffix(n.text("externalName"), "."); name == "" {
			r.missing(n.get("externalName"))
		} else {
			r.format(n.get("externalName"), validation.IsDNS1123Subdomain(name))
		}
	}
	if kind != core.ServiceTypeLoadBalancer {
		for _, name := range []string{"loadBalancerSourceRanges", "allocateLoadBalancerNodePorts", "loadBalancerClass"} {
			if f := n.get(name); !isBlank(f.value) {
				r.conflict(f, "{} wants type LoadBalancer", "set type to LoadBalancer, or remove {}")
			}
		}
	}
	accessible := kind == core.ServiceTypeLoadBalancer || kind == core.ServiceTypeNodePort || kind == core.ServiceTypeClusterIP && n.count("externalIPs") > 0
	policy := n.get("externalTrafficPolicy")
	if !accessible && policy.text() != "" {
		r.conflict(policy, fmt.Sprintf("{} cannot be set in a Service of type %s", kind), "remove {}")
	}
	if n.whole("healthCheckNodePort") != 0 && (kind != core.ServiceTypeLoadBalancer || policy.text() != "Local") {
		r.conflict(n.get("healthCheckNodePort"), "{} wants type LoadBalancer and externalTrafficPolicy Local", "remove {}")
	}
	if n.text("sessionAffinity") == string(core.ServiceAffinityNone) && n.has("sessionAffinityConfig") {
		r.conflict(n.get("sessionAffinityConfig"), "{} wants sessionAffinity ClientIP", "set sessionAffinity to ClientIP, or remove {}")
	}
	r.labels(n.get("selector"))
	trafficDistribution(r, n)
}

func servicePorts(r *report, n *node) {
	ports := n.each("ports")
	names, nodePorts := map[string]bool{}, map[string]bool{}
	for _, p := range ports {
		name := p.text("name")
		if name == "" && len(ports) > 1 {
			r.add(p.get("name"), codeMissing, "{} is missing: each of several ports needs a name", "set {}")
		}
		if name != "" && names[name] {
			r.add(p.get("name"), codeTwice, fmt.Sprintf("{}: another port is named %q already", name), "change {}")
		}
		names[name] = true
		if p.has("targetPort") && p.get("targetPort").value != int64(0) {
			r.port(p.get("targetPort"))
		}
		node := p.whole("nodePort")
		if node == 0 {
			continue
		}
		if t := n.text("type"); t == "" || t == string(core.ServiceTypeClusterIP) {
			r.conflict(p.get("nodePort"), "{} wants type NodePort or LoadBalancer", "remove {}")
		}
		key := fmt.Sprintf("%s %d", p.text("protocol"), node)
		if nodePorts[key] {
			r.add(p.get("nodePort"), codeTwice, fmt.Sprintf("{}: another port has %d already", node), "change {}")
		}
		nodePorts[key] = true
	}
}

// serviceAddresses: clusterIP is the first of clusterIPs, one a family.
func serviceAddresses(r *report, n *node) {
	ip, ips := n.text("clusterIP"), n.each("clusterIPs")
	if ip != "" && ip != core.ClusterIPNone {
		r.format(n.get("clusterIP"), address(ip))
	}
	if ip == "" && len(ips) > 0 {
		r.missing(n.get("clusterIP"))
	}
	if len(ips) > 0 && ip != "" && ips[0].text() != ip {
		r.conflict(ips[0], fmt.Sprintf("{} is %q, but must be clusterIP, %q", ips[0].text(), ip), fmt.Sprintf("set {} to %q", ip))
	}
	for _, f := range ips {
		if f.text() != core.ClusterIPNone {
			r.format(f, address(f.text()))
		}
	}
	if len(ips) > 2 {
		r.conflict(n.get("clusterIPs"), fmt.Sprintf("{} has %d addresses, of which there can be 2", len(ips)), "keep one a family in {}")
	} else if len(ips) == 2 && ips[0].text() != core.ClusterIPNone {
		r.families(n.get("clusterIPs"))
	}
	families := map[string]bool{}
	for _, f := range n.each("ipFamilies") {
		if families[f.text()] {
			r.add(f, codeTwice, "{} stands there a second time", "remove {}")
		}
		families[f.text()] = true
	}
	if len(families) == 2 && n.text("ipFamilyPolicy") == string(core.IPFamilyPolicySingleStack) {
		r.conflict(n.get("ipFamilies"), "{} has two families, with ipFamilyPolicy SingleStack", "keep one of {}, or set ipFamilyPolicy to PreferDualStack")
	}
}

// maxData is what the values of a ConfigMap or Secret can hold together:
// core.MaxSecretSize.
const maxData = 1 << 20

func configMap(r *report, n *node) {
	size := 0
	for _, f := range n.get("data").fields() {
		size += len(f.text())
		if n.has("binaryData", f.key) {
			r.add(f, codeTwice, fmt.Sprintf("{}: binaryData has the key %q as well", f.key), "remove one of the two")
		}
	}
	for _, f := range n.get("binaryData").fields() {
		size += len(f.text()) * 3 / 4
	}
	r.size(n.get("data"), size)
}

func (r *report) size(n *node, size int) {
	if size > maxData {
		r.add(n, codeValue, fmt.Sprintf("{} holds %d bytes, of which there can be %d", size, maxData), "split the object")
	}
}

// secretKeys are the keys that Secrets of a type must have, and whether one is
// enough.
var secretKeys = map[core.SecretType][]string{
	core.SecretTypeTLS:              {core.TLSCertKey, core.TLSPrivateKeyKey},
	core.SecretTypeDockercfg:        {core.DockerConfigKey},
	core.SecretTypeDockerConfigJson: {core.DockerConfigJsonKey},
	core.SecretTypeSSHAuth:          {core.SSHAuthPrivateKey},
}

func secret(r *report, n *node) {
	kind := core.SecretType(n.text("type"))
	has := func(key string) bool { return n.has("data", key) || n.has("stringData", key) }
	for _, key := range secretKeys[kind] {
		if !has(key) {
			r.add(n.get("data", key), codeMissing, fmt.Sprintf("{} is missing: a Secret of type %s has it", kind), "set {}")
		}
	}
	if kind == core.SecretTypeBasicAuth && !has(core.BasicAuthUsernameKey) && !has(core.BasicAuthPasswordKey) {
		r.missing(n.get("data", core.BasicAuthUsernameKey))
	}
	if kind == core.SecretTypeServiceAccountToken && n.text("metadata", "annotations", core.ServiceAccountNameKey) == "" {
		r.missing(n.get("metadata", "annotations", core.ServiceAccountNameKey))
	}
	for _, kind := range []string{core.DockerConfigKey, core.DockerConfigJsonKey} {
		if slices.Contains(secretKeys[core.SecretType(n.text("type"))], kind) {
			r.json(n.get("stringData", kind), n.get("stringData", kind).text())
			decoded, err := base64.StdEncoding.DecodeString(n.text("data", kind))
			if err == nil {
				r.json(n.get("data", kind), string(decoded))
			}
		}
	}
	size := 0
	for _, f := range n.get("data").fields() {
		size += len(f.text()) * 3 / 4
	}
	for _, f := range n.get("stringData").fields() {
		size += len(f.text())
	}
	r.size(n.get("data"), size)
}

// json checks that a text that is there is a JSON object.
func (r *report) json(n *node, text string) {
	var fields map[string]any
	if n.value != nil && json.Unmarshal([]byte(text), &fields) != nil {
		r.value(n, "must hold a JSON object")
	}
}
