package load

import (
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/literal"
	"cuelang.org/go/cue/token"

	"github.com/meshgen/meshgen/internal/diag"
)

// What a diagnostic says to type is a value that the field takes, as CUE source:
// what is most likely meant, the nearest that is allowed, a name that the intent
// has, the default, or an example of the schema's comments.

// remedy says what to type instead of a scalar that does not fit.
func (l *language) remedy(path string, f field, v scalar) string {
	fixed := l.repair(f.kind, v, path)
	if len(fixed) == 0 {
		if near := l.nearest(f, v); near != "" {
			fixed = []string{near}
		}
	}
	if len(fixed) > 0 {
		return fmt.Sprintf("set %s to %s", path, or(fixed))
	}
	if list := l.list(f.kind); list != nil {
		elem := sourceOfScalar(v)
		if !l.takesText(list.elem, elem) {
			elem = or(l.repair(list.elem, v, path))
		}
		if l.takesText(list.elem, elem) {
			return fmt.Sprintf("set %s to [%s]", path, elem)
		}
	}
	if values := l.values(f.kind); len(values) > 0 && v.kind == "string" {
		if near := diag.Nearest(v.text, unquoted(values)); near != "" {
			for _, value := range values {
				if value == near || value == strconv.Quote(near) {
					return fmt.Sprintf("set %s to %s", path, value)
				}
			}
		}
	}
	return l.ask(path, f)
}

// sourceOfScalar returns a scalar as CUE source, or "".
func sourceOfScalar(v scalar) string {
	switch v.kind {
	case "string":
		return strconv.Quote(v.text)
	case "int", "number", "bool":
		return v.text
	}
	return ""
}

// ask says what to type where a field has no value.
func (l *language) ask(path string, f field) string {
	if values := l.values(f.kind); len(values) > 0 {
		if m := byDefault.FindStringSubmatch(f.doc); m != nil && slices.Contains(values, m[1]) {
			others := slices.DeleteFunc(slices.Clone(values), func(v string) bool { return v == m[1] })
			values = append([]string{m[1]}, others...)
		}
		return fmt.Sprintf("set %s to %s", path, or(values))
	}
	if example := l.example(f.kind, f.doc); example != "" {
		return fmt.Sprintf("set %s to a value such as %s", path, example)
	}
	return fmt.Sprintf("set %s to %s", path, l.describe(f.kind, f.doc))
}

// quoted is an example in a comment, such as "500m"; byDefault is the value that
// a comment says a field has by itself.
var (
	quoted    = regexp.MustCompile(`"[^"]+"|such as [0-9.]*[0-9]`)
	byDefault = regexp.MustCompile(`Default: ("[^"]+"|-?[0-9.]*[0-9]|true|false)`)
)

// example returns a value that a kind takes, as CUE source, or "" where the kind
// is an enumeration or takes anything. own is the comment of the field.
func (l *language) example(k *kind, own string) string {
	if len(l.values(k)) > 0 || l.isAny(k) || l.takesText(k, "true") {
		return ""
	}
	if list := l.list(k); list != nil {
		return "[" + l.instance(list.elem, own) + "]"
	}
	if structs := l.structs(k); len(structs) > 0 {
		return l.filled(k, own)
	}
	says, _, _ := strings.Cut(own, "Default: ")
	found := quoted.FindAllString(says, -1)
	if m := byDefault.FindStringSubmatch(own); m != nil {
		found = append(found, m[1])
	}
	found = append(found, quoted.FindAllString(l.describe(k, ""), -1)...)
	if n, ok := l.numbers(k); ok && n.low != nil {
		found = append(found, n.low.FloatString(0), "0.5")
	}
	for _, source := range found {
		if source = strings.TrimPrefix(source, "such as "); l.takesText(k, source) {
			return source
		}
	}
	if l.takesText(k, anything) {
		return anything
	}
	return ""
}

// anything is an example of any text.
const anything = `"some text"`

// instance returns any value of a kind as CUE source, or "".
func (l *language) instance(k *kind, own string) string {
	if values := l.values(k); len(values) > 0 {
		return values[0]
	}
	return l.example(k, own)
}

