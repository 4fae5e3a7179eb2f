package place

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/meshgen/meshgen/internal/schedule/scheduletest"
	"github.com/meshgen/meshgen/internal/workload/workloadtest"
	"github.com/meshgen/meshgen/test/cluster/kube"
	"github.com/meshgen/meshgen/test/cluster/report"
)

// changes is how many seeds TestUpdates looks at. Of these, half, whose pods
// all find a node before anything changes, are held against the real programs.
const changes = 400

// stuck is how long nothing must change before an update counts as one that has
// come to a halt, where meshgen says that it may. The scheduler tries a pod again
// at once when a pod left.
const stuck = time.Second

// TestUpdates has the real controllers and the real scheduler update workloads on
// nodes that have just room for them, and take nodes away. What meshgen says comes
// to its end must; what it says does not, in whatever order, must not.
func TestUpdates(t *testing.T) {
	c := kube.Start(t, kube.Options{Bare: true})
	var made []string
	counts := map[string]*[3]int{}
	lucky := 0
	from, to := seeds(t, changes)
	for seed := from; seed < to; seed++ {
		u := scheduletest.ChangeOf(seed)
		v, how, ok, err := workloadtest.Judge(u)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if !ok {
			continue
		}
		made = namespaces(t, c, u.Namespaces, made)
		if counts[workloadtest.KindOf(u)] == nil {
			counts[workloadtest.KindOf(u)] = &[3]int{}
		}
		counts[workloadtest.KindOf(u)][v]++
		switch why := change(t, c, u, v); {
		case v == workloadtest.Ends && why != "":
			t.Errorf("seed %d (%s): meshgen says that it comes to its end (%s), but %s", seed, workloadtest.KindOf(u), how, why)
		case v == workloadtest.Stops && why == "":
			t.Errorf("seed %d (%s): it comes to its end, but meshgen says that it cannot in any of %d orders: %s", seed, workloadtest.KindOf(u), workloadtest.Orders, how)
		case v == workloadtest.MayStop && why == "":
			lucky++
		}
	}
	t.Logf("of those that may go wrong, %d did not", lucky)
	table := report.Table{Head: []string{"change", "cases", "meshgen: comes to its end", "does not, in any order", "may not, by luck"}}
	for _, kind := range workloadtest.Kinds() {
		n := counts[kind]
		if n == nil {
			t.Errorf("no case is a %s", kind)
			continue
		}
		table.Rows = append(table.Rows, []string{kind, fmt.Sprint(n[workloadtest.Ends] + n[workloadtest.MayStop] + n[workloadtest.Stops]), fmt.Sprint(n[workloadtest.Ends]), fmt.Sprint(n[workloadtest.Stops]), fmt.Sprint(n[workloadtest.MayStop])})
	}
	if given() {
		t.Log("\n" + table.String())
		return
	}
	report.Section(t, "updates", fmt.Sprintf("Kubernetes %s, its scheduler and its controllers. The first two verdicts held each time: 0 exceptions.\n\n%s", kube.KubernetesVersion, table))
}

// workloads are the API server's objects of one kind with a template of pods.
type workloads[T any] interface {
	Create(context.Context, T, metav1.CreateOptions) (T, error)
	Get(context.Context, string, metav1.GetOptions) (T, error)
	Update(context.Context, T, metav1.UpdateOptions) (T, error)
}

