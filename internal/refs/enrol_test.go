package refs_test

import "testing"

// TestEnrolled: labels and ports by which people's own namespaces and pods stand
// to the mesh, and what two Services ask for. Those named ok-… say nothing.
func TestEnrolled(t *testing.T) {
	namespace := func(labels string) string {
		return `manifests: x: objects: [{apiVersion: "v1", kind: "Namespace", metadata: {name: "tools", labels: {` + labels + `}}}]` + "\n"
	}
	pods := func(labels, spec string) string {
		return `manifests: x: objects: [{apiVersion: "apps/v1", kind: "Deployment", metadata: {name: "a", namespace: "shop"}, spec: {selector: matchLabels: app: "a", template: {metadata: labels: {app: "a", ` + labels + `}, spec: {containers: [{name: "a", image: "x:1", ` + spec + `}]}}}}]` + "\n"
	}
	service := func(name, spec string) string {
		return `manifests: ` + name + `: objects: [{apiVersion: "v1", kind: "Service", metadata: {name: "` + name + `", namespace: "shop"}, spec: {ports: [{port: 80}], ` + spec + `}}]` + "\n"
	}
	shown := func(to string) string {
		return `manifests: x: objects: [{apiVersion: "v1", kind: "Service", metadata: {name: "x", namespace: "shop", annotations: "networking.istio.io/exportTo": "` + to + `"}, spec: ports: [{port: 80}]}]` + "\n"
	}
	rule := func(revision string) string {
		return `manifests: x: objects: [{apiVersion: "networking.istio.io/v1", kind: "DestinationRule", metadata: {name: "x", namespace: "shop", labels: "istio.io/rev": "` + revision + `"}, spec: host: "web"}]` + "\n"
	}
	const (
		sidecar   = "namespaces: shop: mesh: true\n"
		ambient   = "mode: \"ambient\"\nnamespaces: shop: mesh: true\n"
		revisions = sidecar + "istio: {revision: \"1-31\", tags: [\"prod\"]}\n"
		outside   = "namespaces: shop: {}\n"
	)
	held(t, "testdata/enrol.txt", intents(t, only, map[string]string{
		"revision":            sidecar + namespace(`"istio.io/rev": "canary"`),
		"revision-of-pods":    outside + pods(`"istio.io/rev": "canary"`, ""),
		"revision-of-a-rule":  sidecar + rule("canary"),
		"without-a-revision":  revisions + namespace(`"istio-injection": "enabled"`),
		"both":                ambient + namespace(`"istio-injection": "enabled", "istio.io/dataplane-mode": "ambient"`),
		"no-ztunnel":          sidecar + namespace(`"istio.io/dataplane-mode": "ambient"`),
		"no-ztunnel-pods":     sidecar + pods(`"istio.io/dataplane-mode": "ambient"`, ""),
		"port":                sidecar + pods("", "ports: [{containerPort: 15001}]"),
		"port-ambient":        ambient + pods("", "ports: [{containerPort: 15008}]"),
		"shown-badly":         sidecar + shown("x y"),
		"shown-nearly":        sidecar + shown("., shpo"),
		"node-port":           outside + service("x", `type: "NodePort", ports: [{nodePort: 30080}]`) + service("y", `type: "LoadBalancer", ports: [{nodePort: 30080, protocol: "UDP"}]`),
		"node-port-of-health": outside + service("x", `type: "NodePort", ports: [{nodePort: 30080}]`) + service("y", `type: "LoadBalancer", externalTrafficPolicy: "Local", healthCheckNodePort: 30080`),
		"address":             outside + service("x", `clusterIP: "10.43.7.7"`) + service("y", `clusterIP: "10.43.7.7"`),
		"address-v6":          outside + service("x", `clusterIP: "fd00::1"`) + service("y", `clusterIPs: ["fd00:0::1"]`),

		"ok-revision":       revisions + namespace(`"istio.io/rev": "1-31"`),
		"ok-tag":            revisions + namespace(`"istio.io/rev": "prod"`),
		"ok-default":        sidecar + namespace(`"istio.io/rev": "default"`),
		"ok-injection":      sidecar + namespace(`"istio-injection": "enabled"`),
		"ok-disabled":       revisions + namespace(`"istio-injection": "disabled"`),
		"ok-declared":       sidecar + "external: \"Deployment/istio-system/istiod-canary\": \"the upgrade\"\n" + namespace(`"istio.io/rev": "canary"`) + "manifests: y: " + rule("canary")[len("manifests: x: "):],
		"ok-ambient":        ambient + namespace(`"istio.io/dataplane-mode": "ambient"`),
		"ok-rule":           revisions + rule("1-31"),
		"ok-rule-tag":       revisions + rule("prod"),
		"ok-port-outside":   outside + pods("", "ports: [{containerPort: 15001}]"),
		"ok-port-kept-out":  sidecar + pods(`"sidecar.istio.io/inject": "false"`, "ports: [{containerPort: 15001}]"),
		"ok-port-local":     ambient + pods("", "ports: [{containerPort: 15090}]"),
		"ok-shown":          sidecar + shown(".,istio-system, *"),
		"ok-shown-unknown":  sidecar + shown("elsewhere"),
		"ok-one-port-twice": outside + `manifests: x: objects: [{apiVersion: "v1", kind: "Service", metadata: {name: "x", namespace: "shop"}, spec: {type: "NodePort", ports: [{name: "t", port: 53, nodePort: 30053, protocol: "TCP"}, {name: "u", port: 53, nodePort: 30053, protocol: "UDP"}]}}]`,
		"ok-headless":       outside + service("x", `clusterIP: "None"`) + service("y", `clusterIP: "None"`),
	}, "MG1001", "MG1002", "MG1003", "MG1005", "MG1008", "MG5030", "MG5066", "MG5067", "MG5068", "MG5069"))
}
