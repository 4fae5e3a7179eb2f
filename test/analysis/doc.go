// Package analysis holds every rendered cluster against Istio's own analyzers,
// those of istioctl analyze, as a library.
//
// The command skips most analyzers when it reads files: it drops Namespaces,
// Services, Pods and Secrets, and looks at one namespace. Here every kind is
// read, and Pods are made of the workloads' templates, as their controllers and
// istiod would. What still cannot be seen from files are the applications: a
// Service that a route speaks of is not in the rendered folder.
//
// An error fails; so does a warning that the list in explained.go does not have,
// and a line of that list that no cluster gives any more.
package analysis
