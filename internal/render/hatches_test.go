package render_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/render/rendertest"
)

// TestBrokenByHatches: what is wrong with one object because of what a patch or
// a manifest does to another is said at the patch or the manifest.
func TestBrokenByHatches(t *testing.T) {
	for _, test := range []struct{ name, fields, file, want string }{
		{
			"a Deployment", `patches: p: {target: {kind: "Deployment", name: "istiod"}, patch: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: istiod}, $patch: delete}"}`, "",
			`overlays/box/mesh.cue:3:67: this patch is why Service/istiod in istio-system, of chart istiod, selects no pod of istio-system: none has app=istiod,istio=pilot (MG5017)
    try: remove patches.p
    or: change Service/istiod in istio-system, so that the two go together`,
		},
		{
			"the second document of a file", `patches: p: path: "extra.yaml"`,
			"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: istiod, namespace: istio-system}\nspec: {paused: true}\n---\n# no longer wanted\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: istiod, namespace: istio-system}\n$patch: delete\n",
			`overlays/box/extra.yaml:7:1: this patch is why ClusterRoleBinding.rbac.authorization.k8s.io/istiod-clusterrole-istio-system, of chart istiod, refers to ServiceAccount/istiod in istio-system in subjects[0].name, which nobody makes (MG5017)
    it is also why ClusterRoleBinding.rbac.authorization.k8s.io/istiod-gateway-controller-istio-system, of chart istiod, refers to ServiceAccount/istiod in istio-system in subjects[0].name, which nobody makes (MG5062)
    it is also why RoleBinding.rbac.authorization.k8s.io/istiod in istio-system, of chart istiod, refers to ServiceAccount/istiod in istio-system in subjects[0].name, which nobody makes (MG5062)
    overlays/box/mesh.cue:3:10: it is also why Deployment.apps/istiod in istio-system, as patch "p" leaves it, refers to ServiceAccount/istiod in istio-system in spec.template.spec.serviceAccountName, which nobody makes (MG5051)
    try: remove patches.p
    or: change ClusterRoleBinding.rbac.authorization.k8s.io/istiod-clusterrole-istio-system, ClusterRoleBinding.rbac.authorization.k8s.io/istiod-gateway-controller-istio-system and 2 more, so that the two go together`,
		},
		{
			"the second operation", "patches: p: {target: {kind: \"Service\", name: \"istiod\"}, patch: \"\"\"\n\t- {op: add, path: /metadata/labels/a, value: b}\n\t- {op: replace, path: /spec/ports/2/port, value: 444}\n\t\"\"\"}", "",
			`overlays/box/mesh.cue:3:64: line 2 of the text: this patch is why MutatingWebhookConfiguration.admissionregistration.k8s.io/istio-sidecar-injector, of chart istiod, asks for port 443 in webhooks[0].clientConfig.service.port, and Service/istiod in istio-system has only 444, 15010, 15012, 15014 (MG5017)
    it is also why ValidatingWebhookConfiguration.admissionregistration.k8s.io/istio-validator-istio-system, of chart istiod, asks for port 443 in webhooks[0].clientConfig.service.port, and Service/istiod in istio-system has only 444, 15010, 15012, 15014 (MG5060)
    it is also why ValidatingWebhookConfiguration.admissionregistration.k8s.io/istiod-default-validator, of chart base, asks for port 443 in webhooks[0].clientConfig.service.port, and Service/istiod in istio-system has only 444, 15010, 15012, 15014 (MG5060)
    try: remove patches.p
    or: change MutatingWebhookConfiguration.admissionregistration.k8s.io/istio-sidecar-injector, ValidatingWebhookConfiguration.admissionregistration.k8s.io/istio-validator-istio-system and ValidatingWebhookConfiguration.admissionregistration.k8s.io/istiod-default-validator, so that the two go together`,
		},
		{
			"the namespace", "patches: {\n\ta: {target: {kind: \"Deployment\", name: \"istiod\"}, patch: \"- {op: add, path: /spec/paused, value: true}\"}\n\tz: {target: {kind: \"Namespace\", name: \"istio-system\"}, patch: \"{apiVersion: v1, kind: Namespace, metadata: {name: istio-system}, $patch: delete}\"}\n}", "",
			`overlays/box/mesh.cue:5:64: this patch is why ServiceAccount/istio-reader-service-account in istio-system stands in the namespace istio-system, which nobody makes; the API server refuses what is in it (MG5017)
    try: remove patches.z
    or: change ServiceAccount/istio-reader-service-account in istio-system, so that the two go together`,
		},
		{
			"the patched object itself", `patches: p: {target: {kind: "Deployment", name: "istiod"}, patch: "- {op: replace, path: /spec/template/spec/serviceAccountName, value: pilot}"}`, "",
			`overlays/box/mesh.cue:3:67: Deployment.apps/istiod in istio-system, as patch "p" leaves it, refers to ServiceAccount/pilot in istio-system in spec.template.spec.serviceAccountName, which nobody makes (MG5051)
    try: add the object to manifests, or declare who makes it: external: "ServiceAccount/istio-system/pilot": "..."`,
		},
		{
			"the line of a file", `patches: p: path: "extra.yaml"`,
			"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: istiod, namespace: istio-system}\nspec:\n  paused: false\n  template:\n    spec:\n      priorityClassName: high\n      containers:\n      - name: discovery\n        envFrom:\n        - secretRef: {name: keys}\n",
			`overlays/box/extra.yaml:8:7: Deployment.apps/istiod in istio-system, as patch "p" leaves it, refers to PriorityClass.scheduling.k8s.io/high in spec.template.spec.priorityClassName, which nobody makes (MG5051)
    try: add the object to manifests, or declare who makes it: external: "PriorityClass/high": "..."
overlays/box/extra.yaml:12:23: Deployment.apps/istiod in istio-system, as patch "p" leaves it, refers to Secret/keys in istio-system in spec.template.spec.containers[0].envFrom[0].secretRef.name, which nobody makes (MG5051)
    try: add the object to manifests, or declare who makes it: external: "Secret/istio-system/keys": "..."`,
		},
		{
			"the line of a text, for an object of a manifest", "patches: p: patch: \"\"\"\n\tapiVersion: v1\n\tkind: Pod\n\tmetadata: {name: a, namespace: istio-system}\n\tspec:\n\t  serviceAccountName: nobody\n\t\"\"\"\nmanifests: m: objects: [{apiVersion: \"v1\", kind: \"Pod\", metadata: {name: \"a\", namespace: \"istio-system\"}, spec: containers: [{name: \"a\", image: \"r.example.com/a:1\"}]}]", "",
			`overlays/box/mesh.cue:3:20: line 5 of the text: Pod/a in istio-system, as patch "p" leaves it, refers to ServiceAccount/nobody in istio-system in spec.serviceAccountName, which nobody makes (MG5051)
    try: add the object to manifests, or declare who makes it: external: "ServiceAccount/istio-system/nobody": "..."`,
		},
		{
			"a manifest", "manifests: {\n\tfine: objects: [{apiVersion: \"v1\", kind: \"ConfigMap\", metadata: {name: \"motd\", namespace: \"istio-system\"}}]\n\tpdb: objects: [{apiVersion: \"policy/v1\", kind: \"PodDisruptionBudget\", metadata: {name: \"another\", namespace: \"istio-system\"}, spec: {maxUnavailable: 1, selector: matchLabels: app: \"istiod\"}}]\n}\ncontrolPlane: {replicas: 2, disruptionBudget: minAvailable: 1}", "",
			`overlays/box/mesh.cue:5:17: this manifest is why PodDisruptionBudget.policy/istiod in istio-system, of chart istiod, is the second disruption budget of Deployment.apps/istiod in istio-system, beside PodDisruptionBudget.policy/another in istio-system: pods with two cannot be evicted (MG5017)
    try: remove manifests.pdb
    or: change PodDisruptionBudget.policy/istiod in istio-system, so that the two go together`,
		},
		{
			"a manifest that comes too late", "gitops: {engine: \"flux\", source: \"fleet\"}\nvalues: istiod: global: priorityClassName: \"late\"\nmanifests: c: objects: [{apiVersion: \"scheduling.k8s.io/v1\", kind: \"PriorityClass\", metadata: name: \"late\", value: 10}]", "",
			`overlays/box/mesh.cue:5:25: this manifest is why Deployment.apps/istiod in istio-system, of chart istiod, comes in layer 20-control-plane, before PriorityClass/late in layer 60-traffic: without it its pods do not start, and layer 60-traffic waits for 20-control-plane, so that neither is ever there (MG5017)
    overlays/box/mesh.cue:4:44: Deployment.apps/istiod in istio-system comes from here (MG5075)
    try: set manifests.c.layer to "20-control-plane"
    or: remove manifests.c`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := fstest.MapFS{
				"overlays/mesh.cue":     {Data: []byte("package mesh\n\nimport \"meshgen.dev/schema\"\n\nschema.#Mesh\n\ncluster: {platform: *\"k3s\" | _, kubernetes: *\"1.34\" | _, disabled: *[\"traefik\"] | _}\n")},
				"overlays/box/mesh.cue": {Data: []byte("package mesh\n\n" + test.fields + "\n")},
			}
			if test.file != "" {
				in["overlays/box/extra.yaml"] = &fstest.MapFile{Data: []byte(test.file)}
			}
			_, list := compile(t, rendertest.Repository(t, in), 1)
			if diff := cmp.Diff(test.want, strings.TrimSpace(text(list))); diff != "" {
				t.Errorf("-want +got:\n%s\n%s", diff, text(list))
			}
		})
	}
}
