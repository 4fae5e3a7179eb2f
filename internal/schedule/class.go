package schedule

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	corev1helpers "k8s.io/component-helpers/scheduling/corev1"
	"k8s.io/klog/v2"
)

// class is a spec on the nodes of a cluster: everything about it that no other
// pod changes.
type class struct {
	*Spec
	*judged
	hash  uint64 // tells classes apart in sums
	other []otherAmount

	adds []contribution // what one pod of the class counts for

	near     []check // its required affinity, a counter for each term
	nearSelf bool    // a pod of the class satisfies its own affinity
	beside   []check // pods with which it shares a volume of one node, a counter for each
	away     []check // its required anti-affinity
	awayFrom []check // required anti-affinity of others that speaks of it
	hard     []spreadCheck
	soft     []spreadScore
	ignores  []bool // nodes that lack a label of soft, and so count for nothing; nil for none
	pull     []pull
}

type otherAmount struct {
	resource int
	value    int64
}

// contribution is what a placed pod adds to a counter, in its node's domain.
type contribution struct {
	counter int32
	value   int64
}

// check is a counter that must be above or at zero in a node's domain.
type check struct {
	counter  int32
	topology int
}

type spreadCheck struct {
	counter    int32
	topology   int
	maxSkew    int64
	minDomains int
	self       int64
	eligible   []bool // nodes whose domains and pods count
}

type spreadScore struct {
	counter  int32 // counts pods by domain
	topology int
	label    int // the topology of the label, where counter counts by node
	maxSkew  int64
}

// pull is a counter that moves a node's score for affinity.
type pull struct {
	counter  int32
	topology int
	weight   int64
}

// counter counts placed pods by domain of a topology.
type counter struct {
	topology int
	eligible []bool // nodes that count; nil for all
	value    func(*Spec) int64
	least    bool  // the run keeps the least count of the domains
	owners   *term // set if it counts pods that have this as anti-affinity
	pulls    *term // set if it adds up the weights of pods that have this term
	signed   bool  // what is added may be negative
	tags     []string
}

// untolerated says whether one of the taints keeps a pod with these tolerations away.
func untolerated(taints []corev1.Taint, tolerations []corev1.Toleration) bool {
	_, found := corev1helpers.FindMatchingUntoleratedTaint(klog.Background(), taints, tolerations, func(t *corev1.Taint) bool {
		return t.Effect == corev1.TaintEffectNoSchedule || t.Effect == corev1.TaintEffectNoExecute
	}, false)
	return found
}

// class returns the number of a spec's class, and works it out if it is new.
func (c *Cluster) class(s *Spec) int32 {
	if id, ok := c.classOf[s.key]; ok {
		return id
	}
	if _, ok := c.namespaces[s.namespace]; !ok {
		c.namespace(s.namespace, nil)
	}
	id := int32(len(c.classes))
	k := &class{Spec: s, hash: mix(uint64(id))}
	c.classes = append(c.classes, k)
	c.classOf[s.key] = id
	c.judgeNodes(k)
	for _, o := range s.other {
		k.other = append(k.other, otherAmount{c.other(o.name), o.value})
	}
	// What it counts for in the counters that are there; those that follow look
	// at the classes, this one included.
	for _, i := range gather(c.countersBy, tagsOf(s)) {
		c.contribute(k, i, c.counters[i])
	}
	for _, tag := range tagsOf(s) {
		c.classesBy[tag] = append(c.classesBy[tag], id)
	}
	c.relate(k)
	return id
}

// judged is what no other pod changes about the nodes, for all classes that the
// same nodes suit.
type judged struct {
	verdict  []Code  // by node: Fits, or why the node never takes it
	prefers  []int64 // by node: the sum of preferred node affinity; nil for none
	avoids   []int64 // by node: PreferNoSchedule taints that it does not tolerate; nil if no node has any
	included map[inclusion][]bool
}

// inclusion is what decides which nodes count for a constraint.
type inclusion struct {
	labelled                     string // topologies that a node must have
	honourAffinity, honourTaints bool
}

