// Package deliver shows that Flux and Argo CD bring up a rendered tree by
// themselves, and then leave it alone.
//
// Both engines get the tree as the repository that the delivery objects name,
// and the one object that a user applies by hand, delivery/root.yaml; the rest
// they do alone. The test plays what is outside of the cluster: the source of
// the files (source-controller, Argo CD's repository server), load balancers,
// and the kubelet that starts istiod when its Deployment is there. Then
//
//   - every layer becomes Ready, or Synced and Healthy, and nothing of a layer is
//     made before the layers that it depends on are;
//   - another reconciliation changes nothing, with all that istiod has written
//     into its webhooks meanwhile;
//   - what somebody changes by hand is noticed, and set right;
//   - what leaves the tree leaves the cluster, but never a CRD or a Namespace.
package deliver
