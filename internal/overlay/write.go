package overlay

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"

	"github.com/meshgen/meshgen/internal/object"
	"github.com/meshgen/meshgen/internal/tree"
)

const (
	kustomization = "kustomization.yaml"
	crdsFile      = "crds.yaml"
)

// base is a shared base of CRDs, as it was written.
type base struct {
	texts [][]byte // each object's
	file  []byte
}

// write fills the output's tree with the items, which are sorted and encoded.
// Kept says that no CRD of the base chart was deleted.
func (b *Builder) write(out *Output, in Input, items []item, kept bool) error {
	cluster, version := in.Mesh.Cluster.Name, in.Mesh.Istio.Version
	// Raw values of the base chart may change its CRDs, or leave some out.
	share := kept && len(in.Mesh.Values.Base) == 0
	layers := map[string]map[string][]object.Object{}
	var crds []object.Object
	for _, it := range items {
		layer, file := it.Origin.Layer, it.Origin.Component+".yaml"
		if layer == layerCRDs && it.Origin.Chart == "base" {
			crds, file = append(crds, it.Object), crdsFile
			share = share && it.mark == 0
		}
		if layers[layer] == nil {
			layers[layer] = map[string][]object.Object{}
		}
		layers[layer][file] = append(layers[layer][file], it.Object)
	}

	var present []string
	for _, layer := range Layers() {
		files := layers[layer]
		if len(files) == 0 {
			continue
		}
		present = append(present, layer)
		var resources []string
		if layer == layerCRDs && share && len(crds) > 0 {
			delete(files, crdsFile)
			shared := "shared/istio-crds-" + version
			resources = append(resources, "../../"+shared)
			if err := b.writeBase(out, shared, crds); err != nil {
				return err
			}
		}
		names, err := writeFiles(out.Tree, path.Join(cluster, layer), files)
		if err != nil {
			return err
		}
		if err := writeKustomization(out.Tree, path.Join(cluster, layer), append(resources, names...)); err != nil {
			return err
		}
	}
	if err := writeKustomization(out.Tree, cluster, present); err != nil {
		return err
	}
	if err := writeDelivery(out.Tree, in, present); err != nil {
		return err
	}
	for _, p := range in.Host.Paths() {
		out.Tree[path.Join(cluster, "host", p)] = in.Host[p]
	}
	for _, p := range out.Tree.Paths() {
		if !tree.Valid(p) {
			return fmt.Errorf("the path %q leads out of the rendered folder", p)
		}
	}
	return nil
}

// writeBase writes the base of CRDs that the clusters of a version share. The
// file is large and nearly always the one that was written for the last
// cluster; then the same bytes serve again.
func (b *Builder) writeBase(out *Output, folder string, crds []object.Object) error {
	texts := make([][]byte, len(crds))
	for i, o := range crds {
		text, err := o.YAML()
		if err != nil {
			return err
		}
		texts[i] = text
	}
	b.mu.Lock()
	known, ok := b.bases[folder]
	b.mu.Unlock()
	if !ok || !slices.EqualFunc(known.texts, texts, bytes.Equal) {
		file, err := object.Encode(crds)
		if err != nil {
			return err
		}
		known = base{texts, file}
		b.mu.Lock()
		if b.bases == nil {
			b.bases = map[string]base{}
		}
		b.bases[folder] = known
		b.mu.Unlock()
	}
	out.Tree[path.Join(folder, crdsFile)] = known.file
	out.SharedFiles = []string{path.Join(folder, crdsFile), path.Join(folder, kustomization)}
	return writeKustomization(out.Tree, folder, []string{crdsFile})
}

// writeDelivery writes the objects that deliver the layers. Nothing refers to
// them: people apply them once, and from then on the engine holds them.
func writeDelivery(t tree.Tree, in Input, layers []string) error {
	if in.Delivery == nil {
		return nil
	}
	delivery, twice, err := ours(in.Mesh, in.Delivery(layers))
	if err != nil || len(delivery) == 0 {
		return err
	}
	if len(twice) > 0 {
		return errors.New(twice[0].Message)
	}
	slices.SortStableFunc(delivery, func(a, b item) int { return a.Compare(b.Object) })
	files := map[string][]object.Object{}
	for _, it := range delivery {
		file := it.Origin.Component + ".yaml"
		files[file] = append(files[file], it.Object)
	}
	folder := path.Join(in.Mesh.Cluster.Name, "delivery")
	names, err := writeFiles(t, folder, files)
	if err != nil {
		return err
	}
	return writeKustomization(t, folder, names)
}

// writeFiles writes each file's objects into a folder, and returns the files'
// names in order.
func writeFiles(t tree.Tree, folder string, files map[string][]object.Object) ([]string, error) {
	names := slices.Sorted(maps.Keys(files))
	for _, name := range names {
		text, err := object.Encode(files[name])
		if err != nil {
			return nil, err
		}
		t[path.Join(folder, name)] = text
	}
	return names, nil
}

func writeKustomization(t tree.Tree, folder string, resources []string) error {
	text, err := object.Marshal(map[string]any{
		"apiVersion": "kustomize.config.k8s.io/v1beta1",
		"kind":       "Kustomization",
		"resources":  resources,
	})
	if err != nil {
		return err
	}
	t[path.Join(folder, kustomization)] = text
	return nil
}
