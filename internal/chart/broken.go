package chart

import (
	"fmt"
	"path"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/object"
)

// broken reports that a chart of the repository does not render whatever people
// write: it is at fault, or it is for another meshgen.
func (c *Chart) broken(r *refusal) diag.List {
	said := r.message
	if r.at.file != "" {
		said = r.at.file + ": " + said
		if r.at.line > 0 {
			said = fmt.Sprintf("%s:%d: %s", r.at.file, r.at.line, r.message)
		}
	}
	return diag.List{{
		Code: "MG4022", Severity: diag.Error, Path: versionPath,
		Message:    fmt.Sprintf("the chart %s does not render: %s", c.folder, said),
		Suggestion: "take the chart of an Istio release: run meshgen charts add with the archive of helm pull",
		Related:    []diag.Note{{Message: "it stands here", Position: diag.Position{File: path.Join(c.folder, r.at.file), Line: r.at.line}}},
	}}
}

// checkObjects holds what a chart from outside gives against what everybody
// relies on. The built-in charts give nothing else, as goldens show.
func checkObjects(objects []object.Object) error {
	for _, o := range objects {
		said := ""
		switch _, list := object.Items(o.Value); {
		case o.APIVersion() == "" || o.Kind() == "" || o.Name() == "":
			said = "it gives something without an apiVersion, a kind or a name, which is no object"
		case list:
			said = fmt.Sprintf("it gives a %s, and a chart of Istio's gives its objects one by one", o.Kind())
		}
		if err := newBudget(maxSteps).check(o.Value); err != nil && said == "" {
			said = fmt.Sprintf("%s is more than meshgen takes: %v", o.ID(), err)
		}
		for key := range o.Annotations() {
			if strings.HasPrefix(key, "helm.sh/hook") {
				said = fmt.Sprintf("%s is a hook, which Helm runs and no GitOps engine does", o.ID())
			}
		}
		if said != "" {
			return &refusal{message: said, at: problem{file: o.Origin.Template}}
		}
	}
	return nil
}
