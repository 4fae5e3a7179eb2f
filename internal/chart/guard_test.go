package chart

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// TestHostile loads charts that would not give the same objects each time, or
// would never end. None of them is ever rendered.
func TestHostile(t *testing.T) {
	for template, want := range map[string]string{
		`{{ lookup "v1" "Secret" "default" "x" }}`:                               "calls lookup, which asks the cluster, and meshgen talks to none",
		`{{ getHostByName "localhost" }}`:                                        "calls getHostByName, which asks a name server, and meshgen talks to none",
		`{{ if true }}{{ else }}{{ env "HOME" }}{{ end }}`:                       "calls env, which reads the environment",
		`{{ with "$HOME" | expandenv }}{{ . }}{{ end }}`:                         "calls expandenv, which reads the environment",
		`{{ now | date "2006" }}`:                                                "calls date, which reads the clock or the time zone; chart x is refused: calls now, which reads the clock or the time zone",
		`{{ randAlphaNum 5 }}`:                                                   "calls randAlphaNum, which gives another result each time",
		`{{ $ca := genCA "x" 1 }}{{ $ca.Cert }}`:                                 "calls genCA, which gives another result each time",
		`{{ (genCA "x" 1).Cert }}`:                                               "calls genCA, which gives another result each time",
		`{{ uuidv4 }}`:                                                           "calls uuidv4, which gives another result each time",
		`{{ range until 1000000000 }}x{{ end }}`:                                 "calls until, which can make a text or a list without an end",
		`{{ define "a" }}{{ repeat 1000000000 "x" }}{{ end }}`:                   "calls repeat, which can make a text or a list without an end",
		`{{ template "x" (repeat 1000000000 "x") }}`:                             "calls repeat, which can make a text or a list without an end",
		"metadata: {annotations: {helm.sh/hook: pre-install}}":                   "is a hook, which Helm runs and no GitOps engine does",
		`{{ $x := dict "f" (list (printf "%s" (randAscii 3))) }}{{ $x.f }}`:      "calls randAscii, which gives another result each time",
		`{{- /* now */ -}}{{ "now" }}{{ .Values.now }}{{ $.Values.lookup.env }}`: "",
	} {
		_, err := load("x", "1.0.0", chartOf(template), "x")
		said := ""
		if err != nil {
			said = strings.ReplaceAll(strings.TrimPrefix(err.Error(), "chart x is refused: "), "templates/a.yaml ", "")
			said = strings.ReplaceAll(said, "; ", "; chart x is refused: ")
		}
		if said != want {
			t.Errorf("%s\n got %s\nwant %s", template, said, want)
		}
	}
}

// chartOf returns a chart of one template.
func chartOf(template string) fstest.MapFS {
	return fstest.MapFS{
		"x/Chart.yaml":       {Data: []byte("apiVersion: v2\nname: x\nversion: 1.0.0\n")},
		"x/templates/a.yaml": {Data: []byte(template)},
	}
}

