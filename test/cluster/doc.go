// Package cluster is about the suites that hold meshgen against the real
// programs: etcd, the API server, the scheduler and the controller manager of
// Kubernetes, istiod, the controllers of Flux and Argo CD. They run on one
// machine, without containers; kwok plays the nodes.
//
//	make e2e             all suites but minors
//	make e2e-accept      accept:  the API server and istiod take every object that meshgen renders
//	make e2e-minors      minors:  so do the minors of Kubernetes that Istio runs on and no cluster here is of; not in make e2e
//	make e2e-place       place:   the scheduler puts pods where meshgen says that they fit, and updates end where it says so
//	make e2e-mean        mean:    istiod tells proxies what the intent says
//	make e2e-deliver     deliver: Flux and Argo CD apply the layers in order, and then leave them alone
//
// Package kube is what they stand on: it builds the programs from Go modules
// and starts them. The modules below programs/ pin their versions; they are
// modules by themselves because Kubernetes, Istio, Flux and Argo CD each want other
// versions of the same libraries, and of those that meshgen is built with. An
// older Kubernetes, on which accept and minors run what is rendered for it, has
// pins of its own beside those of the newest, and takes 11 minutes of a processor.
// The first run compiles for 50 minutes of a processor, and leaves 14 GB in the
// go command's cache. The programs, 900 MB, are kept in meshgen-cluster of the
// user's cache folder, so that the next run starts in seconds.
//
// It takes Linux, Go, about 3 GB of memory, and the right to make a network
// namespace: to be root, or a system that lets users have user namespaces.
// Everything runs in such a namespace, with nothing in it but a loopback
// device: ports are free, and nothing reaches the outside. What is missing is
// said, and fails the suite; nothing is skipped. A suite that is interrupted, or
// whose caller ends, ends all that it started and removes what it wrote; what a
// killed one leaves in the folder for temporary files, the next one removes.
//
// docs/compatibility.md says what the suites ran with and what came of it. It
// is written by them.
package cluster
