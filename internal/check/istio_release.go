package check

import "github.com/meshgen/meshgen/internal/diag"

// releases are the pages about the charts of an Istio release: where meshgen has
// none, and where the repository's are not what they should be. Package chart
// gives the diagnostics.
func releases() []Doc {
	const (
		archive = "helm pull ztunnel --version 1.31.2 --repo ... && meshgen charts add ztunnel-1.31.2.tgz"
		again   = "git checkout HEAD -- charts/1.31.2 && meshgen render"
	)
	return []Doc{
		{
			Code: "MG3003", Since: "0.1.0", Severity: diag.Error,
			Title:  "There are no charts of the Istio version",
			Text:   "meshgen renders the official charts that it was built with, so that rendering needs no network. Charts of other patch releases of the same minor are taken from the repository, where meshgen charts add puts them. Another minor has other values, and needs another meshgen.\nName the release that meshgen holds, or bring the charts of the release.",
			Before: `istio: version: "1.31.9"`,
			After:  `istio: version: "1.31.1"`,
		},
		{
			Code: "MG4020", Since: "0.2.0", Severity: diag.Error,
			Title:  "A chart of the repository is not the one that was added",
			Text:   "Each chart below charts/ is pinned by digest in the charts.lock of its release. A file of it was changed, is missing or stands there without a pin; or the lock cannot be read; or the chart was never added. What is rendered would not be what somebody looked at.\nTake charts/ back from version control, or add the release's charts again. A release's chart does not change: where another one with the same version is to take its place, --replace says so.",
			Before: "charts/1.31.2/ztunnel/templates/daemonset.yaml, with an edit of one's own",
			After:  again + " // an edit belongs into patches",
		},
		{
			Code: "MG4021", Since: "0.2.0", Severity: diag.Error,
			Title:  "A chart from outside is refused",
			Text:   "meshgen takes Istio's charts, as a release brings them: base, istiod, cni, ztunnel and gateway, of one patch release of the minor that this meshgen drives. It looks at all of an archive or folder before it writes or renders any of it: paths that lead elsewhere or that systems read differently, links, more bytes than a chart has; charts within charts; hooks, which Helm runs and no GitOps engine does; schemas that refer to files or to the network; and templates that call what asks a cluster or a name server, looks at the clock, draws random numbers, makes keys, or is none of the functions that meshgen runs.\nTake the chart of an Istio release.",
			Before: "meshgen charts add ./istio/manifests/charts/ztunnel   // Istio's sources, whose version is 1.0.0",
			After:  archive,
		},
		{
			Code: "MG4022", Since: "0.2.0", Severity: diag.Error,
			Title:  "A chart of the repository does not render",
			Text:   "A template of the chart stops, does not end, writes more than a chart may, or gives something that is no Kubernetes object, whatever the intent says. Templates run with a count of steps and bytes, which Istio's charts use a quarter of; so that a chart that never ends is refused, on each machine alike.\nTake the chart of an Istio release.",
			Before: `{{ define "a" }}{{ include "a" . }}{{ include "a" . }}{{ end }}   // in charts/1.31.2/ztunnel/templates/daemonset.yaml, and pinned`,
			After:  archive,
		},
	}
}
