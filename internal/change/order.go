package change

import (
	"slices"

	"github.com/meshgen/meshgen/internal/object"
)

// What the order of the layers does. Each is delivered when the one before it is
// ready, and an engine prunes a layer when it applies it.

// unpruned are the layers whose objects an engine never removes (package gitops).
var unpruned = []string{"00-namespaces", "10-crds"}

// laterLayer tells of an object that goes to a later layer: the engine removes it
// with the first and makes it anew with the second. One that goes to an earlier
// layer is that layer's when the later one is pruned, and stays: Flux by its
// labels kustomize.toolkit.fluxcd.io/name (fluxcd/pkg/ssa, DeleteOptions.Inclusions),
// Argo CD by argocd.argoproj.io/tracking-id.
func laterLayer(was, is object.Object) []Effect {
	from, to := was.Origin.Layer, is.Origin.Layer
	moves := from != "" && from < to && !slices.Contains(unpruned, from) && !kept(was)
	return one(layerChanges, "it goes from layer "+from+" to "+to+": the engine deletes it, and all that goes with it, and makes it anew", true, moves)
}

// early adds to the namespaces that join or move what they do so ahead of:
// their layer is the first, and the injector or the proxies of the nodes that
// they go to come later, in the same change.
func early(objects []Object) {
	arrives := slices.ContainsFunc(objects, func(o Object) bool {
		return o.Change == Added && (o.Kind == "MutatingWebhookConfiguration" && o.Name != "istio-revision-tag-default" || o.Kind == "DaemonSet" && o.Name == "ztunnel")
	})
	if !arrives {
		return
	}
	for i, o := range objects {
		if o.Kind == "Namespace" && slices.ContainsFunc(o.Effects, func(e Effect) bool { return e.Code == meshMoved || e.Code == meshJoined }) {
			objects[i].Effects = append(slices.Clone(o.Effects), Effect{meshEarly,
				"its label is there before what shall take its pods in: those that start in between are not in the mesh; deliver the new control plane and data plane in a commit before", true})
		}
	}
}
