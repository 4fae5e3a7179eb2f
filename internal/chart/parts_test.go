package chart

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"helm.sh/helm/v3/pkg/chart"

	"github.com/meshgen/meshgen/internal/object"
)

// variants are values of each chart that differ from each other in ways that
// reach one template, many or all of them.
func variants() map[string][]map[string]any {
	type m = map[string]any
	return map[string][]m{
		"base": {{"base": m{"enableCRDTemplates": true}}, {"base": m{"enableCRDTemplates": false}, "defaultRevision": "canary"}},
		"istiod": {
			{},
			{"profile": "ambient"},
			{"pilot": m{"resources": m{"requests": m{"memory": "300Mi"}}}},
			{"pilot": m{"env": m{"A": "b"}, "autoscaleEnabled": false, "replicaCount": int64(3)}},
			{"revision": "canary", "revisionTags": []any{"prod", "next"}},
			{"global": m{"proxy": m{"resources": m{"requests": m{"cpu": "50m"}}}, "networkPolicy": m{"enabled": true}}},
			{"global": m{"platform": "openshift"}, "compatibilityVersion": "1.29"},
			{"meshConfig": m{"accessLogFile": "/dev/stdout", "defaultConfig": m{"holdApplicationUntilProxyStarts": true}}},
			{"gatewayClasses": m{"istio": m{"deployment": m{"spec": m{"replicas": int64(2)}}}}},
			{"pdb": m{"minAvailable": int64(2)}, "pilot": m{"autoscaleMin": int64(3), "tolerations": []any{m{"operator": "Exists"}}}},
			{"sidecarInjectorWebhook": m{"rewriteAppHTTPProbe": false, "injectedAnnotations": m{"a": "b"}}},
			{"profile": "remote", "global": m{"remotePilotAddress": "10.0.0.1", "configCluster": true}},
		},
		"cni": {
			{}, {"profile": "ambient"}, {"cni": m{"resources": m{"requests": m{"cpu": "10m"}}}},
			{"global": m{"platform": "k3s"}}, {"seLinuxOptions": m{"level": "s0"}}, {"cni": m{"repair": m{"enabled": false}}},
		},
		"ztunnel": {
			{}, {"resources": m{"requests": m{"cpu": "10m"}}}, {"annotations": m{"a": "b"}}, {"revision": "canary"},
			{"revision": "canary", "annotations": m{"a": "b"}}, {"env": m{"A": "b"}}, {"global": m{"hub": "example.com/istio"}},
		},
		"gateway": {
			{}, {"labels": m{"app": "a"}}, {"name": "other"}, {"service": m{"type": "ClusterIP"}}, {"kind": "DaemonSet"},
			{"networkGateway": "n1"}, {"autoscaling": m{"enabled": false}, "replicaCount": int64(2), "podDisruptionBudget": m{"minAvailable": int64(1)}},
		},
	}
}

// TestParts holds renderings by parts against renderings in one piece.
func TestParts(t *testing.T) {
	for name, list := range variants() {
		if name == "base" {
			continue // whose templates are few
		}
		parts, whole := renderer(t), renderer(t)
		wants := map[int][]object.Object{}
		if len(parts.charts[name].division().parts) < 2 {
			t.Errorf("chart %s has %d parts", name, len(parts.charts[name].division().parts))
		}
		for _, again := range []string{"first", "again", "once more"} { // the memo is filled, then used
			for i, values := range list {
				rel := release(name, values)
				want, ok := wants[i]
				if !ok {
					var err error
					if want, err = whole.whole(whole.charts[name], rel, 35); err != nil {
						t.Fatal(name, i, err)
					}
					slices.SortFunc(want, object.Object.Compare)
					wants[i] = want
				}
				have, err := parts.render(parts.charts[name], rel, 35)
				if err != nil {
					t.Fatal(name, i, err)
				}
				slices.SortFunc(have, object.Object.Compare)
				if diff := cmp.Diff(want, have, cmp.AllowUnexported(object.Object{})); diff != "" {
					t.Errorf("%s, values %d, %s: -whole +parts\n%s", name, i, again, diff)
				}
			}
		}
	}
}

