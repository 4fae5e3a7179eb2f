package host

import "github.com/meshgen/meshgen/internal/model"

const ciliumHeader = `
Values of Cilium's Helm chart that the mesh needs: merge them into your own.
  helm upgrade --install cilium cilium/cilium -n kube-system -f cilium-values.yaml
`

const ciliumRKE2Header = `
Values of Cilium's Helm chart that the mesh needs: merge them into
spec.valuesContent of the HelmChartConfig rke2-cilium in kube-system.
`

// cilium returns the values of Cilium's chart; they are empty for another
// network plugin. The keys are those of cilium/cilium
// install/kubernetes/cilium/values.yaml.
//
// Left to itself Cilium moves other plugins' configuration out of the way, and
// istio-cni's with it. Where it balances Services at a pod's sockets, a
// connection has its backend's address before the mesh sees it, so routes and
// waypoints do not apply; it must do that for the host alone
// (docs.cilium.io/en/latest/network/servicemesh/istio). In ambient mode its
// masquerading in eBPF breaks the kubelet's probes, whose source is an address
// of the link-local network (istio.io, docs/ambient/install/platform-prerequisites).
func cilium(m model.Mesh) file {
	c := m.Cluster
	if c.CNI.Provider != "cilium" {
		return file{}
	}
	header := ciliumHeader
	if c.Platform == "rke2" {
		header = ciliumRKE2Header
	}
	values := map[string]any{
		"cni":                  map[string]any{"exclusive": false},
		"socketLB":             map[string]any{"hostNamespaceOnly": true},
		"kubeProxyReplacement": c.CNI.KubeProxyReplacement,
	}
	if m.Ambient {
		values["bpf"] = map[string]any{"masquerade": false}
	}
	if port := localAPIPort(c.Platform); port > 0 && c.CNI.KubeProxyReplacement {
		values["k8sServiceHost"] = "127.0.0.1"
		values["k8sServicePort"] = port
	}
	return file{"cilium-values.yaml", header, values}
}

// localAPIPort returns the port at which every node of a distribution finds the
// API server on its own loopback address, 0 where it finds none. Without
// kube-proxy Cilium cannot reach the API server through its Service before
// Cilium itself runs. On K3s a server's API server listens there, and an agent's
// load balancer (its option lb-server-port); RKE2 does the same with 6443.
func localAPIPort(platform string) int64 {
	switch platform {
	case "k3s", "k3d":
		return 6444
	case "rke2":
		return 6443
	}
	return 0
}
