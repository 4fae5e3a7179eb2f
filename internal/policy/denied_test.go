package policy

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

// TestDeniedByHTTP: where a rule denies by HTTP on a waypoint, the pods admit the
// waypoint alone, so that nobody who calls them directly goes round the rule;
// where it denies by ports, the rule is on the pods as well.
func TestDeniedByHTTP(t *testing.T) {
	rule := func(name, action string, fill func(*model.AuthRule)) model.AuthRule {
		r := model.AuthRule{Name: name, Path: "authorization.rules." + name}
		r.Action, r.To.Namespace = action, "data"
		fill(&r)
		return r
	}
	byMethod := rule("nodelete", "deny", func(r *model.AuthRule) { r.To.Methods = []string{"DELETE"} })
	byPort := rule("noport", "deny", func(r *model.AuthRule) { r.To.Ports = []int{9000} })
	admitted := rule("web", "allow", func(r *model.AuthRule) { r.From.Namespaces = []string{"web"} })
	for _, test := range []struct {
		name  string
		rules []model.AuthRule
		want  []string
	}{
		{"by method", []model.AuthRule{byMethod}, []string{"nodelete", "waypoint.pods"}},
		{"by port", []model.AuthRule{byPort}, []string{"noport", "noport.pods"}},
		{"beside callers that are let in", []model.AuthRule{byMethod, byPort, admitted}, []string{"nodelete", "noport", "noport.pods", "web", "waypoint.pods"}},
		{"callers alone", []model.AuthRule{admitted}, []string{"web", "web.pods", "waypoint.pods"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := model.Mesh{
				Ambient:       true,
				Namespaces:    []model.Namespace{{Name: "data", Path: "namespaces.data", Mesh: true, Mode: intent.Ambient, Waypoint: true}},
				Authorization: model.Authorization{Rules: test.rules},
			}
			var got []string
			for _, o := range Authorization(m) {
				got = append(got, o.ID().Name)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
