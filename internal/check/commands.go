package check

import "github.com/meshgen/meshgen/internal/diag"

// commands are the pages about what commands alone report: what meshgen plan is
// asked to compare, and what meshgen import reads and writes.
func commands() []Doc {
	return []Doc{
		{
			Code: "MG1020", Since: "0.1.0", Severity: diag.Error,
			Title: "A value to compare with that the intent cannot take",
			Text: "meshgen plan --compare PATH=VALUE lays a value over the intent. The path must be one of the language, the names " +
				"that people choose in it must be the cluster's, and the value must fit the field, as in a file.\n" +
				"Take the path and the value that are suggested. Text needs no quotes; an empty value takes the field away.",
			Before: "meshgen plan --compare gateways.publc.replicas=3",
			After:  "meshgen plan --compare gateways.public.replicas=3",
		},
		{
			Code: "MG6006", Since: "0.1.0", Severity: diag.Error,
			Title: "The input is no list of nodes",
			Text: "meshgen import nodes reads Nodes of Kubernetes' API, alone, in a list or in several, as JSON or YAML. " +
				"This is something else, is cut off, or holds a node without the values that a pool needs.\n" +
				"Give what kubectl get nodes -o json prints, of one cluster.",
			Before: "kubectl get nodes | meshgen import nodes",
			After:  "kubectl get nodes -o json | meshgen import nodes",
		},
		{
			Code: "MG6007", Since: "0.1.0", Severity: diag.Warning,
			Title: "A node is left out",
			Text: "The node runs Windows, is of an instruction set for which Istio has no images, or is no machine but a " +
				"virtual kubelet. The mesh cannot run there, so that no pool is made of it.\n" +
				"Keep the mesh's pods off such nodes, with a taint or by placement.pools.",
			Before: "kubernetes.io/os: windows # in the list of nodes",
			After:  "kubectl get nodes -l kubernetes.io/os=linux -o json | meshgen import nodes",
		},
		{
			Code: "MG6008", Since: "0.1.0", Severity: diag.Error,
			Title: "nodes.cue is not as meshgen import wrote it",
			Text: "meshgen import nodes --cluster replaces the file that it wrote itself, and knows it by the digest in its " +
				"first lines. This one was written by somebody, or edited since.\n" +
				"Move what was added to mesh.cue, which meshgen never writes; or let --force replace the file.",
			Before: "meshgen import nodes --cluster edge-1 nodes.json # after an edit of overlays/edge-1/nodes.cue",
			After:  "meshgen import nodes --cluster edge-1 --force nodes.json",
		},
	}
}
