package check

import (
	"fmt"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

var literalStars = Check{
	Doc: Doc{
		Code: "MG3026", Since: "0.2.0", Severity: diag.Error,
		Title:  "A star stands in the middle of a path",
		Text:   "In the paths of an authorization rule a star stands for any text at the beginning or at the end. Elsewhere it stands for itself: a rule that allows lets nothing through, and one that denies stops nothing.\nLet the star stand at the beginning or the end, or write {*} for one segment of the path and {**} for any number of them.",
		Before: "namespaces: web: mesh: true\nauthorization: rules: orders: {action: \"deny\", to: {namespace: \"web\", paths: [\"/users/*/orders\"]}}",
		After:  "namespaces: web: mesh: true\nauthorization: rules: orders: {action: \"deny\", to: {namespace: \"web\", paths: [\"/users/{*}/orders\"]}}",
	},
	Run: func(m model.Mesh, _ intent.Intent) diag.List {
		var list diag.List
		for _, r := range m.Authorization.Rules {
			for i, path := range r.To.Paths {
				bare := strings.NewReplacer("{*}", "", "{**}", "").Replace(path)
				if rest, ok := strings.CutPrefix(bare, "*"); ok {
					bare = rest
				} else {
					bare = strings.TrimSuffix(bare, "*")
				}
				if strings.Contains(bare, "*") {
					at := fmt.Sprintf("%s.to.paths[%d]", r.Path, i)
					list = append(list, diag.Diagnostic{
						Path:       at,
						Message:    fmt.Sprintf("the star in the middle of %q stands for itself", path),
						Suggestion: fmt.Sprintf("let * stand at the beginning or the end of %s, or write {*} for a segment of the path", at),
					})
				}
			}
		}
		return list
	},
}
