package check

import (
	"fmt"
	"net/netip"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

var serverTLS = Check{
	Doc: Doc{
		Code: "MG3009", Since: "0.1.0", Severity: diag.Error,
		Title:  "A server's TLS is not complete, or contradicts itself",
		Text:   "A server that ends TLS needs a certificate: from a Secret in the gateway's namespace, or from a cert-manager issuer. A server that passes TLS through has none. An issuer cannot give a certificate for the client's CA, nor for every host. Who calls an address names no host in TLS: hosts: [\"*\"] takes such calls.\nName secret or issuer, or change the mode.",
		Before: `gateways: public: servers: shop: {hosts: ["shop.example.com"], tls: minVersion: "1.3"}`,
		After:  `gateways: public: servers: shop: {hosts: ["shop.example.com"], tls: {minVersion: "1.3", secret: "shop-tls"}}`,
	},
	Run: func(m model.Mesh, in intent.Intent) diag.List {
		var list diag.List
		for _, g := range m.Gateways {
			for _, s := range g.Servers {
				path := s.Path + ".tls"
				if s.TLS == nil {
					continue
				}
				passthrough := s.TLS.Mode == "passthrough"
				switch {
				case passthrough && (in.Written(path+".secret") || in.Written(path+".issuer") || in.Written(path+".minVersion")):
					list = append(list, diag.Diagnostic{
						Path:       path,
						Message:    "a server that passes TLS through has no certificate and no TLS version of its own",
						Suggestion: fmt.Sprintf(`remove secret, issuer and minVersion, or set %s.mode to "simple"`, path),
					})
				case !passthrough && s.TLS.Secret == "":
					list = append(list, diag.Diagnostic{
						Path:       path,
						Message:    "the server ends TLS and has no certificate",
						Suggestion: fmt.Sprintf(`set %s.secret to the name of a Secret in namespace %s, such as "%s-tls", or %s.issuer to a cert-manager issuer, such as "letsencrypt"`, path, g.Namespace, s.Name, path),
					})
				}
				for i, host := range s.Hosts {
					at := fmt.Sprintf("%s.hosts[%d]", s.Path, i)
					if _, err := netip.ParseAddr(host); err == nil {
						list = append(list, diag.Diagnostic{
							Path:       at,
							Message:    fmt.Sprintf("who calls %s by its address names no host in TLS, and the server is never asked", host),
							Suggestion: fmt.Sprintf(`set %s.hosts to ["*"]`, s.Path),
						})
					}
					if host == anyHost && s.TLS.Issuer != "" {
						list = append(list, diag.Diagnostic{
							Path:       at,
							Message:    fmt.Sprintf("no issuer gives a certificate for every host, as %s.issuer would have to for \"*\"", path),
							Suggestion: fmt.Sprintf(`name the hosts, or set %s.secret in the place of issuer and make the certificate yourself`, path),
						})
					}
				}
				if s.TLS.RedirectHTTP && s.Opaque() {
					list = append(list, diag.Diagnostic{
						Path:       path + ".redirectHTTP",
						Message:    "only HTTP behind a TLS that the gateway ends can be redirected to",
						Suggestion: "remove redirectHTTP",
					})
				}
				if s.TLS.RedirectHTTP && s.Port == 80 {
					list = append(list, diag.Diagnostic{
						Path:       path + ".redirectHTTP",
						Message:    "port 80 cannot both end TLS and redirect to it",
						Suggestion: fmt.Sprintf("set %s.port to 443", s.Path),
					})
				}
			}
		}
		return list
	},
}
