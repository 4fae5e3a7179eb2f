// Package schedule is the scheduler of Kubernetes 1.36 with its default profile,
// as a library: which node takes which pod, who pushes whom off, who stays
// pending and why. It follows pkg/scheduler of k8s.io/kubernetes 1.36.1: the
// filters in their order, the scores with their weights and rounding, the sample
// of nodes in a large cluster, preemption with nominated nodes. Comments name the
// files. Of volumes it knows what [Volumes] says, and no more: not how many a node
// can attach, nor that a volume stays where its last pod was. It does not know
// devices that are claimed, images, pod groups and disruption budgets, which for
// the scheduler are only a preference.
//
// # One way and every way
//
// The real one leaves things to chance: the order in which pods arrive and are
// tried again, which of equal nodes it takes, which of equal victims started
// first. A [Run] is one way in which it may go. [Scenario.Judge] asks whether it
// goes well in every way, with what costs least first:
//
//  1. the run in the queue's own order. A pod that is pending at its end is a
//     refusal.
//  2. a proof ([Cluster.Certain]) that no pod can be left over, whatever the
//     others do: exact on one node, and where there is room to spare.
//  3. other orders: the small first, those first that could go elsewhere, the
//     important last, and some that are directed against pods for which the proof
//     failed.
//  4. all states that can be reached, where they are few; pods that are alike are
//     one, and so are nodes.
//  5. where they are many: orders and states that press the pods for which the
//     proof failed, drawn (shake), steered (steer) and searched (press).
//
// # The direction of error
//
// A refusal carries a run that ends with a pending pod, and each step of it is one
// that the scheduler may take. Two things in it are luck in a cluster. The order in
// which pods arrive: the queue hands out pods by priority and then by their age,
// and pods come when their controllers make them. And which of the nodes with the
// highest score is taken: up to Kubernetes 1.34 the scheduler draws one (selectHost
// in schedule_one.go), since 1.35 it takes the one whose goroutine was the first to
// report (sortedNodeScores there: the number that should break ties is set for
// extenders alone). On one machine that is nearly always the same node, so that a
// refusal which needs another cannot be provoked there, however often it is tried;
// on another machine, or another day, it is what happens. A search takes an
// eviction to be instant, and lets any of equal victims be the older: a refusal in
// which pods are evicted may need a timing that a cluster never has.
//
// "Fits" is right for every order where Verdict.Certain or Verdict.Exhaustive says
// so. The proof reaches pods of any resources, host ports, anti-affinity and
// constraints on the spread; it does not reach required affinity to other pods,
// clusters whose free pods would fill a node or a domain if the scheduler stacked
// them there (it does not know scores), nor more than a few thousand kinds of pods
// on thousands of nodes. There, and where the states are more than searched, "fits"
// says that none of the orders tried leaves a pod pending; one that does may be
// left. Of 1,500 tight problems that scheduletest makes, 80 end so; a hundred times
// the search refuses two of them. More than searchMax pods are judged by a proof or
// by mostTried orders.
//
// Tests hold the parts against each other and against every order of small cases,
// and test/cluster/place against the real scheduler: each of its bindings must be
// allowed here, and be to one of the nodes that score highest here.
//
// # Assumptions
//
// A controller makes an evicted pod anew, so that it is pending again. Pods leave
// at once when they are evicted: what happens while they terminate could happen
// before, too. A pod that is placed becomes ready. Namespaces exist. What admission
// and defaulting of the API server fill in, [NewSpec] fills in.
//
// # Speed
//
// Specs that the scheduler treats alike are one class, judged once for each node.
// What pods count for to others is kept in counters by topology domain, and each
// class has a short list of those that matter to it, so that a pod is placed
// without looking at other pods. A clone copies arrays. Nothing is shared between
// goroutines: a Cluster and what comes from it belong to one.
package schedule
