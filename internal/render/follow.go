package render

import (
	"slices"
	"strconv"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
)

// consequence says of a finding about objects that it follows from a mistake that
// a check of the intent has told at its line, and ends with it.
type consequence struct {
	cause, code string
	follows     func(m intent.Mesh, cause, d diag.Diagnostic) bool
}

// consequences are those that said cannot know: of two paths of the intent, or of
// what is found between objects.
var consequences = []consequence{
	{"MG3043", "MG5037", func(_ intent.Mesh, cause, d diag.Diagnostic) bool { // a host and port twice are one ServiceEntry
		return hostOf(cause.Path) != "" && hostOf(d.Path) != "" && strings.Contains(d.Message, "port number cannot be duplicated")
	}},
	{"MG3011", "MG5055", func(m intent.Mesh, cause, d diag.Diagnostic) bool { // an egress gateway of the wrong kind
		gateway, ok := strings.CutSuffix(cause.Path, ".api")
		return ok && hostOf(d.Path) != "" && intent.Join("gateways", m.Egress.Hosts[hostOf(d.Path)].Through) == gateway
	}},
	{"MG3022", "MG5035", func(m intent.Mesh, cause, d diag.Diagnostic) bool { // a port that the gateway would not have
		host := m.Egress.Hosts[hostOf(cause.Path)]
		return host.Through != "" && below(d.Path, intent.Join("gateways", host.Through)) && strings.Contains(d.Message, "port "+strconv.Itoa(host.Port)+",")
	}},
	{"MG3015", "MG5064", func(_ intent.Mesh, cause, d diag.Diagnostic) bool { // an exception for a namespace of nobody
		return d.Path != "" && below(cause.Path, d.Path)
	}},
	{"MG5033", "MG3019", func(m intent.Mesh, cause, d diag.Diagnostic) bool { // a revision that is too long for istiod's Service
		return cause.Path == "istio.revision" && strings.Contains(d.Message, "discoveryAddress") && strings.Contains(d.Message, m.Istio.Revision)
	}},
}

// hostOf is the name in a path of or below egress.hosts; empty for another path.
func hostOf(path string) string {
	if names := intent.Names(path); len(names) > 2 && names[0] == "egress" && names[1] == "hosts" {
		return names[2]
	}
	return ""
}

// withoutConsequences leaves out of a cluster's diagnostics what only follows from
// others: a person mends one mistake once.
func withoutConsequences(list diag.List, m intent.Mesh) diag.List {
	return slices.DeleteFunc(slices.Clone(list), func(d diag.Diagnostic) bool {
		return slices.ContainsFunc(consequences, func(c consequence) bool {
			return c.code == d.Code && slices.ContainsFunc(list, func(e diag.Diagnostic) bool {
				return e.Code == c.cause && e.Severity == diag.Error && c.follows(m, e, d)
			})
		})
	})
}
