package check

import (
	"encoding/json"

	"google.golang.org/protobuf/encoding/protojson"
	meshv1alpha1 "istio.io/api/mesh/v1alpha1"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

var meshConfig = Check{
	Doc: Doc{
		Code: "MG3019", Since: "0.1.0", Severity: diag.Error,
		Title:  "The raw mesh config is not a MeshConfig",
		Text:   "What meshConfig says goes into istiod's ConfigMap as it is. istiod does not start with a field that it does not know, or with a value of another type.\nCompare with https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/.",
		Before: `meshConfig: enableTracng: true`,
		After:  `meshConfig: enableTracing: true`,
	},
	Run: func(m model.Mesh, _ intent.Intent) diag.List {
		list := misfits("meshConfig", m.MeshConfig)
		if raw, ok := m.Values.Istiod["meshConfig"].(map[string]any); ok { // the chart hands it on as it is
			list = append(list, misfits("values.istiod.meshConfig", raw)...)
		}
		return list
	},
}

// misfits reports what keeps the value at a path from being a MeshConfig.
func misfits(path string, value map[string]any) diag.List {
	if len(value) == 0 {
		return nil
	}
	config := &meshv1alpha1.MeshConfig{}
	if list := messageMisfits(path, value, config.ProtoReflect().Descriptor()); len(list) > 0 {
		return list
	}
	text, err := json.Marshal(value)
	if err == nil {
		err = protojson.Unmarshal(text, config)
	}
	if err != nil { // each field fits, but not beside the others
		return diag.List{{
			Path:       path,
			Message:    "two fields exclude each other: " + path + " is no MeshConfig",
			Suggestion: "compare with https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/",
		}}
	}
	return nil
}
