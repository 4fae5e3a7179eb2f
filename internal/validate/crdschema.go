package validate

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// What a structural schema may hold and the API server still refuses, and what a
// version has beside its schema. Source: ValidateCustomResourceDefinitionOpenAPISchema,
// ValidateCustomResourceColumnDefinition, ValidateCustomResourceSelectableFields
// and ValidateCustomResourceDefinitionSubresources in pkg/apis/apiextensions/
// validation of apiextensions-apiserver 0.37, which brings a gRPC server's
// libraries along, so that it is not called.

// schemaRules checks a schema and those below it.
func (r *report) schemaRules(n *node) {
	if t := n.get("type"); t.text() != "" && !slices.Contains(schemaTypes, t.text()) {
		r.among(t, schemaTypes)
	}
	if n.truth("uniqueItems") {
		r.add(n.get("uniqueItems"), codeCRD, "{} cannot be true: it would cost too much", "remove {}, or set x-kubernetes-list-type to set")
	}
	if more := n.get("additionalProperties"); n.count("properties") > 0 && more.value != nil && more.value != true {
		r.add(more, codeCRD, "{} stands beside properties, of which there can be one", "remove one of the two")
	}
	if p := n.get("x-kubernetes-preserve-unknown-fields"); p.value == false {
		r.add(p, codeCRD, "{} is false, but must be true where it is set", "remove {}")
	}
	r.listSchema(n)
	if kind := n.get("x-kubernetes-map-type"); kind.value != nil {
		if n.text("type") != "object" {
			r.add(n.get("type"), codeCRD, "{} must be object with x-kubernetes-map-type", "set {} to object")
		}
		if !slices.Contains([]string{"atomic", "granular"}, kind.text()) {
			r.among(kind, []string{"atomic", "granular"})
		}
	}
	for _, name := range []string{"properties", "definitions", "dependencies"} {
		for _, f := range n.get(name).fields() {
			r.schemaRules(f)
		}
	}
	for _, name := range []string{"allOf", "oneOf", "anyOf"} {
		for _, e := range n.each(name) {
			r.schemaRules(e)
		}
	}
	for _, name := range []string{"not", "items", "additionalProperties"} {
		if f := n.get(name); f.value != nil {
			r.schemaRules(f)
		}
	}
}

// listSchema checks how the elements of a list are told apart.
func (r *report) listSchema(n *node) {
	kind, keys, items := n.get("x-kubernetes-list-type"), n.get("x-kubernetes-list-map-keys"), n.get("items")
	switch {
	case kind.value == nil && keys.count() > 0:
		r.add(kind, codeCRD, "{} is missing, with x-kubernetes-list-map-keys", "set {} to map")
		return
	case kind.value == nil:
		return
	case !slices.Contains([]string{"atomic", "set", "map"}, kind.text()):
		r.among(kind, []string{"atomic", "set", "map"})
		return
	}
	if n.text("type") != "array" {
		r.add(n.get("type"), codeCRD, "{} must be array with x-kubernetes-list-type", "set {} to array")
		return
	}
	if kind.text() != "map" {
		if keys.count() > 0 {
			r.add(kind, codeCRD, fmt.Sprintf("{} is %s, with x-kubernetes-list-map-keys", kind.text()), "set {} to map, or remove the keys")
		}
		return
	}
	if keys.count() == 0 {
		r.add(keys, codeCRD, "{} is missing: the elements of a map are told apart by keys", "set {} to fields of the elements, or x-kubernetes-list-type to atomic")
	}
	if items.text("type") != "object" {
		r.add(items.get("type"), codeCRD, "{} must be object in a list of the type map", "set {} to object")
		return
	}
	seen := map[string]bool{}
	for _, k := range keys.elements() {
		property := items.get("properties", k.text())
		switch {
		case seen[k.text()]:
			r.add(k, codeTwice, "{} stands there a second time", "remove {}")
		case property.value == nil:
			r.add(k, codeCRD, fmt.Sprintf("{} is %q, which is no field of the elements", k.text()), "name a field of items.properties")
		case property.text("type") == "array" || property.text("type") == "object":
			r.add(property.get("type"), codeCRD, fmt.Sprintf("{} is %s, but the field is a key of the list", property.text("type")), "set {} to string")
		case !required(items, k.text()) && property.get("default").value == nil:
			r.add(k, codeCRD, fmt.Sprintf("{} is %q, which an element may lack: it is neither required nor has it a default", k.text()), fmt.Sprintf("add %q to required of the items, or set its default", k.text()))
		case property.truth("nullable"):
			r.add(property.get("nullable"), codeCRD, "{} is true, but the field is a key of the list", "remove {}")
		}
		seen[k.text()] = true
	}
}

