package overlay

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/resid"

	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

var (
	istiod   = &intent.Target{Kind: "Deployment", Name: "istiod"}
	injector = &intent.Target{Kind: "ConfigMap", Name: "istio-sidecar-injector"}
)

const named1 = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: istiod, namespace: istio-system}\n"

// goodPatches are patches that apply to the objects of cluster.
var goodPatches = []struct {
	name   string
	target *intent.Target
	text   string
}{
	{"merge by name", nil, named1 + "spec: {replicas: 3}\n"},
	{"merge into a list by its key", nil, named1 + "spec: {template: {spec: {containers: [{name: discovery, resources: {limits: {cpu: '2'}}}, {name: extra, image: x}]}}}\n"},
	{"delete from a list by its key", nil, named1 + "spec: {template: {spec: {containers: [{name: discovery, env: [{name: REVISION, $patch: delete}]}]}}}\n"},
	{"replace a map", nil, named1 + "spec: {selector: {$patch: replace, matchLabels: {a: b}}}\n"},
	{"null deletes", nil, named1 + "spec: {replicas: null}\n"},
	{"YAML 1.2 words", nil, named1[:len(named1)-2] + ", annotations: {a: on, b: 'yes'}}\n"},
	{"delete an object", nil, named1 + "$patch: delete\n"},
	{"delete by a target", &intent.Target{Group: "networking.istio.io"}, "kind: Any\nmetadata: {name: any}\n$patch: delete\n"},
	{"several documents", nil, named1 + "spec: {replicas: 3}\n---\n# nothing\n---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: todoui, namespace: shop}\nspec: {hosts: [other.example.com], $retainKeys: [hosts]}\n"},
	{"a custom resource's list is replaced", nil, "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: todoui, namespace: shop}\nspec: {hosts: [a, b], http: [{timeout: 5s}]}\n"},
	{"merge by a target keeps kind and name", istiod, "kind: Other\nmetadata: {name: other, labels: {a: b}}\n"},
	{"anchored regular expressions", &intent.Target{Kind: "Namespace", Name: "sh.p|istio-system"}, "kind: Namespace\nmetadata: {name: x, labels: {new: x}}\n"},
	{"labels", &intent.Target{LabelSelector: "app=istiod"}, "- {op: replace, path: /spec/replicas, value: 5}\n"},
	{"operations", istiod, `[{"op": "test", "path": "/spec/replicas", "value": 1}, {"op": "add", "path": "/spec/template/spec/containers/0/env/-", "value": {"name": "BIG", "value": "12345678901234567"}},
		{"op": "move", "from": "/spec/replicas", "path": "/spec/revisionHistoryLimit"}, {"op": "copy", "from": "/metadata/labels", "path": "/metadata/annotations"}, {"op": "remove", "path": "/spec/template/spec/containers/0/env/0"}]`},
	{"escaped pointer", &intent.Target{Kind: "Namespace", Name: "shop"}, "- op: add\n  path: /metadata/labels/example.com~1team\n  value: shop\n"},
	{"text with lines", injector, "kind: ConfigMap\nmetadata: {name: x}\ndata:\n  more: |\n    one: 1\n    two: yes\n"},
	{"everything of a kind", &intent.Target{Kind: "Namespace"}, "- {op: add, path: /metadata/annotations, value: {a: b}}\n"},
	{"namespace", &intent.Target{Namespace: "shop", Kind: ".*Service"}, "- {op: replace, path: /spec/hosts/0, value: x}\n"},
}

func patched(target *intent.Target, text string) func(m *model.Mesh) {
	return func(m *model.Mesh) {
		m.Patches = []model.Patch{{Name: "p", Path: "patches.p", Patch: intent.Patch{Target: target, Patch: text}}}
	}
}

