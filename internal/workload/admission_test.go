package workload_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/meshgen/meshgen/internal/hardware"
	"github.com/meshgen/meshgen/internal/workload"
)

// TestRuntimeClass: what a RuntimeClass gives to the pods that name it, beside
// what they say themselves.
func TestRuntimeClass(t *testing.T) {
	found, problems := workload.Of(bare(), parse(t, `
apiVersion: node.k8s.io/v1
kind: RuntimeClass
metadata: {name: kata}
handler: kata
overhead: {podFixed: {memory: 120Mi}}
scheduling: {nodeSelector: {kata: "yes", disk: ssd}, tolerations: [{key: kata, operator: Exists}]}
---
apiVersion: v1
kind: Pod
metadata: {name: own, namespace: a}
spec: {runtimeClassName: kata, nodeSelector: {disk: hdd}, tolerations: [{key: own, operator: Exists}], containers: [{name: c, resources: {requests: {memory: 1Gi}}}]}
`), nil)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	w := found[0]
	if diff := cmp.Diff(map[string]string{"kata": "yes", "disk": "hdd"}, w.Pod.NodeSelector); diff != "" {
		t.Errorf("node selector: -want +got:\n%s", diff)
	}
	want := []corev1.Toleration{{Key: "own", Operator: "Exists"}, {Key: "kata", Operator: "Exists"}}
	if diff := cmp.Diff(want, w.Pod.Tolerations); diff != "" {
		t.Errorf("tolerations: -want +got:\n%s", diff)
	}
	if want := (hardware.Amount{Memory: hardware.Gi + 120*hardware.Mi}); w.Requests != want {
		t.Errorf("requests: want %v, got %v", want, w.Requests)
	}
}

// TestPodLevel: limits of the pod as a whole become its requests, where neither
// the pod nor a container has one.
func TestPodLevel(t *testing.T) {
	found, problems := workload.Of(bare(), parse(t, `
apiVersion: v1
kind: Pod
metadata: {name: a-limits, namespace: a}
spec: {resources: {limits: {cpu: "2", memory: 3Gi}}, containers: [{name: c}]}
---
apiVersion: v1
kind: Pod
metadata: {name: b-requests, namespace: a}
spec: {resources: {requests: {memory: 1Gi}, limits: {memory: 3Gi}}, containers: [{name: c, resources: {requests: {cpu: 100m, memory: 64Mi}}}]}
`), nil)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for i, want := range []hardware.Amount{{CPU: 2000, Memory: 3 * hardware.Gi}, {CPU: 100, Memory: hardware.Gi}} {
		cpu, memory := found[i].Spec.Requests()
		if got := (hardware.Amount{CPU: cpu, Memory: memory}); got != want || found[i].Requests != want {
			t.Errorf("%s: want %v, the scheduler sees %v, the report says %v", found[i].Name, want, got, found[i].Requests)
		}
	}
}
