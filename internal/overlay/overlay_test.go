package overlay

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
	"github.com/meshgen/meshgen/internal/tree"
)

// made returns objects as a chart or a stage makes them.
func made(t testing.TB, component, chart, text string) []object.Object {
	t.Helper()
	values, err := object.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var objects []object.Object
	for _, v := range values {
		o, err := object.Object{Value: v, Origin: object.Origin{Component: component, Chart: chart, Path: component}}.Encoded()
		if err != nil {
			t.Fatal(err)
		}
		objects = append(objects, o)
	}
	return objects
}

const crdText = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: virtualservices.networking.istio.io}
spec: {group: networking.istio.io, names: {kind: VirtualService}, scope: Namespaced}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gateways.networking.istio.io}
spec: {group: networking.istio.io, names: {kind: Gateway}, scope: Namespaced}
`

// cluster returns one object for each layer, in no order.
func cluster(t testing.TB) Input {
	t.Helper()
	var objects []object.Object
	for _, m := range []struct{ component, chart, text string }{
		{"monitors", "", "apiVersion: monitoring.coreos.com/v1\nkind: PodMonitor\nmetadata: {name: proxies, namespace: istio-system}\n"},
		{"routes", "", "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: todoui, namespace: shop}\nspec: {hosts: [shop.example.com]}\n"},
		{"mtls", "", "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: default, namespace: istio-system}\nspec: {mtls: {mode: STRICT}}\n"},
		{"gateways", "", "apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: public, namespace: istio-ingress}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: public-options, namespace: istio-ingress}\n"},
		{"gateway-public", "gateway", `
apiVersion: v1
kind: Service
metadata: {name: public, namespace: istio-ingress}
spec:
  ports:
  - {name: http, port: 80, protocol: TCP}
  - {name: https, port: 443, protocol: TCP}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: public, namespace: istio-ingress}
`},
		{"cni", "cni", "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: istio-cni-node, namespace: istio-system}\n"},
		{"networkpolicies", "", "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: hbone, namespace: shop}\nspec: {podSelector: {}}\n"},
		{"istiod", "istiod", `
apiVersion: apps/v1
kind: Deployment
metadata: {name: istiod, namespace: istio-system, labels: {app: istiod}}
spec:
  replicas: 1
  selector: {matchLabels: {app: istiod}}
  template:
    metadata: {labels: {app: istiod}}
    spec:
      containers:
      - name: discovery
        image: docker.io/istio/pilot:1.31.1
        env:
        - {name: REVISION, value: default}
        - {name: TRUSTED, value: "on"}
        resources: {requests: {cpu: 500m, memory: 2Gi}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: istio-sidecar-injector, namespace: istio-system}
data: {config: "echo ${HOME} 0o14"}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: istiod-clusterrole-istio-system}
rules: []
`},
		{"base", "base", "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: istio-reader-service-account, namespace: istio-system}\n---" + crdText},
		{"namespaces", "", "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {istio-injection: enabled}}\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: istio-system}\n"},
	} {
		objects = append(objects, made(t, m.component, m.chart, m.text)...)
	}
	return Input{
		Mesh:    model.Mesh{Cluster: model.Cluster{Name: "edge"}, Istio: model.Istio{Version: "1.31.1"}},
		Objects: objects,
		Host:    tree.Tree{"k3s/config.yaml": []byte("disable: [traefik]\n")},
		Delivery: func(layers []string) []object.Object {
			var all []object.Object
			for _, l := range layers {
				all = append(all, made(t, l, "", "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: mesh-"+l[3:]+", namespace: flux-system}\n")...)
			}
			return all
		},
	}
}

// mesh returns the cluster with what a person adds to it.
func mesh(t testing.TB, change func(m *model.Mesh)) Input {
	t.Helper()
	in := cluster(t)
	change(&in.Mesh)
	return in
}

func build(t testing.TB, in Input) (Output, diag.List) {
	t.Helper()
	var b Builder
	out, list, err := b.Build(in)
	if err != nil {
		t.Fatal(err)
	}
	return out, list
}

// compareTree holds a tree to testdata/<name>.txtar.
func compareTree(t *testing.T, name string, got tree.Tree) {
	t.Helper()
	path := filepath.Join("testdata", name+".txtar")
	if os.Getenv("MESHGEN_UPDATE") != "" {
		var archive txtar.Archive
		for _, p := range got.Paths() {
			archive.Files = append(archive.Files, txtar.File{Name: p, Data: got[p]})
		}
		if err := os.WriteFile(path, txtar.Format(&archive), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for _, f := range archive.Files {
		want[f.Name] = string(f.Data)
	}
	have := map[string]string{}
	for p, text := range got {
		have[p] = string(text)
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func TestBuild(t *testing.T) {
	out, list := build(t, cluster(t))
	if len(list) > 0 {
		t.Errorf("diagnostics: %v", list)
	}
	compareTree(t, "cluster", out.Tree)
	want := []string{"shared/istio-crds-1.31.1/crds.yaml", "shared/istio-crds-1.31.1/kustomization.yaml"}
	if diff := cmp.Diff(want, out.SharedFiles); diff != "" {
		t.Errorf("shared files (-want +got):\n%s", diff)
	}
	builds(t, out, "edge")
}

// What a person adds: the objects of manifests in their layers, a patch on a
// chart's object, and a patch on a CRD, which takes the cluster off the shared base.
func TestBuildAdded(t *testing.T) {
	out, list := build(t, mesh(t, func(m *model.Mesh) {
		m.Manifests = []model.Manifest{
			{Name: "dash", Path: "manifests.dash", Manifest: intent.Manifest{File: "overlays/dash.yaml", Text: []byte(`
