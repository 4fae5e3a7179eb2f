package plan

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/fit"
)

// Text writes plans for a terminal of 80 columns.
func Text(w io.Writer, plans []Plan, color bool) error {
	p := &page{color: color}
	for i, one := range plans {
		if i > 0 {
			p.line("")
		}
		p.plan(one)
	}
	return p.flush(w)
}

// plan writes one plan.
func (p *page) plan(one Plan) {
	p.title(one)
	r := one.Report
	if !r.Declared {
		p.text(2, 2, "The cluster declares no node pools, so that nothing is held against its nodes. meshgen import nodes writes them from what kubectl get nodes prints.")
		p.asked(r)
		p.sizings(r)
		return
	}
	all := groups(r)
	for _, g := range all {
		p.node(r, g)
	}
	if len(r.Nodes) > 1 {
		p.total(r)
	}
	p.derivations(r)
	p.answers(r)
	p.budgets(r)
	p.sizings(r)
}

// title writes which cluster it is, and what comes of it.
func (p *page) title(one Plan) {
	how := diag.Green
	switch {
	case one.refused() || one.Errors > 0:
		how = diag.Red
	case !one.Report.Declared:
		how = diag.Yellow
	}
	verdict := one.verdict()
	p.line("%s: %s", p.paint(diag.Bold, cut(one.Cluster, columns-len(verdict)-2)), p.paint(how, verdict))
	p.text(2, 2, one.about())
}

// node writes one node, or several on which the same sits.
func (p *page) node(r fit.Report, g group) {
	p.heading(g.name(columns-20) + ", " + diag.Plural(g.Pods, "pod"))
	p.bars(g.Mesh, g.Used, g.Worst, g.Allocatable)
	if g.Pods >= g.MaxPods {
		p.text(2, 4, fmt.Sprintf("No pod more: the node takes %d.", g.MaxPods))
	}
	p.items(r, g.Items)
}

// bars writes the bars of CPU and memory, with what is left.
func (p *page) bars(mesh, used, worst, whole fit.Amount) {
	for _, b := range []struct {
		name                     string
		mesh, used, worst, whole int64
		text                     func(int64) string
	}{
		{"CPU", mesh.CPU, used.CPU, worst.CPU, whole.CPU, cpus(used.CPU, worst.CPU, whole.CPU)},
		{"memory", mesh.Memory, used.Memory, worst.Memory, whole.Memory, mems(used.Memory, worst.Memory, whole.Memory)},
	} {
		worst := ""
		if b.worst > b.used {
			worst = ", at worst " + b.text(b.whole-b.worst)
		}
		p.line("  %-6s  %s %5s of %s: %s left%s", b.name, p.bar(b.mesh, b.used, b.whole, 16), percent(b.used, b.whole), b.text(b.whole), b.text(b.whole-b.used), worst)
	}
}

// most is how many lines of a kind are worth reading.
const most = 12

// items writes what sits on a node, kind by kind.
func (p *page) items(r fit.Report, items []fit.Item) {
	if len(items) == 0 {
		return
	}
	p.line("  %-44s %6s %12s %11s", "", "pods", "CPU", "memory")
	var all []int64
	for _, it := range items {
		all = append(all, it.Requests.CPU, times(r.Workloads[it.Workload].Mesh, it.Pods).CPU)
	}
	cpu := column(all...)
	for i, kind := range kinds {
		var of []fit.Item
		for _, it := range items {
			if kindOf(r.Workloads[it.Workload].Role) == i {
				of = append(of, it)
			}
		}
		if len(of) == 0 {
			continue
		}
		p.line("  %s", p.paint(diag.Cyan, kind.title))
		for n, it := range of {
			if n == most && len(of) > most+1 {
				p.rest(of[n:], cpu)
				break
			}
			p.item(r, it, cpu)
		}
	}
}

func (p *page) item(r fit.Report, it fit.Item, cpu func(int64) string) {
	w := r.Workloads[it.Workload]
	p.row(label(w), it.Pods, it.Requests, cpu)
	if m := times(w.Mesh, it.Pods); kindOf(w.Role) == len(kinds)-1 && m != (fit.Amount{}) {
		p.line("      %-40s %6s %12s %11s", "of it their sidecars", "", cpu(m.CPU), mem(m.Memory))
	}
}

