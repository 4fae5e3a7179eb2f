package meshconfig

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/meshgen/meshgen/internal/diag"
)

// message reports the fields that a message does not have, the values that its
// fields do not take, and fields of which there can be one.
func (r *reader) message(n node, message protoreflect.MessageDescriptor) {
	value, _ := n.value.(map[string]any)
	var known []string
	for i := range message.Fields().Len() {
		known = append(known, message.Fields().Get(i).JSONName())
	}
	slices.Sort(known)
	chosen := map[protoreflect.Name]string{}
	for _, name := range slices.Sorted(maps.Keys(value)) {
		at := node{value[name], append(n.keys[:len(n.keys):len(n.keys)], name)}
		field := message.Fields().ByJSONName(name)
		if field == nil {
			field = message.Fields().ByTextName(name)
		}
		if field == nil {
			suggestion := "remove it"
			if nearest := diag.Nearest(name, known); nearest != "" {
				suggestion = "rename it to " + nearest
			}
			r.misfit(at, fmt.Sprintf("%s has no field %s", message.Name(), name), suggestion)
			continue
		}
		if at.value == nil {
			continue
		}
		if choice := field.ContainingOneof(); choice != nil && !choice.IsSynthetic() {
			if other := chosen[choice.Name()]; other != "" {
				r.misfit(at, fmt.Sprintf("{} stands beside %s, and istiod takes one of the two", other), fmt.Sprintf("keep one of %s and %s", other, name))
			}
			chosen[choice.Name()] = name
		}
		r.field(at, field)
	}
}

func (r *reader) misfit(n node, message, suggestion string) {
	r.problems = append(r.problems, Problem{Keys: n.keys, Message: message, Suggestion: suggestion, Shape: true})
}

// field reports a value that a field does not take.
func (r *reader) field(n node, field protoreflect.FieldDescriptor) {
	switch {
	case field.IsMap():
		m, ok := n.value.(map[string]any)
		if !ok {
			r.unwanted(n, field, "a struct")
		}
		for _, key := range slices.Sorted(maps.Keys(m)) {
			r.single(node{m[key], append(n.keys[:len(n.keys):len(n.keys)], key)}, field.MapValue())
		}
	case field.IsList():
		if _, ok := n.value.([]any); !ok {
			r.unwanted(n, field, "a list, each of it "+wants(field))
		}
		for _, element := range n.elements() {
			r.single(element, field)
		}
	default:
		r.single(n, field)
	}
}

// single reports a value that a field, or an element of one, does not take.
func (r *reader) single(n node, field protoreflect.FieldDescriptor) {
	if n.value == nil {
		return
	}
	if m := field.Message(); m != nil && m.ParentFile().Package() != "google.protobuf" {
		if _, ok := n.value.(map[string]any); !ok {
			r.unwanted(n, field, wants(field))
			return
		}
		r.message(n, m)
		return
	}
	if !fits(n.value, field) {
		r.unwanted(n, field, wants(field))
	}
}

// unwanted reports a value of another type.
func (r *reader) unwanted(n node, field protoreflect.FieldDescriptor, wanted string) {
	suggestion := "set {} to " + wanted
	name, isText := n.value.(string)
	switch {
	case field.Enum() != nil && isText:
		if nearest := diag.Nearest(name, enumNames(field.Enum())); nearest != "" {
			suggestion = fmt.Sprintf("set {} to %q", nearest)
		}
	case wanted == aText && !isText && shown(n.value) != aStruct && shown(n.value) != aList:
		suggestion = fmt.Sprintf("set {} to %q", shown(n.value))
	}
	r.misfit(n, fmt.Sprintf("{} is %s; want %s", shown(n.value), wanted), suggestion)
}

// fits says whether jsonpb takes a value for a field of a scalar or of a
// well-known type: github.com/golang/protobuf/jsonpb, decode.go.
func fits(value any, field protoreflect.FieldDescriptor) bool {
	text, isText := value.(string)
	if isText && strings.Contains(text, "${") {
		return true // whatever the delivery puts there
	}
	kind := field.Kind()
	if m := field.Message(); m != nil {
		switch m.Name() {
		case "Duration":
			_, err := time.ParseDuration(text)
			return isText && err == nil
		case "Timestamp":
			_, err := time.Parse(time.RFC3339Nano, text)
			return isText && err == nil
		case "Struct", "Any":
			_, ok := value.(map[string]any)
			return ok
		case "ListValue":
			_, ok := value.([]any)
			return ok
		case "Value", "Empty":
			return true
		}
		kind = m.Fields().ByNumber(1).Kind() // of a wrapper
	}
	switch kind {
	case protoreflect.BoolKind:
		_, ok := value.(bool)
		return ok
	case protoreflect.StringKind, protoreflect.BytesKind:
		return isText
	case protoreflect.EnumKind:
		if isText {
			return field.Enum().Values().ByName(protoreflect.Name(text)) != nil
		}
		return number[int32](value)
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return number[int32](value)
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return number[int64](value)
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return number[uint32](value)
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return number[uint64](value)
	}
	return number[float64](value)
}

// number says whether a value is a number of a type, in quotes or without.
func number[T any](value any) bool {
	_, ok := numberOf[T](value)
	return ok
}

func numberOf[T any](value any) (n T, ok bool) {
	var text []byte
	switch v := value.(type) {
	case string:
		text = []byte(v)
	case bool, map[string]any, []any, nil:
		return n, false
	default:
		text, _ = json.Marshal(v)
	}
	err := json.Unmarshal(text, &n)
	return n, err == nil && string(text) != "null"
}

const (
	aStruct = "a struct"
	aList   = "a list"
	aText   = "a text, in quotes"
)

// wants says in words what a field, or an element of one, takes.
func wants(field protoreflect.FieldDescriptor) string {
	kind := field.Kind()
	if m := field.Message(); m != nil && m.ParentFile().Package() == "google.protobuf" {
		switch m.Name() {
		case "Duration":
			return `a length of time with its unit, such as "5s"`
		case "Timestamp":
			return "a time, such as 2026-01-02T15:04:05Z"
		case "ListValue":
			return aList
		case "Struct", "Any", "Value", "Empty":
			return aStruct
		}
		kind = m.Fields().ByNumber(1).Kind()
	}
	switch kind {
	case protoreflect.BoolKind:
		return "true or false"
	case protoreflect.StringKind, protoreflect.BytesKind:
		return aText
	case protoreflect.EnumKind:
		return "one of " + strings.Join(enumNames(field.Enum()), ", ")
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return aStruct
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		return "a number"
	case protoreflect.Uint32Kind, protoreflect.Uint64Kind, protoreflect.Fixed32Kind, protoreflect.Fixed64Kind:
		return "a whole number of 0 or more"
	}
	return "a whole number"
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
		return aStruct
	case []any:
		return aList
	}
	text, err := json.Marshal(value)
	if err != nil {
		return "no JSON"
	}
	return string(text)
}
