package overlay

import (
	"fmt"
	"maps"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/object"
)

// problem is a diagnostic that has no place yet.
type problem struct {
	code, message, suggestion string
	severity                  diag.Severity // empty for an error
	keys                      []string      // where it is in the object
	path                      string        // the intent's path, where that is not the object's or patch's own
}

// at returns the diagnostic at a place.
func (p problem) at(where place) diag.Diagnostic {
	severity := p.severity
	if severity == "" {
		severity = diag.Error
	}
	if p.path != "" {
		where = place{path: p.path}
	}
	message := p.message
	if where.line > 1 {
		message = fmt.Sprintf("line %d of the text: %s", where.line, message)
	}
	return diag.Diagnostic{
		Code: p.code, Severity: severity, Message: message, Suggestion: p.suggestion,
		Path: where.path, Position: where.position,
	}
}

// inspect returns a person's document as an object, and what keeps it from
// being one. Fields that only the API server writes are dropped when they say
// nothing: generators leave them behind by the thousand.
func inspect(document any) (map[string]any, []problem) {
	value, ok := document.(map[string]any)
	if !ok {
		return nil, []problem{{code: "MG5003", message: fmt.Sprintf("the document is %s, not a Kubernetes object", describe(document)), suggestion: "write apiVersion, kind and metadata"}}
	}
	if items, there := value["items"]; there && strings.HasSuffix(object.String(value, "kind"), "List") { // the reader has unpacked the others
		return nil, []problem{{code: "MG5003", message: fmt.Sprintf("items of a %s is %s, not a list", object.String(value, "kind"), describe(items)),
			suggestion: "write items as a list of objects", keys: []string{"items"}}}
	}
	value = dropEmpty(value)
	problems := append(identity(value), metadata(value)...)
	return value, append(problems, serverFields(value)...)
}

// identity checks what names the object.
func identity(value map[string]any) []problem {
	var problems []problem
	for _, keys := range [][]string{{"apiVersion"}, {"kind"}, {"metadata", "name"}} {
		path := strings.Join(keys, ".")
		p := problem{code: "MG5003", keys: keys}
		switch v := object.Get(value, keys...).(type) {
		case nil:
			p.message, p.suggestion = "the object has no "+path, "set "+path
			if path == "metadata.name" && object.String(value, "metadata", "generateName") != "" {
				p.message = "the object has a generateName, and would be made anew each time"
				p.suggestion = "set metadata.name instead of metadata.generateName"
			}
		case string:
			if v != "" {
				continue
			}
			p.message, p.suggestion = path+" is empty", "set "+path
		default:
			p.message, p.suggestion = fmt.Sprintf("%s is %s, not a text", path, describe(v)), "put "+path+" into quotes"
		}
		problems = append(problems, p)
	}
	if v, ok := object.Get(value, "metadata", "namespace").(string); !ok && object.Get(value, "metadata", "namespace") != nil {
		problems = append(problems, problem{code: "MG5003", message: "metadata.namespace is not a text", suggestion: "put metadata.namespace into quotes", keys: []string{"metadata", "namespace"}})
	} else if ok && v == "" {
		delete(object.Map(value, "metadata"), "namespace")
	}
	if strings.Count(object.String(value, "apiVersion"), "/") > 1 {
		problems = append(problems, problem{code: "MG5003", message: fmt.Sprintf("apiVersion %q is no group and version", object.String(value, "apiVersion")),
			suggestion: "set apiVersion to a value such as apps/v1", keys: []string{"apiVersion"}})
	}
	return problems
}

// kustomizePrefixes are the annotations that kustomize reads and drops.
var kustomizePrefixes = []string{"config.kubernetes.io/", "internal.config.kubernetes.io/", "alpha.config.kubernetes.io/", "config.k8s.io/", "kustomize.config.k8s.io/"}

// metadata checks labels and annotations.
func metadata(value map[string]any) []problem {
	var problems []problem
	for _, field := range []string{"labels", "annotations"} {
		raw := object.Get(value, "metadata", field)
		m, ok := raw.(map[string]any)
		if raw != nil && !ok {
			problems = append(problems, problem{code: "MG5003", message: fmt.Sprintf("metadata.%s is %s, not a map", field, describe(raw)),
				suggestion: "write metadata." + field + " as names and values", keys: []string{"metadata", field}})
		}
		for _, name := range sortedKeys(m) {
			keys := []string{"metadata", field, name}
			if _, ok := m[name].(string); !ok {
				problems = append(problems, problem{code: "MG5003", message: fmt.Sprintf("%s %q is %s, not a text", strings.TrimSuffix(field, "s"), name, describe(m[name])),
					suggestion: "put the value of " + name + " into quotes", keys: keys})
			}
			for _, prefix := range kustomizePrefixes {
				if field == "annotations" && strings.HasPrefix(name, prefix) {
					problems = append(problems, problem{code: "MG5008", message: fmt.Sprintf("kustomize keeps annotation %q to itself: it drops it, or drops the object", name),
						suggestion: "remove the annotation", keys: keys})
				}
			}
		}
	}
	return problems
}

// serverMetadata are the fields of metadata that only the API server writes.
var serverMetadata = []string{"creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid"}

const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// serverFields reports what was copied from a cluster and would differ from it
// for ever.
func serverFields(value map[string]any) []problem {
	var problems []problem
	report := func(keys ...string) {
		problems = append(problems, problem{code: "MG5006", message: fmt.Sprintf("%s is the API server's to write, and would differ from what is applied for ever", strings.Join(keys, ".")),
			suggestion: "remove " + strings.Join(keys, "."), keys: keys})
	}
	if value["status"] != nil {
		report("status")
	}
	m := object.Map(value, "metadata")
	for _, field := range serverMetadata {
		if m[field] != nil {
			report("metadata", field)
		}
	}
	if object.Map(m, "annotations")[lastApplied] != nil {
		report("metadata", "annotations", lastApplied)
	}
	return problems
}

// dropEmpty returns the object without the API server's fields that are there
// but say nothing, such as status: {} and creationTimestamp: null.
func dropEmpty(value map[string]any) map[string]any {
	value = maps.Clone(value)
	if isEmpty(value["status"]) {
		delete(value, "status")
	}
	if m, ok := value["metadata"].(map[string]any); ok {
		m = maps.Clone(m)
		for _, field := range serverMetadata {
			if isEmpty(m[field]) {
				delete(m, field)
			}
		}
		for _, field := range []string{"labels", "annotations"} {
			if l, ok := m[field].(map[string]any); ok && len(l) == 0 || m[field] == nil {
				delete(m, field)
			}
		}
		value["metadata"] = m
	}
	return value
}

// isEmpty says whether a value says nothing, however deep.
func isEmpty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case map[string]any:
		for _, e := range v {
			if !isEmpty(e) {
				return false
			}
		}
		return true
	case []any:
		return len(v) == 0
	}
	return false
}

// describe names a value's kind as people do.
func describe(v any) string {
	switch v := v.(type) {
	case nil:
		return "nothing"
	case string:
		return "a text"
	case bool:
		return fmt.Sprintf("the truth value %t", v)
	case int64, float64:
		return fmt.Sprintf("the number %v", v)
	case []any:
		return "a list"
	case map[string]any:
		return "a map"
	}
	return fmt.Sprintf("a %T", v)
}
