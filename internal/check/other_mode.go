package check

import (
	"fmt"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

var otherMode = Check{
	Doc: Doc{
		Code: "MG3005", Since: "0.1.0", Severity: diag.Error,
		Title:  "A field belongs to the other data plane",
		Text:   "ztunnel and waypoints exist where a namespace is ambient. In a mesh of sidecars their fields would be ignored, and those of dataPlane.proxy in an ambient mesh; only in a file that other clusters share do they have a meaning.\nRemove the field, or give a namespace the data plane that it is for.",
		Before: "mode: \"sidecar\"\ndataPlane: ztunnel: logLevel: \"debug\"",
		After:  "mode: \"ambient\"\ndataPlane: ztunnel: logLevel: \"debug\"",
	},
	Run: func(m model.Mesh, in intent.Intent) diag.List {
		var list diag.List
		if !m.Ambient {
			for _, part := range []string{"ztunnel", "waypoint"} {
				// What the fleet's base says is for the clusters that have use for it.
				if path := "dataPlane." + part; in.Written(path) && strings.HasPrefix(in.Position(path).File, in.Folder+"/") {
					list = append(list, diag.Diagnostic{
						Path:       path,
						Message:    fmt.Sprintf("%s is a field of ambient, and nothing in this mesh is ambient", path),
						Suggestion: fmt.Sprintf(`remove %s, or set mode to "ambient"`, path),
					})
				}
			}
			if in.Written("values.ztunnel") {
				list = append(list, diag.Diagnostic{
					Path:       "values.ztunnel",
					Message:    "values.ztunnel has no effect, for nothing in this mesh is ambient and the chart is not rendered",
					Suggestion: `remove values.ztunnel, or set mode to "ambient"`,
				})
			}
		}
		if !m.Sidecars {
			for _, field := range []string{"size", "resources", "holdApplicationUntilProxyStarts", "dns"} {
				if (field == "size" || field == "resources") && mentioned(m, "gatewayClassName") {
					continue // a person's own Gateway gets what the mesh gives to proxies
				}
				if path := "dataPlane.proxy." + field; in.Written(path) && strings.HasPrefix(in.Position(path).File, in.Folder+"/") {
					list = append(list, diag.Diagnostic{
						Path:       path,
						Message:    fmt.Sprintf("%s is a field of sidecars, and nothing in this mesh has one", path),
						Suggestion: fmt.Sprintf(`remove %s, or set mode to "sidecar"`, path),
					})
				}
			}
		}
		if enabled := in.Mesh.DataPlane.CNI.Enabled; enabled != nil && !*enabled && m.Ambient {
			list = append(list, diag.Diagnostic{
				Path:       "dataPlane.cni.enabled",
				Message:    "ambient does not work without the CNI node agent, which sends the pods' traffic to ztunnel",
				Suggestion: "remove dataPlane.cni.enabled",
			})
		}
		if !m.CNI.Enabled && in.Written("values.cni") {
			list = append(list, diag.Diagnostic{
				Path:       "values.cni",
				Message:    "values.cni has no effect, for the CNI node agent is off and its chart is not rendered",
				Suggestion: "remove values.cni, or set dataPlane.cni.enabled to true",
			})
		}
		for _, n := range m.Namespaces {
			if n.Waypoint && (!n.Mesh || n.Mode != intent.Ambient) {
				list = append(list, diag.Diagnostic{
					Path:       n.Path + ".waypoint",
					Message:    fmt.Sprintf("namespace %s has a waypoint, and is not ambient", n.Name),
					Suggestion: fmt.Sprintf(`remove %s.waypoint, or set mesh to true and mode to "ambient"`, n.Path),
				})
			}
		}
		return list
	},
}