// required says whether a schema wants a field.
func required(n *node, name string) bool {
	return slices.ContainsFunc(n.each("required"), func(e *node) bool { return e.text() == name })
}

// The types and formats of a printer's column.
var (
	columnTypes   = []string{"boolean", "date", "integer", "number", "string"}
	columnFormats = []string{"byte", "date", "date-time", "double", "float", "int32", "int64", "password"}
)

// versionParts checks what a version has beside its schema.
func (r *report) versionParts(v *node) {
	r.deprecation(v)
	for _, c := range v.each("additionalPrinterColumns") {
		if t := c.get("type"); t.text() != "" && !slices.Contains(columnTypes, t.text()) {
			r.oneOf(t, t.text(), columnTypes)
		}
		if f := c.get("format"); f.text() != "" && !slices.Contains(columnFormats, f.text()) {
			r.oneOf(f, f.text(), columnFormats)
		}
		if p := c.get("jsonPath"); p.text() != "" && !strings.HasPrefix(p.text(), ".") {
			r.value(p, "must begin with a dot")
		}
	}
	scale := v.get("subresources", "scale")
	for _, of := range []struct {
		name string
		in   []string
	}{{"specReplicasPath", []string{".spec."}}, {"statusReplicasPath", []string{".status."}}, {"labelSelectorPath", []string{".spec.", ".status."}}} {
		p := scale.get(of.name)
		if p.text() != "" && !slices.ContainsFunc(of.in, func(start string) bool { return strings.HasPrefix(p.text(), start) }) {
			r.value(p, "must begin with "+orList(of.in))
		}
	}
	seen := map[string]bool{}
	for _, s := range v.each("selectableFields") {
		r.selectable(v, s.get("jsonPath"), seen)
	}
	if n := v.get("selectableFields"); len(seen) > mostSelectable {
		r.value(n, "must have "+strconv.Itoa(mostSelectable)+" fields at most")
	}
}

// mostSelectable is how many fields of a version can select (MaxSelectableFields).
const mostSelectable = 8

// selectable checks a field by which objects can be selected. A path in brackets
// is left to the API server.
func (r *report) selectable(v, p *node, seen map[string]bool) {
	path := p.text()
	switch {
	case path == "" || strings.ContainsAny(path, "[]'\""):
		return
	case !strings.HasPrefix(path, "."):
		r.value(p, "must begin with a dot")
		return
	case seen[path]:
		r.add(p, codeTwice, "{} stands there a second time", "remove {}")
		return
	case path == ".metadata" || strings.HasPrefix(path, ".metadata."):
		r.value(p, "must not be of the metadata")
		return
	}
	seen[path] = true
	field := v.get("schema", "openAPIV3Schema")
	for _, name := range strings.Split(path[1:], ".") {
		if more := field.get("additionalProperties"); field.count("properties") == 0 && more.value != nil {
			return // of a map: what it holds is asked for in another way
		}
		field = field.get("properties", name)
	}
	if t := field.text("type"); field.value == nil {
		r.value(p, "must be a field of the schema")
	} else if t != "string" && t != "boolean" && t != "integer" {
		r.value(p, "must be a field of the type string, boolean or integer")
	}
}
