package workload

import (
	"cmp"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/meshgen/meshgen/internal/hardware"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// Of returns what will run on a cluster: its platform's pods, the mesh's in the
// order of its delivery, people's manifests, and last the applications. The
// nodes' labels decide where K3s' ServiceLB runs. An object that cannot be read
// as its kind is no workload and comes back as a problem.
func Of(m model.Mesh, objects []object.Object, nodes []hardware.Node) ([]Workload, []Problem) {
	c := read(m, objects)
	c.platform()
	c.traefik(nodes)
	for _, o := range objects {
		switch o.Kind() {
		case "Deployment", "DaemonSet", "StatefulSet", "ReplicaSet", "ReplicationController", "Pod", "Job", "CronJob":
			c.controller(o)
		case "Gateway":
			if o.Group() == "gateway.networking.k8s.io" {
				c.gateway(o, nodes)
			}
		case "Service":
			c.service(o, nodes)
		}
	}
	c.applications()
	slices.SortStableFunc(c.found, func(a, b Workload) int {
		return cmp.Or(cmp.Compare(slices.Index(roles, a.Role), slices.Index(roles, b.Role)),
			cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Kind, b.Kind))
	})
	return c.found, c.problems
}

// Namespaces returns the labels of the namespaces that the objects hold, for
// selectors of namespaces.
func Namespaces(objects []object.Object) map[string]map[string]string {
	labels := map[string]map[string]string{}
	for _, o := range objects {
		if o.Kind() == "Namespace" {
			labels[o.Name()] = stringMap(o.Labels())
		}
	}
	return labels
}

// platform adds the pods that the platform runs by itself.
func (c *cluster) platform() {
	for _, n := range hardware.Neighbours(c.mesh.Cluster) {
		pod := n.Template.Spec
		w := Workload{
			Kind: n.Kind, Namespace: n.Namespace, Name: n.Name, Role: Platform, Source: n.Source,
			PerNode: n.Kind != "Deployment", Replicas: Scale{n.Replicas, n.Replicas}, Update: rolling,
			Pod: &pod, labels: n.Template.Labels,
		}
		switch n.Kind {
		case "DaemonSet":
			w.Update = daemonRolling
		case "StaticPod":
			w.Update = Update{OnDelete: true}
		}
		c.add(w, object.Object{})
	}
}

// applications adds the pods that the intent declares, one set a namespace.
func (c *cluster) applications() {
	for _, ns := range c.mesh.Namespaces {
		if ns.Pods == nil || ns.Pods.Count == 0 {
			continue
		}
		// The name is a label's value as well as a workload's.
		labels := map[string]string{"app": "applications"}
		container := corev1.Container{Name: "application", Resources: resources(intent.Resources{Requests: ns.Pods.Requests})}
		pod := corev1.PodSpec{}
		// The model's blocks are a pod spec's own, so that this cannot fail.
		if err := decode(ns.Scheduling.PodSpec(labels), &pod); err != nil {
			c.problems = append(c.problems, Problem{Err: err})
			continue
		}
		pod.Containers = []corev1.Container{container}
		w := Workload{
			Kind: "Deployment", Namespace: ns.Name, Name: "applications", Role: Application, Path: intent.Join(ns.Path, "pods"),
			Replicas: Scale{ns.Pods.Count, ns.Pods.Count}, Update: rolling, Pod: &pod, labels: labels,
		}
		c.inject(&w, nil)
		c.add(w, object.Object{})
	}
}

// resources returns a container's resources from the intent's.
func resources(r intent.Resources) corev1.ResourceRequirements {
	var out corev1.ResourceRequirements
	// The schema has checked the quantities.
	if err := decode(model.ContainerResources(r), &out); err != nil {
		return corev1.ResourceRequirements{}
	}
	return out
}
