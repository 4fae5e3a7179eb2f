package refs_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/render/rendertest"
)

// layered are clusters whose manifests come in layers of their own, by name.
var layered = map[string]string{
	"definition-late": `manifests: x: {layer: "60-traffic", objects: [{apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: name: "widgets.acme.example.com", spec: {group: "acme.example.com", scope: "Namespaced", names: {kind: "Widget", plural: "widgets"}, versions: [{name: "v1", served: true, storage: true, schema: openAPIV3Schema: type: "object"}]}}]}
manifests: y: {layer: "20-control-plane", objects: [{apiVersion: "acme.example.com/v1", kind: "Widget", metadata: {name: "a", namespace: "shop"}}]}
`,
	"namespace-late": `manifests: x: {layer: "60-traffic", objects: [{apiVersion: "v1", kind: "Namespace", metadata: name: "tools"}]}
manifests: y: {layer: "20-control-plane", objects: [{apiVersion: "v1", kind: "ConfigMap", metadata: {name: "a", namespace: "tools"}}]}
`,
	"istio-first":  peer("00-namespaces"),
	"istio-crds":   peer("10-crds"),
	"istio-with":   peer("20-control-plane"),
	"istio-after":  peer("30-data-plane"),
	"pods-before":  pods("10-crds", "", "docker.io/library/redis:8.0.1", ""),
	"pods-refuse":  pods("10-crds", `"sidecar.istio.io/inject": "false"`, "docker.io/library/redis:8.0.1", ""),
	"pods-auto":    pods("20-control-plane", `"sidecar.istio.io/inject": "true"`, "auto", ""),
	"pods-after":   pods("30-data-plane", "", "docker.io/library/redis:8.0.1", ""),
	"config-late":  pods("30-data-plane", "", "docker.io/library/redis:8.0.1", `, volumes: [{name: "c", configMap: name: "late"}]`) + lateConfig(""),
	"config-same":  pods("30-data-plane", "", "docker.io/library/redis:8.0.1", `, volumes: [{name: "c", configMap: name: "late"}]`) + lateConfig(`layer: "30-data-plane", `),
	"config-maybe": pods("30-data-plane", "", "docker.io/library/redis:8.0.1", `, volumes: [{name: "c", configMap: {name: "late", optional: true}}]`) + lateConfig(""),
	"patch-late": `patches: a: {target: {kind: "Deployment", name: "istiod"}, patch: """
	apiVersion: apps/v1
	kind: Deployment
	metadata: {name: istiod}
	spec:
	  template:
	    spec:
	      priorityClassName: late
	"""}
manifests: l: objects: [{apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", metadata: name: "late", value: 10}]
`,
	"certificate-late": pods("30-data-plane", "", "docker.io/library/redis:8.0.1", `, volumes: [{name: "c", secret: secretName: "web"}]`) +
		"external: \"ClusterIssuer/ca\": \"cert-manager\"\n" +
		`manifests: l: {layer: "40-gateways", objects: [{apiVersion: "cert-manager.io/v1", kind: "Certificate", metadata: {name: "web", namespace: "shop"}, spec: {secretName: "web", dnsNames: ["a.example.com"], issuerRef: {kind: "ClusterIssuer", name: "ca"}}}]}` + "\n",
	"claim-late":         pods("60-traffic", "", "docker.io/library/redis:8.0.1", `, volumes: [{name: "c", persistentVolumeClaim: claimName: "late"}]`) + claim("30-data-plane", ""),
	"claim-same":         pods("60-traffic", "", "docker.io/library/redis:8.0.1", `, volumes: [{name: "c", persistentVolumeClaim: claimName: "late"}]`) + claim("60-traffic", ""),
	"claim-unused":       claim("60-traffic", ""),
	"claim-of-hand":      claim("30-data-plane", `storageClassName: "", `),
	"claim-at-once":      claim("30-data-plane", `storageClassName: "fast", `) + `manifests: f: {layer: "30-data-plane", objects: [{apiVersion: "storage.k8s.io/v1", kind: "StorageClass", metadata: name: "fast", provisioner: "example.com/fast"}]}` + "\n",
	"paused":             strings.Replace(pods("60-traffic", "", "docker.io/library/redis:8.0.1", ""), "spec: {selector", "spec: {paused: true, selector", 1),
	"paused-last":        strings.Replace(pods("70-telemetry", "", "docker.io/library/redis:8.0.1", ""), "spec: {selector", "spec: {paused: true, selector", 1),
	"suspended-flux":     suspended,
	"suspended-argocd":   suspended + argo,
	"balancer-flux":      balancer,
	"balancer-argocd":    balancer + argo,
	"webhook-early":      hook("", `apiGroups: ["*"], resources: ["*"]`, ""),
	"webhook-pods":       hook("", `apiGroups: [""], resources: ["pods"]`, `, namespaceSelector: matchLabels: "kubernetes.io/metadata.name": "istio-ingress"`),
	"webhook-elsewhere":  hook("", `apiGroups: [""], resources: ["pods"]`, `, namespaceSelector: matchLabels: team: "a"`),
	"webhook-ignores":    hook(`, failurePolicy: "Ignore"`, `apiGroups: ["*"], resources: ["*"]`, ""),
	"webhook-own-kinds":  hook("", `apiGroups: ["acme.example.com"], resources: ["*"]`, ""),
	"webhook-conditions": hook(`, matchConditions: [{name: "a", expression: "false"}]`, `apiGroups: ["*"], resources: ["*"]`, ""),
	"job-again-flux":     jobs,
	"job-again-argocd":   jobs + argo,
	"values-of-a-layer": `gitops: substitute: {names: ["DOMAIN"], from: [{kind: "ConfigMap", name: "vars"}, {kind: "Secret", name: "keys"}]}
manifests: v: objects: [{apiVersion: "v1", kind: "ConfigMap", metadata: {name: "vars", namespace: "flux-system"}, data: DOMAIN: "example.com"}]
manifests: w: objects: [{apiVersion: "v1", kind: "ConfigMap", metadata: {name: "vars", namespace: "shop"}, data: DOMAIN: "example.com"}]
external: "Namespace/flux-system": "Flux"
`,
	"marks-flux": `namespaces: shop: annotations: {"kustomize.toolkit.fluxcd.io/reconcile": "disabled", "argocd.argoproj.io/hook": "PostDelete"}
namespaces: other: {mesh: true, annotations: "kustomize.toolkit.fluxcd.io/ssa": "IfNotPresent"}
manifests: m: objects: [{apiVersion: "v1", kind: "ConfigMap", metadata: {name: "a", namespace: "shop", annotations: {"kustomize.toolkit.fluxcd.io/ssa": "Never", "kustomize.toolkit.fluxcd.io/force": "Enabled", "kustomize.toolkit.fluxcd.io/reconcile": "disabled"}}}]
`,
	"marks-argocd": argo + `namespaces: shop: annotations: {"kustomize.toolkit.fluxcd.io/reconcile": "disabled", "argocd.argoproj.io/hook": "PostDelete"}
manifests: m: objects: [{apiVersion: "v1", kind: "ConfigMap", metadata: {name: "a", namespace: "shop", annotations: {"argocd.argoproj.io/hook": "PreSync, Postsync", "argocd.argoproj.io/sync-wave": "first", "argocd.argoproj.io/hook-delete-policy": "HookSucceeded"}}}]
`,
	"namespace-same": `manifests: x: {layer: "20-control-plane", objects: [{apiVersion: "v1", kind: "Namespace", metadata: name: "tools"}, {apiVersion: "v1", kind: "ConfigMap", metadata: {name: "a", namespace: "tools"}}]}
`,
}

