package hardware

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

// pool is a pool of one node with the schema's defaults.
func pool(role, arch, cpu, memory string, maxPods int) model.Pool {
	return model.Pool{Name: "p", NodePool: intent.NodePool{Count: 1, Role: role, CPU: cpu, Memory: memory, Arch: arch, PageSize: 4, VABits: 48, MaxPods: maxPods}}
}

func withTaint(p model.Pool, effect string) model.Pool {
	p.Taints = []intent.Taint{{Key: "k", Effect: effect}}
	return p
}

// TestReserves: the figures are those of the pages that the table names; where a
// page has an example, the example is the case.
func TestReserves(t *testing.T) {
	for _, test := range []struct {
		name                string
		platform, datastore string
		pool                model.Pool
		want                string // what, CPU and memory, a line each
	}{
		{"K3s' row: server with a workload, Kine", "k3s", "sqlite", pool("server", "amd64", "2", "4Gi", 110), "K3s server with a workload, SQLite: 60m CPU and 1596Mi"},
		{"the same with etcd", "k3s", "etcd", pool("server", "amd64", "2", "4Gi", 110), "K3s server with a workload, etcd: 60m CPU and 1606Mi"},
		{"on a Pi", "k3s", "sqlite", pool("server", "arm64", "4", "4Gi", 110), "K3s server with a workload, SQLite: 300m CPU and 1588Mi"},
		{"on a Pi with etcd", "k3s", "etcd", pool("server", "arm64", "4", "4Gi", 110), "K3s server with a workload, etcd: 300m CPU and 1613Mi"},
		{"Kine stands before an external datastore", "k3s", "external", pool("server", "amd64", "2", "4Gi", 110), "K3s server with a workload, external datastore: 60m CPU and 1596Mi"},
		{"a server without workload", "k3s", "sqlite", withTaint(pool("server", "amd64", "2", "4Gi", 110), "NoSchedule"), "K3s server without a workload, SQLite: 50m CPU and 1428Mi"},
		{"NoExecute keeps pods away too", "k3s", "etcd", withTaint(pool("server", "amd64", "2", "4Gi", 110), "NoExecute"), "K3s server without a workload, etcd: 50m CPU and 1450Mi"},
		{"a taint that only prefers does not", "k3s", "sqlite", withTaint(pool("server", "amd64", "2", "4Gi", 110), "PreferNoSchedule"), "K3s server with a workload, SQLite: 60m CPU and 1596Mi"},
		{"a Pi without workload", "k3s", "etcd", withTaint(pool("server", "arm64", "4", "8Gi", 110), "NoSchedule"), "K3s server without a workload, etcd: 250m CPU and 1413Mi"},
		{"an agent", "k3s", "etcd", pool("agent", "amd64", "2", "4Gi", 110), "K3s agent: 30m CPU and 275Mi"},
		{"an agent on a Pi", "k3d", "sqlite", pool("agent", "arm64", "4", "4Gi", 110), "K3s agent: 100m CPU and 268Mi"},
		{"RKE2's server", "rke2", "etcd", pool("server", "amd64", "4", "8Gi", 110), "RKE2 server, its static pods apart: 180m CPU and 275Mi"},
		{"RKE2's agent", "rke2", "etcd", pool("agent", "amd64", "4", "8Gi", 110), "RKE2 agent: 50m CPU and 275Mi"},
		{"kubeadm", "generic", "etcd", pool("agent", "amd64", "4", "16Gi", 110), "hard eviction, memory.available<100Mi: 0 CPU and 100Mi"},
		{"kind", "kind", "etcd", pool("server", "amd64", "4", "8Gi", 110), ""},
		{"Talos' control plane", "talos", "etcd", pool("server", "amd64", "4", "8Gi", 110), "system-reserved of a control plane node: 50m CPU and 512Mi\nhard eviction, memory.available<100Mi: 0 CPU and 100Mi"},
		{"Talos' worker", "talos", "etcd", pool("agent", "amd64", "4", "8Gi", 110), "system-reserved of a worker: 50m CPU and 384Mi\nhard eviction, memory.available<100Mi: 0 CPU and 100Mi"},
		// The cluster of these cases states Kubernetes 1.35, OpenShift 4.22.
		{"OpenShift's workers up to 8Gi", "openshift", "etcd", pool("agent", "amd64", "4", "8Gi", 250), "system-reserved, sized by the machine: 500m CPU and 1Gi\nhard eviction, memory.available<100Mi: 0 CPU and 100Mi"},
		// 1 + 0.06 * 56 is 4.36; 60 + 12 * 63 is 816.
		{"OpenShift's larger workers", "openshift", "etcd", pool("agent", "amd64", "64", "64Gi", 250), "system-reserved, sized by the machine: 816m CPU and 4Gi\nhard eviction, memory.available<100Mi: 0 CPU and 100Mi"},
		// 1 + 6.72 + 0.02 * (256 - 8 - 112) is 10.44.
		{"OpenShift's largest", "openshift", "etcd", pool("agent", "amd64", "16", "256Gi", 250), "system-reserved, sized by the machine: 500m CPU and 10Gi\nhard eviction, memory.available<100Mi: 0 CPU and 100Mi"},
		{"OpenShift's control plane", "openshift", "etcd", pool("server", "amd64", "64", "64Gi", 250), "system-reserved: 500m CPU and 1Gi\nhard eviction, memory.available<100Mi: 0 CPU and 100Mi"},
		{"OpenShift's workers of 16Gi", "openshift", "etcd", pool("agent", "amd64", "4", "16Gi", 250), "system-reserved, sized by the machine: 500m CPU and 1Gi\nhard eviction, memory.available<100Mi: 0 CPU and 100Mi"},
		{"MicroK8s", "microk8s", "etcd", pool("server", "amd64", "4", "8Gi", 110), "MicroK8s' own processes: 0 CPU and 540Mi\nhard eviction, memory.available<100Mi: 0 CPU and 100Mi"},
		// 1 + 0.8 + 0.8 + 6.72 + 0.44 GiB of 150, which with the eviction is 9.8577.
		{"GKE's calculator", "gke", "etcd", pool("agent", "amd64", "4", "150Gi", 110), "kube-reserved: 80m CPU and 9994Mi\nhard eviction, memory.available<100Mi: 0 CPU and 100Mi"},
		{"GKE's small nodes", "gke", "etcd", pool("agent", "amd64", "1", "600Mi", 110), "kube-reserved: 60m CPU and 255Mi\nhard eviction, memory.available<100Mi: 0 CPU and 100Mi"},
		{"GKE with many pods", "gke", "etcd", pool("agent", "amd64", "2", "4Gi", 200), "kube-reserved: 470m CPU and 1Gi\nhard eviction, memory.available<100Mi: 0 CPU and 100Mi"},
		// m5.large: 2 vCPU and 29 pods give 70m and 574Mi.
		{"EKS' m5.large", "eks", "etcd", pool("agent", "amd64", "2", "8Gi", 29), "kube-reserved: 70m CPU and 574Mi\nhard eviction, memory.available<100Mi: 0 CPU and 100Mi"},
		{"AKS with 30 pods", "aks", "etcd", pool("agent", "amd64", "2", "8Gi", 30), "kube-reserved: 100m CPU and 650Mi\nhard eviction, memory.available<100Mi: 0 CPU and 100Mi"},
		{"AKS with a quarter of 4 GB", "aks", "etcd", pool("agent", "amd64", "4", "4Gi", 70), "kube-reserved: 140m CPU and 1Gi\nhard eviction, memory.available<100Mi: 0 CPU and 100Mi"},
		{"AKS with 64 cores", "aks", "etcd", pool("agent", "amd64", "64", "256Gi", 30), "kube-reserved: 740m CPU and 650Mi\nhard eviction, memory.available<100Mi: 0 CPU and 100Mi"},
	} {
		var lines []string
		for _, r := range Reserves(model.Cluster{Platform: test.platform, Datastore: test.datastore, Kubernetes: 35}, test.pool) {
			lines = append(lines, fmt.Sprintf("%s: %s", r.What, r.Amount))
			if r.Source == "" {
				t.Errorf("%s: %s has no source", test.name, r.What)
			}
		}
		if diff := cmp.Diff(test.want, strings.Join(lines, "\n")); diff != "" {
			t.Errorf("%s: -want +got:\n%s", test.name, diff)
		}
	}
}

