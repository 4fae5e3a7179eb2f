package scheduletest

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// constrain gives a pod some of the constraints that the problem is about.
func (g *generator) constrain(pod *corev1.Pod) {
	for k := range kinds {
		if !g.about(k) || g.chance(70) {
			continue
		}
		switch k {
		case nodeSelector:
			pod.Spec.NodeSelector = map[string]string{"disk": pick(g, []string{"ssd", "ssd", "ssd", "hdd"})}
		case nodeAffinity:
			g.nodeAffinity(pod)
		case taints:
			g.tolerations(pod)
		case antiAffinity:
			a := g.podAntiAffinity(pod)
			a.RequiredDuringSchedulingIgnoredDuringExecution = g.terms(pod)
		case affinity:
			a := g.podAffinity(pod)
			a.RequiredDuringSchedulingIgnoredDuringExecution = g.terms(pod)
		case spread, softSpread:
			for range 1 + g.below(2) {
				g.spread(pod, k == spread)
			}
		case preferred:
			g.prefer(pod)
		case priorities:
			priority := int32(g.below(4) * 100)
			pod.Spec.Priority = &priority
			if g.chance(15) {
				never := corev1.PreemptNever
				pod.Spec.PreemptionPolicy = &never
			}
		case cordoned:
			if g.chance(20) {
				pod.Spec.Tolerations = append(pod.Spec.Tolerations, corev1.Toleration{Key: corev1.TaintNodeUnschedulable, Operator: corev1.TolerationOpExists})
			}
		}
	}
}

func (g *generator) affinity(pod *corev1.Pod) *corev1.Affinity {
	if pod.Spec.Affinity == nil {
		pod.Spec.Affinity = &corev1.Affinity{}
	}
	return pod.Spec.Affinity
}

func (g *generator) podAffinity(pod *corev1.Pod) *corev1.PodAffinity {
	a := g.affinity(pod)
	if a.PodAffinity == nil {
		a.PodAffinity = &corev1.PodAffinity{}
	}
	return a.PodAffinity
}

func (g *generator) podAntiAffinity(pod *corev1.Pod) *corev1.PodAntiAffinity {
	a := g.affinity(pod)
	if a.PodAntiAffinity == nil {
		a.PodAntiAffinity = &corev1.PodAntiAffinity{}
	}
	return a.PodAntiAffinity
}

func (g *generator) nodeAffinity(pod *corev1.Pod) {
	selector := &corev1.NodeSelector{}
	for range 1 + g.below(2) {
		var t corev1.NodeSelectorTerm
		for range 1 + g.below(2) {
			t.MatchExpressions = append(t.MatchExpressions, g.nodeRequirement())
		}
		selector.NodeSelectorTerms = append(selector.NodeSelectorTerms, t)
	}
	g.affinity(pod).NodeAffinity = &corev1.NodeAffinity{RequiredDuringSchedulingIgnoredDuringExecution: selector}
}

func (g *generator) nodeRequirement() corev1.NodeSelectorRequirement {
	switch g.below(5) {
	case 0:
		return corev1.NodeSelectorRequirement{Key: "rack", Operator: corev1.NodeSelectorOpExists}
	case 1:
		return corev1.NodeSelectorRequirement{Key: "rack", Operator: corev1.NodeSelectorOpNotIn, Values: []string{"1"}}
	case 2:
		return corev1.NodeSelectorRequirement{Key: "size", Operator: corev1.NodeSelectorOpGt, Values: []string{"3"}}
	case 3:
		return corev1.NodeSelectorRequirement{Key: "size", Operator: corev1.NodeSelectorOpDoesNotExist}
	}
	return corev1.NodeSelectorRequirement{Key: "disk", Operator: corev1.NodeSelectorOpIn, Values: []string{pick(g, []string{"ssd", "hdd"})}}
}

func (g *generator) tolerations(pod *corev1.Pod) {
	t := corev1.Toleration{Key: pick(g, []string{"dedicated", "gpu"}), Operator: corev1.TolerationOpExists}
	if g.chance(50) {
		t.Operator, t.Value = corev1.TolerationOpEqual, pick(g, []string{"a", "b"})
	}
	if g.chance(40) {
		t.Effect = pick(g, []corev1.TaintEffect{corev1.TaintEffectNoSchedule, corev1.TaintEffectNoExecute, corev1.TaintEffectPreferNoSchedule})
	}
	pod.Spec.Tolerations = append(pod.Spec.Tolerations, t)
}

