package model

import "strings"

// HostProcess is what listens on a port of a K3s or RKE2 node by itself.
type HostProcess struct {
	Port    int
	What    string
	Perhaps bool // only where somebody has switched it on
}

// HostProcesses returns the ports of the cluster's nodes themselves:
// https://docs.k3s.io/installation/requirements#networking,
// https://docs.rke2.io/install/requirements#networking and
// https://kubernetes.io/docs/reference/networking/ports-and-protocols/. A host
// port of a pod is a rule that comes before them, also for 127.0.0.1 (the CNI
// plugin portmap translates whatever is addressed to the node).
func (c Cluster) HostProcesses() []HostProcess {
	list := []HostProcess{
		{Port: 22, What: "the node's SSH server", Perhaps: true},
		{Port: 5001, What: "the embedded registry mirror, where it is on", Perhaps: true},
		{Port: 6443, What: "the API server"},
		{Port: 10010, What: "containerd"},
		{Port: 10248, What: "the kubelet's health check"},
		{Port: 10249, What: "kube-proxy's metrics"},
		{Port: 10250, What: "the kubelet"},
		{Port: 10256, What: "kube-proxy's health check"},
		{Port: 10257, What: "the controller manager"},
		{Port: 10258, What: "the cloud controller manager"},
		{Port: 10259, What: "the scheduler"},
	}
	if strings.HasPrefix(c.Platform, "k3") {
		list = append(list, HostProcess{Port: 6444, What: "K3s' way to the API server"})
	}
	if c.Platform == "rke2" {
		list = append(list, HostProcess{Port: 9345, What: "RKE2's servers, by which nodes join"})
	}
	if c.Datastore == "etcd" {
		list = append(list, HostProcess{Port: 2379, What: "etcd"}, HostProcess{Port: 2380, What: "etcd"},
			HostProcess{Port: 2381, What: "etcd's metrics"}, HostProcess{Port: 2382, What: "etcd"})
	}
	return list
}
