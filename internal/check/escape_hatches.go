package check

import "github.com/meshgen/meshgen/internal/diag"

// hatches are the pages about people's manifests and patches: MG50xx. Package
// overlay gives the diagnostics.
func hatches() []Doc {
	return append(manifestPages(), patchPages()...)
}

func manifestPages() []Doc {
	const config = `manifests: motd: objects: [{apiVersion: "v1", kind: "ConfigMap", metadata: {name: "motd", namespace: "istio-system"}}]`
	return []Doc{
		{
			Code: "MG5001", Since: "0.1.0", Severity: diag.Error,
			Title:  "A manifest or a patch is not YAML",
			Text:   "The text cannot be read by the rules by which Kubernetes reads manifests.\nMend it at the line that the diagnostic names, or the line before.",
			Before: "patches: istiod: {target: kind: \"Deployment\", patch: \"- {op: remove\"}",
			After:  "patches: istiod: {target: kind: \"Deployment\", patch: \"- {op: remove, path: /metadata/labels/istio}\"}",
		},
		{
			Code: "MG5002", Since: "0.1.0", Severity: diag.Error,
			Title:  "A key stands twice",
			Text:   "A mapping has the same key twice. Most tools take the last and say nothing, so one of the two has no effect.\nRemove the one that you do not mean.",
			Before: "patches: istiod: {target: kind: \"Deployment\", patch: \"kind: Deployment\\nmetadata: {name: any}\\nspec: {paused: true, paused: false}\"}",
			After:  "patches: istiod: {target: kind: \"Deployment\", patch: \"kind: Deployment\\nmetadata: {name: any}\\nspec: {paused: true}\"}",
		},
		{
			Code: "MG5003", Since: "0.1.0", Severity: diag.Error,
			Title:  "A document is not a Kubernetes object",
			Text:   "An object has an apiVersion, a kind and a metadata.name, and its labels and annotations are texts: yes, on and 1 want quotes. Objects with generated names cannot be applied again and again. A List stands for its items, which must be objects each.\nWrite what is missing.",
			Before: `manifests: motd: objects: [{apiVersion: "v1", kind: "ConfigMap", metadata: {name: "motd", namespace: "istio-system", labels: shown: true}}]`,
			After:  `manifests: motd: objects: [{apiVersion: "v1", kind: "ConfigMap", metadata: {name: "motd", namespace: "istio-system", labels: shown: "true"}}]`,
		},
		{
			Code: "MG5004", Since: "0.1.0", Severity: diag.Error,
			Title:  "An object lacks its namespace, or cannot have one",
			Text:   "An engine would put an object without a namespace wherever it happens to look, and a namespace on a kind that belongs to the whole cluster is a mistake.\nSet metadata.namespace, or remove it. Kinds that meshgen does not know, and whose CRD is not among the manifests, are taken as they are.",
			Before: `manifests: motd: objects: [{apiVersion: "v1", kind: "ConfigMap", metadata: name: "motd"}]`,
			After:  config,
		},
		{
			Code: "MG5005", Since: "0.1.0", Severity: diag.Error,
			Title:  "An object is there twice",
			Text:   "A manifest holds an object that meshgen makes, or that another manifest holds; only one of them could be applied. The same comes of a name in the intent that meets another, such as a gateway called istiod in istiod's namespace.\nRemove one, or rename it. What meshgen makes is changed by the intent's own fields, or by patches.",
			Before: `manifests: istiod: objects: [{apiVersion: "v1", kind: "Service", metadata: {name: "istiod", namespace: "istio-system"}}]`,
			After:  config,
		},
		{
			Code: "MG5006", Since: "0.1.0", Severity: diag.Error,
			Title:  "A field is the API server's to write",
			Text:   "The object was copied from a cluster: its status, uid, resourceVersion, managedFields or last-applied-configuration would differ from the cluster for ever.\nRemove the field. Where it is there but empty, meshgen drops it by itself.",
			Before: `manifests: motd: objects: [{apiVersion: "v1", kind: "ConfigMap", metadata: {name: "motd", namespace: "istio-system", resourceVersion: "12"}}]`,
			After:  config,
		},
		{
			Code: "MG5007", Since: "0.1.0", Severity: diag.Error,
			Title:  "A manifest holds no object",
			Text:   "The file is empty or holds nothing but comments, or the list of objects is empty.\nRemove the manifest, or write the objects.",
			Before: `manifests: motd: objects: []`,
			After:  config,
		},
		{
			Code: "MG5008", Since: "0.1.0", Severity: diag.Error,
			Title:  "An annotation is kustomize's own",
			Text:   "kustomize reads annotations such as config.kubernetes.io/local-config, and drops them or the whole object, so that the cluster would not get what is rendered.\nRemove the annotation.",
			Before: `manifests: motd: objects: [{apiVersion: "v1", kind: "ConfigMap", metadata: {name: "motd", namespace: "istio-system", annotations: "config.kubernetes.io/local-config": "true"}}]`,
			After:  config,
		},
		{
			Code: "MG5020", Since: "0.1.0", Severity: diag.Error,
			Title:  "A placeholder is not declared",
			Text:   "With gitops.substitute Flux replaces ${NAME} by nothing where it does not know the name. Nothing else replaces it, and it reaches the cluster as it stands: that is refused in names, hosts, images and the like, and left to scripts, dashboards and what else ConfigMaps, arguments and longer texts hold.\nAdd the name to gitops.substitute.names; or, where the text itself is meant, write $${NAME}, or annotate the object with kustomize.toolkit.fluxcd.io/substitute: disabled. Flux puts values in after the quotes are gone: where the value may look like a number or a truth value (1.27, true) and a text is wanted, let the ConfigMap hold the quotes too (\"'1.27'\").",
			Before: "gitops: {engine: \"flux\", source: \"fleet\", substitute: {names: [\"CITY\"], from: [{kind: \"ConfigMap\", name: \"site\"}]}}\n" + `manifests: motd: objects: [{apiVersion: "v1", kind: "ConfigMap", metadata: {name: "motd", namespace: "istio-system"}, data: site: "${SITE}"}]`,
			After:  "gitops: {engine: \"flux\", source: \"fleet\", substitute: {names: [\"SITE\"], from: [{kind: \"ConfigMap\", name: \"site\"}]}}\n" + `manifests: motd: objects: [{apiVersion: "v1", kind: "ConfigMap", metadata: {name: "motd", namespace: "istio-system"}, data: site: "${SITE}"}]`,
		},
		{
			Code: "MG5021", Since: "0.1.0", Severity: diag.Error,
			Title:  "A placeholder stands beside what Flux would erase",
			Text:   "Flux substitutes an object as a whole or not at all, and a chart's object holds both a declared placeholder and another ${...} that must stay.\nWrite the value itself where the placeholder stands.",
			Before: "gitops: {engine: \"flux\", source: \"fleet\", substitute: {names: [\"SITE\"], from: [{kind: \"ConfigMap\", name: \"site\"}]}}\n" + `values: istiod: sidecarInjectorWebhook: templates: own: "${SITE} ${HOME}"`,
			After:  "gitops: {engine: \"flux\", source: \"fleet\", substitute: {names: [\"SITE\"], from: [{kind: \"ConfigMap\", name: \"site\"}]}}\n" + `values: istiod: sidecarInjectorWebhook: templates: own: "berlin ${HOME}"`,
		},
		{
			Code: "MG5022", Since: "0.1.0", Severity: diag.Error, Also: diag.Warning,
			Title:  "An image may change under its name",
			Text:   "The tag latest, no tag at all, and Istio's testing registry are another image tomorrow: what is committed would no longer say what runs.\nName the tag of a release, or a digest. Raw values, patches and manifests can ask for such an image; in a manifest it is a warning.",
			Before: `values: istiod: global: tag: "latest"`,
			After:  `values: istiod: global: tag: "1.31.1"`,
		},
		{
			Code: "MG5023", Since: "0.2.0", Severity: diag.Error, Also: diag.Warning,
			Title:  "An image is of another Istio release",
			Text:   "Charts, CRDs and images go together. istiod of another minor version reads fields that the CRDs lack or lacks those that they have, and a proxy, CNI agent or ztunnel ahead of istiod is not supported. Another patch of the same minor is a warning. Tags are read as far as the version: variants and builds of one's own registry, such as 1.31.1-distroless, are fine.\nRemove the tag, and set istio.version.",
			Before: `values: istiod: global: tag: "1.30.3"`,
			After:  `values: istiod: global: tag: "1.31.1-distroless"`,
		},
	}
}

