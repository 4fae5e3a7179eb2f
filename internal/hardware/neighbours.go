package hardware

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/meshgen/meshgen/internal/model"
)

// Neighbour is a set of pods that the platform runs itself, beside the mesh.
type Neighbour struct {
	// Kind is Deployment, DaemonSet, or StaticPod: the kubelet runs a static
	// pod on each server, whatever the scheduler thinks, which then counts it.
	Kind string

	Namespace string
	Name      string
	Replicas  int // of a Deployment
	Template  corev1.PodTemplateSpec
	Source    string
}

// Neighbours returns the pods that a cluster's platform runs by itself and that
// the scheduler counts, without what the cluster switches off. What a platform
// runs without requests is there for the place that it takes of a node's number
// of pods. Clouds run more than is written down anywhere; where nothing is
// published, nothing is here, and a pool's reserved can state it.
func Neighbours(c model.Cluster) []Neighbour {
	var list []Neighbour
	for _, n := range slices.Concat(controlPlane(c), network(c), addons(c)) {
		if !slices.Contains(c.Disabled, disabledBy[n.Name]) {
			list = append(list, n)
		}
	}
	return list
}

// disabledBy names the packaged component that a neighbour belongs to, where
// its own name is another.
var disabledBy = map[string]string{
	"traefik": "traefik", "metrics-server": "metrics-server", "coredns": "coredns",
	"local-path-provisioner":  "local-storage",
	"rke2-metrics-server":     "metrics-server",
	"rke2-coredns":            "coredns",
	"rke2-ingress-nginx":      "rke2-ingress-nginx",
	"rke2-coredns-autoscaler": "coredns",
}

// Priority classes that Kubernetes makes:
// https://kubernetes.io/docs/tasks/administer-cluster/guaranteed-scheduling-critical-addon-pods/.
const (
	nodeCritical    = "system-node-critical"
	clusterCritical = "system-cluster-critical"
)

// Sources of the tables below.
const (
	kubeadmSource = "kubeadm 1.36 (cmd/kubeadm/app/phases)"
	k3sManifests  = "K3s' packaged components (k3s-io/k3s manifests)"
	rke2Source    = "RKE2 (rancher/rke2 pkg/podtemplate, rancher/rke2-charts)"
	talosSource   = "Talos (siderolabs/talos internal/app/machined/pkg/controllers/k8s)"
	eksSource     = "EKS add-ons (aws/amazon-vpc-cni-k8s, docs.aws.amazon.com/eks)"
	calicoSource  = "Calico (projectcalico/calico charts/calico, from which manifests/calico.yaml and canal.yaml are made)"
	aksSource     = "AKS, as kubectl describe node shows it"
)

// controlPlane returns the control plane, where it runs in pods of its own.
func controlPlane(c model.Cluster) []Neighbour {
	if !slices.ContainsFunc(c.Pools, func(p model.Pool) bool { return p.Role == "server" }) {
		return nil // somebody else runs it
	}
	type pod struct{ name, cpu, memory string }
	var pods []pod
	var source string
	switch c.Platform {
	case "generic", "kind", "minikube":
		pods, source = []pod{{"kube-apiserver", "250m", ""}, {"kube-controller-manager", "200m", ""}, {"kube-scheduler", "100m", ""}, {"etcd", "100m", "100Mi"}}, kubeadmSource
	case "rke2":
		pods, source = []pod{
			{"kube-apiserver", "250m", "1024Mi"}, {"kube-controller-manager", "200m", "256Mi"}, {"kube-scheduler", "100m", "128Mi"},
			{"cloud-controller-manager", "100m", "128Mi"}, {"etcd", "200m", "512Mi"},
		}, rke2Source
	case "talos": // etcd is no pod there
		pods, source = []pod{{"kube-apiserver", "200m", "512Mi"}, {"kube-controller-manager", "50m", "256Mi"}, {"kube-scheduler", "10m", "64Mi"}}, talosSource
	}
	var list []Neighbour
	for _, p := range pods {
		if p.name == "etcd" && c.Datastore == "external" {
			continue
		}
		n := neighbour("StaticPod", p.name, source, nodeCritical, p.cpu, p.memory)
		n.Template.Spec.Affinity = onServers
		n.Template.Spec.Tolerations = everywhere
		n.Template.Spec.HostNetwork = true
		list = append(list, n)
	}
	return list
}

// onServers matches the nodes of the control plane. The kubelet needs no such
// word for a static pod; whoever counts the pods does.
var onServers = &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{
	RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{
		MatchExpressions: []corev1.NodeSelectorRequirement{{Key: controlPlaneLabel, Operator: corev1.NodeSelectorOpExists}},
	}}},
}}

// everywhere tolerates every taint, as node agents do.
var everywhere = []corev1.Toleration{{Operator: corev1.TolerationOpExists}}

// onControlPlane lets a pod onto the nodes of the control plane, and onto those
// that K3s' and RKE2's documentation taints with CriticalAddonsOnly.
var onControlPlane = []corev1.Toleration{
	{Key: "CriticalAddonsOnly", Operator: corev1.TolerationOpExists},
	{Key: controlPlaneLabel, Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoSchedule},
}

