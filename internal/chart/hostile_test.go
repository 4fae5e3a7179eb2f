package chart

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/meshgen/meshgen/internal/chart/charttest"
)

// hostileTemplates are templates that are meant to take the process with them,
// or to give something that is no object, and what is said of them; "" of those
// that are harmless.
func hostileTemplates() map[string]string {
	const (
		steps  = "templates/x.yaml: it takes more than the 2000000 steps that meshgen gives a chart: a loop or a recursion has no end"
		deep   = "it makes a value that nests more than 200 deep, or holds itself"
		nested = "its templates include each other more than 200 deep"
		large  = "it makes a text of more than the 4194304 bytes that meshgen gives a chart"
	)
	at := func(line int, said string) string {
		return fmt.Sprintf("templates/x.yaml:%d: %s", line, strings.TrimPrefix(said, "templates/x.yaml: "))
	}
	doubled := `{{ $x := .Files.Get "large" }}` + strings.Repeat("{{ $x = print $x $x }}", 40)
	lists := `{{ $x := list 1 1 }}` + strings.Repeat("{{ $x = concat $x $x }}", 40)
	maps := `{{ $x := dict "a" 1 }}` + strings.Repeat("{{ $x = dict `a` $x `b` $x }}", 40)
	loops := strings.Repeat("{{ range $.Values.list }}", 12) + strings.Repeat("{{ end }}", 12)
	return map[string]string{
		`{{ range 10000000000 }}{{ end }}`:        at(1, steps),
		"a: b\n{{ range 10000000000 }}x{{ end }}": "it takes more than the 2000000 steps that meshgen gives a chart: a loop or a recursion has no end",
		loops: at(1, steps),
		`{{ define "a" }}{{ include "a" . }}{{ end }}{{ include "a" . }}`:                              at(1, nested),
		`{{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }}`:                            at(1, nested),
		`{{ define "a" }}{{ include "a" (dict) }}{{ include "a" (dict) }}{{ end }}{{ include "a" . }}`: at(1, nested),
		`{{ define "a" }}{{ tpl "{{ include \"a\" . }}" . }}{{ end }}{{ include "a" . }}`:              at(1, "a text that is run as a template calls include, which it may not"),
		`{{ tpl .Values.self . }}`:                       at(1, "a text that is run as a template calls tpl, which it may not"),
		`{{ tpl "{{ now }}" . }}`:                        at(1, "a text that is run as a template calls now, which reads the clock or the time zone"),
		`{{ tpl "{{ range 10000000000 }}{{ end }}" . }}`: at(1, steps),
		doubled:                                 at(1, large),
		lists:                                   at(1, steps),
		maps + "{{ $x }}":                       at(1, large),
		maps + "{{ toYaml $x }}":                at(1, large),
		maps + "{{ $_ := deepCopy $x }}":        at(1, large),
		maps + `{{ $_ := set .Values "x" $x }}`: large,
		`{{ $d := dict }}{{ $_ := set $d "a" $d }}{{ $d }}`:                                                           at(1, deep),
		`{{ $d := dict }}{{ $_ := set $d "a" $d }}{{ print $d }}`:                                                     at(1, deep),
		`{{ $d := dict }}{{ $_ := set $d "a" $d }}{{ toYaml $d }}`:                                                    at(1, deep),
		`{{ $d := dict }}{{ $_ := set $d "a" $d }}{{ deepCopy $d }}`:                                                  at(1, deep),
		`{{ $d := dict }}{{ $_ := set $d "a" $d }}{{ $_ = mergeOverwrite $d (dict) }}`:                                at(1, deep),
		`{{ $d := dict }}{{ $_ := set $d "a" (list $d) }}{{ has $d (list $d) }}`:                                      at(1, deep),
		`{{ $_ := set .Values "a" .Values }}`:                                                                         deep,
		`{{ $_ := set $ "a" $ }}{{ . }}`:                                                                              at(1, deep),
		`{{ $_ := set $ "Values" 3 }}`:                                                                                "its templates leave no values",
		`{{ printf "%1000000000d" 1 }}`:                                                                               at(1, "it prints with a width of more than 999 or one that is computed, or an address"),
		`{{ printf "%*d" 1000000000 1 }}`:                                                                             at(1, "it prints with a width of more than 999 or one that is computed, or an address"),
		`{{ printf "%p" .Values }}`:                                                                                   at(1, "it prints with a width of more than 999 or one that is computed, or an address"),
		`{{ indent 1000000000 "x" }}`:                                                                                 at(1, large),
		`{{ "x" | nindent 9223372036854775807 }}`:                                                                     at(1, large),
		`{{ replace "" (.Files.Get "large") (.Files.Get "large") }}`:                                                  at(1, large),
		`{{ join (.Files.Get "large") (splitList "" (.Files.Get "large")) }}`:                                         at(1, large),
		`{{ regexMatch "(a{1,30}){1,30}b" (.Files.Get "large") }}`:                                                    at(1, steps),
		`{{ range 1000000 }}{{ $_ := $.Files.Lines "large" }}{{ end }}`:                                               at(1, steps),
		`{{ $a := .Files.Get "large" }}{{ $b := print $a }}{{ range 1000000 }}{{ if eq $a $b }}{{ end }}{{ end }}`:    at(1, steps),
		`{{ $l := splitList "" (.Files.Get "large") }}{{ range 1000000 }}{{ range $l }}{{ break }}{{ end }}{{ end }}`: at(1, steps),
		`{{ range 1000 }}{{ $.Files.Get "large" }}{{ end }}`:                                                          ("its templates write more than the 6291456 bytes that meshgen gives a chart"),
		`{{ fromYaml (printf "a: %s" (.Files.Get "brackets")) }}`:                                                     at(1, deep),
		`{{ fail "not today" }}`:                                                                                      at(1, "not today"),
		`{{ required "say why" .Values.nothing }}`:                                                                    at(1, "say why"),
		`{{ .Values.global.a.b.c }}`:                                                                                  at(1, `executing "ztunnel/templates/x.yaml" at <.Values.global.a.b.c>: nil pointer evaluating interface {}.a`),
		`{{ index .Values.list 7 }}`:                                                                                  at(1, "index out of range: 7"),
		`{{ .Files.Glob "../*" }}`:                                                                                    at(1, `executing "ztunnel/templates/x.yaml" at <.Files.Glob>: can't evaluate field Glob in type interface {}`),
		`{{ div 1 0 }}`:                                                                                               at(1, "runtime error: integer divide by zero"),
		`{{ include "nobody" . }}`:                                                                                    at(1, `no template "nobody" associated with template "gotpl"`),
		`{{ .Capabilities.HelmVersion.GoVersion }}{{ .Files.Glob "../*" }}`:                                           at(1, `executing "ztunnel/templates/x.yaml" at <.Capabilities.HelmVersion.GoVersion>: nil pointer evaluating interface {}.GoVersion`),
		`a: {{ .Files.Get "/etc/passwd" | quote }}`:                                                                   "templates/x.yaml: it gives something without an apiVersion, a kind or a name, which is no object",
		"just text": "templates/x.yaml gives YAML that does not parse: the document is a string, not an object",
		"a: [":      "templates/x.yaml gives YAML that does not parse: yaml: line 1: did not find expected node content",
		"kind: Pod": "templates/x.yaml: it gives something without an apiVersion, a kind or a name, which is no object",
		"apiVersion: v1\nkind: List\nmetadata: {name: x}\nitems: []":                                                                     "templates/x.yaml: it gives a List, and a chart of Istio's gives its objects one by one",
		"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, annotations: {{ dict (print `helm.sh/` `hook`) `pre-install` | toJson }}}": "templates/x.yaml: ConfigMap/x is a hook, which Helm runs and no GitOps engine does",
		"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata: {a: " + strings.Repeat("[", 300) + strings.Repeat("]", 300) + "}":   "templates/x.yaml: ConfigMap/x is more than meshgen takes: " + deep,
		"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, namespace: y}\ndata: {a: b, a: c}":                                         "", // as Helm takes it
		"":                  "",
		"{{/* nothing */}}": "",
		"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, namespace: y}\ndata: {a: {{ .Capabilities.KubeVersion.Minor | quote }}}": "",
	}
}