apiVersion: v1
kind: Namespace
metadata: {name: dash, creationTimestamp: null}
status: {}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: boards.dash.example}
spec: {group: dash.example, names: {kind: Board}, scope: Cluster}
status: {acceptedNames: {kind: "", plural: ""}, conditions: [], storedVersions: []}
---
apiVersion: dash.example/v1
kind: Board
metadata: {name: mesh, labels: {empty: ""}}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: dash, namespace: dash}
`)}},
			{Name: "early", Path: "manifests.early", Manifest: intent.Manifest{Layer: "20-control-plane", Objects: []map[string]any{
				{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "early", "namespace": "istio-system"}, "data": map[string]any{"port": "1"}},
				{"apiVersion": "example.com/v1", "kind": "Number", "metadata": map[string]any{"name": "n", "namespace": "shop"}, "spec": map[string]any{"n": 2000000.0, "f": 0.5}},
			}}},
		}
		m.Patches = []model.Patch{
			{Name: "crds", Path: "patches.crds", Patch: intent.Patch{Target: &intent.Target{Kind: "CustomResourceDefinition", Name: "gateways.*"}, Patch: "- {op: add, path: /metadata/annotations, value: {mine: 'yes'}}"}},
			{Name: "istiod", Path: "patches.istiod", Patch: intent.Patch{Patch: `
apiVersion: apps/v1
kind: Deployment
metadata: {name: istiod, namespace: istio-system}
spec:
  template:
    spec:
      containers:
      - name: discovery
        env: [{name: EXTRA, value: "1"}]
