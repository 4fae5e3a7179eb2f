package check

import "github.com/meshgen/meshgen/internal/diag"

// language are the pages about CUE and the files of the intent, which package load reports.
func language() []Doc {
	page := func(code, title, text, before, after string) Doc {
		return Doc{Code: code, Since: "0.1.0", Severity: diag.Error, Title: title, Text: text, Before: before, After: after}
	}
	warning := func(d Doc) Doc {
		d.Severity = diag.Warning
		return d
	}
	return []Doc{
		page("MG1001", "A file is not CUE",
			"The file cannot be read as CUE from this place on. Each place that the reader could skip is reported; what follows one that it could not is not.\nCorrect the syntax; cue fmt shows more.",
			`cluster: {platform: "k3s" kubernetes: "1.35"}`, `cluster: {platform: "k3s", kubernetes: "1.35"}`),
		page("MG1002", "A field that the language does not have",
			"A misspelt field would do nothing, so every field must be one of the schema's.\nWhat Istio has and the language has not, such as rate limits and external authorizers, comes by meshConfig, manifests, patches or values, and the suggestion says by which.\nTake what is suggested, or look the field up in docs/reference/intent.md.",
			`istoi: version: "1.31.1"`, `istio: version: "1.31.1"`),
		page("MG1003", "A value does not fit its field",
			"The value is of another type, out of range, none of the choices, or not of the field's form.\nWrite what the message asks for.",
			`cluster: nodePools: a: {cpu: 2, memory: "4Gi"}`, `cluster: nodePools: a: {cpu: "2", memory: "4Gi"}`),
		page("MG1004", "A field that must be set is missing",
			"Some things cannot be guessed: the platform, the Kubernetes version, the hosts of a server.\nSet the field, in the cluster's file or in the base.",
			`cluster: platform: "k3s"`, `cluster: {platform: "k3s", kubernetes: "1.34"}`),
		page("MG1005", "A folder of overlays/ is no cluster",
			"A cluster is a folder directly below overlays/ with CUE files of package mesh. This one has none, or is no folder at all.\nAdd mesh.cue, remove the folder, or begin its name with _ if it holds something else.",
			"overlays/eu/berlin/mesh.cue", "overlays/eu-berlin/mesh.cue"),
		page("MG1006", "Not a repository of meshgen",
			"The folder has no overlays/ or no cue.mod/module.cue.\nGo to the repository, or make one with meshgen init.",
			"a folder without overlays/", "overlays/mesh.cue and cue.mod/module.cue"),
		page("MG1007", "There is no cluster",
			"overlays/ has a base and no cluster beside it.\nAdd a folder with the cluster's name, and mesh.cue in it.",
			"overlays/mesh.cue alone", "overlays/edge-berlin/mesh.cue"),
		page("MG1008", "Two files say different things",
			"In CUE nothing is overruled: a value that two places set must be the same in both. Both places are shown.\nChange one of them; or make the base's value a default, which a cluster may overrule.",
			"mode: \"sidecar\" // in overlays/mesh.cue\nmode: \"ambient\" // in the cluster's file", "mode: *\"sidecar\" | _ // in overlays/mesh.cue\nmode: \"ambient\" // in the cluster's file"),
		page("MG1009", "An expression has no value",
			"It names something that is not defined, leaves a choice open, has two defaults, or needs a field that nobody set; expressions do not see the schema's defaults.\nGive the value outright, or define what is named.",
			`mode: ambient`, `mode: "ambient"`),
		warning(page("MG1010", "The repository's schema is not this meshgen's",
			"The schema below cue.mod/pkg is missing, edited, or another release's. meshgen uses its own, and cue vet and editors would say something else.\nRun meshgen init --update-schema, and commit the result.",
			"an edited cue.mod/pkg/meshgen.dev/schema/mesh.cue", "meshgen init --update-schema")),
		page("MG1011", "An import or the module leads nowhere",
			"The package does not exist, is not used, or imports itself; or cue.mod/module.cue is not valid. meshgen fetches nothing: packages come from CUE's standard library, the repository and cue.mod/pkg.\nCorrect the import.",
			`import "strngs"`, `import "strings"`),
		page("MG1012", "The cluster's name is not its folder's",
			"The folder's name is the cluster's name, in overlays/ and in rendered/.\nLeave cluster.name out, or rename the folder.",
			`cluster: name: "berlin" // in overlays/edge-berlin`, `cluster: name: "edge-berlin" // in overlays/edge-berlin`),
		page("MG1013", "A file cannot be read as text",
			"CUE is UTF-8; the file is not, holds a NUL byte, is larger than 1 MiB, or is a link that leaves the repository.\nSave it as UTF-8; put what is large into a file that manifests names.",
			"mesh.cue in Latin-1", "mesh.cue in UTF-8"),
		page("MG1014", "CUE refuses an expression",
			"A value that contains itself, too deep a nesting, a division by zero, a call with the wrong arguments.\nWrite the value outright.",
			"_a: b: _a", "_a: b: 1"),
		page("MG1015", "A folder's name cannot be a cluster's",
			"A cluster's name becomes part of Kubernetes names: lower-case letters, digits and dashes, at most 63. Names that differ only in case are one folder on some machines.\nRename the folder.",
			"overlays/Edge_Oslo", "overlays/edge-oslo"),
		warning(page("MG1016", "A file is no part of the mesh",
			"The file stands beside those of package mesh and is of another package, or of none; CUE leaves it out in silence.\nCorrect the package clause, or move the file.",
			"package mseh", "package mesh")),
		page("MG1017", "The file of a patch or a manifest cannot be taken",
			"The path is relative to the file that says it, and must stay in the repository. The file is missing, a folder, larger than 10 MiB, or not text.\nCorrect the path.",
			`patches: a: path: "/etc/passwd"`, `patches: a: path: "patches/a.yaml"`),
		page("MG1018", "One of two fields is wanted",
			"A patch stands in patch or in the file that path names; a manifest in objects or in a file.\nRemove one of the two, or add one.",
			`patches: a: {patch: "…", path: "a.yaml"}`, `patches: a: path: "a.yaml"`),
		page("MG1099", "meshgen is at fault",
			"The schema lets something through that the compiler does not know.\nReport it, with the intent that shows it.",
			"any intent that gives this code", "a meshgen in which it is mended"),
	}
}
