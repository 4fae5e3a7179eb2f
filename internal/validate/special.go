package validate

import (
	"encoding/base64"
	"reflect"
	"time"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// specials are the types that read themselves from JSON, and what each says
// about a value that it cannot read; "" when it can.
var specials = map[reflect.Type]func(any) string{
	reflect.TypeFor[resource.Quantity]():             quantity,
	reflect.TypeFor[intstr.IntOrString]():            intOrString,
	reflect.TypeFor[metav1.Time]():                   moment,
	reflect.TypeFor[metav1.MicroTime]():              moment,
	reflect.TypeFor[metav1.Duration]():               duration,
	reflect.TypeFor[metav1.FieldsV1]():               mapping,
	reflect.TypeFor[runtime.RawExtension]():          mapping,
	reflect.TypeFor[apiextensions.JSON]():            func(any) string { return "" },
	reflect.TypeFor[apiextensions.JSONSchemaProps](): mapping, // NewStructural reads it
}

// quantity are the API server's quantities: 100m, 1Gi, 1e3.
func quantity(v any) string {
	switch v := v.(type) {
	case int64, float64:
		return ""
	case string:
		if _, err := resource.ParseQuantity(v); err == nil {
			return ""
		}
	}
	return "must be a quantity such as 100m, 2 or 1Gi"
}

func intOrString(v any) string {
	switch v := v.(type) {
	case string:
		return ""
	case int64:
		if v == int64(int32(v)) {
			return ""
		}
	case float64:
		if v == float64(int32(v)) {
			return ""
		}
	}
	return "must be a whole number or a text"
}

func moment(v any) string {
	if s, ok := v.(string); ok {
		if _, err := time.Parse(time.RFC3339Nano, s); err == nil {
			return ""
		}
	}
	return "must be a time such as 2026-01-31T12:00:00Z"
}

func duration(v any) string {
	if s, ok := v.(string); ok {
		if _, err := time.ParseDuration(s); err == nil {
			return ""
		}
	}
	return "must be a duration such as 90s or 1h30m"
}

func mapping(v any) string {
	if _, ok := v.(map[string]any); ok {
		return ""
	}
	return "must be a map"
}

// base64Text are bytes: encoding/json reads them from base64.
func base64Text(v any) string {
	if s, ok := v.(string); ok {
		if _, err := base64.StdEncoding.DecodeString(s); err == nil {
			return ""
		}
	}
	return "must be text in base64"
}

// quantityOf returns the quantity of a field, and whether it has one.
func quantityOf(n *node) (resource.Quantity, bool) {
	switch v := n.value.(type) {
	case string:
		q, err := resource.ParseQuantity(v)
		return q, err == nil
	case int64:
		return *resource.NewQuantity(v, resource.DecimalSI), true
	case float64:
		return *resource.NewMilliQuantity(int64(v*1000), resource.DecimalSI), true
	}
	return resource.Quantity{}, false
}
