package place

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
	"github.com/meshgen/meshgen/internal/schedule"
	"github.com/meshgen/meshgen/internal/workload"
	"github.com/meshgen/meshgen/test/cluster/kube"
)

// TestVolumes holds what claims and volumes forbid against the real scheduler.
// Nothing binds claims here, so that those of the cases are bound as they are made.
func TestVolumes(t *testing.T) {
	c := kube.Start(t, kube.Options{SchedulerOnly: true})
	var nodes []corev1.Node
	for _, name := range []string{"node-0", "node-1"} {
		n := kube.Node(name, "1", "4Gi")
		n.Labels["disk"] = name
		nodes = append(nodes, *n)
	}
	for i, test := range []struct {
		name    string
		volumes []string // for each claim v0, v1: its access mode, and the nodes of its volume
		pods    []string // for each pod: its CPU, and the claims that it uses
		pending int
	}{
		{"one claim for one pod at a time, two pods", []string{"ReadWriteOncePod"}, []string{"100m v0", "100m v0"}, 1},
		{"a claim for each", []string{"ReadWriteOncePod", "ReadWriteOncePod"}, []string{"100m v0", "100m v1", "100m"}, 0},
		{"a claim for all", []string{"ReadWriteMany"}, []string{"600m v0", "600m v0"}, 0},
		{"a volume on a node that is too small for all", []string{"ReadWriteOnce node-1"}, []string{"400m v0", "400m v0", "400m v0"}, 1},
		{"a volume on either node", []string{"ReadWriteMany node-0 node-1"}, []string{"600m v0", "600m v0"}, 0},
		{"a volume on a node that is not there", []string{"ReadWriteOnce node-7"}, []string{"100m v0", "100m"}, 1},
		{"two volumes on two nodes for one pod", []string{"ReadWriteOnce node-0", "ReadWriteOnce node-1"}, []string{"100m v0 v1", "100m v0", "100m v1"}, 1},
		{"one claim for one pod at a time, whose volume is on a full node", []string{"ReadWriteOncePod node-0"}, []string{"600m v0", "600m", "600m"}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			objects := bound(t, c, i, test.volumes)
			var pods []corev1.Pod
			for k, text := range test.pods {
				p := pod(i, k, strings.Fields(text))
				pods = append(pods, p)
				p.APIVersion, p.Kind = "v1", "Pod"
				objects = append(objects, value(t, p))
			}
			found, problems := workload.Of(model.Mesh{Cluster: model.Cluster{Platform: "gke", Kubernetes: 36}}, objects, nil)
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			var known []*schedule.Pod
			for _, w := range found {
				if w.Kind == "Pod" && w.Role == workload.Manifest {
					known = append(known, &schedule.Pod{Name: w.Name, Spec: w.Spec})
				}
			}
			if len(known) != len(pods) {
				t.Fatalf("%d pods are known of %d", len(known), len(pods))
			}
			v := schedule.NewCluster(schedule.Nodes(nodes), nil).Scenario().Add(known...).Judge()
			a := c.Arrange(t, nodes, pods)
			real := a.Settle(t, quiet)
			for limit := time.Now().Add(patience); v.Fits && pending(real) > 0 && time.Now().Before(limit); {
				real = a.Settle(t, 10*quiet)
			}
			if v.Fits != (test.pending == 0) || pending(real) != test.pending {
				t.Errorf("meshgen: fits %v; %d are pending, and not %d: %v", v.Fits, pending(real), test.pending, real)
			}
		})
	}
}

// bound makes claims that are bound to volumes, and returns both.
func bound(t *testing.T, c *kube.Cluster, test int, volumes []string) []object.Object {
	ctx := context.Background()
	var objects []object.Object
	for k, text := range volumes {
		words := strings.Fields(text)
		name := fmt.Sprintf("case-%d-v%d", test, k)
		mode := []corev1.PersistentVolumeAccessMode{corev1.PersistentVolumeAccessMode(words[0])}
		storage := corev1.ResourceList{corev1.ResourceStorage: *kube.Node("", "1", "1Gi").Status.Capacity.Memory()}
		none := ""
		pv := corev1.PersistentVolume{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: corev1.PersistentVolumeSpec{
			AccessModes: mode, Capacity: storage, ClaimRef: &corev1.ObjectReference{Namespace: metav1.NamespaceDefault, Name: name},
			PersistentVolumeSource: corev1.PersistentVolumeSource{CSI: &corev1.CSIPersistentVolumeSource{Driver: "csi.example.com", VolumeHandle: name}},
		}}
		if len(words) > 1 {
			pv.Spec.NodeAffinity = &corev1.VolumeNodeAffinity{Required: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{
				MatchExpressions: []corev1.NodeSelectorRequirement{{Key: "disk", Operator: corev1.NodeSelectorOpIn, Values: words[1:]}},
			}}}}
		}
		pvc := corev1.PersistentVolumeClaim{
			ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: metav1.NamespaceDefault, Annotations: map[string]string{"pv.kubernetes.io/bind-completed": "yes"}},
			Spec:       corev1.PersistentVolumeClaimSpec{AccessModes: mode, VolumeName: name, StorageClassName: &none, Resources: corev1.VolumeResourceRequirements{Requests: storage}},
		}
		if _, err := c.API.CoreV1().PersistentVolumes().Create(ctx, &pv, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.API.CoreV1().PersistentVolumeClaims(pvc.Namespace).Create(ctx, &pvc, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		pv.APIVersion, pv.Kind, pvc.APIVersion, pvc.Kind = "v1", "PersistentVolume", "v1", "PersistentVolumeClaim"
		objects = append(objects, value(t, pv), value(t, pvc))
	}
	return objects
}

// pod is one that asks for CPU and uses claims of a case.
func pod(test, k int, words []string) corev1.Pod {
	p := corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("case-%d-%d", test, k), Namespace: metav1.NamespaceDefault}}
	p.Spec.Containers = []corev1.Container{{Name: "main", Image: "example.com/main:1"}}
	p.Spec.Containers[0].Resources.Requests = corev1.ResourceList{corev1.ResourceCPU: *kube.Node("", words[0], "1Gi").Status.Capacity.Cpu()}
	for _, claim := range words[1:] {
		p.Spec.Volumes = append(p.Spec.Volumes, corev1.Volume{Name: claim, VolumeSource: corev1.VolumeSource{
			PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: fmt.Sprintf("case-%d-%s", test, claim)},
		}})
	}
	return p
}

// value is an object as meshgen reads it.
func value(t *testing.T, o any) object.Object {
	text, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	all, err := object.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return object.Object{Value: all[0]}
}
