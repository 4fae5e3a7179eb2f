package check

import "github.com/meshgen/meshgen/internal/diag"

// limits are the pages about what the evaluation of an intent may take, and
// take from: MG1030 to MG1039, which package load reports, and MG4010, which
// package chart does.
func limits() []Doc {
	return []Doc{
		{
			Code: "MG1030", Since: "0.2.0", Severity: diag.Error,
			Title:  "The evaluation of the files does not end",
			Text:   "CUE can be made to compute for ever, or to fill the memory. A cluster of the usual kind takes a hundredth of a second; this one was stopped after seconds, or a gigabyte. The other clusters were not looked at any further.\nTake out what was added last: comprehensions inside each other, values that double at each step, many choices with |.",
			Before: "_n: list.Range(0, 1000, 1)\n_x: [for a in _n for b in _n for c in _n {a*b*c}]",
			After:  "_n: list.Range(0, 10, 1)\n_x: [for a in _n {a}]",
		},
		{
			Code: "MG1031", Since: "0.2.0", Severity: diag.Error,
			Title:  "An expression makes much of little",
			Text:   "A few functions can ask for more memory in one step than any machine has: texts and lists that are repeated, joined by long separators, replaced by long texts, or templates. They are refused, or wanted with their arguments written outright, for then their size can be seen.\nWrite the value outright, or use a comprehension.",
			Before: "_x: strings.Repeat(\"abc\", 1000000)",
			After:  "_x: [for i in list.Range(0, 3, 1) {\"gateway-\\(i)\"}]",
		},
		{
			Code: "MG1032", Since: "0.2.0", Severity: diag.Error,
			Title:  "A value comes from outside the files",
			Text:   "What a repository compiles to depends on its files alone: no command line, no environment, no clock, no other program. CUE's tool packages and its attributes @embed, @extern and @tag bring values from elsewhere.\nWrite the value outright. A text in a file of its own is what the path of patches and manifests is for.",
			Before: "mode: *\"sidecar\" | string @tag(mode)",
			After:  "mode: \"sidecar\"",
		},
		{
			Code: "MG4010", Since: "0.2.0", Severity: diag.Error,
			Title:  "A raw value is a template that does more than put in values",
			Text:   "The istiod chart runs initContainers as a template. There it could read the clock, draw random numbers, look at the Kubernetes version behind the memory of what was rendered, or loop for ever, so that the same intent would not give the same bytes.\nWrite the text outright; {{ .Values.name }}, {{ .Release.Name }} and plain functions such as default and quote may stay.",
			Before: "values: istiod: pilot: initContainers: [{name: \"wait\", image: \"busybox:{{ now | date \\\"2006\\\" }}\"}]",
			After:  "values: istiod: pilot: initContainers: [{name: \"wait\", image: \"{{ .Values.global.hub }}/base:1.37\"}]",
		},
	}
}
