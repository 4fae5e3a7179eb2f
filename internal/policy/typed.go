package policy

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/meshgen/meshgen/internal/object"
)

// meta is what an object says about itself. An object of the cluster has no namespace.
type meta struct {
	apiVersion  string
	kind        string
	namespace   string
	name        string
	labels      map[string]string
	annotations map[string]string

	component string // the file in the layer
	path      string // the intent's path
}

// make returns the object with a spec, which may be any value that marshals to
// a JSON object. A nil spec leaves the field out.
func (m meta) make(spec any) object.Object {
	fields := map[string]any{}
	if spec != nil {
		fields["spec"] = value(spec)
	}
	return m.fields(fields)
}

// fields returns the object with the given fields beside its metadata.
func (m meta) fields(fields map[string]any) object.Object {
	metadata := map[string]any{"name": m.name}
	if m.namespace != "" {
		metadata["namespace"] = m.namespace
	}
	if len(m.labels) > 0 {
		metadata["labels"] = value(m.labels)
	}
	if len(m.annotations) > 0 {
		metadata["annotations"] = value(m.annotations)
	}
	made := object.Object{
		Value:  map[string]any{"apiVersion": m.apiVersion, "kind": m.kind, "metadata": metadata},
		Origin: object.Origin{Component: m.component, Path: m.path},
	}
	for key, field := range fields {
		made.Value[key] = field
	}
	return made
}

// value returns what JSON holds for v, with whole numbers as int64. Everything
// that it is given is made in this package from types that marshal, so an error
// is a mistake of the package and not of an intent.
func value(v any) any {
	text, err := json.Marshal(v)
	if err != nil {
		panic("policy: " + err.Error())
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var out any
	if err := decoder.Decode(&out); err != nil {
		panic("policy: " + err.Error())
	}
	return object.Numbers(out)
}

// join makes a name that no person's name can be: the parts with dots between.
func join(parts ...string) string { return strings.Join(parts, ".") }
