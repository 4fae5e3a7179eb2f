package fit

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/schedule"
	"github.com/meshgen/meshgen/internal/workload"
)

// yielding tries an update in which an old pod goes before a new one comes. How
// people's own workloads are updated stands in their manifests.
func (a *adviser) yielding() {
	i := a.t.subject
	if a.t.code != "MG2003" || i < 0 || a.work[i].Role != workload.Manifest || !a.ends(firstGoes(i)) {
		return
	}
	w := a.work[i]
	field := "spec.strategy.rollingUpdate"
	if w.Kind == "DaemonSet" {
		field = "spec.updateStrategy.rollingUpdate"
	}
	a.found = append(a.found, option{text: set(field, "{maxSurge: 0, maxUnavailable: 1}") + " in " + a.name(i) + ", where " + origin(w.Origin) + " sets it", cost: 0.7})
}

// firstGoes updates a workload pod by pod, without a surge.
func firstGoes(i int) edit {
	return func(s *setup) *setup {
		work := slices.Clone(s.work)
		work[i].Update = workload.Update{Surge: intstr.FromInt32(0), Unavailable: intstr.FromInt32(1)}
		return s.again(s.mesh, s.nodes, work)
	}
}

// apart tries what ends a spread over zones that the nodes are not in: zones, one
// a node of each pool that has none, and for what the intent spreads nodes in the
// place of zones.
func (a *adviser) apart() {
	if len(a.t.pending) == 0 {
		return
	}
	i := a.t.pending[0].work
	zones := slices.ContainsFunc(a.work[i].Pod.TopologySpreadConstraints, func(c corev1.TopologySpreadConstraint) bool {
		return c.TopologyKey == corev1.LabelTopologyZone
	})
	if !zones || !slices.ContainsFunc(a.reasons(a.t, a.t.pending[0]), func(g group) bool { return g.has(schedule.NoTopology) }) {
		return
	}
	var changes []Change
	next := 0
	named := map[string][]string{}
	for _, pool := range a.mesh.Cluster.Pools {
		if len(pool.Zones) > 0 || pool.Labels[corev1.LabelTopologyZone] != "" || !a.involved(pool) {
			continue
		}
		var names []string
		for range min(pool.Count, mostZones) {
			names = append(names, "zone-"+string(rune('a'+next%26)))
			next++
		}
		named[pool.Name] = names
		changes = append(changes, Change{poolPath(pool.Name) + ".zones", "[" + strings.Join(quotes(names), ", ") + "]"})
	}
	if len(changes) > 0 && a.ends(zoned(named)) {
		a.found = append(a.found, typing(0.2, changes...))
	}
	if _, overruled := a.wish(i, "topologySpreadConstraints"); overruled {
		return
	}
	if at := a.setup.placement(i); at != "" && a.ends(spreadOverNodes(i)) {
		a.found = append(a.found, typing(0.1, Change{at + ".placement.spread", `"node"`}))
	}
}

// mostZones is how many zones are made up for one pool.
const mostZones = 3

// zoned puts the nodes of pools into zones.
func zoned(names map[string][]string) edit {
	return pools(func(list []model.Pool) []model.Pool {
		for k := range list {
			if zones, ok := names[list[k].Name]; ok {
				list[k].Zones = zones
			}
		}
		return list
	})
}

// spreadOverNodes spreads a workload's pods over nodes where they were spread
// over zones.
func spreadOverNodes(i int) edit {
	return func(s *setup) *setup {
		pod := s.work[i].Pod.DeepCopy()
		for k := range pod.TopologySpreadConstraints {
			if c := &pod.TopologySpreadConstraints[k]; c.TopologyKey == corev1.LabelTopologyZone {
				c.TopologyKey = corev1.LabelHostname
			}
		}
		work := slices.Clone(s.work)
		var err error
		if work[i], err = work[i].WithPod(pod); err != nil {
			return nil
		}
		return s.again(s.mesh, s.nodes, work)
	}
}

// equipped says how many nodes declare some of all that a workload's pods ask for
// beside CPU and memory, and how many as much as one pod asks for.
func (s *setup) equipped(w workload.Workload) (some, enough int) {
	for _, n := range s.nodes {
		has, suffices := true, true
		for name, value := range w.Others {
			have := others(n)[name]
			has, suffices = has && have > 0, suffices && have >= value
		}
		if has {
			some++
		}
		if suffices {
			enough++
		}
	}
	return some, enough
}
