package validate_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/object"
	"github.com/meshgen/meshgen/internal/validate"
)

// TestPlaceholders: what Flux replaces is not judged, and all around it is.
func TestPlaceholders(t *testing.T) {
	const gateway = "apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: web, namespace: shop}\nspec: {selector: {istio: web}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["
	for _, test := range []struct {
		name, text string
		want       []string // the fields that something is said of
	}{
		{"a host", gateway + "'${DOMAIN}']}]}", nil},
		{"a part of a host", gateway + "'*.${MY_DOMAIN:=example.com}']}]}", nil},
		{"a host and a bad one beside it", gateway + "'${DOMAIN}', 'a..b']}]}", []string{"spec.servers[0].hosts[1]"}},
		{"a name that nobody declared", gateway + "'${OTHER}']}]}", []string{"spec.servers[0].hosts[0]"}},
		{"what Flux keeps", gateway + "'$${DOMAIN}']}]}", []string{"spec.servers[0].hosts[0]"}},
		{"what Flux leaves alone", "apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: web, namespace: shop, annotations: {kustomize.toolkit.fluxcd.io/substitute: disabled}}\nspec: {selector: {istio: web}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ['${DOMAIN}']}]}", []string{"spec.servers[0].hosts[0]"}},
		{"a number", "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec: {ports: [{port: '${PORT}'}]}", nil},
		{"a number, and a misspelt field", "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec: {ports: [{port: '${PORT}', porto: 1}]}", []string{"spec.ports[0].porto"}},
		{"an address", "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec: {externalIPs: ['${PORT}'], ports: [{port: 80}]}", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			docs, err := object.Parse([]byte(test.text))
			if err != nil {
				t.Fatal(err)
			}
			m := newest()
			m.GitOps = &intent.GitOps{Engine: "flux", Substitute: &intent.Substitute{Names: []string{"DOMAIN", "MY_DOMAIN", "PORT"}}}
			v, all := validate.New(), append([]object.Object{{Value: docs[0]}}, crds(t)...)
			for _, again := range []string{"first", "again"} {
				found, err := v.Objects(m, all)
				if err != nil {
					t.Fatal(err)
				}
				var got []string
				for _, f := range found {
					got = append(got, f.Path)
				}
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("%s: -want +got:\n%s", again, diff)
				}
			}
			// The same text without a declaration is not fine because it once was.
			if found, err := v.Objects(newest(), all); err != nil || len(found) == 0 {
				t.Errorf("nothing is declared, and nothing is wrong: %v", err)
			}
		})
	}
}
