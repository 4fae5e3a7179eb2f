package render_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/meshgen/meshgen/internal/render/rendertest"
)

// TestFindingPlaces: what is wrong with an object is said where it was written,
// be that a manifest's line, a patch, a raw value, or the intent.
func TestFindingPlaces(t *testing.T) {
	for _, test := range []struct {
		name, fields, file, want string
	}{
		{
			"a manifest's line", `manifests: extra: path: "extra.yaml"`,
			"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other, namespace: istio-system}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: extra\n  namespace: istio-system\ndata:\n  verbose: 1\n",
			"overlays/box/extra.yaml:11:3: ConfigMap/extra in istio-system: data.verbose is a number, but must be a text (MG5031)\n    try: put data.verbose into quotes",
		},
		{
			"an object in the intent", "manifests: extra: objects: [{\n\tapiVersion: \"v1\", kind: \"ConfigMap\"\n\tmetadata: {name: \"extra\", namespace: \"istio-system\"}\n\tdata: verbose: 1\n}]", "",
			"overlays/box/mesh.cue:6:17: ConfigMap/extra in istio-system: data.verbose is a number, but must be a text (MG5031)\n    try: put data.verbose into quotes",
		},
		{
			"a patch", `patches: fast: {target: {kind: "Deployment", name: "istiod"}, patch: "- {op: add, path: /spec/minReadySeconds, value: -1}"}`, "",
			"overlays/box/mesh.cue:3:70: after the patch, Deployment.apps/istiod in istio-system: spec.minReadySeconds is -1, but must be 0 or more (MG5034)\n    try: change spec.minReadySeconds: it must be 0 or more in what patches.fast makes of it",
		},
		{
			"a patch in a file",
			`patches: fast: path: "extra.yaml"`, "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: istiod, namespace: istio-system}\nspec:\n  template:\n    spec:\n      containers:\n      - name: discovery\n        imagePullPolcy: Always\n",
			"overlays/box/extra.yaml:9:9: after the patch, Deployment.apps/istiod in istio-system: there is no field spec.template.spec.containers[0].imagePullPolcy (MG5030)\n    try: rename spec.template.spec.containers[0].imagePullPolcy to imagePullPolicy in what patches.fast makes of it",
		},
		{
			"a line of a patch's text", "patches: fast: {target: {kind: \"Deployment\", name: \"istiod\"}, patch: \"\"\"\n\t- op: add\n\t  path: /spec/template/spec/containers/0/env/-\n\t  value:\n\t    name: A\n\t    vale: B\n\t\"\"\"}", "",
			"overlays/box/mesh.cue:3:70: line 5 of the text: after the patch, Deployment.apps/istiod in istio-system: there is no field spec.template.spec.containers[0].env[12].vale (MG5030)\n    try: rename spec.template.spec.containers[0].env[12].vale to value in what patches.fast makes of it",
		},
		{
			"a limit below a request, in a patch's file",
			`patches: small: path: "extra.yaml"`, "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: istiod, namespace: istio-system}\nspec:\n  template:\n    spec:\n      containers:\n      - name: discovery\n        resources:\n          limits: {memory: 10Mi}\n",
			"overlays/box/extra.yaml:10:11: after the patch, Deployment.apps/istiod in istio-system: spec.template.spec.containers[0].resources.requests.memory is 2Gi, more than the limit of 10Mi (MG5036)\n    try: set spec.template.spec.containers[0].resources.requests.memory to 10Mi or less, or raise the limit in what patches.small makes of it",
		},
		{
			"a patch of another field than the one that it spoils", "gateways: public: servers: x: hosts: [\"a.b\"]\npatches: p: {target: {kind: \"Deployment\", name: \"public\"}, patch: \"\"\"\n\t- op: add\n\t  path: /spec/template/spec/hostNetwork\n\t  value: true\n\t\"\"\"}", "",
			"overlays/box/mesh.cue:4:67: line 2 of the text: after the patch, Deployment.apps/public in istio-ingress: spec.template.spec.securityContext.sysctls[0].name is net.ipv4.ip_unprivileged_port_start, which belongs to the node while hostNetwork is true (MG5036)\n    try: remove the parameter, or hostNetwork in what patches.p makes of it",
		},
		{
			"an image that a patch's file names",
			`patches: latest: path: "extra.yaml"`, "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: istiod, namespace: istio-system}\nspec:\n  template:\n    spec:\n      containers:\n      - name: discovery\n        image: docker.io/istio/pilot:latest\n",
			"overlays/box/extra.yaml:9:9: Deployment.apps/istiod in istio-system asks for the image docker.io/istio/pilot:latest, whose tag moves (MG5022)\n    try: name the tag of a release, or a digest",
		},
		{
			"a raw value", `values: istiod: pilot: podLabels: team: "the mesh"`, "",
			"overlays/box/mesh.cue:3:41: Deployment.apps/istiod in istio-system: spec.template.metadata.labels.team is \"the mesh\", which must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (MG5033)\n    try: change spec.template.metadata.labels.team: it must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character; it follows from values.istiod.pilot.podLabels.team",
		},
		{
			"a raw value beside others that have a say", `values: istiod: pilot: replicaCount: -1`, "",
			"overlays/box/mesh.cue:3:38: Deployment.apps/istiod in istio-system: spec.replicas is -1, but must be 0 or more (MG5034)\n    try: change spec.replicas: it must be 0 or more; it follows from values.istiod.pilot.replicaCount",
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
			if got := strings.TrimSpace(text(list)); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

// TestPlaceholdersInHosts: hosts are where a placeholder of Flux stands most
// often; each object that is made of one has it, and nothing is said.
func TestPlaceholdersInHosts(t *testing.T) {
	for _, api := range []string{"chart", "gateway-api"} {
		out, list := compile(t, rendertest.Repository(t, fstest.MapFS{
			"overlays/mesh.cue": {Data: []byte("package mesh\n\nimport \"meshgen.dev/schema\"\n\nschema.#Mesh\n")},
			"overlays/box/mesh.cue": {Data: []byte(`package mesh

cluster: {platform: "k3s", kubernetes: "1.34", disabled: ["traefik"]}
gitops: {engine: "flux", source: "fleet", substitute: {names: ["DOMAIN"], from: [{kind: "ConfigMap", name: "of-the-cluster"}]}}
namespaces: shop: {mesh: true}
services: web: {namespace: "shop", port: 8080}
gateways: public: {
	api: "` + api + `"
	servers: web: {hosts: ["www.${DOMAIN}", "${DOMAIN}"], tls: {secret: "web", redirectHTTP: true}}
}
routes: web: {gateway: "public", hosts: ["www.${DOMAIN}", "${DOMAIN}"], rules: [{to: [{service: "web"}]}]}
egress: hosts: api: host: "api.${DOMAIN}"
`)},
		}), 1)
		if len(list) > 0 {
			t.Errorf("%s: %s", api, text(list))
		}
		held := 0
		for _, content := range out {
			held += strings.Count(string(content), "${DOMAIN}")
		}
		if held < 5 { // the hosts of the gateway, of the route, and of the outside
			t.Errorf("%s: the placeholder stands %d times in the tree", api, held)
		}
	}
}
