package validate

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	v1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"

	"github.com/meshgen/meshgen/internal/object"
)

// definitions remembers compiled CRDs.
type definitions struct {
	mu     sync.Mutex
	byText map[[sha256.Size]byte]*definition
	byMap  map[*byte]*definition // the first byte of the text of an object that charts share
}

// definition is a CRD, compiled version by version when an object uses it.
type definition struct {
	value    map[string]any
	digest   [sha256.Size]byte
	mu       sync.Mutex
	versions map[string]*version
}

// version is a version of a CRD, compiled.
type version struct {
	served     bool
	structural *structural.Structural
	schema     validation.SchemaValidator
	err        error

	mu    sync.Mutex
	rules map[string]*cel.Validator // by the paths that have rules which can apply
}

// of returns the CRDs among the objects, by what they define.
func (d *definitions) of(objects []object.Object) map[schema.GroupKind]*definition {
	found := map[schema.GroupKind]*definition{}
	for _, o := range objects {
		if o.Kind() != "CustomResourceDefinition" || o.Group() != v1.GroupName {
			continue
		}
		gk := schema.GroupKind{Group: object.String(o.Value, "spec", "group"), Kind: object.String(o.Value, "spec", "names", "kind")}
		if def := d.get(o); def != nil {
			found[gk] = def
		}
	}
	return found
}

// get returns a CRD's definition. The texts of Istio's CRDs are the same slices
// in all clusters, so that for them looking at an address is enough.
func (d *definitions) get(o object.Object) *definition {
	text, err := o.YAML()
	if err != nil || len(text) == 0 {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.byText == nil {
		d.byText, d.byMap = map[[sha256.Size]byte]*definition{}, map[*byte]*definition{}
	}
	shared := o.Origin.Chart != "" && len(o.Origin.Patches) == 0
	if def, ok := d.byMap[&text[0]]; ok && shared {
		return def
	}
	sum := sha256.Sum256(text)
	def, ok := d.byText[sum]
	if !ok {
		def = &definition{value: o.Value, digest: sum, versions: map[string]*version{}}
		d.byText[sum] = def
	}
	if shared {
		d.byMap[&text[0]] = def // which keeps the text, so that the address stays its own
	}
	return def
}

// version returns a version of the CRD, compiled; nil if it has none of that
// name.
func (d *definition) version(name string) *version {
	d.mu.Lock()
	defer d.mu.Unlock()
	if v, ok := d.versions[name]; ok {
		return v
	}
	for _, raw := range object.List(d.value, "spec", "versions") {
		m, ok := raw.(map[string]any)
		if !ok || m["name"] != name {
			continue
		}
		v := compile(m)
		d.versions[name] = v
		return v
	}
	return nil
}

// compile prepares a version's schema. CEL comes later, when an object asks for
// it.
func compile(m map[string]any) *version {
	v := &version{rules: map[string]*cel.Validator{}}
	v.served, _ = m["served"].(bool)
	text, err := json.Marshal(object.Map(m, "schema", "openAPIV3Schema"))
	if err != nil {
		v.err = err
		return v
	}
	var props v1.JSONSchemaProps
	var internal apiextensions.JSONSchemaProps
	if v.err = json.Unmarshal(text, &props); v.err != nil {
		return v
	}
	if v.err = v1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(&props, &internal, nil); v.err != nil {
		return v
	}
	if v.structural, v.err = structural.NewStructural(&internal); v.err != nil {
		return v
	}
	v.schema, _, v.err = validation.NewSchemaValidator(&internal)
	return v
}

// custom holds a custom resource against its CRD, in the API server's order,
// and says whether the CRD has the object's version.
func (r *report) custom(root *node, crd *definition) bool {
	_, name, _ := strings.Cut(root.text("apiVersion"), "/")
	v := crd.version(name)
	switch {
	case v == nil || !v.served:
		return false
	case v.err != nil:
		return true // the CRD's own diagnostic says why
	}
	value := runtime.DeepCopyJSON(root.value.(map[string]any))
	unknown := pruning.PruneWithOptions(value, v.structural, true, structural.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})
	for _, path := range unknown {
		n := root.at(keysOf(path)...)
		r.unknown(n, v.names(n.up.keys()))
	}
	defaulting.Default(value, v.structural)
	r.upstream(root, validation.ValidateCustomResource(nil, value, v.schema), v)
	r.upstream(root, listtype.ValidateListSetsAndMaps(nil, v.structural, value), v)
	r.independent(func() { r.rules(root, v, value) })
	return true
}

// rules holds a value against the CEL rules of its CRD. The API server does not
// ask them while something else is wrong.
func (r *report) rules(root *node, v *version, value map[string]any) {
	rules := v.celFor(value)
	if rules == nil {
		return
	}
	list, _ := rules.Validate(context.Background(), nil, v.structural, value, nil, celconfig.RuntimeCELCostBudget)
	for _, e := range inOrder(list) {
		n := root.at(keysOf(e.Field)...)
		if text, _ := n.value.(string); strings.Contains(e.Detail, "'google.protobuf.Duration'") && duration(text) != "" {
			r.add(n, codeRule, fmt.Sprintf("{} is %s, which is no duration", r.show(text)), "set {} to "+durationFor(text))
			continue
		}
		r.add(n, codeRule, "{}: "+upstreamText(e), "change {} so that it keeps the rule of its CRD")
	}
}

