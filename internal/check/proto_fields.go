package check

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/meshgen/meshgen/internal/diag"
)

// messageMisfits reports the fields that a message does not have, and the values
// that its fields do not take.
func messageMisfits(path string, value map[string]any, message protoreflect.MessageDescriptor) diag.List {
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
		elements, isList := value[name].([]any)
		if !field.IsList() || !isList {
			list = append(list, fieldMisfits(at, value[name], field, false)...)
			continue
		}
		for i, element := range elements {
			list = append(list, fieldMisfits(fmt.Sprintf("%s[%d]", at, i), element, field, true)...)
		}
	}
	return list
}

// fieldMisfits reports a value that a field does not take, or, when it is an
// element, that the field's list does not take.
func fieldMisfits(at string, value any, field protoreflect.FieldDescriptor, element bool) diag.List {
	// Well-known types, such as Duration and Struct, are written as other JSON.
	if below, ok := value.(map[string]any); ok && field.Message() != nil && field.IsList() == element && !field.IsMap() && !wellKnown(field) {
		return messageMisfits(at, below, field.Message())
	}
	whole := value
	if element {
		whole = []any{value}
	}
	text, err := json.Marshal(map[string]any{field.JSONName(): whole})
	if err == nil {
		err = protojson.Unmarshal(text, dynamicpb.NewMessage(field.ContainingMessage()))
	}
	if err == nil {
		return nil
	}
	wanted := wants(field, element)
	d := diag.Diagnostic{Path: at, Message: fmt.Sprintf("%s is %s; want %s", at, shown(value), wanted), Suggestion: fmt.Sprintf("set %s to %s", at, wanted)}
	if name, ok := value.(string); ok && field.Enum() != nil {
		if nearest := diag.Nearest(name, enumNames(field.Enum())); nearest != "" {
			d.Suggestion = fmt.Sprintf("set %s to %q", at, nearest)
		}
	}
	return diag.List{d}
}

func wellKnown(field protoreflect.FieldDescriptor) bool {
	return field.Message().ParentFile().Package() == "google.protobuf"
}

// wants says in words what a field takes, or its list.
func wants(field protoreflect.FieldDescriptor, element bool) string {
	if field.IsMap() {
		return "a struct"
	}
	kind := field.Kind()
	if field.Message() != nil && wellKnown(field) {
		switch field.Message().Name() {
		case "Duration":
			return `a length of time with its unit, such as "5s"`
		case "BoolValue":
			kind = protoreflect.BoolKind
		case "StringValue":
			kind = protoreflect.StringKind
		case "DoubleValue", "FloatValue":
			kind = protoreflect.DoubleKind
		case "Int32Value", "Int64Value", "UInt32Value", "UInt64Value":
			kind = protoreflect.Int64Kind
		}
	}
	one := "a number"
	switch kind {
	case protoreflect.BoolKind:
		one = "true or false"
	case protoreflect.StringKind, protoreflect.BytesKind:
		one = "a string"
	case protoreflect.EnumKind:
		one = "one of " + strings.Join(enumNames(field.Enum()), ", ")
	case protoreflect.MessageKind, protoreflect.GroupKind:
		one = "a struct"
	case protoreflect.Int32Kind, protoreflect.Int64Kind, protoreflect.Uint32Kind, protoreflect.Uint64Kind:
		one = "a whole number"
	}
	if field.IsList() && !element {
		return "a list, each of it " + one
	}
	return one
}

func enumNames(enum protoreflect.EnumDescriptor) []string {
	var names []string
	for i := range enum.Values().Len() {
		names = append(names, string(enum.Values().Get(i).Name()))
	}
	return names
}

// shown writes a value as people may have written it; a map or a list is named only.
func shown(value any) string {
	switch value.(type) {
	case map[string]any:
		return "a struct"
	case []any:
		return "a list"
	}
	text, err := json.Marshal(value)
	if err != nil {
		return "no JSON"
	}
	return string(text)
}
