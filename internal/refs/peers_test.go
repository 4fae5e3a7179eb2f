package refs_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPeers: who calls in plain is held against what the pods take, port by port.
func TestPeers(t *testing.T) {
	const pods = base + `
manifests: app: objects: [
	{apiVersion: "v1", kind: "Service", metadata: {name: "w", namespace: "shop"}, spec: {selector: app: "w", ports: [{name: "http", port: 80, targetPort: 8080}, {name: "tcp-admin", port: 9000, targetPort: "admin"}]}},
	{apiVersion: "apps/v1", kind: "Deployment", metadata: {name: "w", namespace: "shop"}, spec: {selector: matchLabels: app: "w", template: {metadata: labels: app: "w", spec: containers: [{name: "w", image: "x:1", ports: [{containerPort: 8080}, {name: "admin", containerPort: 9001}]}]}}},
]
`
	object := func(name, apiVersion, kind, namespace, spec string) string {
		return `manifests: ` + name + `: objects: [{apiVersion: "` + apiVersion + `", kind: "` + kind + `", metadata: {name: "` + name + `", namespace: "` + namespace + `"}, spec: ` + spec + "}]\n"
	}
	peer := func(namespace, spec string) string {
		return object("peer", "security.istio.io/v1", "PeerAuthentication", namespace, spec)
	}
	rule := func(policy string) string {
		return object("rule", "networking.istio.io/v1", "DestinationRule", "shop", `{host: "w", trafficPolicy: `+policy+`}`)
	}
	const off = `tls: mode: "DISABLE"`
	got := intents(t, pods, map[string]string{
		"permissive":         rule(off),
		"namespace":          rule(off) + peer("shop", `mtls: mode: "STRICT"`),
		"simple":             rule(`tls: mode: "SIMPLE"`) + peer("shop", `mtls: mode: "STRICT"`),
		"pods":               rule(off) + peer("shop", `{selector: matchLabels: app: "w", mtls: mode: "STRICT"}`),
		"other-pods":         rule(off) + peer("shop", `{selector: matchLabels: app: "v", mtls: mode: "STRICT"}`),
		"one-port-open":      rule(off) + peer("shop", `{selector: matchLabels: app: "w", mtls: mode: "STRICT", portLevelMtls: "9001": mode: "PERMISSIVE"}`),
		"only-that-port":     rule(`portLevelSettings: [{port: number: 9000, `+off+`}]`) + peer("shop", `{selector: matchLabels: app: "w", mtls: mode: "STRICT", portLevelMtls: "9001": mode: "PERMISSIVE"}`),
		"only-another-port":  rule(`portLevelSettings: [{port: number: 80, `+off+`}]`) + peer("shop", `{selector: matchLabels: app: "w", mtls: mode: "STRICT", portLevelMtls: "9001": mode: "PERMISSIVE"}`),
		"but-for-that-port":  rule(`{`+off+`, portLevelSettings: [{port: number: 80, tls: mode: "ISTIO_MUTUAL"}]}`) + peer("shop", `{selector: matchLabels: app: "w", mtls: mode: "STRICT", portLevelMtls: "9001": mode: "PERMISSIVE"}`),
		"handed-on":          rule(off) + peer("shop", `{selector: matchLabels: app: "w", portLevelMtls: "8080": mode: "UNSET"}`) + "mtls: stage: \"strict\"\n",
		"of-the-mesh":        rule(off) + peer("istio-system", `{selector: matchLabels: app: "w", mtls: mode: "STRICT"}`),
		"out-of-the-mesh":    strings.Replace(rule(off), "host: \"w\"", "host: \"x.other.svc.cluster.local\"", 1) + "mtls: stage: \"strict\"\nnamespaces: other: {}\nexternal: \"Service/other/x\": \"its team\"\n",
		"intent-opens-a-pod": rule(off) + "mtls: {stage: \"strict\", exceptions: w: {namespace: \"shop\", labels: app: \"w\", ports: [8080, 9001], reason: \"old callers\"}}\n",
	}, "MG5067", "MG5077")
	short := map[string][]string{}
	for name, text := range got {
		for line := range strings.Lines(text) {
			if before, rest, ok := strings.Cut(line, " in shop "); ok && !strings.HasPrefix(line, " ") {
				_, rest = before, strings.TrimSpace(rest)
				short[name] = append(short[name], rest)
			} else if !strings.HasPrefix(line, " ") {
				short[name] = append(short[name], strings.TrimSpace(line))
			}
		}
	}
	refused := func(mode, what string) []string {
		return []string{"calls w with TLS mode " + mode + " in spec.trafficPolicy.tls.mode, and its pods in shop take mutual TLS of the mesh alone: " + what + " is refused (MG5077)"}
	}
	want := map[string][]string{
		"namespace":         refused("DISABLE", "every call"),
		"simple":            refused("SIMPLE", "every call"),
		"pods":              refused("DISABLE", "every call"),
		"handed-on":         refused("DISABLE", "every call"),
		"one-port-open":     refused("DISABLE", "every call to port 80"),
		"only-another-port": {"calls w with TLS mode DISABLE in spec.trafficPolicy.portLevelSettings[0].tls.mode, and its pods in shop take mutual TLS of the mesh alone: every call to port 80 is refused (MG5077)"},
		"of-the-mesh":       {"overlays/of-the-mesh/mesh.cue:4:153: PeerAuthentication.security.istio.io/peer in istio-system selects pods in the namespace istio-system, where istiod reads no PeerAuthentication with a selector: it has no effect (MG5067)"},
	}
	if diff := cmp.Diff(want, short); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
