// Package kube is a real Kubernetes control plane for tests: etcd, API server,
// scheduler, controller manager, and kwok for nodes, and on top of it istiod as
// a rendered Deployment wants it. No kubelet runs, and no container.
//
// A suite's TestMain names the programs that it needs:
//
//	func TestMain(m *testing.M) { kube.Main(m, kube.ControlPlane...) }
//
// Main builds them, once for each content of their modules (build.go), and runs
// the tests in namespaces of their own for network and processes (isolate.go).
// The suite's processes can meet nothing but each other, and end with it. Then
//
//	c := kube.Start(t, kube.Options{})               // ready in 5 s, 0.9 GB, gone when t ends
//	c.AddNodes(t, kube.Node("node-1", "4", "8Gi"))   // fake nodes that are always ready
//	c.ApplyAll(t, "others", kube.Definitions(t))     // custom resources that meshgen does not bring
//	for _, layer := range kube.Layers(t, dir) {      // what kustomize builds of rendered/NAME, in the order of delivery
//		c.ApplyAll(t, "kustomize-controller", layer.Objects)
//	}
//	istiod := c.StartIstiod(t, "")                   // reads the Deployment from the cluster
//
// Every wait is Eventually: it has a deadline, and prints what it waited for
// and why that was not so.
package kube
