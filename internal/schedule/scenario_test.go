package schedule

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
)

// daemons are the pods of a DaemonSet, one a node.
func daemons(t testing.TB, nodes []Node, app string, spec *corev1.PodSpec) []*Pod {
	t.Helper()
	s, err := DaemonSpec("system", map[string]string{"app": app}, spec)
	if err != nil {
		t.Fatal(err)
	}
	var out []*Pod
	for _, n := range nodes {
		out = append(out, &Pod{Name: app + "-" + n.Name, Spec: s, Node: n.Name})
	}
	return out
}

func TestJudge(t *testing.T) {
	critical := func(s *corev1.PodSpec) { s.PriorityClassName = "system-node-critical" }
	type answer struct{ Fits, Proven bool }
	yes, no := answer{true, true}, answer{}
	tests := []struct {
		name string
		ask  func(t *testing.T) Verdict
		want answer
	}{
		{"room to spare", func(t *testing.T) Verdict {
			c := NewCluster(equalNodes(2, 1000, 1000), nil)
			return c.Scenario().Add(pods(t, 2, "a", asks("300m", "300Mi"))...).Judge()
		}, yes},
		{"exactly full", func(t *testing.T) Verdict {
			c := NewCluster(equalNodes(1, 1000, 1000), nil)
			return c.Scenario().Add(pods(t, 4, "a", asks("250m", "250Mi"))...).Judge()
		}, yes},
		{"a byte too much", func(t *testing.T) Verdict {
			c := NewCluster(equalNodes(1, 1000, 1000), nil)
			return c.Scenario().Add(append(pods(t, 3, "a", asks("1m", "250Mi")), pods(t, 1, "b", asks("1m", "262144001"))...)...).Judge()
		}, no},
		{"small pods that come first leave the big one no room on any node", func(t *testing.T) Verdict {
			// 2 nodes of 1000m; the big one needs 800m. By priority or by name it
			// would come first.
			c := NewCluster(equalNodes(2, 1000, 1000), nil)
			return c.Scenario().Add(append(pods(t, 1, "big", asks("800m", "1Mi")), pods(t, 2, "small", asks("300m", "1Mi"))...)...).Judge()
		}, no},
		{"unless it pushes them off", func(t *testing.T) Verdict {
			c := NewCluster(equalNodes(2, 1000, 1000), nil)
			return c.Scenario().Add(append(pods(t, 1, "big", asks("800m", "1Mi", priorityOf(1))), pods(t, 2, "small", asks("300m", "1Mi"))...)...).Judge()
		}, yes},
		{"pushed off, with nowhere to go", func(t *testing.T) Verdict {
			nodes := equalNodes(1, 1000, 2000)
			c := NewCluster(nodes, nil)
			return c.Scenario().Add(append(pods(t, 1, "istiod", asks("500m", "1700Mi")), daemons(t, nodes, "ztunnel", asks("200m", "512Mi", critical))...)...).Judge()
		}, no},
		{"two replicas apart on two nodes", func(t *testing.T) Verdict {
			c := NewCluster(equalNodes(2, 1000, 1000), nil)
			return c.Scenario().Add(pods(t, 2, "a", asks("300m", "300Mi", apart("a", hostname)))...).Judge()
		}, yes},
		{"and with one node gone", func(t *testing.T) Verdict {
			c := NewCluster(equalNodes(2, 1000, 1000), nil)
			return c.Scenario().Add(pods(t, 2, "a", asks("300m", "300Mi", apart("a", hostname)))...).Drop(1).Judge()
		}, no},
		{"a node gone, the agents with it", func(t *testing.T) Verdict {
			nodes := equalNodes(2, 1000, 1000)
			c := NewCluster(nodes, nil)
			return c.Scenario().Add(append(pods(t, 2, "a", asks("300m", "300Mi")), daemons(t, nodes, "agent", asks("300m", "300Mi"))...)...).Drop(1).Judge()
		}, yes},
		{"an update that needs room for one more", func(t *testing.T) Verdict {
			c := NewCluster(equalNodes(1, 1000, 1000), nil)
			old := pods(t, 2, "a", asks("400m", "1Mi"))
			return c.Scenario().Add(old...).Roll(Roll{Old: old, New: pods(t, 2, "a", asks("400m", "1Mi")), Surge: 1}).Judge()
		}, no},
		{"or one less meanwhile", func(t *testing.T) Verdict {
			c := NewCluster(equalNodes(1, 1000, 1000), nil)
			old := pods(t, 2, "a", asks("400m", "1Mi"))
			return c.Scenario().Add(old...).Roll(Roll{Old: old, New: pods(t, 2, "b", asks("400m", "1Mi")), Unavailable: 1}).Judge()
		}, yes},
		{"one more and one less at a time, on a full node: one that leaves makes room", func(t *testing.T) Verdict {
			c := NewCluster(equalNodes(1, 1000, 1000), nil)
			old := pods(t, 4, "a", asks("220m", "1Mi"))
			return c.Scenario().Add(old...).Roll(Roll{Old: old, New: pods(t, 4, "a", asks("220m", "1Mi")), Surge: 1, Unavailable: 1}).Judge()
		}, yes},
		{"so with pods that must be apart, on as many nodes", func(t *testing.T) Verdict {
			c := NewCluster(equalNodes(4, 1000, 1000), nil)
			old := pods(t, 4, "a", asks("220m", "1Mi", apart("a", hostname)))
			return c.Scenario().Add(old...).Roll(Roll{Old: old, New: pods(t, 4, "a", asks("220m", "2Mi", apart("a", hostname))), Surge: 1, Unavailable: 1}).Judge()
		}, yes},
		{"what comes is larger than what leaves makes room for", func(t *testing.T) Verdict {
			c := NewCluster(equalNodes(1, 1000, 1000), nil)
			old := pods(t, 4, "a", asks("220m", "1Mi"))
			return c.Scenario().Add(old...).Roll(Roll{Old: old, New: pods(t, 4, "a", asks("270m", "1Mi")), Surge: 1, Unavailable: 1}).Judge()
		}, no},
		{"an update of pods that must be apart, on as many nodes", func(t *testing.T) Verdict {
			c := NewCluster(equalNodes(2, 1000, 1000), nil)
			old := pods(t, 2, "a", asks("100m", "1Mi", apart("a", hostname)))
			return c.Scenario().Add(old...).Roll(Roll{Old: old, New: pods(t, 2, "a", asks("100m", "2Mi", apart("a", hostname))), Surge: 1}).Judge()
		}, no},
		{"agents one after the other in their own place", func(t *testing.T) Verdict {
			nodes := equalNodes(2, 1000, 1000)
			c := NewCluster(nodes, nil)
			old := daemons(t, nodes, "ztunnel", asks("600m", "1Mi", critical))
			return c.Scenario().Add(old...).Roll(Roll{Old: old, New: daemons(t, nodes, "ztunnel", asks("600m", "1Mi", critical)), Unavailable: 1}).Judge()
		}, yes},
		{"agents beside the old ones do not fit", func(t *testing.T) Verdict {
			nodes := equalNodes(2, 1000, 1000)
			c := NewCluster(nodes, nil)
			old := daemons(t, nodes, "ztunnel", asks("600m", "1Mi", critical))
			return c.Scenario().Add(old...).Roll(Roll{Old: old, New: daemons(t, nodes, "ztunnel", asks("600m", "1Mi", critical)), Surge: 1}).Judge()
		}, no},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			v := test.ask(t)
			if got := (answer{v.Fits, v.Certain || v.Exhaustive}); got != test.want {
				t.Errorf("fits %v, proven %v; want %+v", v.Fits, got.Proven, test.want)
			}
			if v.Fits != (v.Witness == nil) {
				t.Errorf("a witness is there exactly if it does not fit")
			}
		})
	}
}

