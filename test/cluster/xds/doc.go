// Package xds asks a running istiod what it tells proxies, and judges what a
// proxy that is told so would do.
//
// NodeOf makes of a pod the identity by which its proxy introduces itself, from
// the environment that the injector, or istiod's deployment controller, gave the
// proxy's container: as pilot-agent does. So what is asked for is what that pod
// would ask for, and a wrong injection shows as a wrong answer.
//
// Ask returns listeners, routes, clusters, endpoints and names; AskZtunnel the
// workloads, services and authorizations that ambient's node proxy gets.
//
// Nothing is sent to a proxy, for none runs. In its place stand functions that
// follow the rules of Envoy and ztunnel as far as meshgen's intents reach: which
// filter chain takes a connection, which route a request, and what role based
// access control says to both (judge.go, ztunnel.go). What they do not know is
// an error, never a guess.
package xds
