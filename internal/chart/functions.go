package chart

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig/v3"
	"sigs.k8s.io/yaml"
)

// flatFunctions are those that look at a text as a whole and at a list or map
// no deeper than its elements. Together with deepFunctions and those that the
// engine itself has, they are all that a chart from outside may call: none gives
// another result on another day or machine, and what each costs is known before
// it runs. Istio's charts call about fifty of them.
var flatFunctions = []string{
	"and", "or", "not", "eq", "ne", "lt", "le", "gt", "ge", "len", "index", "slice", "all", "any", "default", "empty", "coalesce", "ternary", "required", "fail",
	"trim", "trimAll", "trimPrefix", "trimSuffix", "trunc", "substr", "upper", "lower", "title", "untitle", "nospace", "contains", "hasPrefix", "hasSuffix",
	"snakecase", "camelcase", "kebabcase", "replace", "indent", "nindent", "split", "splitList", "splitn", "b64enc", "b64dec", "sha1sum", "sha256sum", "sha512sum", "adler32sum",
	"atoi", "int", "int64", "float64", "toDecimal", "add", "add1", "sub", "mul", "div", "mod", "max", "min", "ceil", "floor", "round",
	"typeOf", "typeIs", "typeIsLike", "kindOf", "kindIs", "semverCompare", "regexMatch", "mustRegexMatch",
	"dict", "get", "set", "unset", "hasKey", "keys", "pick", "omit", "pluck", "dig",
	"list", "tuple", "first", "last", "rest", "initial", "reverse", "append", "prepend", "concat", "compact",
	"fromYaml", "fromYamlArray", "fromJson", "fromJsonArray",
}

// deepFunctions are those that look at all that a value holds.
var deepFunctions = []string{
	"print", "println", "printf", "cat", "quote", "squote", "toString", "toStrings", "join", "sortAlpha", "has",
	"toYaml", "toJson", "toPrettyJson", "toRawJson", "deepCopy", "mustDeepCopy", "merge", "mustMerge", "mergeOverwrite", "mustMergeOverwrite",
}

// ownFunctions run templates, which only an engine can.
var ownFunctions = []string{"include", "tpl"}

// mayCall says whether a chart from outside may call a function.
func mayCall(name string) bool {
	return slices.Contains(flatFunctions, name) || slices.Contains(deepFunctions, name) || slices.Contains(ownFunctions, name)
}

// originals returns the functions that charts may call as Helm has them: Go's,
// sprig's, and those that Helm's engine adds (pkg/engine/funcs.go).
func originals() template.FuncMap {
	all := sprig.TxtFuncMap()
	maps.Copy(all, template.FuncMap{
		"print":         fmt.Sprint, // Go's own three
		"println":       fmt.Sprintln,
		"printf":        fmt.Sprintf,
		"toYaml":        toYAML,
		"toJson":        toJSON,
		"fromYaml":      fromYAML,
		"fromYamlArray": fromYAMLArray,
		"fromJson":      fromJSON,
		"fromJsonArray": fromJSONArray,
		"keys":          sortedKeys,
		"required":      required,
		"fail":          func(message string) (string, error) { return "", errors.New(message) },
	})
	known := template.FuncMap{}
	for _, name := range slices.Concat(flatFunctions, deepFunctions) {
		if f, ok := all[name]; ok {
			known[name] = f
		}
	}
	return known
}

func toYAML(v any) string {
	text, err := yaml.Marshal(v)
	if err != nil {
		return "" // as Helm has it
	}
	return strings.TrimSuffix(string(text), "\n")
}

func toJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(text)
}

func fromYAML(text string) map[string]any {
	m := map[string]any{}
	if err := yaml.Unmarshal([]byte(text), &m); err != nil {
		m["Error"] = err.Error()
	}
	return m
}

func fromYAMLArray(text string) []any {
	a := []any{}
	if err := yaml.Unmarshal([]byte(text), &a); err != nil {
		a = []any{err.Error()}
	}
	return a
}

