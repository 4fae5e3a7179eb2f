package fit

import (
	"cmp"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/meshgen/meshgen/internal/hardware"
	"github.com/meshgen/meshgen/internal/schedule"
)

// misplaced is what to do about a workload that no node takes, whatever room
// there is.
func (s *setup) misplaced(t trouble) string {
	pod := s.work[t.subject].Pod
	at := s.placement(t.subject)
	by, overruled := s.wish(t.subject, wishes...)
	switch name := s.hostname(t.subject); {
	case len(pod.SchedulingGates) > 0:
		return "take the scheduling gates out of the pod: it waits until somebody lifts them"
	case s.volumeElsewhere(t):
		return "correct the nodes of the PersistentVolume or the allowedTopologies of the StorageClass, or the labels and zones in cluster.nodePools"
	case name != "":
		return fmt.Sprintf("declare that node as a pool of its own in cluster.nodePools, with the label %q: %q, for meshgen does not know the nodes' names", corev1.LabelHostname, name)
	case overruled:
		return "correct " + by.there() + ", or the labels and taints in cluster.nodePools"
	case at != "":
		return "correct " + at + ".placement, or the labels and taints in cluster.nodePools"
	case s.work[t.subject].Path == "": // the platform's own
		return "leave the platform's pods a pool in cluster.nodePools whose taints they tolerate and whose labels they ask for"
	}
	return "correct the pod's node selector and tolerations, or the labels and taints in cluster.nodePools"
}

// volumeElsewhere says whether the nodes that a workload's pods ask for are not
// those of its volumes.
func (s *setup) volumeElsewhere(t trouble) bool {
	return slices.ContainsFunc(s.reasons(t, t.pending[0]), func(g group) bool { return g.has(schedule.Volume) })
}

// hostname is the one node that a workload's pods ask for by its name, if none of
// the declared is called so; empty for none.
func (s *setup) hostname(i int) string {
	pod := s.work[i].Pod
	name := cmp.Or(pod.NodeName, pod.NodeSelector[corev1.LabelHostname])
	if pod.Affinity != nil && pod.Affinity.NodeAffinity != nil && pod.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution != nil {
		for _, term := range pod.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms {
			for _, want := range slices.Concat(term.MatchExpressions, term.MatchFields) {
				if (want.Key == corev1.LabelHostname || want.Key == metav1.ObjectNameField) && want.Operator == corev1.NodeSelectorOpIn && len(want.Values) == 1 {
					name = want.Values[0]
				}
			}
		}
	}
	if slices.ContainsFunc(s.nodes, func(n hardware.Node) bool { return n.Name == name }) {
		return ""
	}
	return name
}

// unmet is what to do where no node is too small, and what other pods or the
// nodes' labels are is what stands in the way; empty where it does not.
func (s *setup) unmet(t trouble) string {
	if len(t.pending) == 0 {
		return ""
	}
	var has []schedule.Code
	for _, g := range s.reasons(t, t.pending[0]) {
		if len(g.short) > 0 {
			return ""
		}
		has = append(has, g.codes...)
	}
	switch {
	case slices.Contains(has, schedule.Volume):
		return "give each pod a claim of its own, as a StatefulSet's volumeClaimTemplates do, or a StorageClass whose volumes are not of one node"
	case slices.Contains(has, schedule.InUse):
		return "give each pod a claim of its own, as a StatefulSet's volumeClaimTemplates do, or set accessModes of the claim to [\"ReadWriteOnce\"]"
	case slices.Contains(has, schedule.OtherResource):
		switch some, enough := s.equipped(s.work[t.pending[0].work]); {
		case enough > 0:
			return "declare more nodes that have it, or run fewer pods that ask for it"
		case some > 0:
			return "declare nodes that have as much of it in allocatable of their pool in cluster.nodePools, or ask for less"
		}
		return "declare what the nodes have of it in allocatable of their pool in cluster.nodePools; meshgen import nodes reads it"
	case slices.Contains(has, schedule.NoTopology):
		return "give nodes the label of the topology spread constraint, in cluster.nodePools, or correct the constraint"
	case slices.Contains(has, schedule.Affinity):
		return "correct the pod's affinity to other pods: none that it wants near it is where this one may go"
	case slices.Contains(has, schedule.AntiAffinity), slices.Contains(has, schedule.AntiAffinityOfOthers):
		return "declare nodes where no such pod is: in another zone, if the anti-affinity is about zones; or run fewer"
	case slices.Contains(has, schedule.Spread):
		return "declare nodes in the domains that have too few, or allow a larger maxSkew"
	}
	return ""
}
