// Package overlay turns objects into what a GitOps engine applies: a kustomize
// overlay a cluster, with a folder a layer and a file a component.
//
// Three things happen on the way. People's manifests join our objects, and are
// refused where the API server or kustomize would refuse them, drop them, or
// change them. People's patches are applied here and now, by kustomize's own
// code, so that what is committed is what the cluster gets, and what later
// stages look at. And where Flux substitutes placeholders, objects that hold
// other texts of that form are kept out of its hands.
//
// What is written uses nothing of kustomize but lists of resources. Building it
// gives the objects of Output, which a test shows; so kustomize runs only on
// the objects that a patch names. It keeps its schemas in globals: a Builder
// lets one patch run at a time, and a program should have one Builder.
package overlay

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
	"github.com/meshgen/meshgen/internal/tree"
)

// Builder builds overlays; it is safe for concurrent use. The zero value is ready.
type Builder struct {
	kustomize sync.Mutex

	mu    sync.Mutex
	bases map[string]base // by version, the CRD base that was written last
}

// Input is what one cluster's overlay is made of.
type Input struct {
	Mesh model.Mesh

	// Objects come from charts and from policy, in any order.
	Objects []object.Object

	// Host are the files below the cluster's host folder.
	Host tree.Tree

	// Delivery returns the objects that deliver the layers, given the layers
	// that are not empty, in order. It may be nil.
	Delivery func(layers []string) []object.Object
}

// Output is one cluster's overlay.
type Output struct {
	// Tree holds the files below the rendered folder: <cluster>/... and shared/...
	Tree tree.Tree

	// Objects are what the cluster gets, after patches, in total order. The
	// CRDs of the shared base are among them, the delivery's objects are not:
	// those say how to fetch the rest.
	Objects []object.Object

	// SharedFiles are the paths of the files that other clusters share, sorted.
	SharedFiles []string
}

// item is an object on its way into a layer.
type item struct {
	object.Object
	layer string // that a manifest asks for; empty for the kind's own
	place place  // where a person wrote the object; zero for ours
	mark  int    // how often patches and annotations have changed the object
}

// place is where a person wrote something: a path of the intent, and either the
// position in a file of its own or the line of the text at the path.
type place struct {
	path     string
	position diag.Position
	line     int // 0 when it does not matter
}

// Build makes the overlay of one cluster. What people have to mend comes as
// diagnostics; the rest of the overlay is still built, so that later stages can
// report on it. An error is meshgen's own fault.
func (b *Builder) Build(in Input) (Output, diag.List, error) {
	items, kept, list, err := b.items(in.Mesh, in.Objects)
	if err != nil {
		return Output{}, nil, err
	}
	out := Output{Tree: tree.Tree{}, Objects: make([]object.Object, len(items))}
	for i := range items {
		if items[i].Object, err = items[i].Encoded(); err != nil {
			return Output{}, nil, fmt.Errorf("%s: %w", items[i].ID(), err)
		}
		out.Objects[i] = items[i].Object
	}
	if err := b.write(&out, in, items, kept); err != nil {
		return Output{}, nil, err
	}
	return out, list, nil
}

// Objects returns the objects that a cluster would get of a mesh's manifests and
// patches, as Build does, and writes nothing. What has something wrong is left out.
func (b *Builder) Objects(m model.Mesh, objects []object.Object) ([]object.Object, error) {
	items, _, _, err := b.items(m, objects)
	out := make([]object.Object, len(items))
	for i, it := range items {
		out[i] = it.Object
	}
	return out, err
}

// items joins our objects and people's, patches them and puts them in order.
// Kept says that no patch deletes one of Istio's CRDs: they cannot come from the
// shared base then.
func (b *Builder) items(m model.Mesh, objects []object.Object) (items []item, kept bool, list diag.List, err error) {
	if items, list, err = ours(m, objects); err != nil {
		return nil, false, nil, err
	}
	added, more := manifests(m.Manifests, items)
	items, list = append(items, added...), append(list, more...)
	before := countCRDs(items)
	items, more = b.patch(m.Patches, items)
	list = append(list, more...)
	kept = countCRDs(items) == before
	items, more = placeholders(m, items)
	list = append(list, more...)
	slices.SortStableFunc(items, func(a, b item) int { return a.Compare(b.Object) })
	for i := range items {
		items[i].Origin.Layer = layerOf(items[i])
	}
	return items, kept, list, nil
}

// countCRDs returns how many CRDs the base chart brings.
func countCRDs(items []item) int {
	n := 0
	for _, it := range items {
		if it.Origin.Chart == "base" && layerOf(it) == layerCRDs {
			n++
		}
	}
	return n
}

// ours returns the objects that meshgen made, having held them to what
// everybody may rely on. Of objects that a person's name makes twice the first
// is kept.
func ours(mesh model.Mesh, objects []object.Object) ([]item, diag.List, error) {
	items := make([]item, 0, len(objects))
	seen := make(map[object.ID]int, len(objects))
	again := twins{mesh: mesh}
	var list diag.List
	for i, o := range objects {
		id := o.ID()
		first, there := seen[id]
		stranger := again.brought(o) || there && again.brought(objects[first])
		if there && !stranger && again.add(objects[first], o) {
			continue
		}
		if wrong := fault(o, there); wrong != "" {
			if !o.Origin.Brought && !(there && objects[first].Origin.Brought) {
				return nil, nil, errors.New(wrong)
			}
			list = append(list, diag.Diagnostic{
				Code: "MG4022", Severity: diag.Error, Path: "istio.version",
				Message:    fmt.Sprintf("a chart of charts/%s does not give what it should: %s", mesh.Istio.Version, wrong),
				Suggestion: "take the chart of an Istio release: run meshgen charts add with the archive of helm pull",
			})
			continue
		}
		seen[id] = i
		items = append(items, item{Object: withoutEmptyAnnotations(o)})
	}
	return items, append(list, again.list()...), nil
}

// fault says what is wrong with an object that people did not write, or "": it
// is meshgen's mistake, or that of a chart which the repository brings.
func fault(o object.Object, twice bool) string {
	switch id := o.ID(); {
	case o.APIVersion() == "" || id.Kind == "" || id.Name == "":
		return fmt.Sprintf("%s: an object lacks its apiVersion, kind or name", o.Origin.Component)
	case !namesFile(o.Origin.Component):
		return fmt.Sprintf("%s: the component %q cannot name a file", id, o.Origin.Component)
	case twice:
		return fmt.Sprintf("%s is made twice", id)
	case scopeOf(id) == namespaced && id.Namespace == "":
		return fmt.Sprintf("%s, of component %s, has no namespace", id, o.Origin.Component)
	case scopeOf(id) == clusterScoped && id.Namespace != "":
		return fmt.Sprintf("%s, of component %s, can have no namespace", id, o.Origin.Component)
	}
	return ""
}

// withoutEmptyAnnotations drops annotations that a chart leaves empty, as
// kustomize does with those of every object that it reads.
func withoutEmptyAnnotations(o object.Object) object.Object {
	metadata := object.Map(o.Value, "metadata")
	if _, ok := metadata["annotations"]; !ok || len(o.Annotations()) > 0 {
		return o
	}
	value := maps.Clone(o.Value)
	metadata = maps.Clone(metadata)
	delete(metadata, "annotations")
	value["metadata"] = metadata
	return object.Object{Value: value, Origin: o.Origin}
}
