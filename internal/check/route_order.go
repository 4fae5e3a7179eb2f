package check

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

// routeOrder: routes of one host behind a gateway of the chart become several
// VirtualServices, whose rules istiod strings together by the age of the
// objects, then by their names, but for those that take every request, which
// come last (istiod, pilot/pkg/networking/core/gateway.go, SortVHostRoutes).
// Gateway API orders all rules of a host by how much they ask for, and only
// then by age (pilot/pkg/config/kube/gateway/conversion.go, sortHTTPRoutes).
var routeOrder = Check{
	Doc: Doc{
		Code: "MG3030", Since: "0.2.0", Severity: diag.Error, Also: diag.Warning,
		Title:  "Which of two rules takes a request is not what the intent says",
		Text:   "Rules of one route are asked in their order. Rules of two routes for one host have none: Istio takes the older object's first, so that the same intent routes differently in two clusters. And a gateway of Gateway API always asks the exact path first, then the longest prefix, then a rule with a method, then one with more headers, whatever their order. A warning where only some of the requests of either rule are meant.\nPut the rules into one route, those that ask for more before the others.",
		Before: "namespaces: web: {}\ngateways: public: servers: web: hosts: [\"a.example.com\"]\nservices: {v1: {namespace: \"web\", port: 80}, v2: {namespace: \"web\", port: 80}}\nroutes: {api: {gateway: \"public\", hosts: [\"a.example.com\"], rules: [{match: [{prefix: \"/api\"}], to: [{service: \"v1\"}]}]}, new: {gateway: \"public\", hosts: [\"a.example.com\"], rules: [{match: [{prefix: \"/api/v2\"}], to: [{service: \"v2\"}]}]}}",
		After:  "namespaces: web: {}\ngateways: public: servers: web: hosts: [\"a.example.com\"]\nservices: {v1: {namespace: \"web\", port: 80}, v2: {namespace: \"web\", port: 80}}\nroutes: api: {gateway: \"public\", hosts: [\"a.example.com\"], rules: [{match: [{prefix: \"/api/v2\"}], to: [{service: \"v2\"}]}, {match: [{prefix: \"/api\"}], to: [{service: \"v1\"}]}]}",
	},
	Run: func(m model.Mesh, _ intent.Intent) diag.List {
		var list diag.List
		type place struct{ gateway, host string }
		before := map[place][]*model.Route{}
		for i := range m.Routes {
			r := &m.Routes[i]
			if r.Gateway.API == "gateway-api" {
				list = append(list, reordered(r)...)
			}
			told := map[*model.Route]bool{r: true}
			for _, host := range answered(r) {
				at := place{r.Gateway.Name, host}
				for _, other := range before[at] {
					if !told[other] {
						told[other] = true
						list = append(list, unordered(other, r, host)...)
					}
				}
				before[at] = append(before[at], r)
			}
		}
		return list
	},
}

// reordered reports the rules of a route that Gateway API asks before others
// that stand before them, and that take some of the same requests.
func reordered(r *model.Route) diag.List {
	var list diag.List
	for j, later := range r.Rules {
		for i, earlier := range r.Rules[:j] {
			a, b, ok := clash(earlier, later, true, func(a, b intent.RouteMatch) bool { return asksMore(a, b) < 0 })
			if !ok {
				continue
			}
			list = append(list, diag.Diagnostic{
				Path:       fmt.Sprintf("%s.rules[%d]", r.Path, j),
				Message:    fmt.Sprintf("Gateway API asks this rule before %s.rules[%d], which stands first: a request for %s that both match is this rule's", r.Path, i, sample(a, b)),
				Suggestion: fmt.Sprintf("move %s.rules[%d] before %s.rules[%d], or let it ask for less", r.Path, j, r.Path, i),
			})
			break
		}
	}
	return list
}

