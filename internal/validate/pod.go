package validate

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
)

// exactlyOne is a rule that wants one of several fields.
func exactlyOne(names ...string) rule {
	return func(r *report, n *node) { r.one(n, true, names...) }
}

// atMostOne is a rule that wants no more than one of several fields.
func atMostOne(names ...string) rule {
	return func(r *report, n *node) { r.one(n, false, names...) }
}

// address are IPv4 and IPv6 addresses, as Kubernetes 1.36 takes them: without a
// zone, without leading zeros, and no IPv4 in IPv6.
func address(text string) []string {
	ip, err := netip.ParseAddr(text)
	if err != nil || ip.Zone() != "" || ip.Is4In6() {
		return []string{"must be an IP address such as 10.0.0.1 or 2001:db8::1"}
	}
	return nil
}

// cidr are ranges of addresses.
func cidr(text string) []string {
	if _, err := netip.ParsePrefix(strings.TrimSpace(text)); err != nil {
		return []string{"must be a range of addresses such as 10.0.0.0/8"}
	}
	return nil
}

// portNameOrNumber is a rule about a port that may be a name.
func portNameOrNumber(field string) rule {
	return func(r *report, n *node) { r.port(n.get(field)) }
}

// port checks a port that is a name or a number; none is for others to say.
func (r *report) port(n *node) {
	switch v := n.value.(type) {
	case nil:
		r.missing(n)
	case string:
		r.format(n, validation.IsValidPortName(v))
	default:
		if i, _ := wholeOf(v); i < 1 || i > 65535 {
			r.value(n, "must be 1 to 65535, or the name of a port")
		}
	}
}

// sysctl are the names of kernel parameters.
func sysctl(name string) []string {
	if len(name) > 253 || !sysctlName.MatchString(name) {
		return []string{"must be the name of a kernel parameter such as net.core.somaxconn"}
	}
	return nil
}

var sysctlName = regexp.MustCompile(`^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$`)

func podSpec(r *report, n *node) {
	r.labels(n.get("nodeSelector"))
	for _, name := range []string{"hostPID", "hostIPC", "hostNetwork"} {
		if n.has("hostUsers") && !n.truth("hostUsers") && n.truth(name) {
			r.conflict(n.get(name), "{} cannot be true while hostUsers is false", "remove {} or hostUsers")
		}
	}
	if n.truth("shareProcessNamespace") && n.truth("hostPID") {
		r.conflict(n.get("shareProcessNamespace"), "{} and hostPID cannot both be true", "remove one of the two")
	}
	if a, b := n.text("serviceAccountName"), n.text("serviceAccount"); a != "" && b != "" && a != b {
		r.conflict(n.get("serviceAccount"), fmt.Sprintf("{} is %q, and serviceAccountName is %q", b, a), "remove {}")
	}
}

// podContainers looks at the containers together.
func podContainers(r *report, n *node) {
	names, hostPorts := map[string]bool{}, map[string]bool{}
	for _, c := range n.each("containers") {
		names[c.text("name")] = true
		r.hostPorts(n, c, hostPorts)
		r.container(n, c)
	}
	for _, c := range n.each("initContainers") {
		if name := c.text("name"); names[name] {
			r.add(c.get("name"), codeTwice, fmt.Sprintf("{}: another container is named %q already", name), "change {}")
		}
		r.hostPorts(n, c, map[string]bool{})
		if c.text("restartPolicy") == string(core.ContainerRestartPolicyAlways) {
			r.container(n, c)
			continue
		}
		r.forbid(c, `on an init container without restartPolicy "Always"`, "lifecycle", "livenessProbe", "readinessProbe", "startupProbe")
	}
	if root := n.root(); len(n.each("ephemeralContainers")) > 0 && root.text("kind") == "Pod" {
		r.conflict(n.get("ephemeralContainers"), "{} cannot be set when a pod is made", "remove {}")
	}
}

