package schedule

import (
	"fmt"
	"strings"
)

// hardAffinityWeight is what required affinity of a placed pod counts for when
// nodes are scored for a pod that it speaks of (InterPodAffinityArgs' default).
const hardAffinityWeight = 1

// relate makes the counters through which a class and others depend on each
// other.
func (c *Cluster) relate(k *class) {
	c.relateNear(k)
	for _, t := range k.shared {
		k.beside = append(k.beside, check{c.matching(t, itself), itself})
	}
	for _, t := range k.anti {
		topology := c.topology(t.topology)
		k.away = append(k.away, check{c.matching(t, topology), topology})
		c.counter("owns|"+t.key, func() *counter {
			return &counter{topology: topology, owners: t, tags: []string{ofTerm(t), ofSelector(t.selector)}, value: func(pod *Spec) int64 {
				var n int64
				for _, own := range pod.anti {
					if own.key == t.key {
						n++
					}
				}
				return n
			}}
		})
	}
	for _, w := range k.preferNear {
		topology := c.topology(w.topology)
		k.pull = append(k.pull, pull{c.matching(w.term, topology), topology, w.weight})
		c.pulling(w.term)
	}
	for _, w := range k.preferAway {
		topology := c.topology(w.topology)
		k.pull = append(k.pull, pull{c.matching(w.term, topology), topology, -w.weight})
		c.pulling(w.term)
	}
	for i := range k.Spec.hard {
		c.relateHard(k, &k.Spec.hard[i], i)
	}
	c.relateSoft(k)
}

// relateNear makes the counters of required affinity. A pod counts for a term
// only if it matches all terms (podMatchesAllAffinityTerms in
// interpodaffinity/filtering.go).
func (c *Cluster) relateNear(k *class) {
	if len(k.affinity) == 0 {
		return
	}
	var all []string
	for _, t := range k.affinity {
		all = append(all, t.selected)
	}
	matchesAll := func(pod *Spec) int64 {
		for _, t := range k.affinity {
			if !t.matches(c.namespaces, pod) {
				return 0
			}
		}
		return 1
	}
	for _, t := range k.affinity {
		topology := c.topology(t.topology)
		id := c.counter("all|"+strings.Join(all, "&")+"|"+t.topology, func() *counter {
			return &counter{topology: topology, value: matchesAll, tags: []string{ofSelector(k.affinity[0].selector)}}
		})
		k.near = append(k.near, check{id, topology})
		c.pulling(t)
	}
	k.nearSelf = matchesAll(k.Spec) > 0
}

// matching counts the pods that a term speaks of.
func (c *Cluster) matching(t *term, topology int) int32 {
	return c.counter("matches|"+t.key, func() *counter {
		return &counter{topology: topology, tags: []string{ofSelector(t.selector)}, value: func(pod *Spec) int64 {
			if t.matches(c.namespaces, pod) {
				return 1
			}
			return 0
		}}
	})
}

// pulling adds up the weights with which placed pods want pods that a term
// speaks of near them, or far.
func (c *Cluster) pulling(t *term) {
	topology := c.topology(t.topology)
	c.counter("pulls|"+t.key, func() *counter {
		return &counter{topology: topology, pulls: t, signed: true, tags: []string{ofTerm(t), ofSelector(t.selector)}, value: func(pod *Spec) int64 {
			var sum int64
			for _, w := range pod.preferNear {
				if w.key == t.key {
					sum += w.weight
				}
			}
			for _, w := range pod.preferAway {
				if w.key == t.key {
					sum -= w.weight
				}
			}
			for _, own := range pod.affinity {
				if own.key == t.key {
					sum += hardAffinityWeight
				}
			}
			return sum
		}}
	})
}

// included are the nodes that count for a constraint: those with all the labels
// that constraints of its kind name, and that its two policies let count.
func (c *Cluster) included(k *class, s *spread, labelled []int) []bool {
	key := inclusion{fmt.Sprint(labelled), s.honourAffinity, s.honourTaints}
	if nodes, ok := k.judged.included[key]; ok {
		return nodes
	}
	nodes := make([]bool, len(c.nodes))
	k.judged.included[key] = nodes
	for i := range nodes {
		nodes[i] = true
		for _, topology := range labelled {
			nodes[i] = nodes[i] && c.domains[topology].values[i] >= 0
		}
		if s.honourAffinity && k.selective && !c.selects(k, i) || s.honourTaints && untolerated(c.objects[i].Spec.Taints, k.tolerations) {
			nodes[i] = false
		}
	}
	return nodes
}

// relateHard makes the counter of a constraint that must hold.
func (c *Cluster) relateHard(k *class, s *spread, i int) {
	var labelled []int
	for j := range k.Spec.hard {
		labelled = append(labelled, c.topology(k.Spec.hard[j].topology))
	}
	topology := c.topology(s.topology)
	eligible := c.included(k, s, labelled)
	id := c.counter(fmt.Sprintf("spread|%s|%d", k.key, i), func() *counter {
		return &counter{topology: topology, eligible: eligible, least: true, value: selected(k.namespace, s.selector), tags: []string{ofSelector(s.selector)}}
	})
	self := int64(0)
	if s.selector.Matches(k.labels) {
		self = 1
	}
	k.hard = append(k.hard, spreadCheck{
		counter: id, topology: topology, maxSkew: s.maxSkew, minDomains: s.minDomains, self: self, eligible: eligible,
	})
}

// relateSoft makes the counters of constraints that should hold; without any, of
// the scheduler's own two (systemDefaultConstraints in podtopologyspread/plugin.go).
func (c *Cluster) relateSoft(k *class) {
	var labelled []int
	soft := k.Spec.soft
	count := func(s *spread) func(*Spec) int64 { return selected(k.namespace, s.selector) }
	tag := func(s *spread) []string { return []string{ofSelector(s.selector)} }
	if !k.spreads {
		if k.owner == "" {
			return
		}
		soft = []spread{
			{topology: hostname, maxSkew: 3, honourAffinity: true},
			{topology: zone, maxSkew: 5, honourAffinity: true},
		}
		tag = func(*spread) []string { return []string{ofOwner(k.owner)} }
		count = func(*spread) func(*Spec) int64 {
			return func(pod *Spec) int64 {
				if pod.namespace == k.namespace && pod.owner == k.owner {
					return 1
				}
				return 0
			}
		}
	} else {
		for i := range soft {
			labelled = append(labelled, c.topology(soft[i].topology))
		}
	}
	for n := range c.nodes {
		for _, topology := range labelled {
			if c.domains[topology].values[n] < 0 {
				if k.ignores == nil {
					k.ignores = make([]bool, len(c.nodes))
				}
				k.ignores[n] = true
			}
		}
	}
	for i := range soft {
		s := &soft[i]
		label := c.topology(s.topology)
		if s.topology == hostname {
			// These are counted on the node itself, whatever the policies say.
			id := c.counter(fmt.Sprintf("soft|%s|%d", k.key, i), func() *counter {
				return &counter{topology: itself, value: count(s), tags: tag(s)}
			})
			k.soft = append(k.soft, spreadScore{counter: id, topology: itself, label: label, maxSkew: s.maxSkew})
			continue
		}
		eligible := c.included(k, s, labelled)
		id := c.counter(fmt.Sprintf("soft|%s|%d", k.key, i), func() *counter {
			return &counter{topology: label, eligible: eligible, value: count(s), tags: tag(s)}
		})
		k.soft = append(k.soft, spreadScore{counter: id, topology: label, label: label, maxSkew: s.maxSkew})
	}
}
