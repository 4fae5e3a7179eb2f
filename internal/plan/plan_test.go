package plan_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/fit"
	"github.com/meshgen/meshgen/internal/plan"
)

const (
	mi = int64(1) << 20
	gi = int64(1) << 30
)

func amount(cpu, memory int64) fit.Amount { return fit.Amount{CPU: cpu, Memory: memory} }

// sample is a plan of two pools: a server alone, and agents of which two carry
// the same. In ambient it costs more, and does not survive a node.
func sample(mode string) plan.Plan {
	sidecar, ztunnel := amount(100, 128*mi), fit.Amount{}
	last := fit.Answer{Question: fit.NodeLost, Verdict: fit.NotAsked, Reason: "nothing claims to survive the loss of a node"}
	if mode == "ambient" {
		sidecar, ztunnel = fit.Amount{}, amount(200, 512*mi)
		last = fit.Answer{
			Question: fit.NodeLost, Verdict: fit.Refused, Basis: fit.Witnessed, Code: "MG2004", Reason: "without server-1, a pod stays pending",
			Cases: []fit.Case{
				{Subject: "server-1", Pending: []fit.Pending{{Workload: 0, Pods: 1, Reasons: []fit.Reason{
					{Nodes: []string{"agent-1", "agent-2", "agent-3"}, Code: "memory", Text: "210Mi of memory short"},
				}}}},
				{Subject: "agent-1", Same: 2, Fits: true, Free: amount(600, 64*mi)},
			},
		}
	}
	app := amount(400, 512*mi)
	requests := amount(app.CPU+2*sidecar.CPU, app.Memory+2*sidecar.Memory)
	used := amount(requests.CPU+ztunnel.CPU, requests.Memory+ztunnel.Memory)
	r := fit.Report{
		Declared: true,
		Workloads: []fit.Workload{
			{Kind: "Deployment", Namespace: "istio-system", Name: "istiod", Role: "istiod", Path: "controlPlane", Min: 1, Max: 3, Requests: amount(100, 128*mi), Mesh: amount(100, 128*mi)},
			{Kind: "Deployment", Namespace: "kube-system", Name: "coredns", Role: "platform", Min: 1, Max: 1, Requests: amount(100, 70*mi)},
			{Kind: "Deployment", Namespace: "shop", Name: "shop", Role: "application", Path: "namespaces.shop.pods", Min: 6, Max: 6, Requests: amount(200+sidecar.CPU, 256*mi+sidecar.Memory), Mesh: sidecar},
		},
		Answers: []fit.Answer{
			{Question: fit.AtRest, Verdict: fit.Fits, Basis: fit.Proven, Cases: []fit.Case{{Fits: true, Free: amount(600, 64*mi)}}},
			{Question: fit.Scaled, Verdict: fit.Refused, Basis: fit.Witnessed, Code: "MG2002", Reason: "istiod fits with 2 replicas at most", Cases: []fit.Case{
				{Subject: "istiod", Pending: []fit.Pending{{Workload: 0, Pods: 1, Reasons: []fit.Reason{{Nodes: []string{"server-1", "agent-1", "agent-2", "agent-3"}, Code: "cpu", Text: "20m CPU short"}}}}},
			}},
			{Question: fit.Rolling, Verdict: fit.Fits, Basis: fit.Tried, Cases: []fit.Case{{Subject: "istiod", Fits: true, Free: amount(500, 32*mi)}}},
			last,
		},
		Budgets: []fit.Budget{
			{Path: "budget.share.memory", Resource: "memory", Node: "agent-1", Bound: gi, Used: 2 * sidecar.Memory, Kept: true},
			{Path: "budget.cluster.cpu", Resource: "cpu", Bound: 500, Used: 700},
		},
		Sizings: []fit.Sizing{{
			Path: "controlPlane", Size: "auto", Requests: fit.Resources{CPU: "100m", Memory: "128Mi"}, Limits: fit.Resources{Memory: "384Mi"},
			Reason: "6 sidecars and 2 services need 10m CPU and 96Mi (Istio performance and scalability), and what its process takes idle is more than that",
		}},
	}
	if mode == "ambient" {
		r.Workloads = append(r.Workloads, fit.Workload{Kind: "DaemonSet", Namespace: "istio-system", Name: "ztunnel", Role: "ztunnel", Path: "dataPlane.ztunnel", PerNode: true, Min: 3, Max: 3, Requests: ztunnel, Mesh: ztunnel})
	}
	server := fit.Node{
		Name: "server-1", Pool: "server", Role: "server", Arch: "amd64", Capacity: amount(2000, 4*gi), MaxPods: 110,
		Reserved:    []fit.Reserve{{What: "K3s server with a workload, SQLite", Amount: amount(60, 1596*mi), Source: "K3s' resource profiling, 95th percentile (docs.k3s.io/reference/resource-profiling)"}},
		Allocatable: amount(1940, 2500*mi), Used: amount(200, 198*mi), Mesh: amount(100, 128*mi), Worst: amount(300, 326*mi), Pods: 2,
		Items: []fit.Item{{Workload: 1, Pods: 1, Requests: amount(100, 70*mi)}, {Workload: 0, Pods: 1, Requests: amount(100, 128*mi)}},
	}
	r.Nodes = append(r.Nodes, server)
	for i := range 3 {
		n := fit.Node{
			Name: fmt.Sprintf("agent-%d", i+1), Pool: "agent", Role: "agent", Arch: "amd64", Capacity: amount(2000, 2*gi), MaxPods: 110,
			Reserved:    []fit.Reserve{{What: "K3s agent", Amount: amount(30, 275*mi), Source: server.Reserved[0].Source}},
			Allocatable: amount(1970, 1773*mi), Used: used, Mesh: amount(used.CPU-400, used.Memory-512*mi), Worst: used, Pods: 2,
			Items: []fit.Item{{Workload: 2, Pods: 2, Requests: requests}},
		}
		if mode == "ambient" {
			n.Pods++
			n.Items = append(n.Items, fit.Item{Workload: 3, Pods: 1, Requests: ztunnel})
		}
		r.Nodes = append(r.Nodes, n)
	}
	for _, n := range r.Nodes {
		t := &r.Total
		t.Nodes, t.Pods = t.Nodes+1, t.Pods+n.Pods
		for _, sum := range []struct{ to, add *fit.Amount }{{&t.Capacity, &n.Capacity}, {&t.Allocatable, &n.Allocatable}, {&t.Used, &n.Used}, {&t.Mesh, &n.Mesh}, {&t.Worst, &n.Worst}} {
			sum.to.CPU, sum.to.Memory = sum.to.CPU+sum.add.CPU, sum.to.Memory+sum.add.Memory
		}
	}
	return plan.Plan{Cluster: "edge-1", Platform: "k3s", Kubernetes: "1.34", Mode: mode, Errors: 1, Warnings: 1, Report: r}
}

