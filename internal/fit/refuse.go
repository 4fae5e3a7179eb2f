package fit

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

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
		d.Path = cmp.Or(s.work[t.subject].Path, "cluster.nodePools") // of the platform's own pods nothing else is said
		if at, ok := s.wish(t.subject, wishes...); ok {
			at.mark(&d)
		}
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
	if !s.around.Brief {
		s.conclude(&d, f, t, s.advise(f, t))
	}
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
// some others. They were tried on pods and nodes; what the whole cluster is with
// them is tried here, as far as somebody can.
func (s *setup) conclude(d *diag.Diagnostic, f *findings, t trouble, options []option) {
	const most = 4
	n := 0
	for _, o := range options {
		if n == most {
			return
		}
		if !s.helps(*d, f, t, o.changes) {
			continue
		}
		if n++; n == 1 {
			d.Suggestion = o.text
		} else {
			d.Alternatives = append(d.Alternatives, o.text)
		}
	}
}

// helps says whether a cluster that is compiled with changes has neither what a
// diagnostic says, nor anything wrong with it that was not there before.
func (s *setup) helps(d diag.Diagnostic, f *findings, t trouble, changes []Change) bool {
	settled := func(c Change) bool { // nothing but the intent says what the nodes are
		return strings.HasPrefix(c.Path, "cluster.nodePools.") || strings.HasPrefix(c.Path, "budget.")
	}
	if s.around.Try == nil || changes == nil || !slices.ContainsFunc(changes, func(c Change) bool { return !settled(c) }) {
		return true
	}
	who := "" // one patch may be the place of several troubles
	if len(t.pending) > 0 {
		who = s.name(t.pending[0].work)
	}
	left, ok := s.around.Try(changes)
	return ok && !slices.ContainsFunc(left, func(l diag.Diagnostic) bool {
		known := l.Code == d.Code || slices.ContainsFunc(f.troubles, func(t trouble) bool { return t.code == l.Code })
		same := l.Code == d.Code && l.Path == d.Path && strings.Contains(l.Message, who)
		return same || l.Severity == diag.Error && !known
	})
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
