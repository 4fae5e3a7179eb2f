// Package minors is for the minors of Kubernetes that Istio's release runs on
// and that no cluster of accept is of: the clusters of the golden case intents
// are compiled for each, and applied to it, as accept does. Each has to be built
// first, which takes as long as all of accept; so make e2e leaves it out.
//
// TestSince asks the API servers of all minors, those of accept among them, for
// the fields that they publish and the gates that they have on, and holds what the
// compiler knows of both against it.
package minors
