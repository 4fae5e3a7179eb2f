package fit

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/hardware"
	"github.com/meshgen/meshgen/internal/schedule"
	"github.com/meshgen/meshgen/internal/workload"
)

// explainNodes adds why each node does not take the pod.
func (s *setup) explainNodes(d *diag.Diagnostic, t trouble, h held) {
	const most = 5
	groups := s.reasons(t, h)
	for k, g := range groups {
		if k == most {
			left := 0
			for _, rest := range groups[k:] {
				left += len(rest.nodes)
			}
			d.Related = append(d.Related, diag.Note{Message: "and likewise on " + diag.Plural(left, "more node")})
			return
		}
		text := onEach(g.nodes) + ": " + g.text
		if resource := s.shortOf(g); resource != "" {
			text += s.contents(t.run, g, resource)
		}
		d.Related = append(d.Related, diag.Note{Message: text})
	}
}

// shortOf is the resource to explain for a group of nodes.
func (s *setup) shortOf(g group) string {
	for _, resource := range []string{memory, cpu} {
		if g.short[resource] > 0 {
			return resource
		}
	}
	return ""
}

// onEach begins what is said of each of some nodes.
func onEach(nodes []string) string {
	return "on " + pick(len(nodes), "", "each of ") + ranges(nodes)
}

// contents says what takes the room of a group's nodes: of each, or of the first
// where they differ.
func (s *setup) contents(run *schedule.Run, g group, resource string) string {
	room, there := s.inside(run, g.at[0], resource)
	for _, n := range g.at[1:] {
		if has, what := s.inside(run, n, resource); has != room || what != there {
			return room + " on " + g.nodes[0] + there
		}
	}
	return room + there
}

// inside says how much of a resource a node has for pods, and what takes it, the
// most first.
func (s *setup) inside(run *schedule.Run, n int, resource string) (room, there string) {
	type part struct {
		text string
		size int64
		one  bool // a single pod
	}
	counts, sizes := map[int]int64{}, map[int]int64{}
	var order []int
	for _, p := range run.On(n) {
		i := s.of(p)
		if counts[i] == 0 {
			order = append(order, i)
		}
		counts[i]++
		sizes[i] += of(s.work[i].Requests, resource)
	}
	var parts []part
	for _, i := range order {
		if sizes[i] == 0 {
			continue
		}
		text := s.several(i, int(counts[i])) + " " + listed(resource, sizes[i])
		parts = append(parts, part{text, sizes[i], counts[i] == 1})
	}
	slices.SortStableFunc(parts, func(a, b part) int {
		switch {
		case a.size > b.size:
			return -1
		case a.size < b.size:
			return 1
		}
		return 0
	})
	var words []string
	for _, p := range parts {
		words = append(words, p.text)
	}
	have := amount(resource, of(s.nodes[n].Allocatable, resource))
	if len(words) == 0 {
		return ", of " + have + " for pods" + s.kept(n, resource), ""
	}
	are := "are "
	if len(parts) == 1 && parts[0].one {
		are = "is "
	}
	return ", of " + have + " for pods", "; there " + are + some(words, 4)
}

// several names so many pods of a workload: istiod, 7 pods of shop, 2 of gateway
// public.
func (s *setup) several(i, n int) string {
	switch {
	case s.work[i].Role == workload.Application:
		return diag.Plural(n, "pod") + " of " + s.work[i].Namespace
	case n == 1:
		return s.name(i)
	}
	return strconv.Itoa(n) + " of " + s.name(i)
}

// kept says what the platform keeps of an otherwise empty node.
func (s *setup) kept(n int, resource string) string {
	reserved := hardware.Sum(s.nodes[n].Reserved)
	if of(reserved, resource) == 0 {
		return ""
	}
	return fmt.Sprintf(" (it has %s, and the platform keeps %s)", unit(resource, of(s.nodes[n].Capacity, resource)), unit(resource, of(reserved, resource)))
}
