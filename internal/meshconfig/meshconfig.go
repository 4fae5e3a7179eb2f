// Package meshconfig knows what istiod takes for a MeshConfig, and a proxy for a
// ProxyConfig: the ConfigMap istio, and the annotation proxy.istio.io/config.
//
// istiod reads them by the names and types of their protobuf messages, in the
// way of the old library jsonpb (istio, pkg/util/protomarshal), which takes any
// duration that Go reads, and numbers in quotes; then it holds them against rules
// (pkg/config/validation/agent/validation.go, ValidateMeshConfig). Breach one of
// either and it logs a line and takes nothing of the text: it goes on with what
// it had, or starts with its defaults (pkg/config/mesh/meshwatcher/collection.go).
// What is not there keeps its default, so that rules look at what is there alone.
//
// The package sees a tree and knows nothing of where it stands: check holds
// people's raw mesh config against it, refs what is rendered of it.
package meshconfig

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	meshv1alpha1 "istio.io/api/mesh/v1alpha1"
)

// Problem is something wrong with a tree.
type Problem struct {
	// Keys lead to the value, with indexes for elements; none for all of it.
	Keys []string

	// Message and Suggestion have {} where the field's path belongs.
	Message, Suggestion string

	// Shape is true where a field is unknown, or its value of another type; no
	// rule has been asked then.
	Shape bool

	// Warning is true where istiod takes the value, and what it does with it is
	// hardly meant.
	Warning bool
}

// Path writes where a problem is, below a path, as an intent has it.
func (p Problem) Path(above string) string {
	var b strings.Builder
	b.WriteString(above)
	for _, key := range p.Keys {
		if isIndex(key) {
			b.WriteString("[" + key + "]")
		} else {
			b.WriteString("." + key)
		}
	}
	return b.String()
}

// At returns the message and the suggestion for a field's path.
func (p Problem) At(path string) (message, suggestion string) {
	return strings.ReplaceAll(p.Message, "{}", path), strings.ReplaceAll(p.Suggestion, "{}", path)
}

func isIndex(key string) bool {
	return key != "" && strings.Trim(key, "0123456789") == ""
}

// Mesh returns what is wrong with a MeshConfig, or a part of one: providers are
// the names of extension providers that other parts bring.
func Mesh(value map[string]any, providers ...string) []Problem {
	return of((&meshv1alpha1.MeshConfig{}).ProtoReflect().Descriptor(), value, (*reader).mesh, providers...)
}

// Proxy returns what is wrong with a ProxyConfig.
func Proxy(value map[string]any) []Problem {
	return of((&meshv1alpha1.ProxyConfig{}).ProtoReflect().Descriptor(), value, (*reader).proxy)
}

func of(message protoreflect.MessageDescriptor, value map[string]any, rules func(*reader, node), providers ...string) []Problem {
	r := &reader{more: providers}
	r.message(node{value: value}, message)
	if len(r.problems) == 0 {
		rules(r, node{value: value})
	}
	return r.problems
}

// reader collects what is wrong.
type reader struct {
	problems []Problem
	more     []string // extension providers that are elsewhere
}

// refuse reports a value that istiod refuses; the reason says what it must be.
func (r *reader) refuse(n node, must string) {
	r.add(n, fmt.Sprintf("{} is %s, but must be %s", shown(n.value), must), "change {}: it must be "+must)
}

func (r *reader) add(n node, message, suggestion string) {
	r.problems = append(r.problems, Problem{Keys: n.keys, Message: message, Suggestion: suggestion})
}

// warn reports what istiod takes and nobody means.
func (r *reader) warn(n node, message, suggestion string) {
	r.add(n, message, suggestion)
	r.problems[len(r.problems)-1].Warning = true
}

// node is a value with the way to it.
type node struct {
	value any
	keys  []string
}

// get returns what stands below; its value is nil where nothing does. The names
// are those of JSON; a field may also be written as in the message itself.
func (n node) get(names ...string) node {
	for _, name := range names {
		m, _ := n.value.(map[string]any)
		v, ok := m[name]
		if snake := textName(name); !ok && snake != name {
			if other, there := m[snake]; there {
				v, name = other, snake
			}
		}
		n = node{v, append(n.keys[:len(n.keys):len(n.keys)], name)}
	}
	return n
}

// textName returns the name in the message of a field's name in JSON.
func textName(name string) string {
	var b strings.Builder
	for _, c := range name {
		if c >= 'A' && c <= 'Z' {
			b.WriteRune('_')
			c += 'a' - 'A'
		}
		b.WriteRune(c)
	}
	return b.String()
}

// there says whether the field is written.
func (n node) there() bool { return n.value != nil }

// elements returns the elements of a list.
func (n node) elements() []node {
	list, _ := n.value.([]any)
	nodes := make([]node, len(list))
	for i, v := range list {
		nodes[i] = node{v, append(n.keys[:len(n.keys):len(n.keys)], fmt.Sprint(i))}
	}
	return nodes
}

// text returns a text; open is true where a placeholder stands in it, whose
// value nobody knows.
func (n node) text() (text string, open bool) {
	text, _ = n.value.(string)
	return text, strings.Contains(text, "${")
}
