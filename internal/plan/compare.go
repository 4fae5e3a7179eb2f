package plan

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/fit"
)

// Comparison is a cluster as it is, and as it would be with other values. A plan
// is nil when the cluster's objects could not be made.
type Comparison struct {
	Cluster   string
	With      []string // PATH=VALUE
	Now, Then *Plan
}

// table is a part of a comparison.
type table struct {
	title string
	rows  []row
}

// row is a figure as it is and as it would be.
type row struct{ name, now, then, change string }

// workloadChange is what becomes of the mesh's part in a workload.
type workloadChange struct {
	Name     string     `json:"name"`
	PodsNow  int        `json:"podsNow"`
	PodsThen int        `json:"podsThen"`
	Mesh     difference `json:"mesh"` // of all its pods at rest
}

// CompareText writes comparisons for a terminal of 80 columns.
func CompareText(w io.Writer, all []Comparison, color bool) error {
	p := &page{color: color}
	for i, c := range all {
		if i > 0 {
			p.line("")
		}
		p.text(0, 4, c.Cluster+" with "+strings.Join(c.With, ", "))
		p.text(2, 4, c.verdicts())
		for _, t := range c.tables() {
			p.line("")
			p.line("%s %12s %12s %12s", p.paint(diag.Bold, fmt.Sprintf("%-40s", cut(t.title, 40))), "as it is", "then", "difference")
			for _, r := range t.rows {
				p.line("  %-39s %11s %12s %12s", cut(r.name, 39), cut(r.now, 11), cut(r.then, 12), cut(r.change, 12))
			}
		}
	}
	return p.flush(w)
}

// verdicts is what comes of both, in a sentence.
func (c Comparison) verdicts() string {
	say := func(p *Plan) string {
		if p == nil {
			return "no plan, see the diagnostics"
		}
		return p.verdict()
	}
	return "as it is: " + say(c.Now) + "; then: " + say(c.Then)
}

// tables are the parts of a comparison. There is nothing to compare when one of
// the plans is missing.
func (c Comparison) tables() []table {
	if c.Now == nil || c.Then == nil {
		return nil
	}
	return slices.DeleteFunc([]table{c.totals(), c.questions(), c.workloads(), c.nodes()}, func(t table) bool { return len(t.rows) == 0 })
}

// totals are the sums over all nodes.
func (c Comparison) totals() table {
	a, b := c.Now.Report, c.Then.Report
	t := table{title: "in all"}
	if !a.Declared || !b.Declared {
		return t
	}
	x, y := asks(a), asks(b)
	free, other := a.Total.Allocatable, b.Total.Allocatable
	t.amount("the mesh", x.mesh, y.mesh)
	t.add("its share of what pods may have, CPU", percent(x.mesh.CPU, free.CPU), percent(y.mesh.CPU, other.CPU), "")
	t.add("its share of what pods may have, memory", percent(x.mesh.Memory, free.Memory), percent(y.mesh.Memory, other.Memory), "")
	t.amount("all pods", x.all, y.all)
	t.count("pods", x.pods, y.pods)
	if x.pending+y.pending > 0 {
		t.count("of them without a node", x.pending, y.pending)
	}
	t.amount("left on the fullest node", least(a, false), least(b, false))
	t.amount("left there at worst", least(a, true), least(b, true))
	return t
}

// sum is what pods ask for at rest, whether they find a node or not.
type sum struct {
	pods, pending int
	mesh, all     fit.Amount
}

func asks(r fit.Report) sum {
	var s sum
	for _, w := range r.Workloads {
		s.pods += w.Min
		s.mesh, s.all = plus(s.mesh, times(w.Mesh, w.Min)), plus(s.all, times(w.Requests, w.Min))
	}
	for _, a := range r.Answers {
		if a.Question != fit.AtRest {
			continue
		}
		for _, c := range a.Cases {
			for _, p := range c.Pending {
				s.pending += p.Pods
			}
		}
	}
	return s
}

func larger(a, b fit.Amount) fit.Amount {
	return fit.Amount{CPU: max(a.CPU, b.CPU), Memory: max(a.Memory, b.Memory)}
}

// least is what is left on the fullest node, CPU and memory each for itself.
func least(r fit.Report, worst bool) fit.Amount {
	var free fit.Amount
	for i, n := range r.Nodes {
		used := n.Used
		if worst {
			used = larger(n.Worst, n.Used)
		}
		f := minus(n.Allocatable, used)
		if i == 0 {
			free = f
		}
		free = fit.Amount{CPU: min(free.CPU, f.CPU), Memory: min(free.Memory, f.Memory)}
	}
	return free
}

