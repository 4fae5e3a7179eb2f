package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// tellAddresses is how hosts of plain TCP get addresses that tell them apart.
const tellAddresses = "set dataPlane.proxy.dns to {capture: true, autoAllocate: true}"

// egressPorts: a host's ServiceEntry has no address, so that a sidecar listens
// on its port at every address. There it tells hosts apart by the name in TLS or
// HTTP; plain TCP has none, and the first of two takes all (istio,
// pilot/pkg/networking/core/listener.go, buildSidecarOutboundListener; IST0134).
// Addresses that istiod gives are taken by sidecars that answer DNS
// (pilot/pkg/model/service.go, nodeUsesAutoallocatedIPs).
var egressPorts = Check{
	Doc: Doc{
		Code: "MG3043", Since: "0.2.0", Severity: diag.Error, Also: diag.Warning,
		Title:  "Hosts outside the mesh that sidecars cannot tell apart",
		Text:   "Plain TCP has no name in it, so that a sidecar sends whatever goes to the port to one host: two such hosts on a port, or one beside HTTP, are an error; one alone is a warning, for it also gets what is meant for addresses that the mesh does not know. A host that is declared twice with one port, or leaves through two gateways, is an error too.\nLet sidecars answer DNS, with an address for each host, or give the hosts other ports.",
		Before: `egress: hosts: {one: {host: "one.example.net", port: 5432, protocol: "TCP"}, two: {host: "two.example.net", port: 5432, protocol: "TCP"}}`,
		After:  "dataPlane: proxy: dns: {capture: true, autoAllocate: true}\n" + `egress: hosts: {one: {host: "one.example.net", port: 5432, protocol: "TCP"}, two: {host: "two.example.net", port: 5432, protocol: "TCP"}}`,
	},
	Run: func(m model.Mesh, _ intent.Intent) diag.List {
		var list diag.List
		refuse := func(h model.EgressHost, field, message, suggestion string) {
			d := diag.Diagnostic{Path: h.Path + "." + field, Message: message, Suggestion: suggestion}
			if suggestion == tellAddresses {
				d.Alternatives = []string{"write its addresses in " + h.Path + ".addresses"}
			}
			list = append(list, d)
		}
		addresses := !m.Sidecars || tellsAddresses(m)
		for i, h := range m.Egress.Hosts {
			before := m.Egress.Hosts[:i]
			if j := slices.IndexFunc(before, func(o model.EgressHost) bool { return strings.EqualFold(o.Host, h.Host) && o.Port == h.Port }); j >= 0 {
				refuse(h, "host", fmt.Sprintf("%s has port %d of %s already", before[j].Path, h.Port, h.Host), "remove one of the two, or set "+h.Path+".port to another")
				continue
			}
			if j := slices.IndexFunc(before, func(o model.EgressHost) bool {
				return strings.EqualFold(o.Host, h.Host) && o.Through != nil && h.Through != nil && o.Through.Name != h.Through.Name
			}); j >= 0 {
				refuse(h, "through", fmt.Sprintf("%s leaves through gateway %s on port %d, and through %s on port %d: sidecars read the routes of one gateway alone",
					h.Host, before[j].Through.Name, before[j].Port, h.Through.Name, h.Port), fmt.Sprintf("set %s.through to %q", h.Path, before[j].Through.Name))
			}
			if addresses {
				continue
			}
			same := func(tcp bool) int {
				return slices.IndexFunc(m.Egress.Hosts, func(o model.EgressHost) bool {
					return o.Name != h.Name && o.Port == h.Port && (tcp && o.Protocol == "TCP" && len(o.Addresses) == 0 || !tcp && (o.Protocol == "HTTP" || o.Protocol == "GRPC"))
				})
			}
			if h.Protocol != "TCP" || len(h.Addresses) > 0 || h.Wild() {
				continue
			}
			other, web := same(true), same(false)
			switch {
			case other >= 0 && other < i:
				o := m.Egress.Hosts[other]
				refuse(h, "port", fmt.Sprintf("%s and %s are both plain TCP on port %d, and have no addresses that tell them apart: sidecars send all of it to one of the two", o.Host, h.Host, h.Port), tellAddresses)
			case web >= 0:
				o := m.Egress.Hosts[web]
				refuse(h, "port", fmt.Sprintf("%s is plain TCP and %s is %s on port %d, and they have no addresses that tell them apart: sidecars leave one of the two out", h.Host, o.Host, o.Protocol, h.Port), tellAddresses)
			case other < 0:
				list = append(list, diag.Diagnostic{
					Severity: diag.Warning, Path: h.Path + ".port",
					Message:    fmt.Sprintf("%s has no address, so that sidecars send whatever goes to port %d of an address that the mesh does not know to it", h.Host, h.Port),
					Suggestion: tellAddresses, Alternatives: []string{"write its addresses in " + h.Path + ".addresses"},
				})
			}
		}
		return list
	},
}

