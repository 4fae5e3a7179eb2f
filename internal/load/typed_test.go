package load

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/parser"

	"github.com/meshgen/meshgen/internal/diag"
)

// wrongs are values that people write where something else belongs: of another
// kind, out of range, with another unit, or none at all.
var wrongs = []string{
	`"150%"`, `"abc def"`, `"Upper_Case.Name"`, `-0.5`, `70000`, `true`, `[1]`, `{a: 1}`,
}

// spot is a field of the language with the CUE source around a value of it.
type spot struct {
	path          string
	before, after string
}

// spots returns each field of a kind once for each place, lists with one element
// and names that people choose with an example.
func spots(l *language, f field, at spot, found *[]spot) {
	if list := l.list(f.kind); list != nil {
		below := spot{at.path + "[0]", at.before + "[", "]" + at.after}
		*found = append(*found, below)
		spots(l, field{kind: list.elem}, below, found)
	}
	join := func(name, label string) spot {
		dot := "."
		if at.path == "" {
			dot = ""
		}
		before, after := at.before+"{"+label+": ", "}"+at.after
		return spot{at.path + dot + name, before, after}
	}
	for _, s := range l.structs(f.kind) {
		for _, sub := range s.fields {
			below := join(sub.name, sub.name)
			*found = append(*found, below)
			spots(l, sub, below, found)
		}
		for _, p := range s.patterns {
			name := l.instance(p.key, "")
			below := join(labelOf(name), labelOf(name))
			*found = append(*found, below)
			spots(l, field{kind: p.kind}, below, found)
		}
	}
}

// suggested is what a suggestion has one type, and where.
var suggested = regexp.MustCompile(`^set ((?:[^" ]|"[^"]*")+) to (?:a value such as )?(.+)$`)

// typedIn returns the path and the first value of a suggestion.
func typedIn(suggestion string) (path, value string, ok bool) {
	m := suggested.FindStringSubmatch(suggestion)
	if m == nil {
		return "", "", false
	}
	for end := len(m[2]); end > 0; end = max(strings.LastIndex(m[2][:end], ", "), strings.LastIndex(m[2][:end], " or ")) {
		if x, err := parser.ParseExpr("", m[2][:end]); err == nil {
			if _, name := x.(*ast.Ident); !name || m[2][:end] == "true" || m[2][:end] == "false" {
				return m[1], m[2][:end], true
			}
		}
	}
	return "", "", false
}

// TestTypedIn types in what is suggested for each wrong value in each field of
// the language: the field is then right, whatever else is not.
func TestTypedIn(t *testing.T) {
	if testing.Short() {
		t.Skip("thousands of intents")
	}
	l, err := readLanguage()
	if err != nil {
		t.Fatal(err)
	}
	var all []spot
	spots(l, field{kind: l.mesh}, spot{}, &all)
	all = slices.CompactFunc(all, func(a, b spot) bool { return a == b })

	depths := map[int][]spot{} // fields of one depth stand beside each other in one intent
	deepest := 0
	for _, at := range all {
		depth := strings.Count(at.before, "{") + strings.Count(at.before, "[")
		depths[depth] = append(depths[depth], at)
		deepest = max(deepest, depth)
	}
	type trial struct {
		spots  []spot
		values []string // of each spot
		wrong  string
	}
	text := func(tr trial) string {
		var b strings.Builder
		for k, at := range tr.spots {
			b.WriteString(at.before + tr.values[k] + at.after + "\n")
		}
		return b.String()
	}
	var trials, again []trial
	for depth := 1; depth <= deepest; depth++ {
		for _, wrong := range wrongs {
			trials = append(trials, trial{depths[depth], slices.Repeat([]string{wrong}, len(depths[depth])), wrong})
		}
	}
	said := loaded(t, len(trials), func(i int) string { return text(trials[i]) })
	untypable := map[string]bool{}
	count := 0
	for i, tr := range trials {
		next := trial{wrong: tr.wrong}
		for _, d := range said[i] {
			k := slices.IndexFunc(tr.spots, func(at spot) bool { return at.path == d.Path })
			if d.Code != codeWrongValue || k < 0 {
				continue
			}
			path, value, ok := typedIn(d.Suggestion)
			if !ok || path != d.Path {
				untypable[fmt.Sprintf("%s is %s: %s", d.Path, tr.wrong, d.Suggestion)] = true
				continue
			}
			next.spots, next.values = append(next.spots, tr.spots[k]), append(next.values, value)
		}
		again = append(again, next)
		count += len(next.spots)
	}
	said = loaded(t, len(again), func(i int) string { return text(again[i]) })
	for i, tr := range again {
		for _, d := range said[i] {
			for k, at := range tr.spots {
				if d.Code == codeWrongValue && (d.Path == at.path || strings.HasPrefix(d.Path, at.path+".") || strings.HasPrefix(d.Path, at.path+"[")) {
					t.Errorf("%s was %s and is now %s: %s\n    %s", at.path, tr.wrong, tr.values[k], d.Message, d.Suggestion)
				}
			}
		}
	}
	for _, what := range slices.Sorted(maps.Keys(untypable)) {
		t.Errorf("nothing to type: %s", what)
	}
	t.Logf("%d fields, %d intents, %d values typed in", len(all), len(trials), count)
}

// TestPercentages: where a share is written as a percentage, a bare number would
// be a count, and is not what is suggested.
func TestPercentages(t *testing.T) {
	l, err := readLanguage()
	if err != nil {
		t.Fatal(err)
	}
	budget, _, _ := l.lookup(&kind{form: formNamed, name: "#DisruptionBudget"}, "minAvailable")
	weight, _, _ := l.lookup(&kind{form: formNamed, name: "#Destination"}, "weight")
	for _, test := range []struct {
		f    field
		is   string
		want string
	}{
		{budget, "150%", `set x to "100%"`}, {budget, "33.4%", `set x to "33%"`}, {budget, "-5%", `set x to "0%"`}, {budget, " 50 %", `set x to "50%"`},
		{budget, "2", "set x to 2"}, {weight, "90%", "set x to 90"},
	} {
		if got := l.remedy("x", test.f, scalar{"string", test.is}); got != test.want {
			t.Errorf("%s: %s, want %s", test.is, got, test.want)
		}
	}
}

// loaded returns what is said of so many clusters.
func loaded(t *testing.T, n int, text func(i int) string) []diag.List {
	files := fstest.MapFS{
		"cue.mod/module.cue": {Data: []byte("module: \"example.com/fleet@v0\"\nlanguage: version: \"v0.16.0\"\n")},
		"overlays/mesh.cue":  {Data: []byte("@experiment(explicitopen)\n\npackage mesh\n\nimport \"meshgen.dev/schema\"\n\nschema.#Mesh\n")},
	}
	names := make([]string, n)
	for i := range n {
		names[i] = fmt.Sprintf("c%05d", i)
		files["overlays/"+names[i]+"/mesh.cue"] = &fstest.MapFile{Data: []byte("package mesh\n\n" + text(i) + "\n")}
	}
	s, list := Open(files)
	if list.HasErrors() {
		t.Fatal(list)
	}
	out := make([]diag.List, n)
	for i, r := range s.Load(names) {
		out[i] = r.Diagnostics
	}
	return out
}
