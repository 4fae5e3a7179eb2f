package fit

import (
	"fmt"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/hardware"
)

// describe puts a trouble into words: what does not fit and why, node by node,
// and what to type.
func (s *setup) describe(f *findings, t trouble) diag.Diagnostic {
	d := diag.Diagnostic{Code: t.code, Severity: diag.Error}
	if t.warning {
		d.Severity = diag.Warning
	}
	switch {
	case t.bound != nil:
		s.overBudget(&d, t)
	case t.code == "MG2013":
		d.Path = s.work[t.subject].Path
		d.Message = fmt.Sprintf("no node takes %s, however much room it has", s.anyOf(t.pending[0]))
		s.explainNodes(&d, t, t.pending[0])
		if name := s.work[t.subject].Pod.NodeName; name != "" && len(d.Related) == 0 {
			d.Related = append(d.Related, diag.Note{Message: "its nodeName is " + name + ", and no declared node is called so"})
		}
	case t.code == "MG3014":
		s.portTaken(f, &d, t)
		return d
	case t.code == "MG2002":
		s.tooManyAtMost(&d, t)
		return d
	case t.code == "MG2004" && t.pending == nil:
		s.sameNode(&d, t)
		if t.warning {
			return d
		}
	default:
		s.noRoom(&d, t)
	}
	if least := s.leastSizes(); len(least) > 0 && t.crowded() {
		d.Code = "MG2012"
		d.Related = append(d.Related, diag.Note{Message: "automatic sizes are at their least: " + and(least)})
	}
	s.conclude(&d, s.advise(f, t))
	if t.code == "MG2013" {
		if near := s.nearLabel(t.subject); near != "" {
			if d.Suggestion != "" {
				d.Alternatives = append([]string{d.Suggestion}, d.Alternatives...)
			}
			d.Suggestion = near
		}
	}
	if d.Suggestion == "" {
		d.Suggestion = s.fallback(t)
	}
	return d
}

// leastSizes names the components whose automatic size cannot be smaller.
func (s *setup) leastSizes() []string {
	var list []string
	for _, z := range s.mesh.Sizings {
		if a, err := hardware.ParseAmount(z.Resources.Requests); z.Least && err == nil {
			list = append(list, z.Path+" asks for "+both(a))
		}
	}
	return list
}

// conclude adds the changes that were tried: the smallest as what to type, and
// some others.
func (s *setup) conclude(d *diag.Diagnostic, options []option) {
	const others = 3
	for k, o := range options {
		switch {
		case k == 0:
			d.Suggestion = o.text
		case k <= others:
			d.Alternatives = append(d.Alternatives, o.text)
		}
	}
}

// fallback is what to do where no single change was found.
func (s *setup) fallback(t trouble) string {
	if t.code == "MG2013" {
		return s.misplaced(t)
	}
	if text := s.unmet(t); text != "" {
		return text
	}
	return "no single change of a request, a replica or a node is enough: declare more or bigger nodes in cluster.nodePools, or fewer pods in namespaces"
}