// filled returns a struct with what it must have, as CUE source. Where people
// choose the names and one is needed, as of labels that select, there is one.
func (l *language) filled(k *kind, own string) string {
	docs := []string{own}
	if target := l.definitions[k.name]; k.form == formNamed && target != nil {
		docs = append(docs, target.doc)
	}
	for _, doc := range docs {
		if m := braces.FindString(doc); m != "" {
			return m
		}
	}
	var fields []string
	for _, f := range l.required(k) {
		fields = append(fields, f.name+": "+l.instance(f.kind, f.doc))
	}
	if len(l.names(k)) == 0 {
		for _, s := range l.structs(k) {
			for _, p := range s.patterns {
				return "{" + labelOf(l.example(p.key, "")) + ": " + l.instance(p.kind, own) + "}"
			}
		}
	}
	return "{" + strings.Join(fields, ", ") + "}"
}

// labelOf writes a quoted name as the label of a field.
func labelOf(source string) string {
	if name, err := literal.Unquote(source); err == nil && ast.IsValidIdent(name) {
		return name
	}
	return source
}

// braces is a struct in a comment, such as {app: "web"}.
var braces = regexp.MustCompile(`\{[^{}]+(\{[^{}]+\}[^{}]*)*\}`)

// numeric is what a kind of numbers allows.
type numeric struct {
	whole     bool
	low, high *big.Rat // nil is no limit
	above     bool     // low itself is not allowed
}

// numbers returns which numbers a kind takes, if any.
func (l *language) numbers(k *kind) (n numeric, ok bool) {
	k = l.resolve(k)
	switch k.form {
	case formBasic:
		return numeric{whole: k.name == "int"}, k.name == "int" || k.name == "number"
	case formBound:
		limit, isNumber := number(k.text)
		switch {
		case !isNumber:
			return n, false
		case k.op == token.GEQ || k.op == token.GTR:
			return numeric{low: limit, above: k.op == token.GTR}, true
		}
		return numeric{high: limit}, true
	case formAll:
		for _, p := range k.parts {
			if more, is := l.numbers(p); is {
				ok, n.whole, n.above = true, n.whole || more.whole, n.above || more.above
				if more.low != nil {
					n.low = more.low
				}
				if more.high != nil {
					n.high = more.high
				}
			}
		}
	case formEither:
		for _, p := range k.parts {
			if n, ok := l.numbers(p); ok {
				return n, true
			}
		}
	}
	return n, ok
}

// nearest returns the number that a field takes and that is nearest to one that
// it does not take, as CUE source, or "": without its sign, rounded, or the limit
// that it is beyond. Below the least it is the field's default.
func (l *language) nearest(f field, v scalar) string {
	limits, isNumeric := l.numbers(f.kind)
	n, ok := number(v.text)
	if !isNumeric || !ok {
		return ""
	}
	plain := func(n *big.Rat) string {
		return strings.TrimSuffix(strings.TrimRight(n.FloatString(3), "0"), ".")
	}
	tries := []*big.Rat{new(big.Rat).Abs(n)}
	if limits.whole {
		tries = []*big.Rat{new(big.Rat).SetInt(rounded(tries[0]))}
	}
	if m := byDefault.FindStringSubmatch(f.doc); m != nil {
		if fallback, ok := number(m[1]); ok && limits.low != nil && n.Cmp(limits.low) <= 0 {
			tries = append(tries, fallback)
		}
	}
	if limits.low != nil && n.Cmp(limits.low) < 0 && !limits.above {
		tries = append(tries, limits.low)
	}
	if limits.high != nil && n.Cmp(limits.high) > 0 {
		tries = append(tries, limits.high)
	}
	for _, try := range tries {
		source := plain(try)
		if try.IsInt() {
			source = try.Num().String()
		}
		if l.takesText(f.kind, source) {
			return source
		}
	}
	return ""
}

// rounded returns the whole number that is nearest to one of at least 0.
func rounded(n *big.Rat) *big.Int {
	up := new(big.Rat).Add(n, big.NewRat(1, 2))
	return new(big.Int).Quo(up.Num(), up.Denom())
}