// problems are the diagnostics beside the sample.
var problems = diag.List{{
	Code: "MG2006", Severity: diag.Error, Cluster: "edge-1", Path: "budget.cluster.cpu",
	Message: "the mesh takes 700m CPU of the cluster, and may take 500m", Suggestion: "set budget.cluster.cpu to \"700m\"",
	Position: diag.Position{File: "overlays/edge-1/mesh.cue", Line: 7, Column: 3},
}}

// outputs are the forms of the sample, by the name of their golden file.
func outputs(t *testing.T) map[string]string {
	t.Helper()
	now, then := sample("sidecar"), sample("ambient")
	bare := plan.Plan{Cluster: "bare", Platform: "generic", Kubernetes: "1.35", Mode: "sidecar", Report: fit.Report{Workloads: now.Report.Workloads}}
	compared := []plan.Comparison{{Cluster: "edge-1", With: []string{"mode=ambient"}, Now: &now, Then: &then}, {Cluster: "broken", With: []string{"mode=ambient"}, Now: &bare}}
	all := map[string]string{}
	for name, write := range map[string]func(b *bytes.Buffer) error{
		"plan.txt":     func(b *bytes.Buffer) error { return plan.Text(b, []plan.Plan{now, then, bare}, false) },
		"plan.md":      func(b *bytes.Buffer) error { return plan.Markdown(b, []plan.Plan{then}, problems) },
		"plan.json":    func(b *bytes.Buffer) error { return plan.JSON(b, []plan.Plan{bare}, problems) },
		"compare.txt":  func(b *bytes.Buffer) error { return plan.CompareText(b, compared, false) },
		"compare.md":   func(b *bytes.Buffer) error { return plan.CompareMarkdown(b, compared, nil, problems) },
		"compare.json": func(b *bytes.Buffer) error { return plan.CompareJSON(b, compared[1:], problems, nil) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		all[name] = b.String()
	}
	return all
}

// TestForms compares the forms with the files in testdata; MESHGEN_UPDATE=1
// writes those anew.
func TestForms(t *testing.T) {
	for name, got := range outputs(t) {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join("testdata", name)
			if os.Getenv("MESHGEN_UPDATE") == "1" {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if filepath.Ext(name) == ".json" && (!json.Valid([]byte(got)) || strings.Contains(got, ": null") && name == "plan.json") {
				t.Errorf("this is no JSON that promises arrays:\n%s", got)
			}
		})
	}
}

