package load

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const referenceFile = "../../docs/reference/intent.md"

// TestReference holds docs/reference/intent.md to the schema. MESHGEN_UPDATE=1
// writes it anew.
func TestReference(t *testing.T) {
	m, err := readManual()
	if err != nil {
		t.Fatal(err)
	}
	text := m.markdown()
	if os.Getenv("MESHGEN_UPDATE") == "1" {
		if err := os.WriteFile(referenceFile, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	have, err := os.ReadFile(referenceFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(text, string(have)); diff != "" {
		t.Errorf("the reference is not what the schema says; write it anew with MESHGEN_UPDATE=1 (-schema +file):\n%s", diff)
	}
}

// TestComments holds the schema's comments to what a reader wants to know:
// what a field does, and what stands where nobody sets it.
func TestComments(t *testing.T) {
	m, err := readManual()
	if err != nil {
		t.Fatal(err)
	}
	found, err := readDefaults()
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range commentProblems(m, found) {
		t.Error(problem)
	}
}

// commentProblems returns what the comments leave open or get wrong.
func commentProblems(m manual, found map[string]given) []string {
	var problems []string
	unread := maps.Clone(found)
	for _, e := range m.fields {
		problems = append(problems, missing(e, found[e.path])...)
		delete(unread, e.path)
		// A shared type's fields are told once; what differs from place to
		// place stands in the comment of the field that has the type.
		for path, g := range found {
			if e.shared == "" || !strings.HasPrefix(path, e.path+".") {
				continue
			}
			delete(unread, path)
			for _, v := range g.values {
				if !mentions(e.fallback, strings.Trim(v, `"`)) && !typeSays(m, e.shared, strings.TrimPrefix(path, e.path+"."), v) {
					problems = append(problems, e.path+": _defaults sets "+path+" to "+v+", and no comment says so")
				}
			}
		}
	}
	for _, t := range m.types {
		if t.text == "" {
			problems = append(problems, "#"+t.name+": no comment says what it is")
		}
		for _, e := range t.fields {
			e.path = "#" + t.name + "." + e.path
			problems = append(problems, missing(e, given{})...)
		}
	}
	for _, path := range slices.Sorted(maps.Keys(unread)) {
		if unread[path].values != nil {
			problems = append(problems, path+": _defaults speaks of it, and #Mesh has no such field")
		}
	}
	slices.Sort(problems)
	return problems
}

// missing returns what a field's comment lacks.
func missing(e entry, g given) []string {
	var problems []string
	add := func(what string) { problems = append(problems, e.path+": "+what) }
	if !strings.HasSuffix(e.text, ".") && !strings.HasSuffix(e.text, ".)") {
		add("no comment says what it does, as a sentence")
	}
	switch {
	case e.required != "":
		if len(g.values) > 0 || e.fallback != "" {
			add("it is required, and has a default")
		}
	case g.mandatory:
		add(`_defaults insists on a value: say "Required." in the comment`)
	case len(g.values) == 1 && !g.depends:
		if rest, ok := strings.CutPrefix(e.fallback, g.values[0]); !ok || rest == "" || !strings.Contains(".,; ", rest[:1]) {
			add(`say "Default: ` + g.values[0] + `" in the comment: _defaults sets it`)
		}
	case len(g.values) > 0:
		for _, v := range g.values {
			if !mentions(e.fallback, v) {
				add("_defaults sets it to " + v + " in some cases: say so after \"Default: \"")
			}
		}
	case e.fallback == "" && e.leaf:
		add(`say "Default: none." in the comment, or what else stands where nobody sets it`)
	case literalDefault.MatchString(e.fallback) && e.leaf && !strings.HasPrefix(e.path, "#"):
		add("the comment says a default that _defaults does not set: " + e.fallback)
	}
	return problems
}

// literalDefault is a default that is plainly a value, such as: 443.
var literalDefault = regexp.MustCompile(`^("[^"]*"|[0-9.]+|true|false)\.?$`)

// mentions says whether a text has a value, and not as a part of another.
func mentions(text, value string) bool {
	for i := 0; ; i++ {
		at := strings.Index(text[i:], value)
		if at < 0 {
			return false
		}
		i += at
		end := i + len(value)
		before := i == 0 || strings.ContainsRune(` "(`, rune(text[i-1])) || value[0] == '"'
		after := end == len(text) || strings.ContainsRune(` ".,;)`, rune(text[end])) || value[len(value)-1] == '"'
		if before && after {
			return true
		}
	}
}

// typeSays says whether a shared type's own comment gives a field's default.
func typeSays(m manual, typ, path, value string) bool {
	for _, t := range m.types {
		for _, e := range t.fields {
			if t.name == typ && e.path == path && mentions(e.fallback, value) {
				return true
			}
		}
	}
	return false
}

// TestMissing shows that the rules on comments can fail.
func TestMissing(t *testing.T) {
	set := func(values ...string) given { return given{values: values, depends: len(values) > 1} }
	for _, test := range []struct {
		name  string
		entry entry
		given given
		want  []string
	}{
		{"a default that is said", entry{text: "How many.", fallback: "1 (the chart)."}, set("1"), nil},
		{"a default that is another", entry{text: "How many.", fallback: "10."}, set("1"), []string{`f: say "Default: 1" in the comment: _defaults sets it`}},
		{"a default that is not said", entry{text: "How many.", leaf: true}, set("{}"), []string{`f: say "Default: {}" in the comment: _defaults sets it`}},
		{"defaults that depend", entry{text: "Which.", fallback: `"a" on b, "c" elsewhere.`}, set(`"a"`, `"c"`), nil},
		{"one of them is left out", entry{text: "Which.", fallback: `"a" on b.`}, set(`"a"`, `"c"`), []string{`f: _defaults sets it to "c" in some cases: say so after "Default: "`}},
		{"nothing is said", entry{text: "Which.", leaf: true}, given{}, []string{`f: say "Default: none." in the comment, or what else stands where nobody sets it`}},
		{"none is said", entry{text: "Which.", fallback: "none.", leaf: true}, given{}, nil},
		{"a default that nobody sets", entry{text: "Which.", fallback: `"a".`, leaf: true}, given{}, []string{`f: the comment says a default that _defaults does not set: "a".`}},
		{"no comment", entry{fallback: "none."}, given{}, []string{"f: no comment says what it does, as a sentence"}},
		{"required", entry{text: "Which.", required: "Required.", leaf: true}, given{mandatory: true}, nil},
		{"required, and not said", entry{text: "Which.", leaf: true}, given{mandatory: true}, []string{`f: _defaults insists on a value: say "Required." in the comment`}},
		{"required, with a default", entry{text: "Which.", required: "Required.", fallback: "1.", leaf: true}, set("1"), []string{"f: it is required, and has a default"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.entry.path = "f"
			if diff := cmp.Diff(test.want, missing(test.entry, test.given)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}
