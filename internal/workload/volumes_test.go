package workload_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"

	"github.com/meshgen/meshgen/internal/schedule"
	"github.com/meshgen/meshgen/internal/workload"
)

// TestVolumes: what pods' claims ask of the scheduler.
func TestVolumes(t *testing.T) {
	const pod = `
---
apiVersion: v1
kind: Pod
metadata: {name: p, namespace: a}
spec: {containers: [{name: main}], volumes: [{name: v, persistentVolumeClaim: {claimName: data}}]}
`
	in := func(key, value string) schedule.VolumeNodes {
		return schedule.VolumeNodes{Claim: "data", Selector: corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{
			MatchExpressions: []corev1.NodeSelectorRequirement{{Key: key, Operator: corev1.NodeSelectorOpIn, Values: []string{value}}},
		}}}}
	}
	const claim = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data, namespace: a}\nspec: "
	const volume = "\n---\napiVersion: v1\nkind: PersistentVolume\nmetadata: {name: disk}\nspec: {nodeAffinity: {required: {nodeSelectorTerms: [{matchExpressions: [{key: disk, operator: In, values: [ssd]}]}]}}"
	const class = "\n---\napiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: zonal"
	for _, test := range []struct {
		name, platform, objects string
		want                    schedule.Volumes
	}{
		{"a claim that nobody declares", "gke", "kind: List", schedule.Volumes{}},
		{"one that many may have", "gke", claim + "{accessModes: [ReadWriteOnce]}", schedule.Volumes{}},
		{"one for one pod at a time", "gke", claim + "{accessModes: [ReadWriteOncePod]}", schedule.Volumes{Exclusive: []string{"data"}}},
		{"of a volume by its name", "k3s", claim + "{volumeName: disk}" + volume + "}", schedule.Volumes{Nodes: []schedule.VolumeNodes{in("disk", "ssd")}}},
		{"of a volume that names it", "k3s", claim + "{}" + volume + ", claimRef: {name: data, namespace: a}}", schedule.Volumes{Nodes: []schedule.VolumeNodes{in("disk", "ssd")}}},
		{"of a volume that names one of another namespace", "gke", claim + "{}" + volume + ", claimRef: {name: data, namespace: b}}", schedule.Volumes{}},
		{"of a class in a zone", "k3s", claim + "{storageClassName: zonal}" + class + "}\nprovisioner: x\nallowedTopologies: [{matchLabelExpressions: [{key: zone, values: [b]}]}]", schedule.Volumes{Nodes: []schedule.VolumeNodes{in("zone", "b")}}},
		{"of K3s' own class", "k3s", claim + "{}", schedule.Volumes{OneNode: []string{"data"}}},
		{"of the same, by its name", "k3s", claim + "{storageClassName: local-path}", schedule.Volumes{OneNode: []string{"data"}}},
		{"of none, which somebody else makes", "k3s", claim + "{storageClassName: ''}", schedule.Volumes{}},
		{"of another default", "k3s", claim + "{}" + class + ", annotations: {storageclass.kubernetes.io/is-default-class: 'true'}}\nprovisioner: x", schedule.Volumes{}},
		{"of one like K3s'", "gke", claim + "{storageClassName: zonal}" + class + "}\nprovisioner: rancher.io/local-path", schedule.Volumes{OneNode: []string{"data"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := bare()
			m.Cluster.Platform = test.platform
			found, problems := workload.Of(m, parse(t, test.objects+pod), nil)
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			for _, w := range found {
				if w.Name == "p" {
					if diff := cmp.Diff(test.want, w.Volumes, cmpopts.IgnoreUnexported(schedule.VolumeNodes{})); diff != "" {
						t.Error(diff)
					}
				}
			}
		})
	}
}
