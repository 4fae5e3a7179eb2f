package validate

import (
	"fmt"
	"slices"
	"strings"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// Sources of the rules about what a pod has as a whole: validatePodResources,
// validateResizePolicy, validateInitContainers and ValidatePodCreate in
// pkg/apis/core/validation/validation.go, and the admission plugins Priority and
// RuntimeClass, of Kubernetes 1.36.

// podResources: what a pod asks for as a whole holds its containers. Resources
// of a pod are CPU, memory and huge pages.
func podResources(r *report, n *node) {
	own := n.get("resources")
	if own.value == nil {
		return
	}
	r.forbid(own, "for a pod as a whole", "claims")
	for _, group := range []string{"requests", "limits"} {
		for _, q := range own.get(group).fields() {
			if q.key != "cpu" && q.key != "memory" && !strings.HasPrefix(q.key, core.ResourceHugePagesPrefix) {
				r.add(q, codeUnknown, fmt.Sprintf("{}: a pod as a whole has no resource %q", q.key), "write cpu, memory or hugepages, or move it to the containers")
			}
		}
	}
	for _, q := range own.get("requests").fields() {
		whole, ok := quantityOf(q)
		if sum := requested(n, q.key); ok && sum.Cmp(whole) > 0 {
			r.conflict(q, fmt.Sprintf("{} is %s, less than the %s that the containers request together", whole.String(), sum.String()), fmt.Sprintf("set {} to %s or more", sum.String()))
		}
	}
	for _, c := range n.each("containers") {
		for _, q := range c.get("resources", "limits").fields() {
			one, ok := quantityOf(q)
			whole, limited := quantityOf(own.get("limits", q.key))
			if ok && limited && one.Cmp(whole) > 0 {
				r.overLimit(q, one, whole)
			}
		}
	}
}

// requested returns what the containers of a pod request together: those that
// run, or, if that is more, the first of them and one that prepares.
func requested(pod *node, name string) resource.Quantity {
	var running, most resource.Quantity
	for _, c := range pod.each("initContainers") {
		q := requestOf(c, name)
		if c.text("restartPolicy") == string(core.ContainerRestartPolicyAlways) {
			running.Add(q)
			q = resource.Quantity{}
		}
		if q.Add(running); q.Cmp(most) > 0 {
			most = q
		}
	}
	for _, c := range pod.each("containers") {
		running.Add(requestOf(c, name))
	}
	if running.Cmp(most) > 0 {
		return running
	}
	return most
}

// requestOf returns what a container requests; what it does not is its limit.
func requestOf(c *node, name string) resource.Quantity {
	q, ok := quantityOf(c.get("resources", "requests", name))
	if !ok {
		q, _ = quantityOf(c.get("resources", "limits", name))
	}
	return q.DeepCopy()
}

// restartRules: what is restarted, and how, is as the pod says.
func restartRules(r *report, n *node) {
	never := n.text("restartPolicy") == string(core.RestartPolicyNever)
	for _, c := range allContainers(n) {
		prepares := c.up.key == "initContainers" && c.text("restartPolicy") != string(core.ContainerRestartPolicyAlways)
		for _, p := range c.each("resizePolicy") {
			if f := p.get("restartPolicy"); (never || prepares) && f.text() == string(core.RestartContainer) {
				r.conflict(f, "{} is RestartContainer, in what is not restarted", "set {} to NotRequired")
			}
		}
	}
}

// sysctlSpaces are the kernel's parameters, by what they end in, that a pod
// cannot set in a namespace that it shares with its node.
var sysctlSpaces = map[string][]string{
	"hostNetwork": {"net."},
	"hostIPC":     {"kernel.sem", "kernel.shm", "kernel.msg", "fs.mqueue."},
}

// sharedSysctls: a pod that shares a namespace with its node cannot set the
// kernel's parameters of it.
func sharedSysctls(r *report, n *node) {
	for _, host := range []string{"hostNetwork", "hostIPC"} {
		for _, s := range n.get("securityContext").each("sysctls") {
			name := strings.ReplaceAll(s.text("name"), "/", ".")
			if n.truth(host) && slices.ContainsFunc(sysctlSpaces[host], func(p string) bool { return strings.HasPrefix(name, p) }) {
				r.conflict(s.get("name"), fmt.Sprintf("{} is %s, which belongs to the node while %s is true", name, host), "remove the parameter, or "+host)
			}
		}
	}
}

// blockDevices: a container gets the device of a claim, and of nothing else.
func blockDevices(r *report, n *node) {
	files := map[string]bool{}
	for _, v := range n.each("volumes") {
		files[v.text("name")] = !v.has("persistentVolumeClaim") && !v.has("ephemeral")
	}
	for _, c := range allContainers(n) {
		for _, d := range c.each("volumeDevices") {
			if files[d.text("name")] {
				r.conflict(d.get("name"), fmt.Sprintf("{} is %q, which is no claim: only claims have devices", d.text("name")), "write a volumeMount instead, or make the volume a claim")
			}
		}
	}
}

// hugePages: they are given page by page.
func hugePages(r *report, n *node) {
	var first *node
	beside := false
	for _, group := range []string{"limits", "requests"} {
		for _, q := range n.get(group).fields() {
			beside = beside || q.key == string(core.ResourceCPU) || q.key == string(core.ResourceMemory)
			size, ok := strings.CutPrefix(q.key, core.ResourceHugePagesPrefix)
			if ok && first == nil {
				first = q
			}
			page, err := resource.ParseQuantity(size)
			v, read := quantityOf(q)
			if ok && read && err == nil && page.Value() > 0 && v.Value()%page.Value() != 0 {
				r.value(q, "must be a whole number of pages of "+size)
			}
		}
	}
	if first != nil && !beside {
		r.add(n, codeMissing, fmt.Sprintf("{} has %s and neither cpu nor memory, of which huge pages want one", first.key), "set limits.memory in {}")
	}
}

// podAdmission: what admission plugins write into every pod, and refuse to find
// there. A template that has it is taken, and its pods never are.
func podAdmission(r *report, n *node) {
	if !n.has("priorityClassName") {
		if p := n.get("priority"); p.value != nil && p.whole() != 0 {
			r.conflict(p, fmt.Sprintf("{} is %d: a pod's priority comes from its class", p.whole()), "set priorityClassName, and remove {}")
		}
		if p := n.get("preemptionPolicy"); p.text() == string(core.PreemptNever) {
			r.conflict(p, "{} is Never: whether a pod preempts comes from its priority class", "set priorityClassName, and remove {}")
		}
	}
	if o := n.get("overhead"); o.value != nil && !n.has("runtimeClassName") {
		r.conflict(o, "{} comes from the runtime class, and there is none", "remove {}")
	}
	for _, q := range n.get("overhead").fields() {
		r.resourceName(q)
		if v, ok := quantityOf(q); ok && v.Sign() < 0 {
			r.value(q, "must not be negative")
		}
	}
	if n.has("hostnameOverride") {
		for _, name := range []string{"setHostnameAsFQDN", "hostNetwork"} {
			if n.truth(name) {
				r.conflict(n.get("hostnameOverride"), "{} cannot be set while "+name+" is true", "remove {} or "+name)
			}
		}
	}
	if !n.has("hostUsers") || n.truth("hostUsers") {
		return
	}
	for _, c := range allContainers(n) {
		if c.count("volumeDevices") > 0 {
			r.conflict(c.get("volumeDevices"), "{} cannot be set while hostUsers is false", "remove {} or hostUsers")
		}
	}
}

// pod checks what only a pod has that is applied by itself, and no template.
func pod(r *report, n *node) {
	spec := n.get("spec")
	if spec.text("nodeName") != "" && spec.count("schedulingGates") > 0 {
		r.conflict(spec.get("nodeName"), "{} is set while the pod has schedulingGates", "remove {} or schedulingGates")
	}
	for _, c := range allContainers(spec) {
		if image := c.get("image"); strings.TrimSpace(image.text()) != image.text() { // a pod by itself is refused now
			r.value(image, "must have no blanks around it")
		}
	}
}
