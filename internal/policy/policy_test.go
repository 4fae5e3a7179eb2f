package policy

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// cases holds a mesh for each topic; what comes of it stands in testdata.
var cases = []struct {
	name  string
	topic func(model.Mesh) []object.Object
	mesh  model.Mesh
}{
	{"namespaces", Namespaces, namespacesMesh()},
	{"mtls", MTLS, mtlsMesh()},
	{"gateways", Gateways, gatewaysMesh()},
	{"gatewayapi", GatewayAPIGateways, gatewayAPIMesh()},
	{"gatewayapi-metallb", GatewayAPIGateways, metalLBGatewayMesh()},
	{"waypoints", Waypoints, waypointsMesh()},
	{"certificates", Certificates, gatewayAPIMesh()},
	{"services", Services, routesMesh(byChart)},
	{"virtualservices", VirtualServices, routesMesh(byChart)},
	{"httproutes", HTTPRoutes, routesMesh(byGatewayAPI)},
	{"authorization", Authorization, authorizationMesh()},
	{"authorization-ambient", Authorization, ambientAuthorizationMesh()},
	{"authorization-guards", Authorization, guardsMesh()},
	{"issuers", TokenIssuers, issuersMesh()},
	{"egress", Egress, egressMesh()},
	{"egress-gateway", Gateways, egressMesh()},
	{"telemetry", Telemetry, telemetryMesh()},
	{"monitors", Monitors, telemetryMesh()},
	{"kiali", Kiali, telemetryMesh()},
	{"metallb", MetalLB, metalLBMesh()},
	{"networkpolicies", NetworkPolicies, networkPoliciesMesh("calico")},
	{"networkpolicies-cilium", NetworkPolicies, networkPoliciesMesh("cilium")},
}

func TestTopics(t *testing.T) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			objects := c.topic(c.mesh)
			got, err := object.Encode(objects)
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", c.name+".yaml")
			if os.Getenv("MESHGEN_UPDATE") == "1" {
				if err := os.WriteFile(path, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", path, diff)
			}
			for _, o := range objects {
				if o.Origin.Component == "" || o.Origin.Path == "" {
					t.Errorf("%v has the origin %+v", o.ID(), o.Origin)
				}
			}
		})
	}
}

// TestNoStrayTestdata fails when a file in testdata has no case.
func TestNoStrayTestdata(t *testing.T) {
	files, err := filepath.Glob("testdata/*")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, c := range cases {
		want = append(want, filepath.Join("testdata", c.name+".yaml"))
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, files); diff != "" {
		t.Errorf("files in testdata (-want +got):\n%s", diff)
	}
}

// TestEmpty holds that a mesh which asks for nothing gets its explicit mTLS
// stage and nothing else.
func TestEmpty(t *testing.T) {
	var got []string
	for _, o := range Objects(model.Mesh{}) {
		got = append(got, o.ID().String())
	}
	want := []string{"PeerAuthentication.security.istio.io/default in istio-system"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("objects of an empty mesh (-want +got):\n%s", diff)
	}
}

// TestNoCollisions holds that no two objects of a mesh have the same identity.
func TestNoCollisions(t *testing.T) {
	for _, c := range cases {
		seen := map[object.ID]bool{}
		for _, o := range Objects(c.mesh) {
			if seen[o.ID()] {
				t.Errorf("%s: two objects are %v", c.name, o.ID())
			}
			seen[o.ID()] = true
		}
	}
}

// TestSame holds that a mesh gives the same bytes each time.
func TestSame(t *testing.T) {
	for _, c := range cases {
		first, err := object.Encode(Objects(c.mesh))
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			again, err := object.Encode(Objects(c.mesh))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(first), string(again)); diff != "" {
				t.Fatalf("%s (-first +again):\n%s", c.name, diff)
			}
		}
	}
}

// TestValue holds that numbers are what object.Object promises.
func TestValue(t *testing.T) {
	got := value(struct {
		Whole int      `json:"whole"`
		Part  float64  `json:"part"`
		List  []uint32 `json:"list"`
	}{1, 0.5, []uint32{2}})
	want := map[string]any{"whole": int64(1), "part": 0.5, "list": []any{int64(2)}}
	if diff := cmp.Diff(any(want), got); diff != "" {
		t.Errorf("value (-want +got):\n%s", diff)
	}
}

// TestNoTarget holds that a rule which says neither namespace nor gateway, which
// check refuses while the rest goes on, is left out.
func TestNoTarget(t *testing.T) {
	m := model.Mesh{Authorization: model.Authorization{Rules: []model.AuthRule{
		rule("nowhere", func(r *model.AuthRule) { r.Issuer = customers() }),
	}}}
	if got := append(Authorization(m), TokenIssuers(m)...); len(got) > 0 {
		t.Errorf("objects: %v", got)
	}
}

func TestWholeDuration(t *testing.T) {
	for text, want := range map[string]string{
		"60s": "60s", "5s": "5s", "500ms": "500ms", "1h": "1h",
		"1.5s": "1s500ms", "0.5m": "30s", "1m30s": "1m30s", "100000ms": "1m40s", "1s1h": "1h1s",
		"0.5ms": "1ms", "0s": "0s", "0.0s": "0s",
	} {
		if got := wholeDuration(text); got != want {
			t.Errorf("wholeDuration(%q) = %q, want %q", text, got, want)
		}
	}
}
