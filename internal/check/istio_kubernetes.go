package check

import (
	"fmt"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

// kubernetesMinors are the Kubernetes minors that an Istio minor was tested
// with: the announcements of the releases, and
// https://istio.io/latest/docs/releases/supported-releases/.
var kubernetesMinors = map[int][2]model.Minor{
	27: {29, 33}, 28: {30, 34}, 29: {31, 35}, 30: {32, 36}, 31: {32, 36},
}

var istioKubernetes = Check{
	Doc: Doc{
		Code: "MG3004", Since: "0.1.0", Severity: diag.Error, Also: diag.Warning,
		Title:  "The Istio release does not go with the Kubernetes version",
		Text:   "Istio is tested with a few minor versions of Kubernetes; istiod refuses to start on one that is too old. A Kubernetes that is newer than the release is a warning, for it was not tested.\nUpgrade the one or the other.",
		Before: `cluster: kubernetes: "1.30"`,
		After:  `cluster: kubernetes: "1.34"`,
	},
	Run: func(m model.Mesh, _ intent.Intent) diag.List {
		minors, ok := kubernetesMinors[m.Istio.Minor]
		k := m.Cluster.Kubernetes
		switch {
		case !ok || k >= minors[0] && k <= minors[1]:
			return nil
		case k < minors[0]:
			return diag.List{{
				Path:       "cluster.kubernetes",
				Message:    fmt.Sprintf("Istio %s needs Kubernetes 1.%d or later, and the cluster runs 1.%d", m.Istio.Version, minors[0], k),
				Suggestion: fmt.Sprintf(`upgrade the cluster, and set cluster.kubernetes to "1.%d" or later`, minors[0]),
			}}
		}
		return diag.List{{
			Severity:   diag.Warning,
			Path:       "cluster.kubernetes",
			Message:    fmt.Sprintf("Istio %s was tested with Kubernetes 1.%d to 1.%d, and the cluster runs 1.%d", m.Istio.Version, minors[0], minors[1], k),
			Suggestion: tested(int(k)),
		}}
	},
}

// tested says which Istio goes with a minor version of Kubernetes.
func tested(k int) string {
	newest := 0
	for minor, minors := range kubernetesMinors { // the greatest is the same in any order
		if k >= int(minors[0]) && k <= int(minors[1]) {
			newest = max(newest, minor)
		}
	}
	if newest == 0 {
		return "keep to it, if your own tests say so: no Istio release that meshgen knows was tested with it"
	}
	return fmt.Sprintf("set istio.version to a release of 1.%d, which was tested with it", newest)
}
