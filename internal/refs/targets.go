package refs

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// policyTargets holds what a policy is attached to against what is there. A
// policy on nothing has no effect, and an AuthorizationPolicy then guards
// nothing.
func policyTargets(f *finder, s *subject) {
	for _, p := range []path{parsePath("spec.targetRefs[]"), parsePath("spec.targetRef")} {
		p.maps(s.Value, nil, func(keys []string, m map[string]any) {
			kind := text(m, "kind") + "." + text(m, "group")
			namespace := text(m, "namespace")
			if namespace == "" {
				namespace = s.id.Namespace
			}
			severity := diag.Error
			switch kind {
			case "Gateway." + gatewayAPI, "ServiceEntry.networking.istio.io":
			case "GatewayClass." + gatewayAPI:
				namespace = ""
			case "Service.":
				severity = diag.Warning // an application's, perhaps
			default:
				return
			}
			if name := text(m, "name"); !f.exists(kind, namespace, name) {
				f.missing(s, below(keys, "name"), "MG5059", severity, kind, namespace, name)
			} else if kind == "Service." && s.kind == "BackendTLSPolicy."+gatewayAPI {
				f.portName(s, below(keys, "sectionName"), "MG5059", host{namespace, name}, text(m, "sectionName"))
			}
		})
	}
}

// usedWaypoint holds the waypoint that an object asks for against the Gateways:
// with a name that leads nowhere ztunnel sends past it.
func usedWaypoint(f *finder, s *subject) {
	f.usedWaypoint(s, nil, s.Labels())
	if keys := templates[s.kind]; len(keys) > 0 {
		f.usedWaypoint(s, keys, object.Map(s.Value, below(keys, "metadata", "labels")...))
	}
}

func (f *finder) usedWaypoint(s *subject, above []string, labels map[string]any) {
	const label = useWaypoint
	name, _ := labels[label].(string)
	if name == "" || name == "none" {
		return
	}
	namespace, _ := labels[label+"-namespace"].(string)
	if namespace == "" {
		if namespace = s.id.Namespace; s.kind == "Namespace." {
			namespace = s.id.Name
		}
	}
	if kind := "Gateway." + gatewayAPI; !f.exists(kind, namespace, name) {
		f.missing(s, below(above, "metadata", "labels", label), "MG5059", "", kind, namespace, name)
	}
}

// builtinProviders are MeshConfig's extension providers that every mesh has
// (istio, pkg/config/mesh).
var builtinProviders = []string{"envoy", "prometheus", "stackdriver"}

// meshProviders returns the names of the mesh config's extension providers, and
// whether they could be read.
func (f *finder) meshProviders() map[string]bool {
	if f.providers != nil {
		return f.providers
	}
	f.providers = map[string]bool{}
	config := f.byID[object.ID{Kind: "ConfigMap", Namespace: model.RootNamespace, Name: f.meshConfigName()}]
	if config == nil {
		return f.providers
	}
	mesh, _ := object.Embedded(object.String(config.Value, "data", "mesh") + "\n")
	if mesh == nil {
		return f.providers
	}
	for _, builtin := range builtinProviders {
		f.providers[builtin] = true
	}
	for _, v := range object.List(mesh, "extensionProviders") {
		m, _ := v.(map[string]any)
		f.providers[text(m, "name")] = true
	}
	return f.providers
}

// telemetryProviders holds the providers that a person's Telemetry names
// against the mesh config; istiod says nothing of one that is not there.
func telemetryProviders(f *finder, s *subject) {
	f.providersAt(s, "spec.accessLogging[].providers[].name", "spec.metrics[].providers[].name", "spec.tracing[].providers[].name")
}

// authorizers does it for a policy whose decision is somebody else's.
func authorizers(f *finder, s *subject) {
	if object.String(s.Value, "spec", "action") == "CUSTOM" {
		f.providersAt(s, "spec.provider.name")
	}
}

func (f *finder) providersAt(s *subject, paths ...string) {
	for _, p := range paths {
		parsePath(p).each(s.Value, nil, func(keys []string, v any) {
			name, _ := v.(string)
			known := f.meshProviders()
			_, declared := f.mesh.Telemetry.Providers[name]
			if s.asMade() && !declared {
				return // MG3018 has said so where the name is written
			}
			if name == "" || len(known) == 0 || known[name] || strings.Contains(name, "${") {
				return
			}
			at := below(keys)
			names := slices.Sorted(maps.Keys(known))
			problem := problem{
				code: "MG5059", keys: at,
				message:    fmt.Sprintf("names the provider %q in %s, which the mesh config does not have", name, field(at)),
				suggestion: "add the provider to telemetry.providers, or to meshConfig.extensionProviders",
			}
			if near := diag.Nearest(name, names); declared {
				problem.suggestion = "leave extensionProviders of the ConfigMap as it is: meshConfig.extensionProviders adds to it"
			} else if near != "" {
				problem.suggestion = fmt.Sprintf("set %s to %q", field(at), near)
			}
			f.report(s, problem)
		})
	}
}
