package check

import "github.com/meshgen/meshgen/internal/diag"

// objects are the pages about single objects: MG5030 to MG5049. Package
// validate gives the diagnostics, and package render the places.
func objects() []Doc {
	return append(fieldPages(), kindPages()...)
}

// manifest is a manifest with one object in namespace istio-system.
func manifest(version, kind, name, rest string) string {
	return `manifests: extra: objects: [{apiVersion: "` + version + `", kind: "` + kind + `", metadata: {name: "` + name + `", namespace: "istio-system"}, ` + rest + `}]`
}

func fieldPages() []Doc {
	const where = "\nThe diagnostic stands where the field was decided: in a manifest, a patch, a raw value of a chart, or the intent."
	return []Doc{
		{
			Code: "MG5030", Since: "0.1.0", Severity: diag.Error,
			Title:  "An object has a field that its kind does not have",
			Text:   "The API server refuses the object, or drops the field and says nothing, depending on who applies it. Most often the name is misspelt, or the field stands at another depth.\nWrite the field that is meant, or remove it." + where,
			Before: manifest("v1", "Service", "extra", `spec: {ports: [{port: 80, targetport: 8080}]}`),
			After:  manifest("v1", "Service", "extra", `spec: {selector: app: "istiod", ports: [{name: "debug", port: 80, targetPort: 15014}]}`),
		},
		{
			Code: "MG5031", Since: "0.1.0", Severity: diag.Error,
			Title:  "A field is of another type",
			Text:   "The API server cannot read the value: a text stands where a number belongs, a number where a text does, or a quantity, a time or base64 is misspelt.\nWrite a value of the field's type; in YAML, quotes make a text of anything." + where,
			Before: manifest("v1", "ConfigMap", "extra", `data: verbose: 1`),
			After:  manifest("v1", "ConfigMap", "extra", `data: verbose: "1"`),
		},
		{
			Code: "MG5032", Since: "0.1.0", Severity: diag.Error,
			Title:  "A field is missing",
			Text:   "The API server refuses the object without it.\nSet the field." + where,
			Before: manifest("rbac.authorization.k8s.io/v1", "Role", "extra", `rules: [{apiGroups: [""], resources: ["pods"]}]`),
			After:  manifest("rbac.authorization.k8s.io/v1", "Role", "extra", `rules: [{apiGroups: [""], resources: ["pods"], verbs: ["get"]}]`),
		},
		{
			Code: "MG5033", Since: "0.1.0", Severity: diag.Error,
			Title:  "A name, a label or an annotation is impossible",
			Text:   "Names of most kinds are DNS names in lower case; labels have 63 characters at most, of letters, digits, -, _ and .; keys may have a domain and / before them.\nChange what the diagnostic names." + where,
			Before: manifest("v1", "ConfigMap", "Extra_1", `data: a: "b"`),
			After:  manifest("v1", "ConfigMap", "extra-1", `data: a: "b"`),
		},
		{
			Code: "MG5034", Since: "0.1.0", Severity: diag.Error, Also: diag.Warning,
			Title:  "A field has a value that it cannot have",
			Text:   "The value is none of those that the field knows, out of its bounds, or not of its form. A warning where the API server takes it and the pods never run, as with an image that no node can pull.\nWrite one that the diagnostic names." + where,
			Before: manifest("v1", "Service", "extra", `spec: {selector: app: "istiod", ports: [{port: 80000}]}`),
			After:  manifest("v1", "Service", "extra", `spec: {selector: app: "istiod", ports: [{port: 8000, targetPort: 15014}]}`),
		},
		{
			Code: "MG5035", Since: "0.1.0", Severity: diag.Error,
			Title:  "Something stands in a list twice",
			Text:   "The list has an element with the same key twice, such as a port or an environment variable. An apply on the server's side is refused, and others take the last and say nothing.\nRemove one of the two." + where,
			Before: manifest("v1", "Service", "extra", `spec: {selector: app: "istiod", ports: [{name: "a", port: 80}, {name: "b", port: 80}]}`),
			After:  manifest("v1", "Service", "extra", `spec: {selector: app: "istiod", ports: [{name: "a", port: 80, targetPort: 15014}]}`),
		},
		{
			Code: "MG5036", Since: "0.1.0", Severity: diag.Error,
			Title:  "Fields of an object contradict each other",
			Text:   "Each field is fine by itself, but not beside the other: a request above its limit, a selector that does not select the template's labels, two of which there can be one.\nChange what the diagnostic names." + where,
			Before: manifest("policy/v1", "PodDisruptionBudget", "extra", `spec: {minAvailable: 1, maxUnavailable: 1, selector: matchLabels: app: "ztunnel"}`),
			After:  manifest("policy/v1", "PodDisruptionBudget", "extra", `spec: {minAvailable: 1, selector: matchLabels: app: "istiod"}`),
		},
	}
}

