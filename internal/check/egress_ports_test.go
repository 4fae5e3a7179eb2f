package check

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

// TestEgress: which hosts outside the mesh sidecars cannot tell apart, and which
// protocols seldom go with their ports.
func TestEgress(t *testing.T) {
	out, other := &model.Gateway{Name: "out"}, &model.Gateway{Name: "other"}
	host := func(name, host, protocol string, port int, through *model.Gateway) model.EgressHost {
		return model.EgressHost{Name: name, Path: "egress.hosts." + name, Host: host, Port: port, Protocol: protocol, Through: through}
	}
	one, two := host("a", "one.example.net", "TCP", 5432, nil), host("b", "two.example.net", "TCP", 5432, nil)
	dns := func(capture, allocate bool) intent.Proxy {
		var p intent.Proxy
		p.DNS.Capture, p.DNS.AutoAllocate = capture, allocate
		return p
	}
	const alone = "warning egress.hosts.a.port: one.example.net has no address, so that sidecars send whatever goes to port 5432 of an address that the mesh does not know to it"
	both := []string{"error egress.hosts.b.port: one.example.net and two.example.net are both plain TCP on port 5432, and have no addresses that tell them apart: sidecars send all of it to one of the two"}
	for _, test := range []struct {
		name  string
		mesh  model.Mesh
		hosts []model.EgressHost
		want  []string
	}{
		{"one of TCP", model.Mesh{Sidecars: true}, []model.EgressHost{one}, []string{alone}},
		{"two of TCP", model.Mesh{Sidecars: true}, []model.EgressHost{one, two}, both},
		{"addresses", model.Mesh{Sidecars: true, Proxy: dns(true, true)}, []model.EgressHost{one, two}, nil},
		{"DNS without addresses", model.Mesh{Sidecars: true, Proxy: dns(true, false)}, []model.EgressHost{one, two}, both},
		{"DNS beside ambient", model.Mesh{Sidecars: true, Ambient: true, Proxy: dns(true, false)}, []model.EgressHost{one, two}, nil},
		{"istiod is told to give none", model.Mesh{Sidecars: true, Proxy: dns(true, true), ControlPlane: model.ControlPlane{Env: map[string]string{"PILOT_ENABLE_IP_AUTOALLOCATE": "false"}}}, []model.EgressHost{one, two}, both},
		{"no sidecars", model.Mesh{Ambient: true}, []model.EgressHost{one, two}, nil},
		{"ports apart", model.Mesh{Sidecars: true}, []model.EgressHost{one, host("b", "two.example.net", "TLS", 5432, nil)}, []string{alone}},
		{"beside HTTP", model.Mesh{Sidecars: true}, []model.EgressHost{one, host("b", "two.example.net", "HTTP", 5432, nil)}, []string{
			"error egress.hosts.a.port: one.example.net is plain TCP and two.example.net is HTTP on port 5432, and they have no addresses that tell them apart: sidecars leave one of the two out"}},
		{"twice", model.Mesh{}, []model.EgressHost{host("a", "x.example.net", "TLS", 443, nil), host("b", "X.example.net", "TLS", 443, nil)}, []string{
			"error egress.hosts.b.host: egress.hosts.a has port 443 of X.example.net already"}},
		{"two gateways", model.Mesh{}, []model.EgressHost{host("a", "x.example.net", "TLS", 443, out), host("b", "x.example.net", "HTTP", 80, other)}, []string{
			"error egress.hosts.b.through: x.example.net leaves through gateway out on port 443, and through other on port 80: sidecars read the routes of one gateway alone"}},
		{"two ports of a gateway", model.Mesh{}, []model.EgressHost{host("a", "x.example.net", "TLS", 443, out), host("b", "x.example.net", "HTTP", 80, out)}, nil},
		{"HTTP to 443", model.Mesh{}, []model.EgressHost{host("a", "x.example.net", "HTTP", 443, nil)}, []string{
			"warning egress.hosts.a.protocol: the application sends plain HTTP to port 443 of x.example.net, where servers expect TLS"}},
		{"TLS to 80", model.Mesh{}, []model.EgressHost{host("a", "x.example.net", "TLS", 80, nil)}, []string{
			"warning egress.hosts.a.protocol: the application sends TLS to port 80 of x.example.net, where servers expect plain HTTP"}},
		{"nothing said", model.Mesh{}, []model.EgressHost{host("a", "x.example.net", "TLS", 5671, nil)}, []string{
			"warning egress.hosts.a.port: nothing says what is spoken on port 5671 of x.example.net, and it is taken for TLS"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.mesh.Egress.Hosts = test.hosts
			in := intent.Intent{Written: func(string) bool { return test.name != "nothing said" }}
			var got []string
			for _, c := range []Check{egressPorts, egressProtocols} {
				for _, d := range c.Run(test.mesh, in) {
					if d.Severity == "" {
						d.Severity = c.Severity
					}
					got = append(got, string(d.Severity)+" "+d.Path+": "+d.Message)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestWaypointSidecars: rules by HTTP beside callers that never come to the
// waypoint which reads it.
func TestWaypointSidecars(t *testing.T) {
	mesh := func(web intent.Mode, fill func(*model.AuthRule)) model.Mesh {
		r := model.AuthRule{Name: "r", Path: "authorization.rules.r"}
		r.Action, r.To.Namespace = "allow", "data"
		fill(&r)
		return model.Mesh{
			Namespaces: []model.Namespace{
				{Name: "data", Mesh: true, Mode: intent.Ambient, Waypoint: true},
				{Name: "web", Mesh: true, Mode: web},
			},
			Authorization: model.Authorization{Rules: []model.AuthRule{r}},
		}
	}
	get := func(r *model.AuthRule) { r.To.Methods = []string{"GET"} }
	const past = "workloads of namespace web have sidecars, which do not go through the waypoint of namespace data: the rule lets none of them in"
	for _, test := range []struct {
		name string
		mesh model.Mesh
		want string
	}{
		{"all ambient", mesh(intent.Ambient, get), ""},
		{"from sidecars", mesh(intent.Sidecar, func(r *model.AuthRule) { get(r); r.From.Namespaces = []string{"web"} }), "error: " + past},
		{"from an account with a sidecar", mesh(intent.Sidecar, func(r *model.AuthRule) { get(r); r.From.ServiceAccounts = []string{"web/front"} }), "error: " + past},
		{"from the namespace itself", mesh(intent.Sidecar, func(r *model.AuthRule) { get(r); r.From.Namespaces = []string{"data"} }), ""},
		{"from anybody", mesh(intent.Sidecar, get), "warning: " + past},
		{"by ports", mesh(intent.Sidecar, func(r *model.AuthRule) { r.To.Ports, r.From.Namespaces = []int{5432}, []string{"web"} }), ""},
		{"denied", mesh(intent.Sidecar, func(r *model.AuthRule) { get(r); r.Action = "deny" }),
			"warning: only what comes through the waypoint of namespace data reaches its pods, so that the rule holds: workloads of namespace web have sidecars, which call pods directly, and are shut out"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := ""
			for _, d := range waypointSidecars.Run(test.mesh, intent.Intent{}) {
				if d.Severity == "" {
					d.Severity = waypointSidecars.Severity
				}
				got += string(d.Severity) + ": " + d.Message
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
