package deliver

import (
	"path/filepath"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/meshgen/meshgen/test/cluster/kube"
)

// TestGuards: what holds others' objects is guarded twice. Its layer is never
// pruned, and stays when its unit goes; and each Namespace and CRD says the same
// of itself, for whoever turns the layer's pruning on. Either alone is enough for
// the engines, so that taking away one would not show in what they do.
func TestGuards(t *testing.T) {
	clusters := map[string][]string{"Kustomization": delivered(t, "Kustomization"), "Application": delivered(t, "Application")}
	for kind, names := range clusters {
		for _, name := range names {
			dir := filepath.Join(kube.Root(), "rendered", name)
			for _, unit := range kube.Kustomize(t, filepath.Join(dir, "delivery")) {
				layer := filepath.Base(reader(unit, "spec", "path") + reader(unit, "spec", "source", "path"))
				if unit.GetKind() == kind && (layer == "00-namespaces" || layer == "10-crds") {
					unpruned(t, name, unit)
				}
			}
			guarded := 0
			for _, layer := range kube.Layers(t, dir) {
				for _, o := range layer.Objects {
					if o.GetKind() != "Namespace" && o.GetKind() != "CustomResourceDefinition" {
						continue
					}
					guarded++
					is := o.GetAnnotations()
					if is["kustomize.toolkit.fluxcd.io/prune"] != "disabled" || is["argocd.argoproj.io/sync-options"] != "Prune=false,Delete=false" {
						t.Errorf("%s: %s may be pruned: %v", name, kube.Describe(o), is)
					}
				}
			}
			if guarded < 10 {
				t.Errorf("%s has %d Namespaces and CRDs", name, guarded)
			}
		}
	}
}

// unpruned wants a unit that leaves what it has applied, whatever becomes of it.
func unpruned(t *testing.T, cluster string, unit *unstructured.Unstructured) {
	t.Helper()
	prunes, found, _ := unstructured.NestedBool(unit.Object, "spec", "prune")
	leaves := reader(unit, "spec", "deletionPolicy") == "Orphan"
	if unit.GetKind() == "Application" {
		prunes, found, _ = unstructured.NestedBool(unit.Object, "spec", "syncPolicy", "automated", "prune")
		leaves = len(unit.GetFinalizers()) == 0
	}
	if !found || prunes || !leaves {
		t.Errorf("%s: %s prunes (%v), or takes what it has applied with it (%v)", cluster, kube.Describe(unit), prunes, !leaves)
	}
}
