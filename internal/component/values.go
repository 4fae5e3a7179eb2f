package component

import (
	"strconv"
	"strings"
	"unicode"

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

// envMap returns variables as the charts take them. They write a value between
// double quotes as it is, so that what would end the quotes, or begin an escape,
// is escaped for YAML here.
func envMap(m map[string]string) map[string]any {
	values := make(map[string]any, len(m))
	for k, v := range m {
		if strings.ContainsAny(v, `"\`) || strings.ContainsFunc(v, unicode.IsControl) {
			quoted := strconv.QuoteToASCII(v)
			v = quoted[1 : len(quoted)-1]
		}
		values[k] = v
	}
	return values
}
