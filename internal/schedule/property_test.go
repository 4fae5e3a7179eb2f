package schedule

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/meshgen/meshgen/internal/schedule/scheduletest"
)

// load makes a problem into what the package takes.
func problem(t testing.TB, seed uint64) (scheduletest.Problem, *Cluster, []*Pod) {
	t.Helper()
	p := scheduletest.Case(seed)
	pods, err := Pods(p.Pods)
	if err != nil {
		t.Fatal(err)
	}
	return p, NewCluster(Nodes(p.Nodes), Namespaces(p.Namespaces)), pods
}

// TestPlacementsHold looks at where pods sit with nothing but the API objects in
// hand, and in another way than the package does.
func TestPlacementsHold(t *testing.T) {
	for seed := range uint64(600) {
		p, c, pods := problem(t, seed)
		for order := range 6 {
			r := c.Start(order)
			r.Add(pods...)
			at := map[int]int{} // pod to node
			for i, pod := range pods {
				if n := r.Node(pod); n >= 0 {
					at[i] = n
				}
			}
			if len(at)+len(r.Pending()) != len(pods) {
				t.Fatalf("seed %d, order %d: %d placed and %d pending of %d", seed, order, len(at), len(r.Pending()), len(pods))
			}
			for _, wrong := range wrongs(p, at) {
				t.Errorf("seed %d, order %d: %s", seed, order, wrong)
			}
		}
	}
}

// wrongs are the rules that a placement breaks. Affinity and spread are rules of
// the moment a pod is placed, and may be broken later by what comes and goes.
func wrongs(p scheduletest.Problem, at map[int]int) []string {
	var out []string
	for n := range p.Nodes {
		var cpu, memory, count int64
		ports := map[string][]string{}
		for i, node := range at {
			if node != n {
				continue
			}
			spec := &p.Pods[i].Spec
			cpu += asked(spec, corev1.ResourceCPU)
			memory += asked(spec, corev1.ResourceMemory)
			count++
			for _, port := range spec.Containers[0].Ports {
				key := fmt.Sprint(port.Protocol, port.HostPort)
				for _, ip := range ports[key] {
					if ip == port.HostIP || ip == "" || port.HostIP == "" {
						out = append(out, fmt.Sprintf("%s: port %s twice", p.Nodes[n].Name, key))
					}
				}
				ports[key] = append(ports[key], port.HostIP)
			}
		}
		have := p.Nodes[n].Status.Allocatable
		if cpu > have.Cpu().MilliValue() && cpu > 0 || memory > have.Memory().Value() || count > have.Pods().Value() {
			out = append(out, fmt.Sprintf("%s: %dm, %d bytes, %d pods are too much", p.Nodes[n].Name, cpu, memory, count))
		}
	}
	for i, n := range at {
		pod, node := &p.Pods[i], &p.Nodes[n]
		for _, taint := range node.Spec.Taints {
			tolerated := taint.Effect == corev1.TaintEffectPreferNoSchedule
			for _, t := range pod.Spec.Tolerations {
				tolerated = tolerated || (t.Key == "" || t.Key == taint.Key) && (t.Effect == "" || t.Effect == taint.Effect) &&
					(t.Operator == corev1.TolerationOpExists || t.Value == taint.Value)
			}
			if !tolerated {
				out = append(out, fmt.Sprintf("%s on %s: taint %v", pod.Name, node.Name, taint))
			}
		}
		for key, value := range pod.Spec.NodeSelector {
			if node.Labels[key] != value {
				out = append(out, fmt.Sprintf("%s on %s: node selector", pod.Name, node.Name))
			}
		}
		for j, m := range at {
			if i != j && repels(p, pod, &p.Pods[j], node, &p.Nodes[m]) {
				out = append(out, fmt.Sprintf("%s on %s: does not want %s on %s", pod.Name, node.Name, p.Pods[j].Name, p.Nodes[m].Name))
			}
		}
	}
	slices.Sort(out)
	return out
}