// rest writes several items in one line.
func (p *page) rest(items []fit.Item, cpu func(int64) string) {
	pods, sum := 0, fit.Amount{}
	for _, it := range items {
		pods, sum = pods+it.Pods, plus(sum, it.Requests)
	}
	p.row(fmt.Sprintf("and %d more", len(items)), pods, sum, cpu)
}

func (p *page) row(name string, pods int, a fit.Amount, cpu func(int64) string) {
	p.line("    %-42s %6d %12s %11s", cut(name, 42), pods, cpu(a.CPU), mem(a.Memory))
}

// total writes the sum over the nodes.
func (p *page) total(r fit.Report) {
	p.heading("all " + diag.Plural(r.Total.Nodes, "node") + ", " + diag.Plural(r.Total.Pods, "pod"))
	p.bars(r.Total.Mesh, r.Total.Used, r.Total.Worst, r.Total.Allocatable)
}

// derivations writes how the nodes come to what pods may have.
func (p *page) derivations(r fit.Report) {
	p.heading("what pods may have of a node")
	var sources []string
	for _, d := range derivations(r) {
		p.text(2, 4, "pool "+strings.Join(d.pools, ", "))
		column := []int64{d.capacity.CPU, d.allocatable.CPU}
		for _, s := range d.reserved {
			column = append(column, s.Amount.CPU)
		}
		cpu := cpus(column...)
		p.line("    %-42s %6s %12s %11s", "it has", "", cpu(d.capacity.CPU), mem(d.capacity.Memory))
		for _, s := range d.reserved {
			mark := ""
			if s.Source != "" {
				i := slices.Index(sources, s.Source)
				if i < 0 {
					i, sources = len(sources), append(sources, s.Source)
				}
				mark = fmt.Sprintf(" [%d]", i+1)
			}
			p.line("    %-42s %6s %12s %11s", cut(s.What, 42-len(mark))+mark, "", cpu(-s.Amount.CPU), mem(-s.Amount.Memory))
		}
		p.line("    %-42s %6s %12s %11s", "for pods", "", cpu(d.allocatable.CPU), mem(d.allocatable.Memory))
	}
	for i, s := range sources {
		p.text(2, 6, fmt.Sprintf("[%d] %s", i+1, s))
	}
}

// answers writes the four answers.
func (p *page) answers(r fit.Report) {
	if len(r.Answers) == 0 {
		return
	}
	p.heading("does it fit?")
	for _, a := range r.Answers {
		how, code := diag.Green, ""
		switch a.Verdict {
		case fit.Refused:
			how = diag.Red
			if a.Question == fit.Scaled {
				how = diag.Yellow
			}
		case fit.NotAsked:
			how = ""
		}
		if a.Code != "" {
			code = " (" + a.Code + ")"
		}
		p.line("  %-32s %s%s", questions[a.Question], p.paint(how, word(a)), code)
		p.text(4, 4, because(a))
		p.cases(r, a)
	}
}

// cases writes what a question was asked about.
func (p *page) cases(r fit.Report, a fit.Answer) {
	shown, left := 0, 0
	var free []int64
	for _, c := range a.Cases {
		free = append(free, c.Free.CPU)
	}
	cpu := column(free...)
	for _, c := range a.Cases {
		if c.Fits && c.Subject == "" {
			continue
		}
		if shown == most {
			left++
			continue
		}
		shown++
		p.oneCase(r, a, c, cpu)
	}
	if left > 0 {
		p.line("    and %s more", diag.Plural(left, "case"))
	}
}

func (p *page) oneCase(r fit.Report, a fit.Answer, c fit.Case, cpu func(int64) string) {
	subject := c.Subject
	if a.Question == fit.NodeLost && subject != "" {
		subject = "without " + subject
	}
	if c.Same > 0 {
		subject += fmt.Sprintf(" (and %d like it)", c.Same)
	}
	switch {
	case c.Fits:
		p.line("    %-42s %6s %12s %11s", cut(subject, 42), "left", cpu(c.Free.CPU), mem(c.Free.Memory))
		return
	case subject != "":
		p.line("    %s", cut(subject, columns-4))
	}
	for _, pending := range c.Pending {
		p.text(6, 8, fmt.Sprintf("%s of %s pending:", diag.Plural(pending.Pods, "pod"), label(r.Workloads[pending.Workload])))
		for n, reason := range pending.Reasons {
			if n == most && len(pending.Reasons) > most+1 {
				p.text(8, 10, fmt.Sprintf("and %d reasons more", len(pending.Reasons)-n))
				break
			}
			p.text(8, 10, reason.Text+on(reason.Nodes))
		}
	}
}

