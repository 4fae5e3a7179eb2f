package validate

import (
	"fmt"
	"strings"

	"github.com/meshgen/meshgen/internal/model"
)

// The codes of this stage.
const (
	codeUnknown   = "MG5030" // a field that the kind does not have
	codeType      = "MG5031" // a value of another type, or that cannot be read
	codeMissing   = "MG5032" // a field that must be there
	codeName      = "MG5033" // a name, label or annotation
	codeValue     = "MG5034" // a value outside of what the field takes
	codeTwice     = "MG5035" // an element that stands in a list twice
	codeConflict  = "MG5036" // fields that contradict each other
	codeRule      = "MG5037" // a rule that the CRD brings
	codeIstio     = "MG5038" // what istiod refuses
	codeCRD       = "MG5039" // a CRD that the API server refuses
	codeKind      = "MG5040" // a kind that its API group does not have
	codeImmutable = "MG5041" // a name that Kubernetes keeps to itself
	codeMinor     = "MG5042" // what the cluster's minor does not have, or has off
)

// problem is something wrong with an object, at a field of it.
type problem struct {
	keys    []string
	code    string
	message string // with the field's path where {} stands
	try     string // likewise
	absent  bool   // the field is not there
	warning bool   // the API server takes the object
}

// report collects what is wrong with one object.
type report struct {
	minor    model.Minor // of the cluster's Kubernetes
	secret   bool        // the object's values must not be shown
	crd      bool        // the kind is one of a CRD's, where null is no way to say nothing
	standard bool        // Gateway API's CRDs are those of the standard channel
	release  release     // of Gateway API
	nodes    bool        // the cluster's nodes are declared
	envoy    *envoyTypes // Envoy's types
	problems []problem
	suspect  suspect
}

// add reports a problem. In the message and in what to try, {} is the field.
func (r *report) add(n *node, code, message, try string) {
	r.problems = append(r.problems, problem{keys: n.keys(), code: code, message: message, try: try, absent: n.value == nil})
}

// missing reports a field that must be there.
func (r *report) missing(n *node) {
	what := "is missing"
	if n.value != nil {
		what = "is empty"
	}
	r.add(n, codeMissing, "{} "+what, "set {}")
}

// need reports fields that are missing or empty.
func (r *report) need(n *node, names ...string) {
	for _, name := range names {
		if isBlank(n.get(name).value) {
			r.missing(n.get(name))
		}
	}
}

// value reports a value that the field does not take; the reason says what it
// must be, such as "must be 1 to 65535".
func (r *report) value(n *node, reason string) {
	r.add(n, codeValue, fmt.Sprintf("{} is %s, but %s", r.show(n.value), reason), "change {}: it "+reason)
}

// among reports a value that is none of the allowed ones.
func (r *report) among(n *node, allowed []string) {
	r.add(n, codeValue, fmt.Sprintf("{} is %s, but must be %s", r.show(n.value), orList(allowed)), "set {} to "+orList(allowed))
}

// conflict reports fields that contradict each other.
func (r *report) conflict(n *node, message, try string) { r.add(n, codeConflict, message, try) }

// forbid reports fields that cannot stand there; why completes "cannot be set".
func (r *report) forbid(n *node, why string, names ...string) {
	for _, name := range n.present(names...) {
		r.conflict(n.get(name), "{} cannot be set "+why, "remove {}")
	}
}

// one reports when not exactly one of the fields is there, or, unless it is
// needed, when more than one is.
func (r *report) one(n *node, needed bool, names ...string) {
	switch found := n.present(names...); {
	case len(found) > 1:
		r.conflict(n, fmt.Sprintf("{} has %s, of which there can be one", andList(found)), "keep one of "+andList(found)+" in {}")
	case len(found) == 0 && needed && len(names) < 8:
		r.add(n, codeMissing, fmt.Sprintf("{} has none of %s", andList(names)), "set one of "+andList(names)+" in {}")
	case len(found) == 0 && needed:
		r.add(n, codeMissing, "{} says nothing of what it is", fmt.Sprintf("set %s or another of its fields in {}", names[0]))
	}
}

// show writes a value for people, cut short.
func (r *report) show(v any) string {
	switch v := v.(type) {
	case string:
		if r.secret {
			return "a text"
		}
		if runes := []rune(v); len(runes) > 63 {
			v = string(runes[:60]) + "..."
		}
		return fmt.Sprintf("%q", v)
	case int64, float64, bool:
		if r.secret {
			return describe(v)
		}
		return fmt.Sprint(v)
	}
	return describe(v)
}

// describe names the type of a value as people do.
func describe(v any) string {
	switch v.(type) {
	case nil:
		return "nothing"
	case string:
		return "a text"
	case bool:
		return "a truth value"
	case int64, float64:
		return "a number"
	case []any:
		return "a list"
	case map[string]any:
		return "a map"
	}
	return fmt.Sprintf("a %T", v)
}

// isBlank says whether a value is not there, or is an empty text, list or map.
func isBlank(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

func orList(words []string) string  { return joined(words, "or") }
func andList(words []string) string { return joined(words, "and") }

// joined writes words as a sentence has them.
func joined(words []string, last string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " " + last + " " + words[len(words)-1]
}
