package check

import (
	"fmt"
	"slices"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

var egressGateways = Check{
	Doc: Doc{
		Code: "MG3022", Since: "0.1.0", Severity: diag.Error,
		Title:  "Traffic leaves through a gateway that cannot take it",
		Text:   "An egress gateway tells hosts apart by the name in TLS or HTTP; plain TCP has none. It looks them up in DNS, which knows no wildcard. A port of it speaks one of the two. An egress gateway serves no hosts of its own.\nName a gateway of kind egress, or let the workload call the host itself.",
		Before: "gateways: out: kind: \"ingress\"\negress: hosts: psp: {host: \"api.psp.example\", through: \"out\"}",
		After:  "gateways: out: kind: \"egress\"\negress: hosts: psp: {host: \"api.psp.example\", through: \"out\"}",
	},
	Run: func(m model.Mesh, _ intent.Intent) diag.List {
		var list diag.List
		refuse := func(path, message, suggestion string) {
			list = append(list, diag.Diagnostic{Path: path, Message: message, Suggestion: suggestion})
		}
		type port struct {
			gateway string
			number  int
		}
		first := map[port]model.EgressHost{}
		for _, h := range m.Egress.Hosts {
			if h.Through == nil {
				continue
			}
			if h.Wild() {
				refuse(h.Path+".host", "a gateway would have to look the wildcard up in DNS, which gives it no address", fmt.Sprintf("name the hosts one by one, or remove %s.through", h.Path))
			}
			if len(h.Addresses) > 0 && h.Protocol != "TCP" {
				refuse(h.Path+".addresses", "a gateway looks the host up in DNS, and passes over the addresses", fmt.Sprintf("remove %s.addresses, or %s.through", h.Path, h.Path))
			}
			if h.Through.Kind != "egress" {
				refuse(h.Path+".through", fmt.Sprintf("gateway %s is for %s", h.Through.Name, h.Through.Kind),
					fmt.Sprintf(`set %s.kind to "egress", or name another gateway`, h.Through.Path))
			}
			if !slices.Contains([]string{"TLS", "HTTPS", "HTTP"}, h.Protocol) {
				refuse(h.Path+".protocol", fmt.Sprintf("an egress gateway cannot tell hosts apart in %s", h.Protocol),
					fmt.Sprintf("remove %s.through", h.Path))
				continue
			}
			at := port{h.Through.Name, h.Port}
			if other, ok := first[at]; !ok {
				first[at] = h
			} else if (other.Protocol == "HTTP") != (h.Protocol == "HTTP") {
				refuse(h.Path+".protocol", fmt.Sprintf("gateway %s speaks %s on port %d, for %s, and so cannot speak %s there", at.gateway, other.Protocol, h.Port, other.Path, h.Protocol),
					fmt.Sprintf("let %s go through another gateway, or remove %s.through", h.Host, h.Path))
			}
		}
		for _, g := range m.Gateways {
			if g.Kind == "egress" && len(g.Servers) > 0 {
				refuse(g.Path+".servers", "an egress gateway serves the hosts of egress.hosts, and none of its own",
					fmt.Sprintf("remove %s.servers", g.Path))
			}
		}
		return list
	},
}
