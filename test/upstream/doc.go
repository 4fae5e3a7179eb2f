// Package upstream holds what meshgen renders against what the projects that
// read it publish: Kubernetes' own types, and the definitions of custom
// resources of Istio, Gateway API, Flux, Argo CD, cert-manager, MetalLB, the
// Prometheus Operator and Cilium, each at a pinned release. An object is held
// to its definition as the API server holds it, and stricter: a field that the
// definition does not know, which the API server would drop without a word, is
// an error.
//
// It is a module of its own, so that none of this enters meshgen's. The
// definitions are read from the projects' Go modules, which the go command
// fetches from the module proxy and keeps; nothing of them stands here, and
// none of the projects' code is built. Each module's hash is pinned beside its
// version.
//
//	go -C test/upstream test -count=1 ./...
//
// Without -count=1 the go command may answer from its cache: it does not see
// that files outside of this module have changed.
package upstream