func patchPages() []Doc {
	const replicas = `patches: istiod: {target: {kind: "Deployment", name: "istiod"}, patch: "- {op: add, path: /spec/paused, value: true}"}`
	return []Doc{
		{
			Code: "MG5010", Since: "0.1.0", Severity: diag.Error,
			Title:  "A patch is for an object that does not exist",
			Text:   "kustomize says nothing when a target matches no object, and the patch has no effect.\nCorrect what the diagnostic names; a patch without a target names apiVersion, kind, name and namespace of its object.",
			Before: `patches: istiod: {target: {kind: "Deployment", name: "istoid"}, patch: "- {op: add, path: /spec/paused, value: true}"}`,
			After:  replicas,
		},
		{
			Code: "MG5011", Since: "0.1.0", Severity: diag.Error,
			Title:  "A patch is neither a strategic merge nor JSON 6902",
			Text:   "A strategic merge patch is a part of an object, with its kind and name; a JSON 6902 patch is a list of operations, and has a target. kustomize takes one document where there is a target.\nWrite what the diagnostic misses.",
			Before: `patches: istiod: {target: {kind: "Deployment", name: "istiod"}, patch: "- {op: put, path: /spec/paused, value: true}"}`,
			After:  replicas,
		},
		{
			Code: "MG5012", Since: "0.1.0", Severity: diag.Error,
			Title:  "A patch does not apply",
			Text:   "The object is not as the patch expects it: a path is missing, a test fails, or a map stands where the patch has a list. An element of a list that lacks one of the keys by which it is found, such as the protocol of a port, is dropped by kustomize without a word, and is refused too.\nCompare the patch with the object that meshgen renders without it.",
			Before: `patches: istiod: {target: {kind: "Deployment", name: "istiod"}, patch: "- {op: remove, path: /spec/paused}"}`,
			After:  replicas,
		},
		{
			Code: "MG5013", Since: "0.1.0", Severity: diag.Warning,
			Title:  "A patch changes nothing",
			Text:   "What the patch says is so already, perhaps since a newer chart.\nRemove the patch.",
			Before: `patches: istiod: {target: {kind: "Deployment", name: "istiod"}, patch: "- {op: replace, path: /metadata/name, value: istiod}"}`,
			After:  replicas,
		},
		{
			Code: "MG5014", Since: "0.1.0", Severity: diag.Error,
			Title:  "A patch renames or moves an object",
			Text:   "Other objects refer to it by its name, namespace and kind, and would miss it.\nDelete the object with $patch: delete and add the other one to manifests.",
			Before: `patches: istiod: {target: {kind: "Deployment", name: "istiod"}, patch: "- {op: replace, path: /metadata/name, value: pilot}"}`,
			After:  replicas,
		},
		{
			Code: "MG5015", Since: "0.1.0", Severity: diag.Error,
			Title:  "A patch's target cannot be read",
			Text:   "group, version, kind, name and namespace of a target are regular expressions, anchored at both ends; labelSelector and annotationSelector are written as for kubectl's -l.\nMend the one that the diagnostic names.",
			Before: `patches: istiod: {target: {kind: "Deployment", name: "istiod("}, patch: "- {op: add, path: /spec/paused, value: true}"}`,
			After:  replicas,
		},
		{
			Code: "MG5016", Since: "0.1.0", Severity: diag.Warning,
			Title:  "A patch replaces what is not there",
			Text:   "JSON 6902 calls it an error, but kustomize adds the field, so that a misspelt path goes unseen.\nCorrect the path, or say add.",
			Before: `patches: istiod: {target: {kind: "Deployment", name: "istiod"}, patch: "- {op: replace, path: /spec/replica, value: 2}"}`,
			After:  `patches: istiod: {target: {kind: "Deployment", name: "istiod"}, patch: "- {op: replace, path: /spec/replicas, value: 2}"}`,
		},
		{
			Code: "MG5017", Since: "0.2.0", Severity: diag.Error, Also: diag.Warning,
			Title:  "A patch or a manifest makes another object wrong",
			Text:   "The object that the diagnostic names would be fine without the patch or the manifest, which deletes, changes or adds what it depends on: a Service without its Deployment, an object without its namespace or its CRD, a gateway whose port another takes. Each further object that is hit is named below, with the code of what is wrong with it; where that is a warning, so is this.\nRemove the patch, or patch the other objects too, so that they go together.",
			Before: `patches: istiod: {target: {kind: "Deployment", name: "istiod"}, patch: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: istiod}, $patch: delete}"}`,
			After:  replicas,
		},
	}
}