// at returns the node at a way down, be there something or not.
func (n *node) at(keys ...string) *node {
	for _, key := range keys {
		if list, ok := n.value.([]any); ok {
			next := &node{nil, n, key}
			for i, e := range list {
				if fmt.Sprint(i) == key {
					next.value = e
				}
			}
			n = next
			continue
		}
		n = n.get(key)
	}
	return n
}

// durationFor writes a duration in the units that there are, if it can be told.
func durationFor(text string) string {
	if days, err := strconv.Atoi(strings.TrimSuffix(text, "d")); err == nil && strings.HasSuffix(text, "d") && days > 0 && days < 10_000 {
		return fmt.Sprintf("%dh", days*24)
	}
	if seconds, err := strconv.ParseFloat(text, 64); err == nil && seconds > 0 {
		return text + "s"
	}
	return "a duration such as 90s or 1h30m"
}

// at returns the schema of a place, nil if it has none.
func (v *version) at(keys []string) *structural.Structural {
	s := v.structural
	for _, key := range keys {
		next, ok := s.Properties[key]
		switch {
		case ok:
			s = &next
		case s.Items != nil:
			s = s.Items
		case s.AdditionalProperties != nil && s.AdditionalProperties.Structural != nil:
			s = s.AdditionalProperties.Structural
		default:
			return nil
		}
	}
	return s
}

// names returns the fields that the schema has at a place.
func (v *version) names(keys []string) []string {
	if s := v.at(keys); s != nil {
		return sortedKeys(s.Properties)
	}
	return nil
}

// oneOf begins what the API server says of fields of which there can be one; it
// says it of the object, and once more of what has several such rules.
var oneOf = regexp.MustCompile(`^"([^"]+)" must validate (?:one and only one schema \(oneOf\)\. Found [0-9]+ valid alternatives|all the schemas \(allOf\))`)

// alternatives reports fields of which there can be one, where the error says
// so, and says whether it did.
func (r *report) alternatives(root *node, v *version, e *field.Error) bool {
	found := oneOf.FindStringSubmatch(e.Detail)
	if found == nil {
		return false
	}
	n := root.at(keysOf(found[1])...)
	s := v.at(n.keys())
	if s == nil || s.ValueValidation == nil {
		return false
	}
	rules := [][]structural.NestedValueValidation{s.ValueValidation.OneOf}
	for _, all := range s.ValueValidation.AllOf {
		rules = append(rules, all.OneOf)
	}
	done := false
	for _, rule := range rules {
		var names []string
		for _, one := range rule {
			names = append(names, n.present(one.Required...)...)
		}
		slices.Sort(names)
		if names = slices.Compact(names); len(names) < 2 {
			continue
		}
		done = true
		p := problem{keys: n.keys(), code: codeConflict, message: fmt.Sprintf("{} has %s, of which there can be one", andList(names)), try: "keep one of " + andList(names) + " in {}"}
		if !slices.ContainsFunc(r.problems, func(q problem) bool { return q.message == p.message && slices.Equal(q.keys, p.keys) }) {
			r.problems = append(r.problems, p)
		}
	}
	return done
}

// inOrder returns errors by their fields: upstream finds them in maps.
func inOrder(list field.ErrorList) field.ErrorList {
	slices.SortStableFunc(list, func(a, b *field.Error) int {
		return cmp.Or(strings.Compare(a.Field, b.Field), strings.Compare(a.Detail, b.Detail))
	})
	return list
}

// upstream reports errors of the API server's library in our words.
func (r *report) upstream(root *node, list field.ErrorList, v *version) {
	for _, e := range inOrder(list) {
		if r.alternatives(root, v, e) {
			continue
		}
		n := root.at(keysOf(e.Field)...)
		switch e.Type {
		case field.ErrorTypeRequired:
			r.missing(n)
		case field.ErrorTypeNotSupported:
			r.add(n, codeValue, fmt.Sprintf("{} is %s, but %s", r.show(n.value), notSupported(e)), "change {}: it "+notSupported(e))
		case field.ErrorTypeDuplicate:
			r.add(n, codeTwice, "{} stands in the list a second time", "remove one of the two")
		case field.ErrorTypeTypeInvalid:
			r.schemaType(n, e)
		default:
			r.add(n, codeValue, fmt.Sprintf("{} is %s: %s", r.show(n.value), upstreamText(e)), "change {}")
		}
	}
}

