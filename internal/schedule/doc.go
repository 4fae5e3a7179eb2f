// Package schedule is the scheduler of Kubernetes 1.36 with its default profile,
// as a library: which node takes which pod, who pushes whom off, and who stays
// pending. It follows pkg/scheduler of k8s.io/kubernetes 1.36.1, file by file as
// the comments say.
//
// The real one leaves things to chance: the order in which pods arrive, and which
// of equal nodes it takes. So one Run is only one way in which it may go, and
// Scenario.Judge asks whether it goes well in every way.
package schedule
