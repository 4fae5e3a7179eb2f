package fit

import (
	"strings"
	"testing"

	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

// own is a person's Deployment of 100m and 1Gi a pod, with more in its pod's spec.
func own(name string, replicas int, more string) string {
	text := deployment(name, replicas, "100m", "1Gi", more)
	return strings.ReplaceAll(text, "strategy: {rollingUpdate: {maxSurge: 100%, maxUnavailable: 25%}}", "strategy: {type: Recreate}")
}

func claim(name, spec string) string {
	return "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: " + name + ", namespace: istio-system}\nspec: {" + spec + "}\n"
}

func uses(name string) string {
	return "      volumes: [{name: v, persistentVolumeClaim: {claimName: " + name + "}}]\n"
}

func required(expression string) string {
	return "      affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [" + expression + "]}}}\n"
}

func labels(l map[string]string) func(*model.Pool) {
	return func(p *model.Pool) { p.Labels = l }
}

// TestPlacement: what keeps a pod off each node, and what to do, where it is not
// the room.
func TestPlacement(t *testing.T) {
	near := func(key, app string) string {
		return "      affinity: {podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: " + key + ", labelSelector: {matchLabels: {app: " + app + "}}}]}}\n"
	}
	generations := func(c *cluster) *cluster {
		return c.pool("old", 2, "4", "8Gi", labels(map[string]string{"generation": "5"})).pool("new", 1, "4", "8Gi")
	}
	compare(t, "testdata/placement.txt", []named{
		{"node affinity, a label that is too low and one that is missing", func(c *cluster) {
			generations(c).yaml("", own("a", 1, required("{matchExpressions: [{key: generation, operator: Gt, values: ['8']}, {key: disk, operator: Exists}]}")))
		}},
		{"node affinity that excludes", func(c *cluster) {
			c.pool("old", 2, "4", "8Gi", labels(map[string]string{"generation": "5"}))
			c.yaml("", own("a", 1, required("{matchExpressions: [{key: generation, operator: NotIn, values: ['5', '6']}]}")))
		}},
		{"several terms of node affinity", func(c *cluster) {
			generations(c).yaml("", own("a", 1, required("{matchExpressions: [{key: disk, operator: Exists}]}, {matchExpressions: [{key: generation, operator: Lt, values: ['5']}]}")))
		}},
		{"an empty term of node affinity", func(c *cluster) { generations(c).yaml("", own("a", 1, required("{}"))) }},
		{"a node by its name", func(c *cluster) {
			c.pool("pi", 3, "4", "8Gi").yaml("", own("a", 1, "      nodeSelector: {kubernetes.io/hostname: attic}\n"))
		}},
		{"a node by its field", func(c *cluster) {
			c.pool("pi", 3, "4", "8Gi").yaml("", own("a", 1, required("{matchFields: [{key: metadata.name, operator: In, values: [attic]}]}")))
		}},
		{"a pod that is bound to a node", func(c *cluster) { c.pool("pi", 3, "4", "8Gi").yaml("", own("a", 1, "      nodeName: attic\n")) }},
		{"nodes of a name that is declared", func(c *cluster) {
			c.pool("pi", 3, "4", "8Gi").pool("nas", 1, "4", "8Gi", labels(map[string]string{"kubernetes.io/hostname": "attic"}))
			c.yaml("", own("a", 1, "      nodeSelector: {kubernetes.io/hostname: attic}\n"))
			c.yaml("", own("b", 1, required("{matchFields: [{key: metadata.name, operator: In, values: [attic]}]}")))
			c.yaml("", own("c", 1, "      nodeName: attic\n"))
		}},
		{"pools that all have the same taint, and are less than sidecars want", func(c *cluster) {
			same := func(p *model.Pool) { p.Taints = []intent.Taint{{Key: "own", Value: p.Name, Effect: "NoExecute"}} }
			c.pool("a", 1, "1", "1Gi", same).pool("b", 1, "0.5", "1Gi", same).istiod(3, "50m", "64Mi", "").apps("shop", 2, "10m", "16Mi")
			c.mesh.Mode = intent.Sidecar
		}},
		{"devices, huge pages and ephemeral storage", func(c *cluster) {
			asks := func(name, limits string) string {
				return strings.Replace(own(name, 1, ""), "requests: {", "limits: {"+limits+"}, requests: {", 1)
			}
			c.pool("plain", 1, "4", "8Gi")
			c.pool("gpu", 1, "4", "8Gi", func(p *model.Pool) {
				p.Allocatable = map[string]string{"nvidia.com/gpu": "1", "hugepages-2Mi": "64Mi", "ephemeral-storage": "10Gi"}
			})
			c.yaml("", asks("one", "nvidia.com/gpu: 1"))
			c.yaml("", asks("two", "nvidia.com/gpu: 2"))
			c.yaml("", asks("huge", "hugepages-2Mi: 128Mi"))
			c.yaml("", asks("disk", "ephemeral-storage: 20Gi")) // plain says nothing of it
		}},
		{"two for one device", func(c *cluster) {
			c.pool("plain", 1, "4", "8Gi").pool("gpu", 1, "4", "8Gi", func(p *model.Pool) { p.Allocatable = map[string]string{"nvidia.com/gpu": "1"} })
			c.yaml("", strings.Replace(own("a", 2, ""), "requests: {", "limits: {nvidia.com/gpu: 1}, requests: {", 1))
		}},
		{"an update that wants a second device, on the one server", func(c *cluster) {
			c.pool("gpu", 1, "4", "8Gi", func(p *model.Pool) {
				p.Role, p.Allocatable = "server", map[string]string{"nvidia.com/gpu": "1"}
			})
			c.yaml("", strings.Replace(deployment("a", 1, "100m", "1Gi", ""), "requests: {", "limits: {nvidia.com/gpu: 1}, requests: {", 1))
		}},
		{"a spread over zones that no node is in", func(c *cluster) {
			zones := "      topologySpreadConstraints: [{maxSkew: 1, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app: public}}}]\n"
			c.pool("node", 2, "4", "8Gi").pool("other", 1, "4", "8Gi").gateway("public", 2, "100m", "128Mi", zones)
		}},
		{"pods that other schedulers place, or that claim devices", func(c *cluster) {
			c.pool("node", 1, "4", "8Gi")
			c.yaml("", own("d", 1, "      resourceClaims: [{name: gpu, resourceClaimTemplateName: gpu}]\n"))
			c.yaml("", own("a", 1, "      schedulerName: volcano\n"))
			c.yaml("", own("b", 9, "      schedulerName: volcano\n"))
			c.yaml("", own("c", 1, "      schedulerName: default-scheduler\n"))
		}},
		{"a claim that one pod at a time may have", func(c *cluster) {
			c.pool("node", 2, "4", "8Gi").yaml("", claim("a", "accessModes: [ReadWriteOncePod]"))
			c.yaml("", own("a", 2, uses("a")))
		}},
		{"an update of a pod with such a claim", func(c *cluster) {
			c.pool("node", 2, "4", "8Gi").yaml("", claim("a", "accessModes: [ReadWriteOncePod]"))
			c.yaml("", deployment("a", 1, "100m", "1Gi", uses("a"))).yaml("", own("b", 1, uses("a-of-nobody")))
		}},
		{"an update that takes the old pod away first", func(c *cluster) {
			c.pool("node", 2, "4", "8Gi").yaml("", claim("a", "accessModes: [ReadWriteOncePod]"))
			c.yaml("", own("a", 1, uses("a")))
		}},
		{"volumes on nodes that are not there, too small, or tainted", func(c *cluster) {
			c.pool("node", 2, "4", "8Gi").pool("disk", 1, "1", "8Gi", labels(map[string]string{"disk": "ssd"}))
			volume := func(name, key, value string) string {
				return "apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: " + name + "}\nspec: {claimRef: {name: " + name + ", namespace: istio-system}, nodeAffinity: {required: {nodeSelectorTerms: [{matchExpressions: [{key: " + key + ", operator: In, values: [" + value + "]}]}]}}}\n"
			}
			c.yaml("", volume("a", "kubernetes.io/hostname", "attic")).yaml("", volume("b", "disk", "ssd"))
			c.yaml("", claim("a", "volumeName: a")).yaml("", claim("b", "storageClassName: ''"))
			c.yaml("", own("a", 1, uses("a"))).yaml("", strings.Replace(own("b", 1, uses("b")), "cpu: 100m", "cpu: '2'", 1))
		}},
		{"a class of volumes in a zone without nodes", func(c *cluster) {
			c.pool("node", 1, "4", "8Gi", func(p *model.Pool) { p.Zones = []string{"a"} })
			c.yaml("", "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: z}\nprovisioner: x.example.com\nallowedTopologies: [{matchLabelExpressions: [{key: topology.kubernetes.io/zone, values: [b]}]}]\n")
			c.yaml("", claim("a", "storageClassName: z")).yaml("", own("a", 1, uses("a")))
			c.yaml("", strings.Replace(strings.Replace(own("b", 1, ""), "kind: Deployment", "kind: StatefulSet", 1), "  template:", "  volumeClaimTemplates: [{metadata: {name: data}, spec: {storageClassName: z}}]\n  template:", 1))
		}},
		{"pods that share a folder of a node", func(c *cluster) {
			c.pool("node", 2, "4", "4Gi").yaml("", claim("a", "accessModes: [ReadWriteOnce]")).yaml("", claim("b", "storageClassName: local-path"))
			c.yaml("", own("a", 4, uses("a"))).yaml("", own("b", 1, uses("b")))
			c.mesh.Cluster.Platform = "k3s"
		}},
		{"a taint that is tolerated for a minute", func(c *cluster) {
			c.pool("node", 1, "4", "8Gi", func(p *model.Pool) { p.Taints = []intent.Taint{{Key: "own", Value: "x", Effect: "NoExecute"}} })
			c.yaml("", own("a", 1, "      tolerations: [{key: own, operator: Exists, effect: NoExecute, tolerationSeconds: 60}]\n"))
		}},
		{"a pod behind a gate", func(c *cluster) {
			c.pool("node", 1, "4", "8Gi").yaml("", own("a", 1, "      schedulingGates: [{name: example.com/wait}]\n"))
		}},
		{"one port for three pods on two nodes", func(c *cluster) {
			c.pool("node", 2, "4", "8Gi").yaml("", strings.Replace(own("a", 3, ""), `image: "a:1"`, `image: "a:1", ports: [{containerPort: 80, hostPort: 8080}]`, 1))
		}},
		{"a zone for each", func(c *cluster) {
			c.pool("node", 4, "4", "8Gi", func(p *model.Pool) { p.Zones = []string{"a", "b"} })
			c.yaml("", own("a", 3, "      affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: topology.kubernetes.io/zone, labelSelector: {matchLabels: {app: a}}}]}}\n"))
		}},
		{"pods that another wants far away", func(c *cluster) {
			c.pool("node", 2, "4", "8Gi")
			c.yaml("", own("a", 2, "      priority: 1\n      affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: kubernetes.io/hostname, labelSelector: {matchExpressions: [{key: app, operator: In, values: [a, b]}]}}]}}\n"))
			c.yaml("", own("b", 1, ""))
		}},
		{"near a pod that is nowhere", func(c *cluster) {
			c.pool("node", 2, "4", "8Gi").yaml("", own("a", 1, near("kubernetes.io/hostname", "nobody")))
		}},
		{"near its own pods by a label that no node has", func(c *cluster) {
			c.pool("node", 2, "4", "8Gi").yaml("", own("a", 1, near("rack", "a")))
		}},
		{"more domains than there are", func(c *cluster) {
			c.pool("node", 2, "4", "8Gi")
			c.yaml("", own("a", 3, "      topologySpreadConstraints: [{maxSkew: 1, minDomains: 3, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app: a}}}]\n"))
		}},
		{"a spread over nodes of which one is tainted", func(c *cluster) {
			c.pool("node", 2, "4", "8Gi").pool("kept", 1, "4", "8Gi", func(p *model.Pool) {
				p.Taints = append(p.Taints, intent.Taint{Key: "kept", Effect: "NoSchedule"})
			})
			c.yaml("", own("a", 3, "      topologySpreadConstraints: [{maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app: a}}}]\n"))
		}},
		{"a spread by a label that no node has", func(c *cluster) {
			c.pool("node", 2, "4", "8Gi")
			c.yaml("", own("a", 1, "      topologySpreadConstraints: [{maxSkew: 1, topologyKey: rack, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app: a}}}]\n"))
		}},
		{"a priority that comes first and pushes nobody", func(c *cluster) {
			c.pool("node", 1, "4", "2Gi").istiod(1, "100m", "1200Mi", "")
			c.yaml("", "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: high}\nvalue: 1000\npreemptionPolicy: Never\n").yaml("", own("a", 1, "      priorityClassName: high\n"))
		}},
		{"an agent that is too big, and alone is refused", func(c *cluster) {
			c.pool("node", 2, "4", "8Gi").istiod(1, "100m", "128Mi", "")
			c.yaml("", "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: own, namespace: istio-system}\nspec: {selector: {matchLabels: {app: own}}, template: {metadata: {labels: {app: own}}, spec: {containers: [{name: main, image: x, resources: {requests: {memory: 9Gi}}}]}}}\n")
		}},
	})
}
