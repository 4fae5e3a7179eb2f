package check

import "github.com/meshgen/meshgen/internal/diag"

// server is a K3s server of 4 GiB, for the examples.
const server = "cluster: nodePools: server: {role: \"server\", cpu: \"2\", memory: \"4Gi\"}\n"

// hardware are the pages about what the declared nodes can carry: MG20xx.
// Package fit gives the diagnostics.
func hardware() []Doc { return append(placementPages(), nodePages()...) }

func placementPages() []Doc {
	const own = server + "controlPlane: resources: requests: memory: \"256Mi\"\ncluster: gatewayAPI: crds: \"delivery\"\nmanifests: own: objects: [{apiVersion: \"gateway.networking.k8s.io/v1\", kind: \"Gateway\", metadata: {name: \"own\", namespace: \"default\"}, spec: {gatewayClassName: \"istio\", listeners: [{name: \"web\", port: 8080, protocol: \"HTTP\"}], infrastructure: parametersRef: {group: \"\", kind: \"ConfigMap\", name: \"own\"}}}, {apiVersion: \"v1\", kind: \"ConfigMap\", metadata: {name: \"own\", namespace: \"default\"}, data: {deployment: "
	const (
		pod        = server + "controlPlane: resources: requests: memory: \"256Mi\"\nmanifests: own: objects: [{apiVersion: \"v1\", kind: \"Pod\", metadata: {name: \"batch\", namespace: \"default\"}, spec: {"
		containers = "containers: [{name: \"batch\", image: \"registry.example.com/batch:1.0\", resources: requests: memory: \"64Mi\"}]}}]"
	)
	return []Doc{
		{
			Code: "MG2001", Since: "0.1.0", Severity: diag.Error,
			Title:  "A pod does not fit onto the nodes",
			Text:   "The declared nodes are filled as the scheduler fills them: requests against what a node has left after its platform, with selectors, taints, affinity, spread, host ports and priorities. In some order in which the pods may arrive, one finds no room and stays pending. What is system-node-critical (the node agents, ServiceLB's pods) takes its room by pushing others off.\nThe diagnostic names the nodes and what each is short of, and changes that were tried and fit. meshgen plan shows what sits where.",
			Before: server + "controlPlane: resources: requests: memory: \"3Gi\"",
			After:  server + "controlPlane: resources: requests: memory: \"256Mi\"",
		},
		{
			Code: "MG2002", Since: "0.1.0", Severity: diag.Warning,
			Title:  "An autoscaler's maximum does not fit onto the nodes",
			Text:   "At rest there is room for all pods, with every autoscaler at its maximum there is not. The autoscaler then waits for pods that stay pending, at the moment when load is highest.\nLower the maximum to the one that fits, which the diagnostic names, or give the cluster more room.",
			Before: server + "controlPlane: resources: requests: memory: \"256Mi\"\ngateways: public: autoscaling: {min: 1, max: 20}",
			After:  server + "controlPlane: resources: requests: memory: \"256Mi\"\ngateways: public: autoscaling: {min: 1, max: 3}",
		},
		{
			Code: "MG2003", Since: "0.1.0", Severity: diag.Error,
			Title:  "There is no room for a rolling update",
			Text:   "An update of a Deployment first starts new pods, as many as its surge allows, and only then stops old ones; ztunnel starts a second pod on each node. Where the new pod has no room, the update never finishes; where it is node-critical, it pushes others off, and they are down until it is done.\nLower a request, so that both fit beside each other.",
			Before: server + "controlPlane: resources: requests: memory: \"1500Mi\"",
			After:  server + "controlPlane: resources: requests: memory: \"512Mi\"",
		},
		{
			Code: "MG2004", Since: "0.1.0", Severity: diag.Error,
			Title:  "The loss of one node takes down what should stay up",
			Text:   "Two or more replicas, or a disruption budget, say that a component must survive the loss of a node. Its replicas sit on one node, or the nodes that are left have no room for its pods.\nAdd a node, spread the replicas with placement.spread, or lower a request; or run one replica and claim nothing.",
			Before: server + "controlPlane: {replicas: 2, resources: requests: memory: \"256Mi\"}",
			After:  server + "cluster: nodePools: server: count: 3\ncontrolPlane: {replicas: 2, resources: requests: memory: \"256Mi\", placement: spread: \"node\"}",
		},
		{
			Code: "MG2005", Since: "0.1.0", Severity: diag.Error,
			Title:  "A disruption budget blocks every drain",
			Text:   "The budget lets no pod go, so that no node can be drained: minAvailable is as high as the number of replicas, maxUnavailable is 0, or two budgets select the same pods. Kubernetes rounds a percentage up: 51% of two replicas are two.\nLeave room for one pod.",
			Before: "cluster: nodePools: server: {role: \"server\", count: 3, cpu: \"2\", memory: \"4Gi\"}\ncontrolPlane: resources: requests: memory: \"256Mi\"\ngateways: public: {replicas: 2, placement: spread: \"node\", disruptionBudget: minAvailable: 2}",
			After:  "cluster: nodePools: server: {role: \"server\", count: 3, cpu: \"2\", memory: \"4Gi\"}\ncontrolPlane: resources: requests: memory: \"256Mi\"\ngateways: public: {replicas: 2, placement: spread: \"node\", disruptionBudget: minAvailable: 1}",
		},
		{
			Code: "MG2006", Since: "0.1.0", Severity: diag.Error, Also: diag.Warning,
			Title:  "The mesh takes more than its budget",
			Text:   "What the control plane, the node agents, gateways, waypoints and sidecars ask for on one node, or in the cluster, is above budget. It is a warning where only the autoscalers' maximum is.\nLower a request, or raise the budget.",
			Before: server + "budget: share: memory: 0.1\ncontrolPlane: resources: requests: memory: \"512Mi\"",
			After:  server + "budget: share: memory: 0.1\ncontrolPlane: resources: requests: memory: \"128Mi\"",
		},
		{
			Code: "MG2012", Since: "0.1.0", Severity: diag.Error,
			Title:  "There is no room for even the least automatic size",
			Text:   "A size of auto gives a component what Istio's published figures say that the declared load needs, and twice that where it fits. On these nodes not even the need fits.\nThe diagnostic says what is short. Give the cluster more room, or declare fewer pods.",
			Before: server + "controlPlane: size: \"auto\"\nnamespaces: shop: {mesh: true, pods: {count: 12, requests: memory: \"160Mi\"}}",
			After:  server + "controlPlane: size: \"auto\"\nnamespaces: shop: {mesh: true, pods: {count: 4, requests: memory: \"64Mi\"}}",
		},
		{
			Code: "MG2014", Since: "0.1.0", Severity: diag.Error,
			Title:  "An object cannot be held against the nodes",
			Text:   "What runs is read from the rendered objects, after patches and with people's manifests, and from what istiod makes of Gateways and the ConfigMaps that they name. One of them cannot be read, so that its pods would go uncounted.\nCorrect the object at the place that the diagnostic names.",
			Before: own + `"spec: {template: {spec: {containers: [{image: auto}]}}}"}` + "}]",
			After:  own + `"spec: {template: {spec: {containers: [{name: istio-proxy}]}}}"}` + "}]",
		},
		{
			Code: "MG2015", Since: "0.1.0", Severity: diag.Error,
			Title:  "A cluster is larger than any can be",
			Text:   "Kubernetes supports clusters of 5,000 nodes and 150,000 pods. Of several times that, a number has most likely a digit too many, and nothing is held against the nodes.\nCorrect the number.",
			Before: "cluster: nodePools: worker: {count: 300000, cpu: \"4\", memory: \"8Gi\"}",
			After:  "cluster: nodePools: worker: {count: 3, cpu: \"4\", memory: \"8Gi\"}",
		},
		{
			Code: "MG2013", Since: "0.1.0", Severity: diag.Error,
			Title:  "No node takes a pod, however much room it has",
			Text:   "Each of the declared nodes lacks a label that the pod asks for, or has a taint that the pod does not tolerate. That goes for the pods of K3s' ServiceLB too: a Service for which its labels leave no node never gets an address.\nCorrect placement, or the labels and taints of cluster.nodePools.",
			Before: server + "controlPlane: {resources: requests: memory: \"256Mi\", placement: nodeSelector: disk: \"ssd\"}",
			After:  server + "cluster: nodePools: server: labels: disk: \"ssd\"\ncontrolPlane: {resources: requests: memory: \"256Mi\", placement: nodeSelector: disk: \"ssd\"}",
		},
		{
			Code: "MG2016", Since: "0.1.0", Severity: diag.Warning,
			Title:  "A budget without nodes",
			Text:   "A budget bounds what the mesh may ask of the nodes, at rest and where they sit. Without cluster.nodePools nobody knows the nodes, and nothing is held against it.\nDeclare the nodes, or remove the budget.",
			Before: "budget: share: memory: 0.25",
			After:  "cluster: nodePools: worker: {count: 3, cpu: \"4\", memory: \"16Gi\"}\nbudget: share: memory: 0.25",
		},
		{
			Code: "MG2017", Since: "0.1.0", Severity: diag.Error,
			Title:  "A pool's nodes keep all that they have",
			Text:   "What reserved says is taken off what a node has before pods get any of it: the system's and the kubelet's share. Here nothing is left.\nLower it, or leave reserved out: what platforms keep is known.",
			Before: "cluster: nodePools: worker: {count: 3, cpu: \"4\", memory: \"8Gi\", reserved: memory: \"16Gi\"}",
			After:  "cluster: nodePools: worker: {count: 3, cpu: \"4\", memory: \"8Gi\", reserved: memory: \"1Gi\"}",
		},
		{
			Code: "MG2018", Since: "0.1.0", Severity: diag.Warning,
			Title:  "Where pods sit is a guess",
			Text:   "What is said of who sits where follows the rules of Kubernetes' own scheduler with its default profile, on what the node pools declare. A pod with another schedulerName is placed by a program with rules of its own, or by nobody, if that program does not run. One with resourceClaims goes where a driver has the devices. What they ask for besides is taken from some node all the same, so that they are judged as if it were not so.\nRemove the field, or take what is said of these pods for a guess.",
			Before: pod + "schedulerName: \"volcano\", " + containers,
			After:  pod + containers,
		},
	}
}