// asked is what a pod of the generator's asks for: one container, perhaps one
// init container before it or beside it.
func asked(spec *corev1.PodSpec, name corev1.ResourceName) int64 {
	of := func(c *corev1.Container) int64 {
		q, ok := c.Resources.Requests[name]
		if !ok {
			q = c.Resources.Limits[name]
		}
		if name == corev1.ResourceCPU {
			return q.MilliValue()
		}
		return q.Value()
	}
	main := of(&spec.Containers[0])
	for i := range spec.InitContainers {
		if spec.InitContainers[i].RestartPolicy != nil {
			main += of(&spec.InitContainers[i])
		} else {
			main = max(main, of(&spec.InitContainers[i]))
		}
	}
	return main
}

// repels says whether a pod's anti-affinity forbids another where it is.
func repels(p scheduletest.Problem, pod, other *corev1.Pod, node, otherNode *corev1.Node) bool {
	if pod.Spec.Affinity == nil || pod.Spec.Affinity.PodAntiAffinity == nil {
		return false
	}
	for _, t := range pod.Spec.Affinity.PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution {
		a, ok := node.Labels[t.TopologyKey]
		b, also := otherNode.Labels[t.TopologyKey]
		if !ok || !also || a != b {
			continue
		}
		in := slices.Contains(t.Namespaces, other.Namespace) || len(t.Namespaces) == 0 && t.NamespaceSelector == nil && other.Namespace == pod.Namespace
		if t.NamespaceSelector != nil {
			s, _ := metav1.LabelSelectorAsSelector(t.NamespaceSelector)
			for i := range p.Namespaces {
				in = in || p.Namespaces[i].Name == other.Namespace && s.Matches(labels.Set(p.Namespaces[i].Labels))
			}
		}
		s, _ := metav1.LabelSelectorAsSelector(t.LabelSelector)
		for _, key := range t.MatchLabelKeys {
			in = in && other.Labels[key] == pod.Labels[key]
		}
		for _, key := range t.MismatchLabelKeys {
			in = in && other.Labels[key] != pod.Labels[key]
		}
		if in && s.Matches(labels.Set(other.Labels)) {
			return true
		}
	}
	return false
}

// everyOrderOf runs few pods in every order of arrival with every choice among
// equal nodes, one by one, without any of the search's shortcuts. It says whether
// any ends with a pod pending.
func everyOrderOf(r *Run, left []int32, budget *int) (pending bool) {
	if *budget--; *budget < 0 {
		return false
	}
	moved := false
	for i, pod := range left {
		var emptiable []int32
		nodes := slices.Clone(r.feasible(pod, &emptiable))
		if len(nodes) == 0 {
			continue
		}
		for _, n := range slices.Clone(r.best(r.classOf(pod), nodes)) {
			moved = true
			m := r.Clone()
			m.place(pod, n)
			if everyOrderOf(m, slices.Delete(slices.Clone(left), i, i+1), budget) {
				return true
			}
		}
	}
	return !moved && len(left) > 0
}

func TestSearchAgreesWithEveryOrder(t *testing.T) {
	compared, refused := 0, 0
	for seed := range uint64(3000) {
		p, c, pods := problem(t, seed)
		equal := true
		for i := range pods {
			equal = equal && pods[i].priority == pods[0].priority
		}
		if len(pods) > 6 || !equal {
			continue
		}
		v := c.Scenario().Add(pods...).Judge()
		r := c.Start(0)
		var ids []int32
		for _, pod := range pods {
			ids = append(ids, c.pod(pod))
		}
		r.sync()
		for _, id := range ids {
			r.node[id] = waits
		}
		budget := 30_000
		pending := everyOrderOf(r, ids, &budget)
		if budget < 0 {
			continue
		}
		compared++
		if pending {
			refused++
		}
		if v.Fits == pending {
			t.Errorf("seed %d (%d pods, %d nodes): fits is %v (certain %v, exhaustive %v), but there is an order that leaves a pod pending: %v",
				p.Seed, len(pods), len(p.Nodes), v.Fits, v.Certain, v.Exhaustive, pending)
		}
	}
	if compared < 200 || refused < 30 || refused > compared*2/3 {
		t.Errorf("%d compared, %d of them refused: the cases say little", compared, refused)
	}
}

