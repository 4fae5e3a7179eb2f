package schedule

import (
	"encoding/json"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/component-helpers/scheduling/corev1/nodeaffinity"
)

// Volumes are what a pod's claims ask of the scheduler.
type Volumes struct {
	// Nodes are what the node must match, each of them: there a volume is, or may
	// be made (pkg/scheduler/framework/plugins/volumebinding).
	Nodes []VolumeNodes

	// Exclusive are the claims of the pod's namespace that one pod at a time may
	// use, whose access mode is ReadWriteOncePod
	// (pkg/scheduler/framework/plugins/volumerestrictions).
	Exclusive []string

	// OneNode are the claims of the pod's namespace whose volume is made on the node
	// of the first pod that uses it, where all others then have to be.
	OneNode []string
}

// VolumeNodes are the nodes on which a claim's volume can be used.
type VolumeNodes struct {
	Claim    string
	Selector corev1.NodeSelector

	match *nodeaffinity.NodeSelector
}

// everywhere is the topology in which all nodes are one domain. No label is called
// so.
const everywhere = ""

// claimLabel begins the label by which pods that use a claim are found.
const claimLabel = " claim "

// WithVolumes returns the spec for pods that use volumes. An error is a selector
// that Kubernetes would refuse.
func (s *Spec) WithVolumes(v Volumes) (*Spec, error) {
	if len(v.Nodes)+len(v.Exclusive)+len(v.OneNode) == 0 {
		return s, nil
	}
	with := *s
	with.volumes = nil
	for _, n := range v.Nodes {
		var err error
		if n.match, err = nodeaffinity.NewNodeSelector(&n.Selector); err != nil {
			return nil, fmt.Errorf("the nodes of claim %s: %w", n.Claim, err)
		}
		with.volumes = append(with.volumes, n)
	}
	if len(v.Exclusive)+len(v.OneNode) > 0 {
		with.labels = labels.Set{}
		for key, value := range s.labels {
			with.labels[key] = value
		}
		with.anti, with.shared = append([]*term(nil), s.anti...), nil
	}
	users := func(claim, topology string) *term {
		// A label that no selector of anybody's can speak of.
		label := claimLabel + claim
		with.labels[label] = "used"
		t := &term{topology: topology, namespaces: map[string]bool{s.namespace: true}, selector: labels.SelectorFromSet(labels.Set{label: "used"}), inNamespace: labels.Nothing()}
		t.selected = s.namespace + "|" + label
		t.key = t.selected + "|" + t.topology
		return t
	}
	for _, claim := range v.Exclusive {
		with.anti = append(with.anti, users(claim, everywhere))
	}
	for _, claim := range v.OneNode {
		with.shared = append(with.shared, users(claim, hostname))
	}
	nodes, _ := json.Marshal(v.Nodes) // plain data
	with.where += "\x00" + string(nodes)
	with.key += fmt.Sprintf("\x00%s%q%q", nodes, v.Exclusive, v.OneNode)
	return &with, nil
}

// elsewhere is the first volume that is not to be had on a node.
func (s *Spec) elsewhere(node *corev1.Node) (VolumeNodes, bool) {
	for _, v := range s.volumes {
		if !v.match.Match(node) {
			return v, true
		}
	}
	return VolumeNodes{}, false
}

// String says which nodes these are.
func (v VolumeNodes) String() string {
	words := map[corev1.NodeSelectorOperator]string{
		corev1.NodeSelectorOpIn: "in", corev1.NodeSelectorOpNotIn: "not in", corev1.NodeSelectorOpExists: "given",
		corev1.NodeSelectorOpDoesNotExist: "not given", corev1.NodeSelectorOpGt: "above", corev1.NodeSelectorOpLt: "below",
	}
	var terms []string
	for _, t := range v.Selector.NodeSelectorTerms {
		var parts []string
		for _, list := range [][]corev1.NodeSelectorRequirement{t.MatchExpressions, t.MatchFields} {
			for _, e := range list {
				part := e.Key + " " + words[e.Operator]
				if len(e.Values) > 0 {
					part += " " + strings.Join(e.Values, ", ")
				}
				parts = append(parts, part)
			}
		}
		terms = append(terms, strings.Join(parts, " and "))
	}
	return strings.Join(terms, ", or ")
}

// claimed names a claim of which the terms speak, and the pod that uses it, and where.
func (r *Run) claimed(terms []*term) (claim, by, node string) {
	for _, t := range terms {
		_, claim, ours := strings.Cut(t.selected, "|"+claimLabel)
		if !ours {
			continue
		}
		for n := range r.c.nodes {
			for _, p := range r.on[n] {
				if other := r.classOf(p); t.matches(r.c.namespaces, other.Spec) {
					return claim, other.namespace + "/" + r.c.pods[p].pod.Name, r.c.nodes[n].Name
				}
			}
		}
	}
	return "", "", ""
}
