package schedule

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Pods makes pods of API objects. A pod's owner, if it has a controller, is the
// one of its OwnedBy.
func Pods(objects []corev1.Pod) ([]*Pod, error) {
	specs := map[string]*Spec{}
	pods := make([]*Pod, len(objects))
	for i := range objects {
		o := &objects[i]
		s, err := NewSpec(o.Namespace, o.Labels, &o.Spec)
		if err != nil {
			return nil, fmt.Errorf("pod %s/%s: %w", o.Namespace, o.Name, err)
		}
		if owner := metav1.GetControllerOfNoCopy(o); owner != nil && (owner.Kind == "ReplicaSet" || owner.Kind == "StatefulSet" || owner.Kind == "ReplicationController") {
			s = s.OwnedBy(owner.Kind + "/" + owner.Name)
		}
		if known, ok := specs[s.key]; ok {
			s = known
		}
		specs[s.key] = s
		pods[i] = &Pod{Name: o.Name, Spec: s}
	}
	return pods, nil
}

// Namespaces are the labels of API objects, as NewCluster takes them.
func Namespaces(objects []corev1.Namespace) map[string]map[string]string {
	out := map[string]map[string]string{}
	for i := range objects {
		out[objects[i].Name] = objects[i].Labels
	}
	return out
}
