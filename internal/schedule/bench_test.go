package schedule

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// fleet is a cluster of equal nodes in three zones, with two agents on each and
// applications of 20 pods, of which some prefer to be apart, some must be spread
// over zones, and some must not share a node.
func fleet(nodes, pods int) (*Cluster, []*Pod) {
	var of []Node
	for i := range nodes {
		name := fmt.Sprintf("node-%d", i)
		of = append(of, Node{
			Name: name, CPU: 8000, Memory: 32 << 30, Pods: 110,
			Labels: map[string]string{hostname: name, zone: fmt.Sprintf("zone-%d", i%3), "pool": []string{"a", "b"}[i%2]},
		})
	}
	c := NewCluster(of, nil)
	var all []*Pod
	make := func(app, cpu, memory string, change func(*corev1.PodSpec)) *Spec {
		spec := &corev1.PodSpec{Containers: []corev1.Container{{Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{
			corev1.ResourceCPU: resource.MustParse(cpu), corev1.ResourceMemory: resource.MustParse(memory),
		}}}}}
		change(spec)
		s, err := NewSpec("shop", map[string]string{"app": app}, spec)
		if err != nil {
			panic(err)
		}
		return s
	}
	for _, agent := range []string{"ztunnel", "cni"} {
		s := make(agent, "100m", "256Mi", func(p *corev1.PodSpec) { p.PriorityClassName = "system-node-critical" })
		for _, n := range of {
			all = append(all, &Pod{Name: agent + "-" + n.Name, Spec: s, Node: n.Name})
		}
	}
	for i := 0; i < pods; i += 20 {
		app := fmt.Sprintf("app-%d", i/20)
		selector := &metav1.LabelSelector{MatchLabels: map[string]string{"app": app}}
		s := make(app, fmt.Sprintf("%dm", 100+i%7*20), fmt.Sprintf("%dMi", 200+i%11*60), func(p *corev1.PodSpec) {
			term := corev1.PodAffinityTerm{LabelSelector: selector, TopologyKey: hostname}
			switch i / 20 % 5 {
			case 0:
				p.Affinity = &corev1.Affinity{PodAntiAffinity: &corev1.PodAntiAffinity{RequiredDuringSchedulingIgnoredDuringExecution: []corev1.PodAffinityTerm{term}}}
			case 1:
				p.Affinity = &corev1.Affinity{PodAntiAffinity: &corev1.PodAntiAffinity{PreferredDuringSchedulingIgnoredDuringExecution: []corev1.WeightedPodAffinityTerm{{Weight: 100, PodAffinityTerm: term}}}}
			case 2:
				p.TopologySpreadConstraints = []corev1.TopologySpreadConstraint{{MaxSkew: 1, TopologyKey: zone, WhenUnsatisfiable: corev1.DoNotSchedule, LabelSelector: selector}}
			case 3:
				p.NodeSelector = map[string]string{"pool": "a"}
			}
		}).OwnedBy(app)
		for j := range 20 {
			all = append(all, &Pod{Name: fmt.Sprintf("%s-%d", app, j), Spec: s})
		}
	}
	return c, all
}

func benchmarkQuestions(b *testing.B, nodes, pods int) {
	for b.Loop() {
		c, all := fleet(nodes, pods)
		base := c.Scenario().Add(all...)
		if v := base.Judge(); !v.Fits {
			b.Fatal("does not fit")
		}
		last := all[len(all)-20:]
		var more, anew []*Pod
		for i := range 20 {
			more = append(more, &Pod{Name: fmt.Sprint("more-", i), Spec: last[0].Spec})
			anew = append(anew, &Pod{Name: fmt.Sprint("new-", i), Spec: last[0].OwnedBy("new")})
		}
		if !base.Add(more...).Judge().Fits || !base.Roll(Roll{Old: last, New: anew, Surge: 5}).Judge().Fits || !base.Drop(0).Judge().Fits || !base.Drop(1).Judge().Fits {
			b.Fatal("a question does not fit")
		}
	}
}

func BenchmarkQuestions100Nodes2000Pods(b *testing.B)    { benchmarkQuestions(b, 100, 2000) }
func BenchmarkQuestions5000Nodes100000Pods(b *testing.B) { benchmarkQuestions(b, 5000, 100000) }
