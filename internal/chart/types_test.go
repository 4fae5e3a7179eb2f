package chart

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTypes holds what is said of raw values of a wrong type, and that the
// values that people do write, though of another type than the default, pass.
func TestTypes(t *testing.T) {
	type m = map[string]any
	r := renderer(t)
	for _, c := range []struct {
		name, chart string
		raw         m
		want        []string // code path: message (suggestion)
	}{
		{"a text for a number", "istiod", m{"pilot": m{"replicaCount": "two"}}, []string{
			`MG4004 values.istiod.pilot.replicaCount: chart istiod 1.31.1 wants a number in pilot.replicaCount, and the value is the text "two" (set values.istiod.pilot.replicaCount to a number, such as its default 1)`}},
		{"a text for a map", "istiod", m{"global": m{"proxy": m{"resources": "x"}}}, []string{
			`MG4004 values.istiod.global.proxy.resources: chart istiod 1.31.1 wants a map in global.proxy.resources, and the value is the text "x" (set values.istiod.global.proxy.resources to a map)`}},
		{"a text for a truth value", "istiod", m{"pilot": m{"autoscaleEnabled": "false"}}, []string{
			`MG4004 values.istiod.pilot.autoscaleEnabled: chart istiod 1.31.1 wants true or false in pilot.autoscaleEnabled, and the value is the text "false" (set values.istiod.pilot.autoscaleEnabled to true or false, without quotes; its default is true)`}},
		{"a list for a text", "ztunnel", m{"tag": []any{"1.31.1"}}, []string{
			`MG4004 values.ztunnel.tag: chart ztunnel 1.31.1 wants a text in tag, and the value is a list (set values.ztunnel.tag to a text)`}},
		{"a map for a list", "istiod", m{"pilot": m{"tolerations": m{"key": "a"}}}, []string{
			`MG4004 values.istiod.pilot.tolerations: chart istiod 1.31.1 wants a list in pilot.tolerations, and the value is a map (set values.istiod.pilot.tolerations to a list)`}},
		{"a section", "cni", m{"cni": true}, []string{
			`MG4004 values.cni.cni: chart cni 1.31.1 wants a map in cni, and the value is true (set values.cni.cni to a map)`}},
		{"below global of a chart that lays it over its root", "ztunnel", m{"global": m{"tag": m{}}}, []string{
			`MG4004 values.ztunnel.global.tag: chart ztunnel 1.31.1 wants a text in global.tag, and the value is a map (set values.ztunnel.global.tag to a text)`}},
		{"an environment", "istiod", m{"pilot": m{"env": m{"A": m{"b": int64(1)}}}}, []string{
			`MG4004 values.istiod.pilot.env.A: chart istiod 1.31.1 wants a text in pilot.env.A, and the value is a map (set values.istiod.pilot.env.A to a text)`}},
		{"what may be", "istiod", m{
			"pilot":  m{"env": m{"A": int64(1), "B": true}, "rollingMaxSurge": int64(1), "replicaCount": "2", "resources": nil, "cpu": m{"targetAverageUtilization": "${CPU}"}},
			"global": m{"tag": 1.31, "meshID": "a"}, "pdb": m{"minAvailable": "50%"}}, nil},

		{"a template refuses", "ztunnel", m{"podLabels": m{"a": "b"}, "resources": m{"limits": "x"}}, []string{
			`MG4002 values.ztunnel.resources.limits: chart ztunnel refuses the values: resources.limits: range can't iterate over x (compare values.ztunnel.resources.limits with the chart's values.yaml)`}},
		{"a template refuses, at the root", "istiod", m{"revision": int64(3), "pilot": m{"podLabels": m{"a": "b"}}}, []string{
			`MG4002 values.istiod.revision: chart istiod refuses the values: revision: error calling eq: incompatible types for comparison: int64 and string (compare values.istiod.revision with the chart's values.yaml)`}},
		{"in a list, by the schema", "gateway", m{"service": m{"ports": []any{m{"name": "a", "port": "http"}}}}, []string{
			`MG4002 values.gateway.service.ports[0].port: chart gateway refuses the values: service.ports[0].port: got string, want integer (compare values.gateway.service.ports[0].port with the chart's values.yaml)`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			release := release(c.chart, c.raw)
			release.Raw = c.raw
			_, list, err := r.Render(release, 35)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, d := range list {
				got = append(got, d.Code+" "+d.Path+": "+d.Message+" ("+d.Suggestion+")")
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