func kindPages() []Doc {
	const destination = `spec: {host: "istiod.istio-system.svc.cluster.local", trafficPolicy: `
	const crd = `manifests: widgets: objects: [{apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: name: "widgets.example.com", spec: {group: "example.com", scope: "Namespaced", names: {plural: "widgets", kind: "Widget"}, versions: [{name: "v1", served: true, storage: true`
	return []Doc{
		{
			Code: "MG5037", Since: "0.1.0", Severity: diag.Error,
			Title:  "A custom resource breaks a rule of its definition",
			Text:   "The CustomResourceDefinition has rules in CEL beside its schema, and the API server holds objects against them.\nChange the object so that it keeps the rule, which the diagnostic quotes.",
			Before: manifest("security.istio.io/v1", "RequestAuthentication", "extra", `spec: {selector: matchLabels: app: "istiod", targetRefs: [{kind: "Service", name: "istiod"}]}`),
			After:  manifest("security.istio.io/v1", "RequestAuthentication", "extra", `spec: selector: matchLabels: app: "istiod"`),
		},
		{
			Code: "MG5038", Since: "0.1.0", Severity: diag.Error,
			Title:  "istiod would refuse an object",
			Text:   "The definition of the kind allows it, but istiod's webhook does not: a route beside a redirect, a TLS server without a certificate, ports in a PeerAuthentication for no workload in particular.\nChange what the diagnostic names.",
			Before: manifest("networking.istio.io/v1", "DestinationRule", "extra", destination+`tls: {mode: "MUTUAL", clientCertificate: "/etc/cert.pem"}}`),
			After:  manifest("networking.istio.io/v1", "DestinationRule", "extra", destination+`tls: {mode: "MUTUAL", clientCertificate: "/etc/cert.pem", privateKey: "/etc/key.pem"}}`),
		},
		{
			Code: "MG5039", Since: "0.1.0", Severity: diag.Error,
			Title:  "A CustomResourceDefinition is refused",
			Text:   "The API server takes a definition only with a structural schema for each version, names that fit together, and CEL rules that compile within their cost.\nCorrect what the diagnostic names.",
			Before: crd + `, schema: openAPIV3Schema: {type: "object", properties: spec: properties: size: type: "integer"}}]}}]`,
			After:  crd + `, schema: openAPIV3Schema: {type: "object", properties: spec: {type: "object", properties: size: type: "integer"}}}]}}]`,
		},
		{
			Code: "MG5040", Since: "0.1.0", Severity: diag.Error,
			Title:  "There is no such kind",
			Text:   "The API group is known, but has no kind of that name in that version.\nCorrect apiVersion or kind.",
			Before: `manifests: extra: objects: [{apiVersion: "apps/v1", kind: "Deploymnet", metadata: {name: "extra", namespace: "istio-system"}}]`,
			After:  manifest("v1", "ConfigMap", "extra", `data: a: "b"`),
		},
		{
			Code: "MG5041", Since: "0.1.0", Severity: diag.Error,
			Title:  "A name is Kubernetes' own",
			Text:   "Priority classes whose names begin with system- are made by Kubernetes alone.\nTake another name.",
			Before: `manifests: extra: objects: [{apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", metadata: name: "system-extra", value: 10}]`,
			After:  `manifests: extra: objects: [{apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", metadata: name: "extra", value: 10}]`,
		},
		{
			Code: "MG5042", Since: "0.2.0", Severity: diag.Error, Also: diag.Warning,
			Title:  "A field or a value that the cluster's Kubernetes does not have",
			Text:   "Kubernetes brings new fields with its minors, and switches most of them on a few minors later. The API server refuses a field that it does not know, where an engine applies on the server's side, and a value that it does not know always. A field whose feature gate is off by default it drops and says nothing, which is a warning: who has switched the gate on knows. So is a field of Gateway API that only the last patch releases of the cluster's K3s bring.\nRemove the field, or upgrade the cluster and set cluster.kubernetes.",
			Before: "cluster: kubernetes: \"1.33\"\n" + manifest("v1", "Pod", "extra", `spec: {hostnameOverride: "extra", containers: [{name: "a", image: "docker.io/library/redis:8.0.1"}]}`),
			After:  "cluster: kubernetes: \"1.35\"\n" + manifest("v1", "Pod", "extra", `spec: {hostnameOverride: "extra", containers: [{name: "a", image: "docker.io/library/redis:8.0.1"}]}`),
		},
	}
}
