package component

import "github.com/meshgen/meshgen/internal/model"

// cni is the CNI node agent.
func cni(m model.Mesh) []model.Release {
	if !m.CNI.Enabled {
		return nil
	}
	global := shared(m)
	if m.Cluster.IstioPlatform != "" {
		global["platform"] = m.Cluster.IstioPlatform
	}
	values := map[string]any{
		"global": global,
		"cni": map[string]any{
			"resources": model.ContainerResources(m.CNI.Resources),
			"logging":   map[string]any{"level": m.CNI.LogLevel},
		},
		"revision": m.Istio.Revision,
	}
	if m.Ambient {
		values["profile"] = "ambient"
	}
	return release("cni", values, m.Values.CNI)
}

// ztunnel is the ambient node proxy. Its chart reads the root, not a ztunnel
// section, and takes hub and tag there too.
func ztunnel(m model.Mesh) []model.Release {
	if !m.Ambient {
		return nil
	}
	values := shared(m)
	if policy, ok := values["networkPolicy"]; ok { // the one value that the chart reads below global
		values["global"] = map[string]any{"networkPolicy": policy}
		delete(values, "networkPolicy")
	}
	values["resources"] = model.ContainerResources(m.Ztunnel.Resources)
	values["env"] = envMap(m.Ztunnel.Env)
	values["logLevel"] = m.Ztunnel.LogLevel
	values["revision"] = m.Istio.Revision
	if m.Cluster.IstioPlatform != "" {
		values["platform"] = m.Cluster.IstioPlatform
	}
	if m.IstioCSR != nil {
		values["caAddress"] = m.IstioCSRHost() + ":443"
	}
	return release("ztunnel", values, m.Values.Ztunnel)
}