// network returns kube-proxy and the agents of the network plugin. On K3s
// kube-proxy and flannel are parts of its process.
func network(c model.Cluster) []Neighbour {
	var list []Neighbour
	agent := func(name, source, cpu, memory string) {
		n := neighbour("DaemonSet", name, source, nodeCritical, cpu, memory)
		n.Template.Spec.Tolerations = everywhere
		n.Template.Spec.HostNetwork = true
		list = append(list, n)
	}
	if !c.CNI.KubeProxyReplacement {
		switch c.Platform {
		case "generic", "kind", "minikube", "talos":
			agent("kube-proxy", kubeadmSource, "", "")
		case "rke2":
			agent("kube-proxy", rke2Source, "250m", "128Mi")
		case "eks":
			agent("kube-proxy", eksSource, "100m", "")
		case "aks":
			agent("kube-proxy", aksSource, "100m", "")
		}
	}
	switch c.CNI.Provider {
	case "kindnet":
		agent("kindnet", "kind (kubernetes-sigs/kind images/base, kindnet's manifest)", "100m", "50Mi")
	case "flannel":
		if c.Platform != "k3s" && c.Platform != "k3d" {
			agent("kube-flannel-ds", "flannel (flannel-io/flannel Documentation/kube-flannel.yml)", "100m", "50Mi")
		}
	case "calico":
		agent("calico-node", calicoSource, "250m", "")
		controllers := neighbour("Deployment", "calico-kube-controllers", calicoSource, clusterCritical, "", "")
		controllers.Replicas = 1
		controllers.Template.Spec.NodeSelector = map[string]string{corev1.LabelOSStable: "linux"}
		controllers.Template.Spec.Tolerations = onControlPlane
		list = append(list, controllers)
	case "canal":
		agent("canal", calicoSource, "250m", "")
	case "cilium": // the chart's resources are empty
		agent("cilium", "Cilium (cilium/cilium install/kubernetes/cilium/values.yaml)", "", "")
		agent("cilium-envoy", "Cilium (cilium/cilium install/kubernetes/cilium/values.yaml)", "", "")
	case "other":
		if c.Platform == "eks" { // 25m each for aws-node and aws-eks-nodeagent
			agent("aws-node", eksSource, "50m", "")
		}
	}
	return list
}

// addons returns DNS and what else a platform installs.
func addons(c model.Cluster) []Neighbour {
	dns := func(name string, replicas int, source string) Neighbour {
		n := neighbour("Deployment", name, source, clusterCritical, "100m", "70Mi")
		n.Replicas = replicas
		limit(&n, "", "170Mi")
		n.Template.Labels = map[string]string{"k8s-app": "kube-dns"}
		n.Template.Spec.NodeSelector = map[string]string{corev1.LabelOSStable: "linux"}
		n.Template.Spec.Tolerations = onControlPlane
		return n
	}
	addon := func(name, source, class, cpu, memory string) Neighbour {
		n := neighbour("Deployment", name, source, class, cpu, memory)
		n.Replicas = 1
		n.Template.Spec.Tolerations = onControlPlane
		return n
	}
	switch c.Platform {
	case "k3s", "k3d":
		return []Neighbour{
			dns("coredns", 1, k3sManifests),
			addon("local-path-provisioner", k3sManifests, nodeCritical, "", ""),
			addon("metrics-server", k3sManifests, nodeCritical, "100m", "70Mi"),
			addon("traefik", k3sManifests, clusterCritical, "", ""),
		}
	case "rke2":
		ingress := neighbour("DaemonSet", "rke2-ingress-nginx", rke2Source, "", "100m", "90Mi")
		ingress.Template.Spec.Containers[0].Ports = []corev1.ContainerPort{
			{ContainerPort: 80, HostPort: 80, Protocol: corev1.ProtocolTCP}, {ContainerPort: 443, HostPort: 443, Protocol: corev1.ProtocolTCP},
		}
		return []Neighbour{
			dns("rke2-coredns", 1, rke2Source),
			addon("rke2-metrics-server", rke2Source, clusterCritical, "100m", "200Mi"),
			ingress,
		}
	case "kind":
		return []Neighbour{dns("coredns", 2, kubeadmSource), addon("local-path-provisioner", "kind (kubernetes-sigs/kind, local storage)", "", "", "")}
	case "minikube":
		return []Neighbour{dns("coredns", 1, "minikube scales it to one (kubernetes/minikube pkg/minikube/kapi)")}
	case "microk8s":
		return []Neighbour{dns("coredns", 1, "MicroK8s' add-on dns (canonical/microk8s-core-addons)")}
	case "generic":
		return []Neighbour{dns("coredns", 2, kubeadmSource)}
	case "talos":
		return []Neighbour{dns("coredns", 2, talosSource)}
	case "eks":
		return []Neighbour{dns("coredns", 2, eksSource)}
	case "aks":
		return []Neighbour{dns("coredns", 2, aksSource)}
	}
	return nil
}

// neighbour returns a workload of kube-system with one container.
func neighbour(kind, name, source, class, cpu, memory string) Neighbour {
	requests := corev1.ResourceList{}
	if cpu != "" {
		requests[corev1.ResourceCPU] = resource.MustParse(cpu)
	}
	if memory != "" {
		requests[corev1.ResourceMemory] = resource.MustParse(memory)
	}
	return Neighbour{
		Kind: kind, Namespace: metav1.NamespaceSystem, Name: name, Source: source,
		Template: corev1.PodTemplateSpec{
			ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"k8s-app": name}},
			Spec: corev1.PodSpec{
				PriorityClassName: class,
				Containers:        []corev1.Container{{Name: name, Resources: corev1.ResourceRequirements{Requests: requests}}},
			},
		},
	}
}

// limit sets the limits of a neighbour's container.
func limit(n *Neighbour, cpu, memory string) {
	limits := corev1.ResourceList{}
	if cpu != "" {
		limits[corev1.ResourceCPU] = resource.MustParse(cpu)
	}
	if memory != "" {
		limits[corev1.ResourceMemory] = resource.MustParse(memory)
	}
	n.Template.Spec.Containers[0].Resources.Limits = limits
}
