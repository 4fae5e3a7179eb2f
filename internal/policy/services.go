package policy

import (
	networking "istio.io/api/networking/v1"

	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// Services returns a DestinationRule for each service that has subsets. It
// stands in the service's namespace, the last place where every client looks
// for one (istio.io, traffic management best practices).
func Services(m model.Mesh) []object.Object {
	var objects []object.Object
	for _, s := range m.Services {
		if len(s.Subsets) == 0 {
			continue
		}
		rule := &networking.DestinationRule{Host: s.Host()}
		for _, subset := range s.Subsets {
			rule.Subsets = append(rule.Subsets, &networking.Subset{Name: subset.Name, Labels: subset.Labels})
		}
		objects = append(objects, meta{
			apiVersion: "networking.istio.io/v1", kind: "DestinationRule",
			namespace: s.Namespace, name: s.Name,
			component: "services", path: s.Path,
		}.make(rule))
	}
	return objects
}
