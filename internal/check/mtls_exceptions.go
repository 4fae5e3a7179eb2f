package check

import (
	"fmt"
	"maps"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

var mtlsExceptions = Check{
	Doc: Doc{
		Code: "MG3015", Since: "0.1.0", Severity: diag.Error,
		Title:  "An exception to mutual TLS excepts nothing",
		Text:   "An exception opens ports of a workload in the mesh whose namespace is strict. Elsewhere plaintext is let in anyway, and the exception would only look as if it did something.\nRemove the exception, enrol the namespace, or make it strict.",
		Before: "mtls: {stage: \"permissive\", exceptions: hook: {namespace: \"db\", labels: app: \"db\", ports: [9443], reason: \"webhook\"}}\nnamespaces: db: mesh: true",
		After:  "mtls: {stage: \"strict\", exceptions: hook: {namespace: \"db\", labels: app: \"db\", ports: [9443], reason: \"webhook\"}}\nnamespaces: db: mesh: true",
	},
	Run: func(m model.Mesh, _ intent.Intent) diag.List {
		var list diag.List
		for i, e := range m.MTLS.Exceptions {
			for _, other := range m.MTLS.Exceptions[:i] {
				if e.Namespace == other.Namespace && maps.Equal(e.Labels, other.Labels) {
					list = append(list, diag.Diagnostic{
						Path:       e.Path,
						Message:    fmt.Sprintf("exception %s selects the same workload, and Istio takes the older of the two alone", other.Name),
						Suggestion: fmt.Sprintf("put the ports of %s into %s", e.Path, other.Path),
					})
				}
			}
		}
		for _, e := range m.MTLS.Exceptions {
			namespace, isMember := member(m, e.Namespace)
			stage := m.MTLS.Stage
			if namespace.Stage != "" {
				stage = namespace.Stage
			}
			switch {
			case !isMember:
				list = append(list, diag.Diagnostic{
					Path:       e.Path + ".namespace",
					Message:    fmt.Sprintf("namespace %s is not in the mesh, and takes plaintext anyway", e.Namespace),
					Suggestion: fmt.Sprintf("%s, or remove %s", enrol(e.Namespace), e.Path),
				})
			case stage != intent.Strict:
				list = append(list, diag.Diagnostic{
					Path:       e.Path,
					Message:    fmt.Sprintf("namespace %s is permissive, and takes plaintext on every port", e.Namespace),
					Suggestion: fmt.Sprintf(`set mtls.stage to "strict", or remove %s`, e.Path),
				})
			case len(e.Labels) == 0:
				list = append(list, diag.Diagnostic{
					Path:       e.Path + ".labels",
					Message:    "the exception selects no workload; Istio takes ports only with a selector",
					Suggestion: "name labels of the workload's pods",
				})
			}
		}
		return list
	},
}
