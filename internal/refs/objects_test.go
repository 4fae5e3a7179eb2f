package refs_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
	"github.com/meshgen/meshgen/internal/refs"
)

// TestOrigin holds what is said of an object that no manifest holds: which patch
// is to blame, which of the intent's paths asked for it, and what the intent
// declares, or leaves out, is not missed.
func TestOrigin(t *testing.T) {
	const pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: default}\nspec: {containers: [{name: a, envFrom: [{secretRef: {name: keys}}]}]}\n"
	type said struct{ Path, Message, Suggestion string }
	missing := func(of, after string) string {
		return of + after + " refers to Secret/keys in default in spec.containers[0].envFrom[0].secretRef.name, which nobody makes"
	}
	declare := `add the object to manifests, or declare who makes it: external: "Secret/default/keys": "..."`
	for _, c := range []struct {
		name   string
		origin object.Origin
		mesh   model.Mesh
		part   bool // something was left out
		want   []said
	}{
		{"of a chart", object.Origin{Component: "istiod", Chart: "istiod"}, model.Mesh{}, false, []said{{"values.istiod", missing("Pod/a in default", ", of chart istiod,"), declare}}},
		{
			"of a raw value", object.Origin{Component: "istiod", Chart: "istiod"},
			model.Mesh{Values: intent.Values{Istiod: map[string]any{"pilot": map[string]any{"envVarFrom": []any{map[string]any{"name": "keys"}}}}}}, false,
			[]said{{"values.istiod.pilot.envVarFrom[0].name", missing("Pod/a in default", ", of chart istiod,"), declare}},
		},
		{"of a gateway", object.Origin{Component: "gateway-x", Chart: "gateway"}, model.Mesh{}, false, []said{{"gateways.x", missing("Pod/a in default", ", of chart gateway,"), declare}}},
		{"patched", object.Origin{Component: "istiod", Chart: "istiod", Patches: []string{"one", "two"}}, model.Mesh{}, false, []said{{"patches.two", missing("Pod/a in default", `, as patch "two" leaves it,`), declare}}},
		{"asked for", object.Origin{Component: "routes", Path: "routes.web"}, model.Mesh{}, false, []said{{"routes.web", missing("Pod/a in default", ""), declare}}},
		{"external", object.Origin{}, model.Mesh{External: []model.External{{Kind: "Secret", Namespace: "default", Name: "keys"}}}, false, nil},
		{"external by a pattern", object.Origin{}, model.Mesh{External: []model.External{{Kind: "Secret", Namespace: "*", Name: "ke*"}}}, false, nil},
		{"external elsewhere", object.Origin{Path: "routes.web"}, model.Mesh{External: []model.External{{Kind: "Secret", Namespace: "shop", Name: "*"}}}, false, []said{{"routes.web", missing("Pod/a in default", ""), declare}}},
		{"left out", object.Origin{}, model.Mesh{}, true, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			docs, err := object.Parse([]byte(pod))
			if err != nil {
				t.Fatal(err)
			}
			var got []said
			for _, d := range refs.Diagnostics(refs.Objects(c.mesh, []object.Object{{Value: docs[0], Origin: c.origin}}, !c.part)) {
				got = append(got, said{d.Path, d.Message, d.Suggestion})
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestGatewayAPI holds what is said of an object of Gateway API, by who brings
// its CRDs.
func TestGatewayAPI(t *testing.T) {
	none := "HTTPRoute.gateway.networking.k8s.io/a in default is of a custom kind, and nobody brings a CustomResourceDefinition of HTTPRoute in gateway.networking.k8s.io"
	for _, c := range []struct {
		name, kind string
		mesh       model.Mesh
		want       diag.List
	}{
		{"the delivery", "HTTPRoute", model.Mesh{GatewayAPI: &model.GatewayAPI{Deliver: true}}, nil},
		{"the platform", "GRPCRoute", model.Mesh{GatewayAPI: &model.GatewayAPI{}}, nil},
		{"others", "HTTPRoute", model.Mesh{External: []model.External{{Kind: "CustomResourceDefinition", Name: "httproutes.gateway.networking.k8s.io"}}}, nil},
		{"nobody", "HTTPRoute", model.Mesh{}, diag.List{{
			Code: "MG5063", Severity: diag.Warning, Path: "manifests.a", Message: none,
			Suggestion: `set gitops.engine, whose delivery fetches the definitions, or cluster.gatewayAPI.crds to "platform" where they are there`,
		}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			value := map[string]any{"apiVersion": "gateway.networking.k8s.io/v1", "kind": c.kind, "metadata": map[string]any{"name": "a", "namespace": "default"}}
			got := refs.Diagnostics(refs.Objects(c.mesh, []object.Object{{Value: value, Origin: object.Origin{Path: "manifests.a"}}}, true))
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
