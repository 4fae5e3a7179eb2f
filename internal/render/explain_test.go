package render_test

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/render"
	"github.com/meshgen/meshgen/internal/render/rendertest"
)

// inline are inputs that no golden case has.
var inline = map[string]string{
	// An object of another group with the name of one of ours.
	"twice": `
		manifests: knative: objects: [{
			apiVersion: "serving.knative.dev/v1"
			kind:       "Service"
			metadata: {name: "istiod", namespace: "istio-system"}
		}]
	`,
	// A route in which a value stands twice.
	"route": `
		namespaces: shop: mesh: true
		gateways: public: servers: shop: hosts: ["shop.example.com"]
		services: web: {namespace: "shop", port: 80}
		routes: web: {
			gateway: "public"
			hosts: ["shop.example.com"]
			rules: [{
				to: [{service: "web"}]
				timeout: "5s"
				retries: {attempts: 2, perTryTimeout: "5s"}
			}]
		}
	`,
	// Two patches of one field, and texts that Flux would take for its own.
	"flux": `
		gitops: {engine: "flux", source: "fleet", substitute: {names: ["DOMAIN"], from: [{kind: "ConfigMap", name: "cluster"}]}}
		patches: {
			a: {target: {kind: "Deployment", name: "istiod"}, patch: "[{op: replace, path: /spec/replicas, value: 3}]"}
			b: {target: {kind: "Deployment", name: "istiod"}, patch: "[{op: replace, path: /spec/replicas, value: 4}]"}
		}
	`,
}

// input returns the input of a golden case, or the repository itself.
func input(t *testing.T, name string) fs.FS {
	t.Helper()
	if name == "repository" {
		return os.DirFS(root)
	}
	if box, ok := inline[name]; ok {
		base, err := os.ReadFile(filepath.Join(root, "testdata/golden/values/in/overlays/mesh.cue"))
		if err != nil {
			t.Fatal(err)
		}
		return rendertest.Repository(t, fstest.MapFS{
			"overlays/mesh.cue":     {Data: base},
			"overlays/box/mesh.cue": {Data: []byte("package mesh\n" + box)},
		})
	}
	return rendertest.Repository(t, os.DirFS(filepath.Join(root, "testdata/golden", name, "in")))
}

func at(file string, line, column int) *diag.Position {
	return &diag.Position{File: file, Line: line, Column: column}
}

