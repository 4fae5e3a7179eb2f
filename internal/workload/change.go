package workload

import corev1 "k8s.io/api/core/v1"

// WithPod returns the workload with another pod, such as a copy of its own with
// a toleration more.
func (w Workload) WithPod(pod *corev1.PodSpec) (Workload, error) {
	w.Pod, w.Containers = pod, nil
	err := w.digest()
	return w, err
}
