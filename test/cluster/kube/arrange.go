package kube

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Arrangement is nodes and pods of their own on a cluster of Options.SchedulerOnly,
// or of Options.Bare, which holds one at a time.
type Arrangement struct {
	c     *Cluster
	label string                 // the arrangement's number
	pods  map[string]*corev1.Pod // as they are made, by name
	uids  map[string]string      // of the pods that are there, by name
	from  int64                  // where the scheduler's log stood

	// Evicted are the pods that the scheduler threw out for others, by name; each
	// is made anew at once, as its controller would.
	Evicted []string
}

// Placement is what became of a pod.
type Placement struct {
	Pod  string
	Node string // "" while it is pending
	Why  string // what the scheduler says about a pod that is pending
}

// caseLabel tells the nodes of one arrangement from those of the one before.
const caseLabel = "meshgen.test/case"

// Arrange takes away what was on the cluster, makes the nodes and waits until
// the scheduler knows them, and makes the pods in their order, with the priority
// classes that they need. Pods' names must differ, in all namespaces, which must
// be there.
func (c *Cluster) Arrange(t testing.TB, nodes []corev1.Node, pods []corev1.Pod) *Arrangement {
	t.Helper()
	ctx := context.Background()
	c.clear(t)
	c.cases++
	label := strconv.Itoa(c.cases)
	for _, n := range nodes {
		n := n.DeepCopy()
		if n.Labels == nil {
			n.Labels = map[string]string{}
		}
		n.Labels[caseLabel] = label
		if _, err := c.API.CoreV1().Nodes().Create(ctx, n, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	if len(nodes) > 0 {
		c.known(t, nodes[len(nodes)-1].Name, label)
	}
	a := &Arrangement{c: c, label: label, pods: map[string]*corev1.Pod{}, uids: map[string]string{}, from: c.scheduler.Logged()}
	for _, p := range pods {
		p := p.DeepCopy()
		now := int64(0)
		p.Spec.TerminationGracePeriodSeconds = &now // no kubelet ends it
		c.priority(t, p)
		a.pods[p.Name] = p
		a.create(t, p.Name)
	}
	return a
}

// Own returns the template with which a controller makes pods of the arrangement.
// Settle waits for them too, and until those that sit somewhere are ready.
func (a *Arrangement) Own(t testing.TB, namespace string, template corev1.PodTemplateSpec) corev1.PodTemplateSpec {
	t.Helper()
	pod := &corev1.Pod{ObjectMeta: *template.ObjectMeta.DeepCopy(), Spec: *template.Spec.DeepCopy()}
	pod.Namespace, pod.Name = namespace, "template"
	now := int64(0)
	pod.Spec.TerminationGracePeriodSeconds = &now
	a.c.priority(t, pod)
	pod.Labels[caseLabel], pod.Namespace, pod.Name = a.label, "", ""
	return corev1.PodTemplateSpec{ObjectMeta: pod.ObjectMeta, Spec: pod.Spec}
}

// Lose takes a node away, and its pods, as the controller manager does a minute
// later. Pods of the arrangement's own are made anew.
func (a *Arrangement) Lose(t testing.TB, node string) {
	t.Helper()
	ctx := context.Background()
	now := int64(0)
	at := metav1.DeleteOptions{GracePeriodSeconds: &now}
	if err := a.c.API.CoreV1().Nodes().Delete(ctx, node, at); err != nil {
		t.Fatal(err)
	}
	pods, err := a.c.API.CoreV1().Pods("").List(ctx, metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pods.Items {
		if p.Spec.NodeName != node {
			continue
		}
		if err := a.c.API.CoreV1().Pods(p.Namespace).Delete(ctx, p.Name, at); err != nil && !apierrors.IsNotFound(err) {
			t.Fatal(err)
		}
	}
}

// clear removes all that makes pods, all pods and all nodes.
func (c *Cluster) clear(t testing.TB) {
	t.Helper()
	ctx := context.Background()
	now := int64(0)
	at := metav1.DeleteOptions{GracePeriodSeconds: &now}
	if c.controlled {
		c.clearControllers(t)
	}
	// A controller may make one more pod before it hears of its end.
	empty := 0
	Eventually(t, 30*time.Second, "all pods to be gone", func() string {
		pods, err := c.API.CoreV1().Pods("").List(ctx, metav1.ListOptions{})
		if err != nil {
			return err.Error()
		}
		for _, p := range pods.Items {
			if err := c.API.CoreV1().Pods(p.Namespace).Delete(ctx, p.Name, at); err != nil && !apierrors.IsNotFound(err) {
				return err.Error()
			}
		}
		if empty++; len(pods.Items) > 0 {
			empty = 0
		}
		if c.controlled && empty < 4 {
			return fmt.Sprintf("there were %d just now", len(pods.Items))
		}
		return ""
	}, c.server)
	if err := c.API.CoreV1().Nodes().DeleteCollection(ctx, at, metav1.ListOptions{}); err != nil {
		t.Fatal(err)
	}
}

// clearControllers removes all that makes pods.
func (c *Cluster) clearControllers(t testing.TB) {
	t.Helper()
	ctx := context.Background()
	namespaces, err := c.API.CoreV1().Namespaces().List(ctx, metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, ns := range namespaces.Items {
		apps := c.API.AppsV1()
		for _, kind := range []interface {
			DeleteCollection(context.Context, metav1.DeleteOptions, metav1.ListOptions) error
		}{apps.Deployments(ns.Name), apps.DaemonSets(ns.Name), apps.ReplicaSets(ns.Name)} {
			if err := kind.DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// known waits until the scheduler knows a node, and with it all that was done to
// nodes before: it puts a pod there that asks for nothing but that node.
func (c *Cluster) known(t testing.TB, node, label string) {
	t.Helper()
	ctx := context.Background()
	now := int64(0)
	probe := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "probe-" + label, Namespace: metav1.NamespaceDefault},
		Spec: corev1.PodSpec{
			TerminationGracePeriodSeconds: &now,
			NodeSelector:                  map[string]string{caseLabel: label},
			Tolerations:                   []corev1.Toleration{{Operator: corev1.TolerationOpExists}},
			Containers:                    []corev1.Container{{Name: "probe", Image: "example.com/probe:1"}},
			Affinity: &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{
				NodeSelectorTerms: []corev1.NodeSelectorTerm{{MatchFields: []corev1.NodeSelectorRequirement{
					{Key: "metadata.name", Operator: corev1.NodeSelectorOpIn, Values: []string{node}},
				}}},
			}}},
		},
	}
	pods := c.API.CoreV1().Pods(probe.Namespace)
	if _, err := pods.Create(ctx, probe, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	Eventually(t, 30*time.Second, "the scheduler to know the node "+node, func() string {
		p, err := pods.Get(ctx, probe.Name, metav1.GetOptions{})
		if err != nil {
			return err.Error()
		}
		if p.Spec.NodeName == "" {
			return place(p).Why
		}
		return ""
	}, c.server)
	if err := pods.Delete(ctx, probe.Name, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
}

// priority makes the priority class that gives the pod its priority.
func (c *Cluster) priority(t testing.TB, p *corev1.Pod) {
	t.Helper()
	if p.Spec.Priority == nil || p.Spec.PriorityClassName != "" || *p.Spec.Priority == 0 && p.Spec.PreemptionPolicy == nil {
		return
	}
	policy := corev1.PreemptLowerPriority
	if p.Spec.PreemptionPolicy != nil {
		policy = *p.Spec.PreemptionPolicy
	}
	class := &schedulingv1.PriorityClass{Value: *p.Spec.Priority, PreemptionPolicy: &policy}
	class.Name = fmt.Sprintf("priority-%d", class.Value)
	if policy == corev1.PreemptNever {
		class.Name += "-never"
	}
	p.Spec.PriorityClassName = class.Name
	_, err := c.API.SchedulingV1().PriorityClasses().Create(context.Background(), class, metav1.CreateOptions{})
	if err == nil {
		Eventually(t, 10*time.Second, "the API server to know the priority class", func() string {
			_, err := c.API.CoreV1().Pods(p.Namespace).Create(context.Background(), p, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
			if err != nil {
				return err.Error()
			}
			return ""
		})
	} else if !apierrors.IsAlreadyExists(err) {
		t.Fatal(err)
	}
}

// create makes a pod of the arrangement.
func (a *Arrangement) create(t testing.TB, name string) {
	t.Helper()
	p := a.pods[name]
	made, err := a.c.API.CoreV1().Pods(p.Namespace).Create(context.Background(), p, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	a.uids[name] = string(made.UID)
}

// Settle waits until every pod has its place or its reason, and nothing has
// changed for the time quiet. It returns the pods that sit somewhere in the order
// in which the scheduler decided on them, and after them the pending ones.
func (a *Arrangement) Settle(t testing.TB, quiet time.Duration) []Placement {
	t.Helper()
	var last []Placement
	since := time.Now()
	Eventually(t, 2*time.Minute, "the scheduler to have looked at every pod", func() string {
		now, waiting := a.look(t)
		if !slices.Equal(now, last) || waiting != "" {
			last, since = now, time.Now()
		}
		if waiting != "" {
			return waiting
		}
		if time.Since(since) < quiet {
			return "something has changed just now"
		}
		return ""
	}, a.c.server)
	a.order(last)
	return last
}

// look returns where the pods are, and which of them the scheduler has said
// nothing about.
func (a *Arrangement) look(t testing.TB) (placed []Placement, waiting string) {
	t.Helper()
	list, err := a.c.API.CoreV1().Pods("").List(context.Background(), metav1.ListOptions{})
	if err != nil {
		return nil, err.Error()
	}
	there := map[string]bool{}
	for i := range list.Items {
		p := &list.Items[i]
		own := p.Labels[caseLabel] == a.label
		if a.uids[p.Name] != string(p.UID) && !own {
			continue // the probe
		}
		there[p.Name] = true
		at := place(p)
		if own && at.Node != "" && !ready(p) {
			waiting = p.Name + " is not ready"
		}
		if at.Node == "" && (at.Why == "" || p.Status.NominatedNodeName != "") {
			waiting = p.Name + " has no verdict"
		}
		placed = append(placed, at)
	}
	for name := range a.pods {
		if !there[name] {
			waiting = name + " was evicted"
			a.Evicted = append(a.Evicted, name)
			a.create(t, name)
		}
	}
	slices.SortFunc(placed, func(x, y Placement) int { return strings.Compare(x.Pod, y.Pod) })
	return placed, waiting
}

// decided is what the scheduler logs when it takes a pod from its queue. It
// decides on one pod at a time, but binds them at its leisure.
var decided = regexp.MustCompile(`"Attempting to schedule pod" pod="[^/"]+/([^"]+)"`)

// order sorts placements: the pods that sit somewhere by when it was decided,
// and after them the pending ones.
func (a *Arrangement) order(placed []Placement) {
	last := map[string]int{}
	for i, m := range decided.FindAllStringSubmatch(a.c.scheduler.Log(a.from), -1) {
		last[m[1]] = i
	}
	slices.SortStableFunc(placed, func(x, y Placement) int {
		if (x.Node == "") != (y.Node == "") {
			return len(y.Node) - len(x.Node)
		}
		return last[x.Pod] - last[y.Pod]
	})
}

// ready says whether a pod is ready, and not about to go.
func ready(p *corev1.Pod) bool {
	return p.DeletionTimestamp == nil && slices.ContainsFunc(p.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
	})
}

// place returns what is known of a pod.
func place(p *corev1.Pod) Placement {
	at := Placement{Pod: p.Name, Node: p.Spec.NodeName}
	for _, condition := range p.Status.Conditions {
		if condition.Type == corev1.PodScheduled && condition.Status == corev1.ConditionFalse && at.Node == "" {
			at.Why = condition.Reason + ": " + condition.Message
		}
	}
	return at
}