// TestDivide says what the reading of templates makes of each construction.
func TestDivide(t *testing.T) {
	for _, test := range []struct {
		name      string
		templates map[string]string
		want      []string // a line a part, in order of the first template; none when the chart has no parts
	}{
		{"a path", map[string]string{"a": `{{ .Values.x.y }}{{ $.Values.z }}{{ ($.Values.v).w }}`}, []string{"[a] reads [v.w x.y z]"}},
		{"a path below another", map[string]string{"a": `{{ .Values.x.y }}{{ .Values.x }}`}, []string{"[a] reads [x]"}},
		{"with and range move the dot", map[string]string{"a": `{{ with .Values.x }}{{ . }}{{ $.Values.y }}{{ end }}{{ range .Values.z }}{{ toYaml . }}{{ end }}`}, []string{"[a] reads [x y z]"}},
		{"all values", map[string]string{"a": `{{ toJson .Values }}`}, []string{"[a] reads all"}},
		{"the root", map[string]string{"a": `{{ toJson . }}`}, []string{"[a] reads all"}},
		{"the root under a name", map[string]string{"a": `{{ $root := . }}{{ $root.Values.x }}`}, []string{"[a] reads all"}},
		{"single keys", map[string]string{"a": `{{ pick .Values "x" "y" }}{{ hasKey .Values "z" }}{{ dig "v" "w" "" .Values }}{{ index .Values.u "t" }}`}, []string{"[a] reads [u.t v.w x y z]"}},
		{"a key that is computed", map[string]string{"a": `{{ index .Values .Release.Name }}`}, []string{"[a] reads all"}},
		{"a text that is a template", map[string]string{"a": `{{ tpl .Values.x $ }}`}, []string{"[a] reads all"}},
		{"a definition with the root", map[string]string{"a": `{{ include "n" . }}`, "_h": `{{ define "n" }}{{ .Values.x }}{{ end }}`}, []string{"[a] reads [x]"}},
		{"a definition with a part", map[string]string{"a": `{{ include "n" .Values.y }}`, "_h": `{{ define "n" }}{{ . }}{{ $ }}{{ end }}`}, []string{"[a] reads [y]"}},
		{"a definition with the root in a map", map[string]string{"a": `{{ include "n" (dict "root" .) }}`, "_h": `{{ define "n" }}{{ .root.Values.x }}{{ end }}`}, []string{"[a] reads all"}},
		{"a definition of a computed name", map[string]string{"a": `{{ include .Values.n . }}`}, []string{"[a] reads all"}},
		{"another's definition", map[string]string{"a": `{{ define "n" }}{{ .Values.x }}{{ end }}`, "b": `{{ template "n" . }}`}, []string{"[a b] reads [x]"}},
		{"a write that nobody else reads", map[string]string{"a": `{{ $_ := set .Values.x "k" 1 }}`, "b": `{{ .Values.y }}`}, []string{"[a] reads [x]", "[b] reads [y]"}},
		{"a write that another reads", map[string]string{"a": `{{ $_ := set .Values.x "k" 1 }}`, "b": `{{ .Values.x }}`}, []string{"[a b] reads [x]"}},
		{"a write to a key of the root", map[string]string{"a": `{{ $_ := unset .Values "x" }}{{ .Values.y }}`, "b": `{{ .Values.x.z }}`, "c": `{{ .Values.y }}`}, []string{"[a b] reads all", "[c] reads [y]"}},
		{"a write to a map of its own", map[string]string{"a": `{{ $m := pick .Values "x" }}{{ $m = set $m "k" 1 }}`, "b": `{{ .Values.x }}`}, []string{"[a] reads [x]", "[b] reads [x]"}},
		{"a write to who knows what", map[string]string{"a": `{{ $m := .Values.x }}{{ $_ := set $m "k" 1 }}`, "b": `{{ .Values.y }}`}, nil},
		{"a write to all values", map[string]string{"a": `{{ $_ := merge .Values .Values.x }}`, "b": `{{ .Values.y }}`}, nil},
		{"a definition of a prelude", map[string]string{"a": `{{ include "n" . }}`, "templates/zz": `{{ define "n" }}{{ .Values.x }}{{ end }}`}, []string{"[a] reads [x]"}},
		{"a definition of a prelude and of a helper", map[string]string{"a": `{{ include "n" . }}`, "_h": `{{ define "n" }}{{ end }}`, "templates/zz": `{{ define "n" }}{{ .Values.x }}{{ end }}`}, nil},
		{"a template that does not parse", map[string]string{"a": `{{ if }}`}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			var files []*chart.File
			for _, name := range []string{"_h", "a", "b", "c", "templates/zz"} {
				if text, ok := test.templates[name]; ok {
					files = append(files, &chart.File{Name: name, Data: []byte(text)})
				}
			}
			var have []string
			for _, p := range divide(files).parts {
				have = append(have, describe(p))
			}
			slices.Sort(have)
			if diff := cmp.Diff(test.want, have); diff != "" {
				t.Error("-want +have\n" + diff)
			}
		})
	}
}

func describe(p part) string {
	if p.reads.all {
		return fmt.Sprint(p.templates, " reads all")
	}
	var paths []string
	for _, path := range p.reads.paths {
		text := ""
		for _, name := range path {
			text += "." + name
		}
		paths = append(paths, text[1:])
	}
	return fmt.Sprint(p.templates, " reads ", paths)
}