// TestEvictions: who pushed whom off stands in the run.
func TestEvictions(t *testing.T) {
	nodes := equalNodes(1, 1000, 2000)
	r := NewCluster(nodes, nil).Start(0)
	istiod := pods(t, 1, "istiod", asks("500m", "1700Mi"))
	ztunnel := daemons(t, nodes, "ztunnel", asks("200m", "512Mi", func(s *corev1.PodSpec) { s.PriorityClassName = "system-node-critical" }))
	r.Add(istiod...)
	r.Add(ztunnel...)
	if got := r.Evicted(); len(got) != 1 || got[0] != (Eviction{Victim: istiod[0], By: ztunnel[0]}) {
		t.Errorf("evictions: %v", got)
	}
	why := r.Why(istiod[0])
	want := []Reason{{Code: Memory, Text: "212Mi of memory short", Short: 212 << 20}}
	if diff := cmp.Diff(want, why); diff != "" {
		t.Error(diff)
	}
}

// TestWaitingPodIsOverlooked: the scheduler skips pod affinity for a pod that
// nothing placed speaks of, and so does not see that a pod which waits for a node
// does not want it there. Found against the real one.
func TestWaitingPodIsOverlooked(t *testing.T) {
	r := NewCluster(equalNodes(1, 1000, 1000), nil).Start(0)
	victim := pods(t, 1, "victim", asks("900m", "1Mi"))
	loner := pods(t, 1, "loner", asks("500m", "1Mi", priorityOf(5), apart("plain", hostname)))
	plain := pods(t, 1, "plain", asks("100m", "1Mi"))
	r.Add(victim...)
	for _, p := range append(loner, plain...) {
		id := r.c.pod(p)
		r.sync()
		r.node[id] = waits
	}
	waiting, other := r.c.podOf[loner[0]], r.c.podOf[plain[0]]
	r.evict(waiting, &candidate{node: 0, victims: []int32{r.c.podOf[victim[0]]}})
	if code, _ := r.takes(other, 0); code != Fits {
		t.Errorf("beside a pod that only waits: %v", code)
	}
	r.place(waiting, 0)
	if code, _ := r.takes(other, 0); code != AntiAffinityOfOthers {
		t.Errorf("beside the pod: %v", code)
	}
}