// TestColors shows that colours change nothing but colours.
func TestColors(t *testing.T) {
	var with, without bytes.Buffer
	if err := plan.Text(&with, []plan.Plan{sample("ambient")}, true); err != nil {
		t.Fatal(err)
	}
	if err := plan.Text(&without, []plan.Plan{sample("ambient")}, false); err != nil {
		t.Fatal(err)
	}
	text := with.String()
	for _, color := range []string{"\x1b[0m", "\x1b[1m", "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[36m"} {
		text = strings.ReplaceAll(text, color, "")
	}
	if with.String() == without.String() {
		t.Error("there are no colours")
	}
	if diff := cmp.Diff(without.String(), text); diff != "" {
		t.Errorf("(-without +with, uncoloured):\n%s", diff)
	}
}

// TestColumns gives everything that has a name one that is long, and every
// amount one that is large, and wants 80 columns all the same.
func TestColumns(t *testing.T) {
	for _, length := range []int{1, 30, 63, 253, 1000} {
		for _, scale := range []int64{0, 1, 999, 123_457} {
			long := func(s string) string { return s + strings.Repeat("ü", length) }
			plans := []plan.Plan{sample("sidecar"), sample("ambient"), {Cluster: "bare"}}
			for i := range plans {
				stretch(&plans[i], long, scale)
			}
			var b bytes.Buffer
			if err := plan.Text(&b, plans, false); err != nil {
				t.Fatal(err)
			}
			if err := plan.CompareText(&b, []plan.Comparison{{Cluster: long("c"), With: []string{long("a=")}, Now: &plans[0], Then: &plans[1]}}, false); err != nil {
				t.Fatal(err)
			}
			for _, line := range strings.Split(b.String(), "\n") {
				if n := utf8.RuneCountInString(line); n > 80 || line != strings.TrimRight(line, " ") {
					t.Errorf("names of %d letters, amounts times %d: %d columns, or spaces at the end:\n%q", length, scale, n, line)
				}
			}
		}
	}
}

// stretch makes a plan's names long and its amounts large.
func stretch(p *plan.Plan, long func(string) string, scale int64) {
	grow := func(all ...*fit.Amount) {
		for _, a := range all {
			*a = amount(a.CPU*scale, a.Memory*scale)
		}
	}
	p.Cluster, p.Platform, p.Mode = long(p.Cluster), long(p.Platform), long(p.Mode)
	r := &p.Report
	grow(&r.Total.Capacity, &r.Total.Allocatable, &r.Total.Used, &r.Total.Mesh, &r.Total.Worst)
	r.Total.Nodes, r.Total.Pods = r.Total.Nodes*int(scale), r.Total.Pods*int(scale)
	for i := range r.Workloads {
		w := &r.Workloads[i]
		w.Name, w.Namespace, w.Path = long(w.Name), long(w.Namespace), long(w.Path)
		w.Min, w.Max = w.Min*int(scale), w.Max*int(scale)
		grow(&w.Requests, &w.Limits, &w.Mesh)
	}
	for i := range r.Nodes {
		n := &r.Nodes[i]
		n.Name, n.Pool = long(n.Name), long(n.Pool)
		grow(&n.Capacity, &n.Allocatable, &n.Used, &n.Mesh, &n.Worst)
		n.Pods *= int(scale)
		for k := range n.Reserved {
			n.Reserved[k].What, n.Reserved[k].Source = long(n.Reserved[k].What), long(n.Reserved[k].Source)
			grow(&n.Reserved[k].Amount)
		}
		for k := range n.Items {
			n.Items[k].Pods *= int(scale)
			grow(&n.Items[k].Requests)
		}
	}
	for i := range r.Answers {
		a := &r.Answers[i]
		a.Reason = long(a.Reason)
		for k := range a.Cases {
			c := &a.Cases[k]
			c.Subject, c.Same = long(c.Subject), c.Same*int(scale)
			grow(&c.Free)
			for l := range c.Pending {
				for m := range c.Pending[l].Reasons {
					reason := &c.Pending[l].Reasons[m]
					reason.Text = long(reason.Text)
					for n := range reason.Nodes {
						reason.Nodes[n] = long(reason.Nodes[n])
					}
				}
			}
		}
	}
	for i := range r.Budgets {
		b := &r.Budgets[i]
		b.Path, b.Node, b.Bound, b.Used = long(b.Path), long(b.Node), b.Bound*scale, b.Used*scale
	}
	for i := range r.Sizings {
		s := &r.Sizings[i]
		s.Path, s.Reason, s.Requests.CPU = long(s.Path), long(s.Reason), long(s.Requests.CPU)
	}
}
