package overlay

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

// lines writes diagnostics one a line, with all that a person sees.
func lines(list diag.List) string {
	var b strings.Builder
	for _, d := range list {
		if d.Position.IsValid() {
			fmt.Fprintf(&b, "%s:%d:%d: ", d.Position.File, d.Position.Line, d.Position.Column)
		}
		fmt.Fprintf(&b, "%s: %s %s %s", d.Path, d.Severity, d.Code, d.Message)
		for _, n := range d.Related {
			fmt.Fprintf(&b, " | %s:%d:%d: %s", n.Position.File, n.Position.Line, n.Position.Column, n.Message)
		}
		fmt.Fprintf(&b, "\n    try: %s\n", d.Suggestion)
	}
	return b.String()
}

func TestManifestDiagnostics(t *testing.T) {
	const ok = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, namespace: shop}\n"
	for _, c := range []struct{ name, text, want string }{
		{"fine", ok, ""},
		{"empty", "# nothing\n---\n", "x.yaml:1:1: manifests.x: error MG5007 the manifest holds no object\n    try: remove manifests.x, or write the objects into the file\n"},
		{"template", ok + "---\nmetadata:\n  # {{ a comment }}\n  name: {{ .Values.name }}\n", "x.yaml:7:9: manifests.x: error MG5001 the text is a template with {{ .Values.name }}, and meshgen takes plain YAML\n    try: write the value outright; what differs between clusters stands in the intent, in a patch, or in a placeholder ${NAME} that gitops.substitute names\n"},
		{"syntax", ok + "---\na: b: c\n", "x.yaml:5:5: manifests.x: error MG5001 this is not YAML: a second \": \" on the line: a text that holds one stands in quotes\n    try: mend the YAML\n"},
		{"key twice", ok + "data: {a: '1'}\ndata: {}\n", "x.yaml:5:1: manifests.x: error MG5002 the key \"data\" stands here a second time; it is on line 4 already\n    try: remove one of the two\n"},
		{"no object", "just words\n", "x.yaml:1:1: manifests.x: error MG5003 the document is a text, not a Kubernetes object\n    try: write apiVersion, kind and metadata\n"},
		{"nothing named", "--- # first\nspec: {}\n", `x.yaml:2:1: manifests.x: error MG5003 the object has no apiVersion
    try: set apiVersion
x.yaml:2:1: manifests.x: error MG5003 the object has no kind
    try: set kind
x.yaml:2:1: manifests.x: error MG5003 the object has no metadata.name
    try: set metadata.name
`},
		{"generated name", "apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: x-, namespace: shop}\n",
			"x.yaml:3:1: manifests.x: error MG5003 the object has a generateName, and would be made anew each time\n    try: set metadata.name instead of metadata.generateName\n"},
		{"name is a number", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: 12\n  namespace: shop\n",
			"x.yaml:4:3: manifests.x: error MG5003 metadata.name is the number 12, not a text\n    try: put metadata.name into quotes\n"},
		{"label is a boolean", ok[:len(ok)-2] + ", labels: {a: yes}}\n",
			"x.yaml:3:47: manifests.x: error MG5003 label \"a\" is the truth value true, not a text\n    try: put the value of a into quotes\n"},
		{"list", "apiVersion: v1\nkind: List\nitems:\n- " + strings.ReplaceAll(strings.TrimSpace(ok), "\n", "\n  ") + "\n- apiVersion: v1\n  kind: ConfigMap\n  metadata:\n    name: 12\n    namespace: shop\n",
			"x.yaml:10:5: manifests.x: error MG5003 metadata.name is the number 12, not a text\n    try: put metadata.name into quotes\n"},
		{"list in a list", "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMapList\n  items:\n  - apiVersion: v1\n    kind: ConfigMap\n    metadata: {name: x}\n",
			"x.yaml:7:5: manifests.x: error MG5004 ConfigMap/x has no namespace, so that it would land wherever the engine happens to look\n    try: set metadata.namespace of ConfigMap/x\n"},
		{"item that is no object", "apiVersion: v1\nkind: List\nitems:\n- text\n",
			"x.yaml:4:3: manifests.x: error MG5003 the document is a text, not a Kubernetes object\n    try: write apiVersion, kind and metadata\n"},
		{"empty list", "apiVersion: v1\nkind: List\nitems: []\n",
			"x.yaml:1:1: manifests.x: error MG5007 the manifest holds no object\n    try: remove manifests.x, or write the objects into the file\n"},
		{"items that are no list", "apiVersion: v1\nkind: List\nitems: {a: b}\n",
			"x.yaml:3:1: manifests.x: error MG5003 items of a List is a map, not a list\n    try: write items as a list of objects\n"},
		{"no namespace", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n",
			"x.yaml:1:1: manifests.x: error MG5004 ConfigMap/x has no namespace, so that it would land wherever the engine happens to look\n    try: set metadata.namespace of ConfigMap/x\n"},
		{"unknown kind without a namespace", "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: x}\n", ""},
		{"declared kind without a namespace", "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: x}\n---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: things.example.com}\nspec: {group: example.com, names: {kind: Thing}, scope: Namespaced}\n",
			"x.yaml:1:1: manifests.x: error MG5004 Thing.example.com/x has no namespace, so that it would land wherever the engine happens to look\n    try: set metadata.namespace of Thing.example.com/x\n"},
		{"namespace of a cluster's kind", "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: x, namespace: shop}\n",
			"x.yaml:1:1: manifests.x: error MG5004 ClusterRole.rbac.authorization.k8s.io/x in shop cannot have a namespace: the kind belongs to the whole cluster\n    try: remove metadata.namespace\n"},
		{"twice", ok + "---\n" + ok,
			"x.yaml:5:1: manifests.x: error MG5005 ConfigMap/x in shop stands in the manifests twice | x.yaml:1:1: the object stands here too\n    try: remove one of the two\n"},
		{"ours", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: istiod, namespace: istio-system}\n",
			"x.yaml:1:1: manifests.x: error MG5005 Deployment.apps/istiod in istio-system is made by meshgen already, by component istiod\n    try: remove the object, and change meshgen's by the intent's own fields or by patches\n"},
		{"our namespace", "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n",
			"x.yaml:1:1: manifests.x: error MG5005 Namespace/shop is made by meshgen already\n    try: remove the object, and set namespaces.shop.labels and namespaces.shop.annotations\n"},
		{"copied from a cluster", "apiVersion: v1\nkind: Service\nmetadata:\n  name: x\n  namespace: shop\n  uid: abc\n  annotations:\n    kubectl.kubernetes.io/last-applied-configuration: '{}'\nstatus: {loadBalancer: {ingress: [{ip: 1.2.3.4}]}}\n",
			`x.yaml:9:1: manifests.x: error MG5006 status is the API server's to write, and would differ from what is applied for ever
    try: remove status
x.yaml:6:3: manifests.x: error MG5006 metadata.uid is the API server's to write, and would differ from what is applied for ever
    try: remove metadata.uid
x.yaml:8:5: manifests.x: error MG5006 metadata.annotations.kubectl.kubernetes.io/last-applied-configuration is the API server's to write, and would differ from what is applied for ever
    try: remove metadata.annotations.kubectl.kubernetes.io/last-applied-configuration
`},
		{"kustomize's annotation", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n  namespace: shop\n  annotations: {config.kubernetes.io/local-config: \"true\"}\n",
			"x.yaml:6:17: manifests.x: error MG5008 kustomize keeps annotation \"config.kubernetes.io/local-config\" to itself: it drops it, or drops the object\n    try: remove the annotation\n"},
	} {
		_, list := build(t, mesh(t, func(m *model.Mesh) {
			m.Manifests = []model.Manifest{{Name: "x", Path: "manifests.x", Manifest: intent.Manifest{File: "x.yaml", Text: []byte(c.text)}}}
		}))
		if diff := cmp.Diff(c.want, lines(list)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestInlineManifestDiagnostics(t *testing.T) {
	_, list := build(t, mesh(t, func(m *model.Mesh) {
		m.Manifests = []model.Manifest{
			{Name: "a", Path: "manifests.a", Manifest: intent.Manifest{Objects: []map[string]any{
				{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "x", "namespace": "shop"}},
				{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "x", "namespace": "shop"}},
				{"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": "p", "namespace": "shop"}, "status": map[string]any{"phase": "Running"}},
				{"apiVersion": "v1", "kind": "List", "items": []any{map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "x", "namespace": "shop"}}}},
			}}},
			{Name: "b", Path: "manifests.b"},
		}
	}))
	want := `manifests.b: error MG5007 the manifest holds no object
    try: set manifests.b.path or manifests.b.objects
manifests.a.objects[1]: error MG5005 ConfigMap/x in shop stands in the manifests twice
    try: remove one of the two
manifests.a.objects[2].status: error MG5006 status is the API server's to write, and would differ from what is applied for ever
    try: remove status
manifests.a.objects[3].items[0]: error MG5005 ConfigMap/x in shop stands in the manifests twice
    try: remove one of the two
`
	if diff := cmp.Diff(want, lines(list)); diff != "" {
		t.Errorf("diagnostics (-want +got):\n%s", diff)
	}
}
