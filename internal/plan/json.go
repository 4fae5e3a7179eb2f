package plan

import (
	"io"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/fit"
)

// JSON writes plans and the diagnostics beside them.
func JSON(w io.Writer, plans []Plan, list diag.List) error {
	d := Document{Plans: []Plan{}, Report: list.Report()}
	for _, p := range plans {
		d.Plans = append(d.Plans, p.whole())
	}
	return diag.EncodeJSON(w, d)
}

// whole returns the plan with empty lists where there are none.
func (p Plan) whole() Plan {
	r := p.Report
	r.Nodes, r.Workloads, r.Answers = filled(r.Nodes), filled(r.Workloads), filled(r.Answers)
	r.Budgets, r.Sizings = filled(r.Budgets), filled(r.Sizings)
	for i, n := range r.Nodes {
		r.Nodes[i].Reserved, r.Nodes[i].Items = filled(n.Reserved), filled(n.Items)
	}
	for i, a := range r.Answers {
		cases := filled(a.Cases)
		for k, c := range cases {
			pending := filled(c.Pending)
			for l, x := range pending {
				reasons := filled(x.Reasons)
				for m, y := range reasons {
					reasons[m].Nodes = filled(y.Nodes)
				}
				pending[l].Reasons = reasons
			}
			cases[k].Pending = pending
		}
		r.Answers[i].Cases = cases
	}
	p.Report = r
	return p
}

// filled returns a copy of a list that is never nil.
func filled[T any](list []T) []T { return append([]T{}, list...) }

// difference is the second amount less the first.
type difference struct {
	Now    fit.Amount `json:"now"`
	Then   fit.Amount `json:"then"`
	Change fit.Amount `json:"change"`
}

func differ(now, then fit.Amount) difference { return difference{now, then, minus(then, now)} }

// comparisonJSON is the JSON form of a comparison. What is compared is what the
// text shows; both plans stand beside it whole. A plan is null where a cluster's
// objects could not be made, and then there is no difference.
type comparisonJSON struct {
	Cluster    string          `json:"cluster"`
	With       []string        `json:"with"` // the values that were laid over the intent, as PATH=VALUE
	Now        *Plan           `json:"now"`
	Then       *Plan           `json:"then"`
	Difference *differenceJSON `json:"difference"`
}

type differenceJSON struct {
	Pods      int              `json:"pods"`      // more than now; less, below zero
	Pending   int              `json:"pending"`   // those of them without a node
	Mesh      difference       `json:"mesh"`      // what the mesh asks for at rest
	All       difference       `json:"all"`       // what all pods ask for at rest
	Workloads []workloadChange `json:"workloads"` // those of which the mesh's part changes
}

// CompareDocument is the JSON form of comparisons. The diagnostics and their
// summary are those of the intent as it is.
type CompareDocument struct {
	Comparisons []comparisonJSON `json:"comparisons"`
	diag.Report
	Then diag.Report `json:"then"` // the diagnostics and their summary with the other values
}

// CompareJSON writes comparisons, and the diagnostics as it is and as it would be.
func CompareJSON(w io.Writer, all []Comparison, now, then diag.List) error {
	d := CompareDocument{Comparisons: []comparisonJSON{}, Report: now.Report(), Then: then.Report()}
	for _, c := range all {
		out := comparisonJSON{Cluster: c.Cluster, With: filled(c.With)}
		if c.Now != nil {
			p := c.Now.whole()
			out.Now = &p
		}
		if c.Then != nil {
			p := c.Then.whole()
			out.Then = &p
		}
		if c.Now != nil && c.Then != nil {
			a, b := asks(c.Now.Report), asks(c.Then.Report)
			out.Difference = &differenceJSON{
				Pods: b.pods - a.pods, Pending: b.pending - a.pending, Mesh: differ(a.mesh, b.mesh), All: differ(a.all, b.all),
				Workloads: filled(c.changes()),
			}
		}
		d.Comparisons = append(d.Comparisons, out)
	}
	return diag.EncodeJSON(w, d)
}
