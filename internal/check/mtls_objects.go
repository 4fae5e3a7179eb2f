package check

import "github.com/meshgen/meshgen/internal/diag"

// mtlsPages are the pages about objects that go against what the intent says of
// mutual TLS. Package refs gives the diagnostics.
func mtlsPages() []Doc {
	const strict = "mtls: stage: \"strict\"\nnamespaces: shop: mesh: true\n"
	return []Doc{{
		Code: "MG5077", Since: "0.2.0", Severity: diag.Error, Also: diag.Warning,
		Title:  "An object goes against the intent's mutual TLS or authorization",
		Text:   "Pods that take mutual TLS alone, by the intent or by a PeerAuthentication of manifests, refuse calls that a DestinationRule has sidecars make otherwise. Where the intent says so, a PeerAuthentication opens what the intent says is closed, and no reason stands beside it (a warning where it is for some workloads or ports); and the API server, which calls the Services of webhooks, has no certificate of the mesh (a warning). Where authorization.default is deny, an AuthorizationPolicy that allows everything to everybody in the whole mesh undoes it.\nDeclare ports that take plain text in mtls.exceptions, or say \"permissive\".",
		Before: strict + `manifests: open: objects: [{apiVersion: "security.istio.io/v1", kind: "PeerAuthentication", metadata: {name: "default", namespace: "shop"}, spec: mtls: mode: "DISABLE"}]`,
		After:  strict + `mtls: exceptions: legacy: {namespace: "shop", labels: app: "legacy", ports: [8080], reason: "called by machines outside the mesh"}`,
	}}
}
