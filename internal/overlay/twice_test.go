package overlay

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/object"
)

// What a person's name makes twice is the person's to mend, at that name.
func TestMadeTwice(t *testing.T) {
	of := func(component, chart, path string, texts ...string) []object.Object {
		var all []object.Object
		for _, text := range texts {
			for _, o := range made(t, component, chart, text) {
				o.Origin.Path = path
				all = append(all, o)
			}
		}
		return all
	}
	const (
		deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: istiod, namespace: istio-system}\n"
		service    = "apiVersion: v1\nkind: Service\nmetadata: {name: istiod, namespace: istio-system}\n"
		account    = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: istiod, namespace: istio-system}\n"
		policy     = "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: allow-nothing, namespace: istio-system}\n"
	)
	istiod := of("istiod", "istiod", "", deployment, service, account)
	gateway := of("gateway-istiod", "gateway", "", deployment, service, account)
	raw := map[string]any{"nameOverride": "x"}
	for _, c := range []struct {
		name    string
		values  map[string]any
		objects []object.Object
		want    string
	}{
		{"a gateway", nil, append(istiod, gateway...), `gateways.istiod: error MG5005 Deployment.apps/istiod in istio-system and 2 more objects would be made twice: by gateways.istiod and by component istiod
    try: rename gateways.istiod, or set gateways.istiod.namespace to another than "istio-system"
`},
		{"a gateway that comes first", nil, append(gateway[:1:1], istiod...), `gateways.istiod: error MG5005 Deployment.apps/istiod in istio-system would be made twice: by gateways.istiod and by component istiod
    try: rename gateways.istiod, or set gateways.istiod.namespace to another than "istio-system"
`},
		{"a rule", nil, append(of("authorization", "", "authorization.default", policy), of("authorization", "", `authorization.rules."allow-nothing"`, policy)...),
			`authorization.rules."allow-nothing": error MG5005 AuthorizationPolicy.security.istio.io/allow-nothing in istio-system would be made twice: by authorization.rules."allow-nothing" and by authorization.default
    try: rename authorization.rules."allow-nothing"
`},
		{"raw values", raw, append(istiod[:2:2], istiod[1]), `values.istiod: error MG5005 Service/istiod in istio-system would be made twice: by values.istiod and by component istiod
    try: change values.istiod so that the chart makes each object once
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := Input{Objects: c.objects}
			in.Mesh.Cluster.Name = "edge"
			in.Mesh.Values.Istiod = c.values
			var b Builder
			_, list, err := b.Build(in)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, said(list)); diff != "" {
				t.Errorf("diagnostics differ (-want +got):\n%s", diff)
			}
		})
	}

	in := Input{Objects: append(istiod[:1:1], istiod[0])}
	in.Mesh.Cluster.Name = "edge"
	var b Builder
	if _, _, err := b.Build(in); err == nil || err.Error() != "Deployment.apps/istiod in istio-system is made twice" {
		t.Errorf("what meshgen makes twice by itself gives %v", err)
	}
}

// said writes diagnostics with their parts, one after the other.
func said(list diag.List) string {
	text := ""
	for _, d := range list {
		text += d.Path + ": " + string(d.Severity) + " " + d.Code + " " + d.Message + "\n    try: " + d.Suggestion + "\n"
	}
	return text
}
