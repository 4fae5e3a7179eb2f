package place

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/meshgen/meshgen/internal/schedule"
	"github.com/meshgen/meshgen/internal/schedule/scheduletest"
	"github.com/meshgen/meshgen/test/cluster/kube"
	"github.com/meshgen/meshgen/test/cluster/report"
)

func TestMain(m *testing.M) { kube.Main(m, kube.Kubernetes, kube.Kwok) }

// quiet is how long nothing must change before a pending pod counts as such;
// patience is how long a pod may be pending that meshgen says fits, on a machine
// that is busy with other things.
const quiet, patience = 40 * time.Millisecond, 10 * time.Second

// given says that the environment says which problems to look at, and so that what
// comes out does not stand on the page.
func given() bool { return os.Getenv("MESHGEN_SEEDS") != "" }

// seeds are the problems: MESHGEN_SEEDS=FROM-TO, or so many.
func seeds(t *testing.T, usual uint64) (from, to uint64) {
	text := os.Getenv("MESHGEN_SEEDS")
	if !given() {
		return 0, usual
	}
	a, b, _ := strings.Cut(text, "-")
	from, err1 := strconv.ParseUint(a, 10, 64)
	to, err2 := strconv.ParseUint(b, 10, 64)
	if err1 != nil || err2 != nil || from > to {
		t.Fatalf("MESHGEN_SEEDS is %q, not as 0-1500", text)
	}
	return from, to
}

// tally counts what came out.
type tally struct {
	fit, pending   int // both sides say so
	lucky          int // meshgen says that it may go wrong, and it did not
	stepped, steps int // problems that were replayed, and decisions in them
	evictions      int // problems in which a pod was thrown out
}

// TestPlace compares all problems, and writes what came out.
func TestPlace(t *testing.T) {
	c := kube.Start(t, kube.Options{SchedulerOnly: true})
	var made []string
	var sum tally
	from, to := seeds(t, 1500)
	for seed := from; seed < to; seed++ {
		p := scheduletest.Case(seed)
		made = namespaces(t, c, p.Namespaces, made)
		problems, choices := compare(t, c, p, &sum)
		for again := 0; again < 2 && len(problems) == 0 && len(choices) > 0; again++ {
			t.Logf("seed %d, once more: %s", seed, choices[0])
			problems, choices = compare(t, c, p, &tally{})
		}
		if problems = append(problems, choices...); len(problems) > 0 {
			t.Errorf("seed %d:\n%s", seed, strings.Join(problems, "\n"))
		}
	}
	if given() {
		t.Logf("%+v", sum)
		return
	}
	table := report.Table{
		Head: []string{"problems", "disagreements", "single decisions compared"},
		Rows: [][]string{{fmt.Sprint(to - from), "0", "every binding: allowed, and onto a node with the highest score; every pod that stayed pending"}},
	}
	t.Logf("%+v", sum) // the scheduler's luck is not the same each time, so that it does not stand on the page
	report.Section(t, "place", fmt.Sprintf("Kubernetes %s, its scheduler with the default profile.\n\n%s", kube.KubernetesVersion, table))
}

// compare holds one problem against the scheduler. It returns where they disagree,
// and apart where the scheduler took a node that meshgen would not have chosen.
// What a binding that is still under way looked like when it was decided stands
// nowhere, so that the latter counts if it is there again.
func compare(t *testing.T, c *kube.Cluster, p scheduletest.Problem, sum *tally) (problems, choices []string) {
	pods, err := schedule.Pods(p.Pods)
	if err != nil {
		return []string{err.Error()}, nil
	}
	cluster := schedule.NewCluster(schedule.Nodes(p.Nodes), schedule.Namespaces(p.Namespaces))
	verdict := cluster.Scenario().Add(pods...).Judge()

	arranged := c.Arrange(t, p.Nodes, p.Pods)
	real := arranged.Settle(t, quiet)
	for limit := time.Now().Add(patience); verdict.Fits && pending(real) > 0 && time.Now().Before(limit); {
		real = arranged.Settle(t, 10*quiet)
	}
	switch {
	case verdict.Fits && pending(real) > 0:
		problems = append(problems, fmt.Sprintf("meshgen says that all fit (%d orders; certain %v, exhaustive %v), but pods are pending:", verdict.Orders, verdict.Certain, verdict.Exhaustive))
		for _, r := range real {
			if r.Node == "" {
				problems = append(problems, "  "+r.Pod+": "+r.Why)
			}
		}
	case verdict.Fits:
		sum.fit++
	case pending(real) > 0:
		sum.pending++
	default:
		sum.lucky++
	}
	if len(arranged.Evicted) > 0 {
		sum.evictions++
		return problems, nil
	}
	sum.stepped++
	sum.steps += len(real)
	wrong, choices := replay(cluster, p, pods, real)
	return append(problems, wrong...), choices
}

func pending(placed []kube.Placement) (n int) {
	for _, p := range placed {
		if p.Node == "" {
			n++
		}
	}
	return n
}

// replay does what the scheduler did, one pod after the other, and returns what
// meshgen would not have allowed, or would have done where the scheduler found
// nothing; and what it would not have chosen.
func replay(cluster *schedule.Cluster, p scheduletest.Problem, pods []*schedule.Pod, real []kube.Placement) (problems, choices []string) {
	run := cluster.Start(0)
	for i, r := range real {
		k := slices.IndexFunc(p.Pods, func(pod corev1.Pod) bool { return pod.Name == r.Pod })
		if r.Node == "" {
			alone := run.Clone()
			alone.Add(pods[k])
			if at := alone.Node(pods[k]); at >= 0 {
				problems = append(problems, fmt.Sprintf("meshgen puts %s onto %s, where it is pending: %s", r.Pod, p.Nodes[at].Name, r.Why))
			}
			continue
		}
		at := slices.IndexFunc(p.Nodes, func(n corev1.Node) bool { return n.Name == r.Node })
		if at < 0 { // of the problem before: the scheduler had not yet heard that it is gone
			return problems, append(choices, fmt.Sprintf("the scheduler puts %s onto %s, which is not there", r.Pod, r.Node))
		}
		switch why := reasons(run, pods[k], at); {
		case why != schedule.Fits.String():
			problems = append(problems, fmt.Sprintf("the scheduler puts %s onto %s, its decision %d; meshgen says: %s", r.Pod, r.Node, i+1, why))
		case !slices.Contains(run.Choices(pods[k]), at):
			choices = append(choices, fmt.Sprintf("the scheduler puts %s onto %s, its decision %d; meshgen would choose among %v", r.Pod, r.Node, i+1, names(p.Nodes, run.Choices(pods[k]))))
		}
		run.Hold(pods[k], at)
	}
	return problems, choices
}

// reasons are meshgen's reasons for a node not to take a pod now, or Fits.
func reasons(run *schedule.Run, pod *schedule.Pod, node int) string {
	var all []string
	for _, r := range run.Why(pod) {
		if r.Node == node && r.Code == schedule.Fits {
			return r.Code.String()
		}
		if r.Node == node {
			all = append(all, r.Code.String()+" "+r.Text)
		}
	}
	return strings.Join(all, ", ")
}

// names are the names of nodes by index.
func names(nodes []corev1.Node, which []int) []string {
	var out []string
	for _, n := range which {
		out = append(out, nodes[n].Name)
	}
	return out
}
