package policy

import (
	"maps"

	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// Namespaces returns a Namespace for each namespace that the mesh makes or
// labels. One that somebody else makes is an object too: applied on the server's
// side, it adds the labels and annotations and leaves the rest to its owner, and
// there is no other way to put a label on a namespace by GitOps. Where there is
// nothing to put, there is no object.
//
// No engine may remove a namespace, or all that runs in it goes with it.
func Namespaces(m model.Mesh) []object.Object {
	var objects []object.Object
	for _, ns := range m.Namespaces {
		if !ns.Create && len(ns.Labels) == 0 && len(ns.Annotations) == 0 {
			continue
		}
		annotations := map[string]string{}
		maps.Copy(annotations, ns.Annotations)
		maps.Copy(annotations, object.KeepAnnotations())
		if !ns.Create {
			maps.Copy(annotations, object.ShareAnnotations())
		}
		objects = append(objects, meta{
			apiVersion: "v1", kind: "Namespace", name: ns.Name,
			labels: ns.Labels, annotations: annotations,
			component: "namespaces", path: ns.Path,
		}.make(nil))
	}
	return objects
}
