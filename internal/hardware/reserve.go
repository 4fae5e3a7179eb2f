package hardware

import (
	"slices"

	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

// Reserves returns what one node of a pool keeps from pods, line by line. What
// the pool states takes the table's place; an amount that it leaves open stays
// the table's.
func Reserves(c model.Cluster, pool model.Pool) []Reserve {
	table := platform(c, pool)
	stated := pool.Reserved
	if stated == nil || *stated == (intent.ResourceList{}) {
		return table
	}
	own := Reserve{What: "stated for the pool", Source: intent.Join("cluster.nodePools", pool.Name) + ".reserved"}
	own.Amount, _ = ParseAmount(*stated)
	lines := []Reserve{own}
	for _, line := range table {
		if stated.CPU != "" {
			line.CPU = 0
		}
		if stated.Memory != "" {
			line.Memory = 0
		}
		if !line.IsZero() {
			lines = append(lines, line)
		}
	}
	return lines
}

// platform returns the lines of the platform's own.
func platform(c model.Cluster, pool model.Pool) []Reserve {
	switch c.Platform {
	case "k3s", "k3d":
		return []Reserve{k3s(c, pool)}
	case "rke2":
		return []Reserve{rke2(pool)}
	case "gke":
		return []Reserve{gke(pool), eviction}
	case "eks":
		return []Reserve{eks(pool), eviction}
	case "aks":
		return []Reserve{aks(pool), eviction}
	case "openshift":
		return []Reserve{openshift(c, pool), eviction}
	case "talos":
		return []Reserve{talos(pool), eviction}
	case "microk8s":
		return []Reserve{microk8s, eviction}
	case "kind", "minikube":
		// Both set evictionHard without memory.available, and the kubelet then
		// has none: kind pkg/cluster/internal/kubeadm/config.go, minikube
		// pkg/minikube/bootstrapper/bsutil/ktmpl. They reserve nothing either.
		return nil
	}
	return []Reserve{eviction} // kubeadm reserves nothing else
}

// eviction is the kubelet's own hard eviction threshold. GKE, EKS, AKS and
// MicroK8s state the same 100Mi.
var eviction = Reserve{
	What:   "hard eviction, memory.available<100Mi",
	Amount: Amount{Memory: 100 * Mi},
	Source: "the kubelet's default, kubernetes.io node-pressure-eviction",
}

// k3sFigures are the 95th percentiles that K3s' documentation gives for K3s
// 1.26.5, by architecture: Intel 8375C and Raspberry Pi 4B. The page writes
// "1596 M" of what kubectl top showed, which counts in Mi; read as megabytes it
// would be 5 % less, so that this reading is the careful one.
//
// A server "with a workload" also runs pods; the figures of a "cluster with a
// single agent" are those of a server whose pods run elsewhere. They are for
// the datastore and the control plane only, so that the pods of K3s' packaged
// components come on top.
var k3sFigures = map[string]map[string]Amount{
	"amd64": {
		"workload sqlite": {60, 1596 * Mi},
		"workload etcd":   {60, 1606 * Mi},
		"server sqlite":   {50, 1428 * Mi},
		"server etcd":     {50, 1450 * Mi},
		"agent":           {30, 275 * Mi},
	},
	"arm64": {
		"workload sqlite": {300, 1588 * Mi},
		"workload etcd":   {300, 1613 * Mi},
		"server sqlite":   {250, 1215 * Mi},
		"server etcd":     {250, 1413 * Mi},
		"agent":           {100, 268 * Mi},
	},
}

const k3sSource = "K3s' resource profiling, 95th percentile (docs.k3s.io/reference/resource-profiling)"

// k3s is what K3s' own process uses: API server, scheduler, controllers,
// datastore, kubelet and containerd are one. Its kubelet has no threshold for
// memory (pkg/daemons/agent/agent_linux.go sets imagefs and nodefs alone) and
// reserves nothing, unless host/k3s/config.yaml is applied.
func k3s(c model.Cluster, pool model.Pool) Reserve {
	figures := k3sFigures[pool.Arch]
	if pool.Role != "server" {
		return Reserve{What: "K3s agent", Amount: figures["agent"], Source: k3sSource}
	}
	kind, what := "workload", "K3s server with a workload"
	if repels(pool) {
		kind, what = "server", "K3s server without a workload"
	}
	store := "sqlite" // Kine, which an external datastore needs too
	if c.Datastore == "etcd" {
		store = "etcd"
	}
	names := map[string]string{"sqlite": "SQLite", "etcd": "etcd", "external": "external datastore"}
	return Reserve{What: what + ", " + names[c.Datastore], Amount: figures[kind+" "+store], Source: k3sSource}
}

// repels says whether the pool's taints keep pods away that do not ask for it.
func repels(pool model.Pool) bool {
	return slices.ContainsFunc(pool.Taints, func(t intent.Taint) bool { return t.Effect != "PreferNoSchedule" })
}

// rke2 is what RKE2's supervisor, kubelet and containerd use. Its control plane
// runs in static pods, whose requests the scheduler counts (neighbours.go), so
// that only what a K3s agent has is left: the same engine. RKE2's own profiling
// cannot be the reserve: its 3590 MB of an idle agent and 4804 to 4977 MB of a
// server count the page cache of the service's cgroup, and RKE2 supports nodes
// of 4 GB.
func rke2(pool model.Pool) Reserve {
	figures := k3sFigures[pool.Arch]["agent"]
	what, cpu := "RKE2 agent", int64(50)
	if pool.Role == "server" {
		what, cpu = "RKE2 server, its static pods apart", 180
	}
	return Reserve{
		What: what, Amount: Amount{CPU: max(cpu, figures.CPU), Memory: figures.Memory},
		Source: "CPU: RKE2's resource profiling, 95th percentile (docs.rke2.io/reference/resource_profiling); memory: K3s' agent, the same engine (docs.k3s.io/reference/resource-profiling)",
	}
}

// talos is what Talos tells the kubelet where the machine's configuration says
// nothing about systemReserved: siderolabs/talos pkg/machinery/constants,
// KubeletSystemReservedCPU and KubeletSystemReservedMemory*, put into the
// kubelet's configuration by internal/app/machined/pkg/controllers/k8s, which
// leaves evictionHard to the kubelet.
func talos(pool model.Pool) Reserve {
	r := Reserve{
		What: "system-reserved of a worker", Amount: Amount{CPU: 50, Memory: 384 * Mi},
		Source: "Talos' kubelet defaults (siderolabs/talos pkg/machinery/constants)",
	}
	if pool.Role == "server" {
		r.What, r.Memory = "system-reserved of a control plane node", 512*Mi
	}
	return r
}

// microk8s is what MicroK8s' processes use. Its kubelet reserves nothing: its
// arguments (canonical/microk8s microk8s-resources/default-args/kubelet) have
// evictionHard with memory.available<100Mi and no reservation.
var microk8s = Reserve{
	What:   "MicroK8s' own processes",
	Amount: Amount{Memory: 540 * Mi},
	Source: "the least memory that MicroK8s runs in (microk8s.io/docs/getting-started)",
}

// autoSized is the first minor of Kubernetes whose OpenShift, 4.21, sizes what
// workers keep by itself.
const autoSized = 34

// openshift is the Machine Config Operator's default: 500m and 1Gi
// (templates/common/_base/files/kubelet-auto-node-sizing-enabled.yaml), and from
// OpenShift 4.21 on, for workers, what dynamic-system-reserved-calc.sh works out
// from the machine: 1Gi, and of the memory above 8Gi 6 %, above 128Gi 2 %, in whole
// Gi; 60m and 12m for each core after the first, at least 500m
// (kubelet-auto-sizing.yaml there; openshift/machine-config-operator#5491). A
// cluster that was upgraded from 4.20 keeps the fixed amounts, which are never
// more.
func openshift(c model.Cluster, pool model.Pool) Reserve {
	r := Reserve{
		What:   "system-reserved",
		Amount: Amount{CPU: 500, Memory: Gi},
		Source: "OpenShift's default (openshift/machine-config-operator templates/common/_base/files)",
	}
	if pool.Role == "server" || c.Kubernetes < autoSized {
		return r
	}
	size := Capacity(pool)
	r.What = "system-reserved, sized by the machine"
	r.CPU = max(r.CPU, 60+12*(size.CPU/1000-1))
	// The script reads the size in whole Gi, and rounds what it keeps to the next.
	// It starts the last part 112Gi after the second, not 120, so that the two
	// overlap between 128Gi and 136Gi.
	whole := size.Memory / Gi
	rest := max(whole-8, 0)
	hundredths := 100 + 6*min(rest, 120)
	if rest > 120 {
		hundredths = 100 + 672 + 2*(rest-112)
	}
	r.Memory = (hundredths + 50) / 100 * Gi
	return r
}

// gke follows cloud.google.com/kubernetes-engine/docs/concepts/plan-node-sizes.
func gke(pool model.Pool) Reserve {
	size := Capacity(pool)
	memory := tiers(size.Memory, []tier{{4 * Gi, 2500}, {4 * Gi, 2000}, {8 * Gi, 1000}, {112 * Gi, 600}, {0, 200}})
	if size.Memory < Gi {
		memory = 255 * Mi
	}
	cpu := cloudCPU(size.CPU)
	if pool.MaxPods > 110 {
		cpu += 400
	}
	return Reserve{
		What: "kube-reserved", Amount: Amount{CPU: cpu, Memory: memory},
		Source: "GKE's formula (cloud.google.com/kubernetes-engine/docs/concepts/plan-node-sizes)",
	}
}

// eks is 255Mi and 11Mi a pod: awslabs/amazon-eks-ami nodeadm/internal/kubelet,
// GetMemoryMebibytesToReserve in maxpods and getCPUMillicoresToReserve in
// config.go. The number of pods follows from the instance type there; the pool's
// maxPods states it. Nothing is system-reserved.
func eks(pool model.Pool) Reserve {
	return Reserve{
		What:   "kube-reserved",
		Amount: Amount{CPU: cloudCPU(Capacity(pool).CPU), Memory: (255 + 11*int64(pool.MaxPods)) * Mi},
		Source: "the EKS node image's formula, by maxPods (awslabs/amazon-eks-ami nodeadm/internal/kubelet)",
	}
}

// aks is 20 MB a pod and 50 MB, at most a quarter of the memory, from AKS 1.29:
// learn.microsoft.com/azure/aks/node-resource-reservations. The page counts in
// MB; Mi is the careful reading. Its table of CPU goes from 1 core to 64.
func aks(pool model.Pool) Reserve {
	size := Capacity(pool)
	return Reserve{
		What: "kube-reserved",
		Amount: Amount{
			CPU:    tiers(size.CPU, []tier{{1000, 600}, {1000, 400}, {2000, 200}, {0, 100}}),
			Memory: min((50+20*int64(pool.MaxPods))*Mi, size.Memory/4),
		},
		Source: "AKS' rule, by maxPods (learn.microsoft.com/azure/aks/node-resource-reservations)",
	}
}

// cloudCPU is the share of a node's CPU, in millicores, that GKE and EKS both
// keep: 6 % of the first core, 1 % of the second, 0.5 % of the next two, 0.25 %
// of the others.
func cloudCPU(milli int64) int64 {
	return tiers(milli, []tier{{1000, 600}, {1000, 100}, {2000, 50}, {0, 25}})
}

// tier is a part of an amount and the share that is kept of it, in ten
// thousandths. A size of zero means all of the rest.
type tier struct{ size, share int64 }

// tiers adds up what is kept, rounded up.
func tiers(amount int64, list []tier) int64 {
	var kept int64
	for _, t := range list {
		part := amount
		if t.size > 0 {
			part = min(part, t.size)
		}
		kept += part * t.share
		amount -= part
	}
	return (kept + 9999) / 10000
}