// on names the nodes of a reason.
func on(nodes []string) string {
	switch n := len(nodes); {
	case n == 0:
		return ""
	case n <= 3:
		return ": " + strings.Join(nodes, ", ")
	default:
		return fmt.Sprintf(": %s, %s and %d more", nodes[0], nodes[1], n-2)
	}
}

// budgets writes the bounds that the intent sets to the mesh.
func (p *page) budgets(r fit.Report) {
	if len(r.Budgets) == 0 {
		return
	}
	p.heading("what the mesh may take")
	for _, b := range r.Budgets {
		text, where := cpus(b.Bound, b.Used), "all nodes"
		if b.Resource == "memory" {
			text = mems(b.Bound, b.Used)
		}
		if b.Node != "" {
			where = b.Node
		}
		how, kept := diag.Green, "kept"
		if !b.Kept {
			how, kept = diag.Red, "not kept"
		}
		p.line("  %s: %s", cut(b.Path, 60), p.paint(how, kept))
		p.line("  %-6s  %s %5s of %s", "", p.bar(b.Used, b.Used, b.Bound, 16), percent(b.Used, b.Bound), cut(fmt.Sprintf("%s: %s on %s", text(b.Bound), text(b.Used), where), 42))
	}
}

// sizings writes what sizes became.
func (p *page) sizings(r fit.Report) {
	if len(r.Sizings) == 0 {
		return
	}
	p.heading("sizes")
	for _, s := range r.Sizings {
		p.text(2, 4, fmt.Sprintf("%s: %s = %s", s.Path, s.Size, sized(s)))
		p.text(4, 4, s.Reason)
	}
}

// sized is what a size became, in a line.
func sized(s fit.Sizing) string {
	var parts []string
	for _, list := range []struct {
		name string
		of   fit.Resources
	}{{"requests", s.Requests}, {"limits", s.Limits}} {
		var amounts []string
		for _, a := range []string{list.of.CPU, list.of.Memory} {
			if a != "" {
				amounts = append(amounts, a)
			}
		}
		if len(amounts) > 0 {
			parts = append(parts, list.name+" "+strings.Join(amounts, " and "))
		}
	}
	return strings.Join(parts, ", ")
}

// asked writes what pods ask for where no nodes are known: each, and the mesh's
// together.
func (p *page) asked(r fit.Report) {
	if len(r.Workloads) == 0 {
		return
	}
	var all []int64
	var once, node fit.Amount // the mesh's part: of what runs somewhere, and of what runs on each node
	pods := 0
	for _, w := range r.Workloads {
		if w.PerNode {
			node = plus(node, w.Mesh)
		} else {
			once = plus(once, times(w.Mesh, w.Min))
		}
		if w.Mesh != (fit.Amount{}) && !w.PerNode {
			pods += w.Min
		}
		all = append(all, w.Requests.CPU)
	}
	cpu := column(append(all, once.CPU, node.CPU)...)
	p.heading("what one pod asks for")
	p.line("  %-44s %6s %12s %11s", "", "pods", "CPU", "memory")
	for n, w := range r.Workloads {
		if n == 2*most {
			p.line("    and %d more", len(r.Workloads)-n)
			break
		}
		pods := number(w)
		if w.PerNode {
			pods = "a node"
		}
		p.line("    %-40s %8s %12s %11s", cut(label(w), 40), cut(pods, 8), cpu(w.Requests.CPU), mem(w.Requests.Memory))
	}
	p.heading("what the mesh asks for, its sidecars included")
	rest := "at rest"
	if node != (fit.Amount{}) {
		p.line("    %-40s %8s %12s %11s", "on each node", "", cpu(node.CPU), mem(node.Memory))
		rest = "beside that, at rest"
	}
	p.line("    %-40s %8d %12s %11s", rest, pods, cpu(once.CPU), mem(once.Memory))
}
