package policy

import (
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// certificate is CertificateSpec of cert-manager.io/v1
// (cert-manager, pkg/apis/certmanager/v1/types_certificate.go).
type certificate struct {
	SecretName string    `json:"secretName"`
	DNSNames   []string  `json:"dnsNames"`
	IssuerRef  issuerRef `json:"issuerRef"`
}

// issuerRef is IssuerReference (cert-manager, pkg/apis/meta/v1/types.go).
type issuerRef struct {
	Name  string `json:"name"`
	Kind  string `json:"kind"`
	Group string `json:"group"`
}

// Certificates returns cert-manager's Certificate for each server with an
// issuer, in the gateway's namespace, where the gateway reads the Secret.
// Certificate and Secret have the same name.
func Certificates(m model.Mesh) []object.Object {
	var objects []object.Object
	for _, g := range m.Gateways {
		for _, s := range g.Servers {
			if s.TLS == nil || s.TLS.Issuer == "" {
				continue
			}
			objects = append(objects, meta{
				apiVersion: "cert-manager.io/v1", kind: "Certificate",
				namespace: g.Namespace, name: s.TLS.Secret,
				component: "certificates", path: s.Path + ".tls.issuer",
			}.make(certificate{
				SecretName: s.TLS.Secret,
				DNSNames:   s.Hosts,
				IssuerRef:  issuerRef{Name: s.TLS.Issuer, Kind: s.TLS.IssuerKind, Group: "cert-manager.io"},
			}))
		}
	}
	return objects
}
