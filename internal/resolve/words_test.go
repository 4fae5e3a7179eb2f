package resolve

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/intent"
)

// What leads nowhere is named by the field, by what it should be, and by what is
// there, each once.
func TestUnknownWords(t *testing.T) {
	in := intent.Mesh{
		Istio:      intent.Istio{Version: "1.31.1", Revision: "1-31", Tags: []string{"1-31"}},
		Namespaces: map[string]intent.Namespace{"shop": {Mesh: true, Revision: "prod"}},
		Gateways:   map[string]intent.Gateway{"public": {Namespace: "istio-ingress", Pool: "home"}},
		Services:   map[string]intent.Service{"web": {Namespace: "shop"}},
		Routes: map[string]intent.Route{"web": {Gateway: "public", Rules: []intent.RouteRule{
			{To: []intent.Destination{{Service: "web", Subset: "v1"}}},
		}}},
	}
	_, list := Mesh(in)
	var got []string
	for _, d := range list {
		got = append(got, d.Path+": "+d.Message+"; "+strings.Join(append([]string{d.Suggestion}, d.Alternatives...), "; "))
	}
	want := []string{
		`namespaces.shop.revision: there is no revision or tag "prod"; set namespaces.shop.revision to "1-31"; add "prod" to istio.tags`,
		`routes.web.rules[0].to[0].subset: service web has no subset "v1"; set services.web.subsets.v1.labels to the labels of its pods, as in {version: "v1"}; remove routes.web.rules[0].to[0].subset`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
