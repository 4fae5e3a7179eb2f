package load

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"cuelang.org/go/cue/token"
)

// manual is the schema as its reference tells it.
type manual struct {
	fields []entry // of #Mesh and what it holds, in the schema's order
	types  []named // that several fields share, by name
}

// entry is a field of the language.
type entry struct {
	path     string // such as gateways.<name>.servers.<name>.tls.minVersion
	typ      string // what may stand there, as Markdown
	text     string // what the comment says, but for the default
	fallback string // what the comment says after "Default: ", or ""
	required string // what the comment says from "Required" on; "Required." where the schema insists
	leaf     bool   // whether it holds a value, as opposed to fields of its own
	shared   string // the shared type that it is, if that has fields
}

// named is a type that several fields share.
type named struct {
	name   string // without the #
	text   string
	typ    string
	fields []entry
}

// reader walks the schema.
type reader struct {
	*language
	uses   map[string]int  // how often a definition is named
	linked map[string]bool // definitions that a field's type links to
}

// readManual reads the embedded schema.
func readManual() (manual, error) {
	l, err := readLanguage()
	if err != nil {
		return manual{}, err
	}
	r := &reader{language: l, uses: map[string]int{}, linked: map[string]bool{}}
	for _, k := range l.definitions {
		r.count(k)
	}
	var m manual
	m.fields = r.below("", l.mesh)
	for done := map[string]bool{}; len(done) < len(r.linked); {
		for _, name := range slices.Sorted(maps.Keys(r.linked)) {
			if done[name] {
				continue
			}
			done[name] = true
			k := l.definitions[name]
			if k == nil {
				return manual{}, fmt.Errorf("the schema names %s and does not define it", name)
			}
			text, _, _ := split(k.doc)
			if _, rest, ok := strings.Cut(text, name+" is "); ok {
				text = strings.ToUpper(rest[:1]) + rest[1:]
			}
			m.types = append(m.types, named{name: strings.TrimPrefix(name, "#"), text: text, typ: r.typeOf(k), fields: r.below("", k)})
		}
	}
	slices.SortFunc(m.types, func(a, b named) int { return strings.Compare(a.name, b.name) })
	return m, nil
}

// count counts how often definitions are named below a kind.
func (r *reader) count(k *kind) {
	if k == nil {
		return
	}
	if k.form == formNamed {
		r.uses[k.name]++
	}
	for _, p := range k.parts {
		r.count(p)
	}
	for _, f := range k.fields {
		r.count(f.kind)
	}
	for _, p := range k.patterns {
		r.count(p.key)
		r.count(p.kind)
	}
	r.count(k.elem)
}

// inPlace says whether a definition is told where it is used: a struct that is
// used once.
func (r *reader) inPlace(name string) bool {
	return r.uses[name] == 1 && r.hasFields(r.definitions[name])
}

func (r *reader) hasFields(k *kind) bool {
	return k != nil && (len(k.fields) > 0 || slices.ContainsFunc(k.parts, r.hasFields))
}

// below returns the fields of a kind and of what they hold.
func (r *reader) below(path string, k *kind) []entry {
	var all []entry
	switch k.form {
	case formNamed:
		if r.inPlace(k.name) {
			return r.below(path, r.definitions[k.name])
		}
	case formList:
		return r.below(path+"[]", k.elem)
	case formAll, formEither:
		for _, p := range k.parts {
			all = append(all, r.below(path, p)...)
		}
	case formStruct:
		for _, f := range k.fields {
			at := strings.TrimPrefix(path+"."+f.name, ".")
			inner := r.below(at, f.kind)
			e := entry{path: at, typ: r.typeOf(f.kind), leaf: len(inner) == 0}
			e.text, e.fallback, e.required = split(f.doc)
			if f.required && e.required == "" {
				e.required = "Required."
			}
			if f.kind.form == formNamed && !r.inPlace(f.kind.name) && r.hasFields(r.definitions[f.kind.name]) {
				e.shared = strings.TrimPrefix(f.kind.name, "#")
			}
			all = append(append(all, e), inner...)
		}
		for _, p := range k.patterns {
			all = append(all, r.below(path+".<name>", p.kind)...)
		}
	}
	return all
}

// split takes a comment apart: what it says, its default, and when it is required.
func split(doc string) (text, fallback, required string) {
	text, fallback, _ = strings.Cut(doc, "Default: ")
	if i := strings.Index(text, "Required"); i >= 0 {
		text, required = text[:i], text[i:]
	}
	return strings.TrimSpace(text), strings.TrimSpace(fallback), strings.TrimSpace(required)
}

// typeOf says what a kind takes, as Markdown.
func (r *reader) typeOf(k *kind) string {
	if values := r.values(k); len(values) > 0 {
		for i, v := range values {
			values[i] = "`" + v + "`"
		}
		return or(values)
	}
	switch k.form {
	case formNamed:
		if r.inPlace(k.name) {
			return r.typeOf(r.definitions[k.name])
		}
		r.linked[k.name] = true
		name := strings.TrimPrefix(k.name, "#")
		return fmt.Sprintf("[%s](#type-%s)", name, name)
	case formBasic:
		switch k.name {
		case "string":
			return "text"
		case "int":
			return "whole number"
		case "bool":
			return "`true` or `false`"
		}
		return k.name
	case formLiteral:
		return "`" + k.text + "`"
	case formMatch:
		return "text that matches `" + k.text + "`"
	case formBound:
		if k.op == token.NEQ {
			return "text that is not empty"
		}
		return "number " + bounds([]*kind{k})
	case formList:
		text := "list of " + r.typeOf(k.elem)
		if strings.Contains(text, " or ") {
			text = "list; each is " + r.typeOf(k.elem)
		}
		if k.least > 0 {
			text += "; at least one"
		}
		return text
	case formEither:
		var parts []string
		for _, p := range k.parts {
			if !slices.Contains(parts, r.typeOf(p)) {
				parts = append(parts, r.typeOf(p))
			}
		}
		return or(parts)
	case formAll:
		return r.typeOfAll(k)
	case formStruct:
		switch {
		case len(k.fields) > 0 && k.open:
			return "fields of its own, and any others"
		case len(k.fields) > 0:
			return "fields of its own"
		case len(k.patterns) > 0:
			p := k.patterns[0]
			key := "name"
			if p.key.form == formNamed && p.key.name != "#DNSLabel" {
				key = r.typeOf(p.key)
			}
			return r.typeOf(p.kind) + ", by " + key
		case k.open:
			return "any fields"
		}
		return "no fields: `{}`"
	}
	return "anything"
}

// typeOfAll says what a kind takes that must be several things at once.
func (r *reader) typeOfAll(k *kind) string {
	base := ""
	var limits []*kind
	for _, p := range k.parts {
		switch {
		case p.form == formBasic:
			base = r.typeOf(p)
		case p.form == formBound && p.op != token.NEQ:
			limits = append(limits, p)
		case p.form == formNamed, p.form == formMatch, p.form == formBound:
			return r.typeOf(p)
		}
	}
	return base + " " + bounds(limits)
}
