// Package gitops makes the objects that deliver a cluster's layers in order:
// Kustomizations for Flux, Applications for Argo CD.
//
// # One unit a layer, and one root
//
// Each layer is a unit of its own, because what must be ready before what is a
// matter of layers: custom resources need their definitions, pods need the
// injector, and policy needs the webhook that validates it. The units stand in
// delivery/ together with a root unit whose path is delivery/ itself. Whoever
// sets a cluster up applies that folder once (kubectl apply -k); from then on
// the root follows the repository, so that a layer that appears is added and a
// layer that goes is removed, with no second command. The root manages itself.
//
// # Names
//
// Flux runs in the cluster that it delivers to, so its names hold no cluster:
// mesh, mesh-namespaces, mesh-crds and so on. That lets an application's own
// Kustomization depend on mesh-data-plane in every cluster of a fleet. One
// Argo CD may serve several clusters, and its Applications share a namespace:
// their names begin with the cluster's. Names leave out a layer's number, and
// never change: a unit that is renamed takes its objects down and up again.
//
// # What is never removed
//
// Namespaces and definitions of custom resources are not pruned, and stay when
// their unit is deleted: a definition that goes takes every object of its kind
// with it, and a namespace all that it holds. Those of people's manifests, which
// can stand in any layer, carry annotations that say so. Deleting the root
// leaves the units. Deleting a unit of another layer removes that layer's
// objects.
//
// # What others install
//
// Some layers hold objects whose definitions somebody else installs: MetalLB's
// pools, cert-manager's Certificates, the Prometheus Operator's monitors,
// Kiali. meshgen does not know the names of the units that install those, so it
// cannot depend on them. Both engines check a whole unit against the API server
// before they apply any of it, so such a unit fails until the definitions are
// there, and so do those that depend on it; both try again, each minute or with
// a growing pause, and get through without help once they are.
package gitops

import (
	"strconv"
	"strings"

	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// The engines of schema.#GitOps.
const (
	flux   = "flux"
	argoCD = "argocd"
)

// The layers that are treated in their own way.
const (
	namespaces   = "namespaces"
	crds         = "crds"
	controlPlane = "control-plane"
	gateways     = "gateways"
)

// deliveryFolder is the cluster's folder that holds the delivery's own objects.
const deliveryFolder = "delivery"

// gatewayAPIPath is the folder of Gateway API's repository whose kustomization
// holds the standard channel (kubernetes-sigs/gateway-api,
// config/crd/kustomization.yaml at v1.3.0, v1.4.1, v1.5.1 and v1.6.0). From
// v1.5.0 it holds an admission policy too, which refuses older definitions and
// those of the experimental channel.
const gatewayAPIPath = "config/crd"

// Delivery returns the objects of delivery/ for the engine that the mesh
// declares, none if it declares none. The layers are the names of the cluster's
// folders that are not empty, in order, such as 00-namespaces. An object's
// Origin.Component is the name of its file: the layer's folder, "gateway-api",
// or "root".
func Delivery(m model.Mesh, layers []string) []object.Object {
	if m.GitOps == nil || len(layers) == 0 {
		return nil
	}
	d := delivery{mesh: m, layers: make([]layer, len(layers))}
	for i, folder := range layers {
		d.layers[i] = parseLayer(folder)
	}
	switch m.GitOps.Engine {
	case flux:
		return d.flux()
	case argoCD:
		return d.argoCD()
	}
	return nil
}

// delivery is what the objects are made from.
type delivery struct {
	mesh   model.Mesh
	layers []layer
}

// layer is a folder of the cluster: its rank and name, 20 and control-plane for
// 20-control-plane.
type layer struct {
	folder string
	rank   int
	name   string
}

func parseLayer(folder string) layer {
	number, name, ok := strings.Cut(folder, "-")
	rank, err := strconv.Atoi(number)
	if !ok || err != nil {
		return layer{folder: folder, name: folder}
	}
	return layer{folder: folder, rank: rank, name: name}
}

// kept says whether the layer's objects outlive their unit.
func (l layer) kept() bool { return l.name == namespaces || l.name == crds }

// path returns the path of one of the cluster's folders in the repository.
func (d delivery) path(folder string) string {
	return d.mesh.GitOps.Path + "/" + d.mesh.Cluster.Name + "/" + folder
}

// gatewayAPI says whether the delivery brings the definitions of Gateway API.
func (d delivery) gatewayAPI() bool {
	return d.mesh.GatewayAPI != nil && d.mesh.GatewayAPI.Deliver
}

// made returns an object that the delivery wants, for the file named.
func made(file string, value map[string]any) object.Object {
	return object.Object{Value: value, Origin: object.Origin{Component: file, Path: "gitops"}}
}