// questions are the answers of both.
func (c Comparison) questions() table {
	t := table{title: "does it fit?"}
	for i, a := range c.Now.Report.Answers {
		if i < len(c.Then.Report.Answers) {
			t.add(questions[a.Question], narrow(a), narrow(c.Then.Report.Answers[i]), "")
		}
	}
	budgets := func(p *Plan) string {
		broken := 0
		for _, b := range p.Report.Budgets {
			if !b.Kept {
				broken++
			}
		}
		switch {
		case len(p.Report.Budgets) == 0:
			return "not asked"
		case broken > 0:
			return fmt.Sprintf("%d not kept", broken)
		}
		return "kept"
	}
	if len(c.Now.Report.Budgets)+len(c.Then.Report.Budgets) > 0 {
		t.add("budgets", budgets(c.Now), budgets(c.Then), "")
	}
	t.count("errors", c.Now.Errors, c.Then.Errors)
	t.count("warnings", c.Now.Warnings, c.Then.Warnings)
	return t
}

// narrow is word in a column of a comparison, which is too narrow for it all.
func narrow(a fit.Answer) string {
	if a.Verdict == fit.Refused {
		return "pending" // a pod is
	}
	return word(a)
}

// changes are the workloads of which the mesh's part is not what it was.
func (c Comparison) changes() []workloadChange {
	type side struct {
		pods int
		mesh fit.Amount
	}
	var order []string
	sides := map[string]*[2]side{}
	for i, p := range []*Plan{c.Now, c.Then} {
		for _, w := range p.Report.Workloads {
			name := label(w)
			if kindOf(w.Role) != 0 {
				name = "sidecars of " + strings.TrimPrefix(name, "pods of ")
			}
			s := sides[name]
			if s == nil {
				s = &[2]side{}
				sides[name] = s
				order = append(order, name)
			}
			s[i].pods += w.Min
			s[i].mesh = plus(s[i].mesh, times(w.Mesh, w.Min))
		}
	}
	var changed []workloadChange
	for _, name := range order {
		now, then := sides[name][0], sides[name][1]
		if now.mesh != then.mesh {
			changed = append(changed, workloadChange{name, now.pods, then.pods, differ(now.mesh, then.mesh)})
		}
	}
	return changed
}

// workloads are the changes as a table.
func (c Comparison) workloads() table {
	t := table{title: "what the mesh asks for"}
	all := c.changes()
	for n, w := range all {
		if n == most && len(all) > most+1 {
			t.add(fmt.Sprintf("and %d more", len(all)-n), "", "", "")
			break
		}
		t.amount(w.Name, w.Mesh.Now, w.Mesh.Then)
	}
	return t
}

// nodes are what pods ask for on each node where that changes, equal ones once.
func (c Comparison) nodes() table {
	t := table{title: "what pods ask for on a node"}
	then := map[string]fit.Node{}
	for _, n := range c.Then.Report.Nodes {
		then[n.Name] = n
	}
	type pair struct{ now, then fit.Amount }
	var order []pair
	names := map[pair][]string{}
	add := func(name string, p pair) {
		if p.now == p.then {
			return
		}
		if names[p] == nil {
			order = append(order, p)
		}
		names[p] = append(names[p], name)
	}
	for _, n := range c.Now.Report.Nodes {
		add(n.Name, pair{n.Used, then[n.Name].Used})
		delete(then, n.Name)
	}
	for _, n := range c.Then.Report.Nodes {
		if _, fresh := then[n.Name]; fresh {
			add(n.Name, pair{fit.Amount{}, n.Used})
		}
	}
	for n, p := range order {
		if n == most && len(order) > most+1 {
			t.add(fmt.Sprintf("and %d more", len(order)-n), "", "", "")
			break
		}
		name := cut(names[p][0], 20)
		if more := len(names[p]) - 1; more > 0 {
			name += fmt.Sprintf(" + %d alike", more)
		}
		t.amount(name, p.now, p.then)
	}
	return t
}

func (t *table) add(name, now, then, change string) {
	t.rows = append(t.rows, row{name, now, then, change})
}

// amount adds CPU and memory, a row each, with the name cut to make room.
func (t *table) amount(name string, now, then fit.Amount) {
	change := minus(then, now)
	c, m := cpus(now.CPU, then.CPU), mems(now.Memory, then.Memory)
	t.add(cut(name, 30)+", CPU", c(now.CPU), c(then.CPU), signed(change.CPU, c))
	t.add(cut(name, 30)+", memory", m(now.Memory), m(then.Memory), signed(change.Memory, m))
}

func (t *table) count(name string, now, then int) {
	t.add(name, strconv.Itoa(now), strconv.Itoa(then), signed(int64(then-now), func(n int64) string { return strconv.FormatInt(n, 10) }))
}

// signed writes a difference with its sign, and no difference as a dash.
func signed(n int64, text func(int64) string) string {
	switch {
	case n > 0:
		return "+" + text(n)
	case n < 0:
		return text(n)
	}
	return "-"
}
