package load

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"cuelang.org/go/cue/token"
)

// describe says what a kind wants, such as: a whole number of at least 1. own
// is the comment of the field, for kinds that have no better words.
func (l *language) describe(k *kind, own string) string {
	switch k.form {
	case formNamed:
		target := l.definitions[k.name]
		if target == nil {
			return "another value"
		}
		if values := l.values(target); len(values) > 0 || target.doc == "" || l.plain(target) {
			return l.describe(target, own)
		}
		return sentence(target.doc)
	case formBasic:
		return basicName(k.name)
	case formLiteral:
		return k.text
	case formMatch:
		if text, ok := prefixOf(k.text); ok {
			return fmt.Sprintf("a string that begins with %s", text)
		}
		return sentence(own)
	case formBound:
		if k.op == token.NEQ {
			return "a string that is not empty"
		}
		return "a number " + bounds([]*kind{k})
	case formStruct:
		return "a struct with " + fieldsText(l.names(k))
	case formList:
		if k.least > 0 {
			return "a list with at least one element"
		}
		if elem := l.describe(k.elem, own); len(elem) <= maxElement {
			return "a list, each element " + elem
		}
		return "a list"
	case formAll:
		return l.describeAll(k, own)
	case formEither:
		if values := l.values(k); len(values) > 0 {
			return or(values)
		}
		var parts []string
		for _, p := range k.parts {
			parts = append(parts, l.describe(p, own))
		}
		if slices.ContainsFunc(k.parts, func(p *kind) bool { return p.form == formMatch }) && own != "" {
			return sentence(own)
		}
		return or(parts)
	}
	return "another value"
}

// describeAll describes a value that must be several things at once.
func (l *language) describeAll(k *kind, own string) string {
	base, text, limits := "", "", []*kind{}
	for _, p := range k.parts {
		switch p.form {
		case formBasic:
			base = p.name
		case formBound:
			limits = append(limits, p)
		default:
			text = l.describe(p, own)
		}
	}
	switch {
	case text != "":
		return text
	case base == "string":
		return "a string that is not empty"
	case base != "":
		return basicName(base) + " " + bounds(limits)
	}
	return "another value"
}

// plain says whether a definition is described as well by its form as by its
// comment: a struct or list.
func (l *language) plain(k *kind) bool { return k.form == formStruct || k.form == formList }

// values returns the values of an enumeration as CUE source, or nil.
func (l *language) values(k *kind) []string {
	k = l.resolve(k)
	if k.form != formEither {
		return nil
	}
	var values []string
	for _, p := range k.parts {
		if p.form != formLiteral {
			return nil
		}
		values = append(values, p.text)
	}
	return values
}

// basicName names a basic kind in a sentence.
func basicName(name string) string {
	switch name {
	case "int":
		return "a whole number"
	case "bool":
		return "true or false"
	}
	return "a " + name
}

// bounds says the limits of a number.
func bounds(limits []*kind) string {
	low, high := "", ""
	for _, b := range limits {
		switch b.op {
		case token.GEQ:
			low = b.text
		case token.GTR:
			low = b.text + ", exclusive,"
		case token.LEQ:
			high = b.text
		case token.LSS:
			high = b.text + ", exclusive"
		}
	}
	switch {
	case low != "" && high != "":
		return "from " + low + " to " + high
	case low != "":
		return "of at least " + low
	}
	return "of at most " + high
}

// prefixOf returns the text that a simple regular expression wants at the
// beginning, quoted; several alternatives are joined by or.
func prefixOf(re string) (string, bool) {
	switch re {
	case `^/`:
		return `"/"`, true
	case `^(/|\*)`:
		return `"/" or "*"`, true
	}
	return "", false
}

// sentence makes a comment's first line of thought part of a sentence: no full
// stop, and a small letter unless the word is written in capitals.
func sentence(doc string) string {
	doc = strings.TrimSpace(doc)
	if before, _, ok := strings.Cut(doc, " Default: "); ok {
		doc = before
	}
	if before, _, ok := strings.Cut(doc, " Required"); ok {
		doc = before
	}
	doc = strings.TrimSuffix(doc, ".")
	letters := []rune(doc)
	if len(letters) == 0 {
		return "another value"
	}
	if len(letters) == 1 || !unicode.IsUpper(letters[1]) && !properName(doc) {
		letters[0] = unicode.ToLower(letters[0])
	}
	return string(letters)
}

// properName says whether a comment begins with a name that keeps its capital.
func properName(doc string) bool {
	first, _, _ := strings.Cut(doc, " ")
	return slices.Contains([]string{"Istio", "Kubernetes", "Prometheus", "Grafana", "OpenID", "Kiali"}, strings.TrimSuffix(first, ","))
}

// or joins alternatives for a sentence.
func or(parts []string) string {
	if len(parts) < 2 {
		return strings.Join(parts, "")
	}
	return strings.Join(parts[:len(parts)-1], ", ") + " or " + parts[len(parts)-1]
}

// maxNames is how many fields a description lists.
const maxNames = 4

// maxElement is the longest description of a list's element.
const maxElement = 40

// fieldsText lists the fields of a struct for a sentence.
func fieldsText(names []string) string {
	switch len(names) {
	case 0:
		return "names of your own"
	case 1:
		return "the field " + names[0]
	}
	if len(names) > maxNames {
		return "fields such as " + and(names[:maxNames])
	}
	return "the fields " + and(names)
}
