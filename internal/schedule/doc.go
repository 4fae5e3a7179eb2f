// Package schedule is the scheduler of Kubernetes 1.36 with its default profile,
// as a library: which node takes which pod, who pushes whom off, who stays
// pending and why. It follows pkg/scheduler of k8s.io/kubernetes 1.36.1: the
// filters in their order, the scores with their weights and rounding, the sample
// of nodes in a large cluster, preemption with nominated nodes. Comments name the
// files. It does not know volumes, devices that are claimed, images, pod groups
// and disruption budgets, which for the scheduler are only a preference.
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
//     important last.
//  4. all states that can be reached, where they are few; pods that are alike are
//     one, and so are nodes.
//  5. where they are many: orders and states that press the pods for which the
//     proof failed.
//
// # The direction of error
//
// A refusal carries a run that ends with a pending pod. Each step of it is one
// that the scheduler may take; but a search takes an eviction to be instant, and
// lets any of equal victims be the older, so that a rare refusal needs a timing
// that a cluster may never have. "Fits" is right for every order where
// Verdict.Certain or Verdict.Exhaustive says so. Elsewhere it says that none of
// the orders tried leaves a pod pending; an order that does may be left, and is
// one among very many. The package tries hardest where it may err so.
// Tests hold the parts against each other and against every order of small cases.
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
