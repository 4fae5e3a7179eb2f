package schedule

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// with gives pods volumes.
func with(t *testing.T, v Volumes, pods []*Pod) []*Pod {
	t.Helper()
	for _, p := range pods {
		var err error
		if p.Spec, err = p.Spec.WithVolumes(v); err != nil {
			t.Fatal(err)
		}
	}
	return pods
}

func onNodes(names ...string) VolumeNodes {
	return VolumeNodes{Claim: "data", Selector: corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{
		MatchFields: []corev1.NodeSelectorRequirement{{Key: "metadata.name", Operator: corev1.NodeSelectorOpIn, Values: names}},
	}}}}
}

// TestVolumes: where volumes let pods go, and what keeps them off.
func TestVolumes(t *testing.T) {
	exclusive, one := Volumes{Exclusive: []string{"data"}}, Volumes{OneNode: []string{"data"}}
	for _, test := range []struct {
		name  string
		nodes int
		pods  func(t *testing.T) []*Pod
		fits  bool
		why   string // of the first pending pod on the first node
	}{
		{"one pod has it", 2, func(t *testing.T) []*Pod { return with(t, exclusive, pods(t, 1, "a", asks("100m", "1Mi"))) }, true, ""},
		{"two want it, on any nodes", 3, func(t *testing.T) []*Pod { return with(t, exclusive, pods(t, 2, "a", asks("100m", "1Mi"))) }, false,
			"claim data is for one pod at a time, and shop/a-0 has it"},
		{"two have one each", 1, func(t *testing.T) []*Pod {
			return append(with(t, exclusive, pods(t, 1, "a", asks("100m", "1Mi"))), with(t, Volumes{Exclusive: []string{"other"}}, pods(t, 1, "b", asks("100m", "1Mi")))...)
		}, true, ""},
		{"a volume on a node that is full", 2, func(t *testing.T) []*Pod {
			return with(t, Volumes{Nodes: []VolumeNodes{onNodes("n1")}}, pods(t, 3, "a", asks("400m", "1Mi")))
		}, false, "the volume of claim data is on nodes with metadata.name in n1"},
		{"two volumes on different nodes", 2, func(t *testing.T) []*Pod {
			return with(t, Volumes{Nodes: []VolumeNodes{onNodes("n0"), onNodes("n1")}}, pods(t, 1, "a", asks("400m", "1Mi")))
		}, false, "the volume of claim data is on nodes with metadata.name in n1"},
		{"all share a folder of a node that holds them", 2, func(t *testing.T) []*Pod { return with(t, one, pods(t, 2, "a", asks("400m", "1Mi"))) }, true, ""},
		{"and of one that does not", 2, func(t *testing.T) []*Pod { return with(t, one, pods(t, 3, "a", asks("400m", "1Mi"))) }, false, "200m of CPU short"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := NewCluster(equalNodes(test.nodes, 1000, 1000), nil)
			v := c.Scenario().Add(test.pods(t)...).Judge()
			if v.Fits != test.fits {
				t.Fatalf("fits %v, want %v", v.Fits, test.fits)
			}
			if !v.Fits {
				var texts []string
				for _, why := range v.Witness.Why(v.Witness.Pending()[0]) {
					texts = append(texts, why.Text)
				}
				if texts[0] != test.why {
					t.Errorf("%q, want %q first", texts, test.why)
				}
			}
		})
	}
}

// TestVolumesRefused: a selector that Kubernetes would refuse.
func TestVolumesRefused(t *testing.T) {
	bad := onNodes("a", "b")
	bad.Selector.NodeSelectorTerms[0].MatchFields[0].Key = "spec.name"
	if _, err := pods(t, 1, "a", asks("1m", "1Mi"))[0].Spec.WithVolumes(Volumes{Nodes: []VolumeNodes{bad}}); err == nil {
		t.Error("it is taken")
	}
}
