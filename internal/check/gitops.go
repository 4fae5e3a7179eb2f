package check

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

var gitOps = Check{
	Doc: Doc{
		Code: "MG3020", Since: "0.1.0", Severity: diag.Error,
		Title:  "A GitOps field does not go with the engine",
		Text:   "Flux is told the name of a GitRepository, Argo CD the repository's address. Decryption, substitution and intervals are Flux's, projects and revisions Argo CD's.\nCorrect source or engine, or remove the field.",
		Before: `gitops: {engine: "argocd", source: "fleet"}`,
		After:  `gitops: {engine: "argocd", source: "https://git.example.com/platform/fleet.git"}`,
	},
	Run: func(m model.Mesh, in intent.Intent) diag.List {
		g := m.GitOps
		if g == nil {
			return nil
		}
		var list diag.List
		address := strings.Contains(g.Source, "://") || strings.Contains(g.Source, "@")
		foreign := []string{"gitops.revision", "gitops.project"}
		other := "argocd"
		switch {
		case g.Engine == "argocd":
			foreign = []string{"gitops.interval", "gitops.timeout", "gitops.decryption", "gitops.substitute"}
			other = "flux"
			if !address {
				list = append(list, diag.Diagnostic{
					Path:       "gitops.source",
					Message:    fmt.Sprintf("Argo CD takes the address of a repository, and %q is none", g.Source),
					Suggestion: `set gitops.source to an address such as "https://git.example.com/platform/fleet.git"`,
				})
			}
		case address:
			list = append(list, diag.Diagnostic{
				Path:       "gitops.source",
				Message:    "Flux takes the name of a GitRepository, not an address",
				Suggestion: "set gitops.source to the name of the GitRepository that holds this repository, such as \"flux-system\"",
			})
		case len(validation.IsDNS1123Subdomain(g.Source)) > 0:
			list = append(list, diag.Diagnostic{
				Path:       "gitops.source",
				Message:    fmt.Sprintf("no GitRepository can have the name %q: names are lower-case letters, digits, - and .", g.Source),
				Suggestion: "set gitops.source to the name of the GitRepository that holds this repository, such as \"flux-system\"",
			})
		}
		// A range of tags may have blanks between its parts, such as ">=1.2 <2".
		if g.Engine == "argocd" && strings.ContainsAny(g.Revision, " \t\n") && !strings.ContainsAny(g.Revision, "<>=") {
			list = append(list, diag.Diagnostic{
				Path:       "gitops.revision",
				Message:    fmt.Sprintf("git takes no branch, tag or commit with a blank in it, as in %q (git help check-ref-format)", g.Revision),
				Suggestion: "set gitops.revision to a branch, a tag or a commit, such as \"main\"",
			})
		}
		for _, path := range foreign {
			if in.Written(path) {
				list = append(list, diag.Diagnostic{
					Path:       path,
					Message:    fmt.Sprintf("%s is a field of %s, and the engine is %s", path, other, g.Engine),
					Suggestion: "remove " + path,
				})
			}
		}
		return list
	},
}