// tellsAddresses says whether sidecars know hosts outside by addresses that
// istiod gives: they answer DNS, and istiod has not been told to give none.
func tellsAddresses(m model.Mesh) bool {
	dns := m.Proxy.DNS
	metadata := object.Map(m.MeshConfig, "defaultConfig", "proxyMetadata")
	capture := dns.Capture || metadata["ISTIO_META_DNS_CAPTURE"] == "true"
	if told := m.ControlPlane.Env["PILOT_ENABLE_IP_AUTOALLOCATE"]; told != "" {
		return capture && told == "true"
	}
	return capture && (dns.AutoAllocate || m.Ambient || !dns.Capture)
}

var egressProtocols = Check{
	Doc: Doc{
		Code: "MG3044", Since: "0.2.0", Severity: diag.Warning,
		Title:  "A host outside the mesh speaks something else on its port, as a rule",
		Text:   "Servers expect TLS on ports 443 and 8443 and plain HTTP on port 80, and on other ports nobody can know: what is not said is taken for TLS, and a sidecar lets nothing else pass to the host.\nSay in protocol what the application sends.",
		Before: `egress: hosts: queue: {host: "queue.example.net", port: 5672}`,
		After:  `egress: hosts: queue: {host: "queue.example.net", port: 5671, protocol: "TLS"}`,
	},
	Run: func(m model.Mesh, in intent.Intent) diag.List {
		var list diag.List
		for _, h := range m.Egress.Hosts {
			at := h.Path + ".protocol"
			plain := h.Protocol == "HTTP" || h.Protocol == "GRPC"
			written := in.Written != nil && in.Written(at)
			switch {
			case h.Port == 443 && plain && len(h.Addresses) == 0: // MG3037 has said that these have no use
				list = append(list, diag.Diagnostic{
					Path:       at,
					Message:    fmt.Sprintf("the application sends plain %s to port 443 of %s, where servers expect TLS", h.Protocol, h.Host),
					Suggestion: fmt.Sprintf(`set %s to "TLS", or %s.port to 80`, at, h.Path),
				})
			case h.Port == 80 && (h.Protocol == "TLS" || h.Protocol == "HTTPS"):
				list = append(list, diag.Diagnostic{
					Path:       at,
					Message:    fmt.Sprintf("the application sends TLS to port 80 of %s, where servers expect plain HTTP", h.Host),
					Suggestion: fmt.Sprintf(`set %s to "HTTP", or %s.port to 443`, at, h.Path),
				})
			case h.Port != 80 && h.Port != 443 && h.Port != 8443 && !written && in.Written != nil && len(h.Addresses) == 0:
				list = append(list, diag.Diagnostic{
					Path:       h.Path + ".port",
					Message:    fmt.Sprintf("nothing says what is spoken on port %d of %s, and it is taken for %s", h.Port, h.Host, h.Protocol),
					Suggestion: fmt.Sprintf(`set %s to "TCP", or to what the application sends`, at),
				})
			}
		}
		return list
	},
}