// What we make of a patch is what kustomize makes of it.
func TestPatchAsKustomize(t *testing.T) {
	plain, _ := build(t, cluster(t))
	for _, c := range goodPatches {
		t.Run(c.name, func(t *testing.T) {
			out, list := build(t, mesh(t, patched(c.target, c.text)))
			if len(list) > 0 {
				t.Fatal(lines(list))
			}
			files := map[string][]byte{"all.yaml": []byte(encode(t, plain.Objects))}
			files["patch.yaml"] = []byte(c.text)
			p := types.Patch{Path: "patch.yaml"} // kustomize trims inline patches, the last newline of a text too
			if c.target != nil {
				p.Target = &types.Selector{
					ResId:              resid.ResId{Gvk: resid.Gvk{Group: c.target.Group, Version: c.target.Version, Kind: c.target.Kind}, Name: c.target.Name, Namespace: c.target.Namespace},
					LabelSelector:      c.target.LabelSelector,
					AnnotationSelector: c.target.AnnotationSelector,
				}
			}
			text, err := object.Marshal(map[string]any{"resources": []string{"all.yaml"}, "patches": []any{patchValue(p)}})
			if err != nil {
				t.Fatal(err)
			}
			files[kustomization] = text
			want, err := krustyBuild(t, files, "")
			if err != nil {
				t.Fatal(err)
			}
			got := encode(t, out.Objects)
			if diff := cmp.Diff(encode(t, want), got); diff != "" {
				t.Errorf("objects (-kustomize's +ours):\n%s", diff)
			}
			if got == encode(t, plain.Objects) {
				t.Error("the patch changed nothing")
			}
			builds(t, out, "edge")
		})
	}
}

func patchValue(p types.Patch) map[string]any {
	m := map[string]any{"path": p.Path}
	if p.Target != nil {
		target := map[string]any{}
		for key, value := range map[string]string{
			"group": p.Target.Group, "version": p.Target.Version, "kind": p.Target.Kind, "name": p.Target.Name, "namespace": p.Target.Namespace,
			"labelSelector": p.Target.LabelSelector, "annotationSelector": p.Target.AnnotationSelector,
		} {
			if value != "" {
				target[key] = value
			}
		}
		m["target"] = target
	}
	return m
}

// An object that no patch names is the very object that came in.
func TestPatchLeavesOthers(t *testing.T) {
	in := cluster(t)
	patched(istiod, "- {op: replace, path: /spec/replicas, value: 2}")(&in.Mesh)
	out, _ := build(t, in)
	before := map[object.ID]string{}
	for _, o := range in.Objects {
		before[o.ID()] = encode(t, []object.Object{o})
	}
	for _, o := range out.Objects {
		changed := encode(t, []object.Object{o}) != before[o.ID()]
		if want := o.Name() == "istiod"; changed != want {
			t.Errorf("%s: changed %t, want %t", o.ID(), changed, want)
		}
		if len(o.Origin.Patches) > 0 != changed {
			t.Errorf("%s: patches %v", o.ID(), o.Origin.Patches)
		}
	}
}

