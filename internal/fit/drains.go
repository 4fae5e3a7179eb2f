package fit

import (
	"fmt"
	"strconv"

	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/workload"
)

// drains finds disruption budgets that never let a pod go. The pods of a
// DaemonSet do not matter: a drain leaves them where they are. A workload may
// be at its least replicas when the drain comes, so that they are what counts.
func (s *setup) drains() diag.List {
	var list diag.List
	for i, w := range s.work {
		if w.PerNode || w.Replicas.Min == 0 || w.Role == workload.Platform {
			continue
		}
		if len(w.Budgets) > 1 {
			var names []string
			for _, b := range w.Budgets {
				names = append(names, b.Name)
			}
			list = append(list, diag.Diagnostic{
				Code: "MG2005", Severity: diag.Error, Path: w.Path,
				Message:    fmt.Sprintf("the disruption budgets %s %s select %s, and Kubernetes then evicts none of them", and(names), pick(len(names)-1, "both", "all"), s.podsOf(i)),
				Suggestion: pick(len(names)-1, "remove one of the two, such as "+names[1], "remove all but one of them, such as all but "+names[0]),
			})
			continue
		}
		for _, b := range w.Budgets {
			if b.Allows(w.Replicas.Min) == 0 {
				list = append(list, s.blocked(i, b))
			}
		}
	}
	return list
}

// blocked is the diagnostic of one budget.
func (s *setup) blocked(i int, b workload.Budget) diag.Diagnostic {
	w := s.work[i]
	n := w.Replicas.Min
	d := diag.Diagnostic{Code: "MG2005", Severity: diag.Error, Path: w.Path}
	says := "it says nothing"
	switch {
	case b.MaxUnavailable != nil:
		says = "maxUnavailable is " + b.MaxUnavailable.String()
	case b.MinAvailable != nil:
		says = "minAvailable is " + b.MinAvailable.String()
		if b.MinAvailable.Type == intstr.String && b.MinAvailable.StrVal != "100%" {
			says += ", which Kubernetes rounds up to all of them"
		}
	}
	d.Message = fmt.Sprintf("the disruption budget of %s lets no pod go, so that no node can be drained: there %s, and %s", s.name(i), pick(n, "is 1 replica", "are "+strconv.Itoa(n)+" replicas"), says)
	field, value := "maxUnavailable", 1
	if b.MaxUnavailable == nil && n > 1 {
		field, value = "minAvailable", n-1
	}
	if by := s.spot("PodDisruptionBudget", w.Namespace, b.Name, "spec."+field, ""); by.path != "" {
		by.mark(&d)
		d.Suggestion = by.change(strconv.Itoa(value))
		if n == 1 {
			d.Suggestion = fmt.Sprintf("remove the disruption budget %s, or run two replicas; %s sets its %s", b.Name, by.path, field)
		}
		return d
	}
	switch at := s.budgetPath(i); {
	case at == "" && n == 1:
		d.Suggestion = fmt.Sprintf("remove the disruption budget %s, or run two replicas", b.Name)
	case at == "":
		d.Suggestion = fmt.Sprintf("set %s of the disruption budget %s to %d", field, b.Name, value)
	case n == 1:
		d.Suggestion = fmt.Sprintf("remove %s, or run two replicas", at)
	default:
		d.Path = at + "." + field
		d.Suggestion = fmt.Sprintf("set %s.%s to %d", at, field, value)
	}
	return d
}

// budgetPath is the intent's path of a workload's disruption budget; empty when
// the budget comes from somewhere else.
func (s *setup) budgetPath(i int) string {
	w := s.work[i]
	switch w.Role {
	case workload.Istiod:
		return w.Path + ".disruptionBudget" // the chart's own stands there as the default
	case workload.Gateway:
		for _, g := range s.mesh.Gateways {
			if g.Path == w.Path && g.DisruptionBudget != nil {
				return w.Path + ".disruptionBudget"
			}
		}
	}
	return ""
}
