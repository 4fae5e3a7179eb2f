package policy

import (
	"google.golang.org/protobuf/types/known/wrapperspb"
	telemetry "istio.io/api/telemetry/v1"

	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// Telemetry returns the mesh's Telemetry, in the root namespace and without a
// selector: one for the whole mesh, because Istio reads only one there.
func Telemetry(m model.Mesh) []object.Object {
	logs, tracing := m.Telemetry.AccessLogs, m.Telemetry.Tracing
	if logs == nil && tracing == nil {
		return nil
	}
	spec := &telemetry.Telemetry{}
	if logs != nil {
		logging := &telemetry.AccessLogging{Providers: []*telemetry.ProviderRef{{Name: logs.Provider}}}
		if logs.Filter != "" {
			logging.Filter = &telemetry.AccessLogging_Filter{Expression: logs.Filter}
		}
		spec.AccessLogging = []*telemetry.AccessLogging{logging}
	}
	if tracing != nil {
		trace := &telemetry.Tracing{RandomSamplingPercentage: wrapperspb.Double(tracing.Sampling)}
		if tracing.Provider != "" {
			trace.Providers = []*telemetry.ProviderRef{{Name: tracing.Provider}}
		}
		for name, text := range tracing.Tags {
			if trace.CustomTags == nil {
				trace.CustomTags = map[string]*telemetry.Tracing_CustomTag{}
			}
			trace.CustomTags[name] = &telemetry.Tracing_CustomTag{Type: &telemetry.Tracing_CustomTag_Literal{
				Literal: &telemetry.Tracing_Literal{Value: text},
			}}
		}
		spec.Tracing = []*telemetry.Tracing{trace}
	}
	return []object.Object{meta{
		apiVersion: "telemetry.istio.io/v1", kind: "Telemetry",
		namespace: model.RootNamespace, name: "mesh-default",
		component: "telemetry", path: "telemetry",
	}.make(spec)}
}
