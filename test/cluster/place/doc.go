// Package place holds package schedule, on which meshgen's hardware check
// stands, against the real scheduler, on seeded problems of nodes and pods.
//
// The real one leaves to chance in which order it takes pods and which of equal
// nodes. So each problem is compared in two ways. As a whole: where meshgen says
// that everything fits, no pod may be pending; where it says that it may not, the
// scheduler may have been lucky, which is counted. And step by step: the bindings
// are replayed in their order, and each must be one that meshgen allows at that
// moment, onto one of the nodes that it scores highest; each pod that is pending in
// the end must be one that meshgen, too, finds no node for. Problems in which the scheduler threw a pod out are compared
// as a whole alone.
//
// TestUpdates does so with what controllers do: Deployments and DaemonSets that are
// updated on nodes with just room for them, and nodes that are taken away. The real
// controllers must end what meshgen says comes to its end, and must come to a halt
// in what it says does, in whatever order. What it says of them stands in testdata
// of internal/workload/workloadtest.
//
// TestVolumes does so with claims and volumes that keep pods off nodes.
//
// A problem that disagrees is an error, with what each side says. Its seed goes
// into testdata of internal/schedule, where an ordinary test holds it for ever.
package place
