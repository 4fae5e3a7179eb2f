package chart

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

func renderer(t testing.TB) *Renderer {
	t.Helper()
	charts, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	return NewRenderer(charts)
}

func release(chart string, values map[string]any) model.Release {
	return model.Release{Component: chart, Chart: chart, Name: chart, Namespace: "istio-system", Values: values, RawPath: "values." + chart}
}

// TestCRDs holds our labels on the CRDs against those of the chart's own template.
func TestCRDs(t *testing.T) {
	content := func(templates bool) map[string]any {
		r := renderer(t)
		objects, list, err := r.Render(release("base", map[string]any{"base": map[string]any{"enableCRDTemplates": templates}}), 35)
		if err != nil || len(list) > 0 {
			t.Fatal(list, err)
		}
		m := map[string]any{}
		for _, o := range objects {
			m[o.ID().String()] = o.Value
		}
		return m
	}
	ours, theirs := content(false), content(true)
	crds := 0
	for id := range theirs {
		if strings.HasPrefix(id, "CustomResourceDefinition") {
			crds++
		}
	}
	if crds != 15 { // DOMAIN: Istio 1.31 has fifteen
		t.Errorf("the chart has %d CRDs, want 15", crds)
	}
	// What we compare with must not have gone through our labels itself.
	r := renderer(t)
	base := r.charts["base"]
	data, err := base.data(release("base", map[string]any{}), 35, false)
	if err != nil {
		t.Fatal(err)
	}
	texts, err := base.run(base.helm.Templates, data)
	if err != nil {
		t.Fatal(err)
	}
	docs, err := object.Parse([]byte(texts["base/templates/crds.yaml"]))
	if err != nil {
		t.Fatal(err)
	}
	for _, doc := range docs {
		o := object.Object{Value: doc}
		annotations := object.Map(doc, "metadata", "annotations")
		for key, value := range object.KeepAnnotations() {
			annotations[key] = value // what we add, and all that we add
		}
		theirs[o.ID().String()] = doc
	}
	if diff := cmp.Diff(theirs, ours); diff != "" {
		t.Error("-chart +ours", diff)
	}
}

func TestUnknownKeys(t *testing.T) {
	for _, test := range []struct {
		chart string
		raw   map[string]any
		want  string // the diagnostic's path and suggestion; empty when the chart reads the value
	}{
		{"istiod", map[string]any{"pilot": map[string]any{"resorces": map[string]any{}}}, "values.istiod.pilot.resorces: rename it to resources"},
		{"istiod", map[string]any{"pilot": map[string]any{"pilot": map[string]any{"replicaCount": 2}}}, "values.istiod.pilot.pilot: remove it, or name a value of the chart's values.yaml"},
		{"istiod", map[string]any{"pilot": map[string]any{"env": map[string]any{"ANY_NAME": "1"}}}, ""},
		{"istiod", map[string]any{"global": map[string]any{"proxy": map[string]any{"lifecycle": map[string]any{"preStop": map[string]any{}}}}}, ""},
		{"istiod", map[string]any{"global": map[string]any{"proxy": map[string]any{"loglevel": "info"}}}, "values.istiod.global.proxy.loglevel: rename it to logLevel"},
		{"istiod", map[string]any{"ztunnel": map[string]any{}}, "values.istiod.ztunnel: remove it, or name a value of the chart's values.yaml"},
		{"istiod", map[string]any{"base": map[string]any{"validationFailurePolicy": "Fail"}}, ""},
		{"base", map[string]any{"base": map[string]any{"validationFailurePolicy": "Fail"}}, ""},
		{"cni", map[string]any{"cni": map[string]any{"ambient": map[string]any{"dnsCapture": true}}}, ""},
		{"cni", map[string]any{"cni": map[string]any{"ambient": map[string]any{"dnscapture": true}}}, "values.cni.cni.ambient.dnscapture: rename it to dnsCapture"},
		{"ztunnel", map[string]any{"ztunnel": map[string]any{"resources": map[string]any{}}}, "values.ztunnel.ztunnel: remove it, or name a value of the chart's values.yaml"},
		{"ztunnel", map[string]any{"resources": map[string]any{"requests": map[string]any{"ephemeral-storage": "1Gi"}}}, ""},
		{"ztunnel", map[string]any{"global": map[string]any{"network": "n1"}}, ""},
		{"gateway", map[string]any{"service": map[string]any{"loadBalancerClass": "x"}}, ""},
		{"gateway", map[string]any{"autoscaling": map[string]any{"minreplicas": 2}}, "values.gateway.autoscaling.minreplicas: rename it to minReplicas"},
	} {
		rel := release(test.chart, test.raw)
		rel.Raw = test.raw
		_, list, err := renderer(t).Render(rel, 35)
		got := ""
		for _, d := range list {
			got += d.Path + ": " + d.Suggestion
		}
		if err != nil || got != test.want {
			t.Errorf("%s %v: got %q (error %v), want %q", test.chart, test.raw, got, err, test.want)
		}
	}
}

