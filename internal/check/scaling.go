package check

import (
	"fmt"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

var scaling = Check{
	Doc: Doc{
		Code: "MG3008", Since: "0.1.0", Severity: diag.Error, Also: diag.Warning,
		Title:  "Replicas, autoscaling or a disruption budget contradict themselves",
		Text:   "An autoscaler's least is above its most; a number of replicas stands beside an autoscaler, which would overrule it; a disruption budget says both minAvailable and maxUnavailable, or neither, or there is but one replica, for which the charts leave the budget out.\nSay one of the two.",
		Before: `controlPlane: autoscaling: {min: 4, max: 2}`,
		After:  `controlPlane: autoscaling: {min: 2, max: 4}`,
	},
	Run: func(m model.Mesh, in intent.Intent) diag.List {
		list := scale("controlPlane", m.ControlPlane.Scale, in)
		for _, g := range m.Gateways {
			list = append(list, scale(g.Path, g.Scale, in)...)
		}
		return list
	},
}

func scale(path string, s model.Scale, in intent.Intent) diag.List {
	var list diag.List
	if a := s.Autoscaling; a != nil {
		if a.Min > a.Max {
			list = append(list, diag.Diagnostic{
				Path:       path + ".autoscaling",
				Message:    fmt.Sprintf("autoscaling has a least of %d replicas above its most of %d", a.Min, a.Max),
				Suggestion: fmt.Sprintf("set %s.autoscaling.max to %d or more", path, a.Min),
			})
		}
		if in.Written(path + ".replicas") {
			list = append(list, diag.Diagnostic{
				Path:       path + ".replicas",
				Message:    "replicas has no effect beside autoscaling",
				Suggestion: fmt.Sprintf("remove %s.replicas, or %s.autoscaling", path, path),
			})
		}
	}
	if b := s.DisruptionBudget; b != nil {
		at := path + ".disruptionBudget"
		switch {
		case b.MinAvailable != nil && b.MaxUnavailable != nil:
			list = append(list, diag.Diagnostic{
				Path:       at,
				Message:    "a disruption budget takes minAvailable or maxUnavailable, and this one says both",
				Suggestion: fmt.Sprintf("remove %s.minAvailable or %s.maxUnavailable", at, at),
			})
		case b.MinAvailable == nil && b.MaxUnavailable == nil:
			list = append(list, diag.Diagnostic{
				Path:       at,
				Message:    "the disruption budget says nothing",
				Suggestion: fmt.Sprintf("set %s.minAvailable to 1, or remove %s", at, at),
			})
		case s.Least() == 1:
			list = append(list, diag.Diagnostic{
				Severity:   diag.Warning,
				Path:       at,
				Message:    "the disruption budget has no effect on a single replica",
				Suggestion: fmt.Sprintf("%s, or remove %s", twice(path, s), at),
			})
		}
	}
	return list
}

// twice says how something gets a second replica.
func twice(path string, s model.Scale) string {
	if s.Autoscaling != nil {
		return fmt.Sprintf("set %s.autoscaling.min to 2", path)
	}
	return fmt.Sprintf("set %s.replicas to 2", path)
}
