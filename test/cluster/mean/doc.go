// Package mean shows that istiod tells proxies what the intent says.
//
// Each test raises a control plane, applies a rendered cluster layer by layer,
// and runs the real istiod on it. Then it plays those who bring what meshgen does
// not: applications with their Services, cert-manager with its Secrets. The pods
// are real as far as the API server goes: the webhook injects their proxies,
// istiod's deployment controller makes gateways and waypoints, kwok gives them
// addresses, and the test notes on ambient ones what istio-cni would. As the proxy
// of such a pod, package xds asks istiod for its configuration, and the test holds
// that against the intent.
//
// What is wanted is written from the intent, overlays/CLUSTER/mesh.cue, not from
// an answer of istiod's: "one request in ten goes to the new version", "only the
// shop may call /charge". So a test does not look for a filter of some shape; it
// asks what would become of a connection or a request (xds.Chain, xds.Route,
// xds.Admits), both of one that shall pass and of one that shall not.
//
//	edge-berlin   sidecars, a gateway of the chart, a canary, plain text let in, DNS
//	edge-lagos    what differs from edge-berlin: sampling, a namespace outside the mesh
//	edge-oslo     ambient: ztunnel, a waypoint, a gateway that leads through it
//	production    a revision and its tag, istio-csr, strict, default deny, tokens, egress
//	pi-cluster    ambient with gateways of Gateway API, an exception from strict
//	development   tracing of everything, and nothing else
//	any-host      a golden case: a gateway for every host, made in both ways
//	egress-forms  a golden case: hosts outside, in each form
//	testdata...   what neither says, with sidecars and ambient: see the comments there
//
// At the end of each, istiod has rejected nothing and logged no error. The
// subtests' names are the rows of docs/compatibility.md.
package mean
