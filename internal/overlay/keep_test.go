package overlay

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

// TestKeep: no engine takes a namespace or a definition of people's manifests
// away, whatever layer they stand in, but for those of which people say so.
func TestKeep(t *testing.T) {
	const text = `apiVersion: v1
kind: Namespace
metadata: {name: plain}
---
apiVersion: v1
kind: Namespace
metadata:
  name: own-words
  annotations:
    kustomize.toolkit.fluxcd.io/prune: enabled
    argocd.argoproj.io/sync-options: Prune=true, Delete=confirm
---
apiVersion: v1
kind: Namespace
metadata:
  name: other-words
  annotations: {argocd.argoproj.io/sync-options: ServerSideApply=true, team: shop}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.com}
spec: {group: example.com, names: {kind: Thing, plural: things}, scope: Namespaced}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: x, namespace: plain}
`
	in := mesh(t, func(m *model.Mesh) {
		m.Manifests = []model.Manifest{{Name: "x", Path: "manifests.x", Manifest: intent.Manifest{File: "x.yaml", Text: []byte(text), Layer: "60-traffic"}}}
	})
	out, list := build(t, in)
	if len(list) > 0 {
		t.Fatal(lines(list))
	}
	got := map[string]map[string]any{}
	for _, o := range out.Objects {
		if o.Origin.Component == "manifest-x" {
			got[o.ID().String()] = o.Annotations()
		}
	}
	keep := map[string]any{"kustomize.toolkit.fluxcd.io/prune": "disabled", "argocd.argoproj.io/sync-options": "Prune=false,Delete=false"}
	want := map[string]map[string]any{
		"Namespace/plain":       keep,
		"Namespace/own-words":   {"kustomize.toolkit.fluxcd.io/prune": "enabled", "argocd.argoproj.io/sync-options": "Prune=true, Delete=confirm"},
		"Namespace/other-words": {"kustomize.toolkit.fluxcd.io/prune": "disabled", "argocd.argoproj.io/sync-options": "ServerSideApply=true,Prune=false,Delete=false", "team": "shop"},
		"CustomResourceDefinition.apiextensions.k8s.io/things.example.com": keep,
		"ConfigMap/x in plain": nil,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
