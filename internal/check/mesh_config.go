package check

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
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
		if len(m.MeshConfig) == 0 {
			return nil
		}
		config := &meshv1alpha1.MeshConfig{}
		list := unknownFields("meshConfig", m.MeshConfig, config.ProtoReflect().Descriptor())
		if len(list) > 0 {
			return list
		}
		text, err := json.Marshal(m.MeshConfig)
		if err == nil {
			err = protojson.Unmarshal(text, config)
		}
		if err != nil {
			return diag.List{{
				Path:       wrongField(m.MeshConfig, config),
				Message:    "the value does not fit the field of MeshConfig",
				Suggestion: "compare with https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/",
			}}
		}
		return nil
	},
}

// unknownFields reports the fields that a message does not have.
func unknownFields(path string, value map[string]any, message protoreflect.MessageDescriptor) diag.List {
	var list diag.List
	var known []string
	for i := range message.Fields().Len() {
		known = append(known, message.Fields().Get(i).JSONName())
	}
	slices.Sort(known)
	for _, name := range slices.Sorted(maps.Keys(value)) {
		field := message.Fields().ByJSONName(name)
		if field == nil {
			field = message.Fields().ByTextName(name)
		}
		at := path + "." + name
		if field == nil {
			d := diag.Diagnostic{
				Path:       at,
				Message:    fmt.Sprintf("%s has no field %s", message.Name(), name),
				Suggestion: "remove it",
			}
			if nearest := diag.Nearest(name, known); nearest != "" {
				d.Suggestion = fmt.Sprintf("did you mean %s?", nearest)
			}
			list = append(list, d)
			continue
		}
		// Well-known types, such as Duration and Struct, are written as other JSON.
		if field.Message() == nil || field.IsMap() || field.Message().ParentFile().Package() == "google.protobuf" {
			continue
		}
		switch below := value[name].(type) {
		case map[string]any:
			list = append(list, unknownFields(at, below, field.Message())...)
		case []any:
			for i, element := range below {
				if element, ok := element.(map[string]any); ok {
					list = append(list, unknownFields(fmt.Sprintf("%s[%d]", at, i), element, field.Message())...)
				}
			}
		}
	}
	return list
}

// wrongField returns the path of the first field that does not parse by itself.
func wrongField(config map[string]any, empty proto.Message) string {
	for _, name := range slices.Sorted(maps.Keys(config)) {
		text, err := json.Marshal(map[string]any{name: config[name]})
		if err != nil || protojson.Unmarshal(text, proto.Clone(empty)) != nil {
			return "meshConfig." + name
		}
	}
	return "meshConfig"
}
