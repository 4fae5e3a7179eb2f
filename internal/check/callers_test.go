package check

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/model"
)

func TestCallers(t *testing.T) {
	m := model.Mesh{
		Namespaces: []model.Namespace{{Name: "shop", Mesh: true}, {Name: "shut"}, {Name: "istio-ingress"}},
		Gateways:   []model.Gateway{{Name: "public", Namespace: "istio-ingress"}},
	}
	rule := model.AuthRule{Path: "authorization.rules.a"}
	rule.From.Namespaces = []string{"shop", "shpo", "shut", "elsewhere", "istio-ingress"}
	rule.From.ServiceAccounts = []string{"shop/web", "shpo/web", "shut/web", "istio-ingress/public"}
	var got []string
	for _, d := range callers(m, rule) {
		got = append(got, d.Path+": "+d.Message+"; "+d.Suggestion)
	}
	want := []string{
		`authorization.rules.a.from.namespaces[1]: the intent has no namespace shpo: nobody of it is in the mesh, and nobody matches; set authorization.rules.a.from.namespaces[1] to "shop"`,
		`authorization.rules.a.from.namespaces[2]: namespace shut is not in the mesh: its workloads have no identity, and never match; set namespaces.shut.mesh to true`,
		`authorization.rules.a.from.namespaces[3]: namespace elsewhere is not in the mesh: its workloads have no identity, and never match; set namespaces.elsewhere.mesh to true`,
		`authorization.rules.a.from.serviceAccounts[1]: the intent has no namespace shpo: nobody of it is in the mesh, and nobody matches; set authorization.rules.a.from.serviceAccounts[1] to "shop/web"`,
		`authorization.rules.a.from.serviceAccounts[2]: namespace shut is not in the mesh: its workloads have no identity, and never match; set namespaces.shut.mesh to true`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
