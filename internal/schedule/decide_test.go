package schedule

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// equalNodes are n nodes of this size, each its own host, in two zones.
func equalNodes(n int, cpu int64, memoryMi int64) []Node {
	var nodes []Node
	for i := range n {
		name := fmt.Sprintf("n%d", i)
		nodes = append(nodes, Node{
			Name: name, CPU: cpu, Memory: memoryMi << 20, Pods: 110,
			Labels: map[string]string{hostname: name, zone: fmt.Sprintf("z%d", i%2)},
		})
	}
	return nodes
}

// asks is a pod's spec that requests this much.
func asks(cpu, memory string, changes ...func(*corev1.PodSpec)) *corev1.PodSpec {
	spec := &corev1.PodSpec{Containers: []corev1.Container{{Name: "main", Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{}}}}}
	if cpu != "" {
		spec.Containers[0].Resources.Requests[corev1.ResourceCPU] = resource.MustParse(cpu)
	}
	if memory != "" {
		spec.Containers[0].Resources.Requests[corev1.ResourceMemory] = resource.MustParse(memory)
	}
	for _, change := range changes {
		change(spec)
	}
	return spec
}

func priorityOf(p int32) func(*corev1.PodSpec) {
	return func(s *corev1.PodSpec) { s.Priority = &p }
}

func port80(ip string, protocol corev1.Protocol) func(*corev1.PodSpec) {
	return func(s *corev1.PodSpec) {
		s.Containers[0].Ports = []corev1.ContainerPort{{ContainerPort: 80, HostPort: 80, HostIP: ip, Protocol: protocol}}
	}
}

func apart(app, topology string) func(*corev1.PodSpec) {
	return func(s *corev1.PodSpec) {
		s.Affinity = &corev1.Affinity{PodAntiAffinity: &corev1.PodAntiAffinity{RequiredDuringSchedulingIgnoredDuringExecution: []corev1.PodAffinityTerm{{
			LabelSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": app}}, TopologyKey: topology,
		}}}}
	}
}

func together(app, topology string) func(*corev1.PodSpec) {
	return func(s *corev1.PodSpec) {
		s.Affinity = &corev1.Affinity{PodAffinity: &corev1.PodAffinity{RequiredDuringSchedulingIgnoredDuringExecution: []corev1.PodAffinityTerm{{
			LabelSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": app}}, TopologyKey: topology,
		}}}}
	}
}

func evenly(app, topology string, changes ...func(*corev1.TopologySpreadConstraint)) func(*corev1.PodSpec) {
	return func(s *corev1.PodSpec) {
		c := corev1.TopologySpreadConstraint{
			MaxSkew: 1, TopologyKey: topology, WhenUnsatisfiable: corev1.DoNotSchedule,
			LabelSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": app}},
		}
		for _, change := range changes {
			change(&c)
		}
		s.TopologySpreadConstraints = append(s.TopologySpreadConstraints, c)
	}
}

// pods are n pods of an application.
func pods(t testing.TB, n int, app string, spec *corev1.PodSpec) []*Pod {
	t.Helper()
	s, err := NewSpec("shop", map[string]string{"app": app}, spec)
	if err != nil {
		t.Fatal(err)
	}
	var out []*Pod
	for i := range n {
		out = append(out, &Pod{Name: fmt.Sprintf("%s-%d", app, i), Spec: s})
	}
	return out
}

// where is what became of the pods: for each node its pods, and who is pending.
func where(r *Run) map[string][]string {
	out := map[string][]string{}
	for n := range r.c.nodes {
		for _, p := range r.On(n) {
			out[r.c.nodes[n].Name] = append(out[r.c.nodes[n].Name], p.Name)
		}
	}
	for _, p := range r.Pending() {
		out["pending"] = append(out["pending"], p.Name)
	}
	return out
}

