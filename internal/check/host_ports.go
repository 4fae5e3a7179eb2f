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
		Text:   "K3s' ServiceLB takes the ports of a LoadBalancer Service on the nodes themselves, so that a port can be had once a cluster. Traefik, which K3s installs, takes 80 and 443; every gateway also takes the status port 15021. The second Service stays pending for ever. A port that the node itself listens to, such as 6443 of the API server, is worse: ServiceLB takes it away from the node, and it is a warning where the node need not have it. The same holds for Services of manifests, and for Gateways, for which istiod makes a Service. Of two, a manifest's is told, or else the one that was written last, with the place of the other.\nSwitch Traefik off, make one of the gateways a ClusterIP, or use MetalLB.",
		Before: "cluster: disabled: []\ngateways: public: servers: web: hosts: [\"a.example.com\"]",
		After:  "cluster: disabled: [\"traefik\"]\ngateways: public: servers: web: hosts: [\"a.example.com\"]",
	},
	Run: func(m model.Mesh, in intent.Intent) diag.List {
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
		gateways := slices.Clone(m.Gateways)
		slices.SortStableFunc(gateways, func(a, b model.Gateway) int { // the last to be written is most likely the new one
			switch {
			case in.Later(a.Path, b.Path):
				return 1
			case in.Later(b.Path, a.Path):
				return -1
			}
			return 0
		})
		paths, wanted := map[string]string{}, map[string]int{}
		for _, g := range gateways {
			if g.Service.Type != "LoadBalancer" || g.Service.LoadBalancerClass != "" {
				continue // ServiceLB leaves a class to others
			}
			name := "gateway " + g.Name
			paths[name] = g.Path
			for _, port := range append(slices.Clone(g.Ports), model.GatewayPort{Name: "status-port", Number: 15021}) {
				first, taken := takes[port.Number]
				if !taken {
					takes[port.Number] = name
					continue
				}
				if first == name {
					continue // a server on a port that the gateway needs is MG3010
				}
				d := diag.Diagnostic{
					Path:       g.Path,
					Message:    fmt.Sprintf("port %d of the nodes is taken by %s, and ServiceLB has no other for %s", port.Number, first, name),
					Suggestion: fmt.Sprintf(`set %s.service.type to "ClusterIP"`, g.Path),
				}
				if first == "Traefik" {
					d.Suggestion, d.Alternatives = `add "traefik" to cluster.disabled`, []string{d.Suggestion}
				} else {
					d.Related = []diag.Note{{Message: first + " is here", Path: paths[first]}}
					d.Alternatives = []string{
						fmt.Sprintf(`set %s.service.type to "ClusterIP"`, paths[first]),
						`set cluster.loadBalancer to "metallb", add "servicelb" to cluster.disabled, and write the addresses that MetalLB may give in cluster.metallb.pools`,
					}
					wanted[first+" is here"]++
				}
				list = append(list, d)
				break // one port is enough to see it; the others follow
			}
		}
		for i, d := range list {
			if len(d.Related) > 0 && wanted[d.Related[0].Message] > 1 { // without the first, the others still want the port
				list[i].Alternatives = d.Alternatives[1:]
			}
		}
		return list
	},
}
