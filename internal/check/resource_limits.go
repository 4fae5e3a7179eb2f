package check

import (
	"fmt"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

var resourceLimits = Check{
	Doc: Doc{
		Code: "MG3007", Since: "0.1.0", Severity: diag.Error,
		Title:  "A request is above its limit",
		Text:   "The API server rejects a container that asks for more than it may use. The limit may be a default: sidecars, waypoints and gateways have limits of 2 CPU and 1Gi.\nLower the request or raise the limit.",
		Before: `dataPlane: proxy: resources: requests: memory: "2Gi"`,
		After:  `dataPlane: proxy: resources: {requests: memory: "2Gi", limits: memory: "2Gi"}`,
	},
	Run: func(m model.Mesh, _ intent.Intent) diag.List {
		var list diag.List
		hold := func(path string, r intent.Resources) {
			for _, q := range []struct{ name, request, limit string }{
				{"cpu", r.Requests.CPU, r.Limits.CPU},
				{"memory", r.Requests.Memory, r.Limits.Memory},
			} {
				request, err := resource.ParseQuantity(q.request)
				limit, err2 := resource.ParseQuantity(q.limit)
				if err != nil || err2 != nil || request.Cmp(limit) <= 0 {
					continue
				}
				list = append(list, diag.Diagnostic{
					Path:       path + ".resources.requests." + q.name,
					Message:    fmt.Sprintf("the request of %s %s is above the limit of %s", q.request, q.name, q.limit),
					Suggestion: fmt.Sprintf("set %s.resources.limits.%s to %q or more, or lower the request", path, q.name, q.request),
				})
			}
		}
		hold("controlPlane", m.ControlPlane.Resources)
		hold("dataPlane.cni", m.CNI.Resources)
		hold("dataPlane.ztunnel", m.Ztunnel.Resources)
		hold("dataPlane.proxy", m.Proxy.Resources)
		hold("dataPlane.waypoint", m.Waypoint)
		for _, g := range m.Gateways {
			hold(g.Path, g.Resources)
		}
		return list
	},
}