// TestProofHolds searches what is proven: neither the search nor any order may
// find a pod pending.
func TestProofHolds(t *testing.T) {
	proven, searched := 0, 0
	for seed := range uint64(1500) {
		_, c, pods := problem(t, seed)
		if !c.Certain(pods) {
			continue
		}
		proven++
		s := c.Scenario().Add(pods...)
		for order := range 12 {
			if r := s.Run(order); len(r.Pending()) > 0 {
				t.Errorf("seed %d: proven, but order %d leaves %s pending", seed, order, r.Pending()[0].Name)
			}
		}
		if seed%5 > 0 {
			continue
		}
		rest, all := s.atRest()
		if all {
			searched++
		}
		for _, r := range rest {
			if r.restPending(); len(r.pending) > 0 {
				t.Errorf("seed %d: proven, but the search leaves %s pending", seed, r.Pending()[0].Name)
			}
		}
	}
	if proven < 200 || searched < 20 {
		t.Errorf("%d proven, %d searched to the end: the cases say little", proven, searched)
	}
}

// TestProofIsMonotone: what is proven stays so with a pod less, or with more on
// every node.
func TestProofIsMonotone(t *testing.T) {
	for seed := range uint64(800) {
		p, c, pods := problem(t, seed)
		if !c.Certain(pods) {
			continue
		}
		if !c.Certain(pods[1:]) {
			t.Errorf("seed %d: not proven with a pod less", seed)
		}
		nodes := Nodes(p.Nodes)
		for i := range nodes {
			nodes[i].CPU, nodes[i].Memory, nodes[i].Pods = nodes[i].CPU*2, nodes[i].Memory*2, nodes[i].Pods*2
		}
		if !NewCluster(nodes, Namespaces(p.Namespaces)).Certain(pods) {
			t.Errorf("seed %d: not proven with larger nodes", seed)
		}
	}
}

// TestWitness: a refusal shows a pod that no node takes, and nobody can make room
// for.
func TestWitness(t *testing.T) {
	refused := 0
	for seed := range uint64(400) {
		_, c, pods := problem(t, seed)
		v := c.Scenario().Add(pods...).Judge()
		if v.Fits {
			continue
		}
		refused++
		pending := v.Witness.Pending()
		if len(pending) == 0 {
			t.Fatalf("seed %d: refused without a pending pod", seed)
		}
		for _, pod := range pending {
			for _, why := range v.Witness.Why(pod) {
				if why.Code == Fits {
					t.Errorf("seed %d: %s is pending, but node %d takes it", seed, pod.Name, why.Node)
				}
			}
		}
	}
	if refused < 80 || refused > 300 {
		t.Errorf("%d of 400 refused: the cases say little", refused)
	}
}

// TestSameAgain: the same question has the same answer, and a clone goes its own
// way.
func TestSameAgain(t *testing.T) {
	for seed := range uint64(150) {
		var results []map[string][]string
		for range 2 {
			_, c, pods := problem(t, seed)
			half := len(pods) / 2
			s := c.Scenario().Add(pods[:half]...)
			before := where(s.Run(3))
			results = append(results, where(s.Add(pods[half:]...).Run(3)))
			if diff := cmp.Diff(before, where(s.Run(3))); diff != "" {
				t.Errorf("seed %d: what came later changed the run before it: %s", seed, diff)
			}
		}
		if diff := cmp.Diff(results[0], results[1]); diff != "" {
			t.Errorf("seed %d: %s", seed, diff)
		}
	}
}
