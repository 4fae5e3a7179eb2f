package kube

import (
	"context"
	_ "embed"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// stages are what kwok does with nodes and pods.
//
//go:embed stages.yaml
var stages []byte

// Node returns a node that is its whole capacity: CPU and memory as quantities,
// 110 pods.
func Node(name, cpu, memory string) *corev1.Node {
	all := corev1.ResourceList{
		corev1.ResourceCPU:    resource.MustParse(cpu),
		corev1.ResourceMemory: resource.MustParse(memory),
		corev1.ResourcePods:   resource.MustParse("110"),
	}
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{
			Name: name,
			Labels: map[string]string{
				corev1.LabelHostname: name, corev1.LabelOSStable: "linux", corev1.LabelArchStable: "amd64",
			},
		},
		Status: corev1.NodeStatus{
			Capacity:    all,
			Allocatable: all,
			NodeInfo: corev1.NodeSystemInfo{
				Architecture: "amd64", OperatingSystem: "linux",
				KernelVersion: "6.12.0", OSImage: "kwok", ContainerRuntimeVersion: "containerd://2.1.0",
			},
		},
	}
}

// AddNodes makes nodes, and waits until pods may be put onto them. Those that say
// no kubelet's version get that of the control plane, because istiod injects
// sidecars in the old way where it cannot tell.
func (c *Cluster) AddNodes(t testing.TB, nodes ...*corev1.Node) {
	t.Helper()
	ctx := context.Background()
	for _, n := range nodes {
		n := n.DeepCopy()
		if n.Status.NodeInfo.KubeletVersion == "" {
			n.Status.NodeInfo.KubeletVersion = "v" + Release(c.Minor)
		}
		if _, err := c.API.CoreV1().Nodes().Create(ctx, n, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	Eventually(t, 30*time.Second, "nodes to be ready", func() string {
		list, err := c.API.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
		if err != nil {
			return err.Error()
		}
		for _, n := range list.Items {
			for _, taint := range n.Spec.Taints {
				if taint.Key == corev1.TaintNodeNotReady {
					return n.Name + " is not ready"
				}
			}
		}
		return ""
	}, c.server)
}
