package check

import (
	"slices"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

// Check is a rule that a resolved mesh is held to. Each stands in a file of its
// own, with its page; registering it in All is all that it takes.
type Check struct {
	Doc

	// Run returns what is wrong, each with the intent's path. It may leave out
	// Code and Severity, which are then the page's.
	Run func(m model.Mesh, in intent.Intent) diag.List
}

// All returns the checks of a resolved mesh, in the order of their codes.
func All() []Check {
	return []Check{
		istioKubernetes, otherMode, otherPlatform, resourceLimits, scaling,
		serverTLS, gatewayServers, gatewayAPILimits, routeHosts, routeWeights, hostPorts,
		mtlsExceptions, authorizationRules, waypointNeeded, telemetryProviders, meshConfig, gitOps, addressPools, egressGateways, proxyDNS, istiodSwitches, routesReached, literalStars,
		egressAmbient, gatewayCallers, namespaceLabels, routeOrder, policyOff, noEffect, rulesClose, hiddenClients, looksLike,
		egressHosts, egressPorts, egressProtocols, waypointSidecars, noAddress, istioOwn, rawNames, quantities,
	}
}

// Run holds a mesh against all checks.
func Run(m model.Mesh, in intent.Intent) diag.List {
	var list diag.List
	for _, c := range All() {
		for _, d := range c.Run(m, in) {
			if d.Code == "" {
				d.Code = c.Code
			}
			if d.Severity == "" {
				d.Severity = c.Severity
			}
			list = append(list, d)
		}
	}
	return list
}

// pages are the pages of the checks.
func pages() []Doc {
	var docs []Doc
	for _, c := range All() {
		docs = append(docs, c.Doc)
	}
	return docs
}

// enrol says how a namespace comes into the mesh.
func enrol(namespace string) string {
	return "set " + intent.Join("namespaces", namespace, "mesh") + " to true"
}

// member returns a namespace, and whether it is in the mesh.
func member(m model.Mesh, name string) (model.Namespace, bool) {
	i := slices.IndexFunc(m.Namespaces, func(n model.Namespace) bool { return n.Name == name })
	if i < 0 {
		return model.Namespace{}, false
	}
	return m.Namespaces[i], m.Namespaces[i].Mesh
}