`}},
		}
	}))
	if len(list) > 0 {
		t.Errorf("diagnostics: %v", list)
	}
	compareTree(t, "added", out.Tree)
	if len(out.SharedFiles) > 0 {
		t.Errorf("shared files %v; the CRDs are the cluster's own", out.SharedFiles)
	}
	for _, o := range out.Objects {
		if o.ID() == (object.ID{Group: "apps", Kind: "Deployment", Namespace: "istio-system", Name: "istiod"}) {
			want := object.Origin{Component: "istiod", Chart: "istiod", Path: "istiod", Layer: "20-control-plane", Patches: []string{"istiod"}}
			if diff := cmp.Diff(want, o.Origin); diff != "" {
				t.Errorf("origin (-want +got):\n%s", diff)
			}
		}
	}
	builds(t, out, "edge")
}

// A cluster shares the CRDs of its version unless something of its own changes
// them, also when one Builder makes several clusters at once.
func TestBuildShares(t *testing.T) {
	var b Builder
	var group sync.WaitGroup
	for _, c := range []struct {
		name   string
		change func(m *model.Mesh)
		want   []string // the files that hold CRDs
	}{
		{"plain", func(m *model.Mesh) {}, []string{"shared/istio-crds-1.31.1/crds.yaml"}},
		{"another object deleted", patched(nil, named1+"$patch: delete\n"), []string{"shared/istio-crds-1.31.1/crds.yaml"}},
		{"a CRD deleted", patched(&intent.Target{Kind: "CustomResourceDefinition", Name: "gateways.*"}, "kind: X\nmetadata: {name: x}\n$patch: delete\n"), []string{"edge/10-crds/crds.yaml"}},
		{"raw values", func(m *model.Mesh) { m.Values.Base = map[string]any{"base": map[string]any{}} }, []string{"edge/10-crds/crds.yaml"}},
		{"another version", func(m *model.Mesh) { m.Istio.Version = "1.30.3" }, []string{"shared/istio-crds-1.30.3/crds.yaml"}},
	} {
		in := mesh(t, c.change)
		group.Go(func() {
			out, list, err := b.Build(in)
			if err != nil || len(list) > 0 {
				t.Errorf("%s: %v\n%s", c.name, err, lines(list))
			}
			var got []string
			for _, p := range out.Tree.Paths() {
				if filepath.Base(p) == crdsFile {
					got = append(got, p)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.name, diff)
			}
		})
	}
	group.Wait()

	// The Builder does not hand out what it remembers when the CRDs are others.
	in := cluster(t)
	in.Objects = append(in.Objects, made(t, "base", "base", "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: more.istio.io}\n")...)
	got, _, err := b.Build(in)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := build(t, in)
	if diff := cmp.Diff(want.Tree, got.Tree); diff != "" {
		t.Errorf("tree (-want +got):\n%s", diff)
	}
}

// A layer of CRDs refers to the shared base only when there is something in it.
func TestBuildWithoutBase(t *testing.T) {
	out, list := build(t, Input{Mesh: model.Mesh{Cluster: model.Cluster{Name: "edge"}, Istio: model.Istio{Version: "1.31.1"}, Manifests: []model.Manifest{
		{Name: "x", Path: "manifests.x", Manifest: intent.Manifest{File: "x.yaml", Text: []byte(crdText)}},
	}}})
	if len(list) > 0 {
		t.Error(lines(list))
	}
	if diff := cmp.Diff([]string{"edge/10-crds/kustomization.yaml", "edge/10-crds/manifest-x.yaml", "edge/kustomization.yaml"}, out.Tree.Paths()); diff != "" {
		t.Errorf("paths (-want +got):\n%s", diff)
	}
	builds(t, out, "edge")
}

func BenchmarkBuild(b *testing.B) {
	in := cluster(b)
	in.Delivery = nil
	var builder Builder
	for b.Loop() {
		if _, _, err := builder.Build(in); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBuildPatched(b *testing.B) {
	in := mesh(b, patched(istiod, "- {op: replace, path: /spec/replicas, value: 2}"))
	in.Delivery = nil
	var builder Builder
	for b.Loop() {
		if _, _, err := builder.Build(in); err != nil {
			b.Fatal(err)
		}
	}
}

// What meshgen itself makes wrong is its own fault, not the person's.
func TestBuildFaults(t *testing.T) {
	for _, c := range []struct{ component, text, want string }{
		{"mtls", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n", "ConfigMap/x, of component mtls, has no namespace"},
		{"mtls", "apiVersion: v1\nkind: Namespace\nmetadata: {name: x, namespace: other}\n", "Namespace/x in other, of component mtls, can have no namespace"},
		{"mtls", "kind: Namespace\nmetadata: {name: x}\n", "mtls: an object lacks its apiVersion, kind or name"},
		{"../x", "apiVersion: v1\nkind: Namespace\nmetadata: {name: x}\n", `Namespace/x: the component "../x" cannot name a file`},
		{"kustomization", "apiVersion: v1\nkind: Namespace\nmetadata: {name: x}\n", `Namespace/x: the component "kustomization" cannot name a file`},
	} {
		in := cluster(t)
		in.Objects = append(in.Objects, made(t, c.component, "", c.text)...)
		var b Builder
		_, _, err := b.Build(in)
		if err == nil || err.Error() != c.want {
			t.Errorf("error %v, want %s", err, c.want)
		}
	}
	in := cluster(t)
	in.Mesh.Cluster.Name = "../edge"
	var b Builder
	if _, _, err := b.Build(in); err == nil {
		t.Error("a cluster named ../edge was built")
	}
}