// hostPorts checks the ports that a container takes of its node.
func (r *report) hostPorts(pod, c *node, taken map[string]bool) {
	for _, p := range c.each("ports") {
		port := p.whole("hostPort")
		if pod.truth("hostNetwork") && port != 0 && port != p.whole("containerPort") {
			r.conflict(p.get("hostPort"), fmt.Sprintf("{} is %d, but must be containerPort, %d, with hostNetwork", port, p.whole("containerPort")), "remove {}")
		}
		if port == 0 {
			continue
		}
		protocol := p.text("protocol")
		if protocol == "" {
			protocol = "TCP"
		}
		key := fmt.Sprintf("%s/%s/%d", protocol, p.text("hostIP"), port)
		if taken[key] {
			r.add(p.get("hostPort"), codeTwice, fmt.Sprintf("{}: port %d of the node is taken twice", port), "change {}")
		}
		taken[key] = true
	}
}

// container checks what only containers that keep running have.
func (r *report) container(pod, c *node) {
	for _, name := range []string{"livenessProbe", "startupProbe"} {
		if p := c.get(name, "successThreshold"); p.value != nil && p.whole() > 1 {
			r.value(p, "must be 1")
		}
	}
	if p := c.get("readinessProbe", "terminationGracePeriodSeconds"); p.value != nil {
		r.conflict(p, "{} cannot be set on a readiness probe", "remove {}")
	}
	user, root := c.get("securityContext", "runAsUser"), c.get("securityContext", "runAsNonRoot")
	if user.value == nil {
		user = pod.get("securityContext", "runAsUser")
	}
	if root.value == nil {
		root = pod.get("securityContext", "runAsNonRoot")
	}
	if root.truth() && user.value != nil && user.whole() == 0 { // the API server takes it, and the kubelet starts no such container
		r.conflict(user, "{} is 0, which is root, and runAsNonRoot is true", "set {} to another user")
	}
	grace := int64(30)
	if g := pod.get("terminationGracePeriodSeconds"); g.value != nil {
		grace = g.whole()
	}
	for _, hook := range []string{"postStart", "preStop"} {
		if s := c.get("lifecycle", hook, "sleep", "seconds"); s.whole() > max(grace, 0) {
			r.conflict(s, fmt.Sprintf("{} is %d, more than the %d seconds of terminationGracePeriodSeconds", s.whole(), grace), fmt.Sprintf("set {} to %d or less", grace))
		}
	}
}

// container checks one container by itself.
func container(r *report, n *node) {
	names := map[string]bool{}
	for _, p := range n.each("ports") {
		if name := p.text("name"); name != "" && names[name] {
			r.add(p.get("name"), codeTwice, fmt.Sprintf("{}: another port is named %q already", name), "change {}")
		} else {
			names[name] = true
		}
	}
	privileged := n.truth("securityContext", "privileged")
	devices := map[string]bool{}
	for _, d := range n.each("volumeDevices") {
		devices[d.text("name")] = true
	}
	for _, m := range n.each("volumeMounts") {
		if m.text("mountPropagation") == string(core.MountPropagationBidirectional) && !privileged {
			r.conflict(m.get("mountPropagation"), "{} is Bidirectional, which only privileged containers may have", "set securityContext.privileged to true, or remove {}")
		}
		if devices[m.text("name")] {
			r.conflict(m.get("name"), "{} names a volume that volumeDevices has as well", "remove one of the two")
		}
	}
	if len(n.each("restartPolicyRules")) > 0 && !n.has("restartPolicy") {
		r.missing(n.get("restartPolicy"))
	}
}

func volumeMount(r *report, n *node) {
	r.one(n, false, "subPath", "subPathExpr")
	switch mode := n.text("recursiveReadOnly"); core.RecursiveReadOnlyMode(mode) {
	case core.RecursiveReadOnlyEnabled, core.RecursiveReadOnlyIfPossible:
		if !n.truth("readOnly") {
			r.conflict(n.get("recursiveReadOnly"), "{} wants readOnly", "set readOnly to true")
		}
		if p := n.text("mountPropagation"); p != "" && p != string(core.MountPropagationNone) {
			r.conflict(n.get("mountPropagation"), "{} must be None with recursiveReadOnly", "remove {}")
		}
	}
}

// podClaims: containers name resource claims of the pod.
func podClaims(r *report, n *node) {
	claims := map[string]bool{}
	for _, c := range n.each("resourceClaims") {
		claims[c.text("name")] = true
	}
	for _, group := range []string{"containers", "initContainers"} {
		for _, c := range n.each(group) {
			for _, claim := range c.get("resources").each("claims") {
				if name := claim.text("name"); !claims[name] {
					r.conflict(claim.get("name"), fmt.Sprintf("{} is %q, which resourceClaims of the pod does not have", name), "name one of the pod's resourceClaims")
				}
			}
		}
	}
}