// schemaType reports a value of another type than the schema wants, in the words
// of walk.
func (r *report) schemaType(n *node, e *field.Error) {
	found := mustBeOfType.FindStringSubmatch(e.Detail)
	if found == nil {
		r.add(n, codeType, "{} is "+describe(n.value)+": "+upstreamText(e), "change {}")
		return
	}
	switch _, isMap := n.value.(map[string]any); found[1] {
	case "string":
		try := "put {} into quotes"
		if _, isList := n.value.([]any); isMap || isList || n.value == nil {
			try = "set {} to a text"
		}
		r.wrongType(n, "a text", try)
	case "integer":
		r.wrongType(n, "a whole number", "set {} to a whole number, without quotes")
	case "number":
		r.wrongType(n, "a number", "set {} to a number, without quotes")
	case "boolean":
		r.wrongType(n, "true or false", "set {} to true or false, without quotes")
	case "array":
		r.wrongType(n, "a list", "write {} as a list")
	case "object":
		r.wrongType(n, "a map", "write {} as names and values")
	case "null":
		r.wrongType(n, "nothing", "remove {}")
	default:
		r.wrongType(n, "of type "+found[1], "change {}")
	}
}

// mustBeOfType is what the API server says of a value of another type.
var mustBeOfType = regexp.MustCompile(`must be of type ([a-z]+)`)

// notSupported says which values there are.
func notSupported(e *field.Error) string {
	if rest, ok := strings.CutPrefix(e.Detail, "supported values: "); ok {
		words := strings.Split(rest, ", ")
		for i := range words {
			words[i] = strings.Trim(words[i], `"`)
		}
		return "must be " + orList(words)
	}
	return "must be another value"
}

// upstreamText is what an error of the API server's library says, without the
// field, which stands before it.
func upstreamText(e *field.Error) string {
	text, _, _ := strings.Cut(e.Detail, "\n") // CEL draws a picture below
	text = strings.TrimSuffix(text, ".")
	if after, ok := strings.CutPrefix(text, e.Field+" in body "); ok {
		text = after
	}
	if text = strings.TrimSpace(text); text == "" {
		return strings.ToLower(string(e.Type))
	}
	return text
}

// keysOf takes a path of the API server's library apart: a.b[0][key].
func keysOf(path string) []string {
	var keys []string
	for path != "" && path != "<nil>" {
		if strings.HasPrefix(path, "[") {
			end := strings.Index(path, "]")
			if end < 0 {
				break
			}
			keys, path = append(keys, path[1:end]), path[end+1:]
			continue
		}
		path = strings.TrimPrefix(path, ".")
		end := strings.IndexAny(path, ".[")
		if end < 0 {
			end = len(path)
		}
		if end == 0 && path != "" {
			break
		}
		keys, path = append(keys, path[:end]), path[end:]
	}
	return keys
}

// celFor returns the CEL rules that can apply to a value, compiled, nil if
// there are none. To compile all rules of a CRD takes up to 35 ms; a rule whose
// field is not there is never asked, so that the schema is compiled without it.
func (v *version) celFor(value map[string]any) *cel.Validator {
	var paths []string
	trimmed := trim(v.structural, value, "", &paths)
	if len(paths) == 0 {
		return nil
	}
	slices.Sort(paths)
	key := strings.Join(slices.Compact(paths), "\n")
	v.mu.Lock()
	defer v.mu.Unlock()
	rules, ok := v.rules[key]
	if !ok {
		rules = cel.NewValidator(trimmed, true, celconfig.PerCallLimit)
		v.rules[key] = rules
	}
	return rules
}

// trim returns a schema without the rules of fields that none of the values
// has, and collects the paths of the rules that are left.
func trim(s *structural.Structural, value any, path string, paths *[]string) *structural.Structural {
	return trimAll(s, []any{value}, path, paths)
}

func trimAll(s *structural.Structural, values []any, path string, paths *[]string) *structural.Structural {
	if s == nil {
		return nil
	}
	out := *s
	if len(values) == 0 {
		out.XValidations = nil
	} else if len(s.XValidations) > 0 {
		*paths = append(*paths, path)
	}
	if len(s.Properties) > 0 {
		out.Properties = make(map[string]structural.Structural, len(s.Properties))
		for name, property := range s.Properties {
			var below []any
			for _, v := range values {
				if m, ok := v.(map[string]any); ok && m[name] != nil {
					below = append(below, m[name])
				}
			}
			out.Properties[name] = *trimAll(&property, below, path+"."+name, paths)
		}
	}
	if s.Items != nil {
		var below []any
		for _, v := range values {
			list, _ := v.([]any)
			below = append(below, list...)
		}
		out.Items = trimAll(s.Items, below, path+"[]", paths)
	}
	if s.AdditionalProperties != nil && s.AdditionalProperties.Structural != nil {
		var below []any
		for _, v := range values {
			m, _ := v.(map[string]any)
			for _, e := range m {
				below = append(below, e)
			}
		}
		out.AdditionalProperties = &structural.StructuralOrBool{Bool: s.AdditionalProperties.Bool, Structural: trimAll(s.AdditionalProperties.Structural, below, path+"{}", paths)}
	}
	return &out
}