// TestExplain: what made objects of the golden cases, and what decides their fields.
func TestExplain(t *testing.T) {
	const (
		berlin = "overlays/edge-berlin/mesh.cue"
		box    = "overlays/box/mesh.cue"
	)
	istiod := render.Explanation{
		Cluster: "edge-berlin", Group: "apps", Kind: "Deployment", Namespace: "istio-system", Name: "istiod",
		Layer: "20-control-plane", File: "edge-berlin/20-control-plane/istiod.yaml",
		Maker:   render.Maker{Component: "istiod", Chart: "istiod", Version: "1.31.1", Template: "templates/deployment.yaml"},
		Patches: []render.Cause{},
	}
	boxed := istiod
	boxed.Cluster, boxed.File = "box", "box/20-control-plane/istiod.yaml"
	grace := render.Cause{By: render.ByPatch, Path: `patches."istiod-grace"`, Position: at(box, 5, 2)}
	patched := boxed
	patched.Patches = []render.Cause{grace}
	webhook := render.Explanation{
		Cluster: "box", Group: "admissionregistration.k8s.io", Kind: "MutatingWebhookConfiguration", Name: "istio-sidecar-injector",
		Layer: "20-control-plane", File: "box/20-control-plane/istiod.yaml",
		Maker:   render.Maker{Component: "istiod", Chart: "istiod", Version: "1.31.1", Template: "templates/mutatingwebhook.yaml"},
		Patches: []render.Cause{{By: render.ByPatch, Path: `patches."injector-timeout"`, Position: at(box, 21, 2), File: "overlays/box/injector-timeout.yaml"}},
	}
	twicePatched := boxed
	twicePatched.Patches = []render.Cause{
		{By: render.ByPatch, Path: "patches.a", Position: at(box, 5, 4)},
		{By: render.ByPatch, Path: "patches.b", Position: at(box, 6, 4)},
	}
	injector := boxed
	injector.Group, injector.Kind, injector.Name = "", "ConfigMap", "istio-sidecar-injector"
	injector.Maker.Template = "templates/istiod-injector-configmap.yaml"
	service := render.Explanation{
		Cluster: "edge-berlin", Kind: "Service", Namespace: "istio-ingress", Name: "public",
		Layer: "40-gateways", File: "edge-berlin/40-gateways/gateway-public.yaml",
		Maker:   render.Maker{Component: "gateway-public", Chart: "gateway", Version: "1.31.1", Template: "templates/service.yaml"},
		Patches: []render.Cause{},
	}
	route := render.Explanation{
		Cluster: "edge-berlin", Group: "networking.istio.io", Kind: "VirtualService", Namespace: "shop", Name: "todoui",
		Layer: "60-traffic", File: "edge-berlin/60-traffic/routes.yaml",
		Maker:   render.Maker{Component: "routes", Path: "routes.todoui", Position: at(berlin, 56, 9)},
		Patches: []render.Cause{},
	}
	twin := route
	twin.Cluster, twin.Name, twin.File = "box", "web", "box/60-traffic/routes.yaml"
	twin.Maker.Path, twin.Maker.Position = "routes.web", at(box, 6, 11)
	gateway := render.Explanation{
		Cluster: "edge-berlin", Group: "networking.istio.io", Kind: "Gateway", Namespace: "istio-ingress", Name: "public",
		Layer: "40-gateways", File: "edge-berlin/40-gateways/gateways.yaml",
		Maker:   render.Maker{Component: "gateways", Path: "gateways.public", Position: at(berlin, 36, 11)},
		Patches: []render.Cause{},
	}
	ambient := istiod
	ambient.Cluster, ambient.File = "pi-cluster", "pi-cluster/20-control-plane/istiod.yaml"
	quota := render.Explanation{
		Cluster: "box", Kind: "ResourceQuota", Namespace: "shop", Name: "shop",
		Layer: "60-traffic", File: "box/60-traffic/manifest-quota.yaml",
		Maker:   render.Maker{Component: "manifest-quota", Path: "manifests.quota", Position: at(box, 5, 2), File: "overlays/box/quota.yaml"},
		Patches: []render.Cause{},
	}
	tuning := render.Explanation{
		Cluster: "box", Group: "networking.istio.io", Kind: "Sidecar", Namespace: "shop", Name: "default",
		Layer: "60-traffic", File: "box/60-traffic/manifest-tuning.yaml",
		Maker:   render.Maker{Component: "manifest-tuning", Path: "manifests.tuning.objects[0]", Position: at(box, 6, 20)},
		Patches: []render.Cause{},
	}
	delivery := render.Explanation{
		Cluster: "edge-berlin", Group: "kustomize.toolkit.fluxcd.io", Kind: "Kustomization", Namespace: "flux-system", Name: "mesh-crds",
		Layer: "delivery", File: "edge-berlin/delivery/10-crds.yaml",
		Maker:   render.Maker{Component: "10-crds", Path: "gitops", Position: at("overlays/mesh.cue", 24, 1)},
		Patches: []render.Cause{},
	}
	crd := render.Explanation{
		Cluster: "edge-berlin", Group: "apiextensions.k8s.io", Kind: "CustomResourceDefinition", Name: "gateways.networking.istio.io",
		Layer: "10-crds", File: "shared/istio-crds-1.31.1/crds.yaml",
		Maker:   render.Maker{Component: "base", Chart: "base", Version: "1.31.1", Template: "templates/crds.yaml"},
		Patches: []render.Cause{},
	}
	const discovery = "spec.template.spec.containers[discovery]"
	for _, test := range []struct {
		name, in string
		query    render.Query // without the cluster; kind and name are the object's where it says none
		object   render.Explanation
		path     string // of the field, where it is not the query's
		value    any
		causes   []render.Cause
	}{
		{name: "an object", in: "repository", object: istiod, query: render.Query{Kind: "deployment"}},
		{name: "a shared object", in: "repository", object: crd},
		{
			name: "what a person wrote", in: "repository", object: istiod,
			query: render.Query{Field: "spec.template.spec.containers[0].resources.limits.memory"},
			path:  discovery + ".resources.limits.memory", value: "384Mi",
			causes: []render.Cause{{
				By: render.ByIntent, Path: "controlPlane.resources.limits.memory", Position: at(berlin, 20, 32), Value: "384Mi",
				Keys: []string{"pilot.resources.limits.memory"},
			}},
		},
		{
			name: "defaults of several fields", in: "values", object: boxed,
			query: render.Query{Field: discovery + ".image"}, value: "docker.io/istio/pilot:1.31.1-distroless",
			causes: []render.Cause{
				{By: render.ByDefault, Path: "istio.registry", Value: "docker.io/istio", Keys: []string{"global.hub"}},
				{By: render.ByDefault, Path: "istio.version", Value: "1.31.1", Keys: []string{"global.tag"}, Reason: "Istio tags its images with the release"},
				{By: render.ByDefault, Path: "istio.variant", Value: "distroless", Keys: []string{"global.variant"}},
			},
		},
		{
			name: "what nobody wrote", in: "repository", object: istiod,
			query: render.Query{Field: "spec.replicas"}, value: int64(1),
			causes: []render.Cause{
				{By: render.ByUnset, Path: "controlPlane.autoscaling", Keys: []string{"pilot.autoscaleEnabled"}},
				{By: render.ByDefault, Path: "controlPlane.replicas", Value: json.Number("1"), Keys: []string{"pilot.replicaCount"}},
			},
		},
		{
			name: "the chart", in: "repository", object: istiod,
			query: render.Query{Field: "metadata.labels.app"}, value: "istiod",
			causes: []render.Cause{{By: render.ByChart, Reason: "no value of the release changes it"}},
		},
		{
			name: "raw values", in: "values", object: boxed,
			query: render.Query{Field: "spec.template.metadata.annotations[example.com/team]"}, value: "platform",
			causes: []render.Cause{{
				By: render.ByValues, Path: `values.istiod.pilot.podAnnotations."example.com/team"`, Position: at(box, 9, 41), Value: "platform",
				Keys: []string{`pilot.podAnnotations."example.com/team"`},
			}},
		},
		{
			name: "a value that the chart takes no other for", in: "repository", object: ambient,
			query: render.Query{Field: discovery + ".env[PILOT_ENABLE_AMBIENT].value"}, value: "true",
			causes: []render.Cause{{
				By: render.ByIntent, Path: "mode", Position: at("overlays/pi-cluster/mesh.cue", 20, 7), Value: "ambient", Keys: []string{"profile"},
				Reason: "some workloads are ambient",
			}},
		},
		{
			name: "a rule with its path", in: "repository", object: service,
			query: render.Query{Field: "spec.ports[https].port"}, value: int64(443),
			causes: []render.Cause{{
				By: render.ByIntent, Path: "gateways.public.servers", Position: at(berlin, 41, 2), Keys: []string{"service.ports[2].port"},
				Reason: "a gateway opens the ports of its servers, of redirects, and of what leaves through it",
			}},
		},
		{
			name: "the release's namespace", in: "repository", object: service,
			query: render.Query{Field: "metadata.namespace", Namespace: "istio-ingress"}, value: "istio-ingress",
			causes: []render.Cause{{By: render.ByDefault, Path: "gateways.public.namespace", Value: "istio-ingress"}},
		},
		{
			name: "the later of two patches, and what they replace", in: "flux", object: twicePatched,
			query: render.Query{Field: "spec.replicas"}, value: int64(4),
			causes: []render.Cause{
				twicePatched.Patches[1],
				{By: render.ByUnset, Path: "controlPlane.autoscaling", Keys: []string{"pilot.autoscaleEnabled"}},
				{By: render.ByDefault, Path: "controlPlane.replicas", Value: json.Number("1"), Keys: []string{"pilot.replicaCount"}},
			},
		},
		{
			name: "what is added on the way to the file", in: "flux", object: injector,
			query: render.Query{Field: "metadata.annotations[kustomize.toolkit.fluxcd.io/substitute]"}, value: "disabled",
			causes: []render.Cause{{By: render.ByRule, Reason: "meshgen adds it when it lays the objects out, so that Flux replaces nothing but placeholders"}},
		},
		{
			name: "a patch alone", in: "patches", object: patched,
			query: render.Query{Field: discovery + ".env[EXAMPLE].value"}, value: "1",
			causes: []render.Cause{grace},
		},
		{
			name: "a field that a patch leaves alone", in: "patches", object: patched,
			query: render.Query{Field: discovery + ".resources.requests.cpu"}, value: "500m",
			causes: []render.Cause{{By: render.ByDefault, Path: "controlPlane.resources.requests.cpu", Value: "500m", Keys: []string{"pilot.resources.requests.cpu"}}},
		},
		{
			name: "a patch in a file", in: "patches", object: webhook,
			query: render.Query{Field: "webhooks[0].timeoutSeconds"}, path: "webhooks[rev.namespace.sidecar-injector.istio.io].timeoutSeconds", value: int64(5),
			causes: webhook.Patches,
		},
		{
			name: "policy that says what the intent says", in: "repository", object: route,
			query: render.Query{Field: "spec.http[0].timeout"}, value: "5s",
			causes: []render.Cause{{By: render.ByIntent, Path: "routes.todoui.rules[0].timeout", Position: at(berlin, 64, 12), Value: "5s"}},
		},
		{
			name: "of two that say the same, the one with the field's name", in: "route", object: twin,
			query: render.Query{Field: "spec.http[0].retries.perTryTimeout"}, value: "5s",
			causes: []render.Cause{{By: render.ByIntent, Path: "routes.web.rules[0].retries.perTryTimeout", Position: at(box, 12, 43), Value: "5s"}},
		},
		{
			name: "policy that follows from it", in: "repository", object: route,
			query: render.Query{Field: "kind"}, value: "VirtualService",
			causes: []render.Cause{{By: render.ByIntent, Path: "routes.todoui", Position: at(berlin, 56, 9), Reason: "meshgen derives the field from what stands there"}},
		},
		{
			name: "a truth value, which is found by changing it", in: "repository", object: gateway,
			query: render.Query{Field: "spec.servers[1].tls.httpsRedirect"}, value: true,
			causes: []render.Cause{{By: render.ByIntent, Path: "gateways.public.servers.shop.tls.redirectHTTP", Position: at(berlin, 43, 62), Value: true}},
		},
		{
			name: "a choice that is written otherwise", in: "repository", object: gateway,
			query: render.Query{Field: "spec.servers[0].tls.minProtocolVersion"}, value: "TLSV1_2",
			causes: []render.Cause{{By: render.ByIntent, Path: "gateways.public.servers.shop.tls.minVersion", Position: at(berlin, 43, 41), Value: "1.2"}},
		},
		{
			name: "a choice of the schema's", in: "repository", object: gateway,
			query: render.Query{Field: "spec.servers[0].tls.mode"}, value: "SIMPLE",
			causes: []render.Cause{{By: render.ByDefault, Path: "gateways.public.servers.shop.tls.mode", Value: "simple"}},
		},
		{
			name: "the delivery", in: "repository", object: delivery,
			query: render.Query{Field: "spec.prune"}, value: false,
			causes: []render.Cause{{By: render.ByIntent, Path: "gitops", Position: at("overlays/mesh.cue", 24, 1), Reason: "meshgen derives the field from what stands there"}},
		},
		{
			name: "a manifest in a file", in: "manifests", object: quota,
			query: render.Query{Field: "spec.hard.pods"}, value: "20",
			causes: []render.Cause{{By: render.ByManifest, Path: "manifests.quota", Position: at("overlays/box/quota.yaml", 9, 5)}},
		},
		{
			name: "a manifest in the intent", in: "manifests", object: tuning,
			query: render.Query{Field: "spec.egress[0].hosts[1]"}, value: "istio-system/*",
			causes: []render.Cause{{By: render.ByManifest, Path: "manifests.tuning.objects[0]", Position: at(box, 10, 34)}},
		},
		{
			name: "what keeps a definition", in: "repository", object: crd,
			query: render.Query{Field: "metadata.annotations[argocd.argoproj.io/sync-options]"}, value: "Prune=false,Delete=false",
			causes: []render.Cause{{By: render.ByRule, Reason: "a definition stays in the cluster whatever happens to the repository, for deleting it deletes all objects of its kind"}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			q, want := test.query, test.object
			q.Cluster, q.Name = want.Cluster, want.Name
			if q.Kind == "" {
				q.Kind = want.Kind
			}
			if q.Field != "" {
				want.Field = &render.ExplainedField{Path: q.Field, Value: test.value, Causes: test.causes}
				if test.path != "" {
					want.Field.Path = test.path
				}
			}
			got, list, err := render.Explain(context.Background(), render.Input{FS: input(t, test.in), Parallel: 2, Version: version}, q)
			if err != nil || len(list) > 0 {
				t.Fatalf("%v\n%s", err, text(list))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestExplainNot: what is not there is told with what is.
func TestExplainNot(t *testing.T) {
	for _, test := range []struct {
		in    string
		query render.Query
		want  render.UnknownError
	}{
		{"repository", render.Query{Cluster: "edge-berlin", Kind: "Deploymnt", Name: "istiod"}, render.UnknownError{Message: "edge-berlin has no object of kind Deploymnt; did you mean Deployment?"}},
		{"repository", render.Query{Cluster: "edge-berlin", Kind: "Deployment", Name: "front"}, render.UnknownError{Message: "edge-berlin has no Deployment/front", Suggestion: "ask for Deployment/istiod, Deployment/public"}},
		{"repository", render.Query{Cluster: "edge-berlin", Kind: "Gateway.apps", Name: "public"}, render.UnknownError{
			Message:    "edge-berlin has no object of kind Gateway.apps",
			Suggestion: "ask for ClusterRole, ClusterRoleBinding, ConfigMap, CustomResourceDefinition, Deployment, DestinationRule, Gateway, Kustomization, MutatingWebhookConfiguration, Namespace, PeerAuthentication, Role, RoleBinding, Service, ServiceAccount, Telemetry, ValidatingWebhookConfiguration, VirtualService",
		}},
		{"repository", render.Query{Cluster: "edge-berlin", Kind: "deployment", Name: "istio"}, render.UnknownError{Message: "edge-berlin has no deployment/istio; did you mean deployment/istiod?"}},
		{"repository", render.Query{Cluster: "edge-berlin", Kind: "Deployment", Name: "istiod", Namespace: "shop"}, render.UnknownError{Message: "edge-berlin has no Deployment/istiod in namespace shop", Suggestion: "set -n to istio-system"}},
		{"repository", render.Query{Cluster: "edge-berlin", Kind: "Namespace", Name: "shop", Namespace: "shop"}, render.UnknownError{Message: "edge-berlin has no Namespace/shop in namespace shop", Suggestion: "leave -n out: the object belongs to the whole cluster"}},
		{"repository", render.Query{Cluster: "edge-berlin", Kind: "Deployment", Name: "istiod", Field: "spec.replica"}, render.UnknownError{Message: "Deployment.apps/istiod in istio-system: spec has no replica; did you mean spec.replicas?"}},
		{"repository", render.Query{Cluster: "edge-berlin", Kind: "Deployment", Name: "istiod", Field: "spec.replicas.x"}, render.UnknownError{Message: "Deployment.apps/istiod in istio-system: spec.replicas has no x", Suggestion: "ask for spec.replicas, which holds no other field"}},
		{"repository", render.Query{Cluster: "edge-berlin", Kind: "Deployment", Name: "istiod", Field: "x"}, render.UnknownError{Message: "Deployment.apps/istiod in istio-system: there is no field x", Suggestion: "ask for one of apiVersion, kind, metadata, spec"}},
		{"repository", render.Query{Cluster: "edge-berlin", Kind: "ConfigMap", Name: "istio", Field: "data.mesh/accessLogEncodin"}, render.UnknownError{Message: "ConfigMap/istio in istio-system: data.mesh has no accessLogEncodin; did you mean data.mesh/accessLogEncoding?"}},
		{"repository", render.Query{Cluster: "pi-cluster", Kind: "NetworkPolicy", Name: "allow-mesh"}, render.UnknownError{
			Message:    "pi-cluster has several: NetworkPolicy.networking.k8s.io/allow-mesh in databases, NetworkPolicy.networking.k8s.io/allow-mesh in e-commerce",
			Suggestion: "set -n to databases or e-commerce",
		}},
		{"twice", render.Query{Cluster: "box", Kind: "Service", Name: "istiod"}, render.UnknownError{
			Message:    "box has several: Service.serving.knative.dev/istiod in istio-system, Service/istiod in istio-system",
			Suggestion: "write Service.serving.knative.dev/istiod or Service/istiod",
		}},
		{"patches", render.Query{Cluster: "box", Kind: "ClusterRoleBinding", Name: "istio-reader-clusterrole-istio-system"}, render.UnknownError{
			Message:    `box has no ClusterRoleBinding/istio-reader-clusterrole-istio-system: patches."no-reader" deletes it`,
			Suggestion: `look at patches."no-reader", in overlays/box/mesh.cue`,
		}},
	} {
		_, list, err := render.Explain(context.Background(), render.Input{FS: input(t, test.in), Parallel: 2, Version: version}, test.query)
		var got *render.UnknownError
		if !errors.As(err, &got) || len(list) > 0 {
			t.Errorf("%+v: %v\n%s", test.query, err, text(list))
			continue
		}
		if diff := cmp.Diff(test.want, *got); diff != "" {
			t.Errorf("%+v: -want +got:\n%s", test.query, diff)
		}
	}
}