// TestHostileShapes loads charts whose files are the attack.
func TestHostileShapes(t *testing.T) {
	many := chartOf("a: b")
	for i := range maxFiles {
		many[fmt.Sprintf("x/files/%d", i)] = &fstest.MapFile{}
	}
	large := chartOf("a: b")
	large["x/files/large"] = &fstest.MapFile{Data: make([]byte, maxBytes)}
	nested := chartOf("a: b")
	nested["x/charts/sub/Chart.yaml"] = &fstest.MapFile{Data: []byte("apiVersion: v2\nname: sub\nversion: 1.0.0\n")}
	nested["x/charts/sub/templates/a.yaml"] = &fstest.MapFile{Data: []byte("{{ now }}")}
	for name, test := range map[string]struct {
		chart fstest.MapFS
		want  string
	}{
		"many files":       {many, "chart x is refused: it has 2002 files of 42 bytes; the most that meshgen takes is 2000 files of 20971520 bytes"},
		"a large file":     {large, "chart x is refused: it has 3 files of 20971562 bytes; the most that meshgen takes is 2000 files of 20971520 bytes"},
		"a chart within":   {nested, "chart x is refused: chart sub is refused: templates/a.yaml calls now, which reads the clock or the time zone"},
		"not a template":   {chartOf("{{ if }}{{ now }}"), "chart x is refused: template: templates/a.yaml:1: missing value for if"},
		"deep parentheses": {chartOf("{{ now }}{{ " + strings.Repeat("(", 100_000)), "chart x is refused: template: templates/a.yaml:1: max expression depth exceeded"},
		"braces in a text": {chartOf("{{ \"}}\" | cat (now) }}"), "chart x is refused: templates/a.yaml calls now, which reads the clock or the time zone"},
	} {
		_, err := load("x", "1.0.0", test.chart, "x")
		if err == nil || err.Error() != test.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestRecursion renders templates that call each other without an end: Helm's
// engine ends them.
func TestRecursion(t *testing.T) {
	for _, template := range []string{
		`{{ define "a" }}{{ include "a" . }}{{ end }}{{ include "a" . }}`,
		`{{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }}`,
		`{{ define "a" }}{{ tpl "{{ include \"a\" . }}" . }}{{ end }}{{ include "a" . }}`,
	} {
		c, err := load("x", "1.0.0", chartOf(template), "x")
		if err != nil {
			t.Fatal(err)
		}
		r := release("x", map[string]any{})
		if _, _, err := NewRenderer(Set{"x": c}).Render(r, 35); err == nil {
			t.Errorf("%s was rendered", template)
		}
	}
}

// TestTemplatedValues holds the list of values that charts run as templates to
// the charts' own calls of tpl.
func TestTemplatedValues(t *testing.T) {
	charts, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	call := regexp.MustCompile(`(?s)with \.Values\.(\w+) *-?}}[^{}]*\{\{-? *tpl \(toYaml \.\) \$`)
	got := map[string][]string{}
	for name, c := range charts {
		for _, f := range c.helm.Templates {
			for _, m := range call.FindAllSubmatch(f.Data, -1) {
				got[name] = append(got[name], string(m[1]))
			}
			called, err := inspect(f.Name, string(f.Data))
			if err != nil {
				t.Fatal(err)
			}
			if slices.Contains(called.functions, "tpl") != call.Match(f.Data) || strings.Count(string(f.Data), "tpl ") != len(call.FindAll(f.Data, -1)) {
				t.Errorf("%s/%s calls tpl in a way that this test does not know", name, f.Name)
			}
		}
	}
	if diff := cmp.Diff(templated, got); diff != "" {
		t.Error(diff)
	}
}

// TestTemplatesInValues tries to have the chart run what a person's value says.
func TestTemplatesInValues(t *testing.T) {
	for text, want := range map[string]string{
		"plain":                                 "",
		"{{ .Values.global.hub }}/x":            "",
		`{{ .Release.Name | default "x" }}`:     "",
		"{{ now }}":                             "calls now, which reads the clock or the time zone",
		"{{ range until 1000000000 }}{{ end }}": "calls until, which can make a text or a list without an end",
		"{{ range .Values.x }}{{ end }}":        "has a loop, or a template of its own",
		`{{ include "x" . }}`:                   "calls include, which is none of " + strings.Join(plainFunctions, ", "),
		`{{ define "x" }}{{ end }}`:             "has a loop, or a template of its own",
		"{{ .Capabilities.KubeVersion }}":       "reads .Capabilities.KubeVersion, which is none of .Values, .Release and .Chart",
		`{{ .Files.Get "x" }}`:                  "reads .Files.Get, which is none of .Values, .Release and .Chart",
		`{{ (index .Values "x").y }}`:           "calls index, which is none of " + strings.Join(plainFunctions, ", "),
		"{{ if }}":                              "cannot be read as one: missing value for if",
		"{{ . }}":                               "reads ., which is none of .Values, .Release and .Chart",
		"{{ $.Values.x }}":                      "",
		"{{ $x := . }}":                         "reads ., which is none of .Values, .Release and .Chart",
	} {
		r := release("istiod", map[string]any{})
		r.Raw = map[string]any{"initContainers": []any{map[string]any{"image": text}}, "podAnnotations": map[string]any{"a": text}}
		got := ""
		for _, d := range renderer(t).charts["istiod"].templates(r) {
			got += strings.TrimPrefix(d.Code+" "+d.Path+" "+d.Message, "MG4010 values.istiod.initContainers[0].image chart istiod runs this value as a template, and it ")
		}
		if got != want {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
	}
}

// BenchmarkGuard is part of every start of meshgen.
func BenchmarkGuard(b *testing.B) {
	set := renderer(b).charts
	for b.Loop() {
		for _, c := range set {
			if err := guard(c.helm); err != nil {
				b.Fatal(err)
			}
		}
	}
}