const (
	argo      = "gitops: {engine: \"argocd\", source: \"https://git.example.com/fleet\"}\n"
	suspended = `manifests: x: objects: [{apiVersion: "batch/v1", kind: "Job", metadata: {name: "a", namespace: "shop"}, spec: {suspend: true, template: spec: {restartPolicy: "Never", containers: [{name: "a", image: "docker.io/library/redis:8.0.1"}]}}}]` + "\n"
	jobs      = `manifests: x: objects: [for name, annotations in {
	test: "helm.sh/hook": "test"
	install: "helm.sh/hook": "pre-install, test"
	plain: {}
	sync: "argocd.argoproj.io/hook": "Sync"
} {apiVersion: "batch/v1", kind: "Job", metadata: {"name": name, namespace: "shop", "annotations": annotations}, spec: {ttlSecondsAfterFinished: 60, template: spec: {restartPolicy: "Never", containers: [{name: "a", image: "docker.io/library/redis:8.0.1"}]}}}]` + "\n"
	balancer = "cluster: loadBalancer: \"none\"\ngateways: public: service: type: \"ClusterIP\"\n" + `manifests: x: objects: [{apiVersion: "v1", kind: "Service", metadata: {name: "a", namespace: "shop"}, spec: {type: "LoadBalancer", ports: [{port: 80}]}}]` + "\n"
)

