package render

import (
	"testing"

	"github.com/meshgen/meshgen/internal/diag"
)

// What the intent's own line says better is not said of the object again.
func TestSaid(t *testing.T) {
	list := diag.List{
		{Code: "MG3007", Severity: diag.Error, Path: "controlPlane.resources"},
		{Code: "MG3008", Severity: diag.Error, Path: "controlPlane.autoscaling"},
		{Code: "MG3009", Severity: diag.Error, Path: "gateways.public.servers.web"},
		{Code: "MG3022", Severity: diag.Error, Path: "egress.hosts.wild.host"},
		{Code: "MG3016", Severity: diag.Warning, Path: "authorization.rules.a"},
		{Code: "MG3016", Severity: diag.Error, Path: "authorization.rules.b"},
		{Code: "MG3010", Severity: diag.Error, Path: "gateways.public.servers.web.port", Message: "port 15021 of a gateway is taken by health checks"},
	}
	for _, c := range []struct {
		code, path, message string
		want                bool
	}{
		{"MG5036", "controlPlane.resources", "limit", true},
		{"MG5036", "controlPlane.autoscaling.max", "maxReplicas", true},
		{"MG5036", "controlPlane.autoscalings", "maxReplicas", false},
		{"MG5038", "gateways.public", "spec.servers[0].tls.privateKey is missing", true},
		{"MG5038", "gateways.public", "spec.servers[0].port is missing", false},
		{"MG5038", "gateways.public2", "spec.servers[0].tls.privateKey is missing", false},
		{"MG5038", "egress.hosts.wild.host", "cannot be looked up", true},
		{"MG5038", "authorization.rules.b", "another matter", false},
		{"MG5035", "gateways.public.servers", "spec.ports[1] stands in the list a second time: port 15021, protocol TCP", true},
		{"MG5035", "gateways.public.servers", "spec.ports[1] stands in the list a second time: port 80, protocol TCP", false},
		{"MG5038", "authorization.rules.a", "refused", false},
		{"MG5038", "", "refused", false},
	} {
		if got := said(list, diag.Diagnostic{Code: c.code, Path: c.path, Message: c.message}, "authorization.rules.b"); got != c.want {
			t.Errorf("%s at %q (%s): said %v, want %v", c.code, c.path, c.message, got, c.want)
		}
	}
}
