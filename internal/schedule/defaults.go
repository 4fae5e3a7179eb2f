package schedule

import (
	corev1 "k8s.io/api/core/v1"
)

// The priorities of the classes that every cluster has
// (pkg/apis/scheduling/types.go).
const (
	clusterCritical = 2000000000
	nodeCritical    = 2000001000
)

// priority is the one that admission would write.
func priority(spec *corev1.PodSpec) int32 {
	switch {
	case spec.Priority != nil:
		return *spec.Priority
	case spec.PriorityClassName == "system-cluster-critical":
		return clusterCritical
	case spec.PriorityClassName == "system-node-critical":
		return nodeCritical
	}
	return 0
}

// defaulted returns the spec with what the API server fills in and the scheduler
// reads (SetDefaults_Pod in pkg/apis/core/v1/defaults.go).
func defaulted(in *corev1.PodSpec) *corev1.PodSpec {
	spec := in.DeepCopy()
	for _, containers := range [][]corev1.Container{spec.InitContainers, spec.Containers} {
		for i := range containers {
			c := &containers[i]
			if len(c.Resources.Limits) > 0 && c.Resources.Requests == nil {
				c.Resources.Requests = corev1.ResourceList{}
			}
			for name, limit := range c.Resources.Limits {
				if _, ok := c.Resources.Requests[name]; !ok {
					c.Resources.Requests[name] = limit
				}
			}
			if spec.HostNetwork {
				for j := range c.Ports {
					if c.Ports[j].HostPort == 0 {
						c.Ports[j].HostPort = c.Ports[j].ContainerPort
					}
				}
			}
		}
	}
	if r := spec.Resources; r != nil && len(r.Limits) > 0 {
		if r.Requests == nil {
			r.Requests = corev1.ResourceList{}
		}
		for name, limit := range r.Limits {
			if _, ok := r.Requests[name]; !ok && !containersAsk(spec, name) {
				r.Requests[name] = limit
			}
		}
	}
	return spec
}

// containersAsk says whether a container requests the resource: then the pod's
// own request does not follow from the pod's limit.
func containersAsk(spec *corev1.PodSpec, name corev1.ResourceName) bool {
	for _, containers := range [][]corev1.Container{spec.InitContainers, spec.Containers} {
		for i := range containers {
			if _, ok := containers[i].Resources.Requests[name]; ok {
				return true
			}
		}
	}
	return false
}

// hostPorts are the ports of the node that the pod takes for as long as it runs
// (GetHostPorts in pkg/scheduler/util/utils.go).
func hostPorts(spec *corev1.PodSpec) []port {
	var ports []port
	add := func(c *corev1.Container) {
		for _, p := range c.Ports {
			if p.HostPort <= 0 {
				continue
			}
			taken := port{ip: p.HostIP, protocol: string(p.Protocol), number: p.HostPort}
			if taken.ip == "" {
				taken.ip = anyAddress
			}
			if taken.protocol == "" {
				taken.protocol = string(corev1.ProtocolTCP)
			}
			ports = append(ports, taken)
		}
	}
	for i := range spec.InitContainers {
		if p := spec.InitContainers[i].RestartPolicy; p != nil && *p == corev1.ContainerRestartPolicyAlways {
			add(&spec.InitContainers[i])
		}
	}
	for i := range spec.Containers {
		add(&spec.Containers[i])
	}
	return ports
}
