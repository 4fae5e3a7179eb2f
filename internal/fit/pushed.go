package fit

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/meshgen/meshgen/internal/schedule"
	"github.com/meshgen/meshgen/internal/workload"
)

// evicted names what pushed pods of a workload off a node; empty if nothing did.
func (s *setup) evicted(t trouble, h held) string {
	var by []string
	for _, e := range t.run.Evicted() {
		if s.of(e.Victim) == h.work {
			by = append(by, s.name(s.of(e.By)))
		}
	}
	return and(distinct(by))
}

// pushed says that pods were pushed off, by whom, and why that one may.
func (s *setup) pushed(t trouble, h held, who string) string {
	by := s.evicted(t, h)
	if by == "" {
		return who + s.heldAre(h, " loses its room", " lose their room")
	}
	var from []string
	why := ""
	var pushers []int
	for _, e := range t.run.Evicted() {
		if s.of(e.Victim) != h.work {
			continue
		}
		from = append(from, s.nodes[e.Node].Name)
		if by := s.of(e.By); !slices.Contains(pushers, by) {
			pushers = append(pushers, by)
		}
		why = s.rank(e)
	}
	from = distinct(from)
	slices.SortFunc(from, byNode(s))
	return fmt.Sprintf("%s %s pushed off %s by %s, which %s", who, s.heldAre(h, "is", "are"), ranges(from), by, s.theyAre(pushers, "is ", "are ")+why)
}

// outranked says what takes the room of pending pods because it comes first by
// priority, whoever was there before: a sum of requests does not show it.
func (s *setup) outranked(t trouble, h held) string {
	w := s.work[h.work]
	var names, classes []string
	var by []int
	never := true // none of them may push others off; they are only served first
	for n, lands := range s.landings(h.work) {
		if !lands {
			continue
		}
		left := s.nodes[n].Allocatable.Sub(used(t.run, n))
		if w.Requests.Fits(left) {
			continue // it is not room that it lacks
		}
		var above []int
		for _, p := range t.run.On(n) {
			if i := s.of(p); p.Priority() > w.Spec.Priority() && s.work[i].Role != workload.Platform {
				left = left.Add(s.work[i].Requests)
				above = append(above, i)
			}
		}
		if !w.Requests.Fits(left) {
			continue
		}
		for _, i := range above {
			policy := s.work[i].Pod.PreemptionPolicy
			if !slices.Contains(by, i) {
				by = append(by, i)
			}
			never = never && policy != nil && *policy == corev1.PreemptNever
			names, classes = append(names, s.name(i)), append(classes, s.work[i].Pod.PriorityClassName)
		}
	}
	if names = distinct(names); len(names) == 0 {
		return ""
	}
	why := and(distinct(classes))
	if strings.Contains(why, " and ") || why == "" {
		why = "of a higher priority"
	}
	does := s.theyAre(by, "pushes", "push") + " others off"
	if never {
		does = s.theyAre(by, "comes", "come") + " first"
	}
	return " beside " + and(names) + ", which " + s.theyAre(by, "is ", "are ") + why + " and " + does
}

// rank says why one pod may push another off its node.
func (s *setup) rank(e schedule.Eviction) string {
	if class := s.work[s.of(e.By)].Pod.PriorityClassName; class != "" {
		return class
	}
	return fmt.Sprintf("of priority %d, above its %d", e.By.Priority(), e.Victim.Priority())
}

// order says which pods came before a pending one, in words.
func (s *setup) order(t trouble, h held) string {
	var names []string
	seen := map[int]bool{}
	for n := range s.nodes {
		for _, p := range t.run.On(n) {
			if i := s.of(p); !seen[i] && !s.work[i].PerNode && s.work[i].Role != workload.Platform && i != h.work {
				seen[i] = true
				names = append(names, s.name(i))
			}
		}
	}
	if len(names) == 0 {
		return s.name(h.work) + " came last"
	}
	return some(names, 4) + " came first"
}
