package check

import "github.com/meshgen/meshgen/internal/diag"

// resolved are the pages about names that lead nowhere, which package resolve reports.
func resolved() []Doc {
	return []Doc{
		{
			Code: "MG3001", Since: "0.1.0", Severity: diag.Error,
			Title:  "A name leads nowhere",
			Text:   "A field names a gateway, a service, a subset, a node pool, an address pool, an issuer or a revision that the intent does not declare.\nCorrect the name, or declare what it names.",
			Before: "gateways: public: placement: pools: [\"sistem\"]\ncluster: nodePools: system: {cpu: \"2\", memory: \"8Gi\", labels: role: \"system\"}",
			After:  "gateways: public: placement: pools: [\"system\"]\ncluster: nodePools: system: {cpu: \"2\", memory: \"8Gi\", labels: role: \"system\"}",
		},
		{
			Code: "MG3002", Since: "0.1.0", Severity: diag.Error,
			Title:  "A node pool cannot be told from the others",
			Text:   "Placement on a pool becomes node affinity on the pool's labels. A pool that declares none cannot be aimed at.\nLabel the nodes, and declare the labels.",
			Before: "controlPlane: placement: pools: [\"system\"]\ncluster: nodePools: system: {cpu: \"2\", memory: \"8Gi\"}",
			After:  "controlPlane: placement: pools: [\"system\"]\ncluster: nodePools: system: {cpu: \"2\", memory: \"8Gi\", labels: \"node-role\": \"system\"}",
		},
		{
			Code: "MG3036", Since: "0.2.0", Severity: diag.Error,
			Title:  "A name is no text in YAML",
			Text:   "Istio's charts write some names without quotes, and YAML reads on, off, yes, no, y, n, true, false and null, and whatever looks like a number, as something else than text. Kubernetes refuses such an object.\nChoose another name.",
			Before: "gateways: no: kind: \"egress\"",
			After:  "gateways: norway: kind: \"egress\"",
		},
	}
}

// charts are the pages about the charts and their values, which package chart reports.
func charts() []Doc {
	return []Doc{
		{
			Code: "MG4001", Since: "0.1.0", Severity: diag.Error,
			Title:  "A chart has no such value",
			Text:   "Istio's charts accept any key and ignore those that they do not read. meshgen knows what each chart reads: from its values.yaml, its schema and its templates.\nCorrect the key; keys of istiod's pilot section stand below pilot, those of ztunnel at the root.",
			Before: `values: istiod: pilot: replicacount: 2`,
			After:  `values: istiod: pilot: replicaCount: 2`,
		},
		{
			Code: "MG4002", Since: "0.1.0", Severity: diag.Error,
			Title:  "A chart refuses the raw values",
			Text:   "The chart's schema, or a template, does not take a value.\nCompare it with the chart's values.yaml.",
			Before: "gateways: public: {}\nvalues: gateways: public: service: ports: []",
			After:  "gateways: public: {}\nvalues: gateways: public: service: ports: [{name: \"https\", port: 443, targetPort: 443, protocol: \"TCP\"}]",
		},
		{
			Code: "MG4003", Since: "0.1.0", Severity: diag.Error,
			Title:  "A raw value loses to another one",
			Text:   "A chart takes the value in two places, and the other place, which meshgen or the chart's profile sets, wins. The istiod and cni charts prefer their pilot and cni sections to the root; ztunnel and gateway prefer the root to global.\nWrite the value where the diagnostic says.",
			Before: `values: istiod: replicaCount: 2`,
			After:  `values: istiod: pilot: replicaCount: 2`,
		},
		{
			Code: "MG4004", Since: "0.2.0", Severity: diag.Error,
			Title:  "A raw value is of another type than the chart's",
			Text:   "A template prints what it gets, takes any text for true, even \"false\", and prints a map as Go does. So a value of another type than the chart's default makes an object that nobody meant, or has no effect for as long as another value keeps the template from reading it.\nWrite a value of the type that the diagnostic names. Texts may stand where numbers belong if they begin like one (\"50%\"), and null takes a default away.",
			Before: `values: istiod: pilot: autoscaleEnabled: "false"`,
			After:  `values: istiod: pilot: autoscaleEnabled: false`,
		},
	}
}