func nodePages() []Doc {
	const arm = "cluster: nodePools: server: {role: \"server\", cpu: \"4\", memory: \"8Gi\", arch: \"arm64\", "
	return []Doc{
		{
			Code: "MG2007", Since: "0.1.0", Severity: diag.Warning,
			Title:  "A limit is below what a component needs",
			Text:   "Istio publishes what its parts use under load: istiod 1 CPU and 1.5 GB for 1,000 services and 2,000 sidecars; a sidecar 0.20 CPU and 60 MB for 1,000 requests a second, a waypoint 0.25 CPU and 60 MB, ztunnel 0.06 CPU and 12 MB. With nothing to do a proxy still takes 10m and 40Mi, istiod 10m and 100Mi, ztunnel 36m and 29Mi. Above its CPU limit a container is slowed, above its memory limit it is killed.\nRaise the limit, or leave it out.",
			Before: server + "controlPlane: resources: requests: memory: \"256Mi\"\ndataPlane: proxy: resources: limits: cpu: \"500m\"\nnamespaces: shop: {mesh: true, pods: {count: 1, requestRate: 5000}}",
			After:  server + "controlPlane: resources: requests: memory: \"256Mi\"\ndataPlane: proxy: resources: limits: cpu: \"2\"\nnamespaces: shop: {mesh: true, pods: {count: 1, requestRate: 5000}}",
		},
		{
			Code: "MG2008", Since: "0.1.0", Severity: diag.Error,
			Title:  "The cluster is too small for sidecars",
			Text:   "A mesh with sidecars wants 2 cores and 4 GiB in all. Memory of 3.5 GiB is let pass: of 4 GiB a kernel shows a little less.\nGive the cluster more, or use mode \"ambient\", which needs no proxy in each pod.",
			Before: "cluster: nodePools: server: {role: \"server\", cpu: \"1\", memory: \"4Gi\"}\ncontrolPlane: resources: requests: {cpu: \"50m\", memory: \"256Mi\"}",
			After:  "cluster: nodePools: server: {role: \"server\", cpu: \"2\", memory: \"4Gi\"}\ncontrolPlane: resources: requests: {cpu: \"50m\", memory: \"256Mi\"}",
		},
		{
			Code: "MG2009", Since: "0.1.0", Severity: diag.Error,
			Title:  "Envoy cannot run on a pool's kernel",
			Text:   "Envoy's allocator wants 48 bits of address. On arm64 kernels with 39, such as those of Raspberry Pi OS, it ends at once (istio/istio#51708, envoyproxy/envoy#23339). Sidecars, gateways and waypoints are Envoy; istiod, the CNI agent and ztunnel are not.\nUse a kernel with 48 bits, such as Ubuntu's, or keep Envoy on other pools.",
			Before: arm + "vaBits: 39}\nmode: \"ambient\"\ncontrolPlane: resources: requests: memory: \"256Mi\"\ngateways: public: {}",
			After:  arm + "vaBits: 48}\nmode: \"ambient\"\ncontrolPlane: resources: requests: memory: \"256Mi\"\ngateways: public: {}",
		},
		{
			Code: "MG2010", Since: "0.1.0", Severity: diag.Warning,
			Title:  "Nobody has tested a component with pages of this size",
			Text:   "From Istio 1.31 ztunnel allocates with jemalloc, whose build takes over the page size of the machine that it was built on: programs that were built for pages of 4 KiB end at once on the 16 KiB kernel of a Raspberry Pi 5. Envoy's allocator runs there, but keeps more memory than with 4 KiB.\nBoot a kernel with 4 KiB (on a Raspberry Pi 5: kernel=kernel8.img in config.txt), or try it on one node first.",
			Before: arm + "pageSize: 16}\nmode: \"ambient\"\ncontrolPlane: resources: requests: memory: \"256Mi\"",
			After:  arm + "pageSize: 4}\nmode: \"ambient\"\ncontrolPlane: resources: requests: memory: \"256Mi\"",
		},
		{
			Code: "MG2011", Since: "0.1.0", Severity: diag.Error,
			Title:  "A kernel lacks what redirects the mesh's traffic",
			Text:   "Istio redirects the traffic of pods with iptables, or nftables where that is asked for, and each needs modules of the kernel (istio.io, platform requirements); nftables needs kernel 5.13 as well. Without them pods of the mesh do not start, or their traffic passes the mesh by.\nInstall the modules, or keep the mesh's pods off the pool.",
			Before: server + "cluster: nodePools: server: kernel: missing: [\"xt_owner\"]\ncontrolPlane: resources: requests: memory: \"256Mi\"\nnamespaces: shop: {mesh: true, pods: {count: 1, requests: memory: \"64Mi\"}}",
			After:  server + "controlPlane: resources: requests: memory: \"256Mi\"\nnamespaces: shop: {mesh: true, pods: {count: 1, requests: memory: \"64Mi\"}}",
		},
	}
}
