package host

import (
	"strings"

	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

const k3sHeader = `
Configuration of K3s for the mesh: merge it into /etc/rancher/k3s/config.yaml
of every server, or put it beside that file as config.yaml.d/meshgen.yaml. All
servers must have the same. Restart K3s to apply it.
`

const k3dHeader = `
Configuration of K3s for the mesh: mount it into the servers when k3d makes the
cluster, --volume "$PWD/config.yaml:/etc/rancher/k3s/config.yaml@server:*".
`

const rke2Header = `
Configuration of RKE2 for the mesh: merge it into /etc/rancher/rke2/config.yaml
of every server, or put it beside that file as config.yaml.d/meshgen.yaml. All
servers must have the same. Restart RKE2 to apply it.
`

// distribution returns the configuration files of the nodes of a distribution
// that has some; they are empty where the distribution's own defaults fit.
func distribution(c model.Cluster) []file {
	var servers file
	name := "K3s"
	switch c.Platform {
	case "k3s":
		servers = file{"k3s/config.yaml", k3sHeader, k3s(c)}
	case "k3d":
		servers = file{"k3s/config.yaml", k3dHeader, k3s(c)}
	case "rke2":
		servers, name = file{"rke2/config.yaml", rke2Header, rke2(c)}, "RKE2"
	default:
		return nil
	}
	if common, equal := agree(c, "server"); equal && len(common) > 0 {
		servers.values[kubeletArg] = common
		servers.header += strings.ReplaceAll(reservedNote, "%NAME%", name)
	}
	return append([]file{servers}, reservations(c, strings.ToLower(name), name)...)
}

// k3s returns the options of a K3s server. A network plugin other than the
// packaged flannel needs flannel switched off, and K3s' network policy
// controller with it, because each plugin has its own (k3s-io/docs,
// docs/networking/basic-network-options.md, "Custom CNI"; the options are the
// flags of docs/cli/server.md). K3s' kube-proxy is part of its process, so only
// this option stops it.
func k3s(c model.Cluster) map[string]any {
	values := map[string]any{}
	addDisabled(values, c)
	if c.CNI.Provider != "flannel" {
		values["flannel-backend"] = "none"
		values["disable-network-policy"] = true
	}
	return values
}

// rke2 returns the options of an RKE2 server. RKE2 packages some network
// plugins and names them in cni; for any other the option is left to the person
// (rancher/rke2-docs docs/networking/basic_network_options.md).
func rke2(c model.Cluster) map[string]any {
	values := map[string]any{}
	addDisabled(values, c)
	switch c.CNI.Provider {
	case "calico", "canal", "cilium", "flannel":
		values["cni"] = c.CNI.Provider
	}
	return values
}

// addDisabled adds what K3s and RKE2 have in common.
func addDisabled(values map[string]any, c model.Cluster) {
	if len(c.Disabled) > 0 {
		values["disable"] = object.Strings(c.Disabled...)
	}
	if c.CNI.KubeProxyReplacement {
		values["disable-kube-proxy"] = true
	}
}