// TestOpenShiftBeforeAutoSizing: before 4.21, Kubernetes 1.34, workers keep the
// fixed amounts too.
func TestOpenShiftBeforeAutoSizing(t *testing.T) {
	got := Sum(Reserves(model.Cluster{Platform: "openshift", Kubernetes: 33}, pool("agent", "amd64", "64", "256Gi", 250)))
	if want := (Amount{500, Gi + 100*Mi}); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestStatedReserves: what a pool states takes the table's place, each amount for itself.
func TestStatedReserves(t *testing.T) {
	cluster := model.Cluster{Platform: "talos", Datastore: "etcd"}
	source := "Talos' kubelet defaults (siderolabs/talos pkg/machinery/constants)"
	for _, test := range []struct {
		stated intent.ResourceList
		want   []Reserve
	}{
		{intent.ResourceList{CPU: "200m", Memory: "1Gi"}, []Reserve{{"stated for the pool", Amount{200, Gi}, "cluster.nodePools.p.reserved"}}},
		{intent.ResourceList{CPU: "0", Memory: "0"}, []Reserve{{"stated for the pool", Amount{}, "cluster.nodePools.p.reserved"}}},
		{intent.ResourceList{Memory: "1Gi"}, []Reserve{
			{"stated for the pool", Amount{0, Gi}, "cluster.nodePools.p.reserved"}, {"system-reserved of a worker", Amount{50, 0}, source}}},
		{intent.ResourceList{CPU: "1"}, []Reserve{
			{"stated for the pool", Amount{1000, 0}, "cluster.nodePools.p.reserved"}, {"system-reserved of a worker", Amount{0, 384 * Mi}, source}, eviction}},
		{intent.ResourceList{}, []Reserve{{"system-reserved of a worker", Amount{50, 384 * Mi}, source}, eviction}},
	} {
		p := pool("agent", "amd64", "4", "8Gi", 110)
		p.Reserved = &test.stated
		if diff := cmp.Diff(test.want, Reserves(cluster, p)); diff != "" {
			t.Errorf("%+v: -want +got:\n%s", test.stated, diff)
		}
	}
}

// TestEveryPlatform: each platform of the schema has lines with sources, and
// what is reserved of an ordinary node is never all of it.
func TestEveryPlatform(t *testing.T) {
	for _, platform := range []string{"k3s", "k3d", "rke2", "kind", "minikube", "microk8s", "talos", "gke", "eks", "aks", "openshift", "generic"} {
		for _, role := range []string{"server", "agent"} {
			for _, arch := range []string{"amd64", "arm64"} {
				for _, store := range []string{"sqlite", "etcd", "external"} {
					c := model.Cluster{Platform: platform, Datastore: store, Pools: []model.Pool{pool(role, arch, "2", "4Gi", 110)}}
					n := Nodes(c)[0]
					if n.Allocatable.Memory < Gi || n.Allocatable.CPU < 1000 {
						t.Errorf("%s %s %s %s: %s are left", platform, role, arch, store, n.Allocatable)
					}
					if got := n.Capacity.Sub(Sum(n.Reserved)); got != n.Allocatable {
						t.Errorf("%s %s: the lines leave %s, allocatable is %s", platform, role, got, n.Allocatable)
					}
					for _, neighbour := range Neighbours(c) {
						if neighbour.Source == "" || neighbour.Name == "" || len(neighbour.Template.Spec.Containers) == 0 {
							t.Errorf("%s: %+v", platform, neighbour)
						}
					}
				}
			}
		}
	}
}
