package schedule

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/component-helpers/scheduling/corev1/nodeaffinity"
)

// affinities digests the terms of node and pod affinity.
func (s *Spec) affinities(a *corev1.Affinity) error {
	if a == nil {
		return nil
	}
	if a.NodeAffinity != nil && len(a.NodeAffinity.PreferredDuringSchedulingIgnoredDuringExecution) > 0 {
		preferred, err := nodeaffinity.NewPreferredSchedulingTerms(a.NodeAffinity.PreferredDuringSchedulingIgnoredDuringExecution)
		if err != nil {
			return fmt.Errorf("node affinity: %w", err)
		}
		s.preferred = preferred
	}
	var err error
	if near := a.PodAffinity; near != nil {
		if s.affinity, err = s.terms(near.RequiredDuringSchedulingIgnoredDuringExecution); err != nil {
			return err
		}
		if s.preferNear, err = s.weightedTerms(near.PreferredDuringSchedulingIgnoredDuringExecution); err != nil {
			return err
		}
	}
	if away := a.PodAntiAffinity; away != nil {
		if s.anti, err = s.terms(away.RequiredDuringSchedulingIgnoredDuringExecution); err != nil {
			return err
		}
		if s.preferAway, err = s.weightedTerms(away.PreferredDuringSchedulingIgnoredDuringExecution); err != nil {
			return err
		}
	}
	return nil
}

func (s *Spec) terms(in []corev1.PodAffinityTerm) ([]*term, error) {
	var out []*term
	for i := range in {
		t, err := s.term(&in[i])
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

func (s *Spec) weightedTerms(in []corev1.WeightedPodAffinityTerm) ([]weighted, error) {
	var out []weighted
	for i := range in {
		t, err := s.term(&in[i].PodAffinityTerm)
		if err != nil {
			return nil, err
		}
		out = append(out, weighted{t, int64(in[i].Weight)})
	}
	return out, nil
}

// term digests one term. The API server puts the values of matchLabelKeys and
// mismatchLabelKeys into the selector when the pod is made
// (pkg/registry/core/pod/strategy.go).
func (s *Spec) term(in *corev1.PodAffinityTerm) (*term, error) {
	selector := in.LabelSelector
	if selector != nil && len(in.MatchLabelKeys)+len(in.MismatchLabelKeys) > 0 {
		selector = selector.DeepCopy()
		for _, key := range in.MatchLabelKeys {
			if value, ok := s.labels[key]; ok {
				selector.MatchExpressions = append(selector.MatchExpressions, metav1.LabelSelectorRequirement{Key: key, Operator: metav1.LabelSelectorOpIn, Values: []string{value}})
			}
		}
		for _, key := range in.MismatchLabelKeys {
			if value, ok := s.labels[key]; ok {
				selector.MatchExpressions = append(selector.MatchExpressions, metav1.LabelSelectorRequirement{Key: key, Operator: metav1.LabelSelectorOpNotIn, Values: []string{value}})
			}
		}
	}
	t := &term{topology: in.TopologyKey, namespaces: map[string]bool{}}
	var err error
	if t.selector, err = selectorOf(selector, "pod affinity"); err != nil {
		return nil, err
	}
	if t.inNamespace, err = selectorOf(in.NamespaceSelector, "pod affinity's namespaceSelector"); err != nil {
		return nil, err
	}
	for _, name := range in.Namespaces {
		t.namespaces[name] = true
	}
	if len(in.Namespaces) == 0 && in.NamespaceSelector == nil {
		t.namespaces[s.namespace] = true
	}
	names := slices.Sorted(maps.Keys(t.namespaces))
	// A selector that matches everything and one that matches nothing have the
	// same text.
	t.selected = strings.Join([]string{strings.Join(names, ","), text(t.inNamespace), text(t.selector)}, "|")
	t.key = t.selected + "|" + t.topology
	return t, nil
}

// text tells selectors apart.
func text(s labels.Selector) string {
	if s.Empty() {
		return "everything"
	}
	if _, selects := s.Requirements(); !selects {
		return "nothing"
	}
	return s.String()
}

// matches says whether the term speaks of a pod.
func (t *term) matches(namespaces map[string]labels.Set, pod *Spec) bool {
	if !t.namespaces[pod.namespace] && !t.inNamespace.Matches(namespaces[pod.namespace]) {
		return false
	}
	return t.selector.Matches(pod.labels)
}

// spreading digests the topology spread constraints
// (pkg/scheduler/framework/plugins/podtopologyspread/common.go).
func (s *Spec) spreading(in []corev1.TopologySpreadConstraint) error {
	for _, c := range in {
		selector, err := selectorOf(c.LabelSelector, "topology spread")
		if err != nil {
			return err
		}
		same := labels.Set{}
		for _, key := range c.MatchLabelKeys {
			if value, ok := s.labels[key]; ok {
				same[key] = value
			}
		}
		if requirements, selects := selector.Requirements(); len(same) > 0 && selects {
			selector = labels.SelectorFromSet(same).Add(requirements...)
		}
		d := spread{
			topology: c.TopologyKey, selector: selector, maxSkew: int64(c.MaxSkew), minDomains: 1,
			honourAffinity: c.NodeAffinityPolicy == nil || *c.NodeAffinityPolicy == corev1.NodeInclusionPolicyHonor,
			honourTaints:   c.NodeTaintsPolicy != nil && *c.NodeTaintsPolicy == corev1.NodeInclusionPolicyHonor,
		}
		if c.MinDomains != nil {
			d.minDomains = int(*c.MinDomains)
		}
		if c.WhenUnsatisfiable == corev1.DoNotSchedule {
			s.hard = append(s.hard, d)
		} else {
			s.soft = append(s.soft, d)
		}
	}
	return nil
}