func podDNS(r *report, n *node) {
	config := n.get("dnsConfig")
	if n.text("dnsPolicy") == string(core.DNSNone) && config.count("nameservers") == 0 {
		r.add(config.get("nameservers"), codeMissing, "{} is empty, with dnsPolicy None", "set {}, or remove dnsPolicy")
	}
	if c := config.count("nameservers"); c > 3 {
		r.conflict(config.get("nameservers"), fmt.Sprintf("{} has %d addresses, of which there can be 3", c), "keep three of {}")
	}
	if c := config.count("searches"); c > 32 {
		r.conflict(config.get("searches"), fmt.Sprintf("{} has %d domains, of which there can be 32", c), "keep 32 of {}")
	}
	for _, s := range config.each("searches") {
		if s.value != "." {
			r.format(s, validation.IsDNS1123SubdomainWithUnderscore(strings.TrimSuffix(fmt.Sprint(s.value), ".")))
		}
	}
}

func envVar(r *report, n *node) {
	from := n.get("valueFrom")
	if from.value == nil {
		return
	}
	r.one(from, true, "fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef")
	if n.text("value") != "" {
		r.conflict(n, "{} has value and valueFrom, of which there can be one", "keep one of the two in {}")
	}
}

// envFields and volumeFields are the fields of a pod that the downward API
// offers to the environment and to files.
var (
	envFields    = []string{"metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"}
	volumeFields = []string{"metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"}
	resourceRefs = []string{"limits.cpu", "limits.memory", "limits.ephemeral-storage", "requests.cpu", "requests.memory", "requests.ephemeral-storage"}
)

func fieldRef(r *report, n *node) {
	path := n.get("fieldPath")
	known := volumeFields
	if n.up != nil && n.up.key == "valueFrom" {
		known = envFields
	}
	v := n.text("fieldPath")
	if version := n.get("apiVersion"); version.value != nil && version.text() != "v1" && version.text() != "" {
		r.value(version, "must be v1")
	}
	if base, rest, ok := strings.Cut(v, "['"); ok && (base == "metadata.labels" || base == "metadata.annotations") {
		key, closed := strings.CutSuffix(rest, "']")
		if !closed {
			r.value(path, "must end in ']")
			return
		}
		if base == "metadata.annotations" {
			key = strings.ToLower(key)
		}
		r.format(path, validation.IsQualifiedName(key))
		return
	}
	if !slices.Contains(known, v) {
		r.oneOf(path, v, known)
	}
}

func resourceFieldRef(r *report, n *node) {
	v := n.text("resource")
	if !slices.Contains(resourceRefs, v) && !strings.HasPrefix(v, "requests.hugepages-") && !strings.HasPrefix(v, "limits.hugepages-") {
		r.oneOf(n.get("resource"), v, resourceRefs)
	}
	if n.up != nil && n.up.key != "valueFrom" && n.text("containerName") == "" {
		r.missing(n.get("containerName"))
	}
	divisor, ok := quantityOf(n.get("divisor"))
	if !ok || divisor.IsZero() {
		return
	}
	allowed := []string{"1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"}
	if strings.HasSuffix(v, ".cpu") {
		allowed = []string{"1", "1m"}
	}
	if !slices.Contains(allowed, divisor.String()) {
		r.among(n.get("divisor"), allowed)
	}
}

func securityContext(r *report, n *node) {
	if v := n.get("allowPrivilegeEscalation"); v.value != nil && !v.truth() {
		if n.truth("privileged") {
			r.conflict(v, "{} cannot be false while privileged is true", "remove {} or privileged")
		}
		for _, c := range n.get("capabilities").each("add") {
			if c.value == "CAP_SYS_ADMIN" {
				r.conflict(v, "{} cannot be false while capabilities.add has CAP_SYS_ADMIN", "remove {}, or CAP_SYS_ADMIN")
			}
		}
	}
}

func localhostProfile(r *report, n *node) {
	local := n.text("type") == "Localhost"
	if profile := n.get("localhostProfile"); local && isBlank(profile.value) {
		r.missing(profile)
	} else if !local && profile.value != nil {
		r.conflict(profile, "{} wants type Localhost", "remove {}")
	}
}
