package refs

import (
	"fmt"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/object"
)

// The rules of this file find what istiod does as it is written, and nobody means.

// openCORS warns of a CORS policy that allows every origin and credentials:
// Envoy answers with the origin that asks, so that every site may send requests
// in a user's name and read the answers.
func openCORS(f *finder, s *subject) {
	parsePath("spec.http[].corsPolicy").maps(s.Value, nil, func(keys []string, m map[string]any) {
		if allow, _ := m["allowCredentials"].(bool); !allow {
			return
		}
		report := func(at []string) {
			f.report(s, problem{
				code: "MG5069", severity: diag.Warning, keys: at,
				message:    fmt.Sprintf("allows every origin in %s, and credentials beside it: each site may then act in the name of whoever visits it", field(at)),
				suggestion: fmt.Sprintf("name the origins in %s, or remove %s", field(below(keys, "allowOrigins")), field(below(keys, "allowCredentials"))),
			})
		}
		parsePath("allowOrigins[]").maps(m, keys, func(keys []string, o map[string]any) {
			exact, prefix, regex := text(o, "exact"), o["prefix"], text(o, "regex")
			anchored := strings.TrimSuffix(strings.TrimPrefix(regex, "^"), "$")
			if exact == "*" || prefix == "" || prefix == "http" || prefix == "https://" || prefix == "http://" || anchored == ".*" || anchored == ".+" || anchored == "https?://.*" || anchored == "https?://.+" {
				report(below(keys))
			}
		})
		parsePath("allowOrigin[]").each(m, keys, func(keys []string, v any) {
			if v == "*" {
				report(below(keys))
			}
		})
	})
}

// matched are the fields of an AuthorizationPolicy whose values may begin or end
// with a star, and may not hold one elsewhere (security/v1 AuthorizationPolicy;
// pilot/pkg/security/authz/matcher).
var matched = []path{
	parsePath("spec.rules[].to[].operation.paths[]"), parsePath("spec.rules[].to[].operation.notPaths[]"),
	parsePath("spec.rules[].to[].operation.hosts[]"), parsePath("spec.rules[].to[].operation.notHosts[]"),
	parsePath("spec.rules[].to[].operation.methods[]"), parsePath("spec.rules[].to[].operation.notMethods[]"),
	parsePath("spec.rules[].from[].source.principals[]"), parsePath("spec.rules[].from[].source.notPrincipals[]"),
	parsePath("spec.rules[].from[].source.requestPrincipals[]"), parsePath("spec.rules[].from[].source.notRequestPrincipals[]"),
	parsePath("spec.rules[].from[].source.namespaces[]"), parsePath("spec.rules[].from[].source.notNamespaces[]"),
	parsePath("spec.rules[].when[].values[]"), parsePath("spec.rules[].when[].notValues[]"),
}

// literalStars warns of a star in the middle of what an AuthorizationPolicy
// matches: it stands for itself there, so that an ALLOW lets nothing through and
// a DENY stops nothing. {*} and {**} in paths are templates of their own.
func literalStars(f *finder, s *subject) {
	if s.asMade() {
		return // MG3026 has looked at the intent's rules
	}
	for _, p := range matched {
		p.each(s.Value, nil, func(keys []string, v any) {
			value, _ := v.(string)
			bare := strings.NewReplacer("{*}", "", "{**}", "").Replace(value)
			if rest, ok := strings.CutPrefix(bare, "*"); ok {
				bare = rest
			} else {
				bare = strings.TrimSuffix(bare, "*")
			}
			if !strings.Contains(bare, "*") {
				return
			}
			at := below(keys)
			suggestion := fmt.Sprintf("let * stand at the beginning or the end of %s", field(at))
			if strings.HasSuffix(p[len(p)-2], "aths") && !strings.HasPrefix(value, "*") {
				suggestion += fmt.Sprintf(", or write %s", strings.ReplaceAll(value, "*", "{*}"))
				if strings.Contains(value, "{") || !wholeSegments(value) {
					suggestion = fmt.Sprintf("let * stand at the beginning or the end of %s, or {*} for a whole segment of the path", field(at))
				}
			}
			f.report(s, problem{
				code: "MG5069", severity: diag.Warning, keys: at,
				message:    fmt.Sprintf("matches %q in %s, where the star in the middle stands for itself", value, field(at)),
				suggestion: suggestion,
			})
		})
	}
}

// wholeSegments says whether each star of a path is a segment of its own.
func wholeSegments(path string) bool {
	for segment := range strings.SplitSeq(path, "/") {
		if strings.Contains(segment, "*") && segment != "*" {
			return false
		}
	}
	return true
}

// openEntries warns of a port of plain TCP for which a ServiceEntry has no
// address: a sidecar then takes whatever goes to that port, wherever to
// (IST0134). Addresses that istiod gives by itself help only where the proxy
// answers DNS; waypoints know them in any case.
func openEntries(f *finder, s *subject) {
	if s.asMade() || f.mesh.Proxy.DNS.Capture || !f.mesh.Sidecars || len(object.List(s.Value, "spec", "addresses")) > 0 {
		return
	}
	parsePath("spec.ports[]").maps(s.Value, nil, func(keys []string, m map[string]any) {
		if protocol := text(m, "protocol"); protocol != "" && !strings.EqualFold(protocol, "TCP") {
			return
		}
		n, _ := number(m["number"])
		at := below(keys, "number")
		f.report(s, problem{
			code: "MG5069", severity: diag.Warning, keys: at,
			message:    fmt.Sprintf("has no addresses, so that sidecars take whatever goes to port %d for it, wherever it is meant for", n),
			suggestion: "set spec.addresses, or dataPlane.proxy.dns.capture and dataPlane.proxy.dns.autoAllocate to true",
		})
	})
}
