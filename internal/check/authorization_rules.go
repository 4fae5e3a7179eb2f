package check

import (
	"fmt"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

var authorizationRules = Check{
	Doc: Doc{
		Code: "MG3016", Since: "0.1.0", Severity: diag.Error, Also: diag.Warning,
		Title:  "An authorization rule has no target, or two",
		Text:   "A rule is on a namespace of the mesh or on a gateway. In a namespace that is not in the mesh nobody would enforce it.\nName one of the two in to.",
		Before: "namespaces: shop: mesh: true\nauthorization: rules: open: {to: paths: [\"/\"]}",
		After:  "namespaces: shop: mesh: true\nauthorization: rules: open: {to: {namespace: \"shop\", paths: [\"/\"]}}",
	},
	Run: func(m model.Mesh, _ intent.Intent) diag.List {
		var list diag.List
		refuse := func(path, message, suggestion string) {
			list = append(list, diag.Diagnostic{Path: path, Message: message, Suggestion: suggestion})
		}
		for _, r := range m.Authorization.Rules {
			to := r.Path + ".to"
			switch {
			case r.To.Namespace == "" && r.To.Gateway == "":
				refuse(to, "the rule says neither which namespace nor which gateway is called", somewhere(m, to))
			case r.To.Namespace != "" && r.To.Gateway != "":
				refuse(to, "the rule is on a namespace and on a gateway", fmt.Sprintf("remove %s.namespace or %s.gateway", to, to))
			case r.To.Gateway != "" && len(r.To.Labels) > 0:
				refuse(to+".labels", "labels select workloads of a namespace, and the rule is on a gateway", fmt.Sprintf("remove %s.labels", to))
			case r.To.Namespace != "":
				if _, ok := member(m, r.To.Namespace); !ok {
					suggestion := enrol(r.To.Namespace)
					if near := nearNamespace(m, r.To.Namespace); near != "" {
						suggestion = fmt.Sprintf("set %s.namespace to %q", to, near)
					}
					refuse(to+".namespace", fmt.Sprintf("namespace %s is not in the mesh, and nothing there enforces the rule", r.To.Namespace), suggestion)
				}
			}
			http := len(r.To.Paths) > 0 || len(r.To.Methods) > 0 || r.When.Host != ""
			if r.Action == "deny" && r.To.Namespace != "" && http && len(r.To.Ports) == 0 {
				list = append(list, diag.Diagnostic{
					Severity: diag.Warning, Path: r.Path,
					Message:    "a rule that denies by HTTP also closes the ports that speak no HTTP, for they cannot show that they do not match",
					Suggestion: fmt.Sprintf("set %s.ports to the HTTP ports of the pods, as in [8080]", to),
				})
			}
			list = append(list, callers(m, r)...)
		}
		return list
	},
}

// somewhere says how a rule gets a target.
func somewhere(m model.Mesh, to string) string {
	for _, n := range m.Namespaces {
		if n.Mesh {
			return fmt.Sprintf("set %s.namespace to %q, or %s.gateway to the name of a gateway", to, n.Name, to)
		}
	}
	for _, g := range m.Gateways {
		return fmt.Sprintf("set %s.gateway to %q", to, g.Name)
	}
	return fmt.Sprintf(`set %s.namespace to one of the mesh, such as "shop", and namespaces.shop.mesh to true`, to)
}
