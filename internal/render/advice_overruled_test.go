package render_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/render"
	"github.com/meshgen/meshgen/internal/render/rendertest"
)

// TestAdviceOverruled: where raw values or a patch decide what does not fit, the
// finding stands at their line and says to change them, and not the intent's field
// that they overrule. What is said of the intent is typed in and ends it; what is
// said of a patch is written there and ends it too.
func TestAdviceOverruled(t *testing.T) {
	const nodes = `cluster: {platform: "kind", kubernetes: "1.35", loadBalancer: "cloud", nodePools: s: {count: 3, cpu: "8", memory: "16Gi"}}` + "\n"
	const public = `gateways: public: {replicas: 2, servers: x: hosts: ["a.b"], resources: {requests: cpu: "3", limits: cpu: "4"}}` + "\n"
	for _, test := range []struct {
		name, fields, file string
		want               []string // place and code, what to try, what else
		patched            []string // the patch's text and what is to be written in its place
	}{
		{
			name: "values of istiod", fields: `values: istiod: pilot: resources: requests: memory: "100Gi"`,
			want: []string{"overlays/box/mesh.cue:4:53 MG2001 values.istiod.pilot.resources.requests.memory", `set values.istiod.pilot.resources.requests.memory to "15.5Gi"`, `set cluster.nodePools.s.memory to "128Gi"`},
		},
		{
			name: "values of ztunnel", fields: `mode: "ambient", values: ztunnel: resources: requests: memory: "30Gi"`,
			want: []string{"overlays/box/mesh.cue:4:64 MG2001 values.ztunnel.resources.requests.memory", `set values.ztunnel.resources.requests.memory to "7.5Gi"`, `set cluster.nodePools.s.memory to "64Gi"`},
		},
		{
			name:   "values of the sidecars",
			fields: `namespaces: shop: {mesh: true, pods: {count: 20, requests: {cpu: "100m", memory: "100Mi"}}}, values: istiod: global: proxy: resources: {requests: memory: "4Gi", limits: memory: "4Gi"}`,
			want: []string{"overlays/box/mesh.cue:4:155 MG2001 values.istiod.global.proxy.resources.requests.memory", `set values.istiod.global.proxy.resources.requests.memory to "1920Mi"`, `set cluster.nodePools.s.memory to "32Gi"`,
				"set namespaces.shop.pods.count to 9", "set cluster.nodePools.s.count to 7"},
		},
		{
			name: "values of a gateway's replicas", fields: public + "values: gateways: public: replicaCount: 9",
			want: []string{"overlays/box/mesh.cue:4:88 MG2001 gateways.public.resources.requests.cpu", `set gateways.public.resources.requests.cpu to "1500m"`, "set values.gateways.public.replicaCount to 4",
				`set cluster.nodePools.s.cpu to "16"`, "set cluster.nodePools.s.count to 6"},
		},
		{
			name:   "values of a gateway's autoscaler",
			fields: strings.Replace(public, "replicas: 2", "autoscaling: {min: 1, max: 6}", 1) + "values: gateways: public: autoscaling: maxReplicas: 20",
			want:   []string{"overlays/box/mesh.cue:5:53 MG2002 values.gateways.public.autoscaling.maxReplicas", "set values.gateways.public.autoscaling.maxReplicas to 6, the largest that fits"},
		},
		{
			name:   "a patch of a gateway's request",
			fields: public + `patches: p: {target: {kind: "Deployment", name: "public"}, patch: "- {op: replace, path: /spec/template/spec/containers/0/resources/requests/cpu, value: '9'}"}`,
			want: []string{"overlays/box/mesh.cue:5:67 MG2001 patches.p", "lower what gateway public asks for to 7 CPU, where patches.p sets it",
				`set cluster.nodePools.s.cpu to "10"`},
			patched: []string{"value: '9'", "value: '7'"},
		},
		{
			name:   "a patch of a gateway's replicas",
			fields: public + `patches: p: {target: {kind: "Deployment", name: "public"}, patch: "- {op: replace, path: /spec/replicas, value: 9}"}`,
			want: []string{"overlays/box/mesh.cue:4:88 MG2001 gateways.public.resources.requests.cpu", `set gateways.public.resources.requests.cpu to "1500m"`, "set spec.replicas to 4 in patches.p",
				`set cluster.nodePools.s.cpu to "16"`, "set cluster.nodePools.s.count to 6"},
			patched: []string{"value: 9", "value: 4"},
		},
		{
			name:   "a patch that says what the intent says", // only to compile it again shows that the patch wins
			fields: strings.Replace(public, "replicas: 2", "replicas: 9", 1) + `patches: p: {target: {kind: "Deployment", name: "public"}, patch: "- {op: replace, path: /spec/replicas, value: 9}"}`,
			want: []string{"overlays/box/mesh.cue:4:88 MG2001 gateways.public.resources.requests.cpu", `set gateways.public.resources.requests.cpu to "1500m"`,
				`set cluster.nodePools.s.cpu to "16"`, "set cluster.nodePools.s.count to 6"},
		},
		{
			name: "a patch of a disruption budget", fields: `gateways: public: {replicas: 2, disruptionBudget: minAvailable: 1, servers: x: hosts: ["a.b"]}` + "\n" +
				`patches: p: {target: {kind: "PodDisruptionBudget", name: "public"}, patch: "- {op: replace, path: /spec/minAvailable, value: 2}"}`,
			want:    []string{"overlays/box/mesh.cue:5:76 MG2005 patches.p", "set spec.minAvailable to 1 in patches.p"},
			patched: []string{"value: 2", "value: 1"},
		},
		{
			name: "a patch of a node selector", fields: `gateways: public: {replicas: 1, servers: x: hosts: ["a.b"]}` + "\n" +
				`patches: p: {target: {kind: "Deployment", name: "public"}, patch: "- {op: add, path: /spec/template/spec/nodeSelector, value: {disk: ssd}}"}`,
			want:    []string{"overlays/box/mesh.cue:5:67 MG2013 patches.p", "correct spec.template.spec.nodeSelector in patches.p, or the labels and taints in cluster.nodePools"},
			patched: []string{"{disk: ssd}", "{}"},
		},
		{
			name: "a patch of istiod in a file", fields: `patches: p: path: "p.yaml"`,
			file:    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: istiod, namespace: istio-system}\nspec:\n  template:\n    spec:\n      containers:\n      - name: discovery\n        resources:\n          requests: {memory: 100Gi}\n",
			want:    []string{"overlays/box/p.yaml:10:22 MG2001 patches.p", "lower what istiod asks for to 15.5Gi of memory, where patches.p sets it", `set cluster.nodePools.s.memory to "128Gi"`},
			patched: []string{"100Gi", "15872Mi"},
		},
		{
			name: "a patch of what istiod makes a gateway from", fields: `gateways: public: {api: "gateway-api", replicas: 2, servers: x: hosts: ["a.b"]}, patches: p: path: "p.yaml"`,
			file: "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: public-infrastructure, namespace: istio-ingress}\ndata:\n  deployment: |\n    spec: {replicas: 9, template: {spec: {containers: [{name: istio-proxy, resources: {requests: {cpu: '3'}}}]}}}\n",
			want: []string{"overlays/box/p.yaml:5:3 MG2001 patches.p", "lower what gateway public asks for to 1500m CPU, where patches.p sets it", "set data.deployment/spec.replicas to 4 in patches.p",
				`set cluster.nodePools.s.cpu to "16"`, "set cluster.nodePools.s.count to 6"},
			patched: []string{"replicas: 9", "replicas: 4"},
		},
		{
			name: "a raw node selector", fields: `gateways: public: servers: x: hosts: ["a.b"]` + "\n" + `values: gateways: public: nodeSelector: tier: "front"`,
			want:    []string{"overlays/box/mesh.cue:5:47 MG2013 values.gateways.public.nodeSelector.tier", "correct values.gateways.public.nodeSelector.tier, or the labels and taints in cluster.nodePools"},
			patched: []string{`nodeSelector: tier: "front"`, "nodeSelector: {}"},
		},
		{
			name: "raw values of a waypoint", fields: `mode: "ambient", namespaces: shop: {mesh: true, waypoint: "auto"}, values: istiod: global: waypoint: resources: requests: memory: "50Gi"`,
			want: []string{"overlays/box/mesh.cue:4:131 MG2001 values.istiod.global.waypoint.resources.requests.memory", `set values.istiod.global.waypoint.resources.requests.memory to "14Gi"`, `set cluster.nodePools.s.memory to "64Gi"`},
		},
		{
			name: "a patch of the injector", fields: `namespaces: shop: {mesh: true, pods: {count: 20, requests: {cpu: "100m", memory: "100Mi"}}}, patches: p: path: "p.yaml"`,
			file: "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio-sidecar-injector, namespace: istio-system}\ndata:\n  values: '{\"global\": {\"proxy\": {\"resources\": {\"requests\": {\"memory\": \"4Gi\"}}}}}'\n",
			want: []string{"overlays/box/p.yaml:5:3 MG2001 patches.p", "lower what each sidecar asks for to 1920Mi of memory, where patches.p sets it", `set cluster.nodePools.s.memory to "32Gi"`,
				"set namespaces.shop.pods.count to 9", "set cluster.nodePools.s.count to 7"},
			patched: []string{"4Gi", "1920Mi"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			repository := func(old, new string) fstest.MapFS {
				write := func(text string) *fstest.MapFile {
					return &fstest.MapFile{Data: []byte(strings.Replace(text, old, new, 1))}
				}
				in := fstest.MapFS{
					"overlays/mesh.cue":     write("package mesh\n\nimport \"meshgen.dev/schema\"\n\nschema.#Mesh\n"),
					"overlays/box/mesh.cue": write("package mesh\n\n" + nodes + test.fields + "\n"),
				}
				if test.file != "" {
					in["overlays/box/p.yaml"] = write(test.file)
				}
				return rendertest.Repository(t, in)
			}
			ofFit := func(d diag.Diagnostic) bool { return strings.HasPrefix(d.Code, "MG20") && d.Code != "MG2007" }
			files := repository("", "")
			_, before := compile(t, files, 1)
			k := slices.IndexFunc(before, ofFit)
			if k < 0 {
				t.Fatal("it fits:\n" + text(before))
			}
			d := before[k]
			place := strings.SplitN(text(diag.List{d}), ": ", 2)[0]
			if diff := cmp.Diff(test.want, append([]string{place + " " + d.Code + " " + d.Path, d.Suggestion}, d.Alternatives...)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			for _, advice := range append([]string{d.Suggestion}, d.Alternatives...) {
				set := typed(advice)
				if set == nil || strings.HasSuffix(advice, " in patches.p") {
					continue
				}
				_, after := compileInput(t, render.Input{FS: files, Parallel: 1, Version: version, Set: set})
				if slices.ContainsFunc(after, ofFit) {
					t.Errorf("%s leaves\n%s", advice, text(after))
				}
			}
			if test.patched != nil {
				if _, after := compile(t, repository(test.patched[0], test.patched[1]), 1); slices.ContainsFunc(after, ofFit) {
					t.Errorf("%s leaves\n%s", test.patched[1], text(after))
				}
			}
		})
	}
}