func TestPatchDiagnostics(t *testing.T) {
	for _, c := range []struct {
		name   string
		target *intent.Target
		text   string
		want   string
	}{
		{"port without its protocol", nil, "apiVersion: v1\nkind: Service\nmetadata: {name: public, namespace: istio-ingress}\nspec: {ports: [{port: 443, targetPort: 9443}]}\n", `patches.p.patch: error MG5012 line 4 of the text: the patch does not apply to Service/public in istio-ingress: what it says of spec.ports[0] is dropped, because elements of spec.ports are told apart by protocol too
    try: add protocol: TCP to spec.ports[0] of the patch
`},
		{"deletes a port without its protocol", nil, "apiVersion: v1\nkind: Service\nmetadata: {name: public, namespace: istio-ingress}\nspec: {ports: [{port: 443, $patch: delete}]}\n", `patches.p.patch: error MG5012 line 4 of the text: the patch does not apply to Service/public in istio-ingress: what it says of spec.ports[0] is dropped, because elements of spec.ports are told apart by protocol too
    try: add protocol: TCP to spec.ports[0] of the patch
`},
		{"a container's first port", nil, named1 + "spec: {template: {spec: {containers: [{name: discovery, ports: [{containerPort: 8080, name: debug}]}]}}}\n", ``},
		{"misspelt kind", &intent.Target{Kind: "Deploymnt"}, "- {op: remove, path: /spec}", `patches.p.target.kind: error MG5010 the patch is for an object whose kind is "Deploymnt", and there is none
    try: set patches.p.target.kind to "Deployment"
`},
		{"misspelt name", &intent.Target{Kind: "Namespace", Name: "istio-sistem"}, "- {op: remove, path: /spec}", `patches.p.target.name: error MG5010 the patch is for an object whose name is "istio-sistem", and there is none
    try: set patches.p.target.name to "istio-system"
`},
		{"only one", &intent.Target{Kind: "Deployment", Name: "other"}, "- {op: remove, path: /spec}", `patches.p.target.name: error MG5010 the patch is for an object whose name is "other", and there is none
    try: set patches.p.target.name to "istiod"
`},
		{"other namespace", &intent.Target{Kind: "Service", Namespace: "shop"}, "- {op: remove, path: /spec}", `patches.p.target.namespace: error MG5010 the patch is for an object whose namespace is "shop", and there is none
    try: set patches.p.target.namespace to "istio-ingress"
`},
		{"labels of nothing", &intent.Target{LabelSelector: "app=other"}, "- {op: remove, path: /spec}", `patches.p.target.labelSelector: error MG5010 the patch is for an object whose labelSelector is "app=other", and there is none
    try: remove patches.p.target.labelSelector
`},
		{"no regular expression", &intent.Target{Name: "a("}, "- {op: remove, path: /spec}", "patches.p.target.name: error MG5015 \"a(\" is no regular expression: missing closing )\n    try: mend the regular expression\n"},
		{"no selector", &intent.Target{LabelSelector: "a b"}, "- {op: remove, path: /spec}", "patches.p.target.labelSelector: error MG5015 \"a b\" is no selector\n    try: write the selector as for kubectl's -l, such as app=istiod\n"},
		{"merge: misspelt name", nil, "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: istio, namespace: istio-system}\n", `patches.p.patch: error MG5010 line 3 of the text: the patch is for an object whose metadata.name is "istio", and there is none
    try: set metadata.name to "istiod"
`},
		{"merge: no namespace", nil, "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: istiod}\n", `patches.p.patch: error MG5010 line 3 of the text: the patch does not say in which namespace istiod stands
    try: set metadata.namespace to "istio-system"
`},
		{"merge: other version", nil, "apiVersion: apps/v1beta1\nkind: Deployment\nmetadata: {name: istiod, namespace: istio-system}\n", `patches.p.patch: error MG5010 the patch is for an object whose apiVersion is "apps/v1beta1", and there is none
    try: set apiVersion to "apps/v1"
`},
		{"merge: nothing named", nil, "spec: {}\n", `patches.p.patch: error MG5011 the patch has no apiVersion; a strategic merge patch names the object that it is for
    try: set apiVersion in the patch
patches.p.patch: error MG5011 the patch has no kind; a strategic merge patch names the object that it is for
    try: set kind in the patch
patches.p.patch: error MG5011 the patch has no metadata.name; a strategic merge patch names the object that it is for
    try: set metadata.name in the patch
`},
		{"merge: no name for a target", istiod, "kind: Deployment\nspec: {}\n", `patches.p.patch: error MG5011 the patch has no metadata.name; a strategic merge patch needs one even with a target, which then decides
    try: set metadata.name in the patch
`},
		{"merge: other kind of value", nil, named1 + "spec:\n  template: 3\n", `patches.p.patch: error MG5012 line 5 of the text: the patch does not apply to Deployment.apps/istiod in istio-system: spec.template is the number 3 in the patch and a map in the object
    try: compare the patch with the object that ` + "`meshgen render`" + ` writes without it
`},
		{"merge: label is a number", nil, named1[:len(named1)-2] + ", labels: {a: 1}}\n", `patches.p.patch: error MG5003 after the patch, Deployment.apps/istiod in istio-system is refused: label "a" is the number 1, not a text
    try: put the value of a into quotes
`},
		{"empty", istiod, "# nothing\n", `patches.p.patch: error MG5011 the patch is empty
    try: write the patch, or remove patches.p
`},
		{"words", istiod, "words\n", `patches.p.patch: error MG5011 the patch is a text, neither an object nor a list of operations
    try: write a strategic merge patch or a JSON 6902 patch
`},
		{"no YAML", istiod, "- op: add\n  path: /x\n value: 1\n", `patches.p.patch: error MG5001 line 3 of the text: this is not YAML: did not find expected '-' indicator
    try: mend the YAML
`},
		{"key twice", nil, named1 + "spec:\n  replicas: 1\n  replicas: 2\n", `patches.p.patch: error MG5002 line 6 of the text: the key "replicas" stands here a second time; it is on line 5 already
    try: remove one of the two
`},
		{"operations for nobody", nil, "- {op: remove, path: /spec}\n", `patches.p.patch: error MG5011 a JSON 6902 patch does not say which object it is for
    try: set patches.p.target
`},
		{"two documents for one target", istiod, named1 + "---\n" + named1, `patches.p.patch: error MG5011 the patch has a target and 2 documents; kustomize takes one
    try: make a patch of each document, or remove patches.p.target
`},
		{"bad operations", istiod, "- {op: ad, path: /x, value: 1}\n- {op: add, path: x, value: 1}\n- {op: add, path: /x}\n- {op: move, path: /x}\n- 7\n", `patches.p.patch: error MG5011 operation 1 has the op "ad", which JSON 6902 does not know
    try: set op to add
patches.p.patch: error MG5011 line 2 of the text: operation 2 has no path that begins with /
    try: set path to a JSON pointer such as /spec/replicas
patches.p.patch: error MG5011 line 3 of the text: operation 3 adds no value
    try: set value
patches.p.patch: error MG5011 line 4 of the text: operation 4 does not say from where to move
    try: set from to a JSON pointer such as /spec/replicas
patches.p.patch: error MG5011 line 5 of the text: operation 5 is the number 7, not a map
    try: write op, path and value
`},
		{"missing path", istiod, "- {op: replace, path: /spec/replicas, value: 2}\n- {op: replace, path: /spec/templat/spec, value: 2}\n", `patches.p.patch: error MG5012 line 2 of the text: the patch does not apply to Deployment.apps/istiod in istio-system: operation 2, replace /spec/templat/spec, fails: the object has no /spec/templat; there is template
    try: compare the patch with the object that ` + "`meshgen render`" + ` writes without it
`},
		{"everything, of which most has no such path", &intent.Target{}, "- {op: remove, path: /spec/replicas}\n", `patches.p.patch: error MG5012 the patch does not apply to ClusterRole.rbac.authorization.k8s.io/istiod-clusterrole-istio-system: operation 1, remove /spec/replicas, fails: the object has no /spec; it fails for 15 more objects
    try: narrow patches.p.target to the objects that the patch is for
`},
		{"missing index", istiod, "- {op: remove, path: /spec/template/spec/containers/1}\n", `patches.p.patch: error MG5012 the patch does not apply to Deployment.apps/istiod in istio-system: operation 1, remove /spec/template/spec/containers/1, fails: there is no /spec/template/spec/containers/1, for the list's length is 1
    try: compare the patch with the object that ` + "`meshgen render`" + ` writes without it
`},
		{"missing name with a slash", &intent.Target{Kind: "Namespace", Name: "shop"}, "- {op: add, path: /metadata/labels/a~1b, value: x}\n- {op: test, path: /metadata/labels/a~1b, value: x}\n- {op: remove, path: /metadata/labels/a~1c}\n", `patches.p.patch: error MG5012 line 3 of the text: the patch does not apply to Namespace/shop: operation 3, remove /metadata/labels/a~1c, fails: the object has no /metadata/labels/a~1c; there is a/b
    try: compare the patch with the object that ` + "`meshgen render`" + ` writes without it
`},
		{"add behind the end", istiod, "- {op: add, path: /spec/template/spec/containers/3, value: {}}\n", `patches.p.patch: error MG5012 the patch does not apply to Deployment.apps/istiod in istio-system: operation 1, add /spec/template/spec/containers/3, fails: there is no /spec/template/spec/containers/3, for the list's length is 1
    try: compare the patch with the object that ` + "`meshgen render`" + ` writes without it
`},
		{"move from nowhere", istiod, "- {op: move, from: /spec/none/x, path: /spec/template/spec/containers/-}\n", `patches.p.patch: error MG5012 the patch does not apply to Deployment.apps/istiod in istio-system: operation 1, move /spec/template/spec/containers/-, fails: the object has no /spec/none
    try: compare the patch with the object that ` + "`meshgen render`" + ` writes without it
`},
		{"failing test", istiod, "- {op: test, path: /spec/replicas, value: 2}\n", `patches.p.patch: error MG5012 the patch does not apply to Deployment.apps/istiod in istio-system: operation 1, test /spec/replicas, fails: the object has 1 there
    try: compare the patch with the object that ` + "`meshgen render`" + ` writes without it
`},
		{"replaces nothing", istiod, "- {op: add, path: /spec/paused, value: true}\n- {op: replace, path: /spec/paused, value: false}\n- {op: replace, path: /spec/replica, value: 2}\n", `patches.p.patch: warning MG5016 line 3 of the text: operation 3 replaces /spec/replica of Deployment.apps/istiod in istio-system, which has none: kustomize adds it
    try: set path to /spec/replicas
`},
		{"changes nothing", istiod, "- {op: replace, path: /spec/replicas, value: 1}\n", `patches.p.patch: warning MG5013 the patch changes nothing: what it names is already as it says
    try: remove patches.p
`},
		{"renames", istiod, "- {op: replace, path: /metadata/name, value: other}\n", `patches.p.patch: error MG5014 the patch turns Deployment.apps/istiod in istio-system into Deployment.apps/other in istio-system; what refers to the object would miss it
    try: delete the object with $patch: delete, and add the other one to manifests
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			plain, _ := build(t, cluster(t))
			out, list := build(t, mesh(t, patched(c.target, c.text)))
			if diff := cmp.Diff(c.want, lines(list)); diff != "" {
				t.Errorf("diagnostics (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(encode(t, plain.Objects), encode(t, out.Objects)); diff != "" && strings.Contains(c.want, " error ") {
				t.Errorf("a patch with something wrong changed objects:\n%s", diff)
			}
		})
	}
}

// A patch in a file has a position of its own.
func TestPatchFile(t *testing.T) {
	_, list := build(t, mesh(t, func(m *model.Mesh) {
		m.Patches = []model.Patch{{Name: "p", Path: "patches.p", Patch: intent.Patch{
			File: "overlays/edge/p.yaml", Path: "p.yaml", Target: istiod, Patch: "# the first\n- op: replace\n  path: /spec/none/x\n  value: 1\n",
		}}}
	}))
	want := "overlays/edge/p.yaml:2:3: patches.p: error MG5012 the patch does not apply to Deployment.apps/istiod in istio-system: operation 1, replace /spec/none/x, fails: the object has no /spec/none\n" +
		"    try: compare the patch with the object that `meshgen render` writes without it\n"
	if diff := cmp.Diff(want, lines(list)); diff != "" {
		t.Errorf("diagnostics (-want +got):\n%s", diff)
	}
}

func FuzzPatch(f *testing.F) {
	for _, c := range goodPatches {
		f.Add(c.text, c.target != nil)
	}
	f.Add("- {op: remove, path: /spec/template/spec/containers/7}", true)
	f.Add("a: &x [*x]", true)
	in := cluster(f)
	f.Fuzz(func(t *testing.T, text string, target bool) {
		if len(text) > 1<<12 || strings.Count(text, "*") > 8 {
			return // aliases of aliases take time, not sense
		}
		in := in
		in.Delivery = nil
		patched(nil, text)(&in.Mesh)
		if target {
			in.Mesh.Patches[0].Target = istiod
		}
		var b Builder
		out, list, err := b.Build(in)
		if err != nil {
			t.Fatal(err)
		}
		if list.HasErrors() && len(out.Objects) != len(in.Objects) {
			t.Errorf("%d objects of %d are left after a patch with errors", len(out.Objects), len(in.Objects))
		}
		for _, o := range out.Objects {
			text, err := o.YAML()
			if err != nil {
				t.Fatal(err)
			}
			again, err := object.Parse(text)
			if err != nil || len(again) != 1 {
				t.Fatalf("%s: %d objects, %v", o.ID(), len(again), err)
			}
		}
	})
}
