package check

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

var routesReached = Check{
	Doc: Doc{
		Code: "MG3025", Since: "0.2.0", Severity: diag.Error,
		Title:  "No request comes to a rule of a route",
		Text:   "The first rule that matches decides, and a rule before takes every request that this one matches: it stands behind a rule without match, or one with a shorter prefix and no more conditions. Istio drops such a rule and says nothing. Or its match wants two values of one header, whose names know no case.\nMove it before the other, or remove it. A rule for all the rest comes last.",
		Before: "namespaces: web: {}\ngateways: public: servers: web: hosts: [\"a.example.com\"]\nservices: {v1: {namespace: \"web\", port: 80}, v2: {namespace: \"web\", port: 80}}\nroutes: web: {gateway: \"public\", hosts: [\"a.example.com\"], rules: [{to: [{service: \"v1\"}]}, {match: [{prefix: \"/new\"}], to: [{service: \"v2\"}]}]}",
		After:  "namespaces: web: {}\ngateways: public: servers: web: hosts: [\"a.example.com\"]\nservices: {v1: {namespace: \"web\", port: 80}, v2: {namespace: \"web\", port: 80}}\nroutes: web: {gateway: \"public\", hosts: [\"a.example.com\"], rules: [{match: [{prefix: \"/new\"}], to: [{service: \"v2\"}]}, {to: [{service: \"v1\"}]}]}",
	},
	Run: func(m model.Mesh, _ intent.Intent) diag.List {
		var list diag.List
		for _, r := range m.Routes {
			segments := r.Gateway != nil && r.Gateway.API == "gateway-api"
			var before []reached
			for i, rule := range r.Rules {
				matches := rule.Match
				if len(matches) == 0 {
					matches = []intent.RouteMatch{{}} // every request
				}
				for n, match := range rule.Match {
					list = append(list, oppositeHeaders(fmt.Sprintf("%s.rules[%d].match[%d]", r.Path, i, n), match.Headers)...)
				}
				idle, first := 0, 0
				for n, match := range matches {
					for _, b := range before {
						if !takesMatch(b.match, match, segments) || segments && asksMore(match, b.match) > 0 {
							continue // Gateway API asks the later one first: routeOrder says so
						}
						if idle++; idle == 1 {
							first = b.rule
						}
						if len(matches) > 1 {
							list = append(list, diag.Diagnostic{
								Path:       fmt.Sprintf("%s.rules[%d].match[%d]", r.Path, i, n),
								Message:    fmt.Sprintf("no request comes to the match: %s.rules[%d] takes all of it", r.Path, b.rule),
								Suggestion: fmt.Sprintf("remove %s.rules[%d].match[%d], or move the rule before the other", r.Path, i, n),
							})
						}
						break
					}
					before = append(before, reached{match, i})
				}
				if len(matches) == 1 && idle == 1 {
					list = append(list, diag.Diagnostic{
						Path:       fmt.Sprintf("%s.rules[%d]", r.Path, i),
						Message:    fmt.Sprintf("no request comes to the rule: %s.rules[%d] takes all that it matches", r.Path, first),
						Suggestion: fmt.Sprintf("move %s.rules[%d] before %s.rules[%d], or remove it", r.Path, i, r.Path, first),
					})
				}
			}
		}
		return list
	},
}

// oppositeHeaders reports a match that wants two values of one header: the names
// of headers know no case, and istiod asks for both.
func oppositeHeaders(path string, headers map[string]string) diag.List {
	first := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		lower := strings.ToLower(name)
		other, twice := first[lower]
		if !twice || headers[other] == headers[name] {
			first[lower] = name
			continue
		}
		at := intent.Join(path+".headers", name)
		return diag.List{{
			Path:       at,
			Message:    fmt.Sprintf("no request comes to the match: %s must be %q and %s %q, which are one header", other, headers[other], name, headers[name]),
			Suggestion: fmt.Sprintf("remove %s, or write a match for it in %s", at, path[:strings.LastIndex(path, "[")]),
		}}
	}
	return nil
}

// reached is a match, and the number of its rule.
type reached struct {
	match intent.RouteMatch
	rule  int
}

// takesMatch says whether a match takes every request that another matches. With
// segments a prefix is of whole segments of the path, as in an HTTPRoute.
func takesMatch(a, b intent.RouteMatch, segments bool) bool {
	if a.Method != "" && a.Method != b.Method {
		return false
	}
	for name, value := range a.Headers { // names of headers know no case
		same := false
		for other, with := range b.Headers {
			same = same || strings.EqualFold(name, other) && value == with
		}
		if !same {
			return false
		}
	}
	if a.Exact != "" && a.Exact != b.Exact {
		return false
	}
	if a.Prefix == "" || a.Prefix == "/" {
		return true
	}
	return startsWith(b.Exact, a.Prefix, segments) || startsWith(b.Prefix, a.Prefix, segments)
}

func startsWith(path, prefix string, segments bool) bool {
	if !segments {
		return strings.HasPrefix(path, prefix)
	}
	prefix = strings.TrimSuffix(prefix, "/")
	return path == prefix || strings.HasPrefix(path, prefix+"/")
}
