package check

import (
	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

var proxyDNS = Check{
	Doc: Doc{
		Code: "MG3023", Since: "0.1.0", Severity: diag.Error,
		Title:  "Addresses are allocated that no proxy answers for",
		Text:   "An address that istiod gives to a ServiceEntry is known to the proxy alone. A proxy that does not answer DNS never tells it to the application.\nLet the proxy answer DNS, or remove autoAllocate.",
		Before: "dataPlane: proxy: dns: autoAllocate: true",
		After:  "dataPlane: proxy: dns: {capture: true, autoAllocate: true}",
	},
	Run: func(m model.Mesh, _ intent.Intent) diag.List {
		if dns := m.Proxy.DNS; !dns.AutoAllocate || dns.Capture {
			return nil
		}
		return diag.List{{
			Path:       "dataPlane.proxy.dns.autoAllocate",
			Message:    "autoAllocate has no effect, for the proxy does not answer DNS",
			Suggestion: "set dataPlane.proxy.dns.capture to true",
		}}
	},
}
