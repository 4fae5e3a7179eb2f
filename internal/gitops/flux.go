package gitops

import (
	"slices"

	"github.com/meshgen/meshgen/internal/object"
)

// fluxPrefix begins the names of Flux's objects.
const fluxPrefix = "mesh"

// fluxRetry is when Flux tries a unit again that has failed. Left to itself it
// waits for the interval, far too long for a unit that waits for another's
// definitions.
const fluxRetry = "1m"

// gatewayAPIInterval is how often Flux looks for a change of the pinned tag. A
// tag does not change, so this only says how soon a lost artifact comes back.
const gatewayAPIInterval = "24h"

// flux returns the Kustomizations, in the order in which they are applied. The
// shapes are those of fluxcd/kustomize-controller api/v1 KustomizationSpec and
// fluxcd/source-controller api/v1 GitRepositorySpec, both at v1.9. The newest
// fields, deletionPolicy and healthCheckExprs, need Flux 2.5.
func (d delivery) flux() []object.Object {
	objects := []object.Object{made("root", d.fluxKustomization(fluxPrefix, map[string]any{
		"path":           "./" + d.path(deliveryFolder),
		"prune":          true,
		"deletionPolicy": "Orphan",
		"sourceRef":      gitRepository(d.mesh.GitOps.Source),
		// Waiting would be for the root itself too, for ever.
		"wait": false,
	}))}
	if d.gatewayAPI() {
		objects = append(objects, d.fluxGatewayAPI()...)
	}
	previous := ""
	for _, l := range d.layers {
		objects = append(objects, made(l.folder, d.fluxLayer(l, previous)))
		previous = fluxName(l.name)
	}
	return objects
}

// fluxLayer returns the Kustomization of a layer; previous is the name of the
// Kustomization of the layer before, empty for the first.
//
// Waiting has its price: a layer with a DaemonSet is not ready while a node is
// down, and what depends on it is not changed until the node is back or gone.
// The alternative is policy that is applied to a mesh half updated.
func (d delivery) fluxLayer(l layer, previous string) map[string]any {
	spec := map[string]any{
		"path":      "./" + d.path(l.folder),
		"prune":     !l.kept(),
		"sourceRef": gitRepository(d.mesh.GitOps.Source),
		"wait":      true,
	}
	if l.kept() {
		spec["deletionPolicy"] = "Orphan"
	}
	var after []string
	if previous != "" {
		after = append(after, previous)
	}
	// One dependency is enough, on the first layer that may hold or watch
	// objects of Gateway API: the later ones depend on that layer.
	if d.gatewayAPI() && l.folder == d.firstAfterDefinitions() {
		after = append(after, fluxName("gateway-api"))
	}
	if len(after) > 0 {
		dependsOn := make([]any, len(after))
		for i, name := range after {
			dependsOn[i] = map[string]any{"name": name}
		}
		spec["dependsOn"] = dependsOn
	}
	if l.name == gateways && d.issuesCertificates() {
		// A Certificate may need the routes of a later layer to be issued (ACME's
		// HTTP-01), or a DNS record that somebody makes tomorrow. The gateway runs
		// without it, so policy must not wait for it.
		spec["healthCheckExprs"] = []any{map[string]any{
			"apiVersion": "cert-manager.io/v1",
			"kind":       "Certificate",
			"current":    "true",
		}}
	}
	// Definitions of custom resources hold neither secrets nor placeholders.
	if l.name != crds {
		d.addDecryption(spec)
		d.addSubstitution(spec)
	}
	return d.fluxKustomization(fluxName(l.name), spec)
}

// fluxGatewayAPI returns the source and the Kustomization of Gateway API's
// definitions.
func (d delivery) fluxGatewayAPI() []object.Object {
	name := fluxName("gateway-api")
	source := map[string]any{
		"apiVersion": "source.toolkit.fluxcd.io/v1",
		"kind":       "GitRepository",
		"metadata":   d.metadata(name),
		"spec": map[string]any{
			"interval": gatewayAPIInterval,
			"url":      d.mesh.GatewayAPI.Source,
			"ref":      map[string]any{"tag": d.mesh.GatewayAPI.Version},
			"ignore":   "/*\n!/config\n/config/*\n!/" + gatewayAPIPath + "\n",
		},
	}
	return []object.Object{
		made("gateway-api", source),
		made("gateway-api", d.fluxKustomization(name, map[string]any{
			"path":           "./" + gatewayAPIPath,
			"prune":          false,
			"deletionPolicy": "Orphan",
			"sourceRef":      gitRepository(name),
			"wait":           true,
		})),
	}
}

// fluxKustomization returns a Kustomization with what all of them have.
func (d delivery) fluxKustomization(name string, spec map[string]any) map[string]any {
	spec["interval"] = d.mesh.GitOps.Interval
	spec["retryInterval"] = fluxRetry
	spec["timeout"] = d.mesh.GitOps.Timeout
	return map[string]any{
		"apiVersion": "kustomize.toolkit.fluxcd.io/v1",
		"kind":       "Kustomization",
		"metadata":   d.metadata(name),
		"spec":       spec,
	}
}

func (d delivery) metadata(name string) map[string]any {
	return map[string]any{"name": name, "namespace": d.mesh.GitOps.Namespace}
}

// firstAfterDefinitions returns the folder of the first layer that is neither
// namespaces nor definitions, empty if there is none.
func (d delivery) firstAfterDefinitions() string {
	i := slices.IndexFunc(d.layers, func(l layer) bool { return !l.kept() })
	if i < 0 {
		return ""
	}
	return d.layers[i].folder
}

// issuesCertificates says whether cert-manager makes a gateway's certificate.
func (d delivery) issuesCertificates() bool {
	for _, g := range d.mesh.Gateways {
		for _, s := range g.Servers {
			if s.TLS != nil && s.TLS.Issuer != "" {
				return true
			}
		}
	}
	return false
}

func (d delivery) addDecryption(spec map[string]any) {
	if dec := d.mesh.GitOps.Decryption; dec != nil {
		spec["decryption"] = map[string]any{
			"provider":  dec.Provider,
			"secretRef": map[string]any{"name": dec.Secret},
		}
	}
}

func (d delivery) addSubstitution(spec map[string]any) {
	sub := d.mesh.GitOps.Substitute
	if sub == nil {
		return
	}
	from := make([]any, len(sub.From))
	for i, f := range sub.From {
		from[i] = map[string]any{"kind": f.Kind, "name": f.Name}
	}
	spec["postBuild"] = map[string]any{"substituteFrom": from}
}

func fluxName(name string) string { return fluxPrefix + "-" + name }

func gitRepository(name string) map[string]any {
	return map[string]any{"kind": "GitRepository", "name": name}
}
