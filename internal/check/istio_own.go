package check

import (
	"fmt"
	"slices"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

// Istio injects nothing into these, whatever labels they have (istio,
// pkg/kube/inject, IgnoredNamespaces).
var notInjected = []string{"kube-system", "kube-public", "kube-node-lease", "local-path-storage"}

var istioOwn = Check{
	Doc: Doc{
		Code: "MG3041", Since: "0.2.0", Severity: diag.Error, Also: diag.Warning,
		Title:  "Istio keeps out of the namespace, or has the name itself",
		Text:   "Istio injects nothing into kube-system, kube-public, kube-node-lease and local-path-storage, and its CNI node agent leaves kube-system alone: the labels would say that pods are in the mesh, and they are not. In the namespace of istiod what starts before the mesh would wait for it, a warning. The tag default is the unnamed revision's: both would select the same namespaces, and two webhooks inject one pod.\nTake the namespace out of the mesh, or remove the tag.",
		Before: `namespaces: "kube-system": {create: false, mesh: true}`,
		After:  `namespaces: "kube-system": create: false`,
	},
	Run: func(m model.Mesh, _ intent.Intent) diag.List {
		var list diag.List
		for _, n := range m.Namespaces {
			if !n.Mesh {
				continue
			}
			d := diag.Diagnostic{Path: n.Path + ".mesh", Suggestion: fmt.Sprintf("remove %s.mesh", n.Path)}
			switch {
			case n.Mode == intent.Ambient && n.Name == "kube-system" && !reaches(m):
				d.Message = "Istio's CNI node agent leaves kube-system alone: none of its pods gets into the mesh"
			case n.Mode != intent.Ambient && slices.Contains(notInjected, n.Name):
				d.Message = fmt.Sprintf("istiod injects nothing into %s, whatever its labels say: none of its pods gets into the mesh", n.Name)
			case n.Name == model.RootNamespace:
				d.Severity = diag.Warning
				d.Message = fmt.Sprintf("%s is istiod's own namespace: Istio's own pods stay out of the mesh, and others there may wait for an istiod that is not ready yet", n.Name)
			default:
				continue
			}
			list = append(list, d)
		}
		if m.Istio.Revision == "" && slices.Contains(m.Istio.Tags, "default") {
			list = append(list, diag.Diagnostic{
				Path:         "istio.tags",
				Message:      "the tag default is for namespaces with istio-injection=enabled, which the unnamed revision serves already: two webhooks would inject the same pods",
				Suggestion:   `remove "default" from istio.tags`,
				Alternatives: []string{`set istio.revision to a name such as "1-31", whose tag "default" can be`},
			})
		}
		return list
	},
}

// reaches says whether raw values tell the node agent which namespaces to leave
// alone; by itself it leaves kube-system (istio-cni chart, excludeNamespaces).
func reaches(m model.Mesh) bool {
	cni, _ := m.Values.CNI["cni"].(map[string]any)
	return m.Values.CNI["excludeNamespaces"] != nil || cni["excludeNamespaces"] != nil
}