// refersTo is where the things stand that a field of #DNSLabel's names, by the last
// name of the field's path: what people have declared there is what they may name.
var refersTo = map[string][]string{
	"gateway": {"gateways"}, "gateways": {"gateways"}, "through": {"gateways"}, "service": {"services"},
	"namespace": {"namespaces"}, "namespaces": {"namespaces"}, "pools": {"cluster", "nodePools"}, "pool": {"cluster", "metallb", "pools"},
	"issuer": {"authorization", "issuers"}, "provider": {"telemetry", "providers"},
}

// maxOffered is how many names a suggestion offers.
const maxOffered = 5

// declared returns the names that people have declared of what a field names, as
// CUE source, in the order of the files; none where a field has a default.
func (e *explainer) declared(f field, names []string) []string {
	last := len(names) - 1
	for last >= 0 && isIndex(names[last]) {
		last--
	}
	if last < 0 || len(e.values(f.kind)) > 0 || !slices.Contains(e.nameds(f.kind), "#DNSLabel") {
		return nil
	}
	in, ok := refersTo[names[last]]
	var sources []string
	if m := byDefault.FindStringSubmatch(f.doc); m != nil {
		if names[last] != "provider" {
			return nil // which the platform has
		}
		sources = append(sources, m[1])
	}
	if !ok {
		return nil
	}
	for _, name := range fieldsOf(e.x.lookup(in)) {
		kind, _ := e.x.lookup(append(slices.Clone(in), name, "kind")).String()
		if in[0] == "gateways" && (names[last] == "through") != (kind == "egress") {
			continue
		}
		if source := strconv.Quote(name); e.takesText(f.kind, source) {
			sources = append(sources, source)
		}
	}
	return sources[:min(len(sources), maxOffered)]
}

// offer says what to type in the place of a value that does not fit, or of none.
func (e *explainer) offer(f field, v scalar, names []string) string {
	at := e.text(names)
	elem := f
	list := e.language.list(f.kind)
	if list != nil {
		elem.kind = list.elem
	}
	known := e.declared(elem, names)
	if len(known) > 0 {
		plain := unquoted(known)
		for _, near := range append([]string{v.text}, unquoted(e.repair(elem.kind, v, at))...) {
			if !slices.Contains(plain, near) {
				near = diag.Nearest(near, plain)
			}
			if near != "" {
				known = []string{strconv.Quote(near)}
				break
			}
		}
		if list != nil {
			return fmt.Sprintf("set %s to [%s]", at, known[0])
		}
		return fmt.Sprintf("set %s to %s", at, or(known))
	}
	if wrapped := e.wrapped(f, v, names); wrapped != "" {
		return fmt.Sprintf("set %s to %s", at, wrapped)
	}
	return e.remedy(at, f, v)
}

// wrapped returns a list of structs that holds what stands in its place: one
// struct, or what the only field is that an element must have, or "".
func (e *explainer) wrapped(f field, v scalar, names []string) string {
	list := e.language.list(f.kind)
	if list == nil || len(e.structs(list.elem)) == 0 {
		return ""
	}
	if p, ok := e.x.best(names); ok && v.kind == "struct" && sourceOf(p.value) != "" && sourceOf(p.value) != "{}" {
		return "[" + sourceOf(p.value) + "]"
	}
	if must := e.required(list.elem); len(must) == 1 && e.takesText(must[0].kind, sourceOfScalar(v)) && v.kind == "string" {
		return fmt.Sprintf("[{%s: %s}]", must[0].name, sourceOfScalar(v))
	}
	return ""
}

// fresh returns a name that a struct takes and does not have yet: the given one,
// or it with a number behind.
func (e *explainer) fresh(key *kind, parent []string, name string) string {
	taken := fieldsOf(e.x.lookup(parent))
	for n, try := 2, name; n < 100; n++ {
		if !slices.Contains(taken, try) && e.takes(key, scalar{"string", try}) {
			return try
		}
		try = name + "-" + strconv.Itoa(n)
	}
	return name
}

// takesText says whether a kind takes a value given as CUE source.
func (l *language) takesText(k *kind, source string) bool {
	v, ok := scalarOf(source)
	return ok && l.takes(k, v)
}

// unquoted returns the values of an enumeration without their quotes.
func unquoted(values []string) []string {
	plain := make([]string, len(values))
	for i, v := range values {
		plain[i] = v
		if text, err := literal.Unquote(v); err == nil {
			plain[i] = text
		}
	}
	return plain
}