func fromJSON(text string) map[string]any {
	m := map[string]any{}
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		m["Error"] = err.Error()
	}
	return m
}

func fromJSONArray(text string) []any {
	a := []any{}
	if err := json.Unmarshal([]byte(text), &a); err != nil {
		a = []any{err.Error()}
	}
	return a
}

// sortedKeys is sprig's keys in an order, which sprig's has not.
func sortedKeys(dicts ...map[string]any) []string {
	keys := []string{}
	for _, d := range dicts {
		keys = append(keys, slices.Sorted(maps.Keys(d))...)
	}
	return keys
}

func required(message string, v any) (any, error) {
	if v == nil || v == "" {
		return v, errors.New(message)
	}
	return v, nil
}

// charged returns a function that does the same as f, and is paid for.
func (b *budget) charged(name string, f any) any {
	function := reflect.ValueOf(f)
	deep := slices.Contains(deepFunctions, name)
	call := function.Call
	if function.Type().IsVariadic() {
		call = function.CallSlice
	}
	return reflect.MakeFunc(function.Type(), func(args []reflect.Value) []reflect.Value {
		b.spend(2)
		size := 0
		for _, arg := range args {
			size += b.argument(arg, deep)
		}
		b.text(size)
		b.amplified(name, args)
		results := call(args)
		if r := results[0]; r.Kind() == reflect.String {
			b.text(r.Len())
		}
		return results
	}).Interface()
}

// argument pays for what a function looks at, and returns its size.
func (b *budget) argument(arg reflect.Value, deep bool) int {
	if deep {
		return b.size(arg.Interface())
	}
	for arg.Kind() == reflect.Interface && !arg.IsNil() {
		arg = arg.Elem()
	}
	switch arg.Kind() {
	case reflect.String:
		return arg.Len()
	case reflect.Slice:
		b.spend(arg.Len())
		size := 0
		for i := range arg.Len() { // of a variadic function
			element := arg.Index(i)
			if element.Kind() == reflect.Interface {
				element = element.Elem()
			}
			switch element.Kind() {
			case reflect.String:
				size += element.Len()
			case reflect.Slice, reflect.Map:
				b.spend(element.Len())
			}
		}
		return size
	case reflect.Map:
		b.spend(arg.Len())
	}
	return 0
}

// widths finds the widths of a format that are too large or computed, and the
// verbs that print addresses.
var widths = regexp.MustCompile(`[0-9]{4,}|\*|%[^a-zA-Z%]*(p|#)`)

// amplified pays for what a function makes beyond the size of its arguments.
func (b *budget) amplified(name string, args []reflect.Value) {
	text := func(i int) string { return args[i].String() }
	switch name {
	case "indent", "nindent":
		b.text(product(int(max(0, args[0].Int())), 1+strings.Count(text(1), "\n")))
	case "replace":
		b.text(product(strings.Count(text(2), text(0)), len(text(1))))
	case "join":
		b.text(product(len(text(0)), elements(args[1])))
	case "printf":
		if widths.MatchString(text(0)) {
			panic(&exhausted{"it prints with a width of more than 999 or one that is computed, or an address"})
		}
		b.text(product(strings.Count(text(0), "%"), 999))
	case "regexMatch", "mustRegexMatch":
		b.pattern(text(0), text(1))
	case "semverCompare":
		if len(text(0))+len(text(1)) > 512 {
			panic(&exhausted{"it compares versions of more than 512 bytes"})
		}
	case "fromYaml", "fromYamlArray", "fromJson", "fromJsonArray":
		b.spend(len(text(0)) / 8)
	}
}

// elements returns how many elements a list has.
func elements(list reflect.Value) int {
	for list.Kind() == reflect.Interface && !list.IsNil() {
		list = list.Elem()
	}
	if list.Kind() == reflect.Slice {
		return list.Len()
	}
	return 1
}