func TestDaemonNodes(t *testing.T) {
	nodes := equalNodes(4, 1000, 1000)
	nodes[1].Taints = []corev1.Taint{{Key: "only", Effect: corev1.TaintEffectNoSchedule}}
	nodes[2].Unschedulable = true
	nodes[2].Taints = []corev1.Taint{{Key: corev1.TaintNodeUnschedulable, Effect: corev1.TaintEffectNoSchedule}}
	nodes[3].Labels["arch"] = "arm"
	c := NewCluster(nodes, nil)
	for _, test := range []struct {
		change func(*corev1.PodSpec)
		want   []int
	}{
		{func(*corev1.PodSpec) {}, []int{0, 2, 3}},
		{func(s *corev1.PodSpec) { s.Tolerations = []corev1.Toleration{{Operator: corev1.TolerationOpExists}} }, []int{0, 1, 2, 3}},
		{func(s *corev1.PodSpec) { s.NodeSelector = map[string]string{"arch": "arm"} }, []int{3}},
	} {
		got, err := c.DaemonNodes(asks("1m", "1Mi", test.change))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Error(diff)
		}
	}
}

// TestVisitOrder: zones in turn, each in the order of its nodes.
func TestVisitOrder(t *testing.T) {
	var nodes []Node
	for i, z := range []string{"a", "a", "a", "b", "", "b"} {
		n := Node{Name: fmt.Sprint(i), Labels: map[string]string{}}
		if z != "" {
			n.Labels[zone] = z
		}
		nodes = append(nodes, n)
	}
	if diff := cmp.Diff([]int32{0, 3, 4, 1, 5, 2}, NewCluster(nodes, nil).order); diff != "" {
		t.Error(diff)
	}
}

// TestEnough: how many nodes the scheduler looks for
// (TestNumFeasibleNodesToFind in pkg/scheduler/schedule_one_test.go).
func TestEnough(t *testing.T) {
	for nodes, want := range map[int]int{10: 10, 99: 99, 100: 100, 1000: 420, 6000: 300, 5000: 500} {
		if got := enough(nodes); got != want {
			t.Errorf("of %d nodes %d, want %d", nodes, got, want)
		}
	}
}
