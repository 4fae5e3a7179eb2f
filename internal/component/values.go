package component

import (
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// shared are the values that istiod, cni and ztunnel have in common: where
// images come from, and whether the pods open themselves to the mesh.
func shared(m model.Mesh) map[string]any {
	values := networkPolicy(m)
	values["hub"], values["tag"], values["variant"] = m.Istio.Hub, m.Istio.Tag, m.Istio.Variant
	if len(m.Istio.PullSecrets) > 0 {
		values["imagePullSecrets"] = object.Strings(m.Istio.PullSecrets...)
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

func stringMap(m map[string]string) map[string]any {
	values := make(map[string]any, len(m))
	for k, v := range m {
		values[k] = v
	}
	return values
}
