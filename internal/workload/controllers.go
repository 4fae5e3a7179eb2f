package workload

import (
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/object"
)

// rolling is how a Deployment is updated that does not say otherwise, and
// daemonRolling a DaemonSet (pkg/apis/apps/v1/defaults.go).
var (
	rolling       = Update{Surge: intstr.FromString("25%"), Unavailable: intstr.FromString("25%")}
	daemonRolling = Update{Surge: intstr.FromInt32(0), Unavailable: intstr.FromInt32(1)}
)

// controller adds the pods of an object that makes pods, or that is one.
func (c *cluster) controller(o object.Object) {
	w := Workload{Kind: o.Kind(), Namespace: o.Namespace(), Name: o.Name(), Origin: o.Origin, Replicas: Scale{1, 1}, Update: rolling}
	w.Role, w.Path = c.role(o.Origin)
	if w.Namespace == "" {
		w.Namespace = "default"
	}
	var template corev1.PodTemplateSpec
	switch w.Kind {
	case "Deployment":
		var d appsv1.Deployment
		if !c.decode(o, &d) {
			return
		}
		template = d.Spec.Template
		w.Replicas = c.scale(w, d.Spec.Replicas)
		w.Update = deploymentUpdate(d.Spec.Strategy)
		w.Update.OnDelete = d.Spec.Paused // until somebody lets it go on
	case "DaemonSet":
		var d appsv1.DaemonSet
		if !c.decode(o, &d) {
			return
		}
		template, w.PerNode = d.Spec.Template, true
		w.Update = daemonUpdate(d.Spec.UpdateStrategy)
	case "StatefulSet":
		var s appsv1.StatefulSet
		if !c.decode(o, &s) {
			return
		}
		template, w.templates = s.Spec.Template, s.Spec.VolumeClaimTemplates
		w.Replicas = c.scale(w, s.Spec.Replicas)
		w.Update = Update{Surge: intstr.FromInt32(0), Unavailable: intstr.FromInt32(1)}
		if r := s.Spec.UpdateStrategy.RollingUpdate; r != nil && r.MaxUnavailable != nil {
			w.Update.Unavailable = *r.MaxUnavailable
		}
		w.Update.OnDelete = s.Spec.UpdateStrategy.Type == appsv1.OnDeleteStatefulSetStrategyType
	case "ReplicaSet", "ReplicationController": // neither replaces pods by itself
		var s appsv1.ReplicaSet
		if !c.decode(o, &s) {
			return
		}
		template = s.Spec.Template
		w.Replicas, w.Update = c.scale(w, s.Spec.Replicas), Update{OnDelete: true}
	case "Job":
		var j batchv1.Job
		if !c.decode(o, &j) {
			return
		}
		template = j.Spec.Template
		w.Replicas, w.Update = parallel(j.Spec), Update{OnDelete: true}
	case "CronJob": // at the time at which it runs, once
		var j batchv1.CronJob
		if !c.decode(o, &j) {
			return
		}
		template = j.Spec.JobTemplate.Spec.Template
		w.Replicas, w.Update = parallel(j.Spec.JobTemplate.Spec), Update{OnDelete: true}
	case "Pod":
		var p corev1.Pod
		if !c.decode(o, &p) {
			return
		}
		template = corev1.PodTemplateSpec{ObjectMeta: p.ObjectMeta, Spec: p.Spec}
		w.Update = Update{OnDelete: true}
	}
	w.Pod, w.labels = &template.Spec, template.Labels
	w.Envoy = w.Role == Gateway
	c.inject(&w, template.Annotations)
	c.add(w, o)
}

// scale is how many replicas a workload has: what its autoscaler says, or what
// stands in the object. No replicas at all switch the autoscaler off.
func (c *cluster) scale(w Workload, replicas *int32) Scale {
	if replicas != nil && *replicas <= 0 {
		return Scale{}
	}
	if s, ok := c.scales[w.Kind][name{w.Namespace, w.Name}]; ok {
		return s
	}
	if replicas == nil {
		return Scale{1, 1}
	}
	return Scale{int(*replicas), int(*replicas)}
}

// parallel is how many pods of a job run at a time.
func parallel(j batchv1.JobSpec) Scale {
	n := 1
	if j.Parallelism != nil {
		n = max(0, int(*j.Parallelism))
	}
	if j.Completions != nil {
		n = min(n, max(0, int(*j.Completions)))
	}
	if j.Suspend != nil && *j.Suspend {
		n = 0
	}
	return Scale{n, n}
}

func deploymentUpdate(s appsv1.DeploymentStrategy) Update {
	if s.Type == appsv1.RecreateDeploymentStrategyType {
		return Update{Recreate: true}
	}
	u := rolling
	if r := s.RollingUpdate; r != nil {
		if r.MaxSurge != nil {
			u.Surge = *r.MaxSurge
		}
		if r.MaxUnavailable != nil {
			u.Unavailable = *r.MaxUnavailable
		}
	}
	return u
}

func daemonUpdate(s appsv1.DaemonSetUpdateStrategy) Update {
	u := daemonRolling
	u.OnDelete = s.Type == appsv1.OnDeleteDaemonSetStrategyType
	if r := s.RollingUpdate; r != nil {
		if r.MaxSurge != nil {
			u.Surge = *r.MaxSurge
		}
		if r.MaxUnavailable != nil {
			u.Unavailable = *r.MaxUnavailable
		}
	}
	return u
}

// role returns what an object of an origin is to the mesh, and the intent's path
// of its resources.
func (c *cluster) role(origin object.Origin) (Role, string) {
	switch origin.Chart {
	case "istiod":
		return Istiod, "controlPlane"
	case "cni":
		return CNI, "dataPlane.cni"
	case "ztunnel":
		return Ztunnel, "dataPlane.ztunnel"
	case "gateway":
		return Gateway, intent.Join("gateways", strings.TrimPrefix(origin.Component, "gateway-"))
	}
	return Manifest, origin.Path
}
