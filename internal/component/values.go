package component

import (
	"maps"
	"slices"

	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

// shared are the values that istiod, cni and ztunnel have in common: where
// images come from, and whether the pods open themselves to the mesh.
func shared(m model.Mesh) map[string]any {
	values := networkPolicy(m)
	values["hub"], values["tag"], values["variant"] = m.Istio.Hub, m.Istio.Tag, m.Istio.Variant
	if len(m.Istio.PullSecrets) > 0 {
		values["imagePullSecrets"] = anyList(m.Istio.PullSecrets)
	}
	return values
}

// networkPolicy makes a chart bring its own NetworkPolicy, where pods are closed
// to each other without one.
func networkPolicy(m model.Mesh) map[string]any {
	if m.Cluster.CNI.NetworkPolicies != "default-deny" {
		return map[string]any{}
	}
	return map[string]any{"networkPolicy": map[string]any{"enabled": true}}
}

// resources is a container's resources block. What the model leaves empty is
// left to the chart.
func resources(r intent.Resources) map[string]any {
	block := map[string]any{}
	for name, list := range map[string]intent.ResourceList{"requests": r.Requests, "limits": r.Limits} {
		quantities := map[string]any{}
		if list.CPU != "" {
			quantities["cpu"] = list.CPU
		}
		if list.Memory != "" {
			quantities["memory"] = list.Memory
		}
		if len(quantities) > 0 {
			block[name] = quantities
		}
	}
	return block
}

func disruptionBudget(b *intent.DisruptionBudget) map[string]any {
	values := map[string]any{}
	if b.MinAvailable != nil {
		values["minAvailable"] = b.MinAvailable
	}
	if b.MaxUnavailable != nil {
		values["maxUnavailable"] = b.MaxUnavailable
	}
	return values
}

// schedule adds what the charts call nodeSelector, affinity, tolerations and
// topologySpreadConstraints. pods are the labels of the pods that are spread.
func schedule(values map[string]any, s model.Scheduling, pods map[string]string) {
	if len(s.NodeSelector) > 0 {
		values["nodeSelector"] = stringMap(s.NodeSelector)
	}
	if len(s.Affinity) > 0 {
		values["affinity"] = NodeAffinity(s)
	}
	if len(s.Tolerations) > 0 {
		values["tolerations"] = Tolerations(s)
	}
	if s.Spread != "" {
		values["topologySpreadConstraints"] = TopologySpread(s, pods)
	}
}

// NodeAffinity is the affinity block of a pod's spec: any of the pools.
func NodeAffinity(s model.Scheduling) map[string]any {
	var terms []any
	for _, labels := range s.Affinity {
		var expressions []any
		for _, key := range slices.Sorted(maps.Keys(labels)) {
			expressions = append(expressions, map[string]any{"key": key, "operator": "In", "values": []any{labels[key]}})
		}
		terms = append(terms, map[string]any{"matchExpressions": expressions})
	}
	return map[string]any{"nodeAffinity": map[string]any{
		"requiredDuringSchedulingIgnoredDuringExecution": map[string]any{"nodeSelectorTerms": terms},
	}}
}

// Tolerations is the tolerations block of a pod's spec.
func Tolerations(s model.Scheduling) []any {
	var list []any
	for _, t := range s.Tolerations {
		toleration := map[string]any{}
		for key, value := range map[string]string{"key": t.Key, "operator": t.Operator, "value": t.Value, "effect": t.Effect} {
			if value != "" {
				toleration[key] = value
			}
		}
		list = append(list, toleration)
	}
	return list
}

// TopologySpread is the topologySpreadConstraints block of a pod's spec. Nodes
// whose taints the pod does not tolerate do not count, or the loss of a zone
// would keep its replicas pending; and each ReplicaSet is spread for itself, or
// a rolling update would count the pods that are about to go.
func TopologySpread(s model.Scheduling, pods map[string]string) []any {
	return []any{map[string]any{
		"maxSkew":           1,
		"topologyKey":       s.Spread,
		"whenUnsatisfiable": "DoNotSchedule",
		"nodeTaintsPolicy":  "Honor",
		"labelSelector":     map[string]any{"matchLabels": stringMap(pods)},
		"matchLabelKeys":    []any{"pod-template-hash"},
	}}
}

func stringMap(m map[string]string) map[string]any {
	values := make(map[string]any, len(m))
	for k, v := range m {
		values[k] = v
	}
	return values
}

func anyList(list []string) []any {
	values := make([]any, len(list))
	for i, s := range list {
		values[i] = s
	}
	return values
}
