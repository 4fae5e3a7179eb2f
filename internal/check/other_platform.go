package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

// packaged are the components that a distribution packages and can leave out.
var packaged = map[string][]string{
	"k3s":  {"traefik", "servicelb", "metrics-server", "local-storage", "coredns"},
	"k3d":  {"traefik", "servicelb", "metrics-server", "local-storage", "coredns"},
	"rke2": {"metrics-server", "coredns", "rke2-ingress-nginx"},
}

var otherPlatform = Check{
	Doc: Doc{
		Code: "MG3006", Since: "0.1.0", Severity: diag.Error,
		Title:  "A field does not go with the cluster's platform",
		Text:   "A component can only be switched off where the distribution packages it; address pools need MetalLB, and MetalLB needs K3s' own balancer to be off; ServiceLB is a part of K3s.\nCorrect the platform, or remove the field.",
		Before: "cluster: loadBalancer: \"metallb\"\ncluster: metallb: pools: public: addresses: [\"10.0.0.0/28\"]",
		After:  "cluster: loadBalancer: \"metallb\"\ncluster: disabled: [\"servicelb\"]\ncluster: metallb: pools: public: addresses: [\"10.0.0.0/28\"]",
	},
	Run: func(m model.Mesh, _ intent.Intent) diag.List {
		var list diag.List
		c := m.Cluster
		for _, name := range c.Disabled {
			if !slices.Contains(packaged[c.Platform], name) {
				d := diag.Diagnostic{
					Path:       "cluster.disabled",
					Message:    fmt.Sprintf("%s packages no component %s that could be switched off", c.Platform, name),
					Suggestion: fmt.Sprintf("remove %q from cluster.disabled", name),
				}
				if has := packaged[c.Platform]; len(has) > 0 {
					d.Suggestion = fmt.Sprintf("remove %q from cluster.disabled, or write one of %s in its place", name, strings.Join(has, ", "))
				}
				list = append(list, d)
			}
		}
		k3s := c.Platform == "k3s" || c.Platform == "k3d"
		servicelb := k3s && !slices.Contains(c.Disabled, "servicelb")
		switch {
		case c.LoadBalancer == "servicelb" && !k3s:
			list = append(list, diag.Diagnostic{
				Path:       "cluster.loadBalancer",
				Message:    fmt.Sprintf("ServiceLB is a part of K3s, and the platform is %s", c.Platform),
				Suggestion: `set cluster.loadBalancer to "metallb", "cloud" or "none"`,
			})
		case c.LoadBalancer == "servicelb" && !servicelb:
			list = append(list, diag.Diagnostic{
				Path:       "cluster.loadBalancer",
				Message:    "the load balancer is ServiceLB, and cluster.disabled switches it off",
				Suggestion: `remove "servicelb" from cluster.disabled, or set cluster.loadBalancer to "metallb", "cloud" or "none"`,
			})
		case c.LoadBalancer == "metallb" && servicelb:
			list = append(list, diag.Diagnostic{
				Path:       "cluster.loadBalancer",
				Message:    "MetalLB and K3s' ServiceLB would both answer for the same Services",
				Suggestion: `add "servicelb" to cluster.disabled`,
			})
		}
		if c.MetalLB != nil && c.LoadBalancer != "metallb" {
			list = append(list, diag.Diagnostic{
				Path:       "cluster.metallb",
				Message:    fmt.Sprintf("cluster.metallb has no effect, for the load balancer is %s", c.LoadBalancer),
				Suggestion: `set cluster.loadBalancer to "metallb", or remove cluster.metallb`,
			})
		}
		for _, g := range m.Gateways {
			if g.Pool != "" && c.LoadBalancer != "metallb" {
				list = append(list, diag.Diagnostic{
					Path:       g.Path + ".pool",
					Message:    fmt.Sprintf("address pools are MetalLB's, and the load balancer is %s", c.LoadBalancer),
					Suggestion: fmt.Sprintf(`set cluster.loadBalancer to "metallb", or remove %s.pool`, g.Path),
				})
			}
		}
		if c.CNI.KubeProxyReplacement && c.CNI.Provider != "cilium" {
			list = append(list, diag.Diagnostic{
				Path:       "cluster.cni.kubeProxyReplacement",
				Message:    fmt.Sprintf("kubeProxyReplacement is a setting of Cilium, and the network plugin is %s", c.CNI.Provider),
				Suggestion: `set cluster.cni.provider to "cilium", or remove the field`,
			})
		}
		return list
	},
}
