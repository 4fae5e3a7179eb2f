package check

import (
	"fmt"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

// The labels by which Istio enrols a namespace.
const (
	labelInjection = "istio-injection"
	labelRevision  = "istio.io/rev"
	labelDataPlane = "istio.io/dataplane-mode"
	labelWaypoint  = "istio.io/use-waypoint"
)

var namespaceLabels = Check{
	Doc: Doc{
		Code: "MG3029", Since: "0.2.0", Severity: diag.Error, Also: diag.Warning,
		Title:  "A label enrols a namespace otherwise than the intent",
		Text:   "meshgen labels a namespace by its fields mesh, mode, revision and waypoint, and Istio reads nothing but the labels: of istio-injection and istio.io/rev the first wins, and either brings sidecars to an ambient namespace. A label of the same meaning under labels is overwritten, or gets in the way. A warning where the label alone enrols a namespace that the intent leaves out: what meshgen checks and counts then passes the namespace by.\nSay it in the field that the diagnostic names, and remove the label.",
		Before: "namespaces: shop: {mesh: true, labels: \"istio-injection\": \"disabled\"}",
		After:  "namespaces: shop: mesh: false",
	},
	Run: func(m model.Mesh, in intent.Intent) diag.List {
		var list diag.List
		for _, n := range m.Namespaces {
			written := in.Mesh.Namespaces[n.Name].Labels
			for _, key := range []string{labelInjection, labelRevision, labelDataPlane, labelWaypoint} {
				value, ok := written[key]
				if !ok {
					continue
				}
				message, suggestion, severity := misenrolled(n, key, value)
				if message == "" {
					continue
				}
				list = append(list, diag.Diagnostic{
					Severity: severity, Path: intent.Join(n.Path+".labels", key),
					Message:    fmt.Sprintf("label %s=%s %s", key, value, message),
					Suggestion: suggestion,
				})
			}
		}
		return list
	},
}

// misenrolled says what is wrong about a label that a person puts on a
// namespace, and what to type; the message is empty when nothing is.
func misenrolled(n model.Namespace, key, value string) (message, suggestion string, severity diag.Severity) {
	remove := fmt.Sprintf("remove %s", intent.Join(n.Path+".labels", key))
	set := func(field, to string) string {
		return fmt.Sprintf("set %s.%s to %s, and %s", n.Path, field, to, remove)
	}
	enrols := key == labelInjection && value == "enabled" || key == labelRevision || key == labelDataPlane && value == "ambient"
	switch {
	case !n.Mesh && enrols:
		return fmt.Sprintf("enrols namespace %s, which %s.mesh leaves out", n.Name, n.Path), set("mesh", "true"), diag.Warning
	case !n.Mesh:
		return "", "", ""
	case key == labelWaypoint && n.Waypoint && value != model.WaypointName:
		return fmt.Sprintf("is overwritten with %s, for %s.waypoint is \"auto\"", model.WaypointName, n.Path), remove, ""
	case key == labelWaypoint:
		return "", "", ""
	case n.Mode == intent.Ambient && key == labelDataPlane && value != "ambient":
		return fmt.Sprintf("is overwritten with ambient, for namespace %s is in the mesh", n.Name), set("mesh", "false"), ""
	case n.Mode == intent.Ambient && (key == labelRevision || key == labelInjection && value != "disabled"):
		return "brings sidecars to an ambient namespace", set("mode", `"sidecar"`), ""
	case n.Mode == intent.Ambient:
		return "", "", ""
	case key == labelDataPlane && value == "ambient":
		return "makes pods ambient, and the namespace has sidecars", set("mode", `"ambient"`), ""
	case key == labelDataPlane:
		return "", "", ""
	case key == labelInjection && value != "enabled":
		if n.Revision == "" {
			return fmt.Sprintf("is overwritten with enabled, for namespace %s is in the mesh", n.Name), set("mesh", "false"), ""
		}
		return fmt.Sprintf("keeps sidecars away from namespace %s, which is in the mesh", n.Name), set("mesh", "false"), ""
	case key == labelInjection && n.Revision != "":
		return fmt.Sprintf("wins over istio.io/rev=%s: Istio's default revision would bring the sidecars, if there is one", n.Revision), remove, ""
	case key == labelRevision && n.Revision == "":
		return "has no effect beside istio-injection=enabled, which meshgen sets for the unnamed revision", set("revision", fmt.Sprintf("%q", value)), ""
	case key == labelRevision && value != n.Revision:
		return fmt.Sprintf("is overwritten with %s, the namespace's revision", n.Revision), set("revision", fmt.Sprintf("%q", value)), ""
	}
	return "", "", ""
}
