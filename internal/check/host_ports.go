package check

import (
	"fmt"
	"slices"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

var hostPorts = Check{
	Doc: Doc{
		Code: "MG3014", Since: "0.1.0", Severity: diag.Error, Also: diag.Warning,
		Title:  "A port of the nodes is wanted twice",
		Text:   "K3s' ServiceLB takes the ports of a LoadBalancer Service on the nodes themselves, so that a port can be had once a cluster. Traefik, which K3s installs, takes 80 and 443; every gateway also takes the status port 15021. The second Service stays pending for ever. A port that the node itself listens to, such as 6443 of the API server, is worse: ServiceLB takes it away from the node, and it is a warning where the node need not have it. The same holds for Services of manifests.\nSwitch Traefik off, make one of the gateways a ClusterIP, or use MetalLB.",
		Before: "cluster: disabled: []\ngateways: public: servers: web: hosts: [\"a.example.com\"]",
		After:  "cluster: disabled: [\"traefik\"]\ngateways: public: servers: web: hosts: [\"a.example.com\"]",
	},
	Run: func(m model.Mesh, _ intent.Intent) diag.List {
		if m.Cluster.LoadBalancer != "servicelb" {
			return nil
		}
		list := ownPorts(m)
		if len(m.Cluster.Pools) > 0 {
			return list // where nodes are declared, package fit sees ServiceLB's pods on them
		}
		takes := map[int]string{}
		if !slices.Contains(m.Cluster.Disabled, "traefik") {
			takes[80], takes[443] = "Traefik", "Traefik"
		}
		for _, g := range m.Gateways {
			if g.Service.Type != "LoadBalancer" || g.Service.LoadBalancerClass != "" {
				continue // ServiceLB leaves a class to others
			}
			for _, port := range append(slices.Clone(g.Ports), model.GatewayPort{Name: "status-port", Number: 15021}) {
				first, taken := takes[port.Number]
				if !taken {
					takes[port.Number] = "gateway " + g.Name
					continue
				}
				if first == "gateway "+g.Name {
					continue // a server on a port that the gateway needs is MG3010
				}
				d := diag.Diagnostic{
					Path:       g.Path,
					Message:    fmt.Sprintf("port %d of the nodes is taken by %s, and ServiceLB has no other for gateway %s", port.Number, first, g.Name),
					Suggestion: fmt.Sprintf(`set %s.service.type to "ClusterIP"`, g.Path),
					Alternatives: []string{
						`set cluster.loadBalancer to "metallb", add "servicelb" to cluster.disabled, and write the addresses that MetalLB may give in cluster.metallb.pools`,
					},
				}
				if first == "Traefik" {
					d.Alternatives = nil
					d.Suggestion = `add "traefik" to cluster.disabled`
				}
				list = append(list, d)
				break // one port is enough to see it; the others follow
			}
		}
		return list
	},
}