// TestHostileTemplates renders them. None hangs, and none ends the process.
func TestHostileTemplates(t *testing.T) {
	for text, want := range hostileTemplates() {
		files := charttest.Files(t, "ztunnel", "1.31.2")
		files["values.yaml"] += "\n  list: [1, 2, 3, 4]\n"
		files["values.yaml"] = strings.Replace(files["values.yaml"], defaultsKey+":", "list: [1, 2, 3, 4]\nself: '{{ tpl .Values.self . }}'\n"+defaultsKey+":", 1)
		files["large"] = strings.Repeat("x\n", 200_000)
		files["brackets"] = strings.Repeat("[", 5000) + strings.Repeat("]", 5000)
		for name := range files {
			if strings.HasPrefix(name, "templates/") {
				delete(files, name)
			}
		}
		files["templates/x.yaml"] = text
		set, list := Repository(added(t, fstest.MapFS{}, charttest.Pack(t, "ztunnel", files)), "1.31.2")
		if len(list) > 0 {
			t.Errorf("%.100s: %v", text, list)
			continue
		}
		_, list, err := NewRenderer(set).Render(release("ztunnel", map[string]any{}), 35)
		got := ""
		if len(list) > 0 {
			got = strings.TrimPrefix(list[0].Message, "the chart charts/1.31.2/ztunnel does not render: ")
		}
		if err != nil || got != want {
			t.Errorf("%.200s:\n got %s (error %v)\nwant %s", text, got, err, want)
		}
	}
}
