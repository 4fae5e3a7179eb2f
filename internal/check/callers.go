package check

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/model"
)

// callers returns what is wrong with the namespaces and service accounts that a
// rule lets in or keeps out: who has no identity never matches. A gateway has
// one, whatever its namespace is.
func callers(m model.Mesh, r model.AuthRule) diag.List {
	var list diag.List
	look := func(path, namespace, rest string) {
		if _, ok := member(m, namespace); ok || slices.ContainsFunc(m.Gateways, func(g model.Gateway) bool { return g.Namespace == namespace }) {
			return
		}
		d := diag.Diagnostic{
			Severity: diag.Warning, Path: path,
			Message:    fmt.Sprintf("namespace %s is not in the mesh: its workloads have no identity, and never match", namespace),
			Suggestion: enrol(namespace),
		}
		if near := nearNamespace(m, namespace); near != "" {
			d.Message = fmt.Sprintf("the intent has no namespace %s: nobody of it is in the mesh, and nobody matches", namespace)
			d.Suggestion = fmt.Sprintf("set %s to %s", path, strconv.Quote(near+rest))
		}
		list = append(list, d)
	}
	for i, name := range r.From.Namespaces {
		look(fmt.Sprintf("%s.from.namespaces[%d]", r.Path, i), name, "")
	}
	for i, account := range r.From.ServiceAccounts {
		namespace, _, _ := strings.Cut(account, "/")
		look(fmt.Sprintf("%s.from.serviceAccounts[%d]", r.Path, i), namespace, strings.TrimPrefix(account, namespace))
	}
	return list
}

// nearNamespace returns the namespace that somebody most likely meant by one
// that the intent does not have, or "".
func nearNamespace(m model.Mesh, name string) string {
	var names []string
	for _, n := range m.Namespaces {
		if n.Name == name {
			return ""
		}
		names = append(names, n.Name)
	}
	return diag.Nearest(name, names)
}