// judgeNodes works out what no other pod changes, once for all classes that say the
// same about nodes.
func (c *Cluster) judgeNodes(k *class) {
	if j, ok := c.judged[k.where]; ok {
		k.judged = j
		return
	}
	k.judged = &judged{included: map[inclusion][]bool{}}
	c.judged[k.where] = k.judged
	c.judge(k)
}

func (c *Cluster) judge(k *class) {
	k.verdict = make([]Code, len(c.nodes))
	var preferences, avoidances bool
	prefers, avoids := make([]int64, len(c.nodes)), make([]int64, len(c.nodes))
	cordon := []corev1.Taint{{Key: corev1.TaintNodeUnschedulable, Effect: corev1.TaintEffectNoSchedule}}
	var soft []corev1.Toleration
	for _, t := range k.tolerations {
		if t.Effect == "" || t.Effect == corev1.TaintEffectPreferNoSchedule {
			soft = append(soft, t)
		}
	}
	for i, node := range c.objects {
		switch {
		case k.gated:
			k.verdict[i] = Gated
		case node.Spec.Unschedulable && untolerated(cordon, k.tolerations):
			k.verdict[i] = Unschedulable
		case k.nodeName != "" && k.nodeName != node.Name:
			k.verdict[i] = OtherNode
		case len(node.Spec.Taints) > 0 && untolerated(node.Spec.Taints, k.tolerations):
			k.verdict[i] = Taint
		case k.selective && !c.selects(k, i):
			k.verdict[i] = NodeAffinity
		default:
			if _, elsewhere := k.elsewhere(node); elsewhere {
				k.verdict[i] = Volume
			}
		}
		if k.preferred != nil {
			prefers[i] = k.preferred.Score(node)
			preferences = preferences || prefers[i] != 0
		}
		for j := range node.Spec.Taints {
			taint := &node.Spec.Taints[j]
			if taint.Effect == corev1.TaintEffectPreferNoSchedule && !corev1helpers.TolerationsTolerateTaint(klog.Background(), soft, taint, false) {
				avoids[i]++
				avoidances = true
			}
		}
	}
	if preferences {
		k.prefers = prefers
	}
	if avoidances {
		k.avoids = avoids
	}
}

// selects says whether the class's node selector and affinity match a node.
func (c *Cluster) selects(k *class, node int) bool {
	match, _ := k.required.Match(c.objects[node])
	return match
}

// contribute notes what a pod of the class adds to a counter.
func (c *Cluster) contribute(k *class, id int32, n *counter) {
	if v := n.value(k.Spec); v != 0 {
		k.adds = append(k.adds, contribution{id, v})
	}
	if n.owners != nil && n.owners.matches(c.namespaces, k.Spec) {
		k.awayFrom = append(k.awayFrom, check{id, n.topology})
	}
	if n.pulls != nil && n.pulls.matches(c.namespaces, k.Spec) {
		k.pull = append(k.pull, pull{id, n.topology, 1})
	}
}

// counter returns the number of a counter, and makes it if it is new.
func (c *Cluster) counter(key string, make func() *counter) int32 {
	if id, ok := c.counterOf[key]; ok {
		return id
	}
	n := make()
	id := int32(len(c.counters))
	c.counters = append(c.counters, n)
	c.counterOf[key] = id
	for _, k := range gather(c.classesBy, n.tags) {
		c.contribute(c.classes[k], id, n)
	}
	for _, tag := range n.tags {
		c.countersBy[tag] = append(c.countersBy[tag], id)
	}
	return id
}

// selected is the value of a counter of the pods of a namespace that a selector
// matches. One that is empty counts nothing
// (countPodsMatchSelector in podtopologyspread/common.go).
func selected(namespace string, s labels.Selector) func(*Spec) int64 {
	return func(pod *Spec) int64 {
		if s.Empty() || pod.namespace != namespace || !s.Matches(pod.labels) {
			return 0
		}
		return 1
	}
}
