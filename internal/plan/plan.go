// Package plan shows what goes onto the nodes of a cluster: the report of
// package fit as text, as Markdown and as JSON, and two reports side by side.
//
// The text is for a terminal of 80 columns, whatever the intent's names are:
// long ones are cut in the middle, and the JSON has them whole. Nodes on which
// the same sits are shown once. In a bar, # is what the mesh takes of what pods
// may have, = what other pods take, and a dot what is left.
package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/fit"
)

// Plan is what goes onto the nodes of one cluster.
type Plan struct {
	Cluster    string     `json:"cluster"`
	Platform   string     `json:"platform"`
	Kubernetes string     `json:"kubernetes"` // the minor version, such as 1.34
	Mode       string     `json:"mode"`
	Errors     int        `json:"errors"` // the cluster's diagnostics, all of them
	Warnings   int        `json:"warnings"`
	Report     fit.Report `json:"report"`
}

// Document is the JSON form of plans. Its arrays are never null.
type Document struct {
	Plans []Plan `json:"plans"`
	diag.Report
}

// verdict is the plan in a word or two.
func (p Plan) verdict() string {
	switch {
	case p.refused():
		return "does not fit"
	case p.Errors > 0:
		return "refused, see the diagnostics"
	case !p.Report.Declared:
		return "not held against any nodes"
	case slices.ContainsFunc(p.Report.Answers, func(a fit.Answer) bool { return a.Question == fit.Scaled && a.Verdict == fit.Refused }):
		return "fits, but not with every autoscaler at its maximum"
	}
	return "fits"
}

// refused says whether the nodes do not carry the mesh.
func (p Plan) refused() bool {
	return slices.ContainsFunc(p.Report.Answers, func(a fit.Answer) bool { return a.Verdict == fit.Refused && a.Question != fit.Scaled }) ||
		slices.ContainsFunc(p.Report.Budgets, func(b fit.Budget) bool { return !b.Kept })
}

// about is the cluster in a line: platform, mode and nodes.
func (p Plan) about() string {
	parts := []string{strings.TrimSpace(p.Platform + " " + p.Kubernetes), p.Mode}
	if p.Report.Declared {
		parts = append(parts, diag.Plural(p.Report.Total.Nodes, "node"))
	}
	return strings.Join(parts, ", ")
}

// group is nodes on which the same sits.
type group struct {
	fit.Node          // the first of them
	names    []string // of all of them
}

// name is the name of the first node, and how many others there are.
func (g group) name(width int) string {
	if len(g.names) == 1 {
		return cut(g.Name, width)
	}
	more := fmt.Sprintf(" + %d like it", len(g.names)-1)
	return cut(g.Name, width-len(more)) + more
}

// groups folds equal nodes, in the order of the first of each.
func groups(r fit.Report) []group {
	var all []group
	at := map[string]int{}
	for _, n := range r.Nodes {
		key := fmt.Sprint(n.Pool, n.Role, n.Arch, n.Capacity, n.Allocatable, n.MaxPods, n.Used, n.Mesh, n.Pods, n.Worst, n.Items)
		i, ok := at[key]
		if !ok {
			i = len(all)
			at[key] = i
			all = append(all, group{Node: n})
		}
		all[i].names = append(all[i].names, n.Name)
	}
	return all
}

// derivation is how the nodes of some pools come to what pods may have.
type derivation struct {
	pools       []string
	capacity    fit.Amount
	reserved    []fit.Reserve
	allocatable fit.Amount
}

// derivations are those of a report, pools with the same one together.
func derivations(r fit.Report) []derivation {
	var all []derivation
	at := map[string]int{}
	for _, n := range r.Nodes {
		key := fmt.Sprint(n.Capacity, n.Reserved, n.Allocatable)
		i, ok := at[key]
		if !ok {
			i = len(all)
			at[key] = i
			all = append(all, derivation{nil, n.Capacity, n.Reserved, n.Allocatable})
		}
		if !slices.Contains(all[i].pools, n.Pool) {
			all[i].pools = append(all[i].pools, n.Pool)
		}
	}
	return all
}

// questions are the four in words.
var questions = map[fit.Question]string{
	fit.AtRest:   "at rest",
	fit.Scaled:   "every autoscaler at its maximum",
	fit.Rolling:  "each component while it rolls",
	fit.NodeLost: "any one node gone",
}

// bases are how sure an answer is, in words.
var bases = map[fit.Basis]string{
	fit.Proven:     "there is room in whatever order pods arrive",
	fit.Exhaustive: "every order of arrival was tried",
	fit.Tried:      "many orders of arrival were tried, the worst among them",
}

// word is an answer in a word.
func word(a fit.Answer) string {
	switch a.Verdict {
	case fit.Fits:
		return "fits"
	case fit.Refused:
		return "does not fit"
	}
	return "not asked"
}

// because is why an answer is what it is.
func because(a fit.Answer) string {
	return cmp.Or(a.Reason, bases[a.Basis])
}

// kinds are the groups of workloads in the order in which they are shown.
var kinds = []struct {
	title string
	roles []string
}{
	{"the mesh", []string{"istiod", "cni", "ztunnel", "gateway", "waypoint", "serviceLB"}},
	{"the platform", []string{"platform"}},
	{"applications and manifests", nil},
}

// kindOf returns the index in kinds that a role belongs to.
func kindOf(role string) int {
	for i, k := range kinds {
		if slices.Contains(k.roles, role) {
			return i
		}
	}
	return len(kinds) - 1
}

// label names a workload: that of a system namespace by its name, an
// application by its namespace, others by both.
func label(w fit.Workload) string {
	switch {
	case w.Role == "application":
		return "pods of " + w.Namespace
	case slices.Contains([]string{"", "istio-system", "kube-system"}, w.Namespace):
		return w.Name
	}
	return w.Namespace + "/" + w.Name
}

// number is how many pods a workload has.
func number(w fit.Workload) string {
	if w.Max > w.Min {
		return fmt.Sprintf("%d to %d", w.Min, w.Max)
	}
	return fmt.Sprint(w.Min)
}

// times is an amount so many times.
func times(a fit.Amount, n int) fit.Amount {
	return fit.Amount{CPU: a.CPU * int64(n), Memory: a.Memory * int64(n)}
}

func plus(a, b fit.Amount) fit.Amount {
	return fit.Amount{CPU: a.CPU + b.CPU, Memory: a.Memory + b.Memory}
}

func minus(a, b fit.Amount) fit.Amount {
	return fit.Amount{CPU: a.CPU - b.CPU, Memory: a.Memory - b.Memory}
}