func TestDecisions(t *testing.T) {
	type add struct {
		n    int
		app  string
		spec *corev1.PodSpec
	}
	tests := []struct {
		name  string
		nodes []Node
		adds  []add // one after the other
		want  map[string][]string
		why   Code // of the first pending pod on the first node
	}{
		{
			name:  "the emptiest node is preferred",
			nodes: equalNodes(2, 1000, 1000),
			adds:  []add{{2, "a", asks("200m", "100Mi")}, {1, "b", asks("100m", "100Mi")}},
			want:  map[string][]string{"n0": {"a-0", "b-0"}, "n1": {"a-1"}},
		},
		{
			name:  "a pod that asks for nothing needs only a place, even where too much is asked for",
			nodes: []Node{{Name: "n0", CPU: 100, Memory: 1 << 20, Pods: 2}},
			adds:  []add{{1, "full", asks("100m", "1Mi")}, {2, "none", asks("", "")}},
			want:  map[string][]string{"n0": {"full-0", "none-0"}, "pending": {"none-1"}},
			why:   TooManyPods,
		},
		{
			name:  "what is short is the request, not the limit",
			nodes: equalNodes(1, 1000, 100),
			adds:  []add{{1, "a", asks("600m", "10Mi")}, {1, "b", asks("600m", "10Mi")}},
			want:  map[string][]string{"n0": {"a-0"}, "pending": {"b-0"}},
			why:   CPU,
		},
		{
			name:  "limits without requests are requests",
			nodes: equalNodes(1, 1000, 100),
			adds: []add{{2, "a", asks("", "", func(s *corev1.PodSpec) {
				s.Containers[0].Resources = corev1.ResourceRequirements{Limits: corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("60Mi")}}
			})}},
			want: map[string][]string{"n0": {"a-0"}, "pending": {"a-1"}},
			why:  Memory,
		},
		{
			name:  "one host port, one pod a node",
			nodes: equalNodes(2, 1000, 1000),
			adds:  []add{{3, "a", asks("", "", port80("", ""))}},
			want:  map[string][]string{"n0": {"a-0"}, "n1": {"a-1"}, "pending": {"a-2"}},
			why:   HostPort,
		},
		{
			name:  "another protocol or another address is another port",
			nodes: equalNodes(1, 1000, 1000),
			adds: []add{
				{1, "a", asks("", "", port80("10.0.0.1", "TCP"))}, {1, "b", asks("", "", port80("10.0.0.2", "TCP"))},
				{1, "c", asks("", "", port80("", "UDP"))}, {1, "d", asks("", "", port80("", "TCP"))},
			},
			want: map[string][]string{"n0": {"a-0", "b-0", "c-0"}, "pending": {"d-0"}},
			why:  HostPort,
		},
		{
			name:  "a third node is missing",
			nodes: equalNodes(2, 1000, 1000),
			adds:  []add{{3, "a", asks("1m", "1Mi", apart("a", hostname))}},
			want:  map[string][]string{"n0": {"a-0"}, "n1": {"a-1"}, "pending": {"a-2"}},
			why:   AntiAffinity,
		},
		{
			name:  "anti-affinity works both ways",
			nodes: equalNodes(1, 1000, 1000),
			adds:  []add{{1, "a", asks("1m", "1Mi", apart("b", hostname))}, {1, "b", asks("1m", "1Mi")}},
			want:  map[string][]string{"n0": {"a-0"}, "pending": {"b-0"}},
			why:   AntiAffinityOfOthers,
		},
		{
			name:  "the first of pods that want each other goes anywhere, the rest to it",
			nodes: equalNodes(2, 1000, 1000),
			adds:  []add{{3, "a", asks("100m", "10Mi", together("a", hostname))}},
			want:  map[string][]string{"n0": {"a-0", "a-1", "a-2"}},
		},
		{
			name:  "who wants another waits for it",
			nodes: equalNodes(2, 1000, 1000),
			adds:  []add{{1, "a", asks("1m", "1Mi", together("b", hostname))}},
			want:  map[string][]string{"pending": {"a-0"}},
			why:   Affinity,
		},
		{
			name:  "and follows when it comes",
			nodes: equalNodes(2, 1000, 1000),
			adds:  []add{{1, "a", asks("1m", "1Mi", together("b", hostname))}, {1, "b", asks("1m", "1Mi")}},
			want:  map[string][]string{"n0": {"b-0", "a-0"}},
		},
		{
			name: "a tainted node is still a domain of the spread",
			nodes: func() []Node {
				n := equalNodes(2, 1000, 1000)
				n[1].Taints = []corev1.Taint{{Key: "only", Effect: corev1.TaintEffectNoSchedule}}
				return n
			}(),
			adds: []add{{2, "a", asks("1m", "1Mi", evenly("a", hostname))}},
			want: map[string][]string{"n0": {"a-0"}, "pending": {"a-1"}},
			why:  Spread,
		},
		{
			name: "unless the constraint honours taints",
			nodes: func() []Node {
				n := equalNodes(2, 1000, 1000)
				n[1].Taints = []corev1.Taint{{Key: "only", Effect: corev1.TaintEffectNoSchedule}}
				return n
			}(),
			adds: []add{{2, "a", asks("1m", "1Mi", evenly("a", hostname, func(c *corev1.TopologySpreadConstraint) {
				policy := corev1.NodeInclusionPolicyHonor
				c.NodeTaintsPolicy = &policy
			}))}},
			want: map[string][]string{"n0": {"a-0", "a-1"}},
		},
		{
			name:  "fewer domains than minDomains count as an empty one",
			nodes: equalNodes(2, 1000, 1000),
			adds: []add{{3, "a", asks("1m", "1Mi", evenly("a", hostname, func(c *corev1.TopologySpreadConstraint) {
				domains := int32(3)
				c.MinDomains = &domains
			}))}},
			want: map[string][]string{"n0": {"a-0"}, "n1": {"a-1"}, "pending": {"a-2"}},
			why:  Spread,
		},
		{
			name:  "a node without the label takes no pod that must be spread by it",
			nodes: []Node{{Name: "n0", CPU: 1000, Memory: 1 << 30, Pods: 10}},
			adds:  []add{{1, "a", asks("1m", "1Mi", evenly("a", zone))}},
			want:  map[string][]string{"pending": {"a-0"}},
			why:   NoTopology,
		},
		{
			name:  "the critical push off the rest",
			nodes: equalNodes(1, 1000, 1000),
			adds: []add{{1, "istiod", asks("500m", "800Mi")}, {1, "ztunnel", asks("200m", "512Mi", func(s *corev1.PodSpec) {
				s.PriorityClassName = "system-node-critical"
			})}},
			want: map[string][]string{"n0": {"ztunnel-0"}, "pending": {"istiod-0"}},
			why:  Memory,
		},
		{
			name:  "as few as possible, the least important first",
			nodes: equalNodes(1, 1000, 1000),
			adds: []add{
				{1, "low", asks("300m", "1Mi", priorityOf(1))}, {1, "middle", asks("300m", "1Mi", priorityOf(2))},
				{1, "tiny", asks("300m", "1Mi", priorityOf(1))}, {1, "high", asks("400m", "1Mi", priorityOf(3))},
			},
			want: map[string][]string{"n0": {"low-0", "middle-0", "high-0"}, "pending": {"tiny-0"}},
			why:  CPU,
		},
		{
			name:  "preemptionPolicy Never pushes nobody off",
			nodes: equalNodes(1, 1000, 1000),
			adds: []add{{1, "low", asks("600m", "1Mi")}, {1, "high", asks("600m", "1Mi", priorityOf(3), func(s *corev1.PodSpec) {
				never := corev1.PreemptNever
				s.PreemptionPolicy = &never
			})}},
			want: map[string][]string{"n0": {"low-0"}, "pending": {"high-0"}},
			why:  CPU,
		},
		{
			name:  "equal priority pushes nobody off",
			nodes: equalNodes(1, 1000, 1000),
			adds:  []add{{1, "first", asks("600m", "1Mi", priorityOf(3))}, {1, "second", asks("600m", "1Mi", priorityOf(3))}},
			want:  map[string][]string{"n0": {"first-0"}, "pending": {"second-0"}},
			why:   CPU,
		},
		{
			name:  "a pod with scheduling gates is not looked at",
			nodes: equalNodes(1, 1000, 1000),
			adds: []add{{1, "a", asks("1m", "1Mi", func(s *corev1.PodSpec) {
				s.SchedulingGates = []corev1.PodSchedulingGate{{Name: "wait"}}
			})}},
			want: map[string][]string{"pending": {"a-0"}},
			why:  Gated,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := NewCluster(test.nodes, nil).Start(0)
			for _, a := range test.adds {
				r.Add(pods(t, a.n, a.app, a.spec)...)
			}
			if diff := cmp.Diff(test.want, where(r)); diff != "" {
				t.Fatal(diff)
			}
			if pending := r.Pending(); len(pending) > 0 {
				if got := r.Why(pending[0])[0].Code; got != test.why {
					t.Errorf("why: %v, want %v", got, test.why)
				}
			}
		})
	}
}
