package refs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/meshconfig"
	"github.com/meshgen/meshgen/internal/object"
)

// halfListeners warns of listeners of a Gateway that the API server takes and
// that istiod cannot open: TLS without a certificate, and routes of namespaces
// that nothing selects (gateway-api, Listener.tls and RouteNamespaces.selector).
func halfListeners(f *finder, s *subject) {
	if !strings.HasPrefix(object.String(s.Value, "spec", "gatewayClassName"), "istio") {
		return
	}
	parsePath("spec.listeners[]").maps(s.Value, nil, func(keys []string, m map[string]any) {
		tls := object.Map(m, "tls")
		if text(m, "protocol") == "HTTPS" && len(object.List(tls, "certificateRefs")) == 0 && len(object.Map(tls, "options")) == 0 {
			f.report(s, problem{
				code: "MG5067", severity: diag.Warning, keys: keys,
				message:    fmt.Sprintf("speaks HTTPS in %s and has no certificate: no client can speak TLS to it", field(keys)),
				suggestion: fmt.Sprintf("set %s.tls.certificateRefs to [{name: <a Secret with the certificate>}]", field(keys)),
			})
		}
		if namespaces := object.Map(m, "allowedRoutes", "namespaces"); text(namespaces, "from") == "Selector" && namespaces["selector"] == nil {
			at := below(keys, "allowedRoutes", "namespaces")
			f.report(s, problem{
				code: "MG5067", severity: diag.Warning, keys: at,
				message:    fmt.Sprintf("takes routes by a selector in %s and has none: no route is attached", field(at)),
				suggestion: fmt.Sprintf("set %s.selector, or from to All or Same", field(at)),
			})
		}
	})
}

// emptyAborts warns of faults that abort with no status, which istiod leaves out
// (pilot/pkg/networking/core/route, TranslateFault).
func emptyAborts(f *finder, s *subject) {
	parsePath("spec.http[].fault.abort").maps(s.Value, nil, func(keys []string, m map[string]any) {
		if m["httpStatus"] == nil && m["grpcStatus"] == nil && m["http2Error"] == nil {
			f.report(s, problem{
				code: "MG5067", severity: diag.Warning, keys: keys,
				message:    fmt.Sprintf("aborts requests in %s without a status, and istiod leaves the fault out", field(keys)),
				suggestion: fmt.Sprintf("set %s.httpStatus to a status such as 503", field(keys)),
			})
		}
	})
}

// tlsVersions are the names of versions of TLS, from the oldest
// (networking/v1 ServerTLSSettings.TLSProtocol).
var tlsVersions = []string{"TLSV1_0", "TLSV1_1", "TLSV1_2", "TLSV1_3"}

// knownCipher says what istiod says (IsValidCipherSuite): what begins with a sign
// is an expression of BoringSSL's. istiod leaves out what it does not know.
func knownCipher(name string) bool {
	return name == "" || name == "ALL" || strings.ContainsAny(name[:1], "-+[!@(") || slices.Contains(meshconfig.Ciphers(), name)
}

// serverVersions warns of servers of a Gateway with versions of TLS that exclude
// each other, and with ciphers that istiod does not know and leaves out.
func serverVersions(f *finder, s *subject) {
	parsePath("spec.servers[].tls").maps(s.Value, nil, func(keys []string, m map[string]any) {
		least, most := slices.Index(tlsVersions, text(m, "minProtocolVersion")), slices.Index(tlsVersions, text(m, "maxProtocolVersion"))
		if least > most && most >= 0 {
			at := below(keys, "minProtocolVersion")
			f.report(s, problem{
				code: "MG5067", severity: diag.Warning, keys: at,
				message:    fmt.Sprintf("wants at least %s in %s and at most %s: no client can connect", tlsVersions[least], field(at), tlsVersions[most]),
				suggestion: fmt.Sprintf("set %s to %s or an older one", field(at), tlsVersions[most]),
			})
		}
		for i, v := range object.List(m, "cipherSuites") {
			if name, ok := v.(string); ok && !knownCipher(name) {
				at := below(keys, "cipherSuites", fmt.Sprint(i))
				f.report(s, problem{
					code: "MG5067", severity: diag.Warning, keys: at,
					message:    fmt.Sprintf("names the cipher %q in %s, which istiod does not know and leaves out", name, field(at)),
					suggestion: fmt.Sprintf("set %s to one such as %s, or remove it", field(at), meshconfig.Ciphers()[0]),
				})
			}
		}
	})
}
