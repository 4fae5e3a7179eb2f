package load

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"cuelang.org/go/cue"
)

// TestLanguageAgreesWithCUE holds the reader of the schema, which only writes
// messages, against CUE, which decides: each definition of a scalar takes the
// same values in both.
func TestLanguageAgreesWithCUE(t *testing.T) {
	s := &Source{version: languageVersion}
	b, err := s.newBatch(false)
	if err != nil {
		t.Fatal(err)
	}
	l, err := readLanguage()
	if err != nil {
		t.Fatal(err)
	}
	samples := []string{
		`""`, `"a"`, `"A"`, `"a-b"`, `"a.b"`, `"a_b"`, `"A_B"`, `"*.a.b"`, `"${X}"`, `"${X}.b"`, `"1"`, `"1.5"`, `"500m"`, `"128Mi"`, `"4GB"`,
		`"1.31"`, `"1.31.1"`, `"5s"`, `"1m30s"`, `"5"`, `"-5s"`, `"10.0.0.1"`, `"10.0.0.0/24"`, `"10.0.0.1-10.0.0.9"`, `"http://a"`, `"docker.io/istio"`, `"/a"`,
		`"sidecar"`, `"strict"`, `"NoSchedule"`, `"info"`, "0", "1", "-1", "0.5", "1.0", "1.5", "100", "101", "65535", "65536", "1e3", "true", "false", "null",
	}
	checked := 0
	for _, name := range slices.Sorted(maps.Keys(l.definitions)) {
		k := l.definitions[name]
		if len(l.structs(k)) > 0 || l.list(k) != nil {
			continue
		}
		definition := b.definition(name)
		for _, sample := range samples {
			v, ok := scalarOf(sample)
			if !ok {
				t.Fatalf("%s is not read as a scalar", sample)
			}
			want := definition.Unify(b.ctx.CompileString(sample)).Validate(cue.Concrete(true)) == nil
			if got := l.takes(k, v); got != want {
				t.Errorf("%s takes %s: %v, and CUE says %v", name, sample, got, want)
			}
			checked++
		}
	}
	if checked < 500 {
		t.Errorf("only %d values were tried", checked)
	}
}

// TestLanguageDescribes insists that each definition of a scalar can be
// described to people: by its values, its form or its comment.
func TestLanguageDescribes(t *testing.T) {
	l, err := readLanguage()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range slices.Sorted(maps.Keys(l.definitions)) {
		if want := l.describe(&kind{form: formNamed, name: name}, ""); want == "another value" || want == "" {
			t.Errorf("%s has no description; write a comment above it in the schema", name)
		}
	}
	l.visit(field{kind: l.mesh}, "", func(path string, f field) {
		if f.doc == "" {
			t.Errorf("%s has no comment in the schema", path)
		}
	})
}

// TestExamples: whatever a field wants, a suggestion has a value that it takes.
func TestExamples(t *testing.T) {
	l, err := readLanguage()
	if err != nil {
		t.Fatal(err)
	}
	l.visit(field{kind: l.mesh}, "", func(path string, f field) {
		if len(l.values(f.kind)) > 0 || l.isAny(f.kind) || l.takesText(f.kind, "true") {
			return // the values themselves are said
		}
		example := l.example(f.kind, f.doc)
		structured := len(l.structs(f.kind)) > 0 || l.list(f.kind) != nil
		if example == "" || structured == l.takesText(f.kind, example) || strings.Contains(example, "[]") || strings.Contains(example, ": ,") || strings.Contains(example, ": }") {
			t.Errorf("%s: the comments have no example that the field takes: %s", path, example)
		}
	})
}
