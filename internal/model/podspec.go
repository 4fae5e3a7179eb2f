package model

import (
	"maps"
	"slices"

	"github.com/meshgen/meshgen/internal/intent"
)

// What follows are blocks of Kubernetes' own API. The charts take them as
// values under the names that they have in a pod's spec or in a Service, and
// what no chart has holds them as they are: so they are made here, once, and a
// gateway from the chart and one from Gateway API cannot come to differ.

// PodSpec returns the fields of a pod's spec that say where the pod runs,
// without those that say nothing. Spread pods are those with the labels.
func (s Scheduling) PodSpec(pods map[string]string) map[string]any {
	spec := map[string]any{}
	if len(s.NodeSelector) > 0 {
		spec["nodeSelector"] = plainMap(s.NodeSelector)
	}
	if len(s.Affinity) > 0 {
		spec["affinity"] = s.nodeAffinity()
	}
	if len(s.Tolerations) > 0 {
		spec["tolerations"] = s.tolerations()
	}
	if s.Spread != "" {
		spec["topologySpreadConstraints"] = s.topologySpread(pods)
	}
	return spec
}

func (s Scheduling) nodeAffinity() map[string]any {
	var terms []any
	for _, labels := range s.Affinity {
		var expressions []any
		for _, key := range slices.Sorted(maps.Keys(labels)) { // a list, from a map
			expressions = append(expressions, map[string]any{"key": key, "operator": "In", "values": []any{labels[key]}})
		}
		terms = append(terms, map[string]any{"matchExpressions": expressions})
	}
	return map[string]any{"nodeAffinity": map[string]any{
		"requiredDuringSchedulingIgnoredDuringExecution": map[string]any{"nodeSelectorTerms": terms},
	}}
}

func (s Scheduling) tolerations() []any {
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

// topologySpread spreads replicas evenly. Nodes whose taints the pod does not
// tolerate do not count, or the loss of a zone would keep its replicas pending;
// and each ReplicaSet is spread for itself, or a rolling update would count the
// pods that are about to go.
func (s Scheduling) topologySpread(pods map[string]string) []any {
	return []any{map[string]any{
		"maxSkew":           1,
		"topologyKey":       s.Spread,
		"whenUnsatisfiable": "DoNotSchedule",
		"nodeTaintsPolicy":  "Honor",
		"labelSelector":     map[string]any{"matchLabels": plainMap(pods)},
		"matchLabelKeys":    []any{"pod-template-hash"},
	}}
}

// ContainerResources returns a container's resources block, without what is
// left empty.
func ContainerResources(r intent.Resources) map[string]any {
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

// BudgetSpec returns the fields of a PodDisruptionBudget's spec, without its
// selector.
func BudgetSpec(b intent.DisruptionBudget) map[string]any {
	spec := map[string]any{}
	if b.MinAvailable != nil {
		spec["minAvailable"] = b.MinAvailable
	}
	if b.MaxUnavailable != nil {
		spec["maxUnavailable"] = b.MaxUnavailable
	}
	return spec
}

// ServiceAnnotations returns the annotations of the gateway's Service: the
// person's, and those by which MetalLB gives it a pool and an address.
func (g Gateway) ServiceAnnotations(c Cluster) map[string]any {
	annotations := plainMap(g.Service.Annotations)
	if g.Pool != "" {
		annotations["metallb.io/address-pool"] = g.Pool
	}
	if g.Address != "" && c.UsesMetalLB() {
		annotations["metallb.io/loadBalancerIPs"] = g.Address
	}
	return annotations
}

// plainMap returns a map of strings as JSON would hold it.
func plainMap(m map[string]string) map[string]any {
	out := make(map[string]any, len(m))
	for key, value := range m {
		out[key] = value
	}
	return out
}