// unordered reports the first rules of two routes that take the same request of
// a host, where nothing but the age of the objects decides.
func unordered(x, y *model.Route, host string) diag.List {
	segments := x.Gateway.API == "gateway-api"
	undecided := func(a, b intent.RouteMatch) bool {
		if segments {
			return asksMore(a, b) == 0
		}
		return takesAll(a) == takesAll(b)
	}
	var some diag.List
	for i, earlier := range x.Rules {
		for j, later := range y.Rules {
			a, b, ok := clash(earlier, later, segments, undecided)
			if !ok {
				continue
			}
			d := diag.Diagnostic{
				Path: fmt.Sprintf("%s.rules[%d]", y.Path, j),
				Message: fmt.Sprintf("a request for %s of host %s is for this rule and for %s.rules[%d], and of two routes Istio takes the older one",
					sample(a, b), host, x.Path, i),
				Suggestion: fmt.Sprintf("put the rules of %s and %s into one route, those with the longer paths first", x.Path, y.Path),
			}
			if takesMatch(a, b, segments) || takesMatch(b, a, segments) {
				return diag.List{d}
			}
			if d.Severity = diag.Warning; len(some) == 0 {
				some = append(some, d)
			}
		}
	}
	return some
}

// clash returns the first matches of two rules that can both match a request and
// are in some relation, and whether there are any. Rules that do the same cannot clash.
func clash(x, y model.RouteRule, segments bool, related func(a, b intent.RouteMatch) bool) (a, b intent.RouteMatch, ok bool) {
	if reflect.DeepEqual(x.To, y.To) && x.Timeout == y.Timeout && reflect.DeepEqual(x.Retries, y.Retries) {
		return a, b, false
	}
	for _, a := range alternatives(x) {
		for _, b := range alternatives(y) {
			if meet(a, b, segments) && related(a, b) {
				return a, b, true
			}
		}
	}
	return a, b, false
}

// alternatives are the matches of a rule; one without any takes every request.
func alternatives(r model.RouteRule) []intent.RouteMatch {
	if len(r.Match) == 0 {
		return []intent.RouteMatch{{}}
	}
	return r.Match
}

// meet says whether a request exists that two matches match.
func meet(a, b intent.RouteMatch, segments bool) bool {
	if a.Method != "" && b.Method != "" && a.Method != b.Method {
		return false
	}
	for name, value := range a.Headers {
		for other, wanted := range b.Headers {
			if strings.EqualFold(name, other) && value != wanted {
				return false
			}
		}
	}
	switch {
	case a.Exact != "" && b.Exact != "":
		return a.Exact == b.Exact
	case a.Exact != "":
		return startsWith(a.Exact, prefixOf(b), segments)
	case b.Exact != "":
		return startsWith(b.Exact, prefixOf(a), segments)
	}
	return startsWith(prefixOf(a), prefixOf(b), segments) || startsWith(prefixOf(b), prefixOf(a), segments)
}

// prefixOf is the prefix of a match without an exact path; every path begins with a slash.
func prefixOf(m intent.RouteMatch) string { return cmp.Or(m.Prefix, "/") }

// takesAll says whether a match is of every request.
func takesAll(m intent.RouteMatch) bool {
	return m.Exact == "" && prefixOf(m) == "/" && m.Method == "" && len(m.Headers) == 0
}

// asksMore compares two matches by what Gateway API asks first; positive when a comes first.
func asksMore(a, b intent.RouteMatch) int {
	count := func(yes bool) int {
		if yes {
			return 1
		}
		return 0
	}
	return cmp.Or(
		cmp.Compare(count(a.Exact != ""), count(b.Exact != "")),
		cmp.Compare(len(cmp.Or(a.Exact, prefixOf(a))), len(cmp.Or(b.Exact, prefixOf(b)))),
		cmp.Compare(count(a.Method != ""), count(b.Method != "")),
		cmp.Compare(len(a.Headers), len(b.Headers)),
	)
}

// sample is a path that two matches take, which meet.
func sample(a, b intent.RouteMatch) string {
	path := cmp.Or(a.Exact, b.Exact)
	if path == "" {
		path = slices.MaxFunc([]string{prefixOf(a), prefixOf(b)}, func(x, y string) int { return cmp.Compare(len(x), len(y)) })
	}
	return path
}

// answered are the hosts that the gateway answers for by a route: the narrower
// one of the route's host and a server's.
func answered(r *model.Route) []string {
	var hosts []string
	for _, s := range r.Gateway.Servers {
		for _, host := range s.Hosts {
			for _, own := range r.Hosts {
				switch {
				case s.Opaque():
				case covered(own, []string{host}):
					hosts = append(hosts, own)
				case covered(host, []string{own}):
					hosts = append(hosts, host)
				}
			}
		}
	}
	return hosts
}
