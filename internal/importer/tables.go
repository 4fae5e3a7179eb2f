package importer

import (
	"regexp"
	"strings"
)

// rule says what becomes of labels or taints whose key begins with a prefix.
type rule struct {
	prefix string
	keep   bool
}

// labelRules are the labels of Kubernetes, distributions, clouds and operators.
// The longest prefix that fits decides; what no line speaks of is a person's,
// and stays. Of the platforms' own those stay that say which pool a node is of,
// or that people place by: spot machines, ServiceLB's nodes.
//
// Sources: kubernetes.io/docs/reference/labels-annotations-taints; K3s'
// networking-services and k3s pkg/agent; the node labels that GKE, EKS, AKS,
// Karpenter, kOps, DigitalOcean, Talos and node-feature-discovery document.
var labelRules = []rule{
	{"kubernetes.io/", false}, // hostname, arch, os
	{"beta.kubernetes.io/", false},
	{"node.kubernetes.io/", false}, // instance-type, exclude-from-external-load-balancers
	{"node-role.kubernetes.io/", true},
	{"node-role.kubernetes.io/control-plane", false}, // the role says so
	{"node-role.kubernetes.io/controlplane", false},
	{"node-role.kubernetes.io/master", false},
	{"node-role.kubernetes.io/etcd", false},
	{"topology.kubernetes.io/", false}, // zones say so
	{"failure-domain.beta.kubernetes.io/", false},
	{"topology.ebs.csi.aws.com/", false}, // the same once more, for storage drivers
	{"topology.gke.io/", false},
	{"topology.disk.csi.azure.com/", false},
	{"topology.k8s.aws/", false},
	{"topology.linode.com/", false},
	{"topology.hostpath.csi/", false},
	{"kubelet.kubernetes.io/", false},
	{"node-restriction.kubernetes.io/", true}, // made for people to place by
	{"feature.node.kubernetes.io/", false},
	{"nvidia.com/", false},
	{"nvidia.com/gpu.present", true},

	{"k3s.io/", false},
	{"p2p.k3s.cattle.io/", false},
	{"egress.k3s.io/", false},
	{"svccontroller.k3s.cattle.io/", true}, // where ServiceLB's pods may run
	{"etcd.k3s.cattle.io/", false},
	{"etcd.rke2.cattle.io/", false},
	{"rke.cattle.io/", false},
	{"cattle.io/", false},
	{"upgrade.cattle.io/", false},
	{"plan.upgrade.cattle.io/", false},
	{"node.longhorn.io/", false},
	{"longhorn.io/", false},
	{"microk8s.io/", false},
	{"node.kubernetes.io/microk8s", false},
	{"minikube.k8s.io/", false},
	{"extensions.talos.dev/", false},
	{"talos.dev/", false},
	{"node.openshift.io/", false},
	{"machineconfiguration.openshift.io/", false},
	{"machine.openshift.io/", false},
	{"cilium.io/", false},
	{"io.cilium.", false},
	{"projectcalico.org/", false},
	{"kops.k8s.io/", false},
	{"kops.k8s.io/instancegroup", true},
	{"cluster.x-k8s.io/", false},
	{"node.cluster.x-k8s.io/", false},

	{"cloud.google.com/", false},
	{"cloud.google.com/gke-nodepool", true},
	{"cloud.google.com/gke-spot", true},
	{"cloud.google.com/gke-preemptible", true},
	{"cloud.google.com/compute-class", true},
	{"iam.gke.io/", false},
	{"networking.gke.io/", false},
	{"container.googleapis.com/", false},

	{"eks.amazonaws.com/", false},
	{"eks.amazonaws.com/nodegroup", true},
	{"eks.amazonaws.com/nodegroup-", false}, // nodegroup-image
	{"eks.amazonaws.com/capacityType", true},
	{"alpha.eksctl.io/", false},
	{"alpha.eksctl.io/nodegroup-name", true},
	{"k8s.io/cloud-provider-aws", false},
	{"vpc.amazonaws.com/", false},
	{"karpenter.sh/", false},
	{"karpenter.sh/nodepool", true},
	{"karpenter.sh/provisioner-name", true},
	{"karpenter.sh/capacity-type", true},
	{"karpenter.k8s.aws/", false},
	{"karpenter.azure.com/", false},

	{"kubernetes.azure.com/", false},
	{"kubernetes.azure.com/agentpool", true},
	{"kubernetes.azure.com/scalesetpriority", true},
	{"kubernetes.azure.com/mode", true},
	{"agentpool", false}, // the old name of the same
	{"storageprofile", false},
	{"storagetier", false},

	{"doks.digitalocean.com/", false},
	{"doks.digitalocean.com/node-pool", true},
	{"doks.digitalocean.com/node-pool-", false},
	{"region", false},
	{"k8s.scaleway.com/", false},
	{"k8s.scaleway.com/pool-name", true},
	{"lke.linode.com/", false},
	{"lke.linode.com/pool-id", true},
	{"csi.hetzner.cloud/", false},
	{"instance.hetzner.cloud/", false},
	{"hcloud/", false},
	{"hcloud/node-group", true},
	{"oci.oraclecloud.com/", false},
	{"node.info/", false},
	{"ibm-cloud.kubernetes.io/", false},
	{"ibm-cloud.kubernetes.io/worker-pool-name", true},
	{"node.cloudprovider.kubernetes.io/", false},
}