// claim asks for storage.
func claim(layer, class string) string {
	return `manifests: l: {layer: "` + layer + `", objects: [{apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: {name: "late", namespace: "shop"}, spec: {` + class + `accessModes: ["ReadWriteOnce"], resources: requests: storage: "1Gi"}}]}` + "\n"
}

// hook is a webhook in an early layer, and its Service in the last.
func hook(more, rule, selector string) string {
	return `external: "Pod/tools/*": "the team"
manifests: h: {layer: "10-crds", objects: [{apiVersion: "admissionregistration.k8s.io/v1", kind: "ValidatingWebhookConfiguration", metadata: name: "hook", webhooks: [{name: "a.example.com", sideEffects: "None", admissionReviewVersions: ["v1"], clientConfig: service: {namespace: "tools", name: "hook"}, rules: [{operations: ["CREATE"], apiVersions: ["*"], ` + rule + `}]` + selector + more + `}]}]}
manifests: n: objects: [{apiVersion: "v1", kind: "Namespace", metadata: name: "tools"}]
manifests: s: {layer: "70-telemetry", objects: [{apiVersion: "v1", kind: "Service", metadata: {name: "hook", namespace: "tools"}, spec: {ports: [{port: 443}], selector: app: "hook"}}]}
`
}

func peer(layer string) string {
	return `manifests: x: {layer: "` + layer + `", objects: [{apiVersion: "security.istio.io/v1", kind: "PeerAuthentication", metadata: {name: "a", namespace: "shop"}, spec: mtls: mode: "STRICT"}]}` + "\n"
}

func pods(layer, label, image, more string) string {
	return `manifests: x: {layer: "` + layer + `", objects: [{apiVersion: "apps/v1", kind: "Deployment", metadata: {name: "a", namespace: "shop"}, spec: {selector: matchLabels: app: "a", template: {metadata: labels: {app: "a", ` + label +
		`}, spec: {containers: [{name: "a", image: "` + image + `", resources: {requests: {cpu: "10m", memory: "16Mi"}, limits: memory: "16Mi"}}]` + more + "}}}}]}\n"
}

func lateConfig(layer string) string {
	return `manifests: l: {` + layer + `objects: [{apiVersion: "v1", kind: "ConfigMap", metadata: {name: "late", namespace: "shop"}, data: a: "b"}]}` + "\n"
}

// What needs an object of a later layer never gets it, and nor does what is in
// the layers between; what comes before istiod is neither validated nor injected.
func TestLayers(t *testing.T) {
	files := fstest.MapFS{
		"overlays/mesh.cue": {Data: []byte(strings.Replace(base, `gitops: {engine: "flux", source: "fleet"}`, `gitops: {engine: *"flux" | _, source: *"fleet" | _}`, 1))},
	}
	for name, text := range layered {
		files["overlays/"+name+"/mesh.cue"] = &fstest.MapFile{Data: []byte("package mesh\n\n" + text)}
	}
	list := rendertest.Vet(t, files)
	const file = "testdata/layers.txt"
	if os.Getenv("MESHGEN_UPDATE") != "" {
		if err := os.WriteFile(file, []byte(rendertest.Text(t, list)), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), rendertest.Text(t, list)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
