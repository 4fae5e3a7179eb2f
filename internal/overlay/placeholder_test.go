package overlay

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

func substituting(names ...string) *intent.GitOps {
	return &intent.GitOps{Engine: "flux", Substitute: &intent.Substitute{Names: names}}
}

// Only objects that hold what Flux would erase are kept out of its hands.
func TestSubstituteDisabled(t *testing.T) {
	in := cluster(t)
	in.Mesh.GitOps = substituting("DOMAIN")
	in.Objects = append(in.Objects, made(t, "istiod", "istiod", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system, annotations: {a: b}}\ndata: {mesh: 'trustDomain: ${DOMAIN}'}\n")...)
	in.Objects = append(in.Objects, made(t, "istiod", "istiod", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: escaped, namespace: istio-system, annotations: {a: b}}\ndata: {run: 'echo $${DOMAIN}'}\n")...)
	in.Objects = append(in.Objects, made(t, "routes", "", "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: named, namespace: shop}\nspec: {hosts: ['shop.${DOMAIN}']}\n")...)
	out, list := build(t, in)
	if len(list) > 0 {
		t.Error(lines(list))
	}
	got := map[string]any{}
	for _, o := range out.Objects {
		if v, ok := o.Annotations()[substituteAnnotation]; ok {
			got[o.Name()] = v
		}
	}
	if diff := cmp.Diff(map[string]any{"escaped": "disabled", "istio-sidecar-injector": "disabled"}, got); diff != "" {
		t.Errorf("annotations (-want +got):\n%s", diff)
	}
	for _, o := range in.Objects {
		if o.Annotations()[substituteAnnotation] != nil {
			t.Errorf("%s was changed in place", o.ID())
		}
	}
	if len(out.SharedFiles) == 0 {
		t.Error("the CRDs are no longer shared")
	}
	builds(t, out, "edge")
}

// Without postBuild the objects of charts stay as they are.
func TestSubstituteUnused(t *testing.T) {
	in := cluster(t)
	in.Mesh.GitOps = &intent.GitOps{Engine: "flux"}
	out, list := build(t, in)
	if len(list) > 0 {
		t.Error(lines(list))
	}
	for _, o := range out.Objects {
		if o.Annotations()[substituteAnnotation] != nil {
			t.Errorf("%s is annotated", o.ID())
		}
	}
}

func TestPlaceholderDiagnostics(t *testing.T) {
	config := func(text string) []model.Manifest {
		return []model.Manifest{{Name: "x", Path: "manifests.x", Manifest: intent.Manifest{File: "x.yaml", Text: []byte(
			"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, namespace: shop}\n" + text)}}}
	}
	for _, c := range []struct {
		name   string
		change func(in *Input)
		want   string
	}{
		{"manifest, others named", func(in *Input) {
			in.Mesh.GitOps = substituting("X")
			in.Mesh.Manifests = config("data: {a: '${HOME} ${HOME} ${a[@]} $${X}'}\n")
		}, `x.yaml:1:1: manifests.x: error MG5020 ConfigMap/x in shop holds ${HOME}, which gitops.substitute.names does not name
    try: add "HOME" to gitops.substitute.names; where the text itself is meant, write $${HOME}, or annotate the object with kustomize.toolkit.fluxcd.io/substitute: disabled
x.yaml:1:1: manifests.x: error MG5020 ConfigMap/x in shop holds ${a[@]}, which gitops.substitute.names does not name
    try: write $${a[@]}, or annotate the object with kustomize.toolkit.fluxcd.io/substitute: disabled
`},
		{"programs, nothing substituted", func(in *Input) {
			in.Mesh.Manifests = config("data: {a: '${HOME} ${OTHER:=x} ${a[@]} $${X}'}\n")
		}, ""},
		{"programs, Flux without substitute", func(in *Input) {
			in.Mesh.GitOps = &intent.GitOps{Engine: "flux"}
			in.Mesh.Manifests = config("data: {a: '${HOME}'}\n")
			patched(istiod, "- op: add\n  path: /metadata/annotations\n  value: {a: '${X}'}\n")(&in.Mesh)
		}, ""},
		{"a dashboard, Argo CD", func(in *Input) {
			in.Mesh.GitOps = &intent.GitOps{Engine: "argocd"}
			in.Mesh.Manifests = []model.Manifest{{Name: "x", Path: "manifests.x", Manifest: intent.Manifest{File: "x.yaml", Text: []byte(
				"apiVersion: grafana.example/v1\nkind: Dashboard\nmetadata: {name: x, namespace: shop}\nspec: {expr: 'rate(x[${__rate_interval}])', query: 'label_values(up, ${job})'}\n")}}}
		}, ""},
		{"a name that nothing replaces", func(in *Input) {
			in.Mesh.GitOps = &intent.GitOps{Engine: "argocd"}
			in.Mesh.Manifests = []model.Manifest{{Name: "x", Path: "manifests.x", Manifest: intent.Manifest{File: "x.yaml", Text: []byte(
				"apiVersion: v1\nkind: Service\nmetadata: {name: x, namespace: shop}\nspec: {type: ExternalName, externalName: 'x.${DOMAIN}', loadBalancerIP: '${IP:=10.0.0.1}'}\n")}}}
		}, `x.yaml:1:1: manifests.x: error MG5020 Service/x in shop holds ${DOMAIN}, and nothing replaces it
    try: write the value itself: Argo CD replaces no placeholders
x.yaml:1:1: manifests.x: error MG5020 Service/x in shop holds ${IP:=10.0.0.1}, and nothing replaces it
    try: write the value itself: Argo CD replaces no placeholders
`},
		{"manifest, named", func(in *Input) {
			in.Mesh.GitOps = substituting("HOME", "OTHER")
			in.Mesh.Manifests = config("data: {a: '${HOME} ${OTHER:=x}'}\n")
		}, ""},
		{"manifest, annotated", func(in *Input) {
			in.Mesh.Manifests = []model.Manifest{{Name: "x", Path: "manifests.x", Manifest: intent.Manifest{Objects: []map[string]any{{
				"apiVersion": "v1", "kind": "ConfigMap", "data": map[string]any{"run": "echo ${HOME}"},
				"metadata": map[string]any{"name": "x", "namespace": "shop", "annotations": map[string]any{substituteAnnotation: "disabled"}},
			}}}}}
		}, ""},
		{"manifest, escaped and odd", func(in *Input) {
			in.Mesh.GitOps = substituting("HOME")
			in.Mesh.Manifests = config("data: {a: '$${HOME} ${x y}'}\n")
		}, `x.yaml:1:1: manifests.x: error MG5020 ConfigMap/x in shop holds ${x y}, which gitops.substitute.names does not name
    try: write $${x y}, or annotate the object with kustomize.toolkit.fluxcd.io/substitute: disabled
`},
		{"policy", func(in *Input) {
			in.Objects = append(in.Objects, made(t, "routes", "", "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: named, namespace: shop}\nspec: {hosts: ['shop.${DOMAIN}']}\n")...)
		}, `routes: error MG5020 VirtualService.networking.istio.io/named in shop holds ${DOMAIN}, and nothing replaces it
    try: write the value itself; or, where Flux delivers the cluster, set gitops.engine to "flux" and gitops.substitute to {names: ["DOMAIN"], from: [{kind: "ConfigMap", name: "..."}]}
`},
		{"raw values", func(in *Input) {
			in.Mesh.Values.Istiod = map[string]any{"pilot": map[string]any{"env": map[string]any{"A": "${ZONE}"}}, "sidecarInjectorWebhook": map[string]any{"templates": map[string]any{"x": "${A}"}}}
			in.Mesh.MeshConfig = map[string]any{"trustDomainAliases": []any{"td", "${TD}"}}
		}, `values.istiod.pilot.env.A: error MG5020 ${ZONE} stands here, and nothing replaces it
    try: write the value itself; or, where Flux delivers the cluster, set gitops.engine to "flux" and gitops.substitute to {names: ["ZONE"], from: [{kind: "ConfigMap", name: "..."}]}
meshConfig.trustDomainAliases[1]: error MG5020 ${TD} stands here, and nothing replaces it
    try: write the value itself; or, where Flux delivers the cluster, set gitops.engine to "flux" and gitops.substitute to {names: ["TD"], from: [{kind: "ConfigMap", name: "..."}]}
`},
		{"patch", func(in *Input) { patched(istiod, "- op: add\n  path: /spec/x\n  value: ${X}\n")(&in.Mesh) }, `patches.p.patch: error MG5020 line 3 of the text: ${X} stands here, and nothing replaces it
    try: write the value itself; or, where Flux delivers the cluster, set gitops.engine to "flux" and gitops.substitute to {names: ["X"], from: [{kind: "ConfigMap", name: "..."}]}
`},
		{"both in a chart's object", func(in *Input) {
			in.Mesh.GitOps = substituting("DOMAIN")
			in.Objects = append(in.Objects, made(t, "istiod", "istiod", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\ndata: {mesh: '${DOMAIN} ${OTHER}'}\n")...)
		}, `gitops.substitute.names: error MG5021 ConfigMap/istio in istio-system holds the placeholder ${DOMAIN} beside ${OTHER}, which Flux would erase
    try: write the value instead of the placeholder ${DOMAIN}
`},
	} {
		in := cluster(t)
		c.change(&in)
		_, list := build(t, in)
		if diff := cmp.Diff(c.want, lines(list)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestScan(t *testing.T) {
	for _, c := range []struct {
		text                   string
		named, others, escaped []string
	}{
		{"plain $HOME $(HOME)", nil, nil, nil},
		{"${A}${A} ${B}", []string{"${A}"}, []string{"${B}"}, nil},
		{"$${A} ${A", nil, []string{"${A"}, []string{"$${A}"}},
		{"${", nil, []string{"${"}, nil},
		{"${\n}", nil, []string{"${"}, nil},
		{"${A:-x} ${A:=${B}}", []string{"${A:-x}", "${A:=${B}"}, []string{"${B}"}, nil},
	} {
		named, others, escaped := scan(c.text, []string{"A"})
		if diff := cmp.Diff([][]string{c.named, c.others, c.escaped}, [][]string{named, others, escaped}); diff != "" {
			t.Errorf("scan(%q) (-want +got):\n%s", c.text, diff)
		}
	}
}

// Layers are few, and the table's layers are all among them.
func TestLayers(t *testing.T) {
	known := setOf(Layers()...)
	for _, table := range []map[string]string{charts, kinds, components} {
		for what, layer := range table {
			if !known[layer] {
				t.Errorf("%s belongs to the unknown layer %s", what, layer)
			}
		}
	}
	for _, c := range []struct {
		component, chart, apiVersion, kind, want, manifest string
	}{
		{"istiod", "istiod", "autoscaling/v2", "HorizontalPodAutoscaler", "20-control-plane", ""},
		{"istiod", "istiod", "networking.k8s.io/v1", "NetworkPolicy", "20-control-plane", ""},
		{"base", "base", "admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", "20-control-plane", ""},
		{"ztunnel", "ztunnel", "apps/v1", "DaemonSet", "30-data-plane", ""},
		{"cilium", "", "cilium.io/v2", "CiliumClusterwideNetworkPolicy", "30-data-plane", ""},
		{"waypoints", "", "gateway.networking.k8s.io/v1", "Gateway", "40-gateways", ""},
		{"gateways", "", "gateway.networking.k8s.io/v1", "HTTPRoute", "60-traffic", ""},
		{"gateways", "", "networking.istio.io/v1", "Gateway", "40-gateways", ""},
		{"certificates", "", "cert-manager.io/v1", "Certificate", "40-gateways", ""},
		{"metallb", "", "metallb.io/v1beta1", "IPAddressPool", "40-gateways", ""},
		{"authorization", "", "security.istio.io/v1", "RequestAuthentication", "50-policy", ""},
		{"services", "", "networking.istio.io/v1", "DestinationRule", "60-traffic", ""},
		{"telemetry", "", "telemetry.istio.io/v1", "Telemetry", "70-telemetry", ""},
		{"kiali", "", "kiali.io/v1alpha1", "Kiali", "70-telemetry", ""},
		{"manifest-x", "", "metallb.io/v1beta1", "IPAddressPool", "60-traffic", "manifests.x"},
		{"manifest-x", "", "v1", "ConfigMap", "60-traffic", "manifests.x"},
		{"manifest-x", "", "v1", "Namespace", "00-namespaces", "manifests.x"},
		{"manifest-x", "", "telemetry.istio.io/v1", "Telemetry", "70-telemetry", "manifests.x"},
		{"manifest-x", "", "gateway.networking.k8s.io/v1", "HTTPRoute", "60-traffic", "manifests.x"},
	} {
		it := item{place: place{path: c.manifest}, Object: object.Object{Value: map[string]any{"apiVersion": c.apiVersion, "kind": c.kind}, Origin: object.Origin{Component: c.component, Chart: c.chart}}}
		if got := layerOf(it); got != c.want {
			t.Errorf("%s of %s: layer %s, want %s", c.kind, c.component, got, c.want)
		}
	}
}