// bring makes a workload, and returns what says whether it is done and what
// gives it its next template.
func bring[T metav1.Object](t *testing.T, a *kube.Arrangement, u scheduletest.Change, api workloads[T], w T, look func(T, error) string, parts func(T) (*metav1.LabelSelector, *corev1.PodTemplateSpec)) (done func() string, update func()) {
	ctx := context.Background()
	selector, template := parts(w)
	*template = a.Own(t, w.GetNamespace(), *template)
	selector.MatchLabels = template.Labels
	if _, err := api.Create(ctx, w, metav1.CreateOptions{}); err != nil {
		t.Fatalf("seed %d: %v", u.Seed, err)
	}
	done = func() string { return look(api.Get(ctx, w.GetName(), metav1.GetOptions{})) }
	update = func() {
		live, err := api.Get(ctx, w.GetName(), metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		_, template := parts(live)
		*template = a.Own(t, w.GetNamespace(), *u.Next)
		if _, err := api.Update(ctx, live, metav1.UpdateOptions{}); err != nil {
			t.Fatalf("seed %d: %v", u.Seed, err)
		}
	}
	return done, update
}

// change has the cluster do it, and returns "" if it came to its end, or what it
// stopped at.
func change(t *testing.T, c *kube.Cluster, u scheduletest.Change, v workloadtest.Verdict) string {
	a := c.Arrange(t, u.Nodes, u.Others)
	if why := ends(t, a, patience, func() string { return "" }); why != "" {
		return "already before it, " + why
	}
	var done func() string
	var update func()
	if d := u.Deployment; d != nil {
		done, update = bring(t, a, u, c.API.AppsV1().Deployments(d.Namespace), d.DeepCopy(), deployed, func(d *appsv1.Deployment) (*metav1.LabelSelector, *corev1.PodTemplateSpec) {
			return d.Spec.Selector, &d.Spec.Template
		})
	} else {
		d := u.DaemonSet
		done, update = bring(t, a, u, c.API.AppsV1().DaemonSets(d.Namespace), d.DeepCopy(), everywhere, func(d *appsv1.DaemonSet) (*metav1.LabelSelector, *corev1.PodTemplateSpec) {
			return d.Spec.Selector, &d.Spec.Template
		})
	}
	if why := ends(t, a, patience, done); why != "" {
		return "already before it, " + why
	}
	if u.Lost != "" {
		a.Lose(t, u.Lost)
	} else {
		update()
	}
	wait := patience
	if v != workloadtest.Ends {
		wait = stuck
	}
	return ends(t, a, wait, done)
}

// ends waits until no pod is pending and all is done, and returns "", or until
// nothing has changed for so long, and returns what is left.
func ends(t *testing.T, a *kube.Arrangement, wait time.Duration, done func() string) string {
	var last []kube.Placement
	since := time.Now()
	for {
		now := a.Settle(t, quiet)
		why := done()
		if pending(now) == 0 && why == "" {
			return ""
		}
		if !slices.Equal(now, last) {
			last, since = now, time.Now()
		}
		if time.Since(since) > wait {
			for _, p := range now {
				if p.Node == "" {
					why += "; " + p.Pod + " is pending: " + p.Why
				}
			}
			return why
		}
	}
}

// deployed says what a Deployment's update has still to do.
func deployed(d *appsv1.Deployment, err error) string {
	if err != nil {
		return err.Error()
	}
	want, s := *d.Spec.Replicas, d.Status
	if s.ObservedGeneration < d.Generation || s.Replicas != want || s.UpdatedReplicas != want || s.AvailableReplicas != want {
		return fmt.Sprintf("of %d replicas %d are there, %d of them new, %d available", want, s.Replicas, s.UpdatedReplicas, s.AvailableReplicas)
	}
	return ""
}

// everywhere says what a DaemonSet's update has still to do.
func everywhere(d *appsv1.DaemonSet, err error) string {
	if err != nil {
		return err.Error()
	}
	s := d.Status
	want := s.DesiredNumberScheduled
	if s.ObservedGeneration < d.Generation || s.CurrentNumberScheduled != want || s.UpdatedNumberScheduled != want || s.NumberAvailable != want {
		return fmt.Sprintf("of %d agents %d are there, %d of them new, %d available", want, s.CurrentNumberScheduled, s.UpdatedNumberScheduled, s.NumberAvailable)
	}
	return ""
}

// namespaces makes those that are not there yet.
func namespaces(t *testing.T, c *kube.Cluster, want []corev1.Namespace, made []string) []string {
	for _, ns := range want {
		if slices.Contains(made, ns.Name) {
			continue
		}
		if _, err := c.API.CoreV1().Namespaces().Create(context.Background(), &ns, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		made = append(made, ns.Name)
	}
	return made
}