// taintRules are the taints that come and go with a node's state, and so say
// nothing of its pool. What no line speaks of stays.
var taintRules = []rule{
	{"node.kubernetes.io/", false}, // not-ready, unreachable, memory-pressure, unschedulable …
	{"node.cloudprovider.kubernetes.io/", false},
	{"node.cluster.x-k8s.io/uninitialized", false},
	{"node.cilium.io/agent-not-ready", false},
	{"cni.istio.io/not-ready", false}, // istiod takes it away when the node agent runs
	{"ebs.csi.aws.com/agent-not-ready", false},
	{"efs.csi.aws.com/agent-not-ready", false},
	{"startup-taint.cluster-autoscaler.kubernetes.io/", false},
	{"ignore-taint.cluster-autoscaler.kubernetes.io/", false},
	{"ToBeDeletedByClusterAutoscaler", false},
	{"DeletionCandidateOfClusterAutoscaler", false},
	{"karpenter.sh/", false}, // disrupted, unregistered
	{"aws-node-termination-handler/", false},
	{"cloud.google.com/impending-node-termination", false},
	{"node.gke.io/", false},
	{"kured", false},
}

// keeps says whether a label stays.
func keeps(key string) bool { return decide(labelRules, key) }

// passes says whether a taint goes.
func passes(key string) bool { return !decide(taintRules, key) }

// decide returns what the longest prefix says; a prefix that does not end in a
// separator is a whole key.
func decide(rules []rule, key string) bool {
	keep, longest := true, -1
	for _, r := range rules {
		open := strings.HasSuffix(r.prefix, "/") || strings.HasSuffix(r.prefix, ".") || strings.HasSuffix(r.prefix, "-")
		if (key == r.prefix || open && strings.HasPrefix(key, r.prefix)) && len(r.prefix) > longest {
			keep, longest = r.keep, len(r.prefix)
		}
	}
	return keep
}

// poolLabels are the labels that name a node's pool, the surest first.
var poolLabels = []string{
	"cloud.google.com/gke-nodepool",
	"eks.amazonaws.com/nodegroup",
	"alpha.eksctl.io/nodegroup-name",
	"kubernetes.azure.com/agentpool",
	"karpenter.sh/nodepool",
	"karpenter.sh/provisioner-name",
	"kops.k8s.io/instancegroup",
	"doks.digitalocean.com/node-pool",
	"k8s.scaleway.com/pool-name",
	"lke.linode.com/pool-id",
	"hcloud/node-group",
	"ibm-cloud.kubernetes.io/worker-pool-name",
	"node-role",
	"node.kubernetes.io/role",
	"nodepool",
	"node-pool",
	"nodegroup",
	"node-group",
	"pool",
	"role",
}

// rolePrefix begins the labels that kubectl shows as a node's roles.
const rolePrefix = "node-role.kubernetes.io/"

// roleOf says whether a node runs the control plane, or its etcd.
func roleOf(labels map[string]string) string {
	for _, role := range []string{"control-plane", "controlplane", "master", "etcd"} {
		if _, ok := labels[rolePrefix+role]; ok {
			return "server"
		}
	}
	return "agent"
}

// platformOf tells the distribution by what it leaves on a node.
func platformOf(k kubeNode) string {
	info, labels := k.Status.NodeInfo, k.Metadata.Labels
	has := func(prefix string) bool {
		for key := range labels {
			if strings.HasPrefix(key, prefix) {
				return true
			}
		}
		return false
	}
	switch {
	case strings.Contains(info.KubeletVersion, "+k3s") && strings.HasPrefix(k.Metadata.Name, "k3d-"):
		return "k3d"
	case strings.Contains(info.KubeletVersion, "+k3s"):
		return "k3s"
	case strings.Contains(info.KubeletVersion, "+rke2"):
		return "rke2"
	case strings.Contains(info.KubeletVersion, "-gke."):
		return "gke"
	case strings.Contains(info.KubeletVersion, "-eks-"):
		return "eks"
	case has("kubernetes.azure.com/"):
		return "aks"
	case has("node.openshift.io/"):
		return "openshift"
	case strings.HasPrefix(info.OSImage, "Talos"):
		return "talos"
	case has("microk8s.io/"):
		return "microk8s"
	case has("minikube.k8s.io/"):
		return "minikube"
	case strings.HasPrefix(k.Spec.ProviderID, "kind://"):
		return "kind"
	}
	return "generic"
}

var (
	large   = regexp.MustCompile(`[-+.](16|64)k\b`)
	pi5     = regexp.MustCompile(`rpi-2712\b`)
	piOS    = regexp.MustCompile(`\+rpt-rpi-v8\b|-v8\+`)
	numbers = regexp.MustCompile(`^[0-9]{1,4}\.[0-9]{1,4}`)
)

// pages tells the size of a page and the bits of an address by the name of an
// arm64 kernel, 0 where it does not say. Raspberry Pi OS boots a kernel with
// pages of 16 KiB on a Pi 5 (bcm2712_defconfig), and one with addresses of 39
// bits on older ones (raspberrypi/linux issue 4375); 16 KiB pages go with 47
// bits (Linux, arch/arm64/Kconfig).
func pages(arch, kernel string) (pageSize, vaBits int) {
	switch m := large.FindStringSubmatch(kernel); {
	case arch != "arm64":
		return 0, 0
	case m != nil && m[1] == "64":
		return 64, 0
	case m != nil && strings.Contains(kernel, "-v8"), pi5.MatchString(kernel):
		return 16, 47
	case m != nil:
		return 16, 0
	case piOS.MatchString(kernel):
		return 0, 39
	}
	return 0, 0
}
