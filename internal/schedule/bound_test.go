package schedule

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestCertain: what the proof reaches beside sums, and where it must not.
func TestCertain(t *testing.T) {
	others := func(c *corev1.TopologySpreadConstraint) {
		c.LabelSelector = &metav1.LabelSelector{MatchLabels: map[string]string{"app": "other"}}
	}
	both := func(s *corev1.PodSpec) {
		evenly("a", zone)(s)
		evenly("a", hostname)(s)
	}
	tests := []struct {
		name  string
		nodes []Node
		pods  [][]*Pod
		want  bool
	}{
		{
			// A zone of one node never holds more than two of the four, so that
			// 1000m do for 300m each.
			"pods spread over zones do not fill one", equalNodes(2, 1000, 1000),
			[][]*Pod{pods(t, 4, "a", asks("300m", "1Mi", evenly("a", zone)))}, true,
		},
		{
			"without counting themselves they may", equalNodes(2, 1000, 1000),
			[][]*Pod{pods(t, 4, "a", asks("300m", "1Mi", evenly("a", zone, others)))}, false,
		},
		{
			// It takes ten of them to refuse the next on a node, and there are 13.
			"a pod's memory does not pay on another node than its CPU", equalNodes(2, 1000, 1000),
			[][]*Pod{pods(t, 13, "a", asks("100m", "100Mi"))}, true,
		},
		{
			"twenty-one are more than two nodes take", equalNodes(2, 1000, 1000),
			[][]*Pod{pods(t, 21, "a", asks("100m", "100Mi"))}, false,
		},
		{
			// The emptier zone holds one of the other three, on one of its two nodes.
			"spread over zones and nodes", equalNodes(4, 1000, 1000),
			[][]*Pod{pods(t, 4, "a", asks("300m", "1Mi", both))}, true,
		},
		{
			// Two of the other four may sit on both nodes of a zone.
			"spread over fewer nodes than pods", equalNodes(4, 1000, 1000),
			[][]*Pod{pods(t, 5, "a", asks("300m", "1Mi", both))}, false,
		},
		{
			// Who must be apart from its like takes 400m of a node, not 800m.
			"replicas apart take little of each node", equalNodes(3, 1000, 1000),
			[][]*Pod{pods(t, 3, "a", asks("400m", "1Mi", apart("a", hostname))), pods(t, 1, "b", asks("600m", "1Mi"))}, true,
		},
		{
			// The small ones, all on the tainted node, fill the second zone's count, so
			// that the first may hold two of the three: too many for the last.
			"those of lower priority count in their domain", append(equalNodes(2, 1000, 1000), Node{
				Name: "tainted", CPU: 1000, Memory: 1000 << 20, Pods: 110, Labels: map[string]string{hostname: "tainted", zone: "z1"},
				Taints: []corev1.Taint{{Key: "only", Effect: corev1.TaintEffectNoSchedule}},
			}),
			[][]*Pod{
				pods(t, 3, "a", asks("400m", "1Mi", priorityOf(10), evenly("a", zone))),
				pinned(pods(t, 3, "a", asks("100m", "1Mi", func(s *corev1.PodSpec) {
					s.Tolerations = []corev1.Toleration{{Operator: corev1.TolerationOpExists}}
				})), "tainted"),
			}, false,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := NewCluster(test.nodes, nil)
			all := slices.Concat(test.pods...)
			if got := c.Certain(all); got != test.want {
				t.Errorf("certain %v, want %v", got, test.want)
			}
			if v := c.Scenario().Add(all...).Judge(); test.want && !v.Fits {
				t.Errorf("proven, but %s is pending", v.Witness.Pending()[0].Name)
			}
		})
	}
}

// pinned are pods made for a node.
func pinned(pods []*Pod, node string) []*Pod {
	for _, p := range pods {
		p.Node = node
	}
	return pods
}

// TestThoseThatLeft: pods that left count in the bound of a domain: the others
// were placed while they were there.
func TestThoseThatLeft(t *testing.T) {
	c := NewCluster(equalNodes(2, 1000, 1000), nil)
	left := pods(t, 4, "a", asks("1m", "1Mi"))
	stay := pods(t, 4, "a", asks("300m", "1Mi", evenly("a", zone)))
	s := c.Scenario().Add(left...).Add(stay...).Remove(left...)
	if c.Certain(stay) != true {
		t.Fatal("four alone are not proven")
	}
	// Three of the four on one node, and four small ones on the other, which leave.
	if s.certain() {
		t.Error("proven, although a node may have come to hold three of them")
	}
}

// TestDirected: an order against a kind of pods, on more pods than the search takes.
func TestDirected(t *testing.T) {
	c := NewCluster(equalNodes(40, 1000, 1000), nil)
	// 80 pods of 300m: two a node leave 400m, too little for the big one. By priority
	// and in the order of their names it comes first.
	big, small := pods(t, 1, "big", asks("500m", "1Mi")), pods(t, 80, "small", asks("300m", "1Mi"))
	r := c.Start(0)
	r.Add(slices.Concat(big, small)...)
	if len(r.Pending()) > 0 {
		t.Fatal("the usual order leaves a pod pending")
	}
	r = c.Start(against(c.pods[c.pod(big[0])].class)[0])
	r.Add(slices.Concat(big, small)...)
	if p := r.Pending(); len(p) != 1 || p[0] != big[0] {
		t.Errorf("pending: %v", p)
	}
}