var topologies = []string{corev1.LabelHostname, corev1.LabelHostname, corev1.LabelTopologyZone, "rack"}

// selector is about the pod itself, or about others.
func (g *generator) selector(pod *corev1.Pod) *metav1.LabelSelector {
	switch g.below(6) {
	case 0:
		return &metav1.LabelSelector{MatchLabels: map[string]string{"tier": pick(g, []string{"front", "back"})}}
	case 1:
		return &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "app", Operator: metav1.LabelSelectorOpIn, Values: []string{"app-0", "app-1"}}}}
	case 2:
		if g.chance(30) {
			return &metav1.LabelSelector{}
		}
	}
	return &metav1.LabelSelector{MatchLabels: map[string]string{"app": pod.Labels["app"]}}
}

func (g *generator) terms(pod *corev1.Pod) []corev1.PodAffinityTerm {
	terms := []corev1.PodAffinityTerm{g.term(pod)}
	if g.chance(15) {
		terms = append(terms, g.term(pod))
	}
	return terms
}

func (g *generator) term(pod *corev1.Pod) corev1.PodAffinityTerm {
	t := corev1.PodAffinityTerm{LabelSelector: g.selector(pod), TopologyKey: pick(g, topologies)}
	switch g.below(8) {
	case 0:
		t.NamespaceSelector = &metav1.LabelSelector{}
	case 1:
		t.NamespaceSelector = &metav1.LabelSelector{MatchLabels: map[string]string{"team": "green"}}
	case 2:
		t.Namespaces = []string{"green", "blue"}
	}
	switch g.below(8) {
	case 0:
		t.MatchLabelKeys = []string{"pod-template-hash"}
	case 1:
		t.MismatchLabelKeys = []string{"tier"}
	}
	return t
}

func (g *generator) spread(pod *corev1.Pod, hard bool) {
	c := corev1.TopologySpreadConstraint{
		MaxSkew: int32(1 + g.below(2)), TopologyKey: pick(g, topologies), WhenUnsatisfiable: corev1.ScheduleAnyway, LabelSelector: g.selector(pod),
	}
	for _, other := range pod.Spec.TopologySpreadConstraints {
		if other.TopologyKey == c.TopologyKey {
			return // the API server refuses two alike
		}
	}
	if hard {
		c.WhenUnsatisfiable = corev1.DoNotSchedule
		if g.chance(20) {
			domains := int32(1 + g.below(4))
			c.MinDomains = &domains
		}
	}
	policies := []corev1.NodeInclusionPolicy{corev1.NodeInclusionPolicyHonor, corev1.NodeInclusionPolicyIgnore}
	if g.chance(25) {
		policy := pick(g, policies)
		c.NodeAffinityPolicy = &policy
	}
	if g.chance(25) {
		policy := pick(g, policies)
		c.NodeTaintsPolicy = &policy
	}
	if g.chance(15) {
		c.MatchLabelKeys = []string{"pod-template-hash"}
	}
	pod.Spec.TopologySpreadConstraints = append(pod.Spec.TopologySpreadConstraints, c)
}

// prefer gives a pod wishes, which move scores alone.
func (g *generator) prefer(pod *corev1.Pod) {
	weight := int32(1 + g.below(100))
	switch g.below(3) {
	case 0:
		a := g.affinity(pod)
		if a.NodeAffinity == nil {
			a.NodeAffinity = &corev1.NodeAffinity{}
		}
		a.NodeAffinity.PreferredDuringSchedulingIgnoredDuringExecution = []corev1.PreferredSchedulingTerm{{
			Weight: weight, Preference: corev1.NodeSelectorTerm{MatchExpressions: []corev1.NodeSelectorRequirement{g.nodeRequirement()}},
		}}
	case 1:
		g.podAffinity(pod).PreferredDuringSchedulingIgnoredDuringExecution = []corev1.WeightedPodAffinityTerm{{Weight: weight, PodAffinityTerm: g.term(pod)}}
	case 2:
		g.podAntiAffinity(pod).PreferredDuringSchedulingIgnoredDuringExecution = []corev1.WeightedPodAffinityTerm{{Weight: weight, PodAffinityTerm: g.term(pod)}}
	}
}
