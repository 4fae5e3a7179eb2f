package chart

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzTemplate loads a chart whose template is any bytes. It is refused, or it
// renders to the same objects, or the same refusal, twice.
func FuzzTemplate(f *testing.F) {
	for _, seed := range []string{
		"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\n", "{{ range $k, $v := .Values }}{{ $k }}: {{ $v | quote }}\n{{ end }}",
		"{{ define \"a\" }}{{ include \"a\" . }}{{ end }}{{ include \"a\" . }}", "{{ tpl .Values.a . }}", "{{ .Files.Get \"/etc/passwd\" }}{{ .Files.Glob \"../*\" }}",
		"{{ lookup \"v1\" \"Pod\" \"\" \"\" }}", "{{ now }}", "{{ fail \"x\" }}", "{{ .Values.a.b.c }}", "{{ toYaml .Values | nindent 2 }}", "{{ fromYaml \"a: [\" }}", "{{ block \"x\" . }}{{ end }}{{/* c */}}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, template string) {
		var first [2]string
		for i := range first {
			c, err := load("x", "1.0.0", chartOf(template), "x")
			if err != nil {
				return
			}
			objects, list, err := NewRenderer(Set{"x": c}).Render(release("x", map[string]any{}), 35)
			for _, o := range objects {
				text, err := o.YAML()
				if err != nil {
					t.Fatal(err)
				}
				first[i] += string(text)
			}
			for _, d := range list {
				first[i] += d.Message
			}
			if err != nil {
				first[i] += err.Error()
			}
		}
		if diff := cmp.Diff(first[0], first[1]); diff != "" {
			t.Error(diff)
		}
	})
}
