package check

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

var looksLike = Check{
	Doc: Doc{
		Code: "MG3035", Since: "0.2.0", Severity: diag.Warning, Also: diag.Error,
		Title:  "A value takes more than it looks like",
		Text:   "A subset without labels is the whole Service; a block of addresses with bits behind its prefix, such as 10.1.2.3/8, is the whole block; a node has one zone, so that a label of a pool cannot name another than its zones. The last is an error.\nWrite what is meant.",
		Before: "gateways: public: {service: externalTrafficPolicy: \"Local\", servers: web: hosts: [\"a.example.com\"]}\nauthorization: rules: office: {action: \"deny\", to: gateway: \"public\", from: ipBlocks: [\"10.1.2.3/8\"]}",
		After:  "gateways: public: {service: externalTrafficPolicy: \"Local\", servers: web: hosts: [\"a.example.com\"]}\nauthorization: rules: office: {action: \"deny\", to: gateway: \"public\", from: ipBlocks: [\"10.1.2.3/32\"]}",
	},
	Run: func(m model.Mesh, _ intent.Intent) diag.List {
		var list diag.List
		for _, s := range m.Services {
			for _, subset := range s.Subsets {
				if len(subset.Labels) == 0 {
					at := intent.Join(s.Path+".subsets", subset.Name) + ".labels"
					list = append(list, diag.Diagnostic{
						Path:       at,
						Message:    fmt.Sprintf("subset %s has no labels, and is all pods of service %s", subset.Name, s.Name),
						Suggestion: "name the labels of the subset's pods in " + at,
					})
				}
			}
		}
		for _, r := range m.Authorization.Rules {
			list = append(list, looseBlocks(r.Path+".from.ipBlocks", r.From.IPBlocks)...)
		}
		if m.Cluster.MetalLB != nil {
			for _, name := range slices.Sorted(maps.Keys(m.Cluster.MetalLB.Pools)) {
				list = append(list, looseBlocks(intent.Join("cluster.metallb.pools", name)+".addresses", m.Cluster.MetalLB.Pools[name].Addresses)...)
			}
		}
		const zone = "topology.kubernetes.io/zone"
		for _, p := range m.Cluster.Pools {
			label, ok := p.Labels[zone]
			if !ok || len(p.Zones) == 0 || len(p.Zones) == 1 && p.Zones[0] == label {
				continue
			}
			path := intent.Join("cluster.nodePools", p.Name)
			list = append(list, diag.Diagnostic{
				Severity: diag.Error, Path: intent.Join(path+".labels", zone),
				Message:    fmt.Sprintf("a node has one zone: %s.zones spreads the nodes over %s, and the label says %s", path, strings.Join(p.Zones, ", "), label),
				Suggestion: fmt.Sprintf("remove %s", intent.Join(path+".labels", zone)),
			})
		}
		return list
	},
}

// looseBlocks reports blocks of addresses that are larger than they look.
func looseBlocks(path string, blocks []string) diag.List {
	var list diag.List
	for i, text := range blocks {
		block, err := netip.ParsePrefix(text)
		if err != nil || block == block.Masked() {
			continue
		}
		list = append(list, diag.Diagnostic{
			Path:         fmt.Sprintf("%s[%d]", path, i),
			Message:      fmt.Sprintf("%s is the whole block %s", text, block.Masked()),
			Suggestion:   fmt.Sprintf("write %q for the one address", netip.PrefixFrom(block.Addr(), block.Addr().BitLen())),
			Alternatives: []string{fmt.Sprintf("write %q for the block", block.Masked())},
		})
	}
	return list
}
