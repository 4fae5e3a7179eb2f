package check

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

var egressHosts = Check{
	Doc: Doc{
		Code: "MG3037", Since: "0.2.0", Severity: diag.Error, Also: diag.Warning,
		Title:  "A host outside the mesh cannot be told from others",
		Text:   "A proxy knows a host by the name in TLS or HTTP, or by its addresses. Plain TCP has no name, so that a wildcard in it would be every address; HTTP is told by its name, whatever the addresses; and TLS needs the name beside them. Two hosts of plain TCP cannot have one address and port. An address is written in addresses, not in host. A wildcard or a block does nothing for ambient workloads, for ztunnel knows single addresses; where others have sidecars it is a warning.\nName the host, its addresses, or another protocol.",
		Before: `egress: hosts: db: {host: "203.0.113.7", port: 5432, protocol: "TCP"}`,
		After:  `egress: hosts: db: {addresses: ["203.0.113.7"], port: 5432, protocol: "TCP"}`,
	},
	Run: func(m model.Mesh, in intent.Intent) diag.List {
		var list diag.List
		refuse := func(path, message, suggestion string) {
			list = append(list, diag.Diagnostic{Path: path, Message: message, Suggestion: suggestion})
		}
		for i, h := range m.Egress.Hosts {
			named := in.Written(h.Path + ".host")
			if address, err := netip.ParseAddr(h.Host); err == nil {
				refuse(h.Path+".host", fmt.Sprintf("%s is an address, and host is a name that DNS knows", address),
					fmt.Sprintf(`set %s.addresses to ["%s"] in the place of host`, h.Path, address))
				continue
			}
			if named && !strings.Contains(h.Host, ".") && !strings.Contains(h.Host, "$") {
				refuse(h.Path+".host", fmt.Sprintf("%s is a short name, and what is outside the mesh is known by its whole one", h.Host),
					fmt.Sprintf("set %s.host to a whole name such as %q", h.Path, h.Host+".example.com"))
				continue
			}
			switch at := h.Path + ".protocol"; {
			case !named && len(h.Addresses) == 0:
				refuse(h.Path, fmt.Sprintf("%s says neither which host nor which addresses are called", h.Path), fmt.Sprintf(`set %s.host to a name such as "pay.example.com", or %s.addresses to a list such as ["203.0.113.7"]`, h.Path, h.Path))
			case !named && h.Protocol != "TCP":
				refuse(at, fmt.Sprintf("%s is known by a name, and %s has addresses alone", h.Protocol, h.Path), fmt.Sprintf(`set %s to "TCP", or add %s.host`, at, h.Path))
			case len(h.Addresses) > 0 && (h.Protocol == "HTTP" || h.Protocol == "GRPC"):
				refuse(at, fmt.Sprintf("%s is told by the name in the request: the addresses of %s would have no effect", h.Protocol, h.Path), fmt.Sprintf(`remove %s.addresses, or set %s to "TCP"`, h.Path, at))
			case h.Wild() && h.Protocol == "TCP" && len(h.Addresses) == 0:
				refuse(at, fmt.Sprintf("plain TCP carries no name: %s would be every address with port %d", h.Host, h.Port), fmt.Sprintf(`set %s to "TLS" or "HTTP", or add %s.addresses`, at, h.Path))
			}
			for _, d := range looseBlocks(h.Path+".addresses", h.Addresses) {
				d.Code, d.Severity = looksLike.Code, looksLike.Severity
				list = append(list, d)
			}
			for n, text := range h.Addresses {
				at := fmt.Sprintf("%s.addresses[%d]", h.Path, n)
				block, ok := blockOf(text)
				switch {
				case !ok:
					refuse(at, fmt.Sprintf("%s is neither an address nor a block of addresses", text), fmt.Sprintf(`set %s to an address such as "203.0.113.7", or to a block such as "198.51.100.0/24"`, at))
				case block.Bits() == 0:
					refuse(at, fmt.Sprintf("%s is every address", text), fmt.Sprintf(`remove %s, and set egress.policy to "allow-any"`, h.Path))
				default:
					if other, ok := taken(m.Egress.Hosts[:i], h, block); ok {
						refuse(at, fmt.Sprintf("%s with port %d is %s already, and plain TCP has nothing else to tell the two apart", text, h.Port, other.Path), fmt.Sprintf("remove %s", at))
					}
				}
			}
		}
		return append(list, wildAmbient(m)...)
	},
}

// blockOf reads an address or a block of addresses.
func blockOf(text string) (netip.Prefix, bool) {
	if !strings.Contains(text, "/") {
		address, err := netip.ParseAddr(text)
		return netip.PrefixFrom(address, address.BitLen()), err == nil
	}
	block, err := netip.ParsePrefix(text)
	return block.Masked(), err == nil
}

// taken returns the host before another of plain TCP that has the same block,
// and whether there is one. Where blocks differ the smaller one goes first.
func taken(before []model.EgressHost, h model.EgressHost, block netip.Prefix) (model.EgressHost, bool) {
	for _, other := range before {
		if other.Port != h.Port || other.Protocol != "TCP" || h.Protocol != "TCP" {
			continue
		}
		for _, text := range other.Addresses {
			if theirs, ok := blockOf(text); ok && theirs == block {
				return other, true
			}
		}
	}
	return model.EgressHost{}, false
}

// isBlock says whether a text is a block of several addresses.
func isBlock(text string) bool {
	block, ok := blockOf(text)
	return ok && !block.IsSingleIP()
}

// wildAmbient reports wildcards and blocks where nothing reads them: istiod gives
// ztunnel single addresses (pilot/pkg/serviceregistry/ambient/services.go), and
// the traffic goes out as it would without.
func wildAmbient(m model.Mesh) diag.List {
	var list diag.List
	ambient, sidecars := modes(m)
	if !m.Ambient || len(ambient) == 0 && m.Mode == intent.Sidecar {
		return nil
	}
	for _, h := range m.Egress.Hosts {
		at, what, advice := h.Path+".host", "names: the wildcard "+h.Host, "name the hosts one by one"
		if i := slices.IndexFunc(h.Addresses, isBlock); i >= 0 {
			at, what, advice = fmt.Sprintf("%s.addresses[%d]", h.Path, i), "blocks of addresses: "+h.Addresses[i], "write the addresses one by one"
		} else if !h.Wild() || len(h.Addresses) > 0 {
			continue
		}
		d := diag.Diagnostic{
			Path: at, Message: fmt.Sprintf("the mesh is ambient, and ztunnel knows no %s does nothing", what),
			Suggestion: "remove " + h.Path, Alternatives: []string{advice},
		}
		if len(sidecars) > 0 {
			d.Severity, d.Message = diag.Warning, fmt.Sprintf("ztunnel, which stands before %s, knows no %s does nothing there", enumerate("namespace", ambient), what)
		}
		list = append(list, d)
	}
	return list
}
