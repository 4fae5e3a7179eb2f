package load

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	"cuelang.org/go/cue/literal"
	"cuelang.org/go/cue/token"
)

// scalar is a value that is neither struct nor list.
type scalar struct {
	kind string // string, int, number, bool or null; int is a number without a point
	text string // a string's characters, a number's digits, true or false
}

// scalarOf reads a value's CUE source, such as "2" or 0.5.
func scalarOf(source string) (scalar, bool) {
	switch source {
	case "true", "false":
		return scalar{"bool", source}, true
	case "null":
		return scalar{"null", source}, true
	}
	if text, err := literal.Unquote(source); err == nil && strings.ContainsAny(source[:1], "\"#'") {
		return scalar{"string", text}, true
	}
	negative := strings.TrimPrefix(source, "-")
	var n literal.NumInfo
	if literal.ParseNum(negative, &n) != nil {
		return scalar{}, false
	}
	text := n.String()
	if negative != source {
		text = "-" + text
	}
	if n.IsInt() {
		return scalar{"int", text}, true
	}
	return scalar{"number", text}, true
}

// resolve follows names to what they are defined as.
func (l *language) resolve(k *kind) *kind {
	for range len(l.definitions) + 1 {
		if k.form != formNamed {
			return k
		}
		next := l.definitions[k.name]
		if next == nil {
			break
		}
		k = next
	}
	return &kind{form: formAny}
}

// takes says whether a scalar fits a kind.
func (l *language) takes(k *kind, v scalar) bool {
	k = l.resolve(k)
	switch k.form {
	case formAny:
		return true
	case formBasic:
		return k.name == v.kind && !huge(v) || k.name == "number" && v.kind == "int"
	case formLiteral:
		want, ok := scalarOf(k.text)
		if !ok || (want.kind == "string") != (v.kind == "string") {
			return false
		}
		return want.text == v.text || v.kind != "string" && compareNumbers(v.text, want.text) == 0
	case formMatch:
		return v.kind == "string" && k.match.MatchString(v.text)
	case formBound:
		return inBound(k, v)
	case formCall:
		if k.name != "time.Duration" {
			return true
		}
		_, err := time.ParseDuration(v.text)
		return v.kind == "string" && err == nil
	case formAll:
		for _, p := range k.parts {
			if !l.takes(p, v) {
				return false
			}
		}
		return true
	case formEither:
		for _, p := range k.parts {
			if l.takes(p, v) {
				return true
			}
		}
	}
	return false
}

// huge says whether a whole number is beyond what the structs of package intent
// hold, although CUE takes it.
func huge(v scalar) bool {
	return v.kind == "int" && compareNumbers(v.text, strconv.Itoa(math.MaxInt)) > 0
}

// inBound says whether a scalar is within a bound of the schema.
func inBound(k *kind, v scalar) bool {
	want, ok := scalarOf(k.text)
	if !ok {
		return false
	}
	if want.kind == "string" {
		return k.op == token.NEQ && v.kind == "string" && v.text != want.text
	}
	if v.kind != "int" && v.kind != "number" {
		return false
	}
	c := compareNumbers(v.text, want.text)
	switch k.op {
	case token.GEQ:
		return c >= 0
	case token.LEQ:
		return c <= 0
	case token.GTR:
		return c > 0
	case token.LSS:
		return c < 0
	}
	return c != 0
}

// compareNumbers compares two decimal numbers; what is no number, or has an
// exponent beyond reason, is different from everything.
func compareNumbers(a, b string) int {
	x, okA := number(a)
	y, okB := number(b)
	if !okA || !okB {
		return 2
	}
	return x.Cmp(y)
}

// number reads a decimal number of sensible size.
func number(s string) (*big.Rat, bool) {
	if len(s) > 100 || strings.ContainsAny(s, "/") {
		return nil, false
	}
	if _, exponent, ok := strings.Cut(strings.ToLower(s), "e"); ok && len(strings.TrimLeft(exponent, "+-")) > 3 {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}

// structs returns the structs that a kind is made of.
func (l *language) structs(k *kind) []*kind {
	k = l.resolve(k)
	switch k.form {
	case formStruct:
		return []*kind{k}
	case formAll, formEither:
		var all []*kind
		for _, p := range k.parts {
			all = append(all, l.structs(p)...)
		}
		return all
	}
	return nil
}

// list returns the list that a kind is, or nil.
func (l *language) list(k *kind) *kind {
	k = l.resolve(k)
	switch k.form {
	case formList:
		return k
	case formAll, formEither:
		for _, p := range k.parts {
			if found := l.list(p); found != nil {
				return found
			}
		}
	}
	return nil
}

// isAny says whether a kind takes everything.
func (l *language) isAny(k *kind) bool { return l.resolve(k).form == formAny }

// lookup returns what a struct kind says of a field: the field, or a pattern's
// kind. open says that the struct takes any field.
func (l *language) lookup(k *kind, name string) (f field, found, open bool) {
	for _, s := range l.structs(k) {
		for _, f := range s.fields {
			if f.name == name {
				return f, true, false
			}
		}
		open = open || s.open
	}
	for _, s := range l.structs(k) {
		for _, p := range s.patterns {
			if l.takes(p.key, scalar{"string", name}) {
				return field{name: name, kind: p.kind}, true, false
			}
		}
	}
	return field{}, false, open
}

// names returns the names of a struct kind's fields, in the schema's order.
func (l *language) names(k *kind) []string {
	var names []string
	for _, s := range l.structs(k) {
		for _, f := range s.fields {
			names = append(names, f.name)
		}
	}
	return names
}

// required returns the fields that a struct kind insists on.
func (l *language) required(k *kind) []field {
	var fields []field
	for _, s := range l.structs(k) {
		for _, f := range s.fields {
			if f.required {
				fields = append(fields, f)
			}
		}
	}
	return fields
}
