package scheduletest

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// pods are the pods of some workloads, mixed. Together they ask for about a
// fifth to nine tenths of what the nodes have.
func (g *generator) pods(nodes []corev1.Node) []corev1.Pod {
	count := 1 + g.below(min(30, 5*len(nodes)))
	workloads := 1 + g.below(min(count, 6))
	if g.chance(10) {
		workloads = count
	}
	var cpu, memory int64
	for _, n := range nodes {
		cpu += n.Status.Allocatable.Cpu().MilliValue()
		memory += n.Status.Allocatable.Memory().Value() >> 20
	}
	fill := int64(15 + g.below(60)) // percent
	meanCPU, meanMemory := cpu*fill/100/int64(count), memory*fill/100/int64(count)
	var templates []corev1.Pod
	for i := range workloads {
		templates = append(templates, g.workload(i, meanCPU, meanMemory))
	}
	var pods []corev1.Pod
	for i := range count {
		t := templates[i%workloads]
		if i >= workloads {
			t = pick(g, templates)
		}
		pod := *t.DeepCopy()
		pod.Name = fmt.Sprintf("%s-%d", t.Name, i)
		pods = append(pods, pod)
	}
	if g.about(daemons) {
		pods = append(pods, g.daemon(nodes, meanCPU, meanMemory)...)
	}
	for i := len(pods) - 1; i > 0; i-- {
		j := g.below(i + 1)
		pods[i], pods[j] = pods[j], pods[i]
	}
	return pods
}

// workload is the pod of one workload, with some of the problem's constraints.
func (g *generator) workload(i int, cpu, memory int64) corev1.Pod {
	app := fmt.Sprintf("app-%d", i)
	pod := corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: app, Namespace: pick(g, []string{"blue", "blue", "green"}), Labels: map[string]string{
		"app": app, "tier": pick(g, []string{"front", "back"}), "pod-template-hash": fmt.Sprint(g.below(3)),
	}}}
	c := corev1.Container{Name: "main", Image: "example.com/main:1"}
	c.Resources.Requests = corev1.ResourceList{
		corev1.ResourceCPU:    *resource.NewMilliQuantity(g.around(cpu), resource.DecimalSI),
		corev1.ResourceMemory: *resource.NewQuantity(g.around(memory)<<20, resource.BinarySI),
	}
	if g.about(besteffort) && g.chance(50) {
		switch g.below(3) {
		case 0:
			c.Resources.Requests = nil
		case 1:
			delete(c.Resources.Requests, corev1.ResourceCPU)
		case 2:
			c.Resources.Limits, c.Resources.Requests = c.Resources.Requests, nil
		}
	}
	if g.about(ephemeral) && g.chance(50) {
		if c.Resources.Requests == nil {
			c.Resources.Requests = corev1.ResourceList{}
		}
		c.Resources.Requests[corev1.ResourceEphemeralStorage] = *resource.NewQuantity(int64(1+g.below(3))<<30, resource.BinarySI)
		if g.chance(50) {
			device := *resource.NewQuantity(1, resource.DecimalSI)
			c.Resources.Requests["example.com/device"] = device
			c.Resources.Limits = corev1.ResourceList{"example.com/device": device}
		}
	}
	if g.about(hostPorts) && g.chance(25) {
		c.Ports = []corev1.ContainerPort{{
			ContainerPort: 8080, HostPort: int32(8080 + g.below(2)),
			Protocol: pick(g, []corev1.Protocol{corev1.ProtocolTCP, corev1.ProtocolTCP, corev1.ProtocolUDP}),
			HostIP:   pick(g, []string{"", "", "127.0.0.1", "10.0.0.1"}),
		}}
	}
	pod.Spec.Containers = []corev1.Container{c}
	if g.chance(15) {
		always := corev1.ContainerRestartPolicyAlways
		init := corev1.Container{Name: "init", Image: "example.com/init:1"}
		init.Resources.Requests = corev1.ResourceList{corev1.ResourceCPU: *resource.NewMilliQuantity(g.around(cpu/2), resource.DecimalSI)}
		if g.chance(50) {
			init.RestartPolicy = &always
		}
		pod.Spec.InitContainers = []corev1.Container{init}
	}
	g.constrain(&pod)
	return pod
}

// around is a number between a third of the mean and five thirds of it.
func (g *generator) around(mean int64) int64 {
	if mean < 3 {
		return 1
	}
	return mean/3 + int64(g.below(int(mean*4/3)))
}

// daemon is a pod for each node, as the DaemonSet controller pins it.
func (g *generator) daemon(nodes []corev1.Node, cpu, memory int64) []corev1.Pod {
	critical := g.chance(60)
	request := corev1.ResourceList{
		corev1.ResourceCPU:    *resource.NewMilliQuantity(g.around(cpu/2+1), resource.DecimalSI),
		corev1.ResourceMemory: *resource.NewQuantity(g.around(memory/2+1)<<20, resource.BinarySI),
	}
	var pods []corev1.Pod
	for i, n := range nodes {
		pod := corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("agent-%d", i), Namespace: "green", Labels: map[string]string{"app": "agent"}}}
		pod.Spec.Containers = []corev1.Container{{Name: "main", Image: "example.com/agent:1", Resources: corev1.ResourceRequirements{Requests: request.DeepCopy()}}}
		pod.Spec.Tolerations = []corev1.Toleration{{Operator: corev1.TolerationOpExists}}
		if critical {
			priority := int32(2000001000)
			pod.Spec.Priority = &priority
			pod.Spec.PriorityClassName = "system-node-critical"
		}
		pod.Spec.Affinity = &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{
			NodeSelectorTerms: []corev1.NodeSelectorTerm{{MatchFields: []corev1.NodeSelectorRequirement{{Key: "metadata.name", Operator: corev1.NodeSelectorOpIn, Values: []string{n.Name}}}}},
		}}}
		pods = append(pods, pod)
	}
	return pods
}
