package check

import (
	"fmt"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

var routeWeights = Check{
	Doc: Doc{
		Code: "MG3013", Since: "0.1.0", Severity: diag.Error,
		Title:  "The weights of a route do not add up to 100",
		Text:   "A weight is the share of the requests in percent. Istio would scale other sums in silence, and the canary would get another share than the one that is written.\nMake the weights add up to 100.",
		Before: "namespaces: web: {}\ngateways: public: servers: web: hosts: [\"a.example.com\"]\nservices: {v1: {namespace: \"web\", port: 80}, v2: {namespace: \"web\", port: 80}}\nroutes: web: {gateway: \"public\", hosts: [\"a.example.com\"], rules: [{to: [{service: \"v1\", weight: 90}, {service: \"v2\", weight: 20}]}]}",
		After:  "namespaces: web: {}\ngateways: public: servers: web: hosts: [\"a.example.com\"]\nservices: {v1: {namespace: \"web\", port: 80}, v2: {namespace: \"web\", port: 80}}\nroutes: web: {gateway: \"public\", hosts: [\"a.example.com\"], rules: [{to: [{service: \"v1\", weight: 80}, {service: \"v2\", weight: 20}]}]}",
	},
	Run: func(m model.Mesh, _ intent.Intent) diag.List {
		var list diag.List
		for _, r := range m.Routes {
			for i, rule := range r.Rules {
				sum := 0
				var terms []string
				for _, to := range rule.To {
					sum += to.Weight
					terms = append(terms, fmt.Sprint(to.Weight))
				}
				if sum != 100 {
					list = append(list, diag.Diagnostic{
						Path:       fmt.Sprintf("%s.rules[%d].to", r.Path, i),
						Message:    fmt.Sprintf("the weights %s add up to %d, not to 100", strings.Join(terms, " + "), sum),
						Suggestion: rebalanced(fmt.Sprintf("%s.rules[%d].to", r.Path, i), rule.To, sum),
					})
				}
			}
		}
		return list
	},
}

// rebalanced says which weights add up to 100: the biggest takes the difference,
// or, where that cannot be, all shrink or grow alike.
func rebalanced(path string, to []model.Destination, sum int) string {
	big := 0
	for i := range to {
		if to[i].Weight > to[big].Weight {
			big = i
		}
	}
	if w := to[big].Weight + 100 - sum; w > 0 && w <= 100 {
		return fmt.Sprintf("set %s[%d].weight to %d", path, big, w)
	}
	left, parts := 100, make([]string, len(to))
	for i := range to {
		w := 100 / len(to)
		if sum > 0 {
			w = to[i].Weight * 100 / sum
		}
		if i == len(to)-1 {
			w = left
		}
		left -= w
		parts[i] = fmt.Sprintf("set %s[%d].weight to %d", path, i, w)
	}
	return strings.Join(parts, ", ")
}