// TestShadowed: what loses to a value that meshgen or a profile sets is said,
// and where to write it; what nothing else sets works in either place.
func TestShadowed(t *testing.T) {
	env := func(name string) map[string]any { return map[string]any{"env": map[string]any{name: "x"}} }
	for _, test := range []struct {
		chart     string
		ours, raw map[string]any
		want      string // the diagnostic's path and suggestion
	}{
		{"istiod", map[string]any{"pilot": map[string]any{"replicaCount": 1}}, map[string]any{"replicaCount": 2}, "values.istiod.replicaCount: set values.istiod.pilot.replicaCount instead"},
		{"istiod", map[string]any{}, map[string]any{"replicaCount": 2}, ""},
		{"istiod", map[string]any{"profile": "ambient"}, env("PILOT_ENABLE_AMBIENT"), "values.istiod.env.PILOT_ENABLE_AMBIENT: set values.istiod.pilot.env.PILOT_ENABLE_AMBIENT instead"},
		{"istiod", map[string]any{"profile": "ambient"}, env("ANY_OTHER"), ""},
		{"istiod", map[string]any{"profile": "ambient"}, map[string]any{"pilot": env("PILOT_ENABLE_AMBIENT")}, ""},
		{"cni", map[string]any{"global": map[string]any{"platform": "k3s"}}, map[string]any{"cniBinDir": "/x"}, "values.cni.cniBinDir: set values.cni.cni.cniBinDir instead"},
		{"cni", map[string]any{}, map[string]any{"cniBinDir": "/x"}, ""},
		{"ztunnel", map[string]any{"hub": "r.example/istio"}, map[string]any{"global": map[string]any{"hub": "h"}}, "values.ztunnel.global.hub: set values.ztunnel.hub instead"},
		{"ztunnel", map[string]any{}, map[string]any{"global": map[string]any{"network": "n1"}}, ""},
	} {
		rel := release(test.chart, maps.Clone(test.ours))
		rel.Raw = test.raw
		maps.Copy(rel.Values, test.raw)
		_, list, err := renderer(t).Render(rel, 35)
		got := ""
		for _, d := range list {
			got += d.Path + ": " + d.Suggestion
		}
		if err != nil || got != test.want {
			t.Errorf("%s %v over %v: got %q (error %v), want %q", test.chart, test.raw, test.ours, got, err, test.want)
		}
	}
}

// TestSchemaRefusal: what a chart's schema finds is said at the value, each for itself.
func TestSchemaRefusal(t *testing.T) {
	rel := release("gateway", map[string]any{"replicaCount": "two", "service": map[string]any{"type": 3}})
	rel.Raw = rel.Values
	_, list, err := renderer(t).Render(rel, 35)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range list {
		got = append(got, d.Code+" "+d.Path+": "+d.Message)
	}
	want := []string{
		"MG4002 values.gateway.replicaCount: chart gateway refuses the values: replicaCount: got string, want null or integer",
		"MG4002 values.gateway.service.type: chart gateway refuses the values: service.type: got number, want string",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("-want +got", diff)
	}
}

// TestRefusal: what a template refuses is the person's to mend when the values are theirs.
func TestRefusal(t *testing.T) {
	raw := map[string]any{"service": map[string]any{"ports": []any{}}}
	rel := release("gateway", raw)
	rel.Raw = raw
	_, list, err := renderer(t).Render(rel, 35)
	if err != nil || len(list) != 1 || list[0].Code != "MG4002" {
		t.Fatalf("got %v, error %v, want one MG4002", list, err)
	}
	if want := "chart gateway refuses the values: service.ports: service.ports must not be empty when networkGateway is not set"; list[0].Message != want {
		t.Errorf("got %q, want %q", list[0].Message, want)
	}
	rel.Raw = nil
	if _, _, err := renderer(t).Render(rel, 35); err == nil {
		t.Error("values of our own that a chart refuses are no error")
	}
}

// TestShared: a release is rendered once, and documents that releases share are the same objects.
func TestShared(t *testing.T) {
	r := renderer(t)
	rel := release("ztunnel", map[string]any{"hub": "docker.io/istio"})
	a, _, _ := r.Render(rel, 35)
	b, _, _ := r.Render(rel, 35)
	if len(a) == 0 || &a[0] != &b[0] {
		t.Error("the same release was rendered twice")
	}
}

func BenchmarkRender(b *testing.B) {
	for name, values := range map[string]map[string]any{
		"base":    {"base": map[string]any{"enableCRDTemplates": false}},
		"istiod":  {"global": map[string]any{"tag": "1.31.1"}},
		"cni":     {"profile": "ambient"},
		"ztunnel": {"tag": "1.31.1"},
		"gateway": {"name": "public"},
	} {
		b.Run(name, func(b *testing.B) {
			r := renderer(b)
			c := r.charts[name]
			for b.Loop() {
				if _, err := r.whole(c, release(name, values), 35); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
