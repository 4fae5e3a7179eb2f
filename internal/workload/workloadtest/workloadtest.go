// Package workloadtest asks of changes that tests make what the hardware check
// asks of a cluster: the objects become workloads, and the scenarios are those
// that the questions about updates and lost nodes go through.
package workloadtest

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
	"github.com/meshgen/meshgen/internal/schedule"
	"github.com/meshgen/meshgen/internal/schedule/scheduletest"
	"github.com/meshgen/meshgen/internal/workload"
)

// Scenarios returns how a change's pods are at rest, and what comes of the change.
func Scenarios(c scheduletest.Change) (rest, after *schedule.Scenario, err error) {
	cluster := schedule.NewCluster(schedule.Nodes(c.Nodes), schedule.Namespaces(c.Namespaces))
	others, err := schedule.Pods(c.Others)
	if err != nil {
		return nil, nil, err
	}
	before, err := of(c, false)
	if err != nil {
		return nil, nil, err
	}
	old, err := pods(cluster, before, before.Spec)
	if err != nil {
		return nil, nil, err
	}
	rest = cluster.Scenario().Add(slices.Concat(others, old)...)
	if c.Lost != "" {
		for n, node := range cluster.Nodes() {
			if node.Name == c.Lost {
				return rest, rest.Drop(n), nil
			}
		}
		return nil, nil, fmt.Errorf("there is no node %s", c.Lost)
	}
	changed, err := of(c, true)
	if err != nil {
		return nil, nil, err
	}
	coming, err := pods(cluster, changed, changed.Next)
	if err != nil {
		return nil, nil, err
	}
	return rest, before.Updated(rest, old, coming), nil
}

// of returns the workload of a change, before it or after.
func of(c scheduletest.Change, changed bool) (workload.Workload, error) {
	var o any
	switch {
	case c.Deployment != nil:
		d := c.Deployment.DeepCopy()
		d.APIVersion, d.Kind = "apps/v1", "Deployment"
		if changed {
			d.Spec.Template = *c.Next
		}
		o = d
	default:
		d := c.DaemonSet.DeepCopy()
		d.APIVersion, d.Kind = "apps/v1", "DaemonSet"
		if changed {
			d.Spec.Template = *c.Next
		}
		o = d
	}
	text, err := json.Marshal(o)
	if err != nil {
		return workload.Workload{}, err
	}
	documents, err := object.Parse(text)
	if err != nil {
		return workload.Workload{}, err
	}
	// A platform that runs nothing of its own.
	m := model.Mesh{Cluster: model.Cluster{Platform: "gke", Kubernetes: 36, CNI: intent.CNI{Provider: "other", KubeProxyReplacement: true}}}
	found, problems := workload.Of(m, []object.Object{{Value: documents[0]}}, nil)
	if len(problems) > 0 {
		return workload.Workload{}, problems[0].Err
	}
	if len(found) != 1 {
		return workload.Workload{}, fmt.Errorf("one object makes %d workloads", len(found))
	}
	return found[0], nil
}

// pods are a workload's pods with a spec: its replicas, or one on each node.
func pods(cluster *schedule.Cluster, w workload.Workload, spec *schedule.Spec) ([]*schedule.Pod, error) {
	var all []*schedule.Pod
	nodes, err := w.Nodes(cluster)
	if err != nil {
		return nil, err
	}
	for _, n := range nodes {
		all = append(all, &schedule.Pod{Name: w.Name, Spec: spec, Node: cluster.Nodes()[n].Name})
	}
	for range w.Replicas.Min {
		if !w.PerNode {
			all = append(all, &schedule.Pod{Name: w.Name, Spec: spec})
		}
	}
	return all, nil
}
