package policy

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// TestManyHosts: what one HTTPRoute cannot hold, another does, bound to the
// listeners of its own hosts.
func TestManyHosts(t *testing.T) {
	var hosts []string
	for i := range 18 {
		hosts = append(hosts, fmt.Sprintf("h%02d.example.com", i))
	}
	gateway := public(byGatewayAPI, server("web", 80, nil, hosts...))
	service := model.Service{Name: "web", Namespace: "shop", Port: 80}
	m := model.Mesh{Routes: []model.Route{{
		Name: "web", Path: "routes.web", Gateway: &gateway, Hosts: hosts,
		Rules: []model.RouteRule{{To: []model.Destination{{Service: &service, Weight: 100}}}},
	}}}
	type route struct {
		Name           string
		First, Last    any
		Hosts, Parents int
	}
	var got []route
	for _, o := range HTTPRoutes(m) {
		names := object.List(o.Value, "spec", "hostnames")
		got = append(got, route{o.ID().Name, names[0], names[len(names)-1], len(names), len(object.List(o.Value, "spec", "parentRefs"))})
	}
	want := []route{
		{"web", "h00.example.com", "h15.example.com", 16, 16},
		{"web.2", "h16.example.com", "h17.example.com", 2, 2},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
