package check

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

func TestRoutesReached(t *testing.T) {
	type match = intent.RouteMatch
	for _, c := range []struct {
		name  string
		api   string
		rules [][]match
		want  []string
	}{
		{"in order", "chart", [][]match{{{Exact: "/a/b"}}, {{Prefix: "/a"}}, {}}, nil},
		{"behind every request", "chart", [][]match{{}, {{Prefix: "/a"}}}, []string{"routes.web.rules[1]: no request comes to the rule: routes.web.rules[0] takes all that it matches"}},
		{"every request twice", "chart", [][]match{{{Prefix: "/"}}, {}}, []string{"routes.web.rules[1]: no request comes to the rule: routes.web.rules[0] takes all that it matches"}},
		{"behind a shorter prefix", "chart", [][]match{{{Prefix: "/a"}}, {{Exact: "/apiary", Method: "GET"}}}, []string{"routes.web.rules[1]: no request comes to the rule: routes.web.rules[0] takes all that it matches"}},
		{"a prefix of whole segments", "gateway-api", [][]match{{{Prefix: "/a"}}, {{Exact: "/apiary"}}, {{Prefix: "/a/"}}, {{Prefix: "/a"}}}, []string{"routes.web.rules[3]: no request comes to the rule: routes.web.rules[0] takes all that it matches"}},
		{"more conditions before", "chart", [][]match{{{Prefix: "/", Method: "GET"}}, {{Prefix: "/", Headers: map[string]string{"x": "1"}}}, {{Prefix: "/a"}}}, nil},
		{"the same conditions", "chart", [][]match{{{Headers: map[string]string{"x": "1"}}}, {{Prefix: "/a", Headers: map[string]string{"x": "1", "y": "2"}}}}, []string{"routes.web.rules[1]: no request comes to the rule: routes.web.rules[0] takes all that it matches"}},
		{"headers in another case", "chart", [][]match{{{Headers: map[string]string{"X-A": "1"}}}, {{Prefix: "/a", Headers: map[string]string{"x-a": "1"}}}}, []string{"routes.web.rules[1]: no request comes to the rule: routes.web.rules[0] takes all that it matches"}},
		{"two values of a header", "chart", [][]match{{{Headers: map[string]string{"X-A": "1", "x-a": "2", "x-b": "1", "X-B": "1"}}}}, []string{`routes.web.rules[0].match[0].headers."x-a": no request comes to the match: X-A must be "1" and x-a "2", which are one header`}},
		{"one match of two", "chart", [][]match{{{Prefix: "/a"}}, {{Prefix: "/b"}, {Prefix: "/a/b"}}}, []string{"routes.web.rules[1].match[1]: no request comes to the match: routes.web.rules[0] takes all of it"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			route := model.Route{Name: "web", Path: "routes.web", Gateway: &model.Gateway{API: c.api}}
			for _, matches := range c.rules {
				route.Rules = append(route.Rules, model.RouteRule{Match: matches})
			}
			var got []string
			for _, d := range routesReached.Run(model.Mesh{Routes: []model.Route{route}}, intent.Intent{}) {
				got = append(got, d.Path+": "+d.Message)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestLiteralStars(t *testing.T) {
	rule := model.AuthRule{Path: "authorization.rules.a"}
	rule.To.Paths = []string{"/a*", "*/a", "*", "/a/{*}/b", "/a/{**}", "/a*b", "*a*", "/a**"}
	var got []string
	for _, d := range literalStars.Run(model.Mesh{Authorization: model.Authorization{Rules: []model.AuthRule{rule}}}, intent.Intent{}) {
		got = append(got, d.Path+": "+d.Message)
	}
	want := []string{
		`authorization.rules.a.to.paths[5]: the star in the middle of "/a*b" stands for itself`,
		`authorization.rules.a.to.paths[6]: the star in the middle of "*a*" stands for itself`,
		`authorization.rules.a.to.paths[7]: the star in the middle of "/a**" stands for itself`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
