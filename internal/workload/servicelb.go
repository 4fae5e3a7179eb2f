package workload

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/meshgen/meshgen/internal/hardware"
	"github.com/meshgen/meshgen/internal/object"
)

// PoolLabel is the label of nodes and of a Service by which K3s' ServiceLB gives
// the Service some of the nodes: k3s pkg/cloudprovider/servicelb.go.
const PoolLabel = "svccontroller.k3s.cattle.io/lbpool"

// What else that file reads.
const (
	enableLabel        = "svccontroller.k3s.cattle.io/enablelb"
	priorityAnnotation = "svccontroller.k3s.cattle.io/priorityclassname"
)

// service adds the DaemonSet that K3s makes for a Service of type LoadBalancer:
// a pod on each node that takes the Service's ports as ports of the node. A
// Service with a class of load balancer is left to that (k8s.io/cloud-provider
// controllers/service, wantsLoadBalancer).
func (c *cluster) service(o object.Object, nodes []hardware.Node) {
	if c.mesh.Cluster.LoadBalancer != "servicelb" {
		return
	}
	var svc corev1.Service
	if o.Group() != "" || !c.decode(o, &svc) {
		return
	}
	if svc.Spec.Type != corev1.ServiceTypeLoadBalancer || svc.Spec.LoadBalancerClass != nil {
		return
	}
	if svc.Namespace == "" {
		svc.Namespace = "default"
	}
	_, path := c.role(o.Origin)
	c.balance(svc, path, o, nodes)
}

// balance adds the DaemonSet of a Service: newDaemonSet in servicelb.go. Its
// pods ask for nothing but the ports, tolerate the taints of the control plane,
// and push others off a node. As soon as a node has the label enablelb, only
// nodes with the label's value true are used, and of these a Service's pool.
func (c *cluster) balance(svc corev1.Service, path string, o object.Object, nodes []hardware.Node) {
	pod := corev1.PodSpec{
		PriorityClassName: "system-node-critical",
		Tolerations: []corev1.Toleration{
			{Key: "node-role.kubernetes.io/master", Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoSchedule},
			{Key: "node-role.kubernetes.io/control-plane", Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoSchedule},
			{Key: "CriticalAddonsOnly", Operator: corev1.TolerationOpExists},
		},
	}
	if class := svc.Annotations[priorityAnnotation]; class != "" {
		pod.PriorityClassName = class
	}
	for _, p := range svc.Spec.Ports {
		protocol := p.Protocol
		if protocol == "" {
			protocol = corev1.ProtocolTCP
		}
		pod.Containers = append(pod.Containers, corev1.Container{
			Name:  fmt.Sprintf("lb-%s-%d", protocolNames[protocol], p.Port),
			Ports: []corev1.ContainerPort{{ContainerPort: p.Port, HostPort: p.Port, Protocol: protocol}},
		})
	}
	if slices.ContainsFunc(nodes, func(n hardware.Node) bool { _, ok := n.Labels[enableLabel]; return ok }) {
		pod.NodeSelector = map[string]string{enableLabel: "true"}
		if pool := svc.Labels[PoolLabel]; pool != "" {
			pod.NodeSelector[PoolLabel] = pool
		}
	}
	app := "svclb-" + svc.Name
	var serves object.ID
	if o.Value != nil {
		serves = o.ID()
		serves.Namespace = svc.Namespace
	}
	c.add(Workload{
		Serves: serves,
		Kind:   "DaemonSet", Namespace: "kube-system", Name: app, Role: ServiceLB, Path: path, PerNode: true,
		Update: daemonRolling, Pod: &pod, Origin: o.Origin, Source: "K3s' ServiceLB (k3s-io/k3s pkg/cloudprovider/servicelb.go)",
		labels: map[string]string{
			"app":                                 app,
			"svccontroller.k3s.cattle.io/svcname": svc.Name,
			"svccontroller.k3s.cattle.io/svcnamespace": svc.Namespace,
		},
	}, o)
}

var protocolNames = map[corev1.Protocol]string{corev1.ProtocolTCP: "tcp", corev1.ProtocolUDP: "udp", corev1.ProtocolSCTP: "sctp"}

// traefik adds the pods of the Service that K3s' Traefik has, ports 80 and 443,
// where the cluster keeps Traefik (k3s manifests/traefik.yaml).
func (c *cluster) traefik(nodes []hardware.Node) {
	k := c.mesh.Cluster
	if k.Platform != "k3s" && k.Platform != "k3d" || k.LoadBalancer != "servicelb" || slices.Contains(k.Disabled, "traefik") {
		return
	}
	var svc corev1.Service
	svc.Name, svc.Namespace = "traefik", "kube-system"
	svc.Spec.Ports = []corev1.ServicePort{{Port: 80}, {Port: 443}}
	c.balance(svc, "", object.Object{}, nodes)
}
