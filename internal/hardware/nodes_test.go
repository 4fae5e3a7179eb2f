package hardware

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

func TestNodes(t *testing.T) {
	server := pool("server", "arm64", "4", "8Gi", 60)
	server.Name, server.VABits, server.PageSize = "pi", 39, 16
	server.Kernel.Version, server.Kernel.Missing = "6.6", []string{"xt_owner"}
	agent := pool("agent", "amd64", "4", "16Gi", 110)
	agent.Name, agent.Count, agent.Zones = "worker", 3, []string{"a", "b"}
	agent.Labels = map[string]string{"node-role": "apps", "kubernetes.io/arch": "odd"}
	agent.Taints = []intent.Taint{{Key: "dedicated", Value: "apps", Effect: "NoSchedule"}}
	taint := []corev1.Taint{{Key: "dedicated", Value: "apps", Effect: corev1.TaintEffectNoSchedule}}
	want := []Node{
		{
			Name: "pi-1", Pool: "pi", Role: "server", Arch: "arm64", PageSize: 16, VABits: 39, MaxPods: 60,
			KernelVersion: "6.6", KernelMissing: []string{"xt_owner"},
			Labels: map[string]string{
				"kubernetes.io/hostname": "pi-1", "kubernetes.io/arch": "arm64", "kubernetes.io/os": "linux",
				"beta.kubernetes.io/arch": "arm64", "beta.kubernetes.io/os": "linux",
				"node-role.kubernetes.io/control-plane": "true", "node-role.kubernetes.io/etcd": "true",
			},
			Capacity: Amount{4000, 8 * Gi}, Allocatable: Amount{3700, 8*Gi - 1613*Mi},
			Reserved: []Reserve{{"K3s server with a workload, etcd", Amount{300, 1613 * Mi}, k3sSource}},
		},
	}
	for i, zone := range []string{"a", "b", "a"} {
		name := []string{"worker-1", "worker-2", "worker-3"}[i]
		want = append(want, Node{
			Name: name, Pool: "worker", Role: "agent", Zone: zone, Arch: "amd64", PageSize: 4, VABits: 48, MaxPods: 110, Taints: taint,
			Labels: map[string]string{
				"kubernetes.io/hostname": name, "kubernetes.io/arch": "amd64", "kubernetes.io/os": "linux",
				"beta.kubernetes.io/arch": "amd64", "beta.kubernetes.io/os": "linux",
				"topology.kubernetes.io/zone": zone, "node-role": "apps",
			},
			Capacity: Amount{4000, 16 * Gi}, Allocatable: Amount{3970, 16*Gi - 275*Mi},
			Reserved: []Reserve{{"K3s agent", Amount{30, 275 * Mi}, k3sSource}},
		})
	}
	got := Nodes(model.Cluster{Platform: "k3s", Datastore: "etcd", Pools: []model.Pool{server, agent}})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestTooSmall: a node with less than its platform takes has nothing to give.
func TestTooSmall(t *testing.T) {
	n := Nodes(model.Cluster{Platform: "k3s", Datastore: "sqlite", Pools: []model.Pool{pool("server", "amd64", "0.05", "1Gi", 110)}})[0]
	if n.Allocatable != (Amount{}) {
		t.Errorf("%s are left", n.Allocatable)
	}
}

// TestControlPlane: who keeps pods off the nodes of the control plane, and how
// these are labelled.
func TestControlPlane(t *testing.T) {
	servers, agents := pool("server", "amd64", "4", "8Gi", 110), pool("agent", "amd64", "4", "8Gi", 110)
	for _, test := range []struct {
		platform string
		pools    []model.Pool
		tainted  bool
		label    string
	}{
		{"generic", []model.Pool{servers, agents}, true, ""},
		{"generic", []model.Pool{servers}, false, ""},
		{"kind", []model.Pool{servers, agents}, true, ""},
		{"kind", []model.Pool{servers}, false, ""},
		{"talos", []model.Pool{servers, agents}, true, ""},
		{"openshift", []model.Pool{servers, agents}, true, ""},
		{"minikube", []model.Pool{servers, agents}, false, ""},
		{"k3s", []model.Pool{servers, agents}, false, "true"},
		{"rke2", []model.Pool{servers, agents}, false, "true"},
	} {
		n := Nodes(model.Cluster{Platform: test.platform, Datastore: "etcd", Pools: test.pools})[0]
		var want []corev1.Taint
		if test.tainted {
			want = []corev1.Taint{{Key: controlPlaneLabel, Effect: corev1.TaintEffectNoSchedule}}
		}
		if diff := cmp.Diff(want, n.Taints); diff != "" {
			t.Errorf("%s with %d pools: -want +got:\n%s", test.platform, len(test.pools), diff)
		}
		if label, ok := n.Labels[controlPlaneLabel]; !ok || label != test.label {
			t.Errorf("%s: the label is %q, %t", test.platform, label, ok)
		}
	}
	own := servers
	own.Taints = []intent.Taint{{Key: controlPlaneLabel, Effect: "NoExecute"}}
	if n := Nodes(model.Cluster{Platform: "generic", Pools: []model.Pool{own, agents}})[0]; len(n.Taints) != 1 {
		t.Errorf("a taint that is stated is not doubled: %v", n.Taints)
	}
}

func TestNeighbours(t *testing.T) {
	names := func(c model.Cluster) []string {
		var list []string
		for _, n := range Neighbours(c) {
			list = append(list, n.Kind+" "+n.Name)
		}
		return list
	}
	servers, agents := pool("server", "amd64", "4", "8Gi", 110), pool("agent", "amd64", "4", "8Gi", 110)
	for _, test := range []struct {
		name    string
		cluster model.Cluster
		want    []string
	}{
		{"K3s as it comes", model.Cluster{Platform: "k3s", CNI: intent.CNI{Provider: "flannel"}, Pools: []model.Pool{servers}},
			[]string{"Deployment coredns", "Deployment local-path-provisioner", "Deployment metrics-server", "Deployment traefik"}},
		{"K3s without what is switched off", model.Cluster{Platform: "k3s", CNI: intent.CNI{Provider: "cilium", KubeProxyReplacement: true}, Disabled: []string{"coredns", "local-storage", "metrics-server", "servicelb", "traefik"}, Pools: []model.Pool{servers}},
			[]string{"DaemonSet cilium", "DaemonSet cilium-envoy"}},
		{"kubeadm with servers", model.Cluster{Platform: "generic", Datastore: "etcd", CNI: intent.CNI{Provider: "other"}, Pools: []model.Pool{servers, agents}},
			[]string{"StaticPod kube-apiserver", "StaticPod kube-controller-manager", "StaticPod kube-scheduler", "StaticPod etcd", "DaemonSet kube-proxy", "Deployment coredns"}},
		{"whose etcd is elsewhere", model.Cluster{Platform: "generic", Datastore: "external", CNI: intent.CNI{Provider: "flannel", KubeProxyReplacement: true}, Pools: []model.Pool{servers}},
			[]string{"StaticPod kube-apiserver", "StaticPod kube-controller-manager", "StaticPod kube-scheduler", "DaemonSet kube-flannel-ds", "Deployment coredns"}},
		{"whose control plane is not declared", model.Cluster{Platform: "generic", CNI: intent.CNI{Provider: "calico"}, Pools: []model.Pool{agents}},
			[]string{"DaemonSet kube-proxy", "DaemonSet calico-node", "Deployment calico-kube-controllers", "Deployment coredns"}},
		{"kind", model.Cluster{Platform: "kind", Datastore: "etcd", CNI: intent.CNI{Provider: "kindnet"}, Pools: []model.Pool{servers}},
			[]string{"StaticPod kube-apiserver", "StaticPod kube-controller-manager", "StaticPod kube-scheduler", "StaticPod etcd", "DaemonSet kube-proxy", "DaemonSet kindnet", "Deployment coredns", "Deployment local-path-provisioner"}},
		{"RKE2 without its ingress", model.Cluster{Platform: "rke2", Datastore: "etcd", CNI: intent.CNI{Provider: "canal"}, Disabled: []string{"rke2-ingress-nginx"}, Pools: []model.Pool{servers}},
			[]string{"StaticPod kube-apiserver", "StaticPod kube-controller-manager", "StaticPod kube-scheduler", "StaticPod cloud-controller-manager", "StaticPod etcd", "DaemonSet kube-proxy", "DaemonSet canal", "Deployment rke2-coredns", "Deployment rke2-metrics-server"}},
		{"EKS", model.Cluster{Platform: "eks", CNI: intent.CNI{Provider: "other"}, Pools: []model.Pool{agents}},
			[]string{"DaemonSet kube-proxy", "DaemonSet aws-node", "Deployment coredns"}},
	} {
		if diff := cmp.Diff(test.want, names(test.cluster)); diff != "" {
			t.Errorf("%s: -want +got:\n%s", test.name, diff)
		}
	}
}

// TestMicroK8sLabels: its kubelet says which nodes run the control plane.
func TestMicroK8sLabels(t *testing.T) {
	for role, want := range map[string]string{"server": "microk8s-controlplane", "agent": "microk8s-worker"} {
		n := Nodes(model.Cluster{Platform: "microk8s", Pools: []model.Pool{pool(role, "amd64", "4", "8Gi", 110)}})[0]
		if n.Labels["microk8s.io/cluster"] != "true" || n.Labels["node.kubernetes.io/"+want] != want {
			t.Errorf("%s: %v", role, n.Labels)
		}
	}
}

// TestNames: a pool of one node may say the node's name by its label, unless two
// would be called the same.
func TestNames(t *testing.T) {
	named := func(name string, count int, host string) model.Pool {
		p := pool("agent", "amd64", "4", "8Gi", 110)
		p.Name, p.Count, p.Labels = name, count, map[string]string{"kubernetes.io/hostname": host}
		return p
	}
	plain := pool("agent", "amd64", "4", "8Gi", 110)
	plain.Name, plain.Count = "pi", 2
	var got []string
	for _, n := range Nodes(model.Cluster{Platform: "k3s", Pools: []model.Pool{
		named("nas", 1, "attic"), plain, named("two", 2, "cellar"), named("a", 1, "same"), named("b", 1, "same"), named("c", 1, "pi-2"),
	}}) {
		got = append(got, n.Name)
	}
	want := []string{"attic", "pi-1", "pi-2", "two-1", "two-2", "a-1", "b-1", "c-1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
